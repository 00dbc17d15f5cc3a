"""Figures of the labs that count and check: operations, gradients, privacy, attribution."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from figures.axes import Axes, Scale, percent, power
from figures.digits import draw_digit, draw_levels
from figures.findings import bars
from figures.svg import WIDTH, Sheet

Numbers = dict[str, Any]

LAYERS = (784, 128, 10)  # a test holds these to the labs'
STEPS = (1e-1, 1e-3, 1e-5, 1e-7, 1e-9)
REMOVED = 20
PIXEL = 3.6  # units of a digit's pixel, larger than in the other figures: here single pixels matter
SHADES = 5  # of an attribution, as of the grey of a digit: more and the file grows
WAYS = {
    "integrated": "积分梯度",
    "gradient_times_input": "导数乘像素",
    "gradient": "导数的绝对值",
    "random_ink": "随机的笔迹",
}


def flops(flops: Numbers) -> Sheet:
    """Operations per image as counted and by the rule 6ND, each a bar of three parts, on one scale."""
    first, second = (2 * inputs * outputs for inputs, outputs in pairwise(LAYERS))
    rule = 2 * flops["parameters"]
    counted = ("照形状数出", (first + second, first + second, second))
    rows = (counted, ("按规则 6ND", (rule, rule, rule)))
    scale = Scale(0, 3 * rule, 8, WIDTH - 8)
    sheet = Sheet(190)
    for place, (title, parts) in enumerate(rows):
        y = 20 + 62 * place
        sheet.text(scale.start, y, f"{title}：每张图像 {sum(parts):,} 次", "strong", anchor="start")
        begin = 0.0
        for part, colour in zip(parts, ("accent", "third", "second"), strict=True):
            sheet.rect(scale(begin), y + 10, scale(begin + part) - scale(begin), 20, f"fill {colour}")
            begin += part
    saved = scale(sum(counted[1]))
    sheet.rect(saved, 30.5, scale.end - saved - 0.5, 19, "line plain thin", stroke_dasharray="4 3")
    sheet.text((saved + scale.end) / 2, 45, "省下", "muted")
    for x, name, colour in ((8, "前向", "accent"), (76, "权重的梯度", "third"), (186, "往回传的误差", "second")):
        sheet.rect(x, 146, 12, 12, f"fill {colour}")
        sheet.text(x + 18, 156.5, name, anchor="start")
    sheet.text(8, 180, "省下的是第一层的：图像不需要梯度", "muted", anchor="start")
    return sheet


def gradient_check(gradient_check: Numbers) -> Sheet:
    """Error of finite differences against their step, both logarithmic; that of automatic differentiation as a level line."""
    errors, tape = gradient_check["unit_difference_rel_by_step"], gradient_check["unit_tape_rel"]
    axes = Axes(Scale(STEPS[-1], STEPS[0], 52, WIDTH - 24, True), Scale(1e-16, 1, 246, 40, True))
    sheet = Sheet(292)
    axes.y_axis(sheet, [1e-16, 1e-12, 1e-8, 1e-4, 1], power, "与手推的梯度相差（相对，对数刻度）")
    axes.x_axis(sheet, list(STEPS), power, "有限差分的步长（对数刻度）")
    sheet.line(axes.x.start, axes.y(tape), axes.x.end, axes.y(tape), "line second")
    sheet.text(axes.x.end, axes.y(tape) - 8, "自动微分：没有步长", "ink second", anchor="end")
    points = axes.place(list(STEPS), errors)
    sheet.polyline(points, "line accent")
    for point in points:
        sheet.circle(*point, 4, "fill accent")
    best = points[int(np.argmin(errors))]
    sheet.text(best[0], best[1] + 20, "有限差分：不大不小最好", "ink accent")
    sheet.text(points[0][0], points[0][1] - 12, "步长太大", "muted", anchor="end")
    sheet.text(points[-1][0] + 4, points[-1][1] - 12, "步长太小", "muted", anchor="start")
    return sheet


def privacy(privacy: Numbers) -> Sheet:
    """Test accuracy against ε, which is logarithmic; training without a guarantee as level lines."""
    noisy = [place for place, epsilon in enumerate(privacy["epsilon"]) if epsilon is not None]
    ordinary, clipped = (privacy["test_accuracy"][privacy["noise"].index(noise)] for noise in (None, 0))
    axes = Axes(Scale(0.2, 20, 52, WIDTH - 16, True), Scale(0.88, 0.98, 246, 40))
    sheet = Sheet(292)
    axes.y_axis(sheet, [0.88, 0.9, 0.92, 0.94, 0.96, 0.98], percent, "测试准确率")
    axes.x_axis(sheet, [0.2, 0.5, 1, 2, 5, 10, 20], "{:g}".format, "ε（对数刻度），越小，保证越强")
    for share, name, colour, up in ((ordinary, "普通训练，没有保证", "second", -7), (clipped, "只裁剪，没有保证", "third", 17)):
        sheet.line(axes.x.start, axes.y(share), axes.x.end, axes.y(share), f"line {colour}")
        sheet.text(axes.x.start + 4, axes.y(share) + up, f"{name} {share:.2%}", f"ink {colour}", anchor="start")
    epsilons, shares = ([privacy[key][place] for place in noisy] for key in ("epsilon", "test_accuracy"))
    points = axes.place(epsilons, shares)
    sheet.polyline(points, "line accent")
    for place, (x, y) in zip(noisy, points, strict=True):
        sheet.circle(x, y, 4, "fill accent")
        label = f"噪声倍数 {privacy['noise'][place]:g}，{privacy['test_accuracy'][place]:.2%}"
        sheet.text(x + 8, y + 16, label, "ink accent", anchor="start")
    return sheet


def draw_attribution(sheet: Sheet, shares: np.ndarray, x: float, y: float) -> None:
    """Draw shares from −1 to 1, (784,), on black: what speaks for the class in one colour, what speaks against it in another."""
    levels = np.rint(shares.reshape(28, 28) * SHADES).astype(int)
    sheet.rect(x - 1, y - 1, 28 * PIXEL + 2, 28 * PIXEL + 2, "screen")
    strengths = [0.4 + 0.6 * level / SHADES for level in range(1, SHADES + 1)]
    for sign, colour in ((1, "for"), (-1, "against")):
        draw_levels(sheet, sign * levels, x, y, PIXEL, [(colour, strength) for strength in strengths])


def attribution(attribution: Numbers, images: np.ndarray) -> Sheet:
    """The first test image, its attribution, and it without the strongest pixels; under them, how often that changes nothing."""
    image, shares = images[0], np.array(attribution["shown"])
    blackened = image.reshape(-1).copy()
    blackened[np.argsort(-shares, kind="stable")[:REMOVED]] = 0
    sheet = Sheet(28 * PIXEL + 172)
    for place, title in enumerate(("图像", "分摊到像素", "涂黑最支持的")):
        x = WIDTH * (1 + 2 * place) / 6 - 14 * PIXEL
        sheet.text(x + 14 * PIXEL, 16, title)
        if place == 1:
            draw_attribution(sheet, shares, x, 26)
        else:
            draw_digit(sheet, image if place == 0 else blackened.reshape(28, 28), x, 26, pixel=PIXEL)
    top = 28 * PIXEL + 54
    sheet.text(4, top, f"涂黑 {REMOVED} 个像素之后，判断不变的", "strong", anchor="start")
    bars(sheet, top + 14, [(title, attribution[f"kept_{name}"], "accent") for name, title in WAYS.items()])
    return sheet

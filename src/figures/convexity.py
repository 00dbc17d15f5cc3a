"""Why squared error behind a logistic function is not convex: two losses of one parameter, drawn from their formulas."""

from __future__ import annotations

import math
from collections.abc import Callable

from figures.axes import Axes, Scale, plain
from figures.svg import Sheet

POINTS = 121
FAR = 10.0  # the second sample's x; the article's example


def logistic(z: float) -> float:
    return 1 / (1 + math.exp(-z))


def one_sample(theta: float) -> float:
    """Loss of the single sample x = y = 1."""
    return (1 - logistic(theta)) ** 2


def two_samples(theta: float) -> float:
    """Mean loss of the samples x = 1, y = 0 and x = 10, y = 1."""
    return (logistic(theta) ** 2 + (1 - logistic(FAR * theta)) ** 2) / 2


def curve(sheet: Sheet, axes: Axes, loss: Callable[[float], float]) -> None:
    low, high = axes.x.low, axes.x.high
    thetas = [low + (high - low) * step / (POINTS - 1) for step in range(POINTS)]
    sheet.polyline(axes.place(thetas, [loss(theta) for theta in thetas]), "line accent")


def ball(sheet: Sheet, axes: Axes, loss: Callable[[float], float], theta: float, colour: str) -> tuple[float, float]:
    """Draw a ball on the curve and return where it lies."""
    x, y = axes.x(theta), axes.y(loss(theta))
    sheet.circle(x, y, 5, f"fill {colour}")
    return x, y


def counterexamples() -> Sheet:
    """Left, a plateau on which descent crawls; right, a slope on which it walks away from the minimum."""
    sheet = Sheet(232)
    for left, loss, title in ((30, one_sample, "一个样本"), (204, two_samples, "两个样本")):
        axes = Axes(Scale(-6, 4, left, left + 148), Scale(0, 1, 180, 40))
        sheet.text(left, 16, title, "strong", anchor="start")
        for value in (0, 0.5, 1):
            sheet.line(axes.x.start, axes.y(value), axes.x.end, axes.y(value), "grid")
            sheet.text(axes.x.start - 5, axes.y(value) + 4, plain(value), "muted", anchor="end")
        curve(sheet, axes, loss)
        axes.x_axis(sheet, [-6, -3, 0, 3], plain, "θ")
        x, y = ball(sheet, axes, loss, -4 if loss is one_sample else -2, "second")
        if loss is one_sample:
            sheet.text(x - 6, y - 12, "→ 几乎不动", "ink second", anchor="start")
        else:
            sheet.text(x, y - 14, "← 越走越远", "ink second")
            x, y = ball(sheet, axes, loss, 1 / 3, "third")
            sheet.text(x + 9, y + 15, "更低处", "ink third", anchor="start")
    return sheet

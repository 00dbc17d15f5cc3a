"""Figures of the labs on selection, deployment and GAN."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from figures.axes import Axes, Scale
from figures.digits import draw_digit
from figures.svg import WIDTH, Sheet

Numbers = dict[str, Any]

STEPS = (0, 100, 400, 1200, 4000)  # of the film's frames; a test holds them to the lab's
FORMATS = {"saved": "SavedModel", "onnx": "ONNX", "litert": "LiteRT", "int8": "LiteRT int8"}


def selection(selection: Numbers) -> Sheet:
    """Training and validation loss after each epoch; the lowest validation loss is marked."""
    loss, validation = selection["loss"], selection["val_loss"]
    lowest = selection["lowest_epoch"]
    epochs = [float(epoch) for epoch in range(1, len(loss) + 1)]
    high = math.ceil(max(*loss, *validation) * 10) / 10
    axes = Axes(Scale(1, len(loss), 52, WIDTH - 24), Scale(0, high, 226, 36))
    sheet = Sheet(272)
    axes.y_axis(sheet, [step / 10 for step in range(round(high * 10) + 1)], "{:.1f}".format, "损失")
    axes.x_axis(sheet, [epoch for epoch in epochs if epoch % 2], "{:.0f}".format, "轮次")
    sheet.line(axes.x(lowest), axes.y.end, axes.x(lowest), axes.y.start, "line plain thin")
    right = axes.x(lowest) > WIDTH / 2  # the label stands on the side where there is room
    label = f"验证损失最低：第 {lowest} 个轮次"
    sheet.text(axes.x(lowest) + (-5 if right else 5), axes.y.end + 12, label, anchor="end" if right else "start")
    for values, name, colour in ((loss, "训练", "accent"), (validation, "验证", "second")):
        points = axes.place(epochs, values)
        sheet.polyline(points, f"line {colour}")
        for point in points:
            sheet.circle(*point, 3, f"fill {colour}")
        sheet.text(points[-1][0], points[-1][1] - 9, f"{name} {values[-1]:.3f}", f"ink {colour}", anchor="end")
    return sheet


def deployment(deployment: Numbers) -> Sheet:
    """One bar per exported format, as long as the file is large; its accuracy beside the size."""
    row, largest = 46, max(deployment[f"{name}_kb"] for name in FORMATS)
    scale = Scale(0, largest, 8, WIDTH - 8)
    sheet = Sheet(12 + row * len(FORMATS))
    for place, (name, title) in enumerate(FORMATS.items()):
        size, y = deployment[f"{name}_kb"], 20 + row * place
        label = f"{title}：{size:,} kB，准确率 {deployment[f'{name}_accuracy']:.2%}"
        sheet.text(scale.start, y, label, "strong" if name == "int8" else "", anchor="start")
        sheet.rect(scale.start, y + 6, scale(size) - scale.start, 12, "fill accent" if name == "int8" else "fill second")
    return sheet


def unpack(packed: list[int]) -> np.ndarray:
    """Return a (28, 28) uint8 image from the 98 numbers that the lab keeps, eight pixels of ten shades in each."""
    shades = [int(sign) for eight in packed for sign in f"{eight:08d}"]
    return np.rint(np.array(shades).reshape(28, 28) * 255 / 9).astype(np.uint8)


def gan(gan: Numbers) -> Sheet:
    """The same noise after more and more updates, a row each; last, what the collapsed generator makes of it."""
    rows = [(f"{step:,} 次" if step else "开始", frame) for step, frame in zip(STEPS, gan["film"], strict=True)]
    rows.append(("坍缩", gan["stuck"]))
    pixel, left, high = 1.6, 62, 54
    sheet = Sheet(high * len(rows) + 16)
    for row, (title, frame) in enumerate(rows):
        y = 4 + high * row + (10 if title == "坍缩" else 0)
        sheet.text(left - 10, y + 27, title, "strong ink second" if title == "坍缩" else "", anchor="end")
        for place, packed in enumerate(frame):
            draw_digit(sheet, unpack(packed), left + place * 49, y, pixel=pixel)
    return sheet

"""Figures of the labs on selection, deployment, GAN and speed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from figures.axes import Axes, Scale, rounded_power
from figures.digits import draw_digit
from figures.findings import bar
from figures.svg import WIDTH, Sheet

Numbers = dict[str, Any]

STEPS = (0, 100, 400, 1200, 4000)  # of the film's frames; a test holds them to the lab's
# Contestants of benchmarks/faster.py: the lab's steps; then its peers, at the same settings
STAGES = {
    "listing": "文章的写法",
    "one_thread": "只用一个线程",
    "larger_batch": "批放大",
    "falling_rate": "学习率加大并下降",
    "chosen": "一次连走许多步",
}
PEERS = {"sklearn": "scikit-learn", "jax": "Keras，JAX", "torch": "PyTorch", "numpy": "NumPy"}
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


def faster(faster: Numbers) -> Sheet:
    """Seconds that the same training took, a bar each: the lab's steps, its peers, and the floor that arithmetic sets."""
    row, left, right = 25, 114, WIDTH - 88
    scale = Scale(0, max(faster[f"{name}_seconds"] for name in STAGES), left, right)
    sheet = Sheet(30 + row * (len(STAGES) + len(PEERS) + 1) + 60)
    y = 16.0
    for heading, names, colour in (("训练用的秒数与准确率", STAGES, "accent"), ("换别的库", PEERS, "third")):
        sheet.text(4, y, heading, "strong", anchor="start")
        for name, title in names.items():
            y += row
            seconds = faster[f"{name}_seconds"]
            bar(sheet, scale, y, title, seconds, "plain" if name == "listing" else colour)
            sheet.text(scale(seconds) + 6, y, f"{seconds:.1f}，{faster[f'{name}_mean']:.1%}", anchor="start")
        y += 36
    bar(sheet, scale, y - 8, "乘法的下限", faster["floor_seconds"], "second")
    sheet.text(scale(faster["floor_seconds"]) + 6, y - 8, f"{faster['floor_seconds']:.1f}", anchor="start")
    return sheet


def distributed(distributed: Numbers) -> Sheet:
    """The drill: a run that saves now and then until a worker dies, and the run that goes on from the last save to the end."""
    died, resumed, every = distributed["died_after"], distributed["resumed_at"], distributed["save_every"]
    steps = distributed["steps"]
    scale = Scale(0, steps, 20, WIDTH - 20)
    sheet = Sheet(196)
    rows = ((62, "第一次", 0, died, "second"), (128, "再启动", resumed, steps, "accent"))
    for y, title, start, end, colour in rows:
        sheet.text(scale.start, y - 30, title, "strong", anchor="start")
        for place in (0, 1):  # two workers
            sheet.line(scale(start), y + 10 * place, scale(end), y + 10 * place, f"line {colour}")
    for step in range(every, died, every):
        sheet.circle(scale(step), 62, 4, "fill second")
    sheet.text(scale(every), 48, "存盘", "muted")
    sheet.text(scale(died) + 8, 78, "死了", "strong ink second", anchor="start")
    sheet.line(scale(resumed), 66, scale(resumed), 124, "line plain thin")
    sheet.text(scale(resumed) - 6, 112, f"从第 {resumed} 步接着来", anchor="end")
    off = distributed["resumed_difference"]
    same = f"与没有断过的最多差 {rounded_power(off)}" if off else "与没有断过的逐位相同"
    sheet.text(scale(steps), 158, same, "ink accent", anchor="end")
    sheet.text(scale.start, 184, "0", "muted", anchor="start")
    sheet.text(scale(died), 184, f"{died}", "muted")
    sheet.text(scale(steps), 184, f"{steps} 步", "muted", anchor="end")
    sheet.line(scale.start, 168, scale.end, 168, "axis")
    return sheet

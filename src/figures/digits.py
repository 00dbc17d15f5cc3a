"""Digits as pixels: those that the network misread, one that was drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from figures.joining import around, short
from figures.svg import WIDTH, Sheet

LEVELS = 6  # shades of grey: fewer and strokes look torn, more and the file grows
COLUMNS = 4
PIXEL = 2.5  # units


def shades(image: np.ndarray) -> np.ndarray:
    """Round a (28, 28) uint8 image to 0 … LEVELS, 0 for black."""
    return np.rint(image / 255 * LEVELS).astype(int)


def runs(mask: np.ndarray) -> list[tuple[int, int, int]]:
    """Row, first column and length of every horizontal run of True in `mask`."""
    found = []
    for row, line in enumerate(mask):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], line, [0]])))
        found += [(row, int(start), int(end - start)) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    return found


def strokes(mask: np.ndarray, left: float, top: float) -> str:
    """Return a path along the middle of every run of `mask`, whose upper left corner lies at (left, top), in pixels."""
    path, column, line = "", 0, 0
    for row, start, length in runs(mask):
        path += (
            f"m{short([start - column, row - line])}h{length}" if path else f"M{short([left + start, top + row + 0.5])}h{length}"
        )
        column, line = start + length, row
    return path


def draw_levels(sheet: Sheet, levels: np.ndarray, x: float, y: float, pixel: float, shown: list[tuple[str, float]]) -> None:
    """Draw the pixels of each level from 1 on as lines as wide as a pixel, in a class and an opacity; levels: (28, 28)."""
    box = around([(x, y), (x + 28 * pixel, y + 28 * pixel)])
    for level, (cls, opacity) in enumerate(shown, 1):
        if path := strokes(levels == level, x / pixel, y / pixel):
            sheet.path(path, cls, box, stroke_opacity=opacity, transform=f"scale({pixel})")


def draw_digit(sheet: Sheet, image: np.ndarray, x: float, y: float, *, pixel: float = PIXEL) -> None:
    """Draw one image, white on black as in MNIST, with its upper left corner at (x, y)."""
    side = 28 * pixel
    sheet.rect(x - 1, y - 1, side + 2, side + 2, "screen")
    draw_levels(sheet, shades(image), x, y, pixel, [("glow", level / LEVELS) for level in range(1, LEVELS + 1)])


def wrong_digits(classifier: dict[str, Any], images: np.ndarray) -> Sheet:
    """The first misread test images, each with its label and the network's answer; images: (10000, 28, 28)."""
    keys = ("misread_index", "misread_label", "misread_prediction")
    columns, step_x, step_y = COLUMNS, WIDTH / COLUMNS, 28 * PIXEL + 34
    rows = -(-len(classifier[keys[0]]) // columns)
    sheet = Sheet(6 + rows * step_y)
    for place, (index, label, answer) in enumerate(zip(*(classifier[key] for key in keys), strict=True)):
        x = (place % columns) * step_x + (step_x - 28 * PIXEL) / 2
        y = 6 + (place // columns) * step_y
        draw_digit(sheet, images[index], x, y)
        sheet.text(x + 14 * PIXEL, y + 28 * PIXEL + 17, f"{label} 认作 {answer}")
    return sheet


def drawn(draw: dict[str, Any]) -> Sheet:
    """One drawn digit as the network sees it: placed as MNIST's makers did, and where it stands; its answers beside.

    As low as the room that the widget 写一个数字 has for it; shares are cut as the widget cuts them.
    """
    sheet = Sheet(28 * PIXEL + 4)
    for place, (title, image, shares) in enumerate((("居中", "seen", "probabilities"), ("不居中", "plain", "plain_probabilities"))):
        x = WIDTH / 2 * place + 2
        beside = x + 28 * PIXEL + 12
        draw_digit(sheet, np.array(draw[image], np.uint8), x, 2)
        sheet.text(beside, 20, title, "strong", anchor="start")
        sheet.text(beside, 42, f"认作 {int(np.argmax(draw[shares]))}", anchor="start")
        sheet.text(beside, 64, f"概率 {int(max(draw[shares]) * 1000) / 10:g}%", anchor="start")
    return sheet

"""Axes of a chart: from values to places on a sheet."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from figures.svg import Sheet

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Scale:
    """A map from values between `low` and `high` to places between `start` and `end`."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        low, high = self.low, self.high
        if self.logarithmic:
            low, high, value = math.log(low), math.log(high), math.log(value)
        return self.start + (value - low) / (high - low) * (self.end - self.start)


@dataclass(frozen=True)
class Axes:
    """The frame of a chart: `y.start` is its lower edge, `x.start` its left edge."""

    x: Scale
    y: Scale

    def x_axis(self, sheet: Sheet, ticks: list[float], label: Callable[[float], str], title: str) -> None:
        """Draw the lower edge, labelled ticks and the title under them."""
        base = self.y.start
        sheet.line(self.x.start, base, self.x.end, base, "axis")
        for value in ticks:
            sheet.line(self.x(value), base, self.x(value), base + 4, "axis")
            sheet.text(self.x(value), base + 17, label(value), "muted")
        sheet.text((self.x.start + self.x.end) / 2, base + 36, title)

    def y_axis(self, sheet: Sheet, ticks: list[float], label: Callable[[float], str], title: str) -> None:
        """Draw a grid line and a label per tick, and the title above the chart, where it need not be turned."""
        for value in ticks:
            sheet.line(self.x.start, self.y(value), self.x.end, self.y(value), "grid")
            sheet.text(self.x.start - 5, self.y(value) + 4, label(value), "muted", anchor="end")
        sheet.text(4, self.y.end - 12, title, anchor="start")

    def place(self, xs: list[float], ys: list[float]) -> list[tuple[float, float]]:
        """Return where the points lie on the sheet."""
        return [(self.x(x), self.y(y)) for x, y in zip(xs, ys, strict=True)]


def power(value: float) -> str:
    """Write a power of ten, 1000 as 10³."""
    return "10" + str(round(math.log10(value))).translate(SUPERSCRIPTS)


def rounded_power(value: float) -> str:
    """Write a positive number with one digit and its power of ten: 5 × 10⁻¹⁶."""
    digit, exponent = f"{value:.0e}".split("e")
    return f"{digit} × {power(10.0 ** int(exponent))}"


def percent(value: float) -> str:
    """Write a share as a whole percentage."""
    return f"{value:.0%}"


def plain(value: float, spec: str = "g") -> str:
    """Write a number, as short as it goes or by a format, with a true minus sign."""
    return f"{value:{spec}}".replace("-", "−")

"""The article's findings: bars as long as their numbers, the image that is moved, the losses as their formulas have them.

Tests `convexity` too.
"""

import math
import re
from typing import Any

import numpy as np
import pytest

from figures import convexity, digits, findings
from figures.svg import Sheet
from mnist_lab import robustness


def widths(sheet: Sheet) -> list[float]:
    return [float(width) for width in re.findall(r'<rect [^>]*width="(\S+?)" height="15"', "".join(sheet.elements))]


def shown(sheet: Sheet) -> list[str]:
    return re.findall(r">([\d.]+%)<", "".join(sheet.elements))


def test_moving_is_what_the_lab_does() -> None:
    image = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    for pixels in (2, 4):
        assert np.array_equal(findings.moved(image, pixels), robustness.shift(image[None], 0, pixels)[0])


def test_shifted(numbers: dict[str, Any]) -> None:
    image = np.zeros((1, 28, 28), dtype=np.uint8)
    image[0, 3, 5:8] = 255
    sheet = findings.shifted(numbers["robustness"], image)
    assert shown(sheet) == ["97.0%", "81.0%", "30.0%", "7.0%"]
    strokes = re.findall(r'<path d="M([\d.]+) ([\d.]+)h3"', "".join(sheet.elements))
    corners = [(90 * place + 10) / digits.PIXEL for place in range(3)]
    places = [(corner + column, 6 / digits.PIXEL + 3.5) for corner, column in zip(corners, (5, 7, 9), strict=True)]
    assert np.array(strokes, float) == pytest.approx(np.array(places)), "as it is, and moved by two and by four"


def test_forgetting(numbers: dict[str, Any]) -> None:
    sheet = findings.forgetting(numbers["incremental"])
    assert shown(sheet) == ["99.0%", "0.04%", "40.0%", "70.0%", "88.0%"]
    longest, least, *others = widths(sheet)
    assert least == 1
    assert others == pytest.approx([longest * share / 0.99 for share in (0.4, 0.7, 0.88)], abs=0.02)


def test_skills(numbers: dict[str, Any]) -> None:
    sheet = findings.skills(numbers["language"])
    assert shown(sheet) == ["92.0%", "94.0%", "43.0%", "91.0%", "5.0%", "2.0%"]
    lengths = widths(sheet)
    assert lengths[2] / lengths[0] == pytest.approx(43 / 92, abs=0.001)


def test_the_counterexamples_are_none_elsewhere() -> None:
    turn = -math.log(2)  # where the second derivative of the one sample's loss changes its sign
    step = 1e-3

    def curvature(theta: float) -> float:
        low, middle, high = (convexity.one_sample(theta + shift) for shift in (-step, 0, step))
        return (low - 2 * middle + high) / step**2

    assert curvature(turn - 0.1) < 0 < curvature(turn + 0.1)
    assert convexity.two_samples(1 / 3) < 0.2
    losses = [convexity.two_samples(-1 - shift) for shift in range(20)]
    assert losses == sorted(losses, reverse=True), "to the left it only goes down"
    assert min(losses) >= 0.5 - 1e-3


def test_the_drawing_follows_the_losses() -> None:
    drawn = "".join(convexity.counterexamples().elements)
    curves = re.findall(r'<polyline points="([^"]*)"', drawn)
    assert len(curves) == 2
    assert all(len(curve.split()) == convexity.POINTS for curve in curves)
    balls = re.findall(r'<circle cx="(\S+)" cy="(\S+)"', drawn)
    assert len(balls) == 3
    assert float(balls[2][1]) > float(balls[1][1]), "the lower loss lies lower"

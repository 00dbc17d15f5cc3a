"""The figures of the labs that count and check show their records."""

import re
from typing import Any

import numpy as np
import pytest
from strokes import pixels_of

from figures import checks
from figures.axes import Scale
from figures.joining import short
from figures.svg import WIDTH, Sheet
from mnist_lab import attribution, gradient_check, privacy
from mnist_lab.flops import flops_per_image, rule_of_six


def texts(sheet: Sheet) -> list[str]:
    return [re.sub(r"<.*?>", "", element) for element in sheet.elements if element.startswith("<text")]


def circles(sheet: Sheet) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r'<circle cx="(\S+)" cy="(\S+)"', "".join(sheet.elements))]


def test_what_the_figures_type_is_what_the_labs_use() -> None:
    assert checks.LAYERS == attribution.SIZES == privacy.SIZES
    assert list(checks.STEPS) == gradient_check.STEPS
    assert checks.REMOVED == attribution.REMOVED
    assert checks.WAYS == attribution.NAMES


def test_flops_draws_what_the_lab_counts(numbers: dict[str, Any]) -> None:
    sheet = checks.flops(numbers["flops"])
    counted, rule = flops_per_image(128), int(rule_of_six(101_770, 1))
    assert f"照形状数出：每张图像 {counted:,} 次" in texts(sheet)
    assert f"按规则 6ND：每张图像 {rule:,} 次" in texts(sheet)
    widths = [float(width) for width in re.findall(r'width="(\S+)" height="20"', "".join(sheet.elements))]
    assert sum(widths[:3]) / sum(widths[3:]) == pytest.approx(counted / rule, abs=1e-3)
    assert widths[3] == widths[4] == widths[5]
    assert sum(widths[3:]) == pytest.approx(WIDTH - 16, abs=0.02)


def test_gradient_check_draws_the_valley_and_the_level(numbers: dict[str, Any]) -> None:
    sheet = checks.gradient_check(numbers["gradient_check"])
    points = circles(sheet)
    assert [x for x, _ in points] == sorted((x for x, _ in points), reverse=True), "the largest step first"
    height = Scale(1e-16, 1, 246, 40, True)
    errors = numbers["gradient_check"]["unit_difference_rel_by_step"]
    assert [y for _, y in points] == pytest.approx([height(error) for error in errors], abs=0.01)
    (level,) = re.findall(r'y1="(\S+)" x2="\S+" y2="\1" class="line second"', "".join(sheet.elements))
    assert float(level) == pytest.approx(height(3e-15), abs=0.01)
    lowest = max(points, key=lambda point: point[1])
    assert f'<text x="{lowest[0]:g}" y="{lowest[1] + 20:g}"' in "".join(sheet.elements)


def test_privacy_draws_a_point_per_noise_and_a_level_without_guarantee(numbers: dict[str, Any]) -> None:
    sheet = checks.privacy(numbers["privacy"])
    shown = texts(sheet)
    for label in ("普通训练，没有保证 96.20%", "只裁剪，没有保证 95.40%", "噪声倍数 1，94.30%", "噪声倍数 4，90.60%"):
        assert label in shown
    points = circles(sheet)
    assert len(points) == 3
    assert points == sorted(points, reverse=True), "the more noise, the smaller ε"
    assert [y for _, y in points] == sorted(y for _, y in points), "and the lower the accuracy"
    levels = [float(y) for y in re.findall(r'y1="(\S+)" x2="\S+" y2="\1" class="line (?:second|third)"', "".join(sheet.elements))]
    assert levels == pytest.approx([Scale(0.88, 0.98, 246, 40)(share) for share in (0.962, 0.954)], abs=0.01)


def test_attribution_colours_what_speaks_for_and_against(numbers: dict[str, Any]) -> None:
    image = np.full((1, 28, 28), 255, np.uint8)
    sheet = checks.attribution(numbers["attribution"], image)
    drawn = "".join(sheet.elements)
    left, top = (WIDTH / 2 - 14 * checks.PIXEL) / checks.PIXEL, 26 / checks.PIXEL + 0.5
    assert re.findall(r'd="([^"]*)" class="for" stroke-opacity="1"', drawn) == [f"M{short([left, top])}h1"]
    assert re.findall(r'd="([^"]*)" class="against" stroke-opacity="1"', drawn) == [f"M{short([left + 1, top])}h1"]
    assert [share for share in texts(sheet) if share.endswith("%")] == ["41.0%", "40.0%", "98.0%", "99.0%"]


def test_attribution_blackens_what_the_lab_does(numbers: dict[str, Any]) -> None:
    image = np.full((1, 28, 28), 255, np.uint8)
    shares = np.array(numbers["attribution"]["shown"])
    removed = attribution.remove(image.reshape(1, 784) / 255, shares[None])[0].reshape(28, 28)
    whole, left = re.findall(r'd="([^"]*)" class="glow"', "".join(checks.attribution(numbers["attribution"], image).elements))
    corners = [(WIDTH * share / 6 / checks.PIXEL - 14, 26 / checks.PIXEL) for share in (1, 5)]
    assert pixels_of(whole, *corners[0]).all()
    drawn = pixels_of(left, *corners[1])
    assert (drawn == removed).all()
    assert (~drawn).sum() == 20

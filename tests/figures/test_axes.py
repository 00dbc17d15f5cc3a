"""Scales and axes, by hand."""

import pytest

from figures.axes import Axes, Scale, percent, plain, power, rounded_power
from figures.svg import Sheet


def test_scales_by_hand() -> None:
    linear, logarithmic = Scale(0, 10, 100, 200), Scale(1, 100, 0, 50, True)
    assert [linear(value) for value in (0, 5, 10)] == [100, 150, 200]
    assert [logarithmic(value) for value in (1, 10, 100)] == pytest.approx([0, 25, 50])
    downwards = Scale(0, 1, 90, 10)
    assert downwards(0.25) == 70


def test_labels() -> None:
    assert [power(value) for value in (1, 1000, 1e11, 1e-2)] == ["10⁰", "10³", "10¹¹", "10⁻²"]
    assert [rounded_power(value) for value in (4.6e-16, 9.6e-3, 1.0)] == ["5 × 10⁻¹⁶", "1 × 10⁻²", "1 × 10⁰"]
    assert percent(0.97) == "97%"
    assert [plain(value) for value in (-6, 0.25, 3.0)] == ["−6", "0.25", "3"]


def test_axes_carry_their_ticks_and_titles() -> None:
    sheet = Sheet(100)
    axes = Axes(Scale(0, 2, 20, 120), Scale(0, 1, 80, 20))
    axes.x_axis(sheet, [0, 2], plain, "横")
    axes.y_axis(sheet, [0, 1], percent, "纵")
    texts = [element for element in sheet.elements if element.startswith("<text")]
    assert [text.split(">")[1].split("<")[0] for text in texts] == ["0", "2", "横", "0%", "100%", "纵"]
    assert texts[1].startswith('<text x="120" y="97"')
    assert texts[2].startswith('<text x="70" y="116"')
    assert axes.place([0, 1], [0, 0.5]) == [(20, 80), (70, 50)]

"""The figures of the labs that go beyond training show their records."""

import re
from typing import Any

import pytest

from figures import labs


def test_selection_marks_where_validation_is_lowest(numbers: dict[str, Any]) -> None:
    text = labs.selection(numbers["selection"]).render("none")
    assert "验证损失最低：第 3 个轮次" in text
    assert "训练 0.050" in text
    assert "验证 0.170" in text
    assert text.count("<polyline") == 2
    assert text.count("<circle") == 8


def test_deployment_draws_a_bar_per_format_as_long_as_its_size(numbers: dict[str, Any]) -> None:
    text = labs.deployment(numbers["deployment"]).render("none")
    widths = [float(width) for width in re.findall(r'<rect [^>]*width="([\d.]+)"', text)]
    assert widths == pytest.approx([344 * size / 852 for size in (852, 409, 410, 107)], abs=0.01)
    assert "LiteRT int8：107 kB，准确率 97.00%" in text

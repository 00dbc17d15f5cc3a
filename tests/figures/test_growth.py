"""The figures of the language model's growth: every point of the record at its place, the law through its points."""

import re
from typing import Any

import pytest

from figures import growth


def places(drawn: str, cls: str) -> list[tuple[float, float]]:
    """Return the circles of a class."""
    found = re.findall(rf'<circle cx="(\S+)" cy="(\S+)" r="\S+" class="{cls}"', drawn)
    return [(float(x), float(y)) for x, y in found]


def test_compute(numbers: dict[str, Any]) -> None:
    long = numbers["growth_long"]
    drawn = "".join(growth.compute(long).elements)
    points = places(drawn, "fill accent")
    assert len(points) == 15
    for size in range(5):
        row = points[3 * size : 3 * size + 3]
        assert row == sorted(row)
        assert [y for _, y in row] == sorted(y for _, y in row), "a smaller loss lies lower"
    level = re.search(r'<line x1="40" y1="(\S+)" x2="342" y2="(\S+)" class="line third thin"', drawn)
    assert level is not None
    assert float(level[1]) == float(level[2]) == pytest.approx(points[1][1], abs=0.01), "the plateau is where 7.0 is"
    assert len(re.findall(r'stroke-opacity="\S+"', drawn)) == 5
    ends = re.search(r'<polyline points="(\S+),(\S+) (\S+),(\S+)" class="line second"', drawn)
    assert ends is not None
    (first, *_, last) = places(drawn, "fill second")
    assert (float(ends[1]), float(ends[2])) == pytest.approx(first, abs=0.02), "the law goes through its first point"
    assert float(ends[3]) == pytest.approx(last[0], abs=0.02)
    assert ">虚线：运算的 −0.050 次方<" in drawn
    assert ">只会字频 7.00<" in drawn


def test_rhyme(numbers: dict[str, Any]) -> None:
    drawn = "".join(growth.rhyme(numbers["growth_long"]).elements)
    points = places(drawn, "fill accent")
    assert len(points) == 15
    lasts = [points[place][1] for place in range(2, 15, 3)]
    assert lasts == sorted(lasts, reverse=True), "the larger the chance, the higher"
    assert len(re.findall("stroke-dasharray", drawn)) == 5
    assert [label for label in re.findall(r">([\d,]+)<", drawn)] == ["25", "200", "1,600"]
    assert re.findall(r">(\d+%)<", drawn) == ["0%", "5%", "10%", "15%"]

"""The language model's figures: every number of the records at its place."""

import re
from typing import Any

import pytest

from figures import verse


def test_learning(numbers: dict[str, Any]) -> None:
    sheet = verse.learning(numbers["language"], numbers["baselines"])
    drawn = "".join(sheet.elements)
    for label in ("字频 7.19", "体裁与位置的字频 6.82", "三元模型 6.03", "语言模型 5.70"):
        assert f">{label}<" in drawn
    points = [(float(x), float(y)) for x, y in re.findall(r'<circle cx="(\S+)" cy="(\S+)"', drawn)]
    assert len(points) == 7
    assert points == sorted(points)
    assert (points[0][0], points[-1][0]) == (40, 342), "the first look and the last lie at the edges"
    title = re.search(r'<text x="\S+" y="(\S+)"[^>]*>语言模型', drawn)
    assert title is not None
    assert float(title[1]) < 246 - 12, "clear of the axis"
    heights = [y for _, y in points]
    assert heights == sorted(heights), "a smaller loss lies lower"
    assert heights[-1] - heights[0] == pytest.approx((7.12 - 5.7) * 105, abs=0.03)


def test_places(numbers: dict[str, Any]) -> None:
    sheet = verse.places(numbers["language"])
    drawn = "".join(sheet.elements)
    heights = [float(height) for height in re.findall(r'<rect [^>]*height="(\S+?)"', drawn)]
    assert len(heights) == 28
    assert heights[27] == 40
    assert heights[0] == pytest.approx(40 * 4 / 6.7, abs=0.01)
    shown = re.findall(r">(\d\.\d)<", drawn)
    assert shown == [f"{value:.1f}" for value in numbers["language"]["place_7_nats"]]
    for label in ("第一句", "第四句", "第一字", "第七字"):
        assert drawn.count(f">{label}<") == 1


def test_sizes(numbers: dict[str, Any]) -> None:
    drawn = "".join(verse.sizes(numbers["inference"]).elements)
    widths = [float(width) for width in re.findall(r'<rect [^>]*width="(\S+?)"', drawn)]
    assert widths == pytest.approx([352, 176, 352 * 0.26, 352 * 0.13], abs=0.01)
    for label in ("float32", "1,000 字节，5.700 奈特，30 首不变", "int4", "130 字节，5.800 奈特，0 首不变"):
        assert f">{label}<" in drawn


def test_poem(numbers: dict[str, Any]) -> None:
    drawn = "".join(verse.poem(numbers["verse"]).elements)
    assert len(re.findall(r">[一二三四五六七甲乙丙丁戊己庚]<", drawn)) == 28
    assert re.findall(r">([\d<&lt;]+%)<", drawn)[:3] == ["50%", "&lt;1%", "25%"]
    bars = [float(width) for width in re.findall(r'width="(\S+)" height="5" class="fill accent"', drawn)]
    assert bars[:3] == pytest.approx([15, 0.03, 7.5], abs=0.01)
    rows = {float(y) for y in re.findall(r'<text x="\S+" y="(\S+)"[^>]*class="strong"', drawn)}
    assert len(rows) == 4


def test_finetuning(numbers: dict[str, Any]) -> None:
    drawn = "".join(verse.finetuning(numbers["finetune"]).elements)
    points = [(float(x), float(y)) for x, y in re.findall(r'<circle cx="(\S+)" cy="(\S+)"', drawn)]
    assert points[0] == (40, 36)
    assert [x for x, _ in points] == sorted(x for x, _ in points), "what forgets more stands further right"
    assert [y for _, y in points] == sorted(y for _, y in points), "what learned more stands lower"
    for label in ("不微调", "LoRA，秩 8", "全部，大学习率"):
        assert drawn.count(f">{label}<") == 1


def test_attention(numbers: dict[str, Any]) -> None:
    drawn = "".join(verse.attention(numbers["rhyme"]).elements)
    squares = re.findall(r'<rect x="(\S+)" y="(\S+)" width="9" height="9"', drawn)
    assert {float(x) for x, _ in squares} == {40 + 15 * 10}, "one column alone is looked at"
    assert [float(y) for _, y in squares] == [40 + 10 * row for row in range(15, 31)], "and only by what comes after it"

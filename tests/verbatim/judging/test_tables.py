"""Rows and descriptions are read with their heads: what they measure, and in what unit; so are bound numbers, by their own."""

from __future__ import annotations

import pytest

from verbatim.judging.blocks import body_of, parse
from verbatim.judging.judge import measured_pins, wrong_units
from verbatim.judging.numbers import BOUND, BREAK, GIVEN, numbers_of
from verbatim.judging.tables import HEADED, MOST_DESCRIPTIONS, unit_over, with_heads
from verbatim.judging.text import Paragraph
from verbatim.pages.references import Number

END = BREAK * 2


def row(heads: str, cells: str, place: int = 1) -> tuple[str, str]:
    """Return the text of a row below heads, both with cells between bars, as its heads make it read; and the unit over a cell."""
    tables = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in line.split('|'))}</tr>" for line in (heads, cells))
    last = body_of(parse(f"<table>{tables}</table>")).css("tr")[-1]
    text = "".join(f"{cell}{END}" for cell in cells.split("|"))
    start = len(END.join([*text.split(END)[:place], ""]))
    return with_heads(last, text), unit_over(last, text, start)


@pytest.mark.parametrize(
    ("heads", "cells", "read", "unit"),
    [
        ("模型|用时（秒）", "甲|3", f"甲{END}用时 3 秒{END}", "秒"),
        ("模型|秒/轮", "甲|3", f"甲{END}3 秒/轮{END}", "秒/轮"),
        ("模型|错误率 / %", "甲|9", f"甲{END}错误率 9 %{END}", "%"),
        ("|甲|乙", "用时（秒）|3|4", f"用时（秒）{END}用时 3 秒{END}用时 4 秒{END}", "秒"),
        ("模型|层数", "甲|3", f"甲{END}3{END}", ""),
        ("模型|误差", "甲|784 → 128 → 10，交叉熵", f"甲{END}784 → 128 → 10，交叉熵{END}", ""),
        ("模型|准确率", f"甲|{BOUND}", f"甲{END}准确率 {BOUND}{END}", ""),
        ("模型|准确率（%）", f"甲|{BOUND}", f"甲{END}准确率 {BOUND}{END}", "%"),
    ],
)
def test_a_cell_is_read_with_its_heads(heads: str, cells: str, read: str, unit: str) -> None:
    assert row(heads, cells) == (read, unit)


def test_a_description_is_read_with_its_term() -> None:
    second = body_of(parse("<dl><dt>用时（秒）</dt><dd>快</dd><dd>3</dd></dl>")).css("dd")[-1]
    assert second.tag in HEADED
    assert with_heads(second, "3") == "用时 3 秒"
    late = body_of(parse(f"<dl><dt>用时（秒）</dt>{'<dd>快</dd>' * (MOST_DESCRIPTIONS + 1)}<dd>3</dd></dl>")).css("dd")[-1]
    assert with_heads(late, "3") == "3"


@pytest.mark.parametrize(
    ("around", "unit"),
    [
        ("<table><caption>各模型的用时（秒）</caption>{rows}</table>", "秒"),
        ("<figure><table>{rows}</table><figcaption><p>表 1 单位：毫秒</p></figcaption></figure>", "毫秒"),
        ("<p>下表单位都是 MB。</p>\n<table>{rows}</table>", "MB"),
        ("<p>下表比较三个模型。</p><table>{rows}</table>", ""),
        ("<table><caption>各模型（按年份）</caption>{rows}</table>", ""),
    ],
)
def test_a_unit_around_a_table_is_that_of_its_cells(around: str, unit: str) -> None:
    rows = "<tr><th>模型</th><th>层数</th><th>甲</th></tr><tr><td>乙</td><td>3</td><td>5</td></tr>"
    last = body_of(parse(around.format(rows=rows))).css("tr")[-1]
    assert with_heads(last, f"乙{END}3{END}5{END}") == f"乙{END}3{END}{f'5 {unit}'.strip()}{END}"


@pytest.mark.parametrize(("heads", "cells"), [("模型|用时（秒）", "甲|3"), ("模型|准确率", f"甲|{GIVEN}"), ("种类|秒", "甲|7")])
def test_what_the_heads_say_is_judged(heads: str, cells: str) -> None:
    assert numbers_of(row(heads, cells)[0])
    assert not numbers_of(row("种类|个", cells)[0])


def paragraph(text: str, kind: str, reference: str) -> Paragraph:
    return Paragraph(text, body_of(parse("<p>")), numbers=(Number("5", reference, "", kind, ""),))


@pytest.mark.parametrize(
    ("text", "kind", "reference", "wrong"),
    [
        (f"训练 {BOUND} 秒", "constant", "lab.EPOCHS", True),
        (f"训练 {BOUND} 轮", "constant", "lab.EPOCHS", False),
        (f"留出 {BOUND} 张", "constant", "lab.VALIDATION", False),
        (f"用时 {BOUND} 张", "record", "lab.seconds", True),
        (f"版本 {BOUND} 秒", "pin", "pin.keras", False),
    ],
)
def test_a_constant_has_the_unit_of_its_name(text: str, kind: str, reference: str, wrong: bool) -> None:
    assert bool(list(wrong_units(paragraph(text, kind, reference), "页"))) is wrong


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [(f"准确率 {BOUND}", "pin", True), (f"Keras {BOUND}", "pin", False), (f"准确率 {BOUND}", "record", False)],
)
def test_a_version_measures_nothing(text: str, kind: str, told: bool) -> None:
    assert bool(list(measured_pins(paragraph(text, kind, "pin.keras"), "页"))) is told

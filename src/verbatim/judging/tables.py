"""Rows: the number of a cell is read with the heads over it and beside it, which say what it measures and in what unit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from verbatim.judging.numbers.grammar import MEASURED_BEFORE, UNITS
from verbatim.judging.numbers.signs import BOUND, CELL_END, GIVEN

HEADED = frozenset(("tr", "dd"))
# A cell that is one number and little else; others speak for themselves
VALUE = re.compile(rf"\s*[-−+≈~<>约 ]{{0,3}}[0-9.{BOUND}{GIVEN}零一二两三四五六七八九十百千万半][^→×，。；：]*\Z")
LONGEST = 24
MOST_DESCRIPTIONS = 20  # of one term, with the blanks between them
NAMING = ("版本", "版本号", "年份", "端口", "状态码")
# 单位：秒, 以秒计, 分钟数
AROUND_UNIT = re.compile(r"^(?:单位|以)[：:为是]? ?|[数计]$")
IN_BRACKETS = re.compile(r"\s*[（(\[/,，]\s*([^()（）\[\]]{1,8}?)\s*[)）\]]?\Z")


def with_heads(node: LexborNode, text: str) -> str:
    """Return the text of a row or a description with what its heads say beside its numbers: 3 below 用时（秒） is 用时 3 秒."""
    cells = text.split(CELL_END)
    if not any(map(headed, cells)):
        return text
    heads = heads_of(node, cells[0])
    return CELL_END.join(in_place(cell, heads_beside(heads, column)) if headed(cell) else cell for column, cell in enumerate(cells))


def unit_over(node: LexborNode, text: str, place: int) -> str:
    """Return the unit that the heads of a cell give its number, which stands at `place` in the text of its row."""
    heads = heads_of(node, text.split(CELL_END)[0])
    column = text.count(CELL_END, 0, place)
    return next(filter(None, map(unit_of, heads_beside(heads, column))), "")


def headed(cell: str) -> bool:
    return len(cell) <= LONGEST and VALUE.match(cell) is not None


def heads_of(node: LexborNode, first: str) -> list[str]:
    """Return the words over each cell of a row and, last, those at its beginning; the term of a description."""
    if node.tag == "dd":
        term = node.prev
        for _ in range(MOST_DESCRIPTIONS):
            if term is None or term.tag == "dt":
                break
            term = term.prev
        return [term.text()] if term is not None and term.tag == "dt" else []
    table = node.parent
    while table is not None and table.tag != "table":
        table = table.parent
    row = table.css_first("tr") if table is not None else None
    top = list(cells_of(row)) if row is not None and row.mem_id != node.mem_id else []
    return [*(cell.text() for cell in top), first]


def heads_beside(heads: list[str], column: int) -> list[str]:
    """Return of the heads of a row what bears on one cell: the words over it, then those at the beginning of the row."""
    return [*heads[column : column + 1], *heads[-1:]]


def cells_of(row: LexborNode) -> Iterator[LexborNode]:
    return (node for node in row.iter() if node.tag in ("td", "th"))


def in_place(cell: str, heads: list[str]) -> str:
    """Return a cell as its heads make it read."""
    lead = next(filter(None, map(measured_of, heads)), "")
    unit = next(filter(None, map(unit_of, heads)), "") if BOUND not in cell else ""
    return f"{lead} {cell.strip()} {unit}".strip()


def unit_of(head: str) -> str:
    """Return the unit that a head names, 用时（秒）; "" where it names none."""
    match = IN_BRACKETS.search(head)
    unit = AROUND_UNIT.sub("", match[1] if match else head.strip())
    return unit if UNITS.fullmatch(f" {unit}") else ""


def measured_of(head: str) -> str:
    """Return the words of a head that say something measured, or what kind of name stands below; "" where they do neither."""
    words = IN_BRACKETS.sub("", head).strip()
    return words[-12:] if MEASURED_BEFORE.search(f"{words} ") or words in NAMING else ""

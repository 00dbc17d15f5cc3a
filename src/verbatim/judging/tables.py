"""Rows: the number of a cell is read with the heads over it and beside it, which say what it measures and in what unit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

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
COUNTS_OR_NAMES = ("数", "数量", "序号", "编号", "名", "名称", *NAMING)
LONGEST_AROUND = 60
UNIT_TOLD = re.compile(r"(?:单位|量纲)(?:[：:为是都皆均]|一律){0,3} ?([^\s，。；：）)]{1,8})")
IN_BRACKETS = re.compile(r"\s*[（(\[/,，]\s*([^()（）\[\]]{1,8}?)\s*[)）\]]?\Z")


def with_heads(node: LexborNode, text: str) -> str:
    """Return the text of a row or a description with what its heads say beside its numbers: 3 below 用时（秒） is 用时 3 秒."""
    cells = text.split(CELL_END)
    if not any(map(headed, cells)):
        return text
    heads, around = heads_of(node, cells[0]), words_around(node)
    return CELL_END.join(
        in_place(cell, heads_beside(heads, column), around) if headed(cell) else cell for column, cell in enumerate(cells)
    )


def unit_over(node: LexborNode, text: str, place: int) -> str:
    """Return the unit that the heads of a cell give its number, which stands at `place` in the text of its row."""
    heads = heads_of(node, text.split(CELL_END)[0])
    column = text.count(CELL_END, 0, place)
    return next(filter(None, map(unit_of, heads_beside(heads, column))), "") or unit_around(words_around(node))


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
    table = table_of(node)
    row = table.css_first("tr") if table is not None else None
    top = list(cells_of(row)) if row is not None and row.mem_id != node.mem_id else []
    return [*(cell.text() for cell in top), first]


def table_of(node: LexborNode) -> LexborNode | None:
    table = node.parent
    while table is not None and table.tag != "table":
        table = table.parent
    return table


def words_around(node: LexborNode) -> list[str]:
    """Return what a table's captions say, its corner and the paragraph in front of it: where the unit of all cells may stand."""
    table = table_of(node) if node.tag == "tr" else None
    if table is None:
        return []
    framed = table.parent if table.parent is not None and table.parent.tag == "figure" else None
    corner = None if headed(next((cell.text() for cell in cells_of(node)), "")) else table.css_first("tr > *")
    captions = [
        table.css_first("caption"),
        framed.css_first("figcaption") if framed is not None else None,
        corner,
        table.css_first("tfoot"),
    ]
    return [words.text().strip() for words in (*captions, paragraph_before(framed or table)) if words is not None]


def paragraph_before(node: LexborNode) -> LexborNode | None:
    before = node.prev
    while before is not None and before.is_text_node:
        before = before.prev
    return before if before is not None and before.tag == "p" else None


def unit_around(around: list[str]) -> str:
    """Return the unit that the words around a table give all its cells: 单位：秒, or （秒） at their end."""
    for words in around:
        match = UNIT_TOLD.search(words[-LONGEST_AROUND:]) or IN_BRACKETS.search(words[-LONGEST:].rstrip("。：:"))
        if match and UNITS.fullmatch(f" {match[1].strip()}"):
            return match[1].strip()
    return ""


def heads_beside(heads: list[str], column: int) -> list[str]:
    """Return of the heads of a row what bears on one cell: the words over it, then those at the beginning of the row."""
    return [*heads[column : column + 1], *heads[-1:]]


def cells_of(row: LexborNode) -> Iterator[LexborNode]:
    return (node for node in row.iter() if node.tag in ("td", "th"))


def in_place(cell: str, heads: list[str], around: list[str]) -> str:
    """Return a cell as its heads, and the words around its table, make it read."""
    lead = next(filter(None, map(measured_of, heads)), "")
    unit = next(filter(None, map(unit_of, heads)), "") if BOUND not in cell else ""
    if not unit and BOUND not in cell and not any(map(counting, heads[:-1])):
        unit = unit_around(around)
    return f"{lead} {cell.strip()} {unit}".strip()


def counting(head: str) -> bool:
    """Say whether a head says that its column counts or names, whatever the unit around the table is: 层数, 版本."""
    return head.strip().endswith(COUNTS_OR_NAMES)


@lru_cache(maxsize=4096)
def unit_of(head: str) -> str:
    """Return the unit that a head names, 用时（秒）; "" where it names none."""
    match = IN_BRACKETS.search(head)
    named = [AROUND_UNIT.sub("", words) for words in (head.strip(), match[1] if match else "")]
    return next((unit for unit in named if UNITS.fullmatch(f" {unit.partition('/')[0]}")), "")  # 秒/轮 is measured as 秒 is


@lru_cache(maxsize=4096)
def measured_of(head: str) -> str:
    """Return the words of a head that say something measured, or what kind of name stands below; "" where they do neither."""
    words = IN_BRACKETS.sub("", head).strip()
    return words[-12:] if MEASURED_BEFORE.search(f"{words} ") or words in NAMING else ""

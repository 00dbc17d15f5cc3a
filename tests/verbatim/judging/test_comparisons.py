"""A word between two bound numbers that compares them carries its assertion; a rise or a fall is what the two numbers show."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sample_project import Sample

from verbatim.judging.comparisons import Comparison, comparisons
from verbatim.judging.numbers import BOUND, BREAK, HELD
from verbatim.pages.references import Number

HIGH = Number("97.6%", "a.accuracy", ".1%", "record", "")
LOW = Number("90.1%", "b.accuracy", ".1%", "record", "")
SECONDS = Number("3.5", "a.seconds", "", "record", "")
ERRORS = Number("1,234", "a.errors", ",", "record", "")
TINY = Number("1.5 × 10⁻³", "calc a.loss / 2", ".1e", "calc", "")
LOSS = Number("0.25", "a.loss", "", "record", "")
PIN = Number("3.12", "pin.python", "", "pin", "")
NAME = Number("adam", "a.name", "", "record", "")
ASSERTED = Number("", "holds a.accuracy > b.accuracy", "", "holds", "")


def told(text: str, *numbers: Number) -> list[Comparison]:
    return list(comparisons(text, numbers))


@pytest.mark.parametrize(
    "text",
    [
        f"甲是 {BOUND}，高于乙的 {BOUND}。",
        f"甲的 {BOUND} 超过了 {BOUND}。",
        f"甲 {BOUND}，比乙的 {BOUND} 高。",
        f"甲 {BOUND}，比 {BOUND} 还要好。",
        f"甲 {BOUND}，不如乙的 {BOUND}。",
        f"甲对{HELD}。甲 {BOUND}，多于 {BOUND}。",
    ],
)
def test_a_comparing_word_without_an_assertion_is_told(text: str) -> None:
    numbers = [ASSERTED, HIGH, LOW] if HELD in text else [HIGH, LOW]
    assert [found.fix for found in told(text, *numbers)] == [
        "write {{ holds a.accuracy > b.accuracy }} behind it, if that is what it says"
    ]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (f"甲是 {BOUND}，高于乙的 {BOUND}{HELD}。", (HIGH, LOW, ASSERTED)),
        (f"测了 {BOUND} 张，用时不到 {BOUND} 秒。", (ERRORS, SECONDS)),
        (f"甲是 {BOUND}，乙是 {BOUND}。", (HIGH, LOW)),
        (f"甲是 {BOUND}。高于乙的 {BOUND}。", (HIGH, LOW)),
        (f"甲 {BOUND}{BREAK}高于 {BOUND}", (HIGH, LOW)),
        (f"甲是 {BOUND}，高于大家所想的，而乙是 {BOUND}。", (HIGH, LOW)),
        (f"高于 {BOUND}。", (HIGH,)),
        (f"从 {BOUND} 降到 {BOUND}。", (HIGH, LOW)),
        (f"从 {BOUND} 升到 {BOUND}。", (LOW, HIGH)),
        (f"用 {BOUND} 秒降到 {BOUND}。", (SECONDS, ERRORS)),
        (f"甲 {BOUND}，多于 {BOUND} 张。", (HIGH, ERRORS)),
        (f"版本 {BOUND}，高于 {BOUND}，乙是 {BOUND}。", (PIN, LOSS, TINY)),
        (f"从 {BOUND} 升到 {BOUND}。", (LOSS, NAME)),
    ],
)
def test_what_compares_nothing_or_is_asserted_is_left_alone(text: str, numbers: tuple[Number, ...]) -> None:
    assert told(text, *numbers) == []


def test_a_rise_and_a_fall_are_what_the_numbers_show() -> None:
    assert [found.what for found in told(f"从 {BOUND} 降到 {BOUND}。", LOW, HIGH)] == ["from 90.1% to 97.6% it does not fall"]
    assert [found.what for found in told(f"从 {BOUND} 涨到了 {BOUND}{HELD}。", LOSS, TINY, ASSERTED)] == [
        "from 0.25 to 1.5 × 10⁻³ it does not rise"
    ]


def test_a_comparison_is_refused_on_a_page_and_what_is_printed_passes(new_sample: Callable[[str], Sample]) -> None:
    sample = new_sample("compared")
    sample.write("docs/bare.md", "# 页\n\n甲是 {{ lab.total }}，多于乙的 {{ lab.parts[1] }}。\n")
    sample.write(
        "docs/held.md", "# 页\n\n甲是 {{ lab.total }}，多于乙的 {{ lab.parts[1] }}{{ holds lab.total > lab.parts[1] }}。\n"
    )
    for ended in (sample.build(), sample.verbatim("check", "site")):
        told = sample.faults(ended)
        assert "write {{ holds lab.total > lab.parts[1] }}" in "".join(told["bare"])
        assert "held" not in told

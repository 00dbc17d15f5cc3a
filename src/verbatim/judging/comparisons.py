"""Words that compare two bound numbers of a sentence: they carry an assertion, which the build has checked for every seed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from verbatim.judging.numbers.signs import BOUND, BREAK, GIVEN, HELD
from verbatim.pages.formats import FROM_SUPERSCRIPT, SUPERSCRIPTS
from verbatim.pages.references import Number
from verbatim.pages.units import UNITS, kind_of

MORE = r"高于|多于|大于|超过|胜过|优于|强于|领先于?|高出|多出"
LESS = r"低于|少于|小于|不到|不及|不如|落后于?|短于"
EITHER = r"快于|慢于|快过|慢过|长于|早于|晚于"
# Between two bound numbers: a word, and little more up to the second; or 比, and behind the second what it is more of
WORD = re.compile(rf"(?:{MORE}|{LESS}|{EITHER})(?=[^，。；、{BOUND}]{{0,16}}({BOUND}))")
THAN = re.compile(rf"比(?=[^，。；、{BOUND}]{{0,16}}({BOUND})[^，。；、{BOUND}]{{0,6}}?[高低多少快慢大小长短好差强弱])")
# A way from one number to another, whose direction the two numbers show
RISING = re.compile(r"(?:升|涨|提高|增加|增长|上升|增)[到至为]\s?(?:了|约)?\s?\Z")
FALLING = re.compile(r"(?:降|跌|减少|下降|缩小|缩短|减|掉)[到至为]\s?(?:了|约)?\s?\Z")
SENTENCE_END = re.compile(rf"[。！？；!?{BREAK}]")
SIGNS = re.compile(f"[{BOUND}{GIVEN}{HELD}]")
DIGITS = re.compile(rf"([-−]?[\d,]+(?:\.\d+)?)(?: × 10({SUPERSCRIPTS.pattern}))?")


class Comparison(NamedTuple):
    """What is wrong with a word that compares, and how to mend it."""

    what: str
    fix: str
    excerpt: str


def comparisons(text: str, numbers: Sequence[Number]) -> Iterator[Comparison]:
    """Yield the comparisons of a paragraph that nothing asserts; `numbers` are what its signs stand for, in order."""
    if sum(number.kind in ("record", "constant", "calc") for number in numbers) < 2:
        return
    by_place = dict(zip((match.start() for match in SIGNS.finditer(text)), numbers, strict=False))
    start = 0
    for end in [*(match.end() for match in SENTENCE_END.finditer(text)), len(text)]:
        places = [place for place in by_place if start <= place < end and text[place] == BOUND]
        if len(places) > 1:
            yield from contradicted(text, places, by_place)
            if HELD not in text[start:end]:
                yield from unasserted(text, start, end, by_place)
        start = end


def unasserted(text: str, start: int, end: int, by_place: dict[int, Number]) -> Iterator[Comparison]:
    for pattern in (WORD, THAN):
        for match in pattern.finditer(text, start, end):
            before = text.rfind(BOUND, start, match.start())
            first, second = by_place.get(before), by_place.get(match.start(1))
            if first and second and comparable(first, second):
                sign = ">" if (value_of(first) or 0) > (value_of(second) or 0) else "<"
                asserted = f"{{{{ holds {named(first)} {sign} {named(second)} }}}}"
                what = f"{match[0]!r} compares bound numbers and nothing asserts it"
                yield Comparison(what, f"write {asserted} behind it, if that is what it says", text[before : match.start(1) + 1])


def contradicted(text: str, places: list[int], by_place: dict[int, Number]) -> Iterator[Comparison]:
    """Yield the rises and falls from one shown number to the next that the two deny."""
    for one, other in pairwise(places):
        between = text[one + 1 : other]
        first, second = by_place[one], by_place[other]
        falls, rises = FALLING.search(between), RISING.search(between)
        if len(between) > 24 or not (falls or rises) or not comparable(first, second) or not text[:one].rstrip().endswith("从"):
            continue
        before, after = value_of(first), value_of(second)
        if before is not None and after is not None and (before <= after if falls else before >= after):
            what = f"from {first.text} to {second.text} it does not {'fall' if falls else 'rise'}"
            yield Comparison(what, "say what the numbers show", text[max(one - 8, 0) : other + 1])


def comparable(first: Number, second: Number) -> bool:
    """Say whether two numbers may be measured in the same unit."""
    if "pin" in (first.kind, second.kind) or first.text.endswith("%") != second.text.endswith("%"):
        return False
    kinds = {kind_of(number.reference) for number in (first, second) if number.kind == "record"} & UNITS.keys()
    return len(kinds) < 2 or first.text.endswith("%")


def named(number: Number) -> str:
    """Return what an assertion calls a number."""
    return f"({number.reference.removeprefix('calc ')})" if number.kind == "calc" else number.reference


def value_of(number: Number) -> float | None:
    """Return the number that is shown; None where it is none."""
    match = DIGITS.match(number.text)
    if match is None:
        return None
    power = int(match[2].translate(FROM_SUPERSCRIPT)) if match[2] else 0
    return float(match[1].replace(",", "").replace("−", "-")) * 10.0**power

"""Where a number comes from, told to a reader who asks: one plain sentence in Chinese."""

from __future__ import annotations

import re
from typing import Any

from verbatim import wording
from verbatim.pages.formats import UnknownReference, shown

CITED = re.compile(r"cited\(([^,()]+),\s*[\w-]+\)")
SIGNS = {"**": "^", "*": "×", "/": "÷", "-": "−", "+": "+"}
# No sign of a calculation is one of these: the minus of an exponent, and what stands in a name
OPERATOR = re.compile(r"\s*(\*\*|\*|/|\+|(?<![eE\d(])-|(?<=\d)-|-(?=\s))\s*")


def date_told(date: str) -> str:
    """Return 2026-11-24 as 2026 年 11 月 24 日; what is no date as it is."""
    parts = date.split("-")
    return wording.DATE.format(*map(int, parts)) if len(parts) == 3 and all(part.isdigit() for part in parts) else date


def record_origin(run: dict[str, Any], values: list[Any], spec: str, *, share: bool) -> str:
    """Tell of a measurement: when, on what, and how far its seeds lie apart; `values` are those of all seeds."""
    told = wording.RECORD_ORIGIN.format(date=date_told(run["date"]), cores=run["cores"])
    return told + spread(values, spec, share=share)


def spread(values: list[Any], spec: str, *, share: bool) -> str:
    """Tell how far the seeds lie apart, as the page shows their values; "" where there is nothing to tell."""
    if len(values) < 2 or any(isinstance(value, bool) or not isinstance(value, int | float) for value in values):
        return ""
    try:
        low, high = (shown(value, spec, percentage=share) for value in (min(values), max(values)))
    except UnknownReference:  # a format that fits the one value and not another
        return ""
    template = wording.SAME_SEEDS if low == high else wording.SEEDS
    return template.format(count=len(values), low=low, high=high)


def calc_origin(text: str, values: dict[str, Any], dates: list[str]) -> str:
    """Tell of a calculation: its numbers in the place of their names, and when they were measured."""
    told = CITED.sub(r"\1", text)
    for path in sorted(values, key=len, reverse=True):
        told = re.sub(rf"(?<![\w.]){re.escape(path)}(?![\w.\[])", plain(values[path]), told)
    told = OPERATOR.sub(lambda match: f" {SIGNS[match[1]]} ", told).strip()
    measured = wording.CALC_MEASURED.format(date=date_told(max(dates))) if dates else ""
    return wording.CALC_ORIGIN.format(expression=told) + measured


def plain(value: Any) -> str:
    """Return a number with as many digits as a reader can use."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"

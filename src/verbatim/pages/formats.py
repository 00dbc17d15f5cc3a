"""Formats: the closed list of ways to show a bound number, none of which may round it to something else."""

from __future__ import annotations

import re

SPEC = re.compile(r"(?:,?d?|,?\.\d{1,2}f|\.\d{1,2}[e%])\Z")
EXPECTED = "expected nothing, `d`, `,`, `.2f`, `,.1f`, `.2%` or `.1e`"
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SUPERSCRIPTS = re.compile("[⁻⁰¹²³⁴-⁹]+")
FROM_SUPERSCRIPT = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
# A fraction without a format shows all its digits: no more than a reader can use
LONGEST = 8


class UnknownReference(ValueError):
    """A reference that leads nowhere, or a format that does not fit; its text says what was expected."""


def shown(value: object, spec: str, *, percentage: bool) -> str:
    """Return `value` as a page shows it; `percentage` says whether it is a share, which alone may be shown in percent.

    Raises UnknownReference where the format is not of the closed list, does not fit, or would show another number.
    """
    if not SPEC.match(spec):
        raise UnknownReference(f"format {spec!r} is none of the closed list; {EXPECTED}")
    if isinstance(value, str) and not spec and value:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        what = "is no single value; add an index or a field" if isinstance(value, list | dict) else "is no number"
        raise UnknownReference(f"{value!r:.60} {what}" if not spec else f"format {spec!r} does not fit {value!r:.60}, which {what}")
    fits(value, spec, percentage)
    text = format(value, spec)
    honest(value, text, spec, share=percentage)
    return power(text) if spec.endswith("e") else text


def fits(value: float, spec: str, percentage: bool) -> None:
    if spec.endswith("%") and not percentage:
        raise UnknownReference(f"format {spec!r} does not fit {value!r}: only a share of one is shown in percent")
    if isinstance(value, float) and spec in (",", "d", ",d"):
        raise UnknownReference(f"format {spec!r} does not fit {value!r}, which is no whole number; write `,.0f`")
    if isinstance(value, float) and not spec and len(repr(value)) > LONGEST:
        raise UnknownReference(f"{value!r} has too many digits to show; say how many, as in `.2f`")


def honest(value: float, text: str, spec: str, *, share: bool) -> None:
    """Refuse a format under which a number shows as another one: a share as 0 or 1, anything as nothing."""
    seen = float(text.rstrip("%").replace(",", "")) / (100 if spec.endswith("%") else 1)
    if value and not seen:
        raise UnknownReference(f"format {spec!r} would show {value!r} as nothing; show more digits")
    if share and 0 < abs(value) < 1 and abs(seen) >= 1:
        raise UnknownReference(f"format {spec!r} would show {value!r} as {text}; show more digits")


def power(text: str) -> str:
    """Return 1.5e-03 as readers write it, 1.5 × 10⁻³; zero as 0."""
    digits, _, exponent = text.partition("e")
    return f"{digits} × 10{str(int(exponent)).translate(SUPERSCRIPT)}" if float(digits) else "0"


def tex(text: str) -> str:
    """Return a number as a formula writes it."""
    match = re.fullmatch(r"(.*) × 10([⁻⁰¹²³⁴-⁹]+)", text)
    if match:
        return rf"{match[1]} \times 10^{{{match[2].translate(FROM_SUPERSCRIPT)}}}"
    return re.sub(r"(?<!\\)%", r"\\%", text).replace(",", "{,}") if "\\" not in text and "^" not in text else text

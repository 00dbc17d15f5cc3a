"""Formulas, rendered while the site is built: TeX in arithmatex's generic wrapping becomes KaTeX's HTML and MathML."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from markdown import Markdown
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor

from verbatim import wording
from verbatim.faults import Fault, report
from verbatim.pages.katex import KATEX_PROCESS, FormulaError, KatexMissingError
from verbatim.site.generator import page_of

# Where the pieces of a page's HTML begin: a formula as arithmatex leaves it; code, comments and tags, which may hold any sign;
# and TeX in the text that nobody recognised as a formula
OPENING = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">\\(?P<open>[(\[])|<(?P<code>pre|code|script|style)\b|(?P<comment><!--)|<'
    r"|(?P<raw>(?:\$\$|\\[(\[])[^<]*)"
)
CLOSING = {"(": "\\)", "[": "\\]"}
# The punctuation that must stay on the line of a formula
BEFORE, AFTER = "（《“", re.compile("[，。；：、！？）》”]*")

# Where KaTeX lets a line of a formula end: before each of these but the first
BASE = '<span class="katex-base">'


def render_page(text: str, page: str) -> str:
    """Return the HTML `text` of `page` with its formulas rendered; a bad one is reported and replaced by its mark."""
    parts: list[str] = []
    place = 0
    for opening, start, end in pieces_of(text):
        between, place = text[place : opening.start()], end
        if start:  # of a formula
            around = len(between.rstrip(BEFORE))
            tex = html.unescape(text[start : end - len(closing_of(opening))]).strip()
            rendered = formula(tex, page, display=opening["open"] == "[")
            after = AFTER.match(text, end)
            assert after is not None  # it may be empty
            place = after.end()
            parts += (between[:around], stay(between[around:], rendered, after[0]))
        elif opening["raw"]:
            fix = "write $…$ without blanks inside the signs, $$…$$ as a paragraph of its own"
            fault = Fault(page, "formula not recognised", fix, html.unescape(opening["raw"]))
            parts += (between, report(fault, inline=True))
        else:
            parts += (between, text[opening.start() : end])
    return "".join((*parts, text[place:]))


def pieces_of(text: str) -> Iterator[tuple[re.Match[str], int, int]]:
    """Yield the pieces of some HTML in order: how each begins, where its TeX starts, 0 where it has none, and where it ends.

    Takes time in proportion to the text, whatever is left open: what was not found once is not sought again.
    """
    missing: set[str] = set()

    def end_of(closing: str, start: int) -> int:
        found = -1 if closing in missing else text.find(closing, start)
        if found < 0:
            missing.add(closing)
        return found + len(closing) if found >= 0 else 0

    place = 0
    while opening := OPENING.search(text, place):
        place = opening.end()
        if opening["raw"]:
            yield opening, 0, place
            continue
        closing = closing_of(opening)
        end = end_of(closing, place)
        start = place if end and opening["open"] else 0
        place = end or end_of(">", opening.start()) or place
        yield opening, start, place


def closing_of(opening: re.Match[str]) -> str:
    """Return what ends a piece."""
    if opening["open"]:
        return f"{CLOSING[opening['open']]}</{opening['tag']}>"
    if opening["code"]:
        return f"</{opening['code']}>"
    return "-->" if opening["comment"] else ">"


def formula(tex: str, page: str, *, display: bool) -> str:
    """Return `tex` as HTML, or the mark of the fault that was reported."""
    try:
        return wrap(KATEX_PROCESS.render(tex, display=display), display=display)
    except FormulaError as error:
        fault = Fault(page, f"bad formula, {error}", "write TeX that KaTeX accepts, Chinese inside \\text{}", tex)
    except KatexMissingError as error:
        fault = Fault(page, f"formula not rendered, {error}", "run `make serve` or `make test`, which install it", tex)
    return report(fault, inline=not display)


def wrap(rendered: str, *, display: bool) -> str:
    """Keep a formula out of the search index; one in a paragraph of its own scrolls where it is wide."""
    if display:
        scroll = f'role="group" aria-label="{wording.FORMULA_LABEL}"'
        return f'<div class="arithmatex" {scroll} data-search-exclude>{rendered}</div>'
    return rendered.replace('<span class="katex"', '<span class="katex" data-search-exclude', 1)


def stay(before: str, rendered: str, after: str) -> str:
    """Join a formula with its punctuation on one line; inside the formula lines still end where KaTeX lets them."""
    if not before and not after:
        return rendered
    breakable = rendered.replace(f"</span>{BASE}", f"</span><wbr>{BASE}")
    return f'<span class="verbatim-stay">{before}{breakable}{after}</span>'


class MathsPostprocessor(Postprocessor):
    """Renders the formulas of a page once its HTML is whole."""

    def run(self, text: str) -> str:
        return render_page(text, page_of(self.md))


class MathsExtension(Extension):
    """Goes after `pymdownx.arithmatex`, with `generic: true`."""

    def extendMarkdown(self, md: Markdown) -> None:
        # Below raw_html (30) and amp_substitute (20): what they put back is seen too
        md.postprocessors.register(MathsPostprocessor(md), "verbatim-maths", 5)


def makeExtension(**options: object) -> MathsExtension:
    """Return the extension, as Python-Markdown asks for it."""
    return MathsExtension(**options)

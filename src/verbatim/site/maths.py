"""Formulas, rendered while the site is built: TeX in arithmatex's generic wrapping becomes KaTeX's HTML and MathML."""

from __future__ import annotations

import html
import re

from markdown import Markdown
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor

from verbatim import wording
from verbatim.faults import Fault, report
from verbatim.pages.katex import KATEX_PROCESS, FormulaError, KatexMissingError
from verbatim.site.generator import page_of

# A page's HTML, in pieces: a formula as arithmatex leaves it, with the punctuation that must stay on its line; code, comments
# and tags, which may hold any sign; and TeX in the text that nobody recognised as a formula
TOKEN = re.compile(
    r'(?P<before>[（《“]*)<(?P<tag>span|div) class="arithmatex">\\(?P<open>[(\[])(?P<tex>.*?)\\[)\]]</(?P=tag)>'
    r"(?P<after>[，。；：、！？）》”]*)"
    r"|<(?P<code>pre|code|script|style)\b.*?</(?P=code)>|<!--.*?-->|<[^>]*>"
    r"|(?P<raw>(?:\$\$|\\[(\[])[^<]*)",
    re.DOTALL,
)

# Where KaTeX lets a line of a formula end: before each of these but the first
BASE = '<span class="katex-base">'


def render_page(text: str, page: str) -> str:
    """Return the HTML `text` of `page` with its formulas rendered; a bad one is reported and replaced by its mark."""

    def render(token: re.Match[str]) -> str:
        if token["tex"] is not None:
            rendered = formula(html.unescape(token["tex"]).strip(), page, display=token["open"] == "[")
            return stay(token["before"], rendered, token["after"])
        if token["raw"]:
            fix = "write $…$ without blanks inside the signs, $$…$$ as a paragraph of its own"
            return report(Fault(page, "formula not recognised", fix, html.unescape(token["raw"])), inline=True)
        return token[0]

    return TOKEN.sub(render, text)


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
    """Put KaTeX's HTML into our element: kept out of the search index; a wide one scrolls."""
    if display:
        scroll = f'role="group" aria-label="{wording.FORMULA_LABEL}"'
        return f'<div class="arithmatex" {scroll} data-search-exclude>{rendered}</div>'
    return f'<span class="arithmatex" data-search-exclude>{rendered}</span>'


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

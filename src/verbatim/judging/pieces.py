"""Pieces of a page that are recomputed rather than read tag by tag: formulas, figures, the report, tabs and widgets."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

from selectolax.lexbor import LexborNode

from verbatim.judging.blocks import body_of, parse
from verbatim.judging.elements import START_TAG, is_tab_group
from verbatim.judging.listing import BETWEEN
from verbatim.judging.statements import is_program
from verbatim.pages.katex import FormulaError, Katex, KatexMissingError

# Attributes that the page gives to a figure, whose drawing is the file's
LABEL = re.compile(r' role="img" aria-label="[^"]*"(?: data-verbatim-bound="[^"]*")? data-verbatim-figure="[^"]*"')
ROW = re.compile(r"\\\\|\\cr\b|\\newline\b")
SPACE = re.compile(r"\\(?:[ ,;:!>]|quad\b|qquad\b|enspace\b|thinspace\b)|~|&")
FRAME = re.compile(r"\\(?:begin|end)\s*\{[^{}]*\}(?:\s*\{[lcr|\s]*\})?")
MACRO = re.compile(r"\\[A-Za-z]+\*?")
TEXT = re.compile(r"\\(?:tag\*?|text(?:tt|rm|sf|bf|it|normal)?|math(?:tt|rm|sf|bf|it)|mbox)\s*\{([^{}]*)\}")
# What no formula says and every program does
PROGRAM = re.compile(
    r"^\s*(?:import\s+\w|from\s+\w+\s+import|(?:def|class)\s+\w+.*:|(?:for|while|if|elif|with)\s.*:|else:|return\s+\w|print\s*\(|\w+\.\w+\()",
    re.MULTILINE,
)
WIDGET_FOLDER = "assets/js"
UNSOUGHT = ' data-search-exclude=""'  # what the page adds to a formula in a line


def widget_html(name: str) -> str:
    """Return the shell of a widget; its controls are made when it runs."""
    return f'<div class="verbatim-widget" data-widget="{html.escape(name)}" data-search-exclude></div>'


class Formulas:
    """Renders formulas anew, each once, and tells whether a page shows just that."""

    def __init__(self, katex: Katex) -> None:
        self.katex = katex
        self.rendered: dict[tuple[str, bool], str] = {}

    def genuine(self, node: LexborNode) -> str | None:
        """Return the TeX of a formula that is rendered as KaTeX renders it; None of any other."""
        tex = node.attributes.get("data-tex")
        if tex is None:
            return None
        display = node.parent is not None and node.parent.attributes.get("class") == "katex-display"
        shown = (node.html or "").replace("<wbr>", "").replace(UNSOUGHT, "", 1)
        return tex if shown == self.expected(tex, display=display) else None

    def expected(self, tex: str, *, display: bool) -> str:
        key = (tex, display)
        if key not in self.rendered:
            try:
                found = parse(self.katex.render(tex, display=display)).css_first(".katex")
            except (FormulaError, KatexMissingError):
                found = None
            self.rendered[key] = (found.html or "") if found is not None else ""
        return self.rendered[key]


def words_of(tex: str) -> str:
    """Return a formula as the words that it writes, or the lines of a program; a sign for any other formula."""
    tex = tex.replace(r"\_", "_").replace(r"\#", "#")
    if not TEXT.sub("", tex).strip():
        return SPACE.sub(" ", TEXT.sub(r"\1", tex))
    text = MACRO.sub(" ", SPACE.sub(" ", ROW.sub("\n", FRAME.sub("", tex))))
    text = text.replace("{", "").replace("}", "")
    return f"\n{text}\n" if PROGRAM.search(text) or any(map(is_program, TEXT.findall(tex))) else BETWEEN


def without(page: str, pieces: list[tuple[str, str]]) -> str:
    """Return a page with (piece, what stands for it) replaced, the pieces in the order of the page."""
    parts: list[str] = []
    place = 0
    for piece, standin in pieces:
        found = page.find(piece, place) if piece else -1
        if found >= 0:
            parts += (page[place:found], standin)
            place = found + len(piece)
    return "".join(parts) + page[place:]


def figure_of(node: LexborNode) -> str:
    """Return the drawing of a figure on a page without what the page adds to it."""
    return LABEL.sub("", node.html or "", count=1)


def tags_of_tabs(content: LexborNode) -> set[str]:
    """Return the start tags of buttons and labels of tabs; none where one of them is not as pymdownx.tabbed writes it."""
    groups = [group for group in content.css(".tabbed-set") if is_tab_group(group)]
    own = [node for group in groups for part in group.iter() for node in (part, *part.iter()) if node.tag in ("input", "label")]
    if len(own) != len(content.css("input, label")):
        return set()
    return {match[1] for node in own if (match := START_TAG.match(node.html or ""))}


def false_widgets(content: LexborNode, exists: Callable[[str], bool]) -> Iterator[tuple[LexborNode, str]]:
    """Yield elements that claim to be a widget and are not its shell, or whose script is not there."""
    for node in content.css("[data-widget], .verbatim-widget:not([data-widget])"):
        name = node.attributes.get("data-widget") or ""
        if (node.html or "") != body_of(parse(widget_html(name))).inner_html:
            yield node, "a widget that is not its shell"
        elif not exists(name):
            yield node, f"widget {name!r} has no {WIDGET_FOLDER}/{name}.js"

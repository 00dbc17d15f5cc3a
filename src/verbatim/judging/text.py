"""The words of a rendered page, paragraph by paragraph, with what is bound or cited told from what was typed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from verbatim.faults import MARK_CLASS
from verbatim.judging.blocks import body_of
from verbatim.judging.numbers import BOUND, BREAK, CITED, CODE, CODE_END, FORMULA, FORMULA_END, GIVEN, HELD, cleaned
from verbatim.judging.numbers.signs import CELL_END, raised
from verbatim.markup import (
    BADGE_CLASS,
    CITATION_CLASS,
    FIGURE_ATTRIBUTE,
    KATEX_CLASS,
    LIST_CLASS,
    NUMBER_CLASS,
    PROOF_CLASS,
    REPORT_CLASS,
)
from verbatim.pages.references import Number

NOTE_CLASS = "footnote-ref"
SPECIAL = frozenset(
    (NOTE_CLASS, NUMBER_CLASS, CITATION_CLASS, PROOF_CLASS, BADGE_CLASS, REPORT_CLASS, LIST_CLASS, MARK_CLASS, KATEX_CLASS)
)
NOTES = ".footnote > ol > li"
BOUND_TEX = re.compile(r"\\htmlClass\{verbatim-number\}\{((?:[^{}]|\{[^{}]*\})*)\}")
# Elements that end a paragraph
PARAGRAPHS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "nav",
        "ol",
        "option",
        "p",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "title",
        "tr",
        "ul",
    ]
)
UNREAD = frozenset(["script", "style", "pre", "textarea", "template"])
INLINE_CODE = frozenset(["code", "samp", "kbd", "tt", "var"])
BREAKS = {"td": CELL_END, "th": CELL_END, "br": f"{BREAK} "}
DIGIT = re.compile(r"[\d%％]")
ATTRIBUTES = (
    "alt", "title", "placeholder", "value", "label", "summary", "abbr", "start", "aria-label", "aria-description",
    "aria-placeholder", "aria-roledescription", "aria-valuetext", "aria-valuenow",
)  # fmt: skip
READ = frozenset(ATTRIBUTES)
# What can keep an element from being seen: what stands in it is read by itself, and serves nothing around it
CONCEALING = re.compile(r"display|visibility|opacity|font|position|clip|transform|indent|overflow|color")
SIGNS = {"given": GIVEN, "holds": HELD}


@dataclass(frozen=True)
class Paragraph:
    text: str
    node: LexborNode  # the element whose own words these are
    attribute: str = ""  # the attribute they stand in, if any
    numbers: tuple[Number, ...] = ()  # what its signs BOUND, GIVEN and HELD stand for, in order


@dataclass(frozen=True)
class Known:
    """What a reader of pages must ask: whether claims are true, which numbers are bound, which code is published."""

    genuine: Callable[[LexborNode], bool]
    number: Callable[[LexborNode], Number | None]
    bound_tex: dict[str, Number]
    published: Callable[[str], bool]


class Reader:
    """Walks one page, and keeps of each paragraph its words and what its signs stand for."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.found: list[Paragraph] = []
        self.parts: list[str] = []
        self.numbers: list[Number] = []
        self.notes: dict[str, str] = {}  # the number of each note, by its address

    def read(self, top: LexborNode) -> list[Paragraph]:
        self.notes = {f"#{note.attributes.get('id')}": str(count) for count, note in enumerate(top.css(NOTES), start=1)}
        self.visit(top)
        self.flush(top)
        return self.found

    def flush(self, node: LexborNode) -> None:
        text = " ".join("".join(self.parts).split())
        self.parts.clear()
        if text.strip(BREAK + " "):
            self.found.append(Paragraph(text, node, "", tuple(self.numbers)))
        self.numbers.clear()

    def visit(self, node: LexborNode) -> None:
        if node.is_text_node:
            self.parts.append(cleaned(node.text(deep=False) or ""))
            return
        if not node.is_element_node or (tag := node.tag) in UNREAD:
            return
        attributes = node.attributes
        if attributes:
            replacement = self.special(node, attributes)
            if replacement is not None:
                self.parts.append(replacement)
                return
            self.read_attributes(node, attributes)
            if concealed(attributes):
                inside = Reader(self.known)
                inside.notes = self.notes
                self.found += inside.read_inside(node)
                return
        self.visit_inside(node, tag)

    def read_inside(self, node: LexborNode) -> list[Paragraph]:
        """Return the paragraphs of what stands in an element, apart from what stands around it."""
        self.visit_inside(node, node.tag)
        self.flush(node)
        return self.found

    def visit_inside(self, node: LexborNode, tag: str | None) -> None:
        block, first = tag in PARAGRAPHS, len(self.parts)
        if block:
            self.flush(node.parent or node)
        for child in node.iter(include_text=True):
            self.visit(child)
        if tag in BREAKS:
            self.parts.append(BREAKS[tag])
        elif tag in INLINE_CODE or tag == "sup":
            text = "".join(self.parts[first:])
            del self.parts[first:]
            self.parts.append(raised(text) if tag == "sup" else "" if self.known.published(text) else CODE + text + CODE_END)
        if block:
            self.flush(node)

    def special(self, node: LexborNode, attributes: dict[str, str | None]) -> str | None:
        """Return what stands for an element that is not read word by word; None for all others."""
        classes = SPECIAL.intersection((attributes.get("class") or "").split())
        if not classes and FIGURE_ATTRIBUTE not in attributes:
            return None
        if NUMBER_CLASS in classes and (number := self.known.number(node)):
            return self.sign(number)
        if NOTE_CLASS in classes and self.notes.get(attributes.get("href") or "") == node.text():
            return ""
        if CITATION_CLASS in classes and self.known.genuine(node):
            return CITED
        if MARK_CLASS in classes or (classes & {PROOF_CLASS, BADGE_CLASS, REPORT_CLASS, LIST_CLASS} and self.known.genuine(node)):
            return ""
        if FIGURE_ATTRIBUTE in attributes and self.known.genuine(node):
            self.read_attributes(node, attributes)
            return ""
        if KATEX_CLASS in classes:
            tex = attributes.get("data-tex")
            return FORMULA + self.formula(cleaned(tex)) + FORMULA_END if tex and draws(node, tex) else None
        return None

    def sign(self, number: Number) -> str:
        self.numbers.append(number)
        return SIGNS.get(number.kind, BOUND)

    def formula(self, tex: str) -> str:
        bound = self.known.bound_tex
        return BOUND_TEX.sub(lambda match: self.sign(bound[match[1]]) if match[1] in bound else match[0], tex)

    def read_attributes(self, node: LexborNode, attributes: dict[str, str | None]) -> None:
        for name in ATTRIBUTES if not READ.isdisjoint(attributes) else ():
            value = attributes.get(name)
            if value and not value.isspace():
                self.found.append(Paragraph(cleaned(value), node, name))


def concealed(attributes: dict[str, str | None]) -> bool:
    """Say whether an element may not be seen."""
    return "hidden" in attributes or bool(CONCEALING.search((attributes.get("style") or "").lower()))


def draws(formula: LexborNode, tex: str) -> bool:
    """Say whether a formula shows no digit that its TeX does not have: once as MathML, once drawn."""
    return Counter(DIGIT.findall(formula.text())) <= Counter(DIGIT.findall(tex) * 2)


def paragraphs(tree: LexborHTMLParser | LexborNode, known: Known) -> list[Paragraph]:
    """Return the paragraphs of a page, or of a part of it."""
    top = body_of(tree) if isinstance(tree, LexborHTMLParser) else tree
    return Reader(known).read(top)

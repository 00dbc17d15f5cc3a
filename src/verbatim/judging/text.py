"""The words of a rendered page, paragraph by paragraph, with what is bound or cited told from what was typed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from verbatim.faults import MARK_CLASS
from verbatim.judging.numbers import BOUND, CITED
from verbatim.markup import (
    CITATION_CLASS,
    FIGURE_ATTRIBUTE,
    KATEX_CLASS,
    LIST_CLASS,
    NUMBER_CLASS,
    PROOF_CLASS,
    REPORT_CLASS,
)

SPECIAL = frozenset((NUMBER_CLASS, CITATION_CLASS, PROOF_CLASS, REPORT_CLASS, LIST_CLASS, MARK_CLASS, KATEX_CLASS))
BOUND_TEX = re.compile(r"\\htmlClass\{verbatim-number\}\{((?:[^{}]|\{[^{}]*\})*)\}")
# Elements that end a paragraph; the cells of a row are read together, so that one source serves a row
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
DIGIT = re.compile(r"[\d%％]")
BLANKS = re.compile(r"\s+")
ATTRIBUTES = ("alt", "title", "aria-label", "placeholder", "value", "label")


@dataclass(frozen=True)
class Paragraph:
    text: str
    node: LexborNode  # the element whose own words these are
    attribute: str = ""  # the attribute they stand in, if any


class Reader:
    """Walks one page; `genuine` says whether an element that claims to be bound, cited or a figure is what it claims."""

    def __init__(self, genuine: Callable[[LexborNode], bool], bound_tex: Callable[[str], bool]) -> None:
        self.genuine = genuine
        self.bound_tex = bound_tex
        self.found: list[Paragraph] = []
        self.parts: list[str] = []

    def read(self, top: LexborNode) -> list[Paragraph]:
        self.visit(top)
        self.flush(top)
        return self.found

    def flush(self, node: LexborNode) -> None:
        text = BLANKS.sub(" ", "".join(self.parts)).strip()
        self.parts.clear()
        if text:
            self.found.append(Paragraph(text, node))

    def visit(self, node: LexborNode) -> None:
        if node.is_text_node:
            self.parts.append(node.text(deep=False) or "")
            return
        if not node.is_element_node or node.tag in UNREAD:
            return
        attributes = node.attributes
        if attributes:
            replacement = self.special(node, attributes)
            if replacement is not None:
                self.parts.append(replacement)
                return
            self.read_attributes(node, attributes)
        block = node.tag in PARAGRAPHS
        if block:
            self.flush(node.parent or node)
        for child in node.iter(include_text=True):
            self.visit(child)
        if node.tag in ("td", "th"):
            self.parts.append(" ｜ ")
        if block:
            self.flush(node)

    def special(self, node: LexborNode, attributes: dict[str, str | None]) -> str | None:
        """Return what stands for an element that is not read word by word; None for all others."""
        classes = SPECIAL.intersection((attributes.get("class") or "").split())
        if not classes and FIGURE_ATTRIBUTE not in attributes:
            return None
        if NUMBER_CLASS in classes and self.genuine(node):
            return BOUND
        if CITATION_CLASS in classes and self.genuine(node):
            return CITED
        if classes & {PROOF_CLASS, REPORT_CLASS, LIST_CLASS} and self.genuine(node):
            return ""
        if MARK_CLASS in classes:
            return ""
        if FIGURE_ATTRIBUTE in attributes and self.genuine(node):
            self.read_attributes(node, attributes)
            return ""
        if KATEX_CLASS in classes:
            tex = node.css_first("annotation")
            return f" {self.formula(tex.text())} " if tex and draws(node, tex.text()) else None
        return None

    def formula(self, tex: str) -> str:
        return BOUND_TEX.sub(lambda match: BOUND if self.bound_tex(match[1]) else match[0], tex)

    def read_attributes(self, node: LexborNode, attributes: dict[str, str | None]) -> None:
        for name in ATTRIBUTES:
            value = attributes.get(name)
            if value and not value.isspace():
                self.found.append(Paragraph(value, node, name))


def draws(formula: LexborNode, tex: str) -> bool:
    """Say whether a formula shows no digit that its TeX does not have: once as text, once as MathML, once drawn."""
    return Counter(DIGIT.findall(formula.text())) <= Counter(DIGIT.findall(tex) * 3)


def paragraphs(
    tree: LexborHTMLParser | LexborNode, genuine: Callable[[LexborNode], bool], bound_tex: Callable[[str], bool]
) -> list[Paragraph]:
    """Return the paragraphs of a page, or of a part of it."""
    top = tree.body if isinstance(tree, LexborHTMLParser) else tree
    return Reader(genuine, bound_tex).read(top)

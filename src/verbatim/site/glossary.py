"""Terms of the glossary explain themselves where the text of a page first uses them, and nowhere else.

A page that sets a term in bold explains it itself: there the term carries no mark.

Python-Markdown's own `abbr` knows a word by the blanks around it; between Chinese characters there are none.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from verbatim.project import Project

PAGE = "glossary.md"
ROW = re.compile(r"\|\s*([^|]+?)\s*\|\s*([^|]+?)\s*\|\s*([^|]+?)\s*\|\s*")
RULE = re.compile(r"[-:]+")
SEVERAL = "、"  # between terms that share a definition
# What stands here names something and does not speak of it; the glossary itself is a table
LABELS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "table", "a", "figcaption", "abbr", "pre", "code"})


class GlossaryError(ValueError):
    """The glossary cannot be read; the text says where and what was expected."""


def read_terms(path: Path) -> dict[str, str]:
    """Return the terms of a glossary with what explains them: the rows of its tables, term, English, definition.

    Raises GlossaryError where there is no such file, no row in it, or a term twice.
    """
    if not path.is_file():
        raise GlossaryError(f"{path}: no such file; expected tables with the columns term, English, definition")
    terms: dict[str, str] = {}
    for names, english, meaning in rows_of(path):
        for term in names.split(SEVERAL):
            if term in terms:
                raise GlossaryError(f"{path}: {term} is explained twice; keep one row")
            terms[term] = meaning if term == english else f"{english}：{meaning}"
    if not terms:
        raise GlossaryError(f"{path}: no term; expected rows like | 梯度 | gradient | what it is |")
    return terms


def rows_of(path: Path) -> list[tuple[str, str, str]]:
    """Return the rows of a glossary's tables, without their heads: term, English, definition."""
    rows = [ROW.fullmatch(line) for line in path.read_text("utf-8").splitlines()]
    found = []
    for row, below in zip(rows, [*rows[1:], None], strict=True):
        if row and not RULE.fullmatch(row[1]) and not (below and RULE.fullmatch(below[1])):
            found.append((row[1], row[2], row[3]))
    return found


def pattern_of(terms: dict[str, str]) -> re.Pattern[str]:
    """Match any term, the longest first; a Latin one only as a whole word."""
    words = []
    for term in sorted(terms, key=len, reverse=True):
        before = r"(?<![A-Za-z0-9_-])" if term[0].isascii() else ""
        after = r"(?![A-Za-z0-9_-])" if term[-1].isascii() else ""
        words.append(f"{before}{re.escape(term)}{after}")
    return re.compile("|".join(words))


class FirstUseTreeprocessor(Treeprocessor):
    """Wraps the first use of each term in `<abbr>`."""

    def __init__(self, md: Markdown, terms: dict[str, str]) -> None:
        super().__init__(md)
        self.terms = terms
        self.pattern = pattern_of(terms)

    def run(self, root: Element) -> None:
        self.used = {"".join(strong.itertext()) for strong in root.iter("strong")}
        self.walk(root)

    def walk(self, parent: Element) -> None:
        children = list(parent)
        parent.text, uses = self.split(parent.text)
        parent[:0] = uses
        for child in children:
            if child.tag not in LABELS:
                self.walk(child)
            child.tail, uses = self.split(child.tail)
            place = list(parent).index(child) + 1
            parent[place:place] = uses

    def split(self, text: str | None) -> tuple[str | None, list[Element]]:
        """Return the text before the first new term, and each new term with the text behind it."""
        if not text or isinstance(text, AtomicString):
            return text, []
        cuts = []
        for match in self.pattern.finditer(text):
            if match[0] not in self.used:
                self.used.add(match[0])
                cuts.append(match)
        if not cuts:
            return text, []
        uses = []
        for match, end in zip(cuts, [*(cut.start() for cut in cuts[1:]), len(text)], strict=True):
            use = Element("abbr", title=self.terms[match[0]])
            use.text, use.tail = AtomicString(match[0]), text[match.end() : end]
            uses.append(use)
        return text[: cuts[0].start()], uses


class GlossaryExtension(Extension):
    """Options: `root`, a folder inside the project, the working folder by default."""

    def __init__(self, **options: object) -> None:
        self.config = {"root": [".", "a folder inside the project"]}
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        path = Project.find(Path(self.getConfig("root")).resolve()).docs / PAGE
        # After all inline patterns (20), before the table of contents (5)
        md.treeprocessors.register(FirstUseTreeprocessor(md, read_terms(path)), "verbatim-glossary", 6)


def makeExtension(**options: object) -> GlossaryExtension:
    """Return the extension, as Python-Markdown asks for it."""
    return GlossaryExtension(**options)

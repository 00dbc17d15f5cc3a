"""Terms of the glossary explain themselves where the text of a page first uses them, and nowhere else."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

# A term here is a label, not a use: the glossary itself is a table
LABELS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "table", "a", "figcaption"})


class FirstUseTreeprocessor(Treeprocessor):
    """Takes away what `abbr` put around a term's later uses and its labels."""

    def run(self, root: Element) -> None:
        self.used: set[str] = set()
        self.walk(root, label=False)

    def walk(self, parent: Element, *, label: bool) -> None:
        for child in list(parent):
            if child.tag != "abbr":
                self.walk(child, label=label or child.tag in LABELS)
            elif label or child.text in self.used:
                unwrap(parent, child)
            else:
                self.used.add(child.text)


def unwrap(parent: Element, child: Element) -> None:
    """Leave of `child` only its text."""
    place = list(parent).index(child)
    text = (child.text or "") + (child.tail or "")
    if place:
        parent[place - 1].tail = (parent[place - 1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text
    parent.remove(child)


class FirstUseExtension(Extension):
    """Goes with `abbr`."""

    def extendMarkdown(self, md: Markdown) -> None:
        # Between abbr (7) and toc (5)
        md.treeprocessors.register(FirstUseTreeprocessor(md), "verbatim-first-use", 6)


def makeExtension(**options: object) -> FirstUseExtension:
    """Return the extension, as Python-Markdown asks for it."""
    return FirstUseExtension(**options)

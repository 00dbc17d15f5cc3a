"""Blocks: every element of a rendered page that shows several lines of code, however the page was written."""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

# Elements that show their text as it is typed, and those that may once they hold a line break
PREFORMATTED = "pre, textarea, xmp, listing, plaintext"
CODE = "code, samp, kbd, tt, var"
# Elements whose only content, where it is a piece of code, makes one line of a listing
LINES = ("p", "div")
WORD = re.compile(r"\w")


@dataclass(frozen=True)
class Block:
    node: LexborNode
    text: str


def parse(html: str) -> LexborHTMLParser:
    """Parse a page, or a piece of one, the way a browser does."""
    return LexborHTMLParser(html)


def body_of(tree: LexborHTMLParser) -> LexborNode:
    """Return the body of a page: a browser gives every page one."""
    assert tree.body is not None
    return tree.body


def blocks_of(tree: LexborHTMLParser | LexborNode) -> list[Block]:
    """Return the blocks of a tree in the order of the page; none lies inside another."""
    found: dict[int, LexborNode] = {node.mem_id: node for node in tree.css(PREFORMATTED)}
    preformatted = set(found)  # in the order of the page
    styled = [node for node in tree.css("[style]") if keeps_lines(node)]
    code = tree.css(CODE)
    inline = [node for node in code if node.css_first("br") or "\n" in node.text().strip()]
    stacked = [node.parent for node in tree.css("br") if node.parent is not None and between_code(node)]
    rows = [node.parent for node in code if node.parent is not None and continues_listing(node.parent)]
    for node in (*styled, *inline, *stacked, *rows):
        found.setdefault(node.mem_id, node)
    outer = [node for node in found.values() if not has_ancestor(node, found)]
    if any(node.mem_id not in preformatted for node in outer):
        top = body_of(tree) if isinstance(tree, LexborHTMLParser) else tree
        order = {node.mem_id: place for place, node in enumerate(top.traverse())}
        outer.sort(key=lambda node: order.get(node.mem_id, 0))
    return [Block(node, text_of(node)) for node in outer]


def keeps_lines(node: LexborNode) -> bool:
    """Say whether the style of an element lets it show several lines of code; a style written in escapes is not trusted."""
    style = (node.attributes["style"] or "").lower()
    if "white-space" in style or "\\" in style:
        return True
    if "mono" in style or node.tag in CODE.split(", "):
        return "display" in style or node.css_first("br") is not None or "\n" in node.text().strip()
    return False


def between_code(line_break: LexborNode) -> bool:
    """Say whether a `<br>` parts two pieces of inline code: two lines of code without a block."""
    neighbours = (significant(line_break, "prev"), significant(line_break, "next"))
    return all(node is not None and node.tag in CODE.split(", ") for node in neighbours)


def continues_listing(node: LexborNode) -> bool:
    """Say whether a paragraph is nothing but a piece of code, and the one before it too."""
    if not is_line_of_code(node):  # nearly all: spares them the search
        return False
    previous = significant(node, "prev")
    return previous is not None and is_line_of_code(previous)


def is_line_of_code(node: LexborNode) -> bool:
    if node.tag not in LINES:
        return False
    contents = [child for child in node.iter(include_text=True) if says_something(child)]
    return len(contents) == 1 and contents[0].tag in CODE.split(", ")


def significant(node: LexborNode, direction: str) -> LexborNode | None:
    """Return the nearest sibling that is more than white space, punctuation or a comment."""
    found: LexborNode | None = getattr(node, direction)
    while found is not None and not says_something(found):
        found = getattr(found, direction)
    return found


def says_something(node: LexborNode) -> bool:
    return node.is_element_node or (node.is_text_node and WORD.search(node.text(deep=False) or "") is not None)


def has_ancestor(node: LexborNode, among: dict[int, LexborNode]) -> bool:
    above = node.parent
    while above is not None:
        if above.mem_id in among:
            return True
        above = above.parent
    return False


def text_of(node: LexborNode) -> str:
    """Return the text that a reader sees and copies: line breaks count, whatever element makes them."""
    if node.css_first("br") is None:
        return node.text()
    parts: list[str] = []
    for part in node.traverse(include_text=True):
        if part.is_text_node:
            parts.append(part.text(deep=False) or "")
        elif part.tag == "br":
            parts.append("\n")
    return "".join(parts)

"""An element that a test counts on."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser, LexborNode


def first(tree: LexborHTMLParser | LexborNode, selector: str) -> LexborNode:
    """Return the first element that a selector finds; there must be one."""
    node = tree.css_first(selector)
    assert node is not None, selector
    return node

"""What a finished page must not have left in it: requests to other hosts, formulas and references that nobody expanded."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser

from verbatim.faults import MARK_CLASS, Fault
from verbatim.judging.blocks import body_of, parse

# Attributes by which a page makes the browser fetch something; links that a reader may follow are not among them
FETCHES = ("src", "srcset", "poster", "data", "background")
FETCHING_ELEMENTS = ("use", "image", "feimage", "base")
FETCHING_LINKS = ("stylesheet", "icon", "preload", "prefetch", "preconnect", "dns-prefetch", "modulepreload", "manifest")
ELSEWHERE = re.compile(r"(?:^|[\s,])(?:https?:)?//", re.IGNORECASE)
CSS_ELSEWHERE = re.compile(r"""(?:@import\s+|url\(\s*)["']?((?:https?:)?//[^"')\s]+)""", re.IGNORECASE)
RAW_MATHS = re.compile(r"\\\(|\\\[|\$\$")
RAW_SIGNS = ("\\(", "\\[", "$$", "{{", "[@", "[[")
RAW_REFERENCE = re.compile(r"\{\{[^{}]{0,400}\}\}|\[@[^\[\]\s][^\[\]]{0,400}\]|\[\[(?:bibliography|verification-report)\]\]")


def requests(tree: LexborHTMLParser, name: str) -> Iterator[Fault]:
    """Report everything that the page would fetch from another host."""
    for address in (*fetched(tree), *fetched_by_styles(tree)):
        yield Fault(name, "a request to another host", "serve it from the site itself", address)


def fetched(tree: LexborHTMLParser) -> Iterator[str]:
    """Yield the addresses elsewhere that attributes make the browser ask for."""
    fetching = (node.attributes for node in tree.css(", ".join(f"[{attribute}]" for attribute in FETCHES)))
    addresses = [attributes.get(name) or "" for attributes in fetching for name in FETCHES]
    for node in tree.css("[href]:not(a), [xlink\\:href]:not(a)"):
        relation = (node.attributes.get("rel") or "").lower().split() if node.tag == "link" else []
        if (node.tag or "").lower() in FETCHING_ELEMENTS or set(relation) & set(FETCHING_LINKS):
            addresses.append(node.attributes.get("href") or node.attributes.get("xlink:href") or "")
    yield from (address for address in addresses if ELSEWHERE.search(address))


def fetched_by_styles(tree: LexborHTMLParser) -> Iterator[str]:
    texts = [node.text() for node in tree.css("style")] + [node.attributes["style"] or "" for node in tree.css("[style]")]
    for text in texts:
        yield from CSS_ELSEWHERE.findall(text)


def raw_source(source: str, name: str) -> Iterator[Fault]:
    """Report formulas that were left as TeX, and references and citations that nobody expanded."""
    if not any(sign in source for sign in RAW_SIGNS):  # spares nearly all pages a copy
        return
    copy = parse(source)
    for node in copy.css(f"pre, script, style, .katex, .{MARK_CLASS}"):
        node.decompose()
    fix = "build with the extension verbatim.site.markdown"
    text = body_of(copy).text(separator=" ")
    for found in RAW_REFERENCE.finditer(text):
        yield Fault(name, "a reference that was not expanded", fix, found[0])
    for node in copy.css("code"):
        node.decompose()
    text = body_of(copy).text(separator=" ")
    if raw := RAW_MATHS.search(text):
        yield Fault(
            name,
            "a formula that was not rendered",
            "write it as $…$ or $$…$$ and build anew",
            text[raw.start() : raw.start() + 60],
        )

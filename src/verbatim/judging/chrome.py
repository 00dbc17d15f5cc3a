"""What surrounds the content of a page: the theme's own, told by its page of errors, where no author writes."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from verbatim.judging.elements import ATTRIBUTE, START_TAG, name_of, with_quiet_values, wrong_address

# Where themes put the content: Material and Zensical, MkDocs' own, Read the Docs
CONTENT = "article.md-content__inner, [role=main]"
# Where a page is cut: behind the items of its lists, and these behind their blocks. No words go on beyond one
ITEM_END, BLOCK_END = "</li>", "</div>"
BETWEEN_PIECES = "<hr>"
SCRIPT = re.compile(r"<(script|style)\b([^>]*)>(.*?)</\1>", re.DOTALL)
# Attributes that differ from page to page and draw nothing
FREE = frozenset(["href", "id", "for", "title", "aria-label", "aria-labelledby", "name", "alt", "content"])
# Elements and attributes that a theme adds on some pages: sections of the navigation, the table of contents, the footer's links
QUIET = frozenset(
    [
        "a", "body", "div", "footer", "header", "i", "input", "label", "li", "main", "nav", "ol", "span", "ul", "path", "svg",
        "link", "meta", "hr", "button"
    ]
)  # fmt: skip
QUIET_ATTRIBUTES = re.compile(
    r"aria-[a-z]+\Z|data-(?:md-[a-z]+|toggle|target|bs-[a-z]+|search-exclude|level)\Z|(?:role|rel|checked|type|d|viewbox|xmlns|property|hidden|tabindex)\Z",
    re.IGNORECASE,
)
QUIET_CLASS = re.compile(r"md-[a-z_-]+\Z")
OWN_CLASSES = frozenset(
    [
        "active", "nav-item", "nav-link", "nav", "dropdown", "dropdown-item", "disabled", "show", "collapse", "collapsed",
        "flex-column", "homepage", "col-md-3", "col-md-9", "navbar-toggler", "navbar-expand-md", "navbar-header",
        "navbar-collapse", "bs-sidebar", "hidden-print", "affix", "card", "bg-body-tertiary", "fa",
        "fa-angle-down", "fa-arrow-left",
        "fa-arrow-right"
    ]
)  # fmt: skip
UP = re.compile(r"(?<=[\"'(])(?:\.\./)*\.{0,2}/?(?=[\"'a-z])")


@dataclass(frozen=True)
class Theme:
    """What the theme writes where no author does."""

    shapes: frozenset[tuple[str, ...]]
    classes: frozenset[str]
    scripts: frozenset[str]

    @classmethod
    def of(cls, tree: LexborHTMLParser | None) -> Theme:
        """Read a theme from its page of errors; of none, nothing is known and only quiet elements pass."""
        page = around_content(tree.html or "", inner_of(content_of(tree))) if tree is not None else ""
        shapes = {shape_of(tag) for tag, _ in START_TAG.findall(SCRIPT.sub(r"<\1\2>", page)) if tag}
        classes = {word for shape in shapes for part in shape if part.startswith("class=") for word in part[6:].split()}
        return cls(frozenset(shapes), frozenset(classes), frozenset(scripts_of(page)))


class Chrome:
    """Says what of a page's surroundings is not the theme's; a tag that was judged once is known, and so is a piece."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.good: set[str] = {""}
        self.known: set[str] = set()

    def unknown(self, page: str) -> tuple[list[str], list[str]]:
        """Return the items of some HTML that are not known yet, and the pieces of these, each once: most pages share them."""
        items = [item for item in cut(SCRIPT.sub(r"<\1\2></\1>", page), ITEM_END) if item not in self.known]
        pieces = dict.fromkeys(piece for item in items for piece in cut(item, BLOCK_END))
        return items, [piece for piece in pieces if piece not in self.known]

    def strange_scripts(self, page: str) -> Iterator[tuple[str, str]]:
        """Yield the scripts and styles of the HTML around the content that the theme does not write."""
        for text in scripts_of(page) - self.theme.scripts:
            yield text, "a script or style that the theme does not write"

    def strange_tags(self, page: str) -> Iterator[tuple[str, str]]:
        """Yield (start tag, what is wrong) of some HTML without scripts, as `unknown` returns its pieces."""
        for tag, end in set(START_TAG.findall(page)):
            if tag in self.good and (end or not tag):
                continue
            if not end or not (shape_of(tag) in self.theme.shapes or self.quiet(tag)):
                yield tag, "outside the content, no piece of the theme"
            else:
                self.good.add(tag)

    def quiet(self, tag: str) -> bool:
        """Say whether a start tag can only be a link, a list or a frame of the navigation."""
        name, *_ = shape_of(tag)
        if name not in QUIET:
            return False
        for attribute, value in ATTRIBUTE.findall(tag):
            if attribute == "class":
                if not all(QUIET_CLASS.match(word) or word in self.theme.classes | OWN_CLASSES for word in value.split()):
                    return False
            elif attribute == "href":
                if wrong_address("a", html.unescape(value)):
                    return False
            elif attribute not in FREE and not QUIET_ATTRIBUTES.match(attribute):
                return False
        return name != "input" or 'type="checkbox"' in tag


def cut(page: str, end: str) -> dict[str, None]:
    """Return the pieces of some HTML, each once, with the end tags behind which it is cut."""
    *pieces, last = page.split(end)
    return dict.fromkeys([*(piece + end for piece in pieces), last])


def around_content(page: str, inner: str) -> str:
    """Return the HTML of a page without that of the content, `inner`."""
    before, _, after = page.partition(inner) if inner else (page, "", "")
    return with_quiet_values(before + after)


def inner_of(content: LexborNode | None) -> str:
    """Return the HTML of the content of a page, "" where the page has none."""
    return (content.inner_html or "") if content is not None else ""


def content_of(tree: LexborHTMLParser) -> LexborNode | None:
    return tree.css_first(CONTENT)


def shape_of(tag: str) -> tuple[str, ...]:
    """Return a start tag without what differs from page to page; of the address of a script, only its last part is kept."""
    values = ((name, value.rpartition("/")[2] if name == "src" else value) for name, value in ATTRIBUTE.findall(tag))
    return (name_of(tag), *sorted(name if name in FREE else f"{name}={value}" for name, value in values))


def scripts_of(page: str) -> set[str]:
    """Return the texts of scripts and styles, the way to the root of the site left out."""
    return {anywhere(text) for _, _, text in SCRIPT.findall(page) if text.strip()}


@lru_cache(maxsize=256)
def anywhere(script: str) -> str:
    """Return a script or style as every page holds it, the way to the root of the site left out."""
    return UP.sub("", script).strip()

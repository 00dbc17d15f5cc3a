"""What of a style sheet no page of a site can use: rules about classes that nothing has, colours that nobody asks for.

A theme's sheet is made for all sites. What a page or one of its scripts may still get is told by their words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import tinycss2
from tinycss2.ast import AtRule, HashToken, IdentToken, LiteralToken, Node, ParseError, QualifiedRule, SquareBracketsBlock

NAMES = re.compile(r'\s(?:class|id)="([^"]*)"')
SCRIPT = re.compile(r"<script\b[^>]*>(.*?)</script>", re.DOTALL)
WORD = re.compile(r"[\w-]+")
# Attributes whose value is fixed when the site is built: which way it is read, of which palettes it can be
FIXED = re.compile(r'\s(dir|data-md-color-[\w-]+)="([^"]*)"')
ASKED = re.compile(r"^(dir|data-md-color-[\w-]+)=\"?([\w-]+)\"?$")
VARIABLE = re.compile(r"var\(\s*(--[\w-]+)")
SET = re.compile(r"(?<![\w-])(--[\w-]+)(?=:)")
VALUE = r"""(?:"[^"]*"|'[^']*'|url\((?!["'])[^)]*\)|[^;{}"'])*"""
NESTED = ("media", "supports")
# A rule for whatever is below what has no class: with it, browsers style a whole page again when its root changes class. site.css
# says the same of the cells of tables
RESTYLING = re.compile(r":not\(\[class\]\)[^,]*>\s*:(?:first|last)-child$")


@dataclass(frozen=True)
class Said:
    """What a site says: words that may be classes, identifiers or variables; attributes with their values."""

    words: frozenset[str]
    attributes: frozenset[tuple[str, str]]


def said_by(site: Path) -> Said:
    """Return what the pages and the scripts of a built site say."""
    words: set[str] = set()
    attributes: set[tuple[str, str]] = set()
    for path in site.rglob("*.html"):
        page = path.read_text("utf-8")
        attributes.update(FIXED.findall(page))
        for names in set(NAMES.findall(page)):
            words.update(names.split())
        words.update(word for script in set(SCRIPT.findall(page)) for word in WORD.findall(script))
    for path in site.rglob("*.js"):
        words.update(WORD.findall(path.read_text("utf-8")))
    return Said(frozenset(words), frozenset(attributes))


@lru_cache(maxsize=8)  # while an author writes, the theme's sheets are the same, and mostly what the site says
def used(sheet: str, said: Said) -> str:
    """Return a style sheet without the rules that a site which says so much cannot use; whole if in doubt."""
    try:
        return "".join(rules(tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True), said))
    except ValueError:
        return sheet


def asked_for(sheets: Sequence[str], said: Said) -> frozenset[str]:
    """Return the variables that all sheets of a site together ask for, or its scripts."""
    return frozenset(name for sheet in sheets for name in VARIABLE.findall(sheet)) | said.words


def without_idle(sheet: str, asked: frozenset[str]) -> str:
    """Return a style sheet that sets no variable but these; a value may hold quoted text and addresses."""
    idle = sorted(set(SET.findall(sheet)) - asked)
    names = "|".join(map(re.escape, idle))
    return re.sub(rf"(?<![\w-])(?:{names}):{VALUE}(?:;|(?=\}}))", "", sheet) if idle else sheet


def rules(nodes: Sequence[Node], said: Said) -> Iterator[str]:
    """Yield the rules that can be of use, each as text."""
    for node in nodes:
        if isinstance(node, QualifiedRule):
            if selectors := [text for tokens in split(node.prelude) if (text := selector(tokens, said))]:
                yield f"{','.join(selectors)}{{{tinycss2.serialize(node.content)}}}"
        elif isinstance(node, AtRule) and node.lower_at_keyword in NESTED and node.content is not None:
            inner = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
            if text := "".join(rules(inner, said)):
                yield f"@{node.at_keyword}{tinycss2.serialize(node.prelude)}{{{text}}}"
        elif isinstance(node, ParseError):
            raise ValueError(node.message)
        else:
            yield node.serialize()


def split(prelude: Sequence[Node]) -> Iterator[list[Node]]:
    """Yield the selectors of a rule."""
    tokens: list[Node] = []
    for token in prelude:
        if isinstance(token, LiteralToken) and token.value == ",":
            yield tokens
            tokens = []
        else:
            tokens.append(token)
    yield tokens


def selector(tokens: list[Node], said: Said) -> str:
    """Return a selector as text, "" where it asks for what nothing has, or for too much; what stands in brackets is not judged."""
    text: str = tinycss2.serialize(tokens).strip()
    return (
        text
        if not RESTYLING.search(text) and all(there(before, token, said) for before, token in pairwise([None, *tokens]))
        else ""
    )


def there(before: Node | None, token: Node, said: Said) -> bool:
    """Say whether a class, an identifier or a fixed attribute may be on a page; True of any other token."""
    if isinstance(token, HashToken) or (isinstance(token, IdentToken) and isinstance(before, LiteralToken) and before.value == "."):
        return token.value in said.words
    asked = ASKED.match(tinycss2.serialize(token.content)) if isinstance(token, SquareBracketsBlock) else None
    return asked is None or asked.groups() in said.attributes

"""The article and its errata as their author wrote them, cut into sections."""

from __future__ import annotations

import re
from pathlib import Path

from verbatim.pages.page import HEADING
from verbatim.pages.slugs import slugify

ROOT = Path(__file__).parents[2]
ERRATUM = re.compile(r"errata\.md#勘-(\d+)")


def sections(text: str) -> dict[str, str]:
    """Return what stands below each heading of a page, up to the next heading, by anchor."""
    places = [*HEADING.finditer(text)]
    ends = [match.start() for match in places[1:]] + [len(text)]
    return {anchor(match[2]): text[match.end() : end] for match, end in zip(places, ends, strict=True)}


def anchor(title: str) -> str:
    given = re.search(r"\{ *#([^\s}]+) *\}", title)
    return given[1] if given else slugify(title, "-")


WHOLE = (ROOT / "docs/index.md").read_text("utf-8")
ARTICLE = sections(WHOLE)
ERRATA = sections((ROOT / "docs/errata.md").read_text("utf-8"))

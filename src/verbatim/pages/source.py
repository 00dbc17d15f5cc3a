"""The source of a page: its fences, its includes and its references, found in Markdown before anything is expanded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from verbatim.pages.references import REFERENCE

FENCE = re.compile(r"^[\s>]*(?:[-*+]\s+|\d+[.)]\s+)?(`{3,}|~{3,})")
INCLUDE = re.compile(r'^\s*--8<--\s+"([^"\s]+)"\s*$')
SCISSORS = re.compile(r"-{1,}8<-{1,}")
# Maths, code spans, references and citations, in the order in which they take precedence
INLINE = re.compile(
    r"(?P<maths>\$\$.+?\$\$|(?<![\\$])\$(?![\s$])[^$\n]+?(?<![\s\\])\$)"
    r"|(?P<code>(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<reference>\{\{[^{}]*\}\})"
    r"|(?P<citation>\[@[^\]\s][^\]]*\])",
    re.DOTALL,
)


@dataclass(frozen=True)
class Chunk:
    """Some lines of a page: inside a fence (its own two lines included), or outside."""

    lines: tuple[str, ...]
    fenced: bool
    first: int  # number of the first line, from one


def chunks(lines: list[str]) -> Iterator[Chunk]:
    """Split a page into what stands inside fences and what does not."""
    start, closing = 0, ""
    for number, line in enumerate(lines):
        match = FENCE.match(line)
        if not closing and match:
            if number > start:
                yield Chunk(tuple(lines[start:number]), False, start + 1)
            start, closing = number, match[1]
        elif closing and match and match[1].startswith(closing) and line.strip(" >\t`~") == "":
            yield Chunk(tuple(lines[start : number + 1]), True, start + 1)
            start, closing = number + 1, ""
    if start < len(lines):
        yield Chunk(tuple(lines[start:]), bool(closing), start + 1)


@dataclass(frozen=True)
class PageSource:
    """What the source of one page names."""

    page: str
    includes: tuple[str, ...]  # blocks, in order: regions, commands, outputs
    fences: int
    references: tuple[tuple[str, str], ...]  # (reference, format)
    citations: int

    @classmethod
    def read(cls, page: str, text: str) -> PageSource:
        lines = text.splitlines()
        includes = [match[1] for line in lines if (match := INCLUDE.match(line)) and not match[1].startswith("includes/")]
        fences = sum(1 for chunk in chunks(lines) if chunk.fenced)
        references = [(match[1], match[2] or "") for match in REFERENCE.finditer(text)]
        return cls(page, tuple(includes), fences, tuple(references), len(re.findall(r"\[@", text)))


def read_pages(docs: Path) -> dict[str, PageSource]:
    """Return the sources of all pages by their path below `docs`."""
    names = {path.relative_to(docs).as_posix(): path for path in sorted(docs.rglob("*.md"))}
    return {name: PageSource.read(name, path.read_text("utf-8")) for name, path in names.items()}

"""A page as its author wrote it: its fences, its includes and its references, found in Markdown before anything is expanded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

REFERENCE = re.compile(r"\{\{([^{}|]*)(?:\|([^{}|]*))?\}\}")
HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*\s*$", re.MULTILINE)
CAPTION = re.compile(r"^ */{3,}\s*(figure|table)-caption\s*\|[^\n]*?#([\w-]+)", re.MULTILINE)
FRONT = re.compile(r"---\n(.*?)\n---", re.DOTALL)
FRONT_TEXT = re.compile(r"^(?:title|description):(.+)$", re.MULTILINE)
ITEM = re.compile(r"\s{0,12}(\d{1,9})[.)]\s+\S")
CROSS_REFERENCES = ("sec", "fig", "tab")
FENCE = re.compile(r"^[\s>]*(?:[-*+]\s+|\d+[.)]\s+)?(`{3,}|~{3,})")
LANGUAGE = re.compile(r"^[\s>]*(?:[-*+]\s+|\d+[.)]\s+)?(?:`{3,}|~{3,})\s*(?:\{\s*\.?)?([\w+#-]*)")
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

FOLDER = "downloads/programs"  # of the programs that pages offer, below the docs folder; made with every build, never edited
WIDGET = "widget"  # {{ widget.NAME }}
REPORT = "[[verification-report]]"  # stands for the report on the page that shows it


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
class Page:
    """One page as its author wrote it, read once."""

    name: str  # path below the docs folder: "labs/classifier.md"
    text: str
    includes: tuple[str, ...]  # blocks, in order: regions, commands, outputs
    fences: int
    references: tuple[tuple[str, str], ...]  # (reference, format)
    citations: int

    @classmethod
    def read(cls, name: str, text: str) -> Page:
        lines = text.splitlines()
        includes = [match[1] for line in lines if (match := INCLUDE.match(line)) and not match[1].startswith("includes/")]
        fences = sum(1 for chunk in chunks(lines) if chunk.fenced)
        found = [(match[1].strip(), (match[2] or "").strip()) for match in REFERENCE.finditer(text)]
        references = [(name, spec) for name, spec in found if not is_widget(name)]
        return cls(name, text, tuple(includes), fences, tuple(references), len(re.findall(r"\[@", text)))

    @property
    def languages(self) -> Iterator[tuple[str, str]]:
        """Yield the includes of fences, each with the language that its fence names, "" where it names none."""
        for chunk in (chunk for chunk in chunks(self.text.splitlines()) if chunk.fenced):
            language = LANGUAGE.match(chunk.lines[0])
            yield from ((match[1], language[1] if language else "") for line in chunk.lines if (match := INCLUDE.match(line)))

    @property
    def cross_references(self) -> list[str]:
        return [name for name, _ in self.references if name.split(".")[0] in CROSS_REFERENCES]

    @property
    def headings(self) -> list[tuple[str, str]]:
        """The headings, in order: (signs, title)."""
        return HEADING.findall(self.text)

    @property
    def title(self) -> str:
        """The heading of the whole page; "" where it has none."""
        return next((title for signs, title in self.headings if signs == "#"), "")

    @property
    def captions(self) -> list[tuple[str, str]]:
        """The numbered captions, in order: (figure or table, anchor)."""
        return CAPTION.findall(self.text)

    @property
    def front(self) -> list[str]:
        """The title and the description of its front matter, which readers meet in search results and tabs."""
        match = FRONT.match(self.text)
        return [value.strip("\"' ") for value in FRONT_TEXT.findall(match[1])] if match else []

    @property
    def odd_starts(self) -> list[str]:
        """The numbers by which lists begin that do not begin with one: Markdown counts anew, or shows what nothing proves."""
        found, last = [], 0
        for chunk in chunks(self.text.splitlines()):
            for match in (match for line in chunk.lines if not chunk.fenced and (match := ITEM.match(line))):
                number = int(match[1])
                if number >= 10 and number != last + 1:
                    found.append(match[0].strip())
                last = number
        return found

    @property
    def shows_python(self) -> bool:
        return any(is_python(include) for include in self.includes)

    @property
    def address(self) -> str:
        """Where MkDocs puts the page with `use_directory_urls`: "labs/classifier/index.html"."""
        path = PurePosixPath(self.name).with_suffix("")
        if path.name == "index":
            return f"{path}.html"
        return f"{path}/index.html"


def page_name(page: str) -> str:
    """Return the name of a page's files: "labs/gradient-descent.md" → "gradient-descent"; the article's is "article"."""
    return "article" if page == "index.md" else PurePosixPath(page).stem


def is_widget(reference: str) -> bool:
    return reference.partition(".")[0] == WIDGET


def is_python(include: str) -> bool:
    return include.split(":")[0].endswith(".py")


def read_pages(docs: Path) -> dict[str, Page]:
    """Return all pages by their path below `docs`."""
    names = {path.relative_to(docs).as_posix(): path for path in sorted(docs.rglob("*.md")) if path.is_file()}
    return {name: Page.read(name, path.read_text("utf-8", "replace")) for name, path in names.items()}

"""The one style sheet of a built site: those that its pages name, joined, so that a phone asks for one file, not for seven."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from verbatim.faults import Fault
from verbatim.judging.fonts import font_faults, with_cut
from verbatim.judging.unused import asked_for, said_by, used, without_idle

FOLDER, NAME = "assets/stylesheets", "joined"
KATEX_SHEET = "assets/katex/"
FOREIGN = (f"{FOLDER}/", KATEX_SHEET)
HEAD = re.compile(r'@charset "UTF-8";\n/\* Joined by the build: ([^*]+) \*/\n')
CHARSET = re.compile(r'^@charset "[^"]*";', re.IGNORECASE)
NOTE = re.compile(r"/\*.*?\*/", re.DOTALL)  # and the map of a file's lines, which are no longer those
BLANK = re.compile(r"\n\s*")
ADDRESS = re.compile(r"""url\(\s*(["']?)(?!["']|data:|[a-z]+:|/|#)([^"')]+)\1\s*\)""", re.IGNORECASE)


def joined(site: Path, names: Sequence[str]) -> str:
    """Return style sheets of a site, one behind the other, as a file of FOLDER; raises OSError where one is missing.

    Of those that others made, only what the site can use.
    """
    said = said_by(site)
    parts = [used(part(site, name), said) if name.startswith(FOREIGN) else part(site, name) for name in names]
    asked = asked_for(parts, said)
    parts = [without_idle(text, asked) if name.startswith(FOREIGN) else text for name, text in zip(names, parts, strict=True)]
    parts = [with_cut(text, site) if name.startswith(KATEX_SHEET) else text for name, text in zip(names, parts, strict=True)]
    return f'@charset "UTF-8";\n/* Joined by the build: {" ".join(names)} */\n' + "\n".join(parts)


def part(site: Path, name: str) -> str:
    """Return a style sheet with its addresses as seen from FOLDER, without notes, margins and what only a file may begin with."""
    text = BLANK.sub("\n", NOTE.sub("", CHARSET.sub("", (site / name).read_text("utf-8")))).strip()
    there = posixpath.dirname(name)
    return ADDRESS.sub(lambda found: f"url({found[1]}{posixpath.relpath(posixpath.join(there, found[2]), FOLDER)}{found[1]})", text)


def file_of(text: str) -> str:
    """Return where joined sheets lie in a site; the name has their digest, as the theme's have, and may be kept for ever."""
    return f"{FOLDER}/{NAME}.{hashlib.sha256(text.encode()).hexdigest()[:8]}.min.css"


def sheet_faults(site: Path) -> Iterator[Fault]:
    """Yield the joined sheets of a built site that are not what they say they are made of, and the fonts of theirs likewise."""
    sheets = []
    for path in sorted((site / FOLDER).glob(f"{NAME}.*")):
        sheets.append(path.read_text("utf-8", "replace"))
        head = HEAD.match(sheets[-1])
        names = head[1].split() if head else []
        where = path.relative_to(site).as_posix()
        missing = [name for name in names if not (site / name).is_file() or ".." in name]
        if not names or missing:
            yield Fault(where, "a sheet of unknown parts", "build anew", " ".join(missing))
        elif (text := joined(site, names)).encode() != path.read_bytes() or file_of(text) != where:
            yield Fault(where, "not what its parts make", f"expected {' '.join(names)}, one behind the other; build anew")
    yield from font_faults(site, "".join(sheets))

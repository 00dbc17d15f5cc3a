"""What can be wrong with a page, told in one form: in the log of the build, on the page itself and by `check`."""

from __future__ import annotations

import html
import logging
from dataclasses import dataclass, field

# MkDocs counts warnings of loggers below its own name: `--strict` fails on them, `serve` only shows them.
LOGGER = logging.getLogger("mkdocs.verbatim")

MARK_CLASS = "verbatim-fault"  # by which `check` finds a mark in a built page, whoever wrote it


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that keeps a site from being published."""

    where: str  # "path", "path:line" or a page's address
    what: str  # what happened
    fix: str  # what was expected, and how to mend it
    excerpt: str = ""  # the offending text, shortened for display
    causes: frozenset[str] = field(default=frozenset(), compare=False)  # what may have told of it already, for all that it touches

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}; {self.fix}"
        return f"{text}\n    {shorten(self.excerpt)}" if self.excerpt else text


def shorten(text: str, width: int = 120) -> str:
    """Put `text` on one line of at most `width` characters."""
    line = " ⏎ ".join(part.strip() for part in text.strip().splitlines() if part.strip())
    return line if len(line) <= width else line[: width - 1] + "…"


def mark(fault: Fault, *, inline: bool = False) -> str:
    """Return the HTML by which the page itself shows `fault`; `check` fails on every such mark."""
    tag = "span" if inline else "div"
    excerpt = f" <q>{html.escape(shorten(fault.excerpt))}</q>" if fault.excerpt else ""
    text = html.escape(f"{fault.what}; {fault.fix}")
    return f'<{tag} class="{MARK_CLASS}" role="alert">⚠ {text}{excerpt}</{tag}>'


def report(fault: Fault, *, inline: bool = False, told: frozenset[str] = frozenset()) -> str:
    """Log `fault` as a warning, unless a cause of it was `told`, and return its mark."""
    if not fault.causes & told:
        LOGGER.warning("%s", fault)
    return mark(fault, inline=inline)

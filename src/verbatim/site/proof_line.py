"""The quiet line under a block: what proves it, for a reader who asks."""

from __future__ import annotations

import html
import posixpath
import re
from typing import TYPE_CHECKING

from verbatim.judging.told import CODE, badge_of, proof_of, report_page
from verbatim.markup import BADGE_CLASS, PROOF_CLASS
from verbatim.published.catalogue import Source

if TYPE_CHECKING:
    from verbatim.judging.evidence import Evidence

CODED = re.compile(f"{CODE}([^{CODE}]*){CODE}")


def proof_html(source: Source, evidence: Evidence) -> str:
    """Return the quiet line of a source whose proof stands, as HTML."""
    proof = proof_of(source, evidence)
    return (
        f'<details class="{PROOF_CLASS}" data-source="{html.escape(source.id)}" data-search-exclude>'
        f"<summary>✓ <small>{line(proof.summary)}</small></summary><ul>{items(proof.rows)}</ul></details>"
    )


def badge_html(name: str, evidence: Evidence) -> str:
    """Return the badge of a page, which opens to what its code and numbers rest on, as HTML; "" of a page without any."""
    badge = badge_of(name, evidence)
    if badge is None:
        return ""
    told = "".join(html.escape(row) for row in badge.rows)
    if report := report_page(evidence):
        way = posixpath.relpath(report.address, posixpath.dirname(evidence.pages[name].address)).removesuffix("index.html") or "./"
        told = CODED.sub(rf'<a href="{html.escape(way)}">\1</a>', told)
    source = f'class="{BADGE_CLASS}" data-source="{html.escape(name)}" data-search-exclude'
    return f"<details {source}><summary>{html.escape(badge.summary)}</summary><p>{told}</p></details>"


def items(rows: tuple[str, ...]) -> str:
    return "".join(f"<li>{line(row)}</li>" for row in rows)


def line(words: str) -> str:
    """Return words as HTML, with `<code>` where signs stand around code."""
    parts = (html.escape(part) for part in words.split(CODE))
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))

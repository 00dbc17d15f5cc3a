"""The quiet line under a block: what proves it, for a reader who asks."""

from __future__ import annotations

import html
import posixpath
from typing import TYPE_CHECKING

from verbatim import wording
from verbatim.judging.told import CODE, badge_of, proof_of
from verbatim.markup import BADGE_CLASS, PROOF_CLASS
from verbatim.published.catalogue import Source

if TYPE_CHECKING:
    from verbatim.judging.evidence import Evidence


def proof_html(source: Source, evidence: Evidence, page: str) -> str:
    """Return the quiet line of a source whose proof stands, as HTML, on a page."""
    proof = proof_of(source, evidence)
    rows = "".join(f"<li>{linked(row, evidence, page, source.id)}</li>" for row in proof.rows if isinstance(row, str))
    return (
        f'<details class="{PROOF_CLASS}" data-source="{html.escape(source.id)}" data-search-exclude>'
        f"<summary>✓ <small>{line(proof.summary)}</small></summary><ul>{rows}</ul></details>"
    )


def badge_html(name: str, evidence: Evidence) -> str:
    """Return the badge of a page, which opens to what its code and numbers rest on, as HTML; "" of a page without any."""
    badge = badge_of(name, evidence)
    if badge is None:
        return ""
    told = "".join(linked(row, evidence, name) for row in badge.rows if isinstance(row, str))
    source = f'class="{BADGE_CLASS}" data-source="{html.escape(name)}" data-search-exclude'
    return f"<details {source}><summary>{html.escape(badge.summary)}</summary><p>{told}</p></details>"


def linked(words: str, evidence: Evidence, page: str, anchor: str = "") -> str:
    """Return words as HTML, in which the report's name leads to it, as a link on a page writes its address."""
    report = evidence.report_page
    if report is None or page not in evidence.pages:
        return line(words)
    way = posixpath.relpath(report.address, posixpath.dirname(evidence.pages[page].address)).removesuffix("index.html") or "./"
    href = html.escape(f"{way}#{anchor}" if anchor else way)
    return line(words).replace(f"<code>{wording.REPORT_NAME}</code>", f'<a href="{href}">{wording.REPORT_NAME}</a>')


def line(words: str) -> str:
    """Return words as HTML, with `<code>` where signs stand around code."""
    parts = (html.escape(part) for part in words.split(CODE))
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))

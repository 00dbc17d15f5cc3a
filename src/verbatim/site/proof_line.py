"""The quiet line under a block: what proves it, for a reader who asks."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from verbatim.judging.told import CODE, proof_of
from verbatim.markup import PROOF_CLASS
from verbatim.published.catalogue import Source

if TYPE_CHECKING:
    from verbatim.judging.evidence import Evidence


def proof_html(source: Source, evidence: Evidence) -> str:
    """Return the quiet line of a source whose proof stands, as HTML."""
    proof = proof_of(source, evidence)
    return (
        f'<details class="{PROOF_CLASS}" data-source="{html.escape(source.id)}" data-search-exclude>'
        f"<summary>✓ {line(proof.summary)}</summary><ul>{items(proof.rows)}</ul></details>"
    )


def items(rows: tuple[str, ...]) -> str:
    return "".join(f"<li>{line(row)}</li>" for row in rows)


def line(words: str) -> str:
    """Return words as HTML, with `<code>` where signs stand around code."""
    parts = (html.escape(part) for part in words.split(CODE))
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))

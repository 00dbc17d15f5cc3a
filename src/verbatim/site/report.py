"""验证报告: every block, number and citation of the site with its proof, as HTML; the totals are counted, never written."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from verbatim.judging.told import Fold, Part, report_of
from verbatim.markup import REPORT_CLASS
from verbatim.site.proof_line import line

if TYPE_CHECKING:
    from verbatim.judging.evidence import Evidence


def report_html(evidence: Evidence) -> str:
    """Return the report on all pages as they are now."""
    report = report_of(evidence)
    paragraphs = "".join(f"<p>{line(words)}</p>" for words in report.lines)
    parts = "".join(map(part_html, report.parts))
    return f'<div class="{REPORT_CLASS}" data-search-exclude><p><strong>{line(report.result)}</strong></p>{paragraphs}{parts}</div>'


def part_html(part: Part) -> str:
    return f'<h2 id="{part.title}">{part.title}</h2>{"".join(map(fold_html, part.folds))}'


def fold_html(fold: Fold) -> str:
    """Return a line that opens, as HTML: without a script, and nothing in it is wider than the page."""
    anchor = f' id="{html.escape(fold.anchor)}"' if fold.anchor else ""
    rows = "".join(fold_html(row) if isinstance(row, Fold) else f"<p>{line(row)}</p>" for row in fold.rows)
    return f"<details{anchor}{' open' if fold.opened else ''}><summary>{line(fold.summary)}</summary>{rows}</details>"

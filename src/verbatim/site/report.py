"""验证报告: every block, number and citation of the site with its proof, as HTML; the totals are counted, never written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verbatim.judging.told import Fold, Table, report_of
from verbatim.markup import REPORT_CLASS
from verbatim.site.proof_line import items, line

if TYPE_CHECKING:
    from verbatim.judging.evidence import Evidence


def report_html(evidence: Evidence) -> str:
    """Return the report on all pages as they are now."""
    report = report_of(evidence)
    paragraphs = "".join(f"<p>{line(words)}</p>" for words in report.lines)
    tables = "".join(table_html(table) for table in report.tables)
    return (
        f'<div class="{REPORT_CLASS}" data-search-exclude><p><strong>{line(report.result)}</strong></p>{paragraphs}{tables}</div>'
    )


def table_html(table: Table) -> str:
    head = "".join(f"<th>{name}</th>" for name in table.heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell_html(cell)}</td>' for cell in cells)}</tr>" for cells in table.rows)
    title = f'<h2 id="{table.title}">{table.title}</h2>'
    return f"{title}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def cell_html(cell: str | Fold) -> str:
    if isinstance(cell, Fold):
        return f"<details><summary>{line(cell.summary)}</summary><ul>{items(cell.rows)}</ul></details>"
    return line(cell)

"""验证报告: every block, number and citation of the site with its proof, as HTML; the totals are counted, never written."""

from __future__ import annotations

import html
from dataclasses import dataclass

from verbatim.judging.evidence import Evidence
from verbatim.judging.text import REPORT_CLASS
from verbatim.pages.references import CROSS_REFERENCES, UnknownReference
from verbatim.pages.source import PageSource, read_pages
from verbatim.site.proof_line import tests_by_file

PLACEHOLDER = "[[verification-report]]"


@dataclass(frozen=True)
class Totals:
    """What the pages show, and how much of it is proven; `check` counts the same in the built site."""

    blocks: int
    verified: int
    numbers: dict[str, int]  # "record", "constant", "pin", "citation"

    @property
    def skipped(self) -> int:
        return 0  # there is no way to skip a block


def totals(evidence: Evidence, pages: dict[str, PageSource]) -> Totals:
    includes = [name for source in pages.values() for name in source.includes]
    known = [evidence.catalogue.sources[name] for name in includes if name in evidence.catalogue.sources]
    numbers = {"record": 0, "constant": 0, "pin": 0, "citation": sum(source.citations for source in pages.values())}
    for source in pages.values():
        for reference, spec in source.references:
            if reference.split(".")[0] not in CROSS_REFERENCES:
                try:
                    numbers[evidence.references.number(reference, spec).kind] += 1
                except UnknownReference:
                    continue  # reported on its own page
    return Totals(len(includes), sum(not evidence.stale(source) for source in known), numbers)


def report_html(evidence: Evidence) -> str:
    """Return the report on all pages as they are now."""
    pages = read_pages(evidence.project.docs)
    total = totals(evidence, pages)
    numbers = total.numbers
    summary = (
        f"<p><strong>{total.blocks} 个代码块，{total.verified} 个已验证，{total.skipped} 个跳过。</strong></p>"
        f"<p>绑定到实测记录的数字 {numbers['record']} 处，绑定到代码常量 {numbers['constant']} 处，"
        f"绑定到固定版本 {numbers['pin']} 处，文献引用 {numbers['citation']} 处；手写的测量值 0 处。</p>{mutants(evidence)}"
    )
    rows = [row(evidence, source.page, name) for source in pages.values() for name in source.includes]
    blocks = table(["页面", "代码块", "证据", "摘要", "状态"], rows)
    return f'<div class="{REPORT_CLASS}" data-search-exclude>{summary}<h2 id="代码块">代码块</h2>{blocks}<h2 id="实测记录">实测记录</h2>{records(evidence)}</div>'


def mutants(evidence: Evidence) -> str:
    """Return what became of the mutants of all regions; nothing where none were tried."""
    entries = evidence.catalogue.standing.ledger.content["regions"].values()
    tried = [entry["mutants"] for entry in entries if "mutants" in entry]
    total, killed = (sum(result[key] for result in tried) for key in ("total", "killed"))
    if not total:
        return ""
    left = f"其余 {total - killed} 处，测试分辨不出，原因逐处写在 <code>tests/mutants.toml</code>。" if killed < total else ""
    return (
        f"<p>变异测试：把页面上的代码逐处改坏（换一个运算符，改一个常数，删一条语句），共 {total} 处，"
        f"{killed} 处被所列的测试发现。{left}</p>"
    )


def row(evidence: Evidence, page: str, name: str) -> list[str]:
    source = evidence.catalogue.sources.get(name)
    if source is None:
        return [code(page), code(name), "—", "—", "✗ 不存在"]
    reasons = evidence.stale(source)
    state = "✓" if not reasons else "✗ " + html.escape("; ".join(reasons))
    if source.region:
        entry = evidence.catalogue.standing.ledger.entry(source.region)
        tests = entry["tests"] if entry else []
        rows = "".join(f"<li>{line}</li>" for line in tests_by_file(tests))
        proof = f"<details><summary>{len(tests)} 个测试</summary><ul>{rows}</ul></details>"
        return [code(page), code(name), proof, code(source.region.digest), state]
    return [code(page), code(name), "逐行执行" if source.kind == "command" else "实测记录", "—", state]


def records(evidence: Evidence) -> str:
    rows = []
    for path in sorted((evidence.project.snippets / "records").glob("*.json")):
        record = evidence.references.record(path.stem)
        run = record["run"]
        reasons = evidence.stale_record(path.stem)
        state = "✓" if not reasons else "✗ " + html.escape("; ".join(reasons))
        seeds = "、".join(map(str, record["seeds"]["recorded"])) or str(run["seed"])
        rows.append(
            [code(path.stem), code(run["command"]), seeds, f"{run['seconds']:.0f} 秒", run["date"], code(record["digest"]), state]
        )
    return table(["记录", "命令", "种子", "用时", "日期", "摘要", "状态"], rows)


def table(heads: list[str], rows: list[list[str]]) -> str:
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>" for cells in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def code(text: str) -> str:
    return f"<code>{html.escape(text)}</code>"

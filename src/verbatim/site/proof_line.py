"""The quiet line under a block: what proves it, for a reader who asks."""

from __future__ import annotations

import html

from verbatim.judging.evidence import Evidence
from verbatim.judging.text import PROOF_CLASS
from verbatim.proof.ledger import ENVIRONMENT
from verbatim.proof.records import record_path
from verbatim.published.catalogue import Source


def proof_html(source: Source, evidence: Evidence) -> str:
    """Return the quiet line of a source whose proof stands, as HTML."""
    summary, rows = region_proof(source, evidence) if source.region else other_proof(source, evidence)
    items = "".join(f"<li>{row}</li>" for row in rows)
    return (
        f'<details class="{PROOF_CLASS}" data-source="{html.escape(source.id)}" data-search-exclude>'
        f"<summary>✓ {summary}</summary><ul>{items}</ul></details>"
    )


def region_proof(source: Source, evidence: Evidence) -> tuple[str, list[str]]:
    region, ledger = source.region, evidence.catalogue.standing.ledger.content
    entry = ledger["regions"].get(region.id, {"tests": [], "fixtures": []})
    environment = ledger[ENVIRONMENT]
    summary = f"<code>{html.escape(region.path)}</code> 第 {region.first}–{region.last} 行 · {len(entry['tests'])} 个测试"
    rows = tests_by_file(entry["tests"])
    if mutants := entry.get("mutants"):
        rows.append(f"变异测试：{mutants['killed']} / {mutants['total']} 个变异体被测试发现")
    versions = "，".join(f"{name} {version}" for name, version in ledger["pins"].items())
    rows.append(f"{versions}，Python {environment.get('python', '?')}，{environment.get('date', '?')}")
    return summary, rows


def tests_by_file(tests: list[str]) -> list[str]:
    """Return one row of HTML per file: a region that many labs use has hundreds of tests, and a page a dozen regions."""
    names: dict[str, list[str]] = {}
    for test in tests:
        file, _, name = test.partition("::")
        names.setdefault(file, []).append(name)
    return [f"<code>{html.escape(file)}</code>：{html.escape('，'.join(found))}" for file, found in names.items()]


def other_proof(source: Source, evidence: Evidence) -> tuple[str, list[str]]:
    if source.kind == "command":
        return f"<code>snippets/{html.escape(source.id)}</code> · 每次测试都执行", ["在空文件夹里逐行执行，见粘贴测试"]
    name = source.id.split("/")[-1].removesuffix(".txt")
    if not record_path(evidence.project, name).is_file():
        return f"<code>snippets/{html.escape(source.id)}</code>", []
    record = evidence.references.record(name)
    run = record["run"]
    where = f"{run['cpu']}，{run['cores']} 核，Python {run['python']}，{run['date']}"
    summary = f"实测输出 · <code>{html.escape(run['command'])}</code> · 种子 {run['seed']} · 用时 {run['seconds']:.0f} 秒"
    return summary, [where, f"记录摘要 <code>{record['digest']}</code>", "耗时以 – 代替，其余原样"]

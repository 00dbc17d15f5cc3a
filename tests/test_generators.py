"""The comparison with other generators: they get the whole article, each as pinned, and what a site lacks is seen."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from loading import module_of
from playwright.sync_api import Browser

from verbatim.pages.formats import UnknownReference
from verbatim.project import Project

ROOT = Path(__file__).parents[1]
BENCHMARKS = ROOT / "benchmarks"
ARTICLE = (ROOT / "docs/index.md").read_text("utf-8")
COSTS = {"build", "elements", "requests", "kilobytes", "shift", "load", "longest", "blocked", "scroll_longest"}
PAINTS = {"first_paint", "largest_paint"}
JUDGED = {"lighthouse", "lighthouse_blocked"}
TRAITS = {"title", "packages", "formulas", "formulas_built", "stars", "elsewhere", "dark", "search", "pages"}
PAGE = """<!doctype html><meta name=viewport content="width=device-width"><title>页</title>
<style>body {{ background: #fff }} @media (prefers-color-scheme: dark) {{ body {{ background: {dark} }} }}</style>
<p>**字** <span class=katex>x</span><script src={script}></script>"""


def loaded(name: str) -> ModuleType:
    """A script of benchmarks/ as a module, which has that folder on its path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])
        return module_of(BENCHMARKS / f"{name}.py")


builders, generators, plain = loaded("builders"), loaded("generators"), loaded("plain")


@pytest.fixture(scope="module")
def writer() -> Any:
    return plain.Plain(Project.find(ROOT))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("---\ntitle: 题\n---\n\n# 题", "# 题\n"),
        ("{{ classifier.HIDDEN }} 个", "128 个\n"),
        ('$x = {{ given "10" as 假设 }}$', "$x = 10$\n"),
        ("大{{ holds classifier.HIDDEN > 1 }}。", "大。\n"),
        ("见 [@devlin2019; @brown2020]。", "见 [1][3]。\n"),
        ("见 {{ tab.model-sizes }}。", "见 表 1。\n"),
        ("句。[勘 5](errata.md#勘-5){ .erratum }下一句。", "句。下一句。\n"),
        ("[画](labs/draw.md#甲)与[外](https://example.org/)", "画与[外](https://example.org/)\n"),
        ("![图](assets/figures/drawn.svg){ .figure }", "![图](assets/figures/drawn.svg)\n"),
        ("{{ widget.digit }}\n\n后", "后\n"),
        ("/// figure-caption | #fig-drawn\n角上的 3\n///", "图 1：角上的 3\n"),
        ("`{{ classifier.HIDDEN }}`", "`128`\n"),
        ('??? note "折"\n\n    里\n\n外', '<details markdown="1">\n<summary>折</summary>\n\n里\n\n</details>\n\n外\n'),
    ],
)
def test_what_stands_for_each_piece(writer: Any, written: str, expected: str) -> None:
    assert writer.page(written) == expected


def test_included_code_is_the_code(writer: Any) -> None:
    region = writer.sources["mnist_lab/listing.py:listing"].text
    assert writer.page('```python\n--8<-- "mnist_lab/listing.py:listing"\n```') == f"```python\n{region}\n```\n"
    assert writer.included('    --8<-- "outputs/listing.txt"', "outputs/listing.txt").startswith("    ")


def test_what_is_not_there_is_told(writer: Any) -> None:
    with pytest.raises(UnknownReference, match=r"no record 'nowhere'"):
        writer.page("{{ nowhere.number }}")
    with pytest.raises(KeyError, match="nowhere"):
        writer.page('```python\n--8<-- "nowhere.py:region"\n```')


def test_the_plain_article_is_whole_and_plain() -> None:
    written = plain.article()
    assert not re.search(r"\{\{|^ *///|^\?\?\?|--8<--|\.md\b|勘 \d|\{ \.", written, re.MULTILINE)
    for sign in (r"^##+ ", r"^ *```\w", r"!\[", r"^ *\$\$$", r"^ *\| --"):
        found = [len(re.findall(sign, text, re.MULTILINE)) for text in (ARTICLE, written)]
        assert found[0] == found[1] > 0, sign
    assert len(re.findall(r"^\?\?\?", ARTICLE, re.MULTILINE)) == written.count("<details")


def test_every_package_has_its_version() -> None:
    pins = [pin for name in generators.GENERATORS if name != generators.OURS for pin in generators.versions(name)]
    assert len(pins) == 8
    assert all(re.fullmatch(r"[a-z][\w-]*==\d+(\.\d+)+", pin) for pin in pins)
    assert not {"sphinx", "myst-parser"} & dict(Project.find(ROOT).requirements()).keys(), "no reader installs them"


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Generators below a temporary folder, one of which copies its page; the list is of what gets installed."""
    command = (sys.executable, "-c", "import shutil; shutil.copytree('.', 'site', ignore=shutil.ignore_patterns('site'))")
    copier = builders.Generator("copier", command, settings="sphinx", packages=("copier==1.0",))
    monkeypatch.setattr(builders, "KEPT", tmp_path)
    monkeypatch.setitem(builders.GENERATORS, "copier", copier)
    installed: list[str] = []
    monkeypatch.setattr(builders, "install", lambda generator, folder: installed.extend(generator.packages))
    return installed


def test_a_generator_is_installed_once_and_anew_when_its_pins_change(tiny: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    builders.prepare("copier")
    builders.prepare("copier")
    assert tiny == ["copier==1.0"]
    newer = builders.Generator("copier", (), settings="sphinx", packages=("copier==2.0",))
    monkeypatch.setitem(builders.GENERATORS, "copier", newer)
    builders.prepare("copier")
    assert tiny == ["copier==1.0", "copier==2.0"]


def test_a_site_is_built_from_nothing_and_a_failure_is_told(tiny: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    builders.prepare("copier")
    site, seconds = builders.build("copier")
    assert seconds > 0
    assert (site / "index.md").read_text("utf-8") == plain.article()
    assert {"assets", "conf.py"} < {path.name for path in site.iterdir()}
    (site / "old.html").write_text("")
    assert not (builders.build("copier")[0] / "old.html").exists()
    broken = builders.Generator("broken", (sys.executable, "-c", "raise SystemExit('no theme')"))
    monkeypatch.setitem(builders.GENERATORS, "copier", broken)
    with pytest.raises(RuntimeError, match=r"broken: .* ended with 1\n(?s:.)*no theme"):
        builders.build("copier")


@pytest.mark.parametrize(
    ("dark", "script", "more", "whole"),
    [("#000", "ours.js", "search_index.json", True), ("#fff", "https://cdn.invalid/katex.js", "other.json", False)],
    ids=["whole", "lacking"],
)
def test_what_a_site_lacks_is_seen(browser: Browser, tmp_path: Path, dark: str, script: str, more: str, whole: bool) -> None:
    (tmp_path / "index.html").write_text(PAGE.format(dark=dark, script=script), "utf-8")
    formula = "Object.assign(document.createElement('span'), {className: 'katex'})"
    (tmp_path / "ours.js").write_text(f"document.body.append({formula});")
    (tmp_path / more).write_text("{}")
    with generators.serving(tmp_path) as served:
        found, cost = generators.has(browser, served, "material"), generators.cost(browser, served)
    assert found.keys() == TRAITS
    assert (found["formulas_built"], found["formulas"], found["pages"]) == (1, 1 + whole, 1)
    assert found["stars"] == 2
    assert (found["dark"], found["search"], found["elsewhere"]) == (whole, whole, {} if whole else {"cdn.invalid": 1})
    assert cost.keys() == (COSTS | PAINTS) - {"build"}
    assert cost["requests"] == 1 + whole
    assert 0 < cost["first_paint"] <= cost["largest_paint"]


def test_a_page_that_paints_nothing_is_told(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "index.html").write_text("<!doctype html><title>页</title>")
    monkeypatch.setattr(generators, "PAINTED", generators.PAINTED.replace("300", "3"))
    with generators.serving(tmp_path) as served, pytest.raises(ValueError, match="nothing was painted"):
        generators.painted(browser, served)


def row(title: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "packages": [], "elsewhere": {}, "dark": True, "build": 1.5, **more}


def test_the_table_tells_who_asks_elsewhere() -> None:
    lines = list(generators.report({"ours": row("this site"), "other": row("Other", elsewhere={"cdn.invalid": 2}, dark=False)}))
    assert [line.split() for line in lines[1:4]] == [["elsewhere", "0", "2"], ["dark", "yes", "no"], ["build", "1.5", "1.5"]]
    assert lines[-1].endswith("asks elsewhere: cdn.invalid (2)")
    assert lines[-2].endswith("asks elsewhere: nobody")


def test_the_summary_by_hand() -> None:
    runs = [{"load": load, "first_paint": paint} for load, paint in ((3, 30), (1, 50), (2, 40))]
    assert generators.summary({"ours": {"dark": True}}, {"ours": runs}) == {"ours": {"dark": True, "load": 2, "first_paint": 30}}


def test_results_are_written_when_told_and_only_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generators, "RESULTS", tmp_path / "generators.json")
    runs = [{"load": 1.0}]
    monkeypatch.setattr(generators, "measured", lambda names, _: tuple({name: each for name in names} for each in (row("a"), runs)))
    assert generators.main([]) == 0
    assert not generators.RESULTS.exists()
    assert generators.main(["--write"]) == 0
    assert list(json.loads(generators.RESULTS.read_text("utf-8"))["numbers"]) == list(generators.GENERATORS)
    with pytest.raises(SystemExit):
        generators.main(["--write", "--only", "sphinx"])
    assert "leave --only out" in capsys.readouterr().err


def test_without_lighthouse_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(names: list[str], rounds: int) -> None:
        raise generators.lighthouse.Unmeasured("cannot install Lighthouse; connect to npm's registry")

    monkeypatch.setattr(generators, "RESULTS", tmp_path / "generators.json")
    monkeypatch.setattr(generators, "measured", missing)
    assert generators.main(["--write"]) == 1
    assert "generators: cannot install Lighthouse" in capsys.readouterr().err
    assert not generators.RESULTS.exists()


def test_the_recorded_results_are_of_what_is_pinned() -> None:
    recorded = json.loads((BENCHMARKS / "generators.json").read_text("utf-8"))
    numbers = recorded["numbers"]
    assert generators.summary(numbers, recorded["runs"]) == numbers
    assert list(numbers) == list(generators.GENERATORS)
    assert {name: row["packages"] for name, row in numbers.items()} == {name: generators.versions(name) for name in numbers}
    assert all(row.keys() == TRAITS | COSTS | PAINTS | JUDGED for row in numbers.values())
    assert not numbers["ours"]["elsewhere"]

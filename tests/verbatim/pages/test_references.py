"""Bound numbers, cross-references and citations on real pages: what they become, and what is refused.

Tests `bibliography`, `constants`, `markup` too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from finding import first
from sample_project import Sample
from selectolax.lexbor import LexborHTMLParser

from verbatim.judging.blocks import body_of
from verbatim.pages.bibliography import Bibliography, UnknownKey
from verbatim.pages.formats import UnknownReference
from verbatim.pages.references import References, walk
from verbatim.published.constants import evaluate

GOOD = {
    "text": "准确率 {{ lab.share | .1% }}",
    "bold": "准确率 **{{ lab.share | .1% }}**",
    "table": "| 模型 | 准确率 |\n|---|---|\n| 样例 | {{ lab.share | .1% }} |",
    "code": "输出 `accuracy: {{ lab.share | .4f }}`",
    "formula": "取 $p = {{ lab.share | .2% }}$",
    "display": "$$\np = {{ lab.share | .2% }}, n = {{ lab.LIMIT | , }}\n$$",
    "alt": "![准确率 {{ lab.share | .3% }}，共 {{ lab.LIMIT | , }} 张](../data.txt)",
    "title": '[数据](../data.txt "准确率 {{ lab.share | .3% }}")',
    "attribute": '<abbr title="准确率 {{ lab.share | .3% }}">率</abbr>',
    "caption": "![图](../data.txt)\n\n/// figure-caption | #fig-net\n准确率 {{ lab.share | .1% }}\n///",
    "admonition": '!!! note "准确率 {{ lab.share | .1% }}"\n\n    共 {{ lab.LIMIT | , }} 张',
    "footnote": "说明[^1]\n\n[^1]: 准确率 {{ lab.share | .1% }}",
    "list": "- 准确率 {{ lab.share | .1% }}\n- 共 {{ lab.LIMIT }} 张",
    "constant": "上限 {{ lab.LIMIT | , }} 张",
    "pin": "用 pytest {{ pin.pytest }}",
    "element": "第二部分 {{ lab.parts[1] }} 张",
    "run": "用时 {{ lab.run.seconds | .2f }} 秒，{{ lab.run.cores }} 核，{{ lab.run.date }}",
    "spread": "从 {{ lab.seeds.total.min | .3f }} 到 {{ lab.seeds.total.max | .3f }}",
    "sections": "## 1. 背景\n\n### 1.2 方法\n\n见 {{ sec.方法 }}、{{ sec.他处 }}、{{ fig.curve }} 和 {{ tab.sizes }}",
    "elsewhere": "## 3. 他处\n\n![图](../data.txt)\n\n/// figure-caption | #fig-first\n一\n///\n\n![图](../data.txt)\n\n"
    "- 缩进的也算\n\n    ![图](../data.txt)\n\n    /// figure-caption | #fig-curve\n    二\n    ///\n\n"
    "| a |\n|---|\n| b |\n\n/// table-caption | #tab-sizes\n三\n///",
    "cited": "文献的准确率是 97.6% [@goodfellow2016]。",
    "cited-twice": "两处 [@goodfellow2016; @goodfellow2016]。",
    "heading-numbers": "## 4. 模型\n\n### 4.2 公式推导过程\n\n正文",
    "dollars": "`${{ lab.share | .1% }}$`",
}
# page: (source, what happened, excerpt); refused by the build and by the check
BAD = {
    "unknown-record": ("{{ nobody.share }}", "no record 'nobody'", "{{ nobody.share }}"),
    "unknown-field": (
        "{{ lab.accuracy }}",
        "record lab has no 'accuracy'; at 'accuracy' there is: parts, share, total, wall_seconds",
        "{{ lab.accuracy }}",
    ),
    "unknown-index": ("{{ lab.parts[2] }}", "record lab has no 'parts[2]'", "{{ lab.parts[2] }}"),
    "whole-list": ("{{ lab.parts }}", "is no single value; add an index or a field", "{{ lab.parts }}"),
    "unknown-constant": (
        "{{ lab.EPOCHS }}",
        "constants of lab.py has no 'EPOCHS'; at 'EPOCHS' there is: LIMIT",
        "{{ lab.EPOCHS }}",
    ),
    "unknown-module": ("{{ nobody.LIMIT }}", "no module 'nobody' to take the constant LIMIT from", "{{ nobody.LIMIT }}"),
    "unknown-pin": ("{{ pin.torch }}", "requirements.txt pins no 'torch'", "{{ pin.torch }}"),
    "bad-format": ("{{ lab.share | .2q }}", "format '.2q' is none of the closed list", "{{ lab.share"),
    "format-of-text": ("{{ pin.pytest | .1% }}", "format '.1%' does not fit", "{{ pin.pytest"),
    "no-reference": ("{{ 97.6 }}", "'97.6' is no reference", "{{ 97.6 }}"),
    "unknown-in-formula": ("$p = {{ lab.accuracy }}$", "record lab has no 'accuracy'", "{{ lab.accuracy }}"),
    "unknown-in-alt": ("![率 {{ lab.accuracy }}](../data.txt)", "record lab has no 'accuracy'", "{{ lab.accuracy }}"),
    "unknown-in-code": ("`{{ lab.accuracy }}`", "record lab has no 'accuracy'", "{{ lab.accuracy }}"),
    "unknown-section": ("{{ sec.无此节 }}", "sec.无此节 leads nowhere", "{{ sec.无此节 }}"),
    "unknown-figure": ("{{ fig.nothing }}", "fig.nothing leads nowhere", "{{ fig.nothing }}"),
    "unknown-table": ("{{ tab.nothing }}", "tab.nothing leads nowhere", "{{ tab.nothing }}"),
    "typed-beside-bound": ("准确率 {{ lab.share | .1% }}，即 97.6%", "typed measurement '97.6%'", "97.6%"),
    "typed-beside-bound-in-alt": ("![{{ lab.share | .1% }}，97.60%](../data.txt)", "typed measurement '97.60%' in alt", "97.60%"),
    "typed-beside-bound-in-formula": (r"$p = {{ lab.share | .1% }}, q = 97.60\%$", "typed measurement", "97.60"),
    "cited-in-another-sentence": ("准确率是 97.6%。文献如此 [@goodfellow2016]。", "typed measurement '97.6%'", "97.6%"),
    "typed-with-hint": ("准确率为 97.58%", "write {{ lab.share | .2% }}", "97.58%"),
}  # fmt: skip
BAD_CITATIONS = {
    "unknown-key": ("说法 [@nobody2020]", "no entry 'nobody2020' in references.bib", "[@nobody2020]"),
    "one-unknown-key": (
        "说法 [@goodfellow2016; @nobody2020]",
        "no entry 'nobody2020' in references.bib",
        "[@goodfellow2016; @nobody2020]",
    ),
    "odd-citation": ("说法 [@goodfellow2016, 第 3 页]", "a citation in an unknown form", "[@goodfellow2016, 第 3 页]"),
    "odd-reference": ("{{ lab.share | .1% | x }}", "a reference in an unknown form", "{{ lab.share | .1% | x }}"),
}


ALL_BAD: dict[str, tuple[str, str, str]] = {**BAD, **BAD_CITATIONS}


@dataclass
class Site:
    sample: Sample
    build: dict[str, list[str]]
    check: dict[str, list[str]]

    def page(self, name: str) -> LexborHTMLParser:
        return LexborHTMLParser(self.sample.page(f"{name}/index.html"))


@pytest.fixture(scope="session")
def site(new_sample: Callable[[str], Sample]) -> Site:
    sample = new_sample("references")
    sample.append("mkdocs.yml", "nav: [index.md]\n")
    for name, text in GOOD.items():
        sample.write(f"docs/good/{name}.md", f"# 好\n\n{text}\n")
    for name, (text, _, _) in ALL_BAD.items():
        sample.write(f"docs/bad/{name}.md", f"# 坏\n\n{text}\n")
    build = sample.build()
    assert build.returncode == 0, build.stderr
    return Site(sample, sample.faults(build), sample.faults(sample.verbatim("check", "site")))


@pytest.mark.parametrize("name", GOOD)
def test_a_good_page_has_no_fault(site: Site, name: str) -> None:
    assert site.build.get(f"good/{name}", []) == site.check.get(f"good/{name}", []) == []
    assert "{{" not in body_of(site.page(f"good/{name}")).text()


@pytest.mark.parametrize("name", ALL_BAD)
def test_a_bad_page_is_refused_by_the_build(site: Site, name: str) -> None:
    _, what, excerpt = ALL_BAD[name]
    told = site.build.get(f"bad/{name}", [])
    assert any(what in fault and excerpt in fault for fault in told), told
    assert site.page(f"bad/{name}").css_first(".verbatim-fault") is not None


@pytest.mark.parametrize("name", ALL_BAD)
def test_a_bad_page_is_refused_by_the_check(site: Site, name: str) -> None:
    _, what, _excerpt = ALL_BAD[name]
    told = site.check.get(f"bad/{name}", [])
    assert any(what in fault for fault in told), told


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("text", ["97.6%"]),
        ("bold", ["97.6%"]),
        ("table", ["97.6%"]),
        ("code", ["0.9758"]),
        ("caption", ["97.6%"]),
        ("admonition", ["97.6%", "12,345"]),
        ("footnote", ["97.6%"]),
        ("list", ["97.6%", "12345"]),
        ("constant", ["12,345"]),
        ("element", ["2"]),
        ("spread", ["12.000", "12.002"]),
    ],
)
def test_a_number_is_shown_with_its_origin(site: Site, name: str, numbers: list[str]) -> None:
    nodes = site.page(f"good/{name}").css(".verbatim-number[data-ref]")
    assert [node.text() for node in nodes] == numbers
    assert all("tabindex" not in node.attributes for node in nodes)  # hundreds of stops would make a page unusable by keyboard
    told = [node.attributes["title"] or "" for node in nodes]
    assert all(re.search(r"年 \d+ 月 \d+ 日在 \d+ 核机器上实测|^程序里设定的值", title) for title in told), told
    assert not any(
        name in title for title in told for name in ("lab", "share", "LIMIT", "total")
    )  # names of fields tell a reader nothing


def test_a_pin_is_the_pinned_version(site: Site) -> None:
    node = first(site.page("good/pin"), ".verbatim-number")
    assert node.text() == site.sample.project.pinned()["pytest"]
    assert node.attributes["title"] == "本站固定使用的版本"


def test_formulas_show_numbers_and_mark_them(site: Site) -> None:
    assert first(site.page("good/formula"), ".katex-html .verbatim-number").text() == "97.58%"
    assert [node.text() for node in site.page("good/display").css(".katex-html .verbatim-number")] == ["97.58%", "12,345"]


@pytest.mark.parametrize(
    ("name", "selector", "attribute"), [("alt", "img", "alt"), ("title", "a[title]", "title"), ("attribute", "abbr", "title")]
)
def test_attributes_hold_plain_text_and_declare_what_is_bound(site: Site, name: str, selector: str, attribute: str) -> None:
    nodes = [node for node in site.page(f"good/{name}").css(selector) if "97.580%" in (node.attributes.get(attribute) or "")]
    assert len(nodes) == 1
    assert (nodes[0].attributes["data-verbatim-bound"] or "").startswith("lab.share|.3%")


def test_cross_references_are_links_with_numbers(site: Site) -> None:
    links = {
        link.text(): link.attributes["href"]
        for link in site.page("good/sections").css("p a")
        if "://" not in (link.attributes["href"] or "")
    }
    assert links == {
        "§1.2": "#方法",
        "§3": "../elsewhere/#他处",
        "图 2": "../elsewhere/#fig-curve",
        "表 1": "../elsewhere/#tab-sizes",
    }


def test_a_citation_is_a_linked_number(site: Site) -> None:
    sup = first(site.page("good/cited"), "sup.verbatim-citation")
    assert sup.text() == "[1]"
    assert first(sup, "a").attributes["href"] == "../../references/#ref-goodfellow2016"
    assert first(site.page("good/cited-twice"), "sup.verbatim-citation").text() == "[1][1]"


def test_the_bibliography_lists_each_entry_under_its_anchor(site: Site) -> None:
    entry = first(site.page("references"), ".verbatim-bibliography li#ref-goodfellow2016")
    assert entry.text().startswith("[1]")
    assert "Deep Learning" in entry.text()


def test_what_the_check_counts_is_on_the_pages(site: Site) -> None:
    """The counts are not nought, and the next test shows that nought is a fault."""
    summary = next(iter(key for key in site.check if "bound numbers" in key))
    assert f"{len(GOOD) + len(BAD) + len(BAD_CITATIONS) + 3} pages" in summary
    assert " 0 bound numbers" not in summary


def test_a_site_built_without_the_extension_shows_no_number_and_fails(sample: Sample) -> None:
    sample.append("docs/index.md", "\n准确率 {{ lab.share | .1% }}\n")
    sample.edit("mkdocs.yml", "  - verbatim.site.markdown\n", "")
    assert sample.build("--strict").returncode == 0
    told = sample.verbatim("check", "site").stderr
    assert "a reference that was not expanded" in told
    assert "no bound number found, the sources name 1" in told


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("12_345", 12345),
        ("28 * 28", 784),
        ("2**10 - 1", 1023),
        ("(1, 2)", [1, 2]),
        ("-0.5", -0.5),
        ("7 // 2", 3),
        ("SIDE * SIDE", 784),
        ("'x'", "x"),
    ],
)
def test_constants_are_evaluated_without_running_the_module(expression: str, value: object) -> None:
    assert evaluate(ast.parse(expression, mode="eval").body, {"SIDE": 28}) == value


@pytest.mark.parametrize("expression", ["len('x')", "__import__('os')", "UNKNOWN", "[x for x in (1,)]", "1 << 3"])
def test_what_is_no_literal_is_no_constant(unproven: Sample, expression: str) -> None:
    unproven.write("src/sample/values.py", f"VALUE = {expression}\n")
    with pytest.raises(UnknownReference, match=r"constants of values\.py has no 'VALUE'"):
        References(unproven.project).number("values.VALUE")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("97.6%", ["{{ lab.share | .1% }}"]),
        ("97.58%", ["{{ lab.share | .2% }}"]),
        ("0.976", ["{{ lab.share | .3f }}"]),
        ("12 张", ["{{ lab.total | .0f }}"]),
        ("98%", ["{{ lab.share | .0% }}"]),
        ("97.7%", []),
        ("", []),
        ("九成七", []),
    ],
)
def test_a_typed_number_is_recognised_in_the_records(sample: Sample, typed: str, meant: list[str]) -> None:
    assert References(sample.project).suggestions(typed) == meant


def test_what_was_measured_once_carries_its_date(sample: Sample) -> None:
    sample.write("benchmarks/speed.json", '{"date": "2026-11-26", "numbers": {"ratio": 4.25, "peers": {"numpy": 2}}}')
    references = References(sample.project)
    number = references.number("bench.speed.ratio", ".1f")
    assert (number.text, number.kind, number.labs) == ("4.2", "bench", ())
    assert number.origin == "2026 年 11 月 26 日单独测过一次，读者不必重跑"
    assert references.number("calc bench.speed.ratio * bench.speed.peers.numpy", ".1f").text == "8.5"


@pytest.mark.parametrize("reference", ["bench.slow.ratio", "bench.speed.seconds", "bench.speed"])
def test_what_nobody_measured_is_refused(sample: Sample, reference: str) -> None:
    sample.write("benchmarks/speed.json", '{"date": "2026-11-26", "numbers": {"ratio": 4.25}}')
    with pytest.raises(UnknownReference, match=r"benchmarks/s|no single value"):
        References(sample.project).number(reference, "")


def test_a_project_without_a_bibliography_has_no_entries(unproven: Sample) -> None:
    (unproven.root / "docs/references.bib").unlink()
    with pytest.raises(UnknownKey, match=r"no entry 'goodfellow2016' in references\.bib"):
        Bibliography(unproven.project).number("goodfellow2016")


@pytest.mark.parametrize(
    ("reference", "spec", "told"),
    [
        ("holds lab.total > lab.parts[1]", ".1f", "an assertion shows nothing and takes no format"),
        ("calc cited(3.14e23, nobody2020) / lab.total", "", "no entry 'nobody2020' in references.bib"),
    ],
)
def test_what_an_expression_may_not_have_is_refused(sample: Sample, reference: str, spec: str, told: str) -> None:
    with pytest.raises(UnknownReference, match=re.escape(told)):
        References(sample.project).number(reference, spec)


def test_only_what_fits_is_suggested(sample: Sample) -> None:
    references = References(sample.project)
    assert references.fitting("lab.share", ".1%") == "{{ lab.share | .1% }}"
    assert references.fitting("lab.nothing", ".1%") == ""


def test_a_path_in_an_unknown_form_is_refused() -> None:
    assert walk({"a": {"b": [1, 2]}}, "a.b[1]", "x") == 2
    with pytest.raises(UnknownReference, match=r"'a!b' cannot be read at '!b'; expected names and \[indices\]"):
        walk({"a": 1}, "a!b", "x")

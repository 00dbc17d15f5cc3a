"""What the build works out, `calc`; what it makes sure of, `holds`; what an author states, `given`; and how numbers may be shown.

Tests `formats` and `units`.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from sample_project import Sample

from verbatim.pages.expressions import Expression
from verbatim.pages.formats import UnknownReference, shown, tex
from verbatim.pages.references import References, seeds_of
from verbatim.pages.units import disagrees, is_share, kind_of

VALUES = {"lab.a": 4, "lab.b": 2.0, "lab.N": 3, "lab.list[1]": 9}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("lab.a + lab.b * 2", 8.0),
        ("(lab.a + lab.b) * 2", 12.0),
        ("lab.a ** 2 / lab.b", 8.0),
        ("-lab.a + 10", 6),
        ("sqrt(lab.a)", 2.0),
        ("max(lab.a, lab.b, lab.N)", 4),
        ("abs(lab.b - lab.a)", 2.0),
        ("lab.list[1] / 100", 0.09),
        ("cited(3.14e23, brown2020) / 1e23", 3.14),
        ("log(exp(lab.b))", 2.0),
    ],
)
def test_a_calculation_is_worked_out(text: str, value: float) -> None:
    assert Expression(text, comparing=False).value(VALUES.__getitem__) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1 + 1", "typed numbers alone prove nothing"),
        ("lab.a * 0.976", "0.976 is typed into a calculation"),
        ("lab.a + 234", "234 is typed into a calculation"),
        ("lab.a < 5", "not a comparison"),
        ("__import__('os').system('x') + lab.a", "typed into a calculation"),
        ("open(lab.a)", "not allowed here"),
        ("lab.a if lab.b else lab.N", "not allowed here"),
        ("[lab.a for x in lab.b]", "not allowed here"),
        ("lambda: lab.a", "not allowed here"),
        ("lab.a @ lab.b", "not allowed here"),
        ("lab.a // lab.b", "not allowed here"),
        ("lab.a % lab.b", "not allowed here"),
        ("lab.a / (lab.b - 2)", "cannot be worked out"),
        ("lab.a ** 10 ** 10", "cannot be worked out"),
        ("lab.a +", "cannot be read"),
        ("(" * 300 + "lab.a", "cannot be read"),
        ("lab.a + " * 100 + "lab.a", "expected at most"),
        ("max(lab.a, key=lab.b)", "not allowed here"),
    ],
)
def test_what_is_no_calculation_is_refused(text: str, told: str) -> None:
    with pytest.raises(UnknownReference, match=told):
        Expression(text, comparing=False).value(VALUES.__getitem__)


@pytest.mark.parametrize(
    ("text", "true"),
    [("lab.b < lab.N < lab.a", True), ("lab.b < lab.N > lab.a", False), ("lab.a == 4", True), ("lab.a >= 2 * lab.b", True)],
)
def test_an_assertion_compares(text: str, true: bool) -> None:
    assert Expression(text, comparing=True).value(VALUES.__getitem__) is true


@pytest.mark.parametrize(
    ("text", "told"), [("lab.a in lab.b", "expected < <= > >= == or !="), ("lab.a < [lab.b]", "is not allowed here")]
)
def test_what_is_no_comparison_is_refused(text: str, told: str) -> None:
    with pytest.raises(UnknownReference, match=told):
        Expression(text, comparing=True).value(VALUES.__getitem__)


@pytest.mark.parametrize("value", [[1, 2], True, "three"])
def test_what_is_no_single_number_is_not_worked_with(value: Any) -> None:
    with pytest.raises(UnknownReference, match=r"lab\.a is no single number; add an index or a field"):
        Expression("lab.a + 1", comparing=False).value({"lab.a": value}.__getitem__)


@pytest.mark.parametrize(
    ("text", "formula"), [("3.1 × 10⁻⁵", r"3.1 \times 10^{-5}"), ("97.58%", r"97.58\%"), ("101,770", "101{,}770")]
)
def test_a_number_is_written_in_a_formula(text: str, formula: str) -> None:
    assert tex(text) == formula


def test_an_assertion_names_its_literals() -> None:
    assert Expression("1/4 < lab.a / lab.b < 1 / 3", comparing=True).literals >= {1 / 4, 1 / 3}


@pytest.mark.parametrize(
    ("value", "spec", "text"),
    [
        (0.9758, ".2%", "97.58%"),
        (101770, ",", "101,770"),
        (1234.5, ",.1f", "1,234.5"),
        (3.1e-5, ".1e", "3.1 × 10⁻⁵"),
        (0.0, ".1e", "0"),
        (5, "", "5"),
        (0.001, "", "0.001"),
        (12.0, ".0f", "12"),
        ("2.21.0", "", "2.21.0"),
        (-0.5227, ".2f", "-0.52"),
        (0.0, ".2%", "0.00%"),
        (1.0, ".0%", "100%"),
    ],
)
def test_a_number_is_shown(value: Any, spec: str, text: str) -> None:
    assert shown(value, spec, percentage=isinstance(value, float)) == text


@pytest.mark.parametrize(
    ("value", "spec"),
    [
        (0.9758, "9>8.2%"),
        (0.9758, "+.2f"),
        (0.9758, "08.2f"),
        (0.9758, ".3g"),
        (0.9758, "s"),
        (0.9758, ".0f"),
        (0.9758, ".1f"),
        (0.9758, ".0e"),
        (0.9996, ".1%"),
        (0.0004, ".2f"),
        (0.0004, ".1%"),
        (5, ".0%"),
        (5, "b"),
        (5, "c"),
        ("2.21.0", ".3"),
        (0.97579999, ""),
        (1234.5, ","),
        ([1], ""),
        (True, ""),
        (None, ""),
    ],
)
def test_a_format_that_lies_is_refused(value: Any, spec: str) -> None:
    with pytest.raises(UnknownReference):
        shown(value, spec, percentage=isinstance(value, float))


@pytest.mark.parametrize(
    ("path", "after", "unit"),
    [
        ("run.seconds", " 秒", ""),
        ("run.seconds", " 分钟", "分钟"),
        ("wall_seconds", " ms", "ms"),
        ("test_accuracy", " 秒", "秒"),
        ("test_accuracy", "，", ""),
        ("test_errors", " 张", ""),
        ("test_errors", " 秒", "秒"),
        ("run.memory_mb", " MB", ""),
        ("run.memory_mb", " GB", "GB"),
        ("parameters[3]", " 个", ""),
        ("parameters", " 张", "张"),
        ("ratio_of_seconds", " 倍", ""),
        ("message_bytes", " 字节", ""),
        ("seeds.points.min", " 个百分点", ""),
        ("anything", " 秒", ""),
    ],
)
def test_the_unit_on_the_page_agrees_with_the_field(path: str, after: str, unit: str) -> None:
    assert disagrees(f"lab.{path}", after) == unit


def test_only_a_share_is_shown_in_percent() -> None:
    assert is_share("test_accuracy", 0.5)
    assert not is_share("run.seconds", 0.5)
    assert not is_share("test_accuracy", 5)


def test_records_of_the_same_seeds_are_compared_seed_by_seed() -> None:
    one, other, script = ({"seeds": {"recorded": seeds}} for seeds in ([0, 1, 2], [0, 1], []))
    assert seeds_of([one, one]) == [(0, 0), (1, 1), (2, 2)]
    assert len(seeds_of([one, other])) == 6
    assert seeds_of([script]) == [(0,)]
    assert seeds_of([]) == [()]


def test_an_assertion_must_hold_for_every_seed(sample: Sample) -> None:
    references = References(sample.project)
    assert references.number("holds 11.9 < lab.total < 13").text == ""
    with pytest.raises(UnknownReference, match=r"lab\.total < 12\.002 is not true \(lab seed 2\)"):
        references.number("holds lab.total < 12.002")
    with pytest.raises(UnknownReference, match=r"12 < lab\.total"):
        references.number("holds 12 < lab.total")


def test_a_given_number_has_one_of_three_kinds(sample: Sample) -> None:
    references = References(sample.project)
    assert references.number('given "0.01" as 定义').text == "0.01"
    for wrong in ('given "0.01" as 实测', 'given "0.01"', "given 0.01 as 定义", 'given "很多" as 假设'):
        with pytest.raises(UnknownReference, match="not of the form"):
            references.number(wrong)


def test_pages_show_what_was_worked_out_and_the_report_lists_what_was_given(sample: Sample) -> None:
    text = (
        '页面有 {{ calc lab.total / 2 | .1f }} 与 {{ given "0.25" as 定义 }}{{ holds lab.share < 1 }}；'
        '$x = {{ given "12" as 假设 }}$。\n'
    )
    sample.append("docs/index.md", f"\n{text}")
    sample.write("docs/report.md", "# 报告\n\n[[verification-report]]\n")
    assert sample.build("--strict").returncode == 0
    checked = sample.verbatim("check", "site")
    assert checked.returncode == 0, checked.stderr
    page, report = sample.page(), sample.page("report/index.html")
    assert ">6.0</span>" in page
    assert 'class="verbatim-number verbatim-given"' in page
    assert "作者给出 2 处" in report
    assert "断言 1 条" in report
    assert "0.25（定义）：" in report
    (sample.root / "site/index.html").write_text(page.replace("holds lab.share &lt; 1", "holds lab.share &lt; 0"), "utf-8")
    assert "a number that is not what it is bound to" in sample.verbatim("check", "site").stderr


def test_what_is_worked_out_falls_with_its_record(sample: Sample) -> None:
    sample.append("docs/index.md", "\n共 {{ calc lab.total / 2 | .1f }}。\n")
    path = sample.root / "snippets/records/lab.json"
    record = json.loads(path.read_text("utf-8"))
    record["numbers"]["total"] = 100
    path.write_text(json.dumps(record), "utf-8")
    assert "number of a stale record" in sample.build().stderr


@pytest.mark.parametrize("text", ["a * 0 + 12", "a / a * 60", "a ** 0 * 24", "a - a + 100", "min(a, 5)"])
def test_a_calculation_hangs_on_what_it_names(text: str) -> None:
    assert Expression(text, comparing=False).idle({"a": 90.0}.__getitem__) == text
    assert Expression(f"a * ({text})", comparing=False).idle({"a": 90.0}.__getitem__) == ""


def test_an_assertion_hangs_on_what_it_names_on_every_side() -> None:
    assert Expression("a * 0 + 3 == 3", comparing=True).idle({"a": 90.0}.__getitem__) == "a * 0 + 3"
    assert Expression("a < 2 * b", comparing=True).idle({"a": 90.0, "b": 50.0}.__getitem__) == ""
    with pytest.raises(UnknownReference, match="compares something with itself"):
        Expression("a <= a", comparing=True)


def test_one_bound_number_makes_nothing_twice_as_large() -> None:
    assert Expression("a < 2", comparing=True).literals == frozenset()
    assert Expression("a > 0.5", comparing=True).literals == {0.5}
    assert Expression("a > 2 * b", comparing=True).literals == {2.0}
    assert Expression("lab.speed_ratio > 2", comparing=True).literals == {2.0}


@pytest.mark.parametrize(("path", "kind"), [("seeds.seconds.min", "seconds"), ("seeds.min", ""), ("speed.Ratio_ours", "ratio")])
def test_the_last_word_of_a_field_tells_its_unit(path: str, kind: str) -> None:
    assert kind_of(path) == kind

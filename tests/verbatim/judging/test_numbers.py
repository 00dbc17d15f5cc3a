"""Typed measurements are refused and legitimate numbers are not: two lists, each line a page of a real build."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from verbatim.judging.numbers import BOUND, CITED, measurements

LISTS = {
    name: (Path(__file__).with_name("measurements") / f"{name}.txt").read_text("utf-8").splitlines()
    for name in ("refused", "allowed")
}
Told = dict[str, list[str]]


@pytest.fixture(scope="session")
def told(new_sample: Callable) -> tuple[Told, Told]:
    """What the build and the check said of the pages, one page for each line and one for each list."""
    sample = new_sample("measurements")
    # No page's title in the navigation of another
    sample.append("mkdocs.yml", "nav: [index.md]\n")
    for name, lines in LISTS.items():
        for number, line in enumerate(lines):
            sample.write(f"docs/{name}/{number}.md", line if line.startswith("# ") else f"# 数\n\n{line}\n")
        sample.write(f"docs/{name}/all.md", "# 数\n\n" + "\n\n".join(lines) + "\n")
    sample.write("docs/refused/network.svg", "<svg/>")
    sample.write("docs/allowed/network.svg", "<svg/>")
    build = sample.build()
    assert build.returncode == 0, build.stderr
    return sample.faults(build), sample.faults(sample.verbatim("check", "site"))


def typed(faults: list[str]) -> list[str]:
    return [fault for fault in faults if "typed measurement" in fault]


@pytest.mark.parametrize("name", LISTS)
def test_the_lists_hold_fifty_and_more(name: str) -> None:
    assert len(set(LISTS[name])) == len(LISTS[name]) >= 80


@pytest.mark.parametrize("number", range(len(LISTS["refused"])), ids=LISTS["refused"])
def test_a_typed_measurement_is_refused(told: tuple[Told, Told], number: int) -> None:
    assert all(typed(faults.get(f"refused/{number}", [])) for faults in told)


@pytest.mark.parametrize("number", range(len(LISTS["allowed"])), ids=LISTS["allowed"])
def test_a_legitimate_number_raises_no_alarm(told: tuple[Told, Told], number: int) -> None:
    build, check = told
    assert typed(build.get(f"allowed/{number}", [])) == typed(check.get(f"allowed/{number}", [])) == []


def test_one_page_may_hold_them_all(told: tuple[Told, Told]) -> None:
    for faults in told:
        assert len(typed(faults["refused/all"])) >= len(LISTS["refused"]) - 20  # equal ones are told once
        assert typed(faults.get("allowed/all", [])) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"准确率 {BOUND}", []),
        (f"准确率 {BOUND}，用时 3 秒", ["3 秒"]),
        (f"准确率 97.6% {CITED}。", []),
        (f"文献如此 {CITED}。准确率 97.6%。", ["97.6%"]),
        (f"准确率 97.6%。文献如此 {CITED}。", ["97.6%"]),
        ("９７．６％", ["97.6%"]),
        ("97\u00a0%", ["97 %"]),
        ("9\u200b7%", ["97%"]),
        ("用 14.8 秒错 234 张", ["14.8 秒", "234 张"]),
        ("", []),
    ],
)
def test_what_is_found_in_a_text(text: str, found: list[str]) -> None:
    assert measurements(text) == found

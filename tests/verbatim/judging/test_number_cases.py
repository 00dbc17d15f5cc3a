"""Ways to publish a number that nothing accounts for, all refused; harmless sentences, left alone: each a page of a build."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

CASES = {
    name: json.loads((Path(__file__).with_name("cases") / f"{name}.json").read_text("utf-8"))
    for name in ("numbers-refused", "sentences-accepted")
}
REFUSED, ACCEPTED = CASES["numbers-refused"], CASES["sentences-accepted"]
GIVEN = re.compile(r"typed measurement '(.+?)'.*?; write (\{\{ given .*? as 假设 \}\}|\{\{ given .*? as 名称 \}\})")


@dataclass
class Site:
    sample: object
    build: dict[str, list[str]]
    check: dict[str, list[str]]


def page(text: str) -> str:
    if not text.startswith("FRONT:"):
        return f"# 页\n\n{text}\n"
    head, _, body = text.removeprefix("FRONT:").partition("\n")
    return f"---\n{head}\n---\n\n# 页\n\n{body}\n"


def made(new_sample: Callable, name: str, pages: dict[str, str]) -> Site:
    sample = new_sample(name)
    sample.append("mkdocs.yml", "nav: [index.md]\n")
    sample.edit("mkdocs.yml", "  - admonition\n", "  - admonition\n  - pymdownx.details\n")
    sample.write("docs/evil.svg", "<svg xmlns='http://www.w3.org/2000/svg'><text>97.6%</text></svg>")
    for key, text in pages.items():
        sample.write(f"docs/{key}.md", page(text))
    build = sample.build()
    assert build.returncode == 0, build.stderr
    return Site(sample, sample.faults(build), sample.faults(sample.verbatim("check", "site")))


@pytest.fixture(scope="session")
def site(new_sample: Callable) -> Site:
    pages = {f"refused/{key}": text for key, text in REFUSED.items()} | {f"accepted/{key}": text for key, text in ACCEPTED.items()}
    return made(new_sample, "number-cases", pages)


@pytest.mark.parametrize("key", REFUSED)
def test_a_number_that_nothing_accounts_for_is_refused(site: Site, key: str) -> None:
    assert site.check.get(f"refused/{key}"), REFUSED[key]


@pytest.mark.parametrize("key", ACCEPTED)
def test_a_harmless_sentence_is_left_alone(site: Site, key: str) -> None:
    assert site.build.get(f"accepted/{key}", []) == site.check.get(f"accepted/{key}", []) == []


def test_no_case_is_lost() -> None:
    assert len(REFUSED) >= 127
    assert len(ACCEPTED) >= 51

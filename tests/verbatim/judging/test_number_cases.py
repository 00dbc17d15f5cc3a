"""Ways to publish a number that nothing accounts for, all refused; harmless sentences, left alone: each a page of a build."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sample_project import Sample

CASES = {
    name: json.loads((Path(__file__).with_name("cases") / f"{name}.json").read_text("utf-8"))
    for name in ("numbers-refused", "sentences-accepted")
}
REFUSED, ACCEPTED = CASES["numbers-refused"], CASES["sentences-accepted"]
GIVEN = re.compile(r"typed measurement '(.+?)'.*?(?:write|or) (\{\{ given .*? as 假设 \}\}|\{\{ given .*? as 名称 \}\})")


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


def made(new_sample: Callable[[str], Sample], name: str, pages: dict[str, str]) -> Site:
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
def site(new_sample: Callable[[str], Sample]) -> Site:
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


def pasted(text: str, told: list[str]) -> str:
    """Return the source of a page with each number that may be given replaced by what its refusal printed."""
    for match in (GIVEN.search(fault) for fault in told):
        if match:
            text = re.sub(
                rf"(?<![A-Za-z0-9.\"]){re.escape(match[1].rstrip('%'))}(?![A-Za-z0-9\"])",
                match[2].replace("\\", r"\\"),
                text,
                count=1,
            )
    return text


@pytest.fixture(scope="session")
def mended(new_sample: Callable[[str], Sample], site: Site) -> tuple[dict[str, str], Site]:
    """Texts in which a number may be given, with it given as the refusal says."""
    texts = dict(enumerate(GIVABLE))
    first = made(new_sample, "givable", {f"as-is/{key}": text for key, text in texts.items()})
    pages = {f"mended/{key}": pasted(text, first.check[f"as-is/{key}"]) for key, text in texts.items()}
    return pages, made(new_sample, "mended", pages)


GIVABLE = (
    "共 500 位用户。",
    "共 37 项测试。",
    "共 96 层。",
    "上下文 8192 token。",
    "设有 1024 台机器。",
    "需要 3 年。",
    "花费 3000 USD。",
    "温度 65 °C。",
    "得 98 分。",
    "得到 $n = 234$。",
    "共六万张。",
    "| 甲 | 97 |\n| --- | --- |\n| 乙 | 98 |",
    "四分之三的读者。",
    "打印出 `n: 234`。",
    '<abbr title="共 500 位">x</abbr>',
    "训练时间翻了一番。",
    "两周一个迭代。",
    "双倍的力气。",
    "a dozen of them.",
    "字号至少 16px 才好读。",
    "两者之间隔了三年。",
)


@pytest.mark.parametrize("key", range(len(GIVABLE)))
def test_what_a_refusal_prints_passes_when_it_is_pasted(mended: tuple[dict[str, str], Site], key: int) -> None:
    pages, site = mended
    assert "given" in pages[f"mended/{key}"]
    assert site.check.get(f"mended/{key}", []) == [], pages[f"mended/{key}"]

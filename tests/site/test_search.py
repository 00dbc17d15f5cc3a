"""The search, in Chinese: segmented by jieba when the site is built, asked in a real browser."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page
from server import Site

ROOT = Path(__file__).resolve().parents[2]
WANTED = {
    "梯度下降": "labs/gradient-descent/",
    "MNIST": "labs/classifier/",
    "损失函数": "labs/gradient-descent/",
    "创业公司": "",
    "大模型": "",
    "反向传播": "",
}


def ask(page: Page, query: str) -> None:
    """Type a query as a reader does: the search listens to keys that are let go."""
    field = page.locator("input[name=query]")
    field.click()
    field.fill(query)
    field.press("End")


@pytest.mark.parametrize("query", WANTED)
def test_right_page_comes_first(query: str, browser_page: Page, site: Site) -> None:
    browser_page.goto(site.address + "changelog/", wait_until="networkidle")
    ask(browser_page, query)
    first = browser_page.locator(".md-search-result__item a.md-search-result__link").first
    first.wait_for(state="attached", timeout=20_000)
    found = first.evaluate("node => node.href.split(/[?#]/)[0]")
    assert found == site.address + WANTED[query]


def test_unknown_word_is_not_found(browser_page: Page, site: Site) -> None:
    browser_page.goto(site.address, wait_until="networkidle")
    ask(browser_page, "zzxxyy")
    browser_page.get_by_text("没有找到符合条件的结果").wait_for(state="attached", timeout=20_000)


def index(site: Site) -> str:
    entries = json.loads((site.folder / "search" / "search_index.json").read_text("utf-8"))["docs"]
    return "\n".join(f"{entry['title']}\n{entry['text']}" for entry in entries)


def test_index_is_segmented_and_leaves_the_terms_whole(site: Site) -> None:
    """Material does without jieba, silently, where it is not installed."""
    text = index(site)
    assert text.count("\u200b") > 1000
    assert re.search(r"[\u200b\s，。]梯度下降[\u200b\s，。]", text)


def test_index_holds_no_tex(site: Site) -> None:
    text = index(site)
    assert [sign for sign in ("\\frac", "\\theta", "\\begin") if sign in text] == []


def test_dictionary_holds_every_chinese_term_of_the_glossary() -> None:
    words = set((ROOT / "search-words.txt").read_text("utf-8").split("\n"))
    table = re.findall(r"^\| ([^|]+?) \| [^|]+? \|", (ROOT / "docs" / "glossary.md").read_text("utf-8"), re.MULTILINE)
    terms = {term for term in table if re.fullmatch(r"[\u4e00-\u9fff]{2,}", term)} - {"中文"}
    assert len(terms) >= 30
    assert sorted(terms - words) == []

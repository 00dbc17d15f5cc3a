"""The search in a real browser: the queries of data/queries.tsv on the site, docs/assets/site/search.js on small indexes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from server import Site

ROOT = Path(__file__).resolve().parents[2]
LINES = (Path(__file__).parent / "data/queries.tsv").read_text("utf-8").splitlines()
QUERIES = dict(line.split("\t") for line in LINES if not line.startswith("#"))
NOTHING = "没有找到符合条件的结果"
FIRST = ".md-search-result__item a.md-search-result__link"

# Give the search of the site an index of our own and ask it; the answer as a list of pages, each a list of its sections
ASK = """([script, docs, words, query]) => new Promise(resolve => {
  const worker = new Worker(script);
  worker.onmessage = ({data: message}) => {
    if (message.type === 1) worker.postMessage({type: 2, data: query});
    else { worker.terminate(); resolve(message.data.items); }
  };
  worker.postMessage({type: 0, data: {config: {words}, docs}});
})"""


@pytest.fixture(scope="module")
def searching(browser: Browser, site: Site) -> Iterator[Page]:
    """One page with the search open, for all queries."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True)  # waiting for a condition is `eval`
    page = context.new_page()
    page.goto(site.address + "changelog/", wait_until="networkidle")
    yield page
    context.close()


def ask(page: Page, query: str) -> None:
    """Type a query as a reader does."""
    field = page.locator("input[name=query]")
    field.click()
    field.fill("")
    page.wait_for_function(f"!document.querySelector('{FIRST}')")
    field.fill(query)


def test_forty_queries_are_asked() -> None:
    assert len(QUERIES) >= 40


@pytest.mark.parametrize("query", QUERIES)
def test_right_page_comes_first(query: str, searching: Page, site: Site) -> None:
    ask(searching, query)
    if QUERIES[query] == "-":
        searching.get_by_text(NOTHING).wait_for(state="attached", timeout=20_000)
        return
    first = searching.locator(FIRST).first
    first.wait_for(state="attached", timeout=20_000)
    found = first.evaluate("node => node.href.split(/[?#]/)[0]").removeprefix(site.address)
    beginnings = [f"labs/{name}" for name in QUERIES[query].split("|") if name != "/"]
    assert found.startswith(tuple(beginnings)) if found else "/" in QUERIES[query].split("|"), found


def doc(location: str, title: str, text: str, boost: float = 1) -> dict[str, Any]:
    return {"location": location, "title": title, "text": text, "boost": boost}


def found(page: Page, site: Site, docs: list[dict[str, Any]], query: str, words: tuple[list[str], ...] = ()) -> list[Any]:
    """Return what the search finds in an index of our own."""
    answer: list[Any] = page.evaluate(ASK, [site.address + "assets/site/search.js", docs, list(words), query])
    return answer


def places(items: list[Any]) -> list[str]:
    return [page[0]["location"] for page in items]


def test_words_typed_in_full_match(searching: Page, site: Site) -> None:
    """A stemmer cuts the words of the index and not those of the query."""
    docs = [doc("a/", "甲", "<p>A Transformer is trained on Windows.</p>"), doc("b/", "乙", "<p>nothing</p>")]
    for query in ("transformer", "Windows", "windows", "trans", "Transformers"):
        assert places(found(searching, site, docs, query)) == ["a/"], query
    assert found(searching, site, docs, "former") == []  # Latin words are found from their beginning


def test_prose_comes_before_code_and_endnotes(searching: Page, site: Site) -> None:
    docs = [
        doc("code/", "甲", f"<p>程序</p><pre><code>{'momentum = momentum + 1' * 9}</code></pre>"),
        doc("note/", "丙", f"<p>正文</p><ol><li><p>{'momentum ' * 9}\u21a9</p></li></ol>"),
        doc("prose/", "乙", "<p>说的是 momentum 这件事</p>"),
    ]
    assert places(found(searching, site, docs, "momentum"))[0] == "prose/"
    assert len(found(searching, site, docs, "momentum")) == 3


def test_words_of_one_meaning_are_found_together(searching: Page, site: Site) -> None:
    docs = [doc("a/", "甲", "<p>学习率定得太大</p>"), doc("b/", "乙", "<p>别的话</p>")]
    words = (["学习率", "学习速率", "learning rate"],)
    for query in ("学习速率", "learning rate", "Learning Rates", "怎么定学习速率"):
        assert places(found(searching, site, docs, query, words)) == ["a/"], query
    assert found(searching, site, docs, "学习速率") == []


def test_what_every_page_says_counts_once(searching: Page, site: Site) -> None:
    setting_up = "<p>在 PowerShell 里，前两行要改写成另外的样子，第三行不变。</p>"
    docs = [doc("a/", "甲", setting_up), doc("b/", "乙", setting_up * 3, boost=1.2), doc("c/", "丙", setting_up)]
    assert places(found(searching, site, docs, "PowerShell")) == ["b/"]


def test_all_words_of_a_query_are_wanted_and_the_rare_one_decides(searching: Page, site: Site) -> None:
    docs = [doc(f"{name}/", name, "<p>模型模型模型模型</p>") for name in "abcd"] + [doc("e/", "e", "<p>模型要部署</p>")]
    assert places(found(searching, site, docs, "模型 部署")) == ["e/"]
    assert places(found(searching, site, docs, "如何部署模型", (["模型"], ["部署"]))) == ["e/"]


def test_a_heading_leads_to_its_section(searching: Page, site: Site) -> None:
    docs = [doc("a/", "甲", "<p>开头</p>"), doc("a/#x", "1.2 混淆矩阵", "<p>数一数</p>"), doc("b/", "乙", "<p>混淆矩阵</p>")]
    first = found(searching, site, docs, "混淆矩阵")[0]
    assert [section["location"] for section in first] == ["a/", "a/#x"]
    assert first[1]["title"] == "1.2 <mark>混淆矩阵</mark>"


def test_what_is_found_is_shown_as_text(searching: Page, site: Site) -> None:
    docs = [doc("a/", "甲 &lt;b&gt;", "<p>写成 &lt;img src=x onerror=alert(1)&gt; 也只是字</p>")]
    [[section]] = found(searching, site, docs, "img")
    assert "<img" not in section["text"]
    assert "&#60;<mark>img</mark> src=x" in section["text"]
    assert section["title"] == "甲 &#60;b&#62;"


@pytest.mark.parametrize("query", ["zzxxyy", "鸳鸯蝴蝶", "*", "(", "\\", " ", "，。"])
def test_what_is_nowhere_is_not_found(query: str, searching: Page, site: Site) -> None:
    assert found(searching, site, [doc("a/", "甲", "<p>蝴蝶（鸳鸯）</p>")], query) == []


def test_index_holds_no_tex_and_the_words_of_the_glossary(site: Site) -> None:
    text = (site.folder / "search/pages.json").read_text("utf-8")
    assert [sign for sign in ("\\\\frac", "\\\\theta", "\\\\begin") if sign in text] == []
    groups = json.loads(text)["config"]["words"]
    assert ["梯度下降", "gradient descent"] in groups
    assert any({"准确率", "准确度", "accuracy"} <= set(group) for group in groups)

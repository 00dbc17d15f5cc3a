"""By keyboard, by ear and by the clipboard: stops and their focus, formulas read once and copied once, as TeX."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page
from selectolax.lexbor import LexborHTMLParser
from server import Site

# More stops than a page may have, and more than that in its text: what the article has now, and a few
MOST, MOST_IN_TEXT = 260, 180
# The element that has the focus: whether a ring, or itself coming out, shows it, and whether it is in sight
FOCUSED = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const shown = node.matches(".md-option") ? [...node.labels].find(label => !label.hidden) ?? node.nextElementSibling : node;
  const style = getComputedStyle(shown), box = shown.getBoundingClientRect();
  const header = document.querySelector(".md-header").getBoundingClientRect().bottom, inText = !!node.closest("article");
  return {
    name: `${node.tagName}.${node.className} ${node.textContent.trim().slice(0, 30)}`,
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 || node.matches(".md-skip, .md-search__input"),
    inSight: !inText || box.bottom > header && box.top < innerHeight,
    inText,
  };
}"""
NO_RING = "link.style.setProperty('outline', 'none', 'important')"
SELECT = "node => { getSelection().removeAllRanges(); getSelection().selectAllChildren(node); }"
# From within the drawn half of a formula to the end of its paragraph
WITHIN = """node => {
  const signs = document.createTreeWalker(node.querySelector(".katex-html"), NodeFilter.SHOW_TEXT);
  getSelection().setBaseAndExtent(signs.nextNode(), 0, node, node.childNodes.length);
}"""
REST = """node => {
  const all = node.cloneNode(true), hidden = [...node.querySelectorAll("*")].map(each => !each.checkVisibility());
  [...all.querySelectorAll("*")].forEach((each, place) => hidden[place] && each.remove());
  all.querySelectorAll(".katex").forEach(formula => formula.replaceWith("$$"));
  return all.textContent;
}"""
TEX = "node => [...node.querySelectorAll('.katex')].map(({ dataset }) => dataset.tex)"


@pytest.fixture
def article(browser_page: Page, site: Site) -> Page:
    """The article, all of it laid out, as it is a few seconds after it is loaded."""
    browser_page.goto(site.address, wait_until="networkidle")
    browser_page.wait_for_function("'whole' in document.documentElement.dataset")
    return browser_page


def walk(page: Page, patience: int = 2 * MOST) -> Iterator[dict[str, Any]]:
    """Press Tab until the page is left; what has the focus after each."""
    for _ in range(patience):
        page.keyboard.press("Tab")
        focused: dict[str, Any] | None = page.evaluate(FOCUSED)
        if focused is None:
            return
        if not focused["ring"] or not focused["inSight"]:
            page.wait_for_timeout(200)  # what comes as one comes near may still be on its way
            focused = page.evaluate(FOCUSED)
            assert focused is not None
        yield focused
    raise AssertionError(f"a trap: after {patience} stops the page is not left")


def faults(stops: list[dict[str, Any]]) -> list[str]:
    """Return what of the stops is without focus, or out of sight."""
    return [stop["name"] for stop in stops if not stop["ring"] or not stop["inSight"]]


def test_the_article_is_walked_by_keyboard_in_few_stops_each_seen(article: Page) -> None:
    stops = list(walk(article))
    assert faults(stops) == []
    assert "md-skip" in stops[0]["name"]
    assert len(stops) <= MOST
    assert 50 < sum(stop["inText"] for stop in stops) <= MOST_IN_TEXT


def test_a_stop_without_a_ring_and_a_trap_are_seen(browser_page: Page, site: Site) -> None:
    browser_page.goto(site.address + "labs/flops/", wait_until="networkidle")
    browser_page.evaluate(
        "for (const link of document.querySelectorAll('article a')) link.style.setProperty('outline', 'none', 'important')"
    )
    assert faults(list(walk(browser_page))) != []
    browser_page.evaluate("document.addEventListener('keydown', event => event.key === 'Tab' && event.preventDefault())")
    browser_page.locator("article a:visible").first.focus()
    with pytest.raises(AssertionError, match="a trap"):
        list(walk(browser_page, 9))


def test_the_first_stop_skips_to_the_text(article: Page) -> None:
    article.keyboard.press("Tab")
    article.keyboard.press("Enter")
    article.wait_for_function("location.hash && document.activeElement === document.body")
    article.keyboard.press("Tab")
    assert article.evaluate("!!document.activeElement.closest('article')")


def levels(html: str) -> tuple[list[int], str | None]:
    """Return the levels of the headings of a page's text in order, and the page's language."""
    tree = LexborHTMLParser(html)
    headings = tree.css("article :is(h1, h2, h3, h4, h5, h6)")
    return [int((node.tag or "h0")[1]) for node in headings], tree.css("html")[0].attributes.get("lang")


def test_on_a_narrow_screen_the_keyboard_opens_the_drawer_and_never_enters_a_closed_one(browser_page: Page, site: Site) -> None:
    browser_page.set_viewport_size({"width": 390, "height": 844})
    browser_page.goto(f"{site.address}glossary/")
    link = browser_page.locator(".md-sidebar--primary a").last
    button = browser_page.get_by_role("button", name="导航栏")
    button.wait_for()
    reached = next(focused for focused in walk(browser_page, 9) if focused["name"].startswith("SPAN."))
    assert reached["ring"]
    assert not link.is_visible()
    browser_page.keyboard.press("Space")
    link.wait_for(state="visible")
    assert button.get_attribute("aria-expanded") == "true"
    browser_page.keyboard.press("Space")
    link.wait_for(state="hidden")
    walked = [focused["name"] for focused in walk(browser_page, 12)]
    assert not any(name.startswith("A.md-nav__link") for name in walked)


def test_headings_are_in_order_below_one_and_the_language_is_told(site: Site) -> None:
    pages = {path: levels(path.read_text("utf-8")) for path in site.folder.rglob("*.html")}
    assert len(pages) > 30
    for path, (found, language) in pages.items():
        assert language == "zh", path
        assert found.count(1) == 1, path
        assert found[0] == 1, path
        assert [pair for pair in pairwise(found) if pair[1] > pair[0] + 1] == [], path


def read_aloud(page: Page) -> list[dict[str, Any]]:
    """Return the nodes of Chromium's accessibility tree, once it has stopped growing."""
    client = page.context.new_cdp_session(page)
    page.eval_on_selector_all("article *", "nodes => nodes.forEach(node => node.style.contentVisibility = 'visible')")
    client.send("Accessibility.enable")
    nodes: list[dict[str, Any]] = []
    for _ in range(20):
        before, nodes = len(nodes), client.send("Accessibility.getFullAXTree")["nodes"]
        if before == len(nodes):
            break
        page.wait_for_timeout(300)
    return [node for node in nodes if not node.get("ignored")]


def test_formulas_are_read_once(article: Page) -> None:
    nodes = read_aloud(article)
    shown = article.eval_on_selector_all(".katex:has(math)", "nodes => nodes.filter(node => node.checkVisibility()).length")
    assert Counter(node["role"]["value"] for node in nodes)["MathMLMath"] == shown > 15
    # As MathML, or as it is drawn
    assert article.locator(".katex:has(math) .katex-html:not([aria-hidden=true])").count() == 0
    assert article.locator(".katex:not(:has(math)) .katex-html:not([aria-hidden])").count() > 40
    assert "\\theta" not in " ".join(str(node.get("name", {}).get("value")) for node in nodes)


def copied(page: Page, where: str, select: str = SELECT) -> str:
    """Select, press the keys for copying, and return what the clipboard holds as text."""
    page.locator(where).first.evaluate(select)
    page.evaluate("navigator.clipboard.writeText('')")
    page.keyboard.press("ControlOrMeta+c")
    page.wait_for_function("async () => await navigator.clipboard.readText()")
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def test_formulas_are_copied_once_as_tex(article: Page) -> None:
    where = "article p:has(.katex)"
    formulas = article.locator(where).first.evaluate(TEX)
    text = copied(article, where)
    assert [text.count(f"${tex}$") for tex in formulas] == [1] * len(formulas)
    assert formulas
    expected = article.locator(where).first.evaluate(REST)
    for tex in formulas:
        text = text.replace(f"${tex}$", "$$", 1)
    assert text.replace("\n", "") == expected.replace("\n", "")


def test_a_displayed_formula_is_copied_with_two_signs_and_in_html_too(article: Page) -> None:
    [tex] = article.locator("article div.arithmatex").first.evaluate(TEX)
    assert copied(article, "article div.arithmatex").strip() == f"$${tex}$$"
    read = "navigator.clipboard.read().then(([item]) => item.getType('text/html')).then(blob => blob.text())"
    assert article.evaluate(read).count("$$") == 2


def test_a_selection_that_begins_within_a_formula_holds_it_whole(article: Page) -> None:
    where = "article p:has(.katex)"
    assert copied(article, where, WITHIN).startswith(f"${article.locator(where).first.evaluate(TEX)[0]}$")


def test_a_table_is_copied_in_its_rows(article: Page) -> None:
    where = "article table:has(.katex)"
    rows = article.locator(where).first.locator("tr").count()
    lines = copied(article, where).strip().split("\n")
    assert len(lines) == rows
    assert all("\t" in line for line in lines)


def test_text_without_formulas_is_copied_as_ever_and_nothing_is_left_behind(article: Page) -> None:
    assert copied(article, "article h2").startswith("1. ")
    copied(article, "article p:has(.katex)")
    assert article.locator(".copied").count() == 0

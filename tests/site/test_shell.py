"""What a page does without the theme's script: copies, follows, opens what is folded, listens to keys; the box of the search."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from server import Site

FIRST = ".md-search-result__item a.md-search-result__link"
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"
NOTHING_COPIES = "Document.prototype.execCommand = () => false"
# What is copied without the clipboard's own interface, as the browser tells it
LISTEN = "document.addEventListener('copy', () => { window.heard = document.activeElement.value })"
ACTIVE = ".md-sidebar--secondary .md-nav__link--active"
LOOKED_FOR = """[...CSS.highlights.get("looked-for") ?? []].map(
  range => [range.toString(), !!range.startContainer.parentElement.closest("article")])"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True)
    yield context.new_page()
    context.close()


def press_copy(page: Page, site: Site) -> str:
    """Press the first button that copies; return what the page says then."""
    page.goto(f"{site.address}labs/flops/")
    block = page.locator("article pre:visible").first
    block.scroll_into_view_if_needed()
    block.locator(".md-code__button").click()
    dialog = page.get_by_role("status").filter(has_text="复制")
    dialog.wait_for()
    return dialog.inner_text()


def test_where_a_site_is_not_served_by_https_code_is_copied_too(page: Page, site: Site) -> None:
    page.add_init_script(f"{NO_CLIPBOARD}; {LISTEN}")
    assert press_copy(page, site) == "已复制"
    assert page.evaluate("heard") == page.locator("article pre:visible > code").first.inner_text().rstrip()
    assert page.evaluate("document.activeElement.className") == "md-code__button"


def test_what_cannot_be_copied_is_told(page: Page, site: Site) -> None:
    page.add_init_script(f"{NO_CLIPBOARD}; {NOTHING_COPIES}")
    assert "选中代码" in press_copy(page, site)


def test_the_table_of_contents_follows_and_the_title_says_where_one_is(page: Page, site: Site) -> None:
    page.goto(site.address, wait_until="networkidle")
    assert page.locator(ACTIVE).count() == 0
    headings = page.locator("article h2").all()
    for heading in (headings[5], headings[-1], headings[2]):
        name = heading.get_attribute("id")
        page.locator(f".md-sidebar--secondary a[href='#{name}']").click()
        page.locator(f"{ACTIVE}[href='#{name}']").wait_for()
        box, listed = page.locator(ACTIVE).bounding_box(), page.locator(".md-sidebar--secondary").bounding_box()
        assert box is not None
        assert listed is not None
        assert listed["y"] < box["y"] < listed["y"] + listed["height"]
    page.locator(".md-header__title--active").wait_for()
    page.wait_for_function("'whole' in document.documentElement.dataset")  # until then what is above may still push it down
    page.mouse.move(700, 450)
    page.mouse.wheel(0, -300)
    page.get_by_role("button", name="回到页面顶部").click()
    page.wait_for_function("scrollY === 0")
    page.locator(".md-header__title:not(.md-header__title--active)").wait_for()
    assert page.locator(ACTIVE).count() == 0
    page.locator(".md-top").wait_for(state="hidden")


def test_a_link_into_what_is_folded_opens_it_and_paper_all(page: Page, site: Site) -> None:
    page.goto(f"{site.address}labs/classifier/")
    name = page.locator("details:not([open]) > *").last.evaluate("node => node.id ||= 'within'")
    inside = page.locator(f"[id='{name}']")
    assert not inside.is_visible()
    page.evaluate("name => { location.hash = name }", name)
    inside.wait_for()
    closed = page.locator("article details:not([open])")
    before = closed.count()
    assert before > 0
    page.emulate_media(media="print")
    page.wait_for_function("!document.querySelector('article details:not([open])')")
    page.emulate_media(media="screen")
    page.wait_for_function("count => document.querySelectorAll('article details:not([open])').length === count", arg=before)


def test_keys_open_the_search_and_lead_to_the_pages_beside(page: Page, site: Site) -> None:
    page.goto(f"{site.address}labs/flops/")
    following = page.locator("link[rel=next]").evaluate("node => node.href")
    page.keyboard.press("/")
    field = page.locator("input[name=query]")
    page.keyboard.type("npn")  # letters, while one types
    assert field.input_value() == "npn"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement === document.body")
    assert not page.locator("#__search").is_checked()
    page.keyboard.press("n")
    page.wait_for_url(following)


def test_found_pages_are_walked_by_arrows_and_what_was_looked_for_is_marked(page: Page, site: Site) -> None:
    page.goto(f"{site.address}errata/?q=反向传播")
    page.locator(FIRST).first.wait_for()
    assert page.url == f"{site.address}errata/"
    assert page.locator("input[name=query]").input_value() == "反向传播"
    page.keyboard.press("ArrowDown")
    assert page.evaluate(f"document.activeElement === document.querySelector('{FIRST}')")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/*?h=*")
    page.wait_for_function("CSS.highlights.size > 0")
    marked = page.evaluate(LOOKED_FOR)
    assert marked
    assert {(text, within) for text, within in marked} == {("反向传播", True)}


def test_a_word_is_completed(page: Page, site: Site) -> None:
    page.goto(f"{site.address}errata/")
    field = page.locator("input[name=query]")
    field.click()
    field.fill("梯度下")
    page.locator(".md-search__suggest", has_text="梯度下降").wait_for()
    field.press("ArrowRight")
    assert field.input_value().startswith("梯度下降")


def test_a_script_that_does_not_come_is_told(page: Page, site: Site) -> None:
    page.goto(f"{site.address}errata/", wait_until="networkidle")
    page.context.route("**/search-box.js", lambda route: route.abort())
    page.keyboard.press("/")
    page.get_by_text("搜索的程序没有取到").wait_for()


def test_an_index_that_does_not_come_is_told_and_asked_for_again(page: Page, site: Site) -> None:
    page.goto(f"{site.address}errata/")
    page.context.route("**/search/pages.json", lambda route: route.abort())
    field = page.locator("input[name=query]")
    field.click()
    field.fill("梯度")
    page.get_by_text("索引没有取到").wait_for()
    page.context.unroute("**/search/pages.json")
    field.fill("梯度下")
    page.locator(FIRST).first.wait_for()

"""axe-core finds nothing, on every page, in both palettes, on phone and desk, with search, drawer and widgets in use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from axe import SCHEMES, VIEWS, WIDTHS, violations
from playwright.sync_api import Browser, Page
from server import Site
from visiting import Scheme

# All pages in one view, some in the others; all in all views by `python tests/site/accessibility.py`
SAMPLE = ["", "labs/classifier/", "404.html"]
WIDGETS = {
    "digit": "labs/draw/",
    "descent": "labs/gradient-descent/",
    "learning": "labs/learning/",
    "account": "labs/cost/",
    "verse": "labs/verse/",
}
# What a first press of a key or a button does; the widget shows an answer after it
USED: dict[str, Callable[[Page], None]] = {
    "digit": lambda page: page.get_by_role("button", name="看一张测试图像").click(),
    "descent": lambda page: page.locator("[data-widget] input[type=range]").first.press("ArrowRight"),
    "learning": lambda page: page.locator("[data-widget] input[type=range]").first.press("Home"),
    "account": lambda page: page.get_by_role("tab", selected=True).press("ArrowRight"),
    "verse": lambda page: page.locator("[data-widget]").get_by_role("button").first.click(),
}
Opener = Callable[[str, int, Scheme], AbstractContextManager[Page]]


@pytest.fixture
def opened(browser: Browser, site: Site) -> Opener:
    """Opens a page at a width, on a phone with a finger, in a palette."""

    @contextmanager
    def at(where: str, width: int, scheme: Scheme) -> Iterator[Page]:
        phone = width == WIDTHS[0]
        context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme, has_touch=phone)
        page = context.new_page()
        page.goto(site.address + where, wait_until="networkidle")
        yield page
        context.close()

    return at


def test_no_page_has_a_violation(path: str, opened: Opener) -> None:
    with opened(path, 390, "dark") as page:
        assert violations(page) == []


@pytest.mark.parametrize("where", SAMPLE)
@pytest.mark.parametrize(("width", "scheme"), [view for view in VIEWS if view != (390, "dark")])
def test_no_page_of_the_sample_has_a_violation_in_another_view(where: str, width: int, scheme: Scheme, opened: Opener) -> None:
    with opened(where, width, scheme) as page:
        assert violations(page) == []


def search(page: Page) -> None:
    """Look for something that is found."""
    if page.viewport_size and page.viewport_size["width"] < 1000:
        page.locator(".md-header label.md-header__button[for=__search]").tap()
    else:
        page.keyboard.press("/")
    page.locator(".md-search__input").fill("梯度下降")
    page.locator(".md-search-result__item").first.wait_for()


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_the_search_has_no_violation(width: int, scheme: Scheme, opened: Opener) -> None:
    with opened("references/", width, scheme) as page:
        search(page)
        assert violations(page) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_drawer_has_no_violation(scheme: Scheme, opened: Opener) -> None:
    with opened("labs/flops/", 390, scheme) as page:
        page.locator(".md-header label.md-header__button[for=__drawer]").tap()
        page.locator(".md-nav--primary .md-nav__link:visible").first.wait_for()
        assert violations(page) == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", WIDGETS)
def test_no_widget_in_use_has_a_violation(name: str, scheme: Scheme, opened: Opener) -> None:
    with opened(WIDGETS[name], 390, scheme) as page:
        page.locator("[data-widget]").scroll_into_view_if_needed()
        page.locator("[data-widget] > *").first.wait_for()
        USED[name](page)
        page.locator("[data-widget][data-answer]").wait_for(state="attached")
        assert violations(page) == []


APPEND = "Object.assign(document.querySelector('article').appendChild(document.createElement('{tag}')), {{{properties}}})"
BROKEN = {
    "color-contrast": "document.querySelector('article h1').style.color = '#ccc'",
    "image-alt": APPEND.format(tag="img", properties=""),
    "button-name": APPEND.format(tag="button", properties=""),
    "heading-order": APPEND.format(tag="h5", properties="textContent: '小节'"),
    "html-has-lang": "document.documentElement.removeAttribute('lang')",
    "scrollable-region-focusable": APPEND.format(tag="pre", properties="textContent: '长'.repeat(99)") + ".style.overflow = 'auto'",
}


@pytest.mark.parametrize("rule", BROKEN)
def test_what_is_broken_is_found(rule: str, opened: Opener) -> None:
    with opened("labs/flops/", 390, "light") as page:
        page.evaluate(f"() => {{ {BROKEN[rule]}; }}")
        assert rule in {found.partition(":")[0] for found in violations(page)}

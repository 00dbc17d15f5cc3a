"""The quiet apparatus: numbers look like text until asked; two switches, remembered; one badge; cues on what is wide."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page
from server import Site
from visiting import Visit

WIDE = "labs/gan/"  # a formula of it is wider than a phone
NUMBER = "article p .verbatim-number[title]"
TOLD = ".told:not([hidden])"
UNDERLINED = "node => getComputedStyle(node).textDecorationLine"
STOPS = "nodes => nodes.filter(node => node.tabIndex >= 0).length"

# Formulas and tables that reach out of their box without a cue that shows
WITHOUT_CUE = """async () => {
  const told = [], near = new CSSStyleSheet();
  near.replaceSync("* { content-visibility: visible !important }");  // what is far is not laid out
  document.adoptedStyleSheets.push(near);
  for (let frames = 0; frames < 6; frames += 1) await new Promise(requestAnimationFrame);
  for (const node of document.querySelectorAll("article :is(.katex-display, table)")) {
    const box = node.closest("div.arithmatex, .md-typeset__scrollwrap");
    const shown = box && getComputedStyle(box, "::after");
    if (!box || box.scrollWidth <= box.clientWidth + 1 ? node.getBoundingClientRect().width > innerWidth
      : !node.hasAttribute("data-scroll-cue") || !shown.content.includes("左右滑动") || shown.display === "none") {
      told.push(node.textContent.slice(0, 60));
    }
  }
  document.adoptedStyleSheets.pop();
  return told;
}"""

# Columns of accuracy that begin on the screen's edge or beyond it
ACCURACY = """() => [...document.querySelectorAll("article th")]
  .filter(head => head.textContent.includes("准确率") && head.getBoundingClientRect().right > innerWidth)
  .map(head => head.closest("table").textContent.slice(0, 60))"""

# Headings whose lines end within a word: between two signs that are neither blanks nor punctuation
BROKEN = """() => {
  const broken = [];
  for (const heading of document.querySelectorAll("article :is(h1, h2, h3, h4)")) {
    const walker = document.createTreeWalker(heading, NodeFilter.SHOW_TEXT), range = document.createRange();
    let before = null;
    while (walker.nextNode()) {
      if (walker.currentNode.parentElement.closest(".headerlink, code")) continue;
      [...walker.currentNode.data].forEach((sign, place) => {
        range.setStart(walker.currentNode, place);
        range.setEnd(walker.currentNode, place + 1);
        const [box] = range.getClientRects();
        const lower = before && box && box.top > before.top + box.height / 2;
        if (lower && /[\\p{L}\\p{N}]/u.test(before.sign) && /[\\p{L}\\p{N}]/u.test(sign)) broken.push(heading.textContent);
        if (box) before = {sign, top: box.top};
      });
    }
  }
  return broken;
}"""


@pytest.fixture
def reading(browser: Browser, site: Site) -> Iterator[Page]:
    """The article on a wide screen, nothing switched on."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(site.address, wait_until="networkidle")
    yield page
    context.close()


def switch(page: Page, name: str) -> None:
    page.locator("details.verbatim-badge").evaluate("node => node.open = true")
    page.locator(f"input[name=show-{name}]").click()


def test_a_number_looks_like_text_and_tells_its_origin_to_the_pointer(reading: Page) -> None:
    number = reading.locator(NUMBER).first
    assert number.evaluate(UNDERLINED) == "none"
    told = number.get_attribute("title") or ""
    number.scroll_into_view_if_needed()
    number.hover()
    bubble = reading.locator(TOLD)
    bubble.wait_for()
    assert bubble.inner_text() == told
    assert bubble.get_attribute("role") == "tooltip"
    assert reading.locator("[data-told]:not([title])").count() == 1  # so that the browser shows no second one
    reading.mouse.move(2, 2)
    reading.locator(".told[hidden]").wait_for(state="attached")


def test_touch_asks_a_number_and_a_term(browser: Browser, site: Site) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    page.goto(site.address, wait_until="networkidle")
    for kind in (NUMBER, "article p abbr[title]"):
        asked = page.locator(kind).first
        told = asked.get_attribute("title")
        asked.scroll_into_view_if_needed()
        asked.tap()
        page.locator(TOLD).wait_for()
        assert page.locator(TOLD).inner_text() == told
        box = page.locator(TOLD).bounding_box()
        assert box
        assert 0 <= box["x"] <= 390 - box["width"]
    page.locator("article h2").first.tap()
    page.locator(".told[hidden]").wait_for(state="attached")
    context.close()


def test_numbers_are_no_stops_of_the_keyboard_until_switched_on_and_then_one_for_each_block(reading: Page) -> None:
    marks = "article :is(.verbatim-number, abbr)"
    assert reading.eval_on_selector_all(marks, STOPS) == 0
    switch(reading, "sources")
    numbers = reading.locator(NUMBER)
    assert numbers.first.evaluate(UNDERLINED) == "underline"
    inside = "node.closest('p, li, dd, table, figcaption, summary')"
    blocks = reading.eval_on_selector_all(
        marks, f"nodes => new Set(nodes.filter(node => node.tabIndex >= 0).map(node => {inside})).size"
    )
    stops = reading.eval_on_selector_all(marks, STOPS)
    assert stops == blocks > 10
    assert stops < reading.locator(marks).count() / 2


def test_arrows_move_within_a_block_and_escape_ends_it(reading: Page) -> None:
    switch(reading, "sources")
    first = reading.locator("article p:has(.verbatim-number ~ .verbatim-number) :is(.verbatim-number, abbr)[tabindex='0']").first
    first.focus()
    before = reading.locator(TOLD).inner_text()
    reading.keyboard.press("ArrowRight")
    focused = reading.evaluate("document.activeElement.dataset.told")
    assert reading.locator(TOLD).inner_text() == focused
    assert reading.evaluate("document.activeElement.tabIndex") == 0
    reading.keyboard.press("ArrowLeft")
    assert reading.locator(TOLD).inner_text() == before
    reading.keyboard.press("Escape")
    assert reading.locator(TOLD).count() == 0


@pytest.mark.parametrize("name", ["sources", "errata"])
def test_a_switch_is_remembered(name: str, reading: Page, site: Site) -> None:
    switch(reading, name)
    reading.goto(site.address + "labs/classifier/")
    reading.goto(site.address)
    reading.locator(f"body.show-{name}").wait_for(state="attached")
    switch(reading, name)
    reading.reload()
    reading.locator(f"input[name=show-{name}]").wait_for(state="attached")
    assert reading.locator(f"body.show-{name}").count() == 0


def test_errata_are_marked_only_when_switched_on(reading: Page) -> None:
    marks = reading.locator("article a.erratum")
    assert marks.count() > 10
    shown = "marks => marks.map(mark => mark.checkVisibility())"  # far from the screen too, where nothing is laid out
    assert not any(marks.evaluate_all(shown))
    switch(reading, "errata")
    reading.eval_on_selector_all("details", "nodes => nodes.forEach(node => node.open = true)")
    assert all(marks.evaluate_all(shown))


def test_a_page_has_one_badge_at_most_and_small_proofs_that_paper_leaves_out(visit: Callable[[str], Visit], path: str) -> None:
    page = visit(path).page
    badges = page.locator("details.verbatim-badge")
    shows = page.locator("article pre, article .verbatim-number").count() > 0
    assert badges.count() == (1 if shows and "notebook" not in path else 0)
    heights = page.eval_on_selector_all("details.verbatim-proof", "nodes => nodes.map(node => node.offsetHeight)")
    assert max(heights, default=0) <= 30
    page.emulate_media(media="print")
    assert not any(node.is_visible() for node in page.locator("details:is(.verbatim-proof, .verbatim-badge)").all())
    page.emulate_media(media="screen")


def test_what_is_wider_than_a_phone_says_so(visit: Callable[[str], Visit], path: str) -> None:
    page = visit(path).page
    assert page.evaluate(WITHOUT_CUE) == []


def test_no_column_of_accuracy_is_off_a_phones_screen(visit: Callable[[str], Visit], path: str) -> None:
    assert visit(path).page.evaluate(ACCURACY) == []


def test_check_of_accuracy_can_fail(browser: Browser, site: Site) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, bypass_csp=True)
    page = context.new_page()
    page.goto(site.address + "labs/privacy/", wait_until="networkidle")
    page.add_style_tag(content="article th { min-width: 8rem !important }")
    assert page.evaluate(ACCURACY) != []
    context.close()


def test_check_of_cues_can_fail(browser: Browser, site: Site) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, bypass_csp=True)
    page = context.new_page()
    page.goto(site.address + WIDE, wait_until="networkidle")
    page.evaluate(WITHOUT_CUE)
    assert page.locator("[data-scroll-cue]").count() > 0
    page.add_style_tag(content="[data-scroll-cue]::after { display: none !important }")
    assert page.evaluate(WITHOUT_CUE) != []
    context.close()


def test_no_heading_is_broken_within_a_word_on_a_phone(visit: Callable[[str], Visit], path: str) -> None:
    assert visit(path).page.evaluate(BROKEN) == []


def test_check_of_headings_can_fail(browser: Browser, site: Site) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, bypass_csp=True)
    page = context.new_page()
    page.goto(site.address)
    page.add_style_tag(content="article h2 { word-break: break-all !important; width: 9em; text-wrap: wrap !important }")
    assert page.evaluate(BROKEN) != []
    context.close()

"""验证报告 on a phone, without scripts: the result first, one row per item, which opens in place, no wider than it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page
from server import Site

REGION = "mnist_lab/classifier.py:train"
OPEN_ALL = "nodes => nodes.forEach(node => node.open = true)"
# What of the report reaches out of the screen
WIDE = """() => [...document.querySelectorAll(".verbatim-report, .verbatim-report *")]
  .filter(node => node.getBoundingClientRect().right > innerWidth + 0.5 || node.scrollWidth > innerWidth)
  .map(node => node.textContent.slice(0, 40))"""


@pytest.fixture
def phone(browser: Browser, site: Site) -> Iterator[Page]:
    """The report on a phone that runs no script."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.address}verification/")
    yield page
    context.close()


def test_the_result_is_on_the_first_screen(phone: Page) -> None:
    result = phone.locator(".verbatim-report strong")
    box = result.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 844
    assert result.inner_text().endswith("0 个跳过。")


def test_a_row_is_a_finger_high_and_opens_to_its_evidence(phone: Page) -> None:
    rows = phone.locator(".verbatim-report > details > summary")
    assert rows.count() > 50
    heights = rows.evaluate_all("nodes => nodes.map(node => node.offsetHeight)")
    assert min(heights) >= 24
    row = phone.locator(".verbatim-report > details", has=phone.locator("summary", has_text="mnist_lab/classifier.py"))
    block = row.locator(f'details[id="{REGION}"]')
    assert not block.is_visible()
    row.locator("> summary").tap()
    assert not block.locator("p").first.is_visible()
    block.locator("summary").tap()
    assert block.locator("p").first.inner_text() == "见于 labs/classifier.md"
    assert "tests/mnist_lab/test_classifier.py：" in block.inner_text()


def test_nothing_is_wider_than_the_screen_with_all_rows_open(phone: Page) -> None:
    phone.eval_on_selector_all(".verbatim-report details", OPEN_ALL)
    assert phone.evaluate(WIDE) == []
    phone.eval_on_selector_all(".verbatim-report p", "nodes => nodes.forEach(node => { node.style.whiteSpace = 'nowrap' })")
    assert phone.evaluate(WIDE) != []


def test_each_block_of_the_site_has_one_row(phone: Page, site: Site) -> None:
    from selectolax.lexbor import LexborHTMLParser

    pages = [LexborHTMLParser(path.read_text("utf-8")) for path in site.folder.rglob("index.html")]
    shown = {node.attributes["data-source"] for page in pages for node in page.css("details.verbatim-proof")}
    rows = phone.eval_on_selector_all(".verbatim-report details[id]", "nodes => nodes.map(node => node.id)")
    assert len(rows) == len(set(rows))
    assert set(rows) == shown


def test_the_quiet_line_of_a_block_leads_to_its_tests(phone: Page, site: Site) -> None:
    phone.goto(f"{site.address}labs/classifier/")
    line = phone.locator(f'details.verbatim-proof[data-source="{REGION}"]').first
    line.locator("summary").press("Enter")  # a click may miss what moves while the page above it is laid out
    link = line.get_by_role("link", name="验证报告")
    assert link.get_attribute("href") == f"../../verification/#{REGION}"
    link.press("Enter")
    phone.wait_for_url(f"{site.address}verification/#{quote(REGION, safe='/:')}")
    assert phone.locator(f'details[id="{REGION}"] > summary').is_visible()

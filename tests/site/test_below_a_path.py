"""The site below a path, as GitHub Pages keeps that of a project: built for its address, every page finds what it needs."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hosting import hosted
from playwright.sync_api import Browser, BrowserContext
from visiting import open_page

PLACES = ("", "labs/draw/", "labs/verse/", "references/")


@pytest.fixture(scope="module")
def below(
    browser: Browser, build: Callable[[Path], subprocess.CompletedProcess[str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[BrowserContext, str]]:
    folder, context = tmp_path_factory.mktemp("below") / "site", browser.new_context()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SITE_URL", "https://reader.example/rise/")
        built = build(folder)
    assert built.returncode == 0, built.stderr
    with hosted(folder, under="/rise/") as address:
        yield context, address
    context.close()


@pytest.mark.parametrize("place", PLACES)
def test_a_page_finds_all_that_it_needs(place: str, below: tuple[BrowserContext, str]) -> None:
    context, address = below
    page = context.new_page()
    visit = open_page(page, address + place)
    for widget in page.locator("[data-widget]").all():
        widget.scroll_into_view_if_needed()
        widget.locator("button:visible, input:visible, canvas:visible").first.click()
        page.wait_for_load_state("networkidle")
    page.locator("input[name=query]").fill("梯度下降")
    found = page.locator("a.md-search-result__link").first
    found.wait_for()
    assert (page.evaluate("place => new URL(place, location).href", found.get_attribute("href")) or "").startswith(address)
    assert visit.missing == []
    assert visit.console == []
    assert [url for url in visit.requests if not url.startswith((address, "data:"))] == []
    assert page.evaluate("[...document.fonts].every(font => font.status !== 'error')")
    page.close()


def test_formulas_have_their_fonts(below: tuple[BrowserContext, str]) -> None:
    context, address = below
    page = context.new_page()
    page.goto(address, wait_until="networkidle")
    # What is far from the screen is not laid out, and asks for no font by itself
    loaded = page.evaluate("async () => (await document.fonts.load('italic 16px KaTeX_Math')).map(font => font.status)")
    assert loaded == ["loaded"]
    page.close()


def test_a_lost_reader_gets_a_whole_page_and_finds_back(below: tuple[BrowserContext, str]) -> None:
    """A host answers with 404.html wherever the reader got lost, so its addresses begin at the root."""
    context, address = below
    page = context.new_page()
    page.route("**/no/such/page/", lambda route: route.fulfill(status=404, response=context.request.get(f"{address}404.html")))
    missing: list[str] = []
    page.on("response", lambda answer: missing.append(answer.url) if answer.status >= 400 else None)
    page.goto(f"{address}no/such/page/", wait_until="networkidle")
    assert missing == [f"{address}no/such/page/"]
    page.get_by_role("link", name="文章开头").click()
    assert page.url == address
    page.close()

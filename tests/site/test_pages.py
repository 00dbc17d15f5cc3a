"""Each page in a real browser: nothing from elsewhere, nothing on the console, formulas set, code to copy, readable on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page
from server import Site
from visiting import Visit

# The words of the page outside code, formulas and the dialogue of the search
PROSE = """() => {
  const copy = document.querySelector("article").cloneNode(true);
  copy.querySelectorAll("pre, code, .katex, script, style").forEach(node => node.remove());
  return copy.textContent;
}"""


def test_no_page_is_forgotten(site: Site, paths: list[str]) -> None:
    built = {path.parent.relative_to(site.folder).as_posix() for path in site.folder.rglob("index.html")}
    assert built == {path.rstrip("/") or "." for path in paths}
    assert len(paths) >= 8


def test_every_request_stays_at_home_and_is_answered(visit: Callable[[str], Visit], site: Site, path: str) -> None:
    seen = visit(path)
    assert [url for url in seen.requests if not url.startswith((site.address, "data:"))] == []
    assert seen.missing == []
    assert len(seen.requests) >= 5


def test_console_stays_empty(visit: Callable[[str], Visit], path: str) -> None:
    assert visit(path).console == []


def test_no_maths_script_reaches_the_reader(visit: Callable[[str], Visit], path: str) -> None:
    page = visit(path).page
    scripts = page.eval_on_selector_all("script", "nodes => nodes.map(node => node.src + ' ' + node.type + ' ' + node.text)")
    assert [script for script in scripts if "katex" in script.lower() or "mathjax" in script.lower() or "math/tex" in script] == []
    assert page.evaluate("typeof katex + typeof MathJax") == "undefinedundefined"


def test_formulas_are_set_and_no_tex_is_left_raw(visit: Callable[[str], Visit], path: str) -> None:
    page = visit(path).page
    assert page.locator(".katex").count() == page.locator(".katex[data-tex] > .katex-html").count()
    prose = page.evaluate(PROSE)
    assert [sign for sign in ("\\(", "\\[", "$") if sign in prose] == []


def test_fits_a_phone(visit: Callable[[str], Visit], path: str) -> None:
    page = visit(path).page
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    # What is wider than the screen lies in a box that scrolls, so that nothing is cut off
    cut = page.evaluate("""() => {
      const scrolls = node => ["auto", "scroll"].includes(getComputedStyle(node).overflowX);
      const inside = node => node.closest("svg, .katex-mathml") || scrolls(node)
        || (node.parentElement && inside(node.parentElement));
      return [...document.querySelectorAll("article *")].filter(node => node.getBoundingClientRect().right > 391 && !inside(node))
        .map(node => node.outerHTML.slice(0, 120));
    }""")
    assert cut == []


def test_has_one_title_and_a_language(visit: Callable[[str], Visit], path: str) -> None:
    page = visit(path).page
    assert page.locator("article h1").count() == 1
    assert page.locator("html").get_attribute("lang") == "zh"
    assert page.title().count("大模型创业公司崛起之路") == 1


@pytest.mark.parametrize("where", ["", "labs/classifier/", "labs/classifier-notebook/"])
def test_each_block_can_be_copied_when_it_comes_near(where: str, visit: Callable[[str], Visit]) -> None:
    page = visit(where).page
    page.eval_on_selector_all("details", "nodes => nodes.forEach(node => node.open = true)")  # and closed again, for other tests
    blocks = page.locator("article pre > code")
    for block in blocks.all():
        block.scroll_into_view_if_needed()
    page.wait_for_function("count => document.querySelectorAll('article pre > .md-code__nav').length === count", arg=blocks.count())
    buttons = page.locator("article .md-code__button[data-md-type='copy']")
    assert buttons.count() == page.locator("article pre").count()
    page.eval_on_selector_all("details", "nodes => nodes.forEach(node => node.open = false)")


def test_article_has_its_formulas_and_its_code(visit: Callable[[str], Visit]) -> None:
    page = visit("").page
    assert page.locator(".katex").count() >= 20
    assert page.locator("article pre").count() >= 2
    assert [f"{number}." for number in range(1, 10)] == [
        text.split()[0] for text in page.locator("article h2").all_inner_texts()[:9]
    ]


def test_formulas_are_set_with_the_style_sheet_of_their_version(visit: Callable[[str], Visit]) -> None:
    """KaTeX's own mark of a style sheet that does not fit is a subscript as large as its letter."""
    page = visit("").page
    sizes = page.evaluate("""() => {
      const small = document.querySelector(".katex-html .reset-size6.size3");
      return [parseFloat(getComputedStyle(small).fontSize), parseFloat(getComputedStyle(small.closest(".katex")).fontSize)];
    }""")
    assert sizes[0] < 0.8 * sizes[1]
    assert page.evaluate("document.fonts.check('16px KaTeX_Math')")


def test_text_is_set_in_the_readers_chinese_fonts(visit: Callable[[str], Visit]) -> None:
    page = visit("").page
    fonts = page.eval_on_selector("article h2 + p", "node => getComputedStyle(node).fontFamily")
    assert fonts.startswith('"PingFang SC"')
    size, height = page.eval_on_selector(
        "article h2 + p", "node => [getComputedStyle(node).fontSize, getComputedStyle(node).lineHeight].map(parseFloat)"
    )
    assert 16 <= size <= 18
    assert 1.7 <= height / size <= 1.9


def test_line_holds_about_forty_characters(browser_page: Page, site: Site) -> None:
    browser_page.goto(site.address)
    width, size = browser_page.eval_on_selector(
        "article > p", "node => [node.clientWidth, parseFloat(getComputedStyle(node).fontSize)]"
    )
    assert 37 <= width / size <= 42

"""The site on paper, printed by Chromium with the dark palette chosen: few pages, light, whole, without what one presses.

Tests scripts/make_pdf.py too.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from loading import module_of
from playwright.sync_api import Browser, Page
from server import Site

ROOT = Path(__file__).resolve().parents[2]
ARTICLE, LAB = 24, 14  # pages of A4, at most
INSIDE, SHEET = 665, 970  # CSS pixels between the margins of A4, from side to side and from top to foot
CHOSEN = """localStorage.setItem("/.__palette", JSON.stringify({index: 2, color: {media: "(prefers-color-scheme: dark)",
  scheme: "slate", primary: "custom", accent: "custom"}}));"""
WIDE = """() => [...document.querySelectorAll("article *")]
  .filter(node => !node.closest("svg, .katex-mathml") && node.getBoundingClientRect().right > innerWidth + 1)
  .map(node => node.outerHTML.slice(0, 120))"""
# What is drawn in a light colour on paper: brightness from 0 to 1 of the words' colours
PALE = """() => {
  const weigh = parts => (0.3 * parts[0] + 0.6 * parts[1] + 0.1 * parts[2]) / 255;
  const bright = colour => weigh(colour.match(/[\\d.]+/g).map(Number));
  return [...document.querySelectorAll("article :is(h1, h2, p, li, td, th, code, code *, a, summary, figcaption, text)")]
    .filter(node => node.checkVisibility() && node.textContent.trim())
    .map(node => [node, getComputedStyle(node)])
    .filter(([node, style]) => bright(node.tagName === "text" ? style.fill : style.color) > 0.55)
    .map(([node, style]) => `${style.color} ${node.outerHTML.slice(0, 100)}`);
}"""
HEIGHT, SCHEME = "document.documentElement.scrollHeight", "document.body.dataset.mdColorScheme"
GROUNDS = "['html', 'body'].map(name => getComputedStyle(document.querySelector(name)).backgroundColor)"
SEEN = "node => node.checkVisibility({visibilityProperty: true})"
PRESSED = (
    ".md-header, .md-sidebar, .md-footer, .md-code__button, .headerlink, .md-top, .md-passed, canvas, article button, article input"
)
PROOFS = "details.verbatim-proof, details.verbatim-badge"


@pytest.fixture(scope="module")
def make_pdf() -> ModuleType:
    return module_of(ROOT / "scripts/make_pdf.py")


@pytest.fixture(scope="module")
def paper(browser: Browser) -> Iterator[Page]:
    """A page as wide as the paper between its margins, with the dark palette chosen."""
    context = browser.new_context(viewport={"width": INSIDE, "height": 1000}, color_scheme="dark", bypass_csp=True)
    context.add_init_script(CHOSEN)
    page = context.new_page()
    page.emulate_media(media="print")
    yield page
    context.close()


@dataclass
class Printed:
    """What a page is on paper; its height in sheets, were it cut anywhere."""

    sheets: float
    scheme: str
    grounds: list[str]
    pale: list[str]
    wide: list[str]
    pressed: list[str]


@pytest.fixture(scope="module")
def printed(paper: Page, site: Site) -> Callable[[str], Printed]:
    """Looks at a page on paper, at the same one only once."""

    @functools.cache
    def at(path: str) -> Printed:
        show(paper, site, path)
        sheets, scheme, grounds = (paper.evaluate(script) for script in (HEIGHT, SCHEME, GROUNDS))
        pale, wide = paper.evaluate(PALE), paper.evaluate(WIDE)
        return Printed(sheets / SHEET, scheme, grounds, pale, wide, seen(paper, PRESSED, PROOFS))

    return at


def show(page: Page, site: Site, path: str) -> None:
    page.goto(site.address + path, wait_until="load")
    page.evaluate("document.querySelectorAll('article details').forEach(node => node.open = true)")  # as the theme does


def seen(page: Page, *selectors: str) -> list[str]:
    """Return what of these is shown."""
    script = f"nodes => nodes.filter({SEEN}).map(node => node.outerHTML.slice(0, 120))"
    shown: list[str] = page.eval_on_selector_all(", ".join(selectors), script)
    return shown


def test_the_article_and_the_labs_take_few_pages(
    make_pdf: ModuleType, printed: Callable[[str], Printed], paper: Page, site: Site, tmp_path: Path
) -> None:
    """What would not fill two thirds of the sheets allowed, cut anywhere, is not printed: no cut moves a third of a sheet."""
    labs = [place for place in make_pdf.places_of(site.folder) if place != make_pdf.ARTICLE]
    assert len(labs) >= 20
    long = [place for place in labs if printed(f"{place}/").sheets > LAB * 2 / 3]
    pages = {place: make_pdf.print_to(paper, site.address, place, tmp_path / "x.pdf") for place in (make_pdf.ARTICLE, *long)}
    assert 1 <= pages.pop(make_pdf.ARTICLE) <= ARTICLE
    assert {place: count for place, count in pages.items() if count > LAB} == {}


def test_a_page_that_is_not_there_is_told(make_pdf: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert make_pdf.main(["labs/nothing"]) == 2
    assert capsys.readouterr().err.startswith("make_pdf: no page labs/nothing; expected some of: article")


def test_paper_is_light_and_its_ink_dark(printed: Callable[[str], Printed], path: str) -> None:
    page = printed(path)
    assert page.scheme == "slate"
    assert page.grounds == ["rgb(255, 255, 255)"] * 2
    assert page.pale == []


def test_nothing_is_wider_than_the_paper(printed: Callable[[str], Printed], path: str) -> None:
    assert printed(path).wide == []


def test_nothing_to_press_and_no_proof_is_printed(printed: Callable[[str], Printed], path: str) -> None:
    assert printed(path).pressed == []


def test_the_recorded_figure_stands_for_a_widget_in_use(paper: Page, site: Site) -> None:
    paper.emulate_media(media="screen")
    paper.goto(site.address + "labs/draw/", wait_until="networkidle")
    widget = paper.locator("[data-widget=digit]")
    widget.scroll_into_view_if_needed()
    widget.locator("canvas").wait_for()
    recorded = paper.locator("[data-widget=digit] + figure svg")
    assert recorded.evaluate(SEEN)  # till there is an answer, which takes its place
    widget.get_by_role("button", name="看一张测试图像").click()
    paper.wait_for_function("() => document.querySelector('[data-answer]')")
    assert not recorded.evaluate(SEEN)
    paper.emulate_media(media="print")
    assert recorded.evaluate(SEEN)
    assert not widget.evaluate(SEEN)


def test_addresses_are_printed_where_a_link_leads_away(paper: Page, site: Site) -> None:
    show(paper, site, "references/")
    told = "node => getComputedStyle(node, '::after').content"
    away = paper.locator("article a[href^=http]").all()
    assert len(away) >= 5
    for link in away[:5]:
        assert (link.get_attribute("href") or "-") in link.evaluate(told)
    show(paper, site, "")
    within = paper.locator("article p a:not([href^=http])").first
    assert within.evaluate(told) in ("none", "normal")


def test_checks_of_paper_can_fail(paper: Page, site: Site) -> None:
    show(paper, site, "labs/draw/")
    paper.add_style_tag(content="@media print { article pre { width: 60rem } article p { color: #ddd !important } }")
    assert paper.evaluate(WIDE) != []
    assert paper.evaluate(PALE) != []
    paper.add_style_tag(content=".headerlink { display: inline !important }")
    assert seen(paper, PRESSED) != []

"""What a page costs a phone, in what is the same on every machine: requests, bytes, elements, shifts, blocks laid out at once."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route
from selectolax.lexbor import LexborHTMLParser
from server import Site, serve

# Limits, each a little above what the site needs; with the fonts of its formulas, which come when the first one is near
REQUESTS, BYTES, WITH_FONTS = 9, 110_000, 130_000
ELEMENTS = {"": 5_922, "labs/growth/": 6_100, "verification/": 5_000}
SHIFT = 0.02  # a fifth of what Web Vitals calls good
SHIFTS = """new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted = (window.shifted ?? 0) + entry.value;
}).observe({type: "layout-shift", buffered: true});"""
# Blocks of the page, and those of them that the browser has laid out
LAID_OUT = """() => {
  const blocks = [...document.querySelectorAll(":is(.md-content__inner > :is(p, ul, ol, figure), .highlight > pre)")];
  const seen = blocks.filter(node => node.firstElementChild?.checkVisibility({contentVisibilityAuto: true}));
  return [seen.length, blocks.filter(node => node.firstElementChild).length];
}"""
DRAWN = "[...document.querySelectorAll('.md-sidebar--primary a')].filter(link => link.checkVisibility()).length"  # the drawer's
# Come near everything once, then back to the top
SEE_ALL = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  for (let at = 0; at < document.documentElement.scrollHeight; at += 400) { scrollTo(0, at); await frame(); await frame(); }
  scrollTo(0, 0);
  await frame();
}"""
FONTS = "document.fonts.status === 'loaded' && [...document.fonts].filter(font => font.status === 'loaded').length > 1"
TOP = "document.querySelector('article h2:nth-of-type(6)').getBoundingClientRect().top"
HEIGHTS = "() => [...document.querySelectorAll('.md-content__inner > *')].map(node => [node.tagName, node.offsetHeight])"
# Where what the article begins with ends: what one writes on, the recorded figure, the first line of verse
BEGINNING = """() => {
  const verse = document.createRange();
  verse.selectNodeContents(document.querySelector(".verse"));
  const places = ["h1", ".doors", ".digit-field", ".digit-buttons", "#fig-drawn"].map(name => document.querySelector(name));
  return [...places.map(node => node.getBoundingClientRect()), verse.getClientRects()[0]].map(box => box.bottom);
}"""
# A class that comes late, and a rule for whatever is below it
STYLING = """<style>.late :not([class]) > :last-child { margin: 0 }</style>
  <script>addEventListener("load", () => document.documentElement.classList.add("late"))</script>"""
SEEN = "[...document.querySelectorAll('*')].filter(node => node.checkVisibility({contentVisibilityAuto: true})).length"
WITHOUT = "for (const n of document.querySelectorAll('.md-content__inner *')) n.style.contentVisibility = 'visible'"


@dataclass
class Load:
    """A page as a phone loads it: the files that it asked for, with their sizes as a server sends them."""

    page: Page
    files: dict[str, int] = field(default_factory=dict)


@pytest.fixture
def load(browser: Browser) -> Iterator[Callable[[Path, str], Load]]:
    """Loads a page of a site's folder, from nothing; `idle`: also what it does once there is nothing else to do."""
    contexts: list[Any] = []
    servers = []

    def go(folder: Path, path: str = "", idle: bool = True) -> Load:
        server = serve(folder)
        servers.append(server)
        address = server.__enter__()
        contexts.append(
            browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, bypass_csp=True)
        )
        page = contexts[-1].new_page()
        page.add_init_script(SHIFTS if idle else f"{SHIFTS} window.requestIdleCallback = () => 0;")
        loaded = Load(page)
        page.on("request", lambda request: loaded.files.update([sent(folder, request.url)]))
        page.goto(address + path, wait_until="networkidle")
        return loaded

    yield go
    for context in contexts:
        context.close()
    for server in servers:
        server.__exit__(None, None, None)


def sent(folder: Path, url: str) -> tuple[str, int]:
    """Return the file behind an address, and its size as sent: fonts and pictures are compressed as they are."""
    name = unquote(urlsplit(url).path).lstrip("/")
    name = name if name and not name.endswith("/") else f"{name}index.html"
    content = (folder / name).read_bytes()
    return name, len(content) if name.endswith((".woff2", ".png")) else len(gzip.compress(content, 9))


@pytest.fixture
def broken(site: Site, tmp_path: Path) -> Callable[[str, str], Path]:
    """Makes a copy of the article's folder in which the page, or a style sheet, is another."""

    def make(name: str, text: str) -> Path:
        for part in ("assets", "search"):
            (tmp_path / part).symlink_to(site.folder / part)
        (tmp_path / "index.html").write_text((site.folder / "index.html").read_text("utf-8").replace(name, text), "utf-8")
        return tmp_path

    return make


def too_much(loaded: Load) -> list[str]:
    """Return what of a first load is over its limit."""
    requests, size = len(loaded.files), sum(loaded.files.values())
    return [*([f"{requests} requests"] if requests > REQUESTS else []), *([f"{size} bytes"] if size > BYTES else [])]


def test_the_article_loads_with_few_requests_and_bytes(load: Callable[..., Load], site: Site) -> None:
    loaded = load(site.folder)
    assert too_much(loaded) == [], loaded.files
    assert "search/pages.json" not in loaded.files
    assert len([name for name in loaded.files if name.endswith(".css")]) == 1
    loaded.page.wait_for_function(FONTS)
    assert len(loaded.files) <= REQUESTS + 4
    assert sum(loaded.files.values()) <= WITH_FONTS, loaded.files


def test_a_page_that_loads_its_index_at_once_is_too_much(load: Callable[..., Load], broken: Callable[[str, str], Path]) -> None:
    loaded = load(broken("</head>", '<link rel="preload" as="fetch" crossorigin href="search/pages.json"></head>'))
    assert [told for told in too_much(loaded) if told.endswith("bytes")] != []


def test_the_index_comes_when_the_search_is_opened(load: Callable[..., Load], site: Site, tmp_path: Path) -> None:
    for part in ("assets", "index.html"):
        (tmp_path / part).symlink_to(site.folder / part)
    (tmp_path / "search").mkdir()
    page = load(tmp_path).page
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.wait_for_timeout(1000)
    shutil.copy(site.folder / "search/pages.json", tmp_path / "search")  # asked for before, it would not be there
    page.locator("label.md-header__button[for=__search]").tap()
    page.locator("input[name=query]").fill("梯度下降")
    page.locator(".md-search-result__item").first.wait_for()
    assert told == []


@pytest.mark.parametrize("name", ELEMENTS)
def test_pages_have_few_elements(name: str, site: Site) -> None:
    tree = LexborHTMLParser((site.folder / name / "index.html").read_text("utf-8"))
    assert len(tree.css("*")) <= ELEMENTS[name]


def test_only_what_is_near_is_laid_out(load: Callable[..., Load], site: Site, broken: Callable[[str, str], Path]) -> None:
    page = load(site.folder, idle=False).page
    seen, blocks = page.evaluate(LAID_OUT)
    assert blocks > 50
    assert 0 < seen < blocks / 4, (seen, blocks)
    assert page.evaluate(DRAWN) == 0
    everything = "<style>.md-content__inner * { content-visibility: visible !important } .md-sidebar * { display: flex !important }"
    page = load(broken("</head>", f"{everything}</style></head>"), idle=False).page
    seen, blocks = page.evaluate(LAID_OUT)
    assert seen > 0.8 * blocks, (seen, blocks)
    assert page.evaluate(DRAWN) > 20


def counted(page: Page, act: Callable[[], object]) -> int:
    """Return of how many elements a browser works out the style while something is done, each as often as it does so."""
    devtools, told = page.context.new_cdp_session(page), list[dict[str, Any]]()
    devtools.on("Tracing.dataCollected", lambda message: told.extend(message["value"]))
    devtools.send("Tracing.start", {"categories": "devtools.timeline", "transferMode": "ReportEvents"})
    act()
    devtools.send("Tracing.end")
    page.wait_for_timeout(500)
    return sum(event["args"]["elementCount"] for event in told if event["name"] == "UpdateLayoutTree" and "args" in event)


def styled(page: Page) -> float:
    """Return how often a browser works out the style of an element that can be seen, on average, while a page is loaded again.

    The site's script comes late, as it does by a slow network: what it changes is there already.
    """
    address = page.url

    def late(route: Route) -> None:
        page.wait_for_timeout(500)
        route.continue_()

    page.route("**/shell.js", late)
    page.goto("about:blank")
    count = counted(page, lambda: page.goto(address, wait_until="networkidle"))
    return float(count / page.evaluate(SEEN))


def test_a_page_is_styled_once_while_it_loads(load: Callable[..., Load], site: Site, broken: Callable[[str, str], Path]) -> None:
    assert styled(load(site.folder, idle=False).page) < 2
    assert styled(load(broken("</head>", f"{STYLING}</head>"), idle=False).page) > 2


def search_opened(page: Page) -> int:
    """Open the search, once all is laid out; return of how many elements the style is worked out."""
    page.wait_for_function("'whole' in document.documentElement.dataset")

    def tap() -> None:
        page.locator("label.md-header__button[for=__search]").tap()
        page.locator("input[name=query]:focus").wait_for()
        page.wait_for_timeout(300)

    return counted(page, tap)


def test_to_open_the_search_styles_the_search_alone(
    load: Callable[..., Load], site: Site, broken: Callable[[str, str], Path]
) -> None:
    assert search_opened(load(site.folder).page) < 500
    restyling = "<style>[data-md-toggle=search]:checked ~ .md-container :first-child { color: inherit }</style>"
    assert search_opened(load(broken("</head>", f"{restyling}</head>")).page) > 2000


@pytest.mark.parametrize("where", ["", "labs/cost/", "labs/draw/", "labs/gradient-descent/", "labs/verse/"])
def test_nothing_jumps_while_a_page_loads(where: str, load: Callable[..., Load], site: Site) -> None:
    page = load(site.folder, where).page
    page.wait_for_function("() => [...document.querySelectorAll('[data-widget]')].some(node => node.firstChild)")
    assert page.evaluate("window.shifted ?? 0") < SHIFT


def test_what_comes_late_into_a_page_is_seen_to_shift_it(load: Callable[..., Load], broken: Callable[[str, str], Path]) -> None:
    late = load(broken("<h1", '<img class="late" alt=""><h1'))
    late.page.evaluate("document.querySelector('.late').style.cssText = 'display: block; height: 300px'")
    late.page.wait_for_function(f"(window.shifted ?? 0) > {SHIFT}")


def test_a_phone_begins_with_field_and_verse_and_an_answer_moves_neither(load: Callable[..., Load], site: Site) -> None:
    page = load(site.folder).page
    field = page.locator("[data-widget=digit] canvas")
    field.wait_for()
    begun = page.evaluate(BEGINNING)
    assert begun == sorted(begun)
    assert begun[-1] < 844
    figure = page.locator("#fig-drawn")
    assert figure.is_visible()
    field.tap()
    page.wait_for_function("() => document.querySelector('[data-answer]')")
    assert not figure.is_visible()
    assert page.locator(".digit-told").is_visible()
    assert page.evaluate(BEGINNING) == begun
    page.add_style_tag(content="[data-answer] { margin-bottom: 2em !important }")
    assert page.evaluate(BEGINNING) != begun


@pytest.mark.parametrize("where", ["", "labs/classifier/", "errata/"])
def test_what_was_far_is_as_high_as_without_waiting(where: str, load: Callable[..., Load], site: Site) -> None:
    page = load(site.folder, where, idle=False).page
    page.evaluate(SEE_ALL)
    page.wait_for_timeout(300)
    waited = page.evaluate(HEIGHTS)
    page.evaluate(WITHOUT)
    page.wait_for_timeout(300)
    assert page.evaluate(HEIGHTS) == waited


@pytest.mark.parametrize("whole", [False, True], ids=["at once", "once all is laid out"])
def test_links_to_sections_lead_there(whole: bool, load: Callable[..., Load], site: Site) -> None:
    page = load(site.folder).page
    names = page.eval_on_selector_all("article :is(h2, h3)[id]", "nodes => nodes.map(node => node.id)")
    assert len(names) > 20
    if whole:
        page.wait_for_function("'whole' in document.documentElement.dataset")
    for name in names[::-3]:
        page.evaluate("name => document.querySelector(`a.md-nav__link[href='#${name}']`).click()", name)
        place = "name => { const { top } = document.getElementById(name).getBoundingClientRect(); return top >= 0 && top < 140 }"
        page.wait_for_function(place, arg=name, timeout=5_000)


def test_all_is_laid_out_soon_and_what_one_reads_stays_where_it_is(load: Callable[..., Load], site: Site) -> None:
    page = load(site.folder).page
    assert page.evaluate("'whole' in document.documentElement.dataset") is False
    page.evaluate("document.querySelector('article h2:nth-of-type(6)').scrollIntoView()")
    page.wait_for_timeout(500)
    before = page.evaluate(TOP)
    page.wait_for_function("'whole' in document.documentElement.dataset")
    page.wait_for_timeout(200)
    assert abs(page.evaluate(TOP) - before) < 2
    seen, blocks = page.evaluate(LAID_OUT)
    assert seen > 0.8 * blocks
    heard = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    formulas = [node for node in heard if node.get("role", {}).get("value") == "MathMLMath"]
    assert len(formulas) > 15

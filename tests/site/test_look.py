"""What the eye meets: contrast in both palettes, the 404 page, the palette's switch, paper."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page
from server import Site
from visiting import Scheme

# Every text that shows, with its colour and the ground below it; WCAG 2.2, 1.4.3
CONTRAST = """() => {
  const parse = text => {
    const [r, g, b, a] = text.match(/[\\d.]+/g).map(Number), scale = text.startsWith("color(") ? 255 : 1;
    return [r * scale, g * scale, b * scale, a ?? 1];
  };
  const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const ground = node => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255, 1]);
  };
  const linear = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = colour => {
    const [r, g, b] = colour.map(v => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faint = [];
  let count = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement, style = getComputedStyle(node);
    if (!walker.currentNode.data.trim() || !node.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
    const unseen = "script, style, svg, .katex-mathml, .md-skip, .headerlink, .md-dialog, .md-search__output, .md-overlay";
    if (node.closest(unseen)) continue;
    const under = ground(node), ink = over(parse(style.color), under), size = parseFloat(style.fontSize);
    const [a, b] = [light(ink), light(under)].sort((x, y) => y - x), ratio = (a + 0.05) / (b + 0.05);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    count += 1;
    const words = walker.currentNode.data.trim().slice(0, 30);
    if (ratio < (large ? 3 : 4.5)) faint.push(`${ratio.toFixed(2)} ${node.tagName}.${node.className} ${words}`);
  }
  return {count, faint};
}"""

# What is far has its ink only once it is laid out, and some colours change in time
SETTLED = """async () => {
  const near = new CSSStyleSheet();
  near.replaceSync("*, ::before, ::after { content-visibility: visible !important; transition: none !important }");
  document.adoptedStyleSheets.push(near);
  for (let frames = 0; frames < 6; frames += 1) await new Promise(requestAnimationFrame);
}"""


# One page of each kind
KINDS = ["", "labs/classifier/", "labs/classifier-notebook/", "errata/", "references/", "verification/"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("where", KINDS)
def test_all_text_has_contrast(scheme: Scheme, where: str, browser: Browser, site: Site) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(site.address + where, wait_until="networkidle")
    page.eval_on_selector_all("details", "nodes => nodes.forEach(node => node.open = true)")
    page.evaluate(SETTLED)
    seen = page.evaluate(CONTRAST)
    context.close()
    assert seen["faint"] == []
    assert seen["count"] >= 20


def test_contrast_check_can_fail(browser_page: Page, site: Site) -> None:
    browser_page.goto(site.address)
    browser_page.add_style_tag(content="article p { color: #aaa }")
    assert browser_page.evaluate(CONTRAST)["faint"] != []


SCHEME = "[document.body.dataset.mdColorScheme, document.documentElement.style.colorScheme, localStorage.length]"
SWITCH = "label[for^=__palette]:visible"


@pytest.mark.parametrize(("system", "first"), [("light", "default"), ("dark", "slate")])
def test_palette_follows_the_system_until_the_reader_chooses(system: Scheme, first: str, browser: Browser, site: Site) -> None:
    context = browser.new_context(color_scheme=system)
    page = context.new_page()
    page.goto(site.address, wait_until="networkidle")
    assert page.evaluate(SCHEME) == [first, system, 0]
    other: Scheme = "dark" if system == "light" else "light"
    page.emulate_media(color_scheme=other)
    page.wait_for_function("scheme => document.documentElement.style.colorScheme === scheme", arg=other)
    assert page.evaluate(SCHEME)[2] == 0
    seen = []
    for _ in range(3):
        page.locator(SWITCH).click()
        seen.append(page.evaluate(SCHEME))
    assert seen == [["default", "light", 1], ["slate", "dark", 1], [page.evaluate(SCHEME)[0], other, 1]]
    page.locator(SWITCH).click()
    page.reload()
    assert page.evaluate(SCHEME)[:2] == ["default", "light"]
    page.locator("[name=__palette]:checked").press("Enter")
    assert page.evaluate(SCHEME)[:2] == ["slate", "dark"]
    assert page.locator("meta[name=theme-color]").get_attribute("content") not in {None, ""}
    context.close()


def test_a_page_is_dark_before_any_other_script_has_come(browser: Browser, site: Site) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.route("**/*.js", lambda route: route.abort())
    page.goto(site.address)
    assert page.evaluate(SCHEME) == ["slate", "dark", 0]
    context.close()


def test_unknown_address_gets_a_chinese_page_with_a_way_back(browser_page: Page, site: Site) -> None:
    browser_page.goto(site.address + "404.html", wait_until="networkidle")
    assert browser_page.locator("article h1").inner_text() == "没有这一页"
    browser_page.get_by_role("link", name="文章开头").click()
    browser_page.wait_for_url(site.address)


def test_paper_is_white_even_from_the_dark_palette(browser: Browser, site: Site) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(site.address, wait_until="networkidle")
    page.emulate_media(media="print", color_scheme="dark")
    colour = "node => getComputedStyle(node).{}"
    assert page.eval_on_selector("body", colour.format("backgroundColor")) == "rgb(255, 255, 255)"
    assert page.eval_on_selector("article h1", colour.format("color")) == "rgb(0, 0, 0)"
    assert page.eval_on_selector("article pre code", colour.format("backgroundColor")) == "rgb(255, 255, 255)"
    assert page.locator(".md-code__nav").first.is_hidden()
    durations = "nodes => nodes.map(node => getComputedStyle(node).transitionDuration)"
    assert set(page.eval_on_selector_all("*", durations)) == {"0s"}
    context.close()


COLUMNS = """code => {
  const style = getComputedStyle(code), pen = document.createElement("canvas").getContext("2d");
  pen.font = style.font;
  const width = code.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  return width / (pen.measureText("0".repeat(100)).width / 100);
}"""


def test_code_has_a_hundred_columns_on_a_wide_screen_and_the_text_forty_characters(browser: Browser, site: Site) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(site.address + "labs/classifier/", wait_until="networkidle")
    assert min(page.eval_on_selector_all("article > .highlight code", f"nodes => nodes.map({COLUMNS})")) >= 99
    selectors = ("article > p", "article > .highlight", ".md-sidebar--secondary")
    boxes = [box for selector in selectors if (box := page.locator(selector).first.bounding_box())]
    text, code, contents = boxes
    assert text["width"] < 45 * 17
    assert text["x"] == code["x"]
    assert code["x"] + code["width"] <= contents["x"]
    context.close()

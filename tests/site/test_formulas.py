"""Formulas as the site shows them have every sign where KaTeX puts it, with far fewer elements. Tests `katex_thin.mjs` too."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from browsing import NODE
from playwright.sync_api import Browser
from selectolax.lexbor import LexborHTMLParser
from server import Site

from verbatim.pages.katex import KATEX, KATEX_PROCESS

# What KaTeX itself makes of the formulas on standard input
AS_IT_COMES = f"""
import katex from {json.dumps((KATEX / "dist/katex.mjs").as_uri())};
const formulas = JSON.parse(require("fs").readFileSync(0, "utf-8"));
const trust = true, strict = "ignore";
console.log(JSON.stringify(formulas.map(([tex, displayMode]) => katex.renderToString(tex, {{displayMode, trust, strict}}))));
""".replace('require("fs")', "(await import('node:fs'))")
# Each sign with its box, from the left of its line and the top of its paragraph, and the paragraph's height
PLACES = """htmls => {
  const article = document.querySelector("article");
  return htmls.map(html => {
    const line = document.createElement("p");
    line.innerHTML = `字${html}字`;
    article.replaceChildren(line);
    const from = line.getBoundingClientRect(), signs = [], drawn = line.querySelector(".katex-html");
    const walker = document.createTreeWalker(drawn, NodeFilter.SHOW_TEXT), range = document.createRange();
    while (walker.nextNode()) {
      const {data} = walker.currentNode;
      for (let place = 0; place < data.length; place += 1) {
        if (data[place] === "\\u200b") continue;
        range.setStart(walker.currentNode, place);
        range.setEnd(walker.currentNode, place + 1);
        const {left, right, top, bottom} = range.getBoundingClientRect();
        signs.push([data[place], left - from.left, right - from.left, top - from.top, bottom - from.top]);
      }
    }
    range.selectNodeContents(line.lastChild);
    signs.push(["behind", range.getBoundingClientRect().left - from.left, from.height]);
    signs.sort(([a, ...x], [b, ...y]) => a < b ? -1 : a > b ? 1 : x[0] + x[2] - y[0] - y[2]);
    return {signs, elements: drawn.querySelectorAll("*").length};
  });
}"""
NEAR = 0.35  # pixels, at 17 of the text: what rounding to ten-thousandths of an em adds up to over a formula


def formulas_of(site: Path) -> list[tuple[str, bool]]:
    """Return the formulas of all pages, each once: its TeX, and whether it stands in a paragraph of its own."""
    found = {}
    for path in site.rglob("*.html"):
        for node in LexborHTMLParser(path.read_text("utf-8")).css(".katex"):
            assert node.parent is not None
            found[node.attributes["data-tex"] or "", node.parent.attributes.get("class") == "katex-display"] = True
    return list(found)


def as_it_comes(formulas: list[tuple[str, bool]]) -> list[str]:
    line = [str(NODE), "--input-type=module", "-e", AS_IT_COMES]
    done = subprocess.run(line, input=json.dumps(formulas), capture_output=True, encoding="utf-8", check=True)
    answer: list[str] = json.loads(done.stdout)
    return answer


def apart(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    """Return the signs of a formula that are not where KaTeX puts them."""
    if [sign[0] for sign in ours["signs"]] != [sign[0] for sign in theirs["signs"]]:
        return ["other signs, or in another order"]
    pairs = zip(ours["signs"], theirs["signs"], strict=True)
    return [f"{a} {b}" for a, b in pairs if max(abs(x - y) for x, y in zip(a[1:], b[1:], strict=True)) > NEAR]


@pytest.fixture(scope="module")
def drawn(browser: Browser, site: Site) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Each formula with the places of its signs, as the site shows it and as KaTeX makes it."""
    formulas = formulas_of(site.folder)
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(site.address)
    for _ in range(2):  # the fonts come with the first
        ours = page.evaluate(PLACES, [KATEX_PROCESS.render(tex, display=display) for tex, display in formulas])
        page.evaluate("document.fonts.ready")
    theirs = page.evaluate(PLACES, as_it_comes(formulas))
    context.close()
    return [(tex, mine, his) for (tex, _), mine, his in zip(formulas, ours, theirs, strict=True)]


def test_every_sign_is_where_katex_puts_it(drawn: list[tuple[str, dict[str, Any], dict[str, Any]]]) -> None:
    assert len(drawn) > 100
    wrong = {tex: told for tex, ours, theirs in drawn if (told := apart(ours, theirs))}
    assert wrong == {}


def test_formulas_have_half_the_elements(drawn: list[tuple[str, dict[str, Any], dict[str, Any]]]) -> None:
    assert sum(ours["elements"] for _, ours, _ in drawn) < sum(theirs["elements"] for _, _, theirs in drawn) / 2


def test_a_sign_that_has_moved_is_told(browser: Browser, site: Site) -> None:
    whole = KATEX_PROCESS.render("x_i")
    moved = whole.replace("top:0.2143em", "top:0.2643em")
    assert moved != whole
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(site.address)
    for _ in range(2):  # the fonts come with the first
        places = page.evaluate(PLACES, [whole, moved])
        page.evaluate("document.fonts.ready")
    context.close()
    assert apart(places[0], places[0]) == []
    assert len(apart(places[1], places[0])) == 1

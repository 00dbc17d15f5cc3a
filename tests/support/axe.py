"""axe-core, put into a page: what of WCAG 2.2 AA and of its best practice the page violates as it stands."""

from __future__ import annotations

from functools import cache
from itertools import product
from pathlib import Path

from playwright.sync_api import Page
from visiting import Scheme

ROOT = Path(__file__).resolve().parents[2]
WIDTHS = (390, 1440)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
VIEWS = list(product(WIDTHS, SCHEMES))
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async options => {
  // Scripts of the page may still be at work: until nothing has changed for a while, ten seconds at most
  await new Promise(done => {
    let timer = setTimeout(done, 300);
    const seen = () => { clearTimeout(timer); timer = setTimeout(done, 300); };
    new MutationObserver(seen).observe(document, {subtree: true, childList: true, attributes: true});
    if (document.readyState !== "complete") addEventListener("load", seen);
    setTimeout(done, 10000);
  });
  // What is far from the screen is not laid out yet, and what watches its size not told
  const near = new CSSStyleSheet();
  near.replaceSync("* { content-visibility: visible !important }");
  document.adoptedStyleSheets.push(near);
  for (let frame = 0; frame < 3; frame += 1) await new Promise(done => requestAnimationFrame(done));
  // A colour on its way to another has no contrast to judge
  await Promise.allSettled(document.getAnimations().map(each => each.finished));
  const {violations, passes} = await axe.run(document, {resultTypes: ["violations"], ...options});
  const told = ({target, html}) => `${target.join(" ")} ${html.slice(0, 100)}`;
  return [passes.length, violations.flatMap(({id, nodes}) => nodes.map(node => `${id}: ${told(node)}`))];
}"""


@cache
def source() -> str:
    """Return axe-core, as npm brings it."""
    return (ROOT / "node_modules/axe-core/axe.min.js").read_text("utf-8")


def violations(page: Page, **options: object) -> list[str]:
    """Return what axe finds wrong, a line for each element; `options` are those of `axe.run`, else all of the rules above."""
    page.evaluate(source())
    passed, found = page.evaluate(RUN, options or {"runOnly": TAGS})
    assert passed, "axe judged nothing"
    return list(found)

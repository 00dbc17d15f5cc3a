"""A notebook as mkdocs-jupyter renders it, rewritten as the site's other pages are: without JupyterLab's 574 kB of style."""

from __future__ import annotations

import html
import re
from collections import Counter
from typing import TypedDict

from selectolax.lexbor import LexborHTMLParser, LexborNode

from verbatim.faults import Fault, report
from verbatim.pages.slugs import slugify
from verbatim.site.maths import render_page

# In the order of the page: text, code, and what the code gave
PIECES = ".jp-RenderedMarkdown, .highlight-ipynb > pre, .jp-OutputArea-output"
BLOCK = '<div class="language-{0} highlight"><pre><span></span><code>{1}</code></pre></div>'
# A block of Markdown as nbconvert leaves it; the only ones of ours are the commands of a page
FENCE = re.compile(r'<div class="highlight"><pre><span></span>(.*?)</pre></div>', re.DOTALL)
# nbconvert gives an exception and what was written to standard error the same kind
TROUBLE = "application/vnd.jupyter.stderr"
# Both kinds of dollars outside code, as nbconvert leaves them, and what `verbatim.site.maths` renders
CODE = re.compile(r"(<pre\b.*?</pre>|<code\b.*?</code>)", re.DOTALL)
DISPLAY = re.compile(r"(?:<p>\s*)?\$\$(.+?)\$\$(?:\s*</p>)?", re.DOTALL)
INLINE = re.compile(r"\$(?=\S)([^$]+?)(?<=\S)\$")
HEADING = re.compile(r"<h([1-6])\b[^>]*>(.*?)</h\1>", re.DOTALL)
ANCHOR = re.compile(r'<a class="anchor-link".*?</a>', re.DOTALL)


class Token(TypedDict):
    """A heading, as Python-Markdown's `toc` has it."""

    level: int
    id: str
    name: str


def tidy(text: str, page: str) -> tuple[str, list[Token]]:
    """Return the body of `page` and its headings from mkdocs-jupyter's HTML; what may not be published is reported."""
    pieces = [piece(node, page) for node in LexborHTMLParser(text).css(PIECES)]
    if not pieces:
        return report(Fault(page, "no cell found in the notebook", "expected HTML from mkdocs-jupyter 0.26")), []
    body, tokens = anchor("\n".join(pieces))
    return render_page(body, page), tokens


def piece(node: LexborNode, page: str) -> str:
    """Return one piece of the notebook as Material expects it."""
    classes, kind = (node.attributes.get("class") or "").split(), node.attributes.get("data-mime-type")
    inside = node.inner_html or ""
    if node.tag == "pre":
        return BLOCK.format("python", inside.removeprefix("<span></span>").rstrip("\n") + "\n")
    if kind == TROUBLE:
        return report(Fault(page, "a cell failed or wrote to standard error", "a published notebook does neither", node.text()))
    if "jp-RenderedMarkdown" in classes:
        return formulas(FENCE.sub(lambda match: BLOCK.format("bash", match[1]), inside.strip()))
    if "jp-RenderedText" in classes:
        return BLOCK.format("text", "".join(part.inner_html or "" for part in node.css("pre")).rstrip("\n") + "\n")
    if {"jp-RenderedImage", "jp-RenderedSVG", "jp-RenderedHTMLCommon"} & set(classes):
        return f"<figure>{inside.strip()}</figure>"
    return report(Fault(page, f"output of kind {kind}", "expected text, an image or HTML", node.text()))


def formulas(text: str) -> str:
    """Write TeX between dollars the way arithmatex does, so that one renderer serves all pages."""
    parts = CODE.split(text)
    for number in range(0, len(parts), 2):
        display = DISPLAY.sub(r'<div class="arithmatex">\\[\1\\]</div>', parts[number])
        parts[number] = INLINE.sub(r'<span class="arithmatex">\\(\1\\)</span>', display)
    return "".join(parts)


def anchor(text: str) -> tuple[str, list[Token]]:
    """Give each heading the site's kind of anchor, and return the headings too."""
    tokens: list[Token] = []
    seen: Counter[str] = Counter()

    def heading(match: re.Match[str]) -> str:
        level, inner = match[1], ANCHOR.sub("", match[2])
        slug = slugify(inner)
        seen[slug] += 1
        slug += f"_{seen[slug] - 1}" if seen[slug] > 1 else ""
        tokens.append({"level": int(level), "id": slug, "name": html.escape(re.sub("<[^>]*>", "", html.unescape(inner)))})
        link = f'<a class="headerlink" href="#{slug}" title="本节的链接">&para;</a>'
        return f'<h{level} id="{slug}">{inner}{link}</h{level}>'

    return HEADING.sub(heading, text), tokens

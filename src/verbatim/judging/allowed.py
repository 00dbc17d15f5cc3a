"""What a page is made of, judged whole: its pieces, its runs of code, its links and figures, and what surrounds its content."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser, LexborNode

from verbatim.faults import MARK_CLASS, Fault, shorten
from verbatim.judging.blocks import Block, parse
from verbatim.judging.chrome import Chrome, Theme
from verbatim.judging.elements import Vocabulary, addresses, attributes_of, hidden_signs, start_tags
from verbatim.judging.files import Files
from verbatim.judging.listing import BETWEEN, attribute_runs, code_on, runs, says_code, texts_with_code
from verbatim.judging.pieces import WIDGET_FOLDER, Formulas, false_widgets, figure_of, tags_of_tabs, without, words_of
from verbatim.markup import FIGURE_ATTRIBUTE, REPORT_CLASS
from verbatim.pages.katex import KATEX_PROCESS
from verbatim.published.catalogue import Source
from verbatim.published.characters import name_of
from verbatim.published.drawings import drawing_of

if TYPE_CHECKING:
    from verbatim.judging.claims import Claims

LANGUAGES = {"region": "python", "command": "bash", "output": "text"}
PAGE_OF_ERRORS = "404.html"
ELEMENT = re.compile(r"[a-z][a-z0-9-]*", re.ASCII | re.IGNORECASE)
# What of one page is told at once; whoever mends it sees the rest
TOLD = 20


class Allowed:
    """Judges what pages are made of, by the evidence; what it has judged once, it remembers."""

    def __init__(self, claims: Claims) -> None:
        self.claims = claims
        self.evidence = claims.evidence
        self.vocabulary = Vocabulary(self.evidence.project.classes)
        self.formulas = Formulas(KATEX_PROCESS)
        self.figures: dict[str, str] = {}
        self.chrome = Chrome(Theme.of(None))
        self.known_texts: set[str] = set()

    @cached_property
    def files(self) -> Files:
        return Files(self.evidence)

    def faults(self, content: LexborNode, page: str, address: str) -> Iterator[tuple[Fault, LexborNode]]:
        """Yield what is wrong with the content of a page, `address` being where it is built, with the element it is about."""
        pieces, lines = self.pieces(content)
        yield from self.typed_code(content, page)
        whole = content.inner_html or ""
        rest = without(whole, pieces)
        tags = start_tags(rest)
        yield from self.strange(content, tags, page)
        yield from self.links(content, tags, page, address)
        for node, wrong in false_widgets(content, self.has_widget):
            yield (
                Fault(
                    page,
                    wrong,
                    "write {{ widget.NAME }} in a paragraph of its own, its script in docs/assets/js/NAME.js",
                    node.html or "",
                ),
                node,
            )
        for node in content.css(".highlight"):
            if node.css_first("pre") is None:
                yield Fault(page, "a frame of code without a block", "include code in a fence", node.text()), node
        yield from self.stale_figures(content, page)
        yield from self.unproven(tags, without(whole, lines), content, page)
        for sign in hidden_signs(rest):
            yield Fault(page, f"a sign that nobody sees, {name_of(sign)}", "remove it"), content

    def unproven(
        self, tags: set[tuple[str, str]], whole: str, content: LexborNode, page: str
    ) -> Iterator[tuple[Fault, LexborNode]]:
        """Yield the lines of code that no block shows: several on each other, or one that no sentence is made around."""
        fix = "expected a region, a command or a recorded output; include it in a fence, or write prose around it"
        in_attributes = attribute_runs(pair for tag, _ in tags if "=" in tag for pair in attributes_of(tag))
        several, single = code_on(whole)
        several += in_attributes
        for run in several:
            yield Fault(page, "lines of code that nothing proves", fix, run), place_of(content, run)
        for line in single:
            if not any(line in run for run in several):
                yield Fault(page, "a line of code that nothing proves", fix, line), place_of(content, line)

    def pieces(self, content: LexborNode) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Return the pieces that were recomputed, with what stands for them: for the search for tags, and for that for code."""
        pieces: list[tuple[str, str]] = []
        lines: list[tuple[str, str]] = []
        for node in content.css(f".katex, svg[{FIGURE_ATTRIBUTE}], .{REPORT_CLASS}, .{MARK_CLASS}"):
            if node.tag == "svg":
                known = self.figure(node.attributes[FIGURE_ATTRIBUTE] or "") == figure_of(node)
                replaced = [(node.html or "", "")] if known else []
                pieces += replaced
                lines += replaced
            elif MARK_CLASS in (node.attributes.get("class") or "").split():  # told already, whatever it quotes
                lines.append((node.html or "", f"\n{BETWEEN}\n"))
            elif REPORT_CLASS in (node.attributes.get("class") or "").split():
                if self.claims.genuine(node):
                    lines.append((node.html or "", f"\n{BETWEEN}\n"))
            elif (tex := self.formulas.genuine(node)) is not None:
                pieces.append((node.html or "", ""))
                lines.append((node.html or "", words_of(tex)))
        return pieces, lines

    def typed_code(self, content: LexborNode, page: str) -> Iterator[tuple[Fault, LexborNode]]:
        """Yield the formulas that are nothing but a line of code."""
        for node in content.css(".katex[data-tex]"):
            words = words_of(node.attributes["data-tex"] or "")
            if words != BETWEEN and says_code(words):
                yield Fault(page, "code in a formula", "write it as `code`, or include it", words.strip()), node

    def strange(self, content: LexborNode, start: set[tuple[str, str]], page: str) -> Iterator[tuple[Fault, LexborNode]]:
        """Yield the tags that are no piece of a page."""
        tabs = tags_of_tabs(content)
        found = [(tag, wrong) for tag, wrong in self.vocabulary.strange(start) if tag not in tabs]
        for tag, wrong in sorted(found)[:TOLD]:
            fix = "write it with what pages are made of; a class of the site's own style is named in [tool.verbatim] classes"
            yield Fault(page, f"{wrong}: not allowed", fix, excerpt(element_of(content, tag), tag)), element_of(content, tag)

    def links(self, content: LexborNode, tags: set[tuple[str, str]], page: str, address: str) -> Iterator[tuple[Fault, LexborNode]]:
        """Yield links and images that lead to files of the site which are neither pages nor listed."""
        told = 0
        for tag, _, link in addresses(tags):
            path = link.partition("#")[0].partition("?")[0]
            target = posixpath.normpath(posixpath.join(posixpath.dirname(address), path)) if path else ""
            if told < TOLD and not self.files.reachable(target):
                told += 1
                fix = "expected a page, a download that the build makes, or a file of snippets/assets.json"
                yield Fault(page, f"an address of no listed file, {link!r}", fix, f"<{tag}>"), element_of(content, tag)

    def stale_figures(self, content: LexborNode, page: str) -> Iterator[tuple[Fault, LexborNode]]:
        for node in content.css(f"svg[{FIGURE_ATTRIBUTE}]"):
            name = node.attributes[FIGURE_ATTRIBUTE] or ""
            if reasons := self.files.figures.get(name, ["there is no such figure"]):
                yield Fault(page, f"figure {name} is stale: {'; '.join(reasons)}", "run `python -m figures --write`"), node

    def figure(self, name: str) -> str:
        """Return the drawing of a figure as a browser serialises it."""
        if name not in self.figures:
            path = self.claims.figures / name
            drawing = drawing_of(path.read_text("utf-8")) if path.is_file() and path.parent == self.claims.figures else ""
            node = parse(drawing).css_first("svg")
            self.figures[name] = (node.html or "") if node is not None else ""
        return self.figures[name]

    def has_widget(self, name: str) -> bool:
        return (self.evidence.project.docs / WIDGET_FOLDER / f"{name}.js").is_file()

    def learn_theme(self, bare: LexborHTMLParser | None) -> None:
        """Take the theme from its page of errors."""
        self.chrome = Chrome(Theme.of(bare))

    def surroundings(self, around: str, unknown: str, page: str) -> Iterator[Fault]:
        """Yield what around the content of a built page is not the theme's; `unknown` is what of it was not judged before."""
        found = [*self.chrome.strange_scripts(around), *self.chrome.strange_tags(unknown)]
        for tag, wrong in sorted(found)[:TOLD]:
            yield Fault(page, wrong, f"expected what the theme writes on {PAGE_OF_ERRORS}; close what the page opens", shorten(tag))
        for run in runs(around) if texts_with_code(unknown, self.known_texts) else ():
            yield Fault(page, "lines of code that nothing proves", "expected a region, a command or a recorded output", run)


def wrong_language(block: Block, source: Source) -> str:
    """Return the language that a block claims, where it is not that of its source; "" where it is, or says none."""
    node: LexborNode | None = block.node
    for _ in range(3):
        if node is None:
            break
        for word in (node.attributes.get("class") or "").split():
            if word.startswith("language-") and word != f"language-{LANGUAGES[source.kind]}":
                return word.removeprefix("language-")
        node = node.parent
    return ""


def excerpt(node: LexborNode, tag: str) -> str:
    return f"<{shorten(tag)}> {shorten(node.text())}"


def element_of(content: LexborNode, tag: str) -> LexborNode:
    """Return the first element with this start tag; the content where none is found."""
    name, attributes = tag.split()[0].rstrip("/"), dict(attributes_of(tag))
    if not ELEMENT.fullmatch(name):  # no name that a selector could hold
        return content
    nodes = (node for node in content.css(name) if {key: value or "" for key, value in node.attributes.items()} == attributes)
    return next(nodes, content)


def place_of(content: LexborNode, run: str) -> LexborNode:
    """Return the innermost element that holds the end of a run of code; the content where none does."""
    last = run.splitlines()[-1].strip()
    holders = [
        node for node in content.css("p, li, dt, dd, td, th, h1, h2, h3, h4, h5, h6, summary, figcaption") if last in node.text()
    ]
    return holders[-1] if holders else content

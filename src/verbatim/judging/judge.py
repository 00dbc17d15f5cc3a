"""The judge: what on a rendered page is not proven. The extension and `check` both ask it, so they cannot disagree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser, LexborNode

from verbatim.faults import Fault, shorten
from verbatim.judging.allowed import LANGUAGES, Allowed, wrong_language
from verbatim.judging.blocks import Block, blocks_of, text_of
from verbatim.judging.claims import Claims
from verbatim.judging.numbers import BOUND, measurements
from verbatim.judging.text import Paragraph, paragraphs
from verbatim.markup import (
    BOUND_ATTRIBUTE,
    CITATION_CLASS,
    NUMBER_CLASS,
    PROOF_CLASS,
    REPORT_CLASS,
    SEPARATOR,
)
from verbatim.pages.references import UnknownReference
from verbatim.published.catalogue import Source

if TYPE_CHECKING:
    from verbatim.judging.evidence import Evidence

CLAIMING = ", ".join(f".{name}" for name in (NUMBER_CLASS, CITATION_CLASS, PROOF_CLASS, REPORT_CLASS))
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")

# What proves each kind of source anew
RENEWED_BY = {"region": "verify", "command": "run", "output": "record"}


@dataclass(frozen=True)
class Finding:
    """A fault and the element that it is about."""

    fault: Fault
    node: LexborNode


@dataclass
class Verdict:
    findings: list[Finding]
    shown: list[tuple[Block, Source]]


class Judge:
    """Judges pages by the evidence; what it has read once, it remembers."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.claims = Claims(evidence)
        self.allowed = Allowed(self.claims)
        self.read: dict[str, list[str]] = {}

    def judge(
        self,
        tree: LexborHTMLParser | LexborNode,
        page: str,
        includes: list[str],
        bound: set[str],
        *,
        content: LexborNode | None,
        address: str,
    ) -> Verdict:
        """Judge a tree; `includes` and `bound` are what the source of the page names: its includes, its numbers as TeX.

        `content` is the part that the author wrote, `address` where the page is built.
        """
        verdict = self.judge_blocks(tree, page, includes)
        if content is not None:
            verdict.findings += [Finding(fault, node) for fault, node in self.allowed.faults(content, page, address)]
        verdict.findings += self.typed(tree, page, bound)
        return verdict

    def judge_blocks(self, tree: LexborHTMLParser | LexborNode, page: str, includes: list[str]) -> Verdict:
        """Tell the blocks that something proves, and what is wrong with the others."""
        verdict, expected = Verdict([], []), list(includes)
        for block in blocks_of(tree):
            source = self.evidence.catalogue.match(block.text, expected)
            if source is None:
                fix = "expected the whole text of a region, a file of snippets/commands/ or a recorded output; include it"
                verdict.findings.append(Finding(Fault(page, "a block that nothing proves", fix, block.text), block.node))
                continue
            verdict.shown.append((block, source))
            if language := wrong_language(block, source):
                fix = f"expected {LANGUAGES[source.kind]}: regions are python, commands bash, outputs text"
                verdict.findings.append(Finding(Fault(page, f"{source.id} shown as {language}", fix), block.node))
            if source.id in expected:  # of two regions with the same text, each is shown once
                expected.remove(source.id)
            if reasons := self.evidence.stale(source):
                what = f"{source.id} is stale: {'; '.join(reasons)}"
                fix = f"run `python -m verbatim {RENEWED_BY[source.kind]} --write`"
                verdict.findings.append(Finding(Fault(page, what, fix), block.node))
        return verdict

    def typed(self, tree: LexborHTMLParser | LexborNode, page: str, bound: set[str]) -> Iterator[Finding]:
        """Yield the measurements that were typed, and the numbers that claim to be bound and are not."""
        for node in tree.css(CLAIMING):
            yield from (Finding(fault, node) for fault in self.false_claim(node, page))
        for paragraph in paragraphs(tree, self.claims.genuine, bound.__contains__):
            yield from self.stale_declared(paragraph, page)
            for number in self.measurements(self.unbound(paragraph)):
                yield Finding(self.typed_fault(page, number, paragraph), paragraph.node)

    def measurements(self, text: str) -> list[str]:
        """Return the typed measurements of a text; what stands on every page, as the navigation does, is read once."""
        if text not in self.read:
            self.read[text] = measurements(text)
        return self.read[text]

    def false_claim(self, node: LexborNode, page: str) -> Iterator[Fault]:
        """Yield what is wrong with an element that claims to be a bound number, a citation or a proof."""
        classes = (node.attributes["class"] or "").split()
        if {NUMBER_CLASS, CITATION_CLASS} & set(classes) and in_heading(node):
            yield Fault(page, "a reference in a heading", "put it in the text", node.text())
        if {PROOF_CLASS, REPORT_CLASS} & set(classes) and not self.claims.genuine(node):
            yield Fault(page, "a proof that verbatim did not write", "remove it", text_of(node))
        reference = node.attributes.get("data-ref")
        if NUMBER_CLASS not in classes or reference is None:
            return
        if not self.claims.genuine(node):
            yield Fault(page, "a number that is not what it is bound to", "write it as {{ reference | format }}", node.text())
        elif fault := self.evidence.stale_number_fault(reference, page, node.text()):
            yield fault

    def stale_declared(self, paragraph: Paragraph, page: str) -> Iterator[Finding]:
        """Yield what an attribute declares as bound to a record that no longer stands."""
        for reference, _ in declared(paragraph):
            try:
                fault = self.evidence.stale_number_fault(reference, page, paragraph.text)
            except UnknownReference:
                continue  # not bound to anything: its text is read as typed
            if fault:
                yield Finding(fault, paragraph.node)

    def typed_fault(self, page: str, number: str, paragraph: Paragraph) -> Fault:
        meant = self.evidence.references.suggestions(number)
        hint = f"; probably meant: {' or '.join(meant)}" if meant else ""
        place = f" in {paragraph.attribute}" if paragraph.attribute else ""
        fix = f"bind it to a record, a constant or a pin as {{{{ … }}}}, or cite its source in the same sentence{hint}"
        return Fault(page, f"typed measurement {number!r}{place}", fix, around(paragraph.text, number))

    def unbound(self, paragraph: Paragraph) -> str:
        """Return the text with what its element declares as bound, in an attribute, replaced; each declaration is recomputed."""
        text = self.evidence.references.without_number(paragraph.text)
        for reference, spec in declared(paragraph):
            try:
                text = text.replace(self.evidence.references.number(reference, spec).text, BOUND, 1)
            except UnknownReference:
                continue  # not bound to anything: the text stays and is read as typed
        return text


def declared(paragraph: Paragraph) -> list[tuple[str, str]]:
    """Return the references, with their formats, that an attribute's element declares; of other text none."""
    text = (paragraph.node.attributes.get(BOUND_ATTRIBUTE) if paragraph.attribute else None) or ""
    parts = (item.partition("|") for item in text.split(SEPARATOR) if item)
    return [(reference, spec) for reference, _, spec in parts]


def in_heading(node: LexborNode) -> bool:
    """Say whether an element stands in a heading: that is also a line of the table of contents, where no number has its origin."""
    above: LexborNode | None = node
    while above is not None and above.tag not in HEADINGS:
        above = above.parent
    return above is not None


def around(text: str, part: str, margin: int = 24) -> str:
    """Return `part` with some text on both sides."""
    place = max(text.find(part), 0)
    return shorten(text[max(place - margin, 0) : place + len(part) + margin].replace(BOUND, "■"))

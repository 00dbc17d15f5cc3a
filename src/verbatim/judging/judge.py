"""The judge: what on a rendered page is not proven. The extension and `check` both ask it, so they cannot disagree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser, LexborNode

from verbatim.faults import Fault, shorten
from verbatim.judging.allowed import LANGUAGES, PAGE_OF_ERRORS, Allowed, wrong_language
from verbatim.judging.blocks import Block, blocks_of, body_of, parse, text_of
from verbatim.judging.chrome import BETWEEN_PIECES
from verbatim.judging.claims import Claims
from verbatim.judging.comparisons import comparisons
from verbatim.judging.numbers import BOUND, BREAK, GIVEN, HELD, Typed, cleaned, numbers_of
from verbatim.judging.numbers.grammar import HIDING, MEASURED, MEASURED_BEFORE
from verbatim.judging.sources import Sources
from verbatim.judging.tables import HEADED, unit_over, with_heads
from verbatim.judging.text import SIGNS, Known, Paragraph, paragraphs
from verbatim.markup import (
    BADGE_CLASS,
    BOUND_ATTRIBUTE,
    CITATION_CLASS,
    NUMBER_CLASS,
    PROOF_CLASS,
    REPORT_CLASS,
    SEPARATOR,
)
from verbatim.pages.formats import UnknownReference
from verbatim.pages.references import Number
from verbatim.pages.units import UNITS, disagrees, kind_of
from verbatim.published.catalogue import Source

if TYPE_CHECKING:
    from verbatim.judging.evidence import Evidence

CLAIMING = ", ".join(f".{name}" for name in (NUMBER_CLASS, CITATION_CLASS, PROOF_CLASS, BADGE_CLASS, REPORT_CLASS))
SHOWN_SIGNS = {code: "■" if code in map(ord, (BOUND, GIVEN)) else None for code in range(0xE010, 0xE020)}
PROVEN = re.compile(f"[{BOUND}{GIVEN}{HELD}]")
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
        self.sources = Sources(evidence.catalogue)
        self.read: dict[tuple[str, tuple[frozenset[float], ...]], list[Typed]] = {}
        self.told: frozenset[str] = frozenset()  # causes that a build has told of, once for all that they make stale

    def judge(
        self,
        tree: LexborHTMLParser | LexborNode,
        page: str,
        includes: list[str],
        bound: dict[str, Number],
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
        verdict.findings += self.typed(tree if content is None else content, page, bound)
        return verdict

    def surroundings(self, around: str, page: str) -> list[Fault]:
        """Return what is wrong around the content of a built page; pieces of it that were judged before are known."""
        items, pieces = self.allowed.chrome.unknown(around)
        unknown = BETWEEN_PIECES.join(pieces)
        faults = list(self.allowed.surroundings(around, unknown, page))
        faults += [finding.fault for finding in self.typed(body_of(parse(unknown)), page, {})]
        if not faults and page != PAGE_OF_ERRORS:
            self.allowed.chrome.known.update(items, pieces)
        return faults

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
            if reasons := self.evidence.stale_source(source):
                what = f"{source.id} is stale: {'; '.join(reasons)}"
                fix = f"run `python -m verbatim {RENEWED_BY[source.kind]} --write`"
                verdict.findings.append(Finding(Fault(page, what, fix, causes=frozenset(reasons)), block.node))
            verdict.findings += [Finding(fault, block.node) for fault in self.sources.faults(source)]
        return verdict

    def typed(self, tree: LexborHTMLParser | LexborNode, page: str, bound: dict[str, Number]) -> Iterator[Finding]:
        """Yield the measurements that were typed, and the numbers that claim to be bound and are not."""
        for node in tree.css(CLAIMING):
            yield from (Finding(fault, node) for fault in self.false_claim(node, page))
        known = Known(self.claims.genuine, self.claims.number, bound, self.claims.published)
        for paragraph in paragraphs(tree, known):
            if paragraph.attribute:
                yield from self.stale_declared(paragraph, page)
            told = self.unbound(paragraph)
            if page == PAGE_OF_ERRORS:  # the code of the answer, which generators show
                told = replace(told, text=told.text.removeprefix("404"))
            for fault in self.numbers(told, page):
                yield Finding(fault, paragraph.node)

    def words(self, text: str, node: LexborNode, page: str) -> Iterator[Fault]:
        """Yield what is wrong with the numbers of some words that stand in no element of their own."""
        yield from self.numbers(Paragraph(" ".join(cleaned(text).split()), node), page)

    def numbers(self, paragraph: Paragraph, page: str) -> Iterator[Fault]:
        """Yield what is wrong with the numbers of a paragraph; what stands on every page, as the navigation does, is read once."""
        held = tuple(number.named for number in paragraph.numbers if number.kind == "holds")
        headed = paragraph.node.tag in HEADED and not paragraph.attribute
        text = with_heads(paragraph.node, paragraph.text) if headed else paragraph.text
        key = (text, held)
        if key not in self.read:
            self.read[key] = numbers_of(text, held)
        for typed in self.read[key]:
            yield self.number_fault(page, typed, paragraph)
        if paragraph.numbers:
            yield from wrong_units(paragraph, page)
            yield from measured_givens(paragraph, page)
            yield from measured_pins(paragraph, page)
            for wrong in comparisons(paragraph.text, paragraph.numbers):
                yield Fault(page, wrong.what, wrong.fix, wrong.excerpt.translate(SHOWN_SIGNS))

    def false_claim(self, node: LexborNode, page: str) -> Iterator[Fault]:
        """Yield what is wrong with an element that claims to be a bound number, a citation or a proof."""
        classes = (node.attributes["class"] or "").split()
        if {NUMBER_CLASS, CITATION_CLASS} & set(classes) and in_heading(node):
            yield Fault(page, "a reference in a heading", "put it in the text", node.text())
        if {PROOF_CLASS, BADGE_CLASS, REPORT_CLASS} & set(classes) and not self.claims.genuine(node):
            yield Fault(page, "a proof that verbatim did not write", "remove it", text_of(node))
        elif BADGE_CLASS in classes and not self.is_of(node.attributes.get("data-source") or "", page):
            yield Fault(page, "the badge of another page", "remove it", text_of(node))
        reference = node.attributes.get("data-ref")
        if NUMBER_CLASS not in classes or reference is None:
            return
        if not self.claims.genuine(node):
            yield Fault(page, "a number that is not what it is bound to", "write it as {{ reference | format }}", node.text())
        elif fault := self.evidence.stale_number_fault(reference, node.attributes.get("data-format") or "", page, node.text()):
            yield fault

    def is_of(self, name: str, page: str) -> bool:
        """Say whether a page of this name is the one that is judged, which goes by its name or by its address."""
        return page in (name, self.evidence.pages[name].address)

    def stale_declared(self, paragraph: Paragraph, page: str) -> Iterator[Finding]:
        """Yield what an attribute declares as bound to a record that no longer stands."""
        for reference, spec in declared(paragraph):
            try:
                fault = self.evidence.stale_number_fault(reference, spec, page, paragraph.text)
            except UnknownReference:
                continue  # not bound to anything: its text is read as typed
            if fault:
                yield Finding(fault, paragraph.node)

    def number_fault(self, page: str, typed: Typed, paragraph: Paragraph) -> Fault:
        place = f" in {paragraph.attribute}" if paragraph.attribute else ""
        if typed.what == "touched":
            fix = "a bound number stands alone: its sign, its digits and its percent come from its format"
            return Fault(page, f"something touches a bound number{place}", fix, around(paragraph.text, typed.text))
        if typed.what == "given beside":
            fix = "nobody gives what is measured: bind it to a record as {{ lab.field }}, or cite its source in the same clause"
            return Fault(page, f"a given number beside a measured quantity{place}", fix, typed.clause)
        meant = self.evidence.references.suggestions(typed.shown)
        told = typed.shown if meant or typed.measured or typed.shown != typed.text else typed.whole
        return Fault(page, f"typed measurement {told!r}{place}", way_out(typed, meant), around(paragraph.text, typed.text))

    def unbound(self, paragraph: Paragraph) -> Paragraph:
        """Return the paragraph with what its element declares as bound, in an attribute, recomputed and replaced."""
        text = self.evidence.references.without_number(paragraph.text)
        if not paragraph.attribute and text == paragraph.text:
            return paragraph
        numbers, place = list(paragraph.numbers), 0
        for reference, spec in declared(paragraph):
            try:
                number = self.evidence.references.number(reference, spec)
            except UnknownReference:
                continue  # not bound to anything: the text stays and is read as typed
            found = text.find(number.text, place)
            if found >= 0:
                sign = SIGNS.get(number.kind, BOUND)
                text, place = text[:found] + sign + text[found + len(number.text) :], found + 1
                numbers.append(number)
        return Paragraph(text, paragraph.node, paragraph.attribute, tuple(numbers))


def way_out(typed: Typed, meant: list[str]) -> str:
    """Return the text to write in place of a typed number; `meant` are references that show the same."""
    if meant:
        return f"write {' or '.join(meant if typed.measured else [*meant, given(typed.text)])}"
    if typed.measured:
        return "bind it to a record as {{ lab.field | format }}, compute it as {{ calc … }}, or cite its source in its own clause"
    return f"write {given(typed.whole)}, or bind it, compute it as {{{{ calc … }}}}, or cite its source in its own clause"


def given(text: str) -> str:
    """Return the form by which an author states a number on their own authority."""
    kind = "名称" if text[:1].isascii() and text[:1].isalpha() else "假设"
    return f'{{{{ given "{text}" as {kind} }}}}'


def wrong_units(paragraph: Paragraph, page: str) -> Iterator[Fault]:
    """Yield the numbers of records that are followed by a unit which is not theirs."""
    for sign, number in zip(PROVEN.finditer(paragraph.text), paragraph.numbers, strict=False):
        if number.kind not in ("record", "constant"):
            continue
        place = sign.start()
        after = HIDING.sub("", paragraph.text[place + 1 : place + 30])
        if after[:1] in ("", BREAK) and paragraph.node.tag in HEADED:
            after = unit_over(paragraph.node, paragraph.text, place)
        told = number.kind == "record" or kind_of(number.reference) in UNITS  # what a constant is called may say no unit
        if told and (unit := disagrees(number.reference, after)):
            fix = "write the unit that the record gives, or compute the other as {{ calc … }}"
            yield Fault(
                page,
                f"{number.reference} is not measured in {unit!r}",
                fix,
                around(paragraph.text, paragraph.text[place : place + 8]),
            )


def measured_givens(paragraph: Paragraph, page: str) -> Iterator[Fault]:
    """Yield the given numbers that say themselves what nobody gives: 准确率 97.6%, 14 秒."""
    for number in paragraph.numbers:
        if number.kind == "given" and MEASURED.search(number.text):
            fix = "nobody gives what is measured: bind it to a record as {{ lab.field }}, or cite its source in the same clause"
            yield Fault(page, "a given number that names a measured quantity", fix, number.text)


def measured_pins(paragraph: Paragraph, page: str) -> Iterator[Fault]:
    """Yield the versions that stand where the value of something measured does."""
    for match, number in zip(PROVEN.finditer(paragraph.text), paragraph.numbers, strict=False):
        before = paragraph.text[max(match.start() - 24, 0) : match.start()]
        if number.kind == "pin" and MEASURED_BEFORE.search(before):
            fix = "a version measures nothing: bind the number to a record as {{ lab.field }}"
            yield Fault(page, "a version beside a measured quantity", fix, before.translate(SHOWN_SIGNS) + number.text)


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
    return shorten(text[max(place - margin, 0) : place + len(part) + margin].translate(SHOWN_SIGNS))

"""What elements claim to be, and how each claim is recomputed: a class or an attribute is never believed.

To teach the judge a new kind of element, write one function here and enter it in `CLAIMS`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborNode

from verbatim.judging.blocks import body_of, parse, text_of
from verbatim.judging.numbers.signs import raised
from verbatim.judging.told import CODE, badge_of, proof_of, report_of
from verbatim.markup import BADGE_CLASS, CITATION_CLASS, FIGURE_ATTRIBUTE, LIST_CLASS, NUMBER_CLASS, PROOF_CLASS, REPORT_CLASS
from verbatim.pages.bibliography import UnknownKey
from verbatim.pages.formats import UnknownReference
from verbatim.pages.references import Number
from verbatim.published.drawings import drawing_of

if TYPE_CHECKING:
    from verbatim.judging.evidence import Evidence


class Claims:
    """Recomputes what elements claim, by the evidence; what it has worked out once, it remembers."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.pieces: dict[str, bool] = {}
        self.words: dict[str, str] = {}  # of proofs and figures, by what they are of

    def genuine(self, node: LexborNode) -> bool:
        """Say whether an element is what it claims to be; one that claims nothing is not."""
        attributes = node.attributes
        claimed = {*(attributes.get("class") or "").split(), *attributes}
        test = next((test for name, test in CLAIMS.items() if name in claimed), None)
        return test is not None and test(self, node)

    def number(self, node: LexborNode) -> Number | None:
        """Return the number that an element shows, recomputed; none where it shows another one, or tells of another origin."""
        attributes = node.attributes
        try:
            number = self.evidence.references.number(attributes.get("data-ref") or "", attributes.get("data-format") or "")
        except UnknownReference:
            return None
        told = attributes.get("title")
        return number if written(node) == number.text and (told is None or told == number.origin) else None

    def published(self, code: str) -> bool:
        """Say whether a piece of code with a name in it stands, as it is, in a region."""
        if code not in self.pieces:
            call = any(sign in code for sign in "(=[") and any(sign.isalpha() for sign in code)
            self.pieces[code] = call and any(code in region.text for region in self.evidence.catalogue.regions.values())
        return self.pieces[code]

    @cached_property
    def bibliography(self) -> str:
        return squeeze(text_of(body_of(parse(self.evidence.bibliography.html))))

    @cached_property
    def report(self) -> str:
        return spoken(report_of(self.evidence).words)

    @cached_property
    def figures(self) -> Path:
        return self.evidence.project.docs / "assets" / "figures"

    def proof(self, name: str) -> str | None:
        source = self.evidence.catalogue.sources.get(name)
        if source is not None and name not in self.words:
            self.words[name] = spoken(f"✓{proof_of(source, self.evidence).words}")
        return self.words.get(name)

    def badge(self, name: str) -> str | None:
        if f"badge {name}" not in self.words and name in self.evidence.pages and (badge := badge_of(name, self.evidence)):
            self.words[f"badge {name}"] = spoken(badge.words)
        return self.words.get(f"badge {name}")

    def figure(self, name: str) -> str | None:
        path = self.figures / name
        if name not in self.words and path.is_file() and path.parent == self.figures:
            self.words[name] = squeeze(text_of(body_of(parse(drawing_of(path.read_text("utf-8"))))))
        return self.words.get(name)


def is_number(claims: Claims, node: LexborNode) -> bool:
    return claims.number(node) is not None


def is_citation(claims: Claims, node: LexborNode) -> bool:
    links = node.css("a")
    return bool(links) and all(leads_where_it_says(claims, link) for link in links)


def leads_where_it_says(claims: Claims, link: LexborNode) -> bool:
    key = (link.attributes.get("href") or "").partition("#ref-")[2]
    try:
        return link.text().strip("[]") == str(claims.evidence.bibliography.number(key))
    except UnknownKey:
        return False


def is_proof(claims: Claims, node: LexborNode) -> bool:
    return squeeze(text_of(node)) == claims.proof(node.attributes.get("data-source") or "")


def is_badge(claims: Claims, node: LexborNode) -> bool:
    return squeeze(text_of(node)) == claims.badge(node.attributes.get("data-source") or "")


def is_bibliography(claims: Claims, node: LexborNode) -> bool:
    return squeeze(text_of(node)) == claims.bibliography


def is_report(claims: Claims, node: LexborNode) -> bool:
    return squeeze(text_of(node)) == claims.report


def is_figure(claims: Claims, node: LexborNode) -> bool:
    return squeeze(text_of(node)) == claims.figure(node.attributes[FIGURE_ATTRIBUTE] or "")


CLAIMS: dict[str, Callable[[Claims, LexborNode], bool]] = {
    NUMBER_CLASS: is_number,
    CITATION_CLASS: is_citation,
    PROOF_CLASS: is_proof,
    BADGE_CLASS: is_badge,
    LIST_CLASS: is_bibliography,
    REPORT_CLASS: is_report,
    FIGURE_ATTRIBUTE: is_figure,
}


def written(node: LexborNode) -> str:
    """Return the text of a number, what stands above the line as raised digits."""
    parts = ((child.tag, child.text()) for child in node.iter(include_text=True))
    return "".join(raised(text) if tag == "sup" else text for tag, text in parts)


def squeeze(text: str) -> str:
    return "".join(text.split())


def spoken(words: str) -> str:
    """Return words as the text of a page has them: no blanks, no signs around code."""
    return squeeze(words).replace(CODE, "")

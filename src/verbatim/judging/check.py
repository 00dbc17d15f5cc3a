"""`check SITE`: the gate. It judges the built site by itself, whoever built it, and says everything that is wrong at once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from verbatim.faults import MARK_CLASS, Fault
from verbatim.judging.allowed import LANGUAGES, PAGE_OF_ERRORS
from verbatim.judging.blocks import body_of, parse
from verbatim.judging.chrome import around_content, content_of, inner_of
from verbatim.judging.evidence import Evidence, Resolved
from verbatim.judging.judge import Judge
from verbatim.judging.leftovers import CSS_ELSEWHERE, raw_source, requests
from verbatim.judging.listing import attribute_runs
from verbatim.judging.policy import Needs
from verbatim.judging.sheets import sheet_faults
from verbatim.judging.told import totals
from verbatim.markup import NUMBER_CLASS
from verbatim.pages.katex import KATEX_PROCESS
from verbatim.pages.page import Page
from verbatim.pages.program import downloads, notebook_pages
from verbatim.processes import done
from verbatim.project import Project

if TYPE_CHECKING:
    from verbatim.published.regions import Region

# What a page tells search engines, and those who show links to it; the address and the size of its card are no text
TOLD_OUTSIDE = frozenset(["description", "author", "keywords"])
NO_TEXT = frozenset(f"og:{name}" for name in ("url", "image", "image:width", "image:height"))


@dataclass
class Tally:
    """What was looked at: a check that looked at nothing must not pass."""

    pages: int = 0
    blocks: int = 0
    repeated: int = 0  # blocks of pages that are made of another page's, as notebooks are: the report counts each once
    numbers: int = 0
    shown: set[str] = field(default_factory=set)  # ids of what the blocks show
    needs: Needs = field(default_factory=Needs)  # of a policy

    def add(self, other: Tally) -> None:
        """Count in what was looked at elsewhere."""
        self.pages += other.pages
        self.blocks += other.blocks
        self.repeated += other.repeated
        self.numbers += other.numbers
        self.shown |= other.shown
        self.needs.join(other.needs)


Seen = tuple[Tally, list[Fault]]  # of a part of a site


def check(project: Project, site: Path, stale: Callable[[], dict[Region, list[str]]]) -> int:
    """Print every fault of a built site and what was counted; return the exit code. `stale` tells the state of all proofs."""
    judge = Judge(Evidence(project))
    judge.evidence.standing.reasons |= stale()
    tally = Tally()
    faults = sorted(set(judge_site(judge, site, tally)))
    for fault in faults:
        print(f"check: {fault}", file=sys.stderr)
    state = "publishable" if not faults else f"{len(faults)} faults"
    verified = tally.blocks if not faults else "not all"
    again = f" ({tally.repeated} of them again in notebooks)" if tally.repeated else ""
    counted = f"{tally.pages} pages, {tally.blocks} blocks{again}, {verified} verified, 0 skipped, {tally.numbers} bound numbers"
    print(f"check: {counted}: {state}")
    return 1 if faults else 0


def judge_site(judge: Judge, site: Path, tally: Tally) -> Iterator[Fault]:
    """Yield the faults of all pages, of the styles they load, and of the site as a whole."""
    evidence = judge.evidence
    expected = {page.address: page for page in evidence.pages.values()}
    if not site.is_dir():
        yield Fault(str(site), "no such folder", "build the site first: `make site`")
        return
    bare = site / PAGE_OF_ERRORS
    judge.allowed.learn_theme(parse(bare.read_text("utf-8", "replace")) if bare.is_file() else None)
    for seen, faults in done(parts_of(judge, site, expected)):
        tally.add(seen)
        yield from faults
    docs = evidence.project.relative(evidence.project.docs)
    for name in sorted(expected):
        if not (site / name).is_file():
            yield Fault(name, "the page is missing", f"expected it from {docs}/{expected[name].name}; build anew")
    for path in sorted(site.rglob("*.css")):
        for address in CSS_ELSEWHERE.findall(path.read_text("utf-8", "replace")):
            yield Fault(path.relative_to(site).as_posix(), "a request to another host", "serve it from the site itself", address)
    yield from tally.needs.faults()
    yield from regions_at_fault(evidence, tally.shown)
    yield from floors(evidence, tally)


def parts_of(judge: Judge, site: Path, expected: dict[str, Page]) -> list[Callable[[], Seen]]:
    """Return what is judged of a site, each part by itself: the longest first, so that processors which share them end together."""
    evidence, files = judge.evidence, judge.allowed.files
    # What more than one part asks is found before any begins; a Node that renders formulas cannot be shared
    stale, *_ = evidence.standing.faults(evidence.catalogue.regions), evidence.resolved, evidence.stale_programs
    KATEX_PROCESS.close()
    whole = (
        stale,
        sheet_faults(site),
        offered(evidence, site),
        files.docs_faults(),
        files.site_faults(site, set(expected)),
    )
    pages = sorted((path for path in site.rglob("*.html") if path.is_file()), key=lambda path: -path.stat().st_size)
    return [
        *(partial(see_part, faults) for faults in whole),
        *(partial(see_page, judge, site, path, expected) for path in pages),
    ]


def see_part(faults: Iterable[Fault]) -> Seen:
    return Tally(), list(faults)


def see_page(judge: Judge, site: Path, path: Path, expected: dict[str, Page]) -> Seen:
    tally, name = Tally(pages=1), path.relative_to(site).as_posix()
    return tally, list(judge_page(judge, path, name, expected.get(name), tally))


def regions_at_fault(evidence: Evidence, shown: set[str]) -> Iterator[Fault]:
    """Report what is wrong with regions as such: their markers, and those that no page shows."""
    yield from evidence.catalogue.faults
    for region in evidence.catalogue.regions.values():
        if region.id not in shown:
            where = f"{region.path}:{region.first}"
            yield Fault(where, f"region {region.id} is shown on no page", "show it or remove its markers")


def offered(evidence: Evidence, site: Path) -> Iterator[Fault]:
    """Report files offered for download that are not the program of their page."""
    for name, text in downloads(evidence.catalogue, evidence.pages):
        path = site / name
        if not path.is_file() or path.read_bytes() != text.encode():
            yield Fault(name, "not the program that its page shows", "run `python -m verbatim programs` and build anew")
    for name, text in notebook_pages(evidence.catalogue):
        path = site / name
        if path.is_file() and path.read_bytes() != text.encode():  # some generators copy it
            yield Fault(name, "not the notebook of its page", "run `python -m verbatim programs` and build anew")


def judge_page(judge: Judge, path: Path, name: str, source: Page | None, tally: Tally) -> Iterator[Fault]:
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        yield Fault(f"{name}:{line}", "not UTF-8", "expected a page in UTF-8; save its source so and build anew")
        return
    tree = parse(text)
    if tree.body is None or tree.body.tag != "body":
        yield Fault(name, "a page of frames", "expected a page with a body; what its frames show cannot be judged")
        return
    tally.needs.add(name, tree)
    try:
        yield from judge_tree(judge, tree, name, source, tally)
    except RecursionError:
        yield Fault(
            name, "elements nested too deeply", "expected at most some hundreds inside each other; close what the page opens"
        )


def judge_tree(judge: Judge, tree: LexborHTMLParser, name: str, source: Page | None, tally: Tally) -> Iterator[Fault]:
    resolved = judge.evidence.resolved[source.name] if source else Resolved((), ())
    includes = list(source.includes) if source else []
    bound = {number.tex: number for number in resolved.numbers}
    content, whole = content_of(tree), tree.html or ""
    verdict = judge.judge(body_of(tree), name, includes, bound, content=content, address=name)
    yield from judge.surroundings(around_content(whole, inner_of(content)), name)
    for finding in verdict.findings:
        yield finding.fault
    yield from measured_head(judge, tree, name, source.front if source else [])
    for node in tree.css(f".{MARK_CLASS}"):
        yield Fault(name, "the page carries a mark of a fault", "mend what it says and build anew", node.text())
    if source:
        tally.blocks += len(verdict.shown)
    else:
        tally.repeated += len(verdict.shown)
    tally.numbers += len(tree.css(f".{NUMBER_CLASS}"))
    tally.shown.update(source.id for _, source in verdict.shown)
    if source:
        yield from other_languages(judge.evidence, name, source)
        yield from missing_blocks(name, source, [found.id for _, found in verdict.shown])
        if fault := judge.evidence.program_fault(source.name, name):
            yield fault
    yield from resolved.faults
    yield from requests(tree, name)
    yield from raw_source(whole, name)


def measured_head(judge: Judge, tree: LexborHTMLParser, name: str, front: list[str]) -> Iterator[Fault]:
    """Report measurements and code that were typed into the title of a page, or into what it tells search engines."""
    texts = [*front, *(node.text() for node in (tree.head.css("title") if tree.head else ()))]
    texts += [attributes.get("content") or "" for node in tree.css("meta") if is_told(attributes := node.attributes)]
    for text in filter(None, texts):
        yield from judge.words(text, body_of(tree), name)
    for run in attribute_runs(("title", text) for text in texts):
        yield Fault(name, "code that nothing proves, in what is told of the page", "write prose, or include it in a fence", run)


def is_told(attributes: dict[str, str | None]) -> bool:
    """Say whether a <meta> holds words that are shown elsewhere."""
    return (attributes.get("name") or "").lower() in TOLD_OUTSIDE or (
        "property" in attributes and attributes["property"] not in NO_TEXT
    )


def other_languages(evidence: Evidence, name: str, page: Page) -> Iterator[Fault]:
    """Report fences that name another language than that of their source; not every highlighter writes it on the page."""
    for include, language in page.languages:
        source = evidence.catalogue.sources.get(include)
        if source and language not in ("", LANGUAGES[source.kind]):
            fix = f"expected {LANGUAGES[source.kind]}: regions are python, commands bash, outputs text"
            yield Fault(name, f"{include} in a fence of {language}", fix)


def missing_blocks(name: str, source: Page, shown: list[str]) -> Iterator[Fault]:
    """Report includes that the source of a page names and the page does not show."""
    missing = [include for include in source.includes if shown.count(include) < source.includes.count(include)]
    if missing or len(shown) < source.fences:
        what = f"shows {len(shown)} blocks where its source has {source.fences} fences"
        yield Fault(name, what, f"missing: {', '.join(sorted(set(missing))) or 'a fence without an include'}")


def floors(evidence: Evidence, tally: Tally) -> Iterator[Fault]:
    """Report a site in which fewer things were found than its sources name: then the check saw nothing."""
    total = totals(evidence)
    numbers = sum(count for kind, count in total.numbers.items() if kind != "citation")
    if not evidence.pages or tally.pages < len(evidence.pages):
        yield Fault("site", f"{tally.pages} pages for {len(evidence.pages)} sources", "build the whole site anew")
    if tally.blocks < total.blocks or not total.blocks:
        yield Fault("site", f"{tally.blocks} blocks found, the sources include {total.blocks}", "show every included block")
    if numbers and not tally.numbers:
        yield Fault("site", f"no bound number found, the sources name {numbers}", "build with the extension verbatim.site.markdown")

"""`check SITE`: the gate. It judges the built site by itself, whoever built it, and says everything that is wrong at once."""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser

from verbatim.faults import MARK_CLASS, Fault
from verbatim.judging.blocks import parse
from verbatim.judging.evidence import Evidence
from verbatim.judging.judge import Judge, stale_fix
from verbatim.judging.text import NUMBER_CLASS
from verbatim.pages.program import downloads
from verbatim.pages.references import CROSS_REFERENCES, UnknownReference
from verbatim.pages.source import PageSource, read_pages
from verbatim.project import Project
from verbatim.published.catalogue import Catalogue
from verbatim.site.report import totals

# Attributes by which a page makes the browser fetch something; links that a reader may follow are not among them
FETCHES = ("src", "srcset", "poster", "data", "background")
FETCHING_ELEMENTS = ("use", "image", "feimage", "base")
FETCHING_LINKS = ("stylesheet", "icon", "preload", "prefetch", "preconnect", "dns-prefetch", "modulepreload", "manifest")
ELSEWHERE = re.compile(r"(?:^|[\s,])(?:https?:)?//", re.IGNORECASE)
CSS_ELSEWHERE = re.compile(r"""(?:@import\s+|url\(\s*)["']?((?:https?:)?//[^"')\s]+)""", re.IGNORECASE)
RAW_MATHS = re.compile(r"\\\(|\\\[|\$\$")
RAW_SIGN = re.compile(r"\\\(|\\\[|\$\$|\{\{|\[@|\[\[")
RAW_REFERENCE = re.compile(r"\{\{[^{}]*\}\}|\[@[^\]\s][^\]]*\]|\[\[(?:bibliography|verification-report)\]\]")


@dataclass
class Tally:
    """What was looked at: a check that looked at nothing must not pass."""

    pages: int = 0
    blocks: int = 0
    numbers: int = 0


def check(project: Project, site: Path) -> int:
    """Print every fault of a built site and what was counted; return the exit code."""
    judge = Judge(Evidence(project))
    tally = Tally()
    faults = sorted(set(judge_site(judge, site, tally)))
    for fault in faults:
        print(f"check: {fault}", file=sys.stderr)
    state = "publishable" if not faults else f"{len(faults)} faults"
    verified = tally.blocks if not faults else "not all"
    print(
        f"check: {tally.pages} pages, {tally.blocks} blocks, {verified} verified, 0 skipped, {tally.numbers} bound numbers: {state}"
    )
    return 1 if faults else 0


def judge_site(judge: Judge, site: Path, tally: Tally) -> Iterator[Fault]:
    """Yield the faults of all pages, of the styles they load, and of the site as a whole."""
    project = judge.evidence.project
    sources = read_pages(project.docs)
    expected = {built_page(name): source for name, source in sources.items()}
    if not site.is_dir():
        yield Fault(str(site), "no such folder", "build the site first: `make site`")
        return
    shown: set[str] = set()
    for path in sorted(site.rglob("*.html")):
        name = path.relative_to(site).as_posix()
        tally.pages += 1
        yield from judge_page(judge, path, name, expected.get(name), tally, shown)
    for name in sorted(expected):
        if not (site / name).is_file():
            yield Fault(
                name, "the page is missing", f"expected it from {project.relative(project.docs)}/{expected[name].page}; build anew"
            )
    for path in sorted(site.rglob("*.css")):
        for address in CSS_ELSEWHERE.findall(path.read_text("utf-8")):
            yield Fault(path.relative_to(site).as_posix(), "a request to another host", "serve it from the site itself", address)
    yield from judge.evidence.catalogue.region_faults
    for region in judge.evidence.catalogue.regions.values():
        if region.id not in shown:
            where = f"{region.path}:{region.first}"
            yield Fault(where, f"region {region.id} is shown on no page", "show it or remove its markers")
    yield from floors(judge.evidence, sources, tally)
    yield from offered(judge.evidence.catalogue, site)


def offered(catalogue: Catalogue, site: Path) -> Iterator[Fault]:
    """Report files offered for download that are not the program of their page."""
    for name, text in downloads(catalogue):
        path = site / name
        if not path.is_file() or path.read_text("utf-8") != text:
            yield Fault(name, "not the program that its page shows", "run `python -m verbatim programs` and build anew")


def built_page(name: str) -> str:
    """Return where MkDocs puts a page with `use_directory_urls`."""
    path = Path(name).with_suffix("")
    return (
        "index.html"
        if name == "index.md"
        else (path / "index.html").as_posix()
        if path.name != "index"
        else f"{path.as_posix()}.html"
    )


def judge_page(judge: Judge, path: Path, name: str, source: PageSource | None, tally: Tally, shown: set[str]) -> Iterator[Fault]:
    tree = parse(path.read_text("utf-8"))
    includes = list(source.includes) if source else []
    verdict = judge.judge(tree.body, name, includes, bound_tex(judge.evidence, source))
    for finding in verdict.findings:
        yield finding.fault
    yield from measured_head(judge, tree, name)
    for node in tree.css(f".{MARK_CLASS}"):
        yield Fault(name, "the page carries a mark of a fault", "mend what it says and build anew", node.text())
    tally.blocks += len(verdict.shown)
    tally.numbers += len(tree.css(f".{NUMBER_CLASS}"))
    shown.update(source.id for _, source in verdict.shown)
    if source:
        yield from missing_blocks(name, source, [found.id for _, found in verdict.shown])
        yield from references_that_do_not_stand(judge.evidence, name, source)
    yield from requests(tree, name)
    yield from raw_source(tree, name)


def measured_head(judge: Judge, tree: LexborHTMLParser, name: str) -> Iterator[Fault]:
    """Report measurements that were typed into the title of a page, or into what it tells search engines."""
    texts = [node.text() for node in tree.css("head title")]
    texts += [node.attributes.get("content") or "" for node in tree.css('meta[name="description"], meta[property]')]
    for text in texts:
        for finding in judge.typed(parse(f"<p>{html.escape(text)}</p>").body, name, set()):
            yield finding.fault


def references_that_do_not_stand(evidence: Evidence, name: str, source: PageSource) -> Iterator[Fault]:
    """Report what the source of a page binds to nothing, or to a stale record: in formulas and attributes too."""
    for reference, spec in source.references:
        excerpt = f"{{{{ {reference} }}}}"
        try:
            if reference.split(".")[0] in CROSS_REFERENCES:
                evidence.references.target(reference)
                continue
            evidence.references.number(reference, spec)
        except UnknownReference as error:
            yield Fault(name, str(error), "write an existing reference", excerpt)
            continue
        if reasons := evidence.stale_number(reference):
            yield Fault(name, f"number of a stale record: {'; '.join(reasons)}", stale_fix(reference), excerpt)


def bound_tex(evidence: Evidence, source: PageSource | None) -> set[str]:
    """Return the numbers that the source of a page binds, as its formulas write them."""
    found = set()
    for reference, spec in source.references if source else ():
        if reference.split(".")[0] not in CROSS_REFERENCES:
            try:
                found.add(evidence.references.number(reference, spec).tex)
            except UnknownReference:
                continue  # reported by references_that_do_not_stand
    return found


def missing_blocks(name: str, source: PageSource, shown: list[str]) -> Iterator[Fault]:
    """Report includes that the source of a page names and the page does not show."""
    missing = [include for include in source.includes if shown.count(include) < source.includes.count(include)]
    if missing or len(shown) < source.fences:
        what = f"shows {len(shown)} blocks where its source has {source.fences} fences"
        yield Fault(name, what, f"missing: {', '.join(sorted(set(missing))) or 'a fence without an include'}")


def requests(tree: LexborHTMLParser, name: str) -> Iterator[Fault]:
    """Report everything that the page would fetch from another host."""
    fix = "serve it from the site itself"
    fetched = [node.attributes[attribute] or "" for attribute in FETCHES for node in tree.css(f"[{attribute}]")]
    for node in tree.css("[href], [xlink\\:href]"):
        relation = (node.attributes.get("rel") or "").lower().split() if node.tag == "link" else ()
        if node.tag.lower() in FETCHING_ELEMENTS or set(relation) & set(FETCHING_LINKS):
            fetched.append(node.attributes.get("href") or node.attributes.get("xlink:href") or "")
    for address in fetched:
        if ELSEWHERE.search(address):
            yield Fault(name, "a request to another host", fix, address)
    for node in (*tree.css("style"), *tree.css("[style]")):
        text = node.text() if node.tag == "style" else node.attributes["style"] or ""
        for address in CSS_ELSEWHERE.findall(text):
            yield Fault(name, "a request to another host", fix, address)


def raw_source(tree: LexborHTMLParser, name: str) -> Iterator[Fault]:
    """Report formulas that were left as TeX, and references and citations that nobody expanded."""
    source = tree.html or ""
    if not RAW_SIGN.search(source):  # spares nearly all pages a copy
        return
    copy = parse(source)
    for node in copy.css(f"pre, script, style, .katex, .{MARK_CLASS}"):
        node.decompose()
    fix = "build with the extension verbatim.site.markdown"
    text = copy.body.text(separator=" ")
    for found in RAW_REFERENCE.finditer(text):
        yield Fault(name, "a reference that was not expanded", fix, found[0])
    for node in copy.css("code"):
        node.decompose()
    text = copy.body.text(separator=" ")
    if found := RAW_MATHS.search(text):
        yield Fault(
            name,
            "a formula that was not rendered",
            "write it as $…$ or $$…$$ and build anew",
            text[found.start() : found.start() + 60],
        )


def floors(evidence: Evidence, sources: dict[str, PageSource], tally: Tally) -> Iterator[Fault]:
    """Report a site in which fewer things were found than its sources name: then the check saw nothing."""
    total = totals(evidence, sources)
    numbers = sum(count for kind, count in total.numbers.items() if kind != "citation")
    if not sources or tally.pages < len(sources):
        yield Fault("site", f"{tally.pages} pages for {len(sources)} sources", "build the whole site anew")
    if tally.blocks < total.blocks or not total.blocks:
        yield Fault("site", f"{tally.blocks} blocks found, the sources include {total.blocks}", "show every included block")
    if numbers and not tally.numbers:
        yield Fault("site", f"no bound number found, the sources name {numbers}", "build with the extension verbatim.site.markdown")

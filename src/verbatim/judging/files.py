"""The files of the docs folder and of the site, by kind: pages, what is generated, assets that are listed with their digest."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from verbatim.faults import Fault
from verbatim.judging.brought import REMADE, Brought
from verbatim.pages.katex import KATEX, style_sheet
from verbatim.pages.page import FOLDER, page_name
from verbatim.project import Project, digest, digest_of, read_json, write_atomically
from verbatim.proof.records import DATA_FOLDER
from verbatim.published import drawings
from verbatim.published.characters import text_of_file

if TYPE_CHECKING:
    from verbatim.judging.evidence import Evidence

MANIFEST = "assets.json"  # below the snippets folder
HEAD = "Written by `python -m verbatim assets --write`: files of the docs folder made by hand, each read before it is listed"
# What may be listed; all that shows itself in a browser as a page, or runs there as one, is not among them
KINDS = frozenset(
    [
        ".css", ".js", ".svg", ".png", ".jpg", ".jpeg", ".webp", ".avif", ".ico", ".woff2", ".txt", ".npz", ".xz", ".bib",
        ".json", ".bin", ".csv"
    ]
)  # fmt: skip
BIBLIOGRAPHY = "references.bib"
KATEX_FOLDER = "assets/katex"
NOT_FROM_PAGES = ("404.html", "search.html")
# What a style writes by itself, its signs perhaps as escapes, and counts that begin elsewhere than at nothing
CONTENT = re.compile(r"(?<![\w-])content\s*:([^;}]*)", re.IGNORECASE)
ESCAPE = re.compile(r"\\([0-9A-Fa-f]{1,6})\s?")
COUNT = re.compile(r"counter-(?:reset|set)\s*:[^;}]*\s-?[1-9][^;}]*")
# What a drawing that stands by itself may not hold: it is no place for text
DRAWN_TEXT = ("<text", "<script", "<foreignobject", "<image", "<use", "javascript:", " on")


class Files:
    """The files of one state of a project."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.project = evidence.project

    @cached_property
    def generated(self) -> frozenset[str]:
        """The programs and notebooks that pages offer, and notebooks that are pages."""
        found = set()
        for name, page in self.evidence.pages.items():
            if page.shows_python:
                found.add(f"{FOLDER}/{page_name(name)}.py")
                if name not in self.project.no_notebook:
                    found.add(f"{FOLDER}/{page_name(name)}.ipynb")
        return frozenset(found | {f"{Path(name).with_suffix('')}-notebook.ipynb" for name in self.project.notebook_pages})

    @cached_property
    def listed(self) -> dict[str, str]:
        return read_manifest(self.project)

    @cached_property
    def data(self) -> frozenset[str]:
        docs = self.project.docs.resolve()
        return frozenset(
            path.resolve().relative_to(docs).as_posix() for path in self.project.data if path.resolve().is_relative_to(docs)
        )

    @cached_property
    def for_widgets(self) -> dict[str, str]:
        """The files that labs wrote for widgets, each with the lab whose record names it."""
        folder = self.project.snippets / "records"
        records = {path.stem: self.evidence.references.record(path.stem) for path in sorted(folder.glob("*.json"))}
        return {
            f"{DATA_FOLDER}/{file}": name
            for name, record in records.items()
            for file in record.get("digests", {}).get("widgets", {})
        }

    @cached_property
    def figures(self) -> dict[str, list[str]]:
        """Every figure with what makes it stale."""
        paths = sorted((self.project.docs / drawings.FOLDER).glob("*.svg"))
        return {path.name: figure_reasons(self.evidence, path) for path in paths}

    def reachable(self, target: str) -> bool:
        """Say whether a path of the site may be linked: a page, or a file that is generated or listed."""
        suffix = Path(target).suffix.lower()
        if suffix == ".md" or target.startswith("..") or target in (".", ""):  # the generator tells of those that are not there
            return not target.startswith("..") or suffix in ("", ".html", ".md")
        page = target.removesuffix(".html").removesuffix("index").rstrip("/")
        return not self.pages.isdisjoint((f"{page}/index.html".lstrip("/"), target)) or self.known(target)

    @cached_property
    def pages(self) -> frozenset[str]:
        """The addresses of all pages, notebooks among them."""
        notebooks = (f"{name.removesuffix('.ipynb')}/index.html" for name in self.generated)
        return frozenset([*(page.address for page in self.evidence.pages.values()), *notebooks, *NOT_FROM_PAGES])

    def known(self, name: str) -> bool:
        """Say whether a file below the docs folder is generated, listed, data of a lab or the bibliography."""
        return (
            name in self.generated or name in self.listed or name in self.data or name in self.for_widgets or name == BIBLIOGRAPHY
            or (name.startswith(f"{drawings.FOLDER}/") and name.rpartition("/")[2] in self.figures)
            or name in self.katex
        )  # fmt: skip

    def docs_faults(self) -> Iterator[Fault]:
        """Yield the files of the docs folder that are of no kind, changed since they were listed, or not drawn by code."""
        docs = self.project.relative(self.project.docs)
        seen = set()
        for name, path in walk(self.project.docs):
            seen.add(name)
            yield from self.docs_fault(f"{docs}/{name}", name, path)
        for name in sorted(self.for_widgets.keys() - seen):
            fix = f"run `python -m verbatim record {self.for_widgets[name]} --write`"
            yield Fault(f"{docs}/{name}", "written by a lab for widgets and not there", fix)
        for name in sorted(self.listed.keys() - seen):
            yield Fault(f"{docs}/{name}", "listed and not there", "remove it from the list: `python -m verbatim assets --write`")

    def docs_fault(self, where: str, name: str, path: Path) -> Iterator[Fault]:
        """Yield what is wrong with one file of the docs folder."""
        if path.is_symlink():
            yield Fault(where, "a link to another place", "put the file or folder itself here")
        elif name.startswith(f"{drawings.FOLDER}/") and path.suffix == ".svg":
            if reasons := self.figures.get(path.name):
                fix = "run `python -m figures --write`, or delete a drawing by hand"
                yield Fault(where, f"stale figure: {'; '.join(reasons)}", fix)
        elif name.startswith(f"{DATA_FOLDER}/"):
            yield from self.data_fault(where, name)
        elif path.suffix == ".md":
            yield from unfinished(where, path)
        elif name in self.katex:
            if self.katex[name] != digest_of(path):
                yield Fault(where, "not the file that KaTeX brings", "run `python -m verbatim.site.katex_assets`, or `make`")
        elif name not in self.generated | self.data | {BIBLIOGRAPHY}:
            yield from self.asset_fault(where, name, path)

    def data_fault(self, where: str, name: str) -> Iterator[Fault]:
        """Yield what is wrong with a file that widgets read: that no record names it, or that its record does not stand."""
        lab = self.for_widgets.get(name)
        if lab is None:
            fix = "name it in [tool.verbatim.labs.LAB] files and run `python -m verbatim record LAB --write`, or remove it"
            yield Fault(where, "a file for widgets that no record names", fix)
        elif reasons := self.evidence.stale_record(lab):
            fix = f"run `python -m verbatim record {lab} --write`"
            yield Fault(where, f"a file of a stale record: {'; '.join(reasons)}", fix)

    def asset_fault(self, where: str, name: str, path: Path) -> Iterator[Fault]:
        """Yield what is wrong with a file that was made by hand: its kind, its place, or its digest."""
        listing = "read it, then run `python -m verbatim assets --write`"
        if name.startswith((f"{KATEX_FOLDER}/", f"{FOLDER}/")) or path.suffix not in KINDS:
            kinds = " ".join(sorted(KINDS))
            yield Fault(where, "a file of no allowed kind", f"expected Markdown, what the build makes, or one of {kinds}")
        elif name not in self.listed:
            yield Fault(where, "a file that is not listed", listing)
        elif self.listed[name] != digest_of(path):
            yield Fault(where, "changed since it was listed", listing)
        elif path.suffix == ".css" and (written := numbers_written(path.read_text("utf-8", "replace"))):
            yield Fault(where, "a style that writes numbers", "write them on the page", written)
        elif path.suffix == ".svg" and any(sign in path.read_text("utf-8", "replace").lower() for sign in DRAWN_TEXT):
            yield Fault(
                where, "a drawing that holds text or script", "draw it with `python -m figures`, or write the text on the page"
            )

    @cached_property
    def katex(self) -> dict[str, str]:
        """The files of KaTeX with their digests, as they were installed; none where it is not, for then no formula is rendered."""
        if not (KATEX / "dist" / "katex.min.css").is_file():
            return {}
        sheet = digest(style_sheet())
        fonts = (KATEX / "dist" / "fonts").glob("*.woff2")
        return {f"{KATEX_FOLDER}/katex.min.css": sheet, **{f"{KATEX_FOLDER}/fonts/{font.name}": digest_of(font) for font in fonts}}

    def site_faults(self, site: Path, pages: set[str]) -> Iterator[Fault]:
        """Yield the files of a site that nothing accounts for, and those that it lacks; `pages` are those it should have."""
        allowed = pages | {*NOT_FROM_PAGES, *(f"{name.removesuffix('.ipynb')}/index.html" for name in self.generated)}
        brought, seen = Brought(site, self.project.root), set()
        for name, path in walk(site, hidden=True):
            seen.add(name)
            if path.is_symlink():
                yield Fault(name, "a link to another place", "build into a folder of its own")
            elif path.is_dir():
                yield Fault(name, "a folder that is called like a page", "give the page another name")
            elif path.suffix == ".html":
                if name not in allowed:
                    yield Fault(name, "a page that no source in Markdown makes", "remove it, or write its page in Markdown")
            elif not self.known(name):
                yield from brought.faults(name)
            elif name not in self.generated and digest_of(path) != self.digest(name):
                yield Fault(name, "not the file of the docs folder", "build anew")
        yield from brought.missing()
        for name, path in walk(self.project.docs):
            published = path.suffix != ".md" and not name.startswith(REMADE) and self.known(name)
            if published and name not in seen | self.generated | self.project.unpublished:
                yield Fault(
                    name,
                    "a file of the docs folder that the site lacks",
                    "build anew; one that is not published stands in [tool.verbatim] unpublished",
                )

    def digest(self, name: str) -> str:
        """Return the digest that a file of the site has to have: of that of the docs folder, or as it was listed or installed."""
        source = self.project.docs / name
        return digest_of(source) if source.is_file() else self.listed.get(name, self.katex.get(name, ""))


def numbers_written(style: str) -> str:
    """Return the first piece of a style that writes a number onto pages; "" where none does."""
    for match in CONTENT.finditer(style):
        text = ESCAPE.sub(lambda escape: chr(min(int(escape[1], 16), 0x10FFFF)), match[1])
        if any(map(str.isnumeric, text)):
            return match[0]
    count = COUNT.search(style)
    return count[0] if count else ""


def unfinished(where: str, path: Path) -> Iterator[Fault]:
    """Yield what is wrong with a page as a file: its encoding, marks of a merge, the place of the theme's own page."""
    if where.endswith("/404.md"):
        yield Fault(where, "a page in the place of the theme's page of errors", "give it another name")
    text, wrong = text_of_file(path)
    for line, what, fix, excerpt in wrong:
        if not text or "merge" in what:
            yield Fault(f"{where}:{line}", what, fix, excerpt)


def figure_reasons(evidence: Evidence, path: Path) -> list[str]:
    """Return why a figure is stale: edited, drawn by other code, or from records that have changed or do not stand."""
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        return ["it is not UTF-8"]
    project = evidence.project
    reasons = drawings.stale_drawing(text, project.snippets / "records", project.source / "figures")
    for name in drawings.records_of(text):
        reasons += [f"record {name} is stale: {reason}" for reason in evidence.stale_record(name)] if not reasons else []
    return reasons


def walk(folder: Path, *, hidden: bool = False) -> Iterator[tuple[str, Path]]:
    """Yield files, links, and folders that are called like a page, by their paths below `folder`.

    Hidden ones of the docs folder are not published; in a site, a server hands them out.
    """
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if hidden or not name.startswith("."))
        odd = [
            name for name in folders if (Path(here) / name).is_symlink() or Path(name).suffix.lower() in (".html", ".htm", ".xhtml")
        ]
        for name in sorted([*odd, *(name for name in files if hidden or not name.startswith("."))]):
            path = Path(here) / name
            yield path.relative_to(folder).as_posix(), path


def read_manifest(project: Project) -> dict[str, str]:
    """Return the listed assets with their digests; raises SettingsError where the list is none."""
    path = project.snippets / MANIFEST
    files = read_json(path, ("files",), "run `python -m verbatim assets --write`")["files"] if path.is_file() else {}
    return {str(name): str(value) for name, value in files.items()} if isinstance(files, dict) else {}


def assets(evidence: Evidence, *, write: bool) -> int:
    """Compare the files made by hand with their list, or list them; return the exit code."""
    files = Files(evidence)
    if write:
        kept = files.project.docs
        names = {name: path for name, path in walk(kept) if path.is_file() and not path.is_symlink() and path.suffix in KINDS}
        mine = {name: digest_of(path) for name, path in names.items() if not (name in files.data or generated_kind(files, name))}
        write_atomically(
            files.project.snippets / MANIFEST, json.dumps({"_": HEAD, "files": mine}, indent=1, ensure_ascii=False) + "\n"
        )
        files = Files(evidence)
    faults = list(files.docs_faults())
    for fault in faults:
        print(f"assets: {fault}")
    print(f"assets: {len(files.listed)} files listed, {len(faults)} faults")
    return 1 if faults else 0


def generated_kind(files: Files, name: str) -> bool:
    return (
        name in files.generated
        or name == BIBLIOGRAPHY
        or name.startswith((f"{drawings.FOLDER}/", f"{DATA_FOLDER}/", f"{KATEX_FOLDER}/", f"{FOLDER}/"))
    )

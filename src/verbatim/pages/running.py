"""`run`: what pages show is run as their readers run it, and compared with the records."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from verbatim.pages.page import Page, is_python, read_pages
from verbatim.pages.program import program
from verbatim.project import Project
from verbatim.proof.inputs import Snapshot
from verbatim.proof.programs import Environments, Program, entry_of, keep, read_programs, run_page, stale_program
from verbatim.proof.records import lab_name
from verbatim.published.catalogue import SHELL_FOLDER, Catalogue

# A link in Markdown: one to a file that is no page is a download; what the site makes itself is offered, not needed
LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?!\w+:)([^()\s#]+)\)|^\[[^\]]+\]:\s*(?!\w+:)(\S+)", re.MULTILINE)
MADE = ("downloads/programs/", ".md", ".ipynb", "/")


def program_of(catalogue: Catalogue, page: Page) -> Program | None:
    """Return what a page tells its reader to run; None where it shows no Python."""
    shown = [include for include in page.includes if is_python(include) and include in catalogue.sources]
    if not shown:
        return None
    project = catalogue.project
    commands = {name: catalogue.sources[name].text for name in page.includes if name.startswith(f"{SHELL_FOLDER}/")
                and name in catalogue.sources}  # fmt: skip
    folder = (project.docs / page.name).parent
    links = {first or second for first, second in LINK.findall(page.text)}
    files = {(folder / link).resolve() for link in links if MADE[0] not in link and not link.endswith(MADE[1:])}
    run = next((name for name in reversed(shown) if name.endswith(":run")), shown[-1])  # a page may go on after its lab
    lab = lab_name(project, project.source / run.split(":")[0])
    return Program(
        page.name,
        program(catalogue, page),
        commands,
        tuple(sorted(path for path in files if path.is_file() and path.is_relative_to(project.docs))),
        lab,
    )


def programs_of(project: Project) -> dict[str, Program]:
    """Return the programs of all pages, by page."""
    catalogue = Catalogue(project)
    found = {name: program_of(catalogue, page) for name, page in read_pages(project.docs).items()}
    return {name: program for name, program in found.items() if program}


def run(project: Project, pages: list[str], *, write: bool, everything: bool = False) -> int:
    """Run the programs of pages, of all where none is named; with `write`, of the stale ones, and keep what that proved.

    Return the exit code.
    """
    programs, known = programs_of(project), read_programs(project)
    unknown = [page for page in pages if page not in programs]
    if unknown:
        print(f"run: {', '.join(unknown)}: no page with a program; there are: {', '.join(programs)}", file=sys.stderr)
        return 2
    chosen = pages or [page for page in programs if everything or not write or stale_program(project, programs[page], known)]
    failed = 0
    with tempfile.TemporaryDirectory(prefix="verbatim-") as folder:
        environments = Environments(Path(folder))
        for page in chosen:
            failed += not run_one(project, programs[page], environments, known, write=write)
    if write and not chosen:
        keep(project, {}, programs)
    print(f"run: {len(chosen)} of {len(programs)} programs run, {failed} failed")
    return 1 if failed else 0


def run_one(
    project: Project, program: Program, environments: Environments, known: dict[str, dict[str, Any]], *, write: bool
) -> bool:
    """Return whether a program gives its record again, and its entry says so, or is written."""
    snapshot, entry = Snapshot(project), entry_of(project, program)
    wrong: list[object] = [*run_page(project, program, environments), *snapshot.faults()]
    current = programs_of(project).get(program.page)
    if current is None or entry_of(project, current) != entry:
        wrong.append("saved while the run was under way; nothing is written; run it again")
    if not write:
        wrong += stale_program(project, program, known)
    for problem in wrong:
        print(f"run: {program.page}: {problem}", file=sys.stderr)
    if write and not wrong:
        keep(project, {program.page: entry}, programs_of(project))
    print(f"run: {program.page} {'differs' if wrong else 'gives its record again'}", flush=True)
    return not wrong

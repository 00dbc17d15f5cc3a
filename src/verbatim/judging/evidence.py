"""What pages are judged by: regions, records, references and the bibliography of a project as it is now."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

from verbatim.faults import Fault
from verbatim.pages.bibliography import Bibliography
from verbatim.pages.formats import UnknownReference
from verbatim.pages.page import REPORT, Page, read_pages
from verbatim.pages.references import Number, References
from verbatim.pages.running import program_of
from verbatim.project import Project, digest_of
from verbatim.proof.ledger import Ledger, Standing
from verbatim.proof.programs import programs_path, read_programs, stale_command, stale_program
from verbatim.proof.records import record_path, stale_record
from verbatim.published.catalogue import Catalogue, Source


@dataclass(frozen=True)
class Resolved:
    """What the references of a page come to: its numbers, and what is wrong with the others."""

    numbers: tuple[Number, ...]
    faults: tuple[Fault, ...]


class Evidence:
    """The evidence of one state of a project; what it has worked out once, it remembers."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.catalogue = Catalogue(project)
        self.pages = read_pages(project.docs)
        self.references = References(project, self.catalogue.modules, self.pages)
        self.bibliography = Bibliography(project)
        self.programs = read_programs(project)
        self.standing = Standing(project, Ledger.read(project))
        self.record_reasons: dict[str, list[str]] = {}

    @cached_property
    def report_page(self) -> Page | None:
        """The page that holds the report, if one does."""
        return next((page for page in self.pages.values() if REPORT in page.text), None)

    @cached_property
    def resolved(self) -> dict[str, Resolved]:
        """The references of every page, looked up."""
        return {name: self.resolve(page) for name, page in self.pages.items()}

    def resolve(self, page: Page) -> Resolved:
        numbers: list[Number] = []
        faults: list[Fault] = []
        for reference, spec in page.references:
            try:
                if reference in page.cross_references:
                    self.references.target(reference)
                    continue
                numbers.append(self.references.number(reference, spec))
            except UnknownReference as error:
                faults.append(Fault(page.address, str(error), "write an existing reference", f"{{{{ {reference} }}}}"))
                continue
            if fault := self.stale_number_fault(reference, spec, page.address, f"{{{{ {reference} }}}}"):
                faults.append(fault)
        fix = "let a list begin with one; a sentence that begins with a number is none"
        faults += [Fault(page.address, "a list that begins with a typed number", fix, start) for start in page.odd_starts]
        return Resolved(tuple(numbers), tuple(faults))

    def stale_source(self, source: Source) -> list[str]:
        """Return why what a page shows is not proven as it is now; nothing where it is."""
        if source.region:
            return self.standing.stale_region(source.region)
        if source.kind == "command":
            return stale_command(source.id, source.text, self.programs)
        return self.stale_record(source.id.split("/")[-1].removesuffix(".txt"))

    @cached_property
    def stale_programs(self) -> dict[str, list[str]]:
        """Why the program of each page that has one is not proven as it is now; a file that several pages offer is read once."""
        found = {name: program_of(self.catalogue, page) for name, page in self.pages.items()}
        once = cache(digest_of)
        return {name: stale_program(self.project, program, self.programs, once) for name, program in found.items() if program}

    def program_fault(self, page: str, where: str) -> Fault | None:
        """Return the fault of a page whose program was not run as it is now."""
        reasons = self.stale_programs.get(page)
        expected = f"expected a current entry in {self.project.relative(programs_path(self.project))}"
        fix = f"{expected}; run `python -m verbatim run {page} --write`"
        return Fault(where, f"the program of the page is not proven: {'; '.join(reasons)}", fix) if reasons else None

    def stale_record(self, name: str) -> list[str]:
        """Return why a record does not stand; an output without a record never does."""
        if name not in self.record_reasons:
            if record_path(self.project, name).is_file():
                record, standing = self.references.record(name), self.standing
                self.record_reasons[name] = stale_record(self.project, record, standing.code, standing.state)
            else:
                self.record_reasons[name] = ["it has no record"]
        return self.record_reasons[name]

    def stale_number_fault(self, reference: str, spec: str, where: str, excerpt: str) -> Fault | None:
        """Return the fault of a number whose record fell; raises UnknownReference where it is bound to nothing."""
        number = self.references.number(reference, spec)
        reasons = [reason for lab in number.labs for reason in self.stale_record(lab)]
        fix = f"run `python -m verbatim record {' '.join(number.labs)} --write`"
        what = f"number of a stale record: {'; '.join(reasons)}"
        return Fault(where, what, fix, excerpt, frozenset(reasons)) if reasons else None

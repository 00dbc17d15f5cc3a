"""What pages are judged by: regions, records, references and the bibliography of a project as it is now, and what of it is stale."""

from __future__ import annotations

from verbatim.bibliography import Bibliography
from verbatim.catalogue import Catalogue, Source
from verbatim.project import Project
from verbatim.records import record_path, stale
from verbatim.references import References


class Evidence:
    """The evidence of one state of a project; what it has worked out once, it remembers."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.catalogue = Catalogue(project)
        self.references = References(project, self.catalogue.modules)
        self.bibliography = Bibliography(project)
        self.record_reasons: dict[str, list[str]] = {}

    def stale(self, source: Source) -> list[str]:
        """Return why what a page shows is not proven as it is now; nothing where it is."""
        if source.region:
            return self.catalogue.standing.stale(source.region)
        return self.stale_record(source.id.split("/")[-1].removesuffix(".txt")) if source.kind == "output" else []

    def stale_record(self, name: str) -> list[str]:
        """Return why a record does not stand; an output without a record never does."""
        if name not in self.record_reasons:
            if record_path(self.project, name).is_file():
                self.record_reasons[name] = stale(self.project, self.references.record(name))
            else:
                self.record_reasons[name] = ["it has no record"]
        return self.record_reasons[name]

    def stale_number(self, reference: str) -> list[str]:
        """Return why the record that a number is bound to does not stand; constants and pins are read as they are now.

        Raises UnknownReference where it is bound to nothing.
        """
        number = self.references.number(reference)
        return self.stale_record(reference.split(".")[0]) if number.kind == "record" else []

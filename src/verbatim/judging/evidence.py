"""What pages are judged by: regions, records, references and the bibliography of a project as it is now, and what of it is stale."""

from __future__ import annotations

from verbatim.pages.bibliography import Bibliography
from verbatim.pages.references import References
from verbatim.project import Project
from verbatim.proof.records import record_path, stale
from verbatim.published.catalogue import Catalogue, Source

# What a page can depend on
WATCHED = frozenset({".py", ".sh", ".txt", ".json", ".md", ".svg", ".bib"})


class Evidence:
    """The evidence of one state of a project; what it has worked out once, it remembers."""

    latest: tuple[tuple, Evidence] | None = None

    @classmethod
    def now(cls, project: Project) -> Evidence:
        """Return the evidence of the files as they are now: the same as last time where none of them has changed."""
        state = (project.root, snapshot(project))
        if cls.latest is None or cls.latest[0] != state:
            cls.latest = (state, cls(project))
        return cls.latest[1]

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


def snapshot(project: Project) -> tuple:
    """Return what tells two states of the project's files apart."""
    folders = [*(project.source / name for name in project.packages), project.snippets, project.tests, project.docs]
    files = [path for folder in folders for path in folder.rglob("*") if path.suffix in WATCHED]
    files += [*project.data, *(project.root / name for name in ("pyproject.toml", "requirements.txt", "package.json"))]
    return tuple((str(path), (stat := path.stat()).st_mtime_ns, stat.st_size) for path in files if path.is_file())

"""The catalogue: every text that a page may show as a block."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from verbatim.faults import Fault
from verbatim.project import Project
from verbatim.published.characters import text_of_file
from verbatim.published.regions import Region, read_modules, regions_of

SHELL_FOLDER = "commands"
OUTPUT_FOLDER = "outputs"


@dataclass(frozen=True)
class Source:
    """One text that may be shown."""

    id: str  # as an include names it: "mnist_lab/data.py:load", "commands/install.sh", "outputs/listing.txt"
    text: str
    region: Region | None = None

    @property
    def kind(self) -> str:
        return "region" if self.region else "command" if self.id.startswith(f"{SHELL_FOLDER}/") else "output"


class Catalogue:
    """All sources of a project, read once; make a new one after a change."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.modules = read_modules(project)
        self.regions, self.faults = regions_of(self.modules)
        self.sources = {name: Source(name, region.text, region) for name, region in self.regions.items()}
        for name, path in snippets_of(project).items():
            text, wrong = text_of_file(path)
            where = project.relative(path)
            self.faults += [Fault(f"{where}:{line}", what, fix, excerpt) for line, what, fix, excerpt in wrong]
            if not wrong:
                self.sources[name] = Source(name, normal(text))
        self.by_text: dict[str, list[Source]] = {}
        for source in self.sources.values():
            self.by_text.setdefault(source.text, []).append(source)

    def match(self, text: str, expected: list[str] | None = None) -> Source | None:
        """Return the source whose text this is, to the character; where several are alike, one that the page includes."""
        candidates = self.by_text.get(normal(text), [])
        named = [source for source in candidates if source.id in (expected or ())]
        return next(iter(named or candidates), None)


def snippets_of(project: Project) -> dict[str, Path]:
    """Return the files of the commands and the recorded outputs of a project, as includes name them."""
    patterns = (f"{SHELL_FOLDER}/*.sh", f"{OUTPUT_FOLDER}/*.txt")
    paths = [path for pattern in patterns for path in sorted(project.snippets.glob(pattern)) if path.is_file()]
    return {path.relative_to(project.snippets).as_posix(): path for path in paths}


def normal(text: str) -> str:
    """Return `text` with plain line ends and no newline at either end, as fences and clipboards leave it."""
    return text.replace("\r\n", "\n").strip("\n")

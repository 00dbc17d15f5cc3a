"""The catalogue: every text that a page may show as a block."""

from __future__ import annotations

from dataclasses import dataclass

from verbatim.project import Project
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
        self.sources |= {source.id: source for source in read_snippets(project)}
        self.by_text: dict[str, list[Source]] = {}
        for source in self.sources.values():
            self.by_text.setdefault(source.text, []).append(source)

    def match(self, text: str, expected: list[str] | None = None) -> Source | None:
        """Return the source whose text this is, to the character; where several are alike, one that the page includes."""
        candidates = self.by_text.get(normal(text), [])
        named = [source for source in candidates if source.id in (expected or ())]
        return next(iter(named or candidates), None)


def read_snippets(project: Project) -> list[Source]:
    """Return the commands and the recorded outputs of a project."""
    patterns = (f"{SHELL_FOLDER}/*.sh", f"{OUTPUT_FOLDER}/*.txt")
    paths = [path for pattern in patterns for path in sorted(project.snippets.glob(pattern))]
    return [Source(path.relative_to(project.snippets).as_posix(), normal(path.read_text("utf-8"))) for path in paths]


def normal(text: str) -> str:
    """Return `text` with plain line ends and no newline at either end, as fences and clipboards leave it."""
    return text.replace("\r\n", "\n").strip("\n")

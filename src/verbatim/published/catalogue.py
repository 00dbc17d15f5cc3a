"""The catalogue: every text that a page may show as a block, and whether what proves it still stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from verbatim.faults import Fault
from verbatim.project import Project
from verbatim.proof.ledger import Ledger, Standing
from verbatim.published.regions import Module, Region, read_modules, regions_of

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


@dataclass
class Catalogue:
    """All sources of a project, read once; make a new one after a change."""

    project: Project
    faults: list[Fault] = field(default_factory=list)

    @cached_property
    def modules(self) -> dict[str, Module]:
        return read_modules(self.project)

    @cached_property
    def sources(self) -> dict[str, Source]:
        regions, faults = regions_of(self.modules)
        self.faults += faults
        sources = {name: Source(name, region.text, region) for name, region in regions.items()}
        for pattern in (f"{SHELL_FOLDER}/*.sh", f"{OUTPUT_FOLDER}/*.txt"):
            for path in sorted(self.project.snippets.glob(pattern)):
                name = path.relative_to(self.project.snippets).as_posix()
                sources[name] = Source(name, normal(path.read_text("utf-8")))
        return sources

    @cached_property
    def regions(self) -> dict[str, Region]:
        return {name: source.region for name, source in self.sources.items() if source.region}

    @cached_property
    def by_text(self) -> dict[str, list[Source]]:
        found: dict[str, list[Source]] = {}
        for source in self.sources.values():
            found.setdefault(source.text, []).append(source)
        return found

    @cached_property
    def standing(self) -> Standing:
        return Standing(self.project, Ledger.read(self.project))

    @cached_property
    def region_faults(self) -> list[Fault]:
        """Everything wrong with regions as such: their markers, and stale proofs."""
        regions = self.regions
        return [*self.faults, *self.standing.faults(regions)]

    def match(self, text: str, expected: list[str] | None = None) -> Source | None:
        """Return the source whose text this is, to the character; where several are alike, one that the page includes."""
        candidates = self.by_text.get(normal(text), [])
        named = [source for source in candidates if source.id in (expected or ())]
        return (named or candidates or [None])[0]


def normal(text: str) -> str:
    """Return `text` with plain line ends and no newline at either end, as fences and clipboards leave it."""
    return text.replace("\r\n", "\n").strip("\n")

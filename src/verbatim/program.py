"""The program of a page: its Python blocks, top to bottom, joined; what a reader gets who copies them all."""

from __future__ import annotations

import sys

from verbatim.catalogue import Catalogue
from verbatim.project import Project
from verbatim.source import PageSource


def blocks_of_page(catalogue: Catalogue, page: str) -> list[str]:
    """Return the texts of the Python blocks of a page, in order.

    Raises FileNotFoundError where there is no such page, KeyError where it includes a region that is not there.
    """
    path = catalogue.project.docs / page
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such page; expected a path below {catalogue.project.docs.name}/, like index.md")
    source = PageSource.read(page, path.read_text("utf-8"))
    sources = catalogue.sources
    return [sources[name].text for name in source.includes if name.split(":")[0].endswith(".py")]


def program(catalogue: Catalogue, page: str) -> str:
    """Return the program of a page; "" where it shows no Python."""
    blocks = blocks_of_page(catalogue, page)
    return "\n\n\n".join(blocks) + "\n" if blocks else ""


def print_program(project: Project, page: str) -> int:
    """Print the program of `page`; return the exit code."""
    text = program(Catalogue(project), page)
    if not text:
        print(f"program: {page} shows no Python block", file=sys.stderr)
        return 1
    sys.stdout.write(text)
    return 0

"""The program of a page: its Python blocks, top to bottom, joined; printed, offered as a file, offered as a notebook."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verbatim import wording
from verbatim.pages.page import FOLDER, HEADING, INCLUDE, Page, is_python, page_name, read_pages
from verbatim.project import Project, write_atomically
from verbatim.published.catalogue import OUTPUT_FOLDER, SHELL_FOLDER, Catalogue

# The form of the notebooks that pages offer; a test holds that nbformat finds them valid and would write them so
FORM = {"nbformat": 4, "nbformat_minor": 5}


@dataclass(frozen=True)
class PythonBlock:
    """One Python block of a page, under the heading that it stands below."""

    heading: str
    text: str


def read_page(project: Project, name: str) -> Page:
    """Return one page; raises FileNotFoundError where there is none of that name."""
    path = project.docs / name
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such page; expected a path below {project.docs.name}/, like index.md")
    return Page.read(name, path.read_text("utf-8"))


def blocks_of_page(catalogue: Catalogue, page: Page) -> list[PythonBlock]:
    """Return the Python blocks of a page, in order.

    Includes of what is not in the catalogue are left out: the page itself carries a mark that says so.
    """
    blocks, heading = [], ""
    for line in page.text.splitlines():
        if title := HEADING.match(line):
            heading = title[2]
        elif (include := INCLUDE.match(line)) and is_python(include[1]) and include[1] in catalogue.sources:
            blocks.append(PythonBlock(heading, catalogue.sources[include[1]].text))
    return blocks


def program(catalogue: Catalogue, page: Page) -> str:
    """Return the program of a page, as pasting block after block gives it; "" where it shows no Python."""
    return "".join(f"{block.text}\n" for block in blocks_of_page(catalogue, page))


def notebook(catalogue: Catalogue, page: Page) -> str:
    """Return the page's program as a notebook, JSON text, with the recorded output under its last cell."""
    title = page.title or page_name(page.name)
    note = f"# {wording.NOTEBOOK_TITLE.format(title=title)}\n\n{wording.NOTEBOOK_NOTE.format(title=title)}"
    cells: list[dict[str, Any]] = [markdown_cell(note + installation(catalogue, page))]
    heading = None
    for count, block in enumerate(blocks_of_page(catalogue, page), start=1):
        if block.heading != heading:
            heading = block.heading
            cells.append(markdown_cell(f"## {heading}"))
        code = {"cell_type": "code", "source": lines_of(block.text), "execution_count": count, "metadata": {}, "outputs": []}
        cells.append(code)
    outputs = [name for name in page.includes if name.startswith(f"{OUTPUT_FOLDER}/") and name in catalogue.sources]
    if outputs:
        text = catalogue.sources[outputs[-1]].text + "\n"
        cells[-1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": lines_of(text)}]
    for number, cell in enumerate(cells, start=1):
        cell["id"] = f"cell-{number}"
    kernel = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    content = {"cells": cells, "metadata": kernel, **FORM}
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def markdown_cell(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": lines_of(source), "metadata": {}}


def lines_of(text: str) -> list[str]:
    """Return a text as notebooks keep it: its lines, each with its end."""
    return text.splitlines(keepends=True)


def installation(catalogue: Catalogue, page: Page) -> str:
    """Return what the page tells its readers to install, as Markdown; "" where it tells nothing."""
    commands = [
        catalogue.sources[name].text for name in page.includes if name.startswith(f"{SHELL_FOLDER}/") and name in catalogue.sources
    ]
    return "".join(f"\n\n{wording.NOTEBOOK_INSTALL}\n\n```bash\n{text.rstrip()}\n```" for text in commands)


def downloads(catalogue: Catalogue, pages: dict[str, Page]) -> Iterator[tuple[str, str]]:
    """Yield the files that pages offer, (path below the docs folder, text): every page's program and notebook."""
    for page in pages.values():
        if page.shows_python:
            name = page_name(page.name)
            yield f"{FOLDER}/{name}.py", program(catalogue, page)
            if page.name not in catalogue.project.no_notebook:
                yield f"{FOLDER}/{name}.ipynb", notebook(catalogue, page)


def notebook_pages(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Yield the notebooks that are pages of the site, (path below the docs folder, text)."""
    for name in catalogue.project.notebook_pages:
        yield f"{Path(name).with_suffix('')}-notebook.ipynb", notebook(catalogue, read_page(catalogue.project, name))


def write_files(project: Project) -> None:
    """Bring all of them up to date below the docs folder."""
    catalogue = Catalogue(project)
    write(project.docs, (*downloads(catalogue, read_pages(project.docs)), *notebook_pages(catalogue)))


def write(folder: Path, files: Iterable[tuple[str, str]]) -> None:
    """Write files below `folder`, but for those that are there already."""
    for name, text in files:
        path = folder / name
        if not path.is_file() or path.read_text("utf-8") != text:
            write_atomically(path, text)


def print_program(project: Project, page: str) -> int:
    """Print the program of `page`; return the exit code."""
    text = program(Catalogue(project), read_page(project, page))
    if not text:
        print(f"program: {page} shows no Python block", file=sys.stderr)
        return 1
    sys.stdout.write(text)
    return 0

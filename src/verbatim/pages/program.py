"""The program of a page: its Python blocks, top to bottom, joined; printed, offered as a file, offered as a notebook."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from verbatim.pages.references import HEADING
from verbatim.pages.source import INCLUDE, PageSource, read_pages
from verbatim.project import Project, write_atomically
from verbatim.published.catalogue import OUTPUT_FOLDER, Catalogue

FOLDER = "downloads/programs"  # below the docs folder; made anew with every build, never edited


@dataclass(frozen=True)
class Block:
    """One Python block of a page, under the heading that it stands below."""

    heading: str
    text: str


def is_python(include: str) -> bool:
    return include.split(":")[0].endswith(".py")


def page_name(page: str) -> str:
    """Return the name of a page's files: "labs/gradient-descent.md" → "gradient-descent"; the article's is "article"."""
    return "article" if page == "index.md" else Path(page).stem


def blocks_of_page(catalogue: Catalogue, page: str) -> list[Block]:
    """Return the Python blocks of a page, in order.

    Raises FileNotFoundError where there is no such page. Includes of what is not in the catalogue are left out: the page itself
    carries a mark that says so.
    """
    path = catalogue.project.docs / page
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such page; expected a path below {catalogue.project.docs.name}/, like index.md")
    blocks, heading = [], ""
    for line in path.read_text("utf-8").splitlines():
        if title := HEADING.match(line):
            heading = title[2]
        elif (include := INCLUDE.match(line)) and is_python(include[1]) and include[1] in catalogue.sources:
            blocks.append(Block(heading, catalogue.sources[include[1]].text))
    return blocks


def program(catalogue: Catalogue, page: str) -> str:
    """Return the program of a page, as pasting block after block gives it; "" where it shows no Python."""
    return "".join(f"{block.text}\n" for block in blocks_of_page(catalogue, page))


def notebook(catalogue: Catalogue, page: str) -> str:
    """Return the page's program as a notebook, JSON text, with the recorded output under its last cell."""
    text = (catalogue.project.docs / page).read_text("utf-8")
    title = next((match[2] for match in HEADING.finditer(text) if match[1] == "#"), page_name(page))
    note = f"由“{title}”一页的代码块依次连成，不手改；输出取自记录下来的那一次运行，用时以短横代替。"
    cells, heading = [cell("markdown", f"# {title}（笔记本）\n\n{note}")], None
    for block in blocks_of_page(catalogue, page):
        if block.heading != heading:
            heading = block.heading
            cells.append(cell("markdown", f"## {heading}"))
        count = sum(other["cell_type"] == "code" for other in cells) + 1
        cells.append(cell("code", block.text) | {"execution_count": count, "outputs": []})
    outputs = [include for include in PageSource.read(page, text).includes
               if include.startswith(f"{OUTPUT_FOLDER}/") and include in catalogue.sources]  # fmt: skip
    if outputs:
        printed = catalogue.sources[outputs[-1]].text + "\n"
        cells[-1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": printed.splitlines(keepends=True)}]
    cells = [cell | {"id": f"cell-{number}"} for number, cell in enumerate(cells, start=1)]
    kernel = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    content = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def cell(kind: str, text: str) -> dict:
    return {"cell_type": kind, "metadata": {}, "source": text.splitlines(keepends=True)}


def downloads(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Yield the files that pages offer, (path below the docs folder, text): every page's program and notebook."""
    for page, source in read_pages(catalogue.project.docs).items():
        if any(is_python(include) for include in source.includes):
            name = page_name(page)
            yield f"{FOLDER}/{name}.py", program(catalogue, page)
            if page not in catalogue.project.no_notebook:
                yield f"{FOLDER}/{name}.ipynb", notebook(catalogue, page)


def notebook_pages(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Yield the notebooks that are pages of the site, (path below the docs folder, text)."""
    for page in catalogue.project.notebook_pages:
        yield f"{Path(page).with_suffix('')}-notebook.ipynb", notebook(catalogue, page)


def write_files(project: Project) -> None:
    """Bring all of them up to date below the docs folder."""
    catalogue = Catalogue(project)
    write(project, (*downloads(catalogue), *notebook_pages(catalogue)))


def write(project: Project, files: Iterable[tuple[str, str]]) -> None:
    """Write files below the docs folder, but for those that are there already."""
    for name, text in files:
        path = project.docs / name
        if not path.is_file() or path.read_text("utf-8") != text:
            write_atomically(path, text)


def print_program(project: Project, page: str) -> int:
    """Print the program of `page`; return the exit code."""
    text = program(Catalogue(project), page)
    if not text:
        print(f"program: {page} shows no Python block", file=sys.stderr)
        return 1
    sys.stdout.write(text)
    return 0

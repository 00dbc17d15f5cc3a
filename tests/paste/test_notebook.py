"""The notebook that is a page of the site runs, and prints what it shows."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from mnist_lab.quiet import CHATTER
from verbatim.pages.program import notebook, read_page
from verbatim.project import Project
from verbatim.proof.records import readable
from verbatim.published.catalogue import Catalogue

PROJECT = Project.find(Path(__file__))


def printed(cell: nbformat.NotebookNode, name: str = "stdout") -> str:
    return "".join(output.text for output in cell.outputs if output.output_type == "stream" and output.name == name)


def test_notebook_page_prints_what_it_shows(tmp_path: Path) -> None:
    (page,) = PROJECT.notebook_pages
    shown = nbformat.reads(notebook(Catalogue(PROJECT), read_page(PROJECT, page)), as_version=4)
    for data in PROJECT.data:
        shutil.copy(data, tmp_path)
    executed = NotebookClient(
        shown.copy(), timeout=600, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()

    code = [cell for cell in executed.cells if cell.cell_type == "code"]
    assert len(code) >= 10
    expected = nbformat.reads(notebook(Catalogue(PROJECT), read_page(PROJECT, page)), as_version=4)
    for cell, recorded in zip(executed.cells, expected.cells, strict=True):
        if cell.cell_type == "code":
            now, then = readable(printed(cell)), readable(printed(recorded))
            assert mask(now) == mask(then)
            assert [line for line in printed(cell, "stderr").splitlines() if not CHATTER.match(line)] == []
    assert printed(code[-1])


def mask(text: str) -> str:
    """Blank out the digits: another machine's bits may differ, and test_paste compares the numbers themselves."""
    return "".join("#" if sign.isdigit() else sign for sign in text)

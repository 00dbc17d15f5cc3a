"""The notebook that is a page of the site runs, and shows what its program printed."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from mnist_lab.quiet import CHATTER
from verbatim.pages.program import blocks_of_page, notebook, read_page
from verbatim.project import Project
from verbatim.published.catalogue import Catalogue

PROJECT = Project.find(Path(__file__))

CALLS = """\
(images, labels), _ = load_mnist()
model = build()
print(model.count_params(), images.shape, len(predict(model, images[0])[1]))
"""


def printed(cell: nbformat.NotebookNode, name: str = "stdout") -> str:
    return "".join(output.text for output in cell.outputs if output.output_type == "stream" and output.name == name)


def test_notebook_page_is_the_pages_program_and_runs_in_jupyter(tmp_path: Path) -> None:
    """The whole program runs once, in test_paste; here all but its last block, which starts the training, and two calls."""
    (name,) = PROJECT.notebook_pages
    catalogue = Catalogue(PROJECT)
    page = read_page(PROJECT, name)
    shown = nbformat.reads(notebook(catalogue, page), as_version=4)
    *code, last = [cell for cell in shown.cells if cell.cell_type == "code"]
    assert [cell.source for cell in (*code, last)] == [block.text for block in blocks_of_page(catalogue, page)]
    assert len(code) >= 10
    assert printed(last) == (PROJECT.snippets / "outputs" / f"{Path(name).stem}.txt").read_text("utf-8")
    assert "pip install" in shown.cells[0].source
    for data in PROJECT.data:
        shutil.copy(data, tmp_path)
    shown.cells.remove(last)
    shown.cells.append(nbformat.v4.new_code_cell(CALLS))

    executed = NotebookClient(shown, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()

    *code, calls = [cell for cell in executed.cells if cell.cell_type == "code"]
    assert [printed(cell) for cell in code] == [""] * len(code)
    assert printed(calls) == "101770 (60000, 28, 28) 10\n"
    errors = "".join(printed(cell, "stderr") for cell in executed.cells if cell.cell_type == "code")
    assert [line for line in errors.splitlines() if not CHATTER.match(line)] == []

"""The program of a page: its Python blocks, in order, as they are pasted; and the files that the page offers.

Tests `mkdocs_programs` too.
"""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from sample_project import Sample

from verbatim import wording
from verbatim.pages.program import blocks_of_page, notebook, program, read_page, write_files
from verbatim.published.catalogue import Catalogue


def test_a_program_is_the_pages_python_blocks_in_order(sample: Sample) -> None:
    catalogue = Catalogue(sample.project)
    names = ["sample/helper.py:double", "sample/lab.py:imports", "sample/lab.py:total", "sample/lab.py:main", "sample/lab.py:run"]
    assert [block.text for block in blocks_of_page(catalogue, read_page(sample.project, "index.md"))] == [
        catalogue.regions[name].text for name in names
    ]
    text = program(catalogue, read_page(sample.project, "index.md"))
    places = [text.index(catalogue.regions[name].text) for name in names]
    assert places == sorted(places)
    assert "echo hello" not in text
    assert text.endswith("\n")
    assert "--8<--" not in text


def test_it_runs_in_a_folder_that_holds_only_the_data(sample: Sample, tmp_path: Path) -> None:
    import subprocess
    import sys

    ended = sample.verbatim("program", "index.md")
    assert ended.returncode == 0
    (tmp_path / "reader").mkdir()
    (tmp_path / "reader/data.txt").write_bytes((sample.root / "docs/data.txt").read_bytes())
    run = subprocess.run([sys.executable, "-I", "-c", ended.stdout], cwd=tmp_path / "reader", capture_output=True, encoding="utf-8")
    assert run.returncode == 0, run.stderr
    assert run.stdout == "总和 12.0，用时 3 秒\n"


def test_a_notebook_is_as_nbformat_would_write_it(sample: Sample) -> None:
    text = notebook(Catalogue(sample.project), read_page(sample.project, "index.md"))
    read = nbformat.reads(text, as_version=4)
    nbformat.validate(read)
    assert nbformat.writes(read) + "\n" == text


def test_a_page_without_python_has_none(sample: Sample) -> None:
    ended = sample.verbatim("program", "references.md")
    assert ended.returncode == 1
    assert "references.md shows no Python block" in ended.stderr


def test_a_page_that_is_not_there_is_an_error(sample: Sample) -> None:
    ended = sample.verbatim("program", "absent.md")
    assert ended.returncode == 2
    assert "no such page; expected a path below docs/" in ended.stderr


def test_what_is_in_no_catalogue_is_in_no_program(sample: Sample) -> None:
    sample.append("docs/index.md", '\n```python\n--8<-- "sample/lab.py:absent"\n```\n')
    catalogue = Catalogue(sample.project)
    assert len(blocks_of_page(catalogue, read_page(sample.project, "index.md"))) == 5


def test_the_files_offered_are_the_program_and_its_notebook(sample: Sample) -> None:
    write_files(sample.project)
    folder = sample.root / "docs/downloads/programs"
    assert (folder / "article.py").read_text("utf-8") == program(Catalogue(sample.project), read_page(sample.project, "index.md"))
    cells = json.loads((folder / "article.ipynb").read_text("utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert code == [block.text for block in blocks_of_page(Catalogue(sample.project), read_page(sample.project, "index.md"))]


def test_a_notebook_says_what_to_install(sample: Sample) -> None:
    catalogue = Catalogue(sample.project)
    (first, *_) = json.loads(notebook(catalogue, read_page(sample.project, "index.md")))["cells"]
    assert "".join(first["source"]).endswith(f"{wording.NOTEBOOK_INSTALL}\n\n```bash\necho hello\n```")
    index = (sample.root / "docs/index.md").read_text("utf-8")
    (sample.root / "docs/index.md").write_text(index.replace("commands/hello.sh", "outputs/lab.txt"), "utf-8")
    (first, *_) = json.loads(notebook(catalogue, read_page(sample.project, "index.md")))["cells"]
    assert wording.NOTEBOOK_INSTALL not in "".join(first["source"])


def test_files_that_are_up_to_date_are_left_alone(sample: Sample) -> None:
    write_files(sample.project)
    path = sample.root / "docs/downloads/programs/article.py"
    before = path.stat().st_mtime_ns
    write_files(sample.project)
    assert path.stat().st_mtime_ns == before


@pytest.mark.parametrize("name", ["article.py", "article.ipynb"])
def test_an_offered_file_that_is_not_the_program_fails_the_check(built: Sample, name: str) -> None:
    assert built.verbatim("check", "site").returncode == 0
    built.append(f"site/downloads/programs/{name}", " ")
    ended = built.verbatim("check", "site")
    assert ended.returncode == 1
    assert f"downloads/programs/{name}: not the program that its page shows" in ended.stderr
    (built.root / "site/downloads/programs" / name).unlink()
    assert built.verbatim("check", "site").returncode == 1

"""What an author sees while `serve` runs: one build for one edit, and one line for what makes much stale.

Tests `mkdocs_programs`, `mkdocs_search`, `search_words` and `building`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sample_project import ENVIRONMENT, Sample

import verbatim

HOOKS = ", ".join(str(Path(verbatim.__file__).parent / f"site/mkdocs_{name}.py") for name in ("programs", "search"))


@pytest.fixture
def served(sample: Sample) -> Sample:
    """The sample, with the hooks, a notebook as a page, and Chinese search."""
    search = "material/search: {lang: zh}"
    plugins = f"plugins: [{search}, mkdocs-jupyter: {{include: [index-*.ipynb]}}]"
    sample.edit("mkdocs.yml", "plugins: []", f"{plugins}\nhooks: [{HOOKS}]\nnav: [index.md, index-notebook.ipynb, references.md]")
    sample.edit("mkdocs.yml", "theme: {name: mkdocs, highlightjs: false}", "theme: {name: material, font: false}")
    sample.edit("pyproject.toml", 'pins = ["pytest"', 'notebook_pages = ["index.md"]\npins = ["pytest"')
    return sample


def watched(sample: Sample) -> dict[Path, int]:
    """Return when each file that `serve` watches was written."""
    folders = [sample.root / name for name in ("docs", "src", "snippets")]
    return {path: path.stat().st_mtime_ns for folder in folders for path in folder.rglob("*") if "__pycache__" not in path.parts}


def build(sample: Sample, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    return subprocess.run(command, cwd=sample.root, env=ENVIRONMENT | variables, capture_output=True, encoding="utf-8")


def test_a_build_writes_nothing_into_what_is_watched(served: Sample) -> None:
    before = watched(served)
    ended = build(served)
    assert ended.returncode == 0, ended.stderr
    assert watched(served) == before
    assert "def double" in served.page("index-notebook/index.html")
    assert "def double" in served.page("downloads/programs/article.py")
    served.edit("src/sample/helper.py", "return 2 * number", "return number * 2  # twice")
    before = watched(served)
    assert "article.ipynb" in str(list((served.root / "site").rglob("*.ipynb")))
    build(served)
    assert watched(served) == before


@contextmanager
def serving(sample: Sample, log: Path) -> Iterator[None]:
    """Run `mkdocs serve`; its log grows in a file."""
    command = [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", "127.0.0.1:0"]
    with (
        log.open("w") as output,
        subprocess.Popen(command, cwd=sample.root, env=ENVIRONMENT, stderr=output, stdout=output) as process,
    ):
        try:
            yield
        finally:
            process.terminate()


def built(log: Path, times: int) -> int:
    """Wait until the log tells of so many builds, and then a while for one too many; return how many it tells of."""
    deadline = time.monotonic() + 90
    while log.read_text("utf-8").count("Documentation built") < times and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(3)
    return log.read_text("utf-8").count("Documentation built")


def test_one_edit_is_one_build(served: Sample, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with serving(served, log):
        assert built(log, 1) == 1
        served.edit("src/sample/helper.py", "return 2 * number", "return number * 2  # twice")
        assert built(log, 2) == 2


def test_what_makes_much_stale_is_told_once_and_marked_everywhere(served: Sample) -> None:
    ledger = served.ledger()
    assert len(ledger["regions"]) > 3
    served.write("snippets/ledger.json", json.dumps({**ledger, "regions": {}}))
    ended = build(served)
    assert ended.returncode == 1
    told = re.findall(r"^WARNING -\s+(.*)", ended.stderr, re.MULTILINE)
    assert len(told) == 1, told
    assert f"{len(ledger['regions'])} regions and records are stale" in told[0]
    assert "sample/lab.py (4)" in told[0]
    assert "python -m verbatim verify --write" in told[0]
    served.command("mkdocs", "build")  # not strict, as `serve` builds
    assert served.page().count("is stale: ") == len(ledger["regions"])


def test_what_makes_little_stale_is_told_with_page_and_region(served: Sample) -> None:
    ledger = served.ledger()
    del ledger["regions"]["sample/helper.py:double"]
    served.write("snippets/ledger.json", json.dumps(ledger))
    ended = build(served)
    assert ended.returncode == 1
    assert "index.md: sample/helper.py:double is stale" in ended.stderr


def test_the_index_of_the_search_tells_words_of_one_meaning(served: Sample) -> None:
    served.write("search-words.txt", "# 说明\n样例、例子\n\n代码、code\n")
    assert build(served).returncode == 0
    index = json.loads((served.root / "site/search/pages.json").read_text("utf-8"))
    assert index["config"]["words"][-2:] == [["样例", "例子"], ["代码", "code"]]
    assert index["docs"]


def test_pages_that_are_not_utf8_are_named_without_a_traceback(served: Sample) -> None:
    for name in ("one.md", "two.md"):
        (served.root / "docs" / name).write_bytes("# 中文".encode("gbk"))
    ended = build(served)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert all(f"{name}: not UTF-8 at byte 2; expected UTF-8" in ended.stderr for name in ("one.md", "two.md"))


@pytest.mark.parametrize("text", ["<div>" * 20_000 + "准确率 97%", "\n".join("    " * depth + "- 甲" for depth in range(400))])
def test_a_page_that_is_nested_too_deeply_is_told_without_a_traceback(served: Sample, text: str) -> None:
    served.write("docs/deep.md", f"# 页\n\n{text}\n")
    ended = build(served)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "deep.md: elements nested too deeply; expected at most some hundreds inside each other" in ended.stderr


@pytest.mark.parametrize("settings", [b"", b"<<<<<<< HEAD\nsite_name: x\n", "site_name: 样例\n".encode("gbk")])
def test_settings_of_the_generator_that_are_broken_are_told_without_a_traceback(served: Sample, settings: bytes) -> None:
    (served.root / "mkdocs.yml").write_bytes(settings)
    ended = build(served)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "site_name" in ended.stderr or "mkdocs.yml" in ended.stderr

"""Every page's program, copied in a browser, runs in an environment that has only what the page tells its reader to install."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Page
from reader import ENCODING, FOLDER, copy_page, run_here
from server import Site

from mnist_lab.quiet import CHATTER
from verbatim.pages.page import read_pages
from verbatim.pages.running import programs_of
from verbatim.project import Project
from verbatim.proof.programs import Environments, differences, read_programs, stale_program
from verbatim.proof.records import every_lab_of, labs_of, record_path
from verbatim.published.catalogue import Catalogue

PROJECT = Project.find(Path(__file__))
WITHOUT_PROGRAM = "descent"  # what the page on gradient descent lets its reader move
PAGES = {name: page for name, page in read_pages(PROJECT.docs).items() if page.shows_python}
# The second line of what TensorFlow says of the processor
CONTINUED = "To enable the following instructions:"
PROGRAMS = programs_of(PROJECT)
# Seconds that a reader waits for one lab, and for all of them; a longer run is told apart, and nothing runs it unasked
LONGEST, ALLOWED, TOGETHER = 60, {"language": 300, "gan": 240}, 720


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Environments:
    """Virtual environments by the commands that made them, each made once."""
    return Environments(tmp_path_factory.mktemp("reader") / FOLDER)


@pytest.mark.parametrize("name", PAGES)
def test_pasted_program_gives_the_recorded_results(
    name: str,
    site: Site,
    browser_page: Page,
    environments: Environments,
    tmp_path: Path,
) -> None:
    copied = copy_page(browser_page, site.address + PAGES[name].address.removesuffix("index.html"))
    sources = Catalogue(PROJECT).sources
    assert copied.python == [sources[include].text for include in PAGES[name].includes if ".py:" in include]
    assert copied.shell == [sources[include].text for include in PAGES[name].includes if include.startswith("commands/")]
    assert copied.program == PROGRAMS[name].text
    folder = tmp_path / FOLDER
    folder.mkdir()
    for address in copied.downloads:
        with urllib.request.urlopen(address) as answer, (folder / address.rsplit("/", 1)[1]).open("wb") as file:
            shutil.copyfileobj(answer, file)

    ended = run_here(environments.python(PROGRAMS[name].setup), copied.program, folder)

    assert ended.code == 0, ended.errors
    # What TensorFlow itself writes as it starts, and the page says so; nothing else may stand there
    assert [line for line in ended.errors.splitlines() if not CHATTER.match(line) and not line.startswith(CONTINUED)] == []
    assert differences(PROJECT, PROGRAMS[name].lab, ended) == []


@pytest.mark.parametrize("name", PAGES)
def test_the_entry_of_the_page_says_what_is_pasted(name: str) -> None:
    reasons = stale_program(PROJECT, PROGRAMS[name], read_programs(PROJECT))
    assert not reasons, f"snippets/programs.json: {name}: {reasons}; run `python -m verbatim run {name} --write`"


@pytest.mark.parametrize("path", sorted((PROJECT.snippets / "outputs").glob("*.txt")), ids=lambda path: path.stem)
def test_recorded_output_can_be_printed_on_a_chinese_windows(path: Path) -> None:
    assert path.read_text("utf-8").encode(ENCODING).decode(ENCODING) == path.read_text("utf-8")


def test_every_command_is_run() -> None:
    shown = {include for source in PAGES.values() for include in source.includes if include.startswith("commands/")}
    assert shown == {path.relative_to(PROJECT.snippets).as_posix() for path in (PROJECT.snippets / "commands").glob("*")}


def test_every_lab_is_pasted_but_for_the_widgets_data() -> None:
    assert len(PAGES) >= 3
    missing = set(labs_of(PROJECT)) - {program.lab for program in PROGRAMS.values()}
    assert missing == {WITHOUT_PROGRAM}, f"labs whose record no paste re-runs: {missing}"


def test_the_lab_without_a_program_gives_its_record_again() -> None:
    command = [sys.executable, "-m", "verbatim", "record", WITHOUT_PROGRAM]
    done = subprocess.run(command, cwd=PROJECT.root, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_lab_keeps_its_reader_waiting() -> None:
    seconds = {name: json.loads(record_path(PROJECT, name).read_text("utf-8"))["run"]["seconds"] for name in labs_of(PROJECT)}
    assert {name: value for name, value in seconds.items() if value > ALLOWED.get(name, LONGEST)} == {}
    assert sum(seconds.values()) <= TOGETHER
    assert every_lab_of(PROJECT).keys() - seconds.keys() == {"growth_long"}

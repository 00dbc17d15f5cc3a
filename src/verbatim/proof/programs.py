"""Programs and commands: what a page tells its reader to run, run as told, compared with the record; does it still stand?"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from verbatim.project import Project, digest, digest_of, write_atomically
from verbatim.proof.records import Run, compare, labs_of, output_path, read_record, readable, record_path

COMMAND = "python -m verbatim run --write"
# What a reader has who is told to install nothing
NOTHING_TO_INSTALL = "python3 -m venv --without-pip .venv"
# What bash may pass over, or whose failure it does not tell, so that a run proves nothing of it
PASSING, PLAIN = (
    "bash may pass over a part of this line, or over its failure",
    "expected plain commands, one a line, none of which ends the others",
)
OPERATORS = re.compile(r"[;&|()]+|<<+")
NOT_PLAIN = frozenset(
    [
        "if", "for", "while", "until", "case", "select", "function", "time", "!", "{", "[[", "exit", "exec", "return", "set",
        "trap", "eval", "true", ":", "alias", "shopt"
    ]
)  # fmt: skip
INNER = ("$(", "`", "<(", ">(")
OF_OURS = ("PYTHON", "TF_", "KERAS", "COVERAGE", "VIRTUAL_ENV", "VERBATIM")

# Runs the pasted program as the main module and keeps the results it leaves behind; nothing else is added to it
HARNESS = """\
import json, runpy, sys
names = runpy.run_path("program.py", run_name="__main__")
numbers = names.get("results")
if numbers is None:
    numbers = {name: value for name, value in names.items() if not name.startswith("_") and type(value) in (int, float)}
def plain(value):
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(plain(numbers), file)
"""


@dataclass(frozen=True)
class Program:
    """What one page shows: its program, its commands, its downloads."""

    page: str
    text: str
    commands: dict[str, str]  # by id: "commands/install.sh"
    downloads: tuple[Path, ...]
    lab: str  # whose record it must give again

    @property
    def setup(self) -> str:
        return "\n".join(self.commands.values()) or NOTHING_TO_INSTALL


@dataclass(frozen=True)
class Ended:
    """How a pasted program ended."""

    code: int
    output: str
    errors: str
    results: dict[str, Any] | None


class SetUpFailed(RuntimeError):
    """A page's own commands fail, or make no environment; the text says how."""


@dataclass
class Environments:
    """Virtual environments by the commands that made them, below one folder; each set is run once."""

    folder: Path
    made: dict[str, Path] = field(default_factory=dict)

    def python(self, commands: str) -> Path:
        """Return the Python that a page's commands made. Raises SetUpFailed."""
        if commands not in self.made:
            self.made[commands] = prepare(self.folder / str(len(self.made)), commands)
        return self.made[commands]


def prepare(folder: Path, commands: str) -> Path:
    """Run a page's set-up commands in an empty folder of their own and return the Python that they made. Raises SetUpFailed."""
    if line := passed_over(commands):
        raise SetUpFailed(f"{PASSING}: {line!r}; {PLAIN}")
    folder.mkdir(parents=True)
    command = ["bash", "-e", "-c", commands]
    ended = subprocess.run(command, cwd=folder, env=clean_environment(), capture_output=True, encoding="utf-8", errors="replace")
    if ended.returncode:
        raise SetUpFailed(f"the page's own commands fail (exit code {ended.returncode}):\n{commands}\n{ended.stdout}{ended.stderr}")
    pythons = sorted([*folder.glob("*/bin/python"), *folder.glob(".*/bin/python")])
    if not pythons and NOTHING_TO_INSTALL not in commands:
        return prepare(folder / "venv", NOTHING_TO_INSTALL)
    if len(set(pythons)) != 1:
        raise SetUpFailed(f"expected the commands to make one virtual environment:\n{commands}\n{pythons}")
    return pythons[0]


def clean_environment() -> dict[str, str]:
    """Return an environment without this project: no path of ours, no active virtual environment."""
    keep = {name: value for name, value in os.environ.items() if not name.startswith(OF_OURS)}
    folder = str(Path(sys.executable).parent)
    path = os.pathsep.join(part for part in keep.get("PATH", "").split(os.pathsep) if part != folder)
    # `python3` of the page's commands is the Python that this runs under
    base = str(Path(sys._base_executable).parent)  # type: ignore[attr-defined]
    return keep | {"PATH": os.pathsep.join([base, path]), "PYTHONIOENCODING": "utf-8"}


def run_program(python: Path, text: str, folder: Path, settings: dict[str, str] | None = None, encoding: str = "utf-8") -> Ended:
    """Run a pasted program in `folder`, which holds the page's downloads and nothing else; `settings` are the reader's own."""
    (folder / "program.py").write_text(text, "utf-8")
    result = folder / ".results.json"
    command = [str(python), "-c", HARNESS, str(result)]
    # As bytes: Python's text mode would turn the returns of a progress bar into new lines
    ended = subprocess.run(command, cwd=folder, env=clean_environment() | (settings or {}), capture_output=True)
    results = json.loads(result.read_text("utf-8")) if result.is_file() else None
    return Ended(ended.returncode, ended.stdout.decode(encoding), ended.stderr.decode(encoding, "replace"), results)


def differences(project: Project, lab: str, ended: Ended) -> list[str]:
    """Return where a program that was run leaves its lab's record; of a page that shows no lab, only whether it ran."""
    if ended.code or ended.results is None:
        return [f"the program fails (exit code {ended.code}):\n{ended.errors}"]
    if lab not in labs_of(project):
        return []
    if not record_path(project, lab).is_file():
        return [f"its lab {lab} has no record; run `python -m verbatim record {lab} --write`"]
    record = read_record(project, lab)
    run = Run(ended.results, readable(ended.output), 0.0, None)
    return compare(record, output_path(project, lab).read_text("utf-8"), run)


def run_page(project: Project, program: Program, environments: Environments) -> list[str]:
    """Run a page's program as its reader would; return what is wrong, nothing where it gives the record again."""
    try:
        python = environments.python(program.setup)
    except SetUpFailed as error:
        return [str(error)]
    with tempfile.TemporaryDirectory(prefix="verbatim-") as folder:
        for file in program.downloads:
            shutil.copy(file, folder)
        return differences(project, program.lab, run_program(python, program.text, Path(folder)))


def programs_path(project: Project) -> Path:
    return project.snippets / "programs.json"


def read_programs(project: Project) -> dict[str, dict[str, Any]]:
    """Return, per page, what the last run of its program proved; nothing where nobody can read it: it proves nothing."""
    try:
        content = json.loads(programs_path(project).read_text("utf-8"))["pages"]
        return {page: entry for page, entry in content.items() if isinstance(entry["commands"], dict)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def entry_of(project: Project, program: Program, digest_of: Callable[[Path], str] = digest_of) -> dict[str, Any]:
    """Return all that the proof of a program depends on, as it is now."""
    return {
        "program": digest(program.text),
        "commands": {name: digest(text) for name, text in program.commands.items()},
        "downloads": {project.relative(path): digest_of(path) for path in program.downloads},
        "record": digest_of(record_path(project, program.lab)),
    }


def keep(project: Project, entries: dict[str, dict[str, Any]], pages: Iterable[str]) -> None:
    """Write what runs have proved; forget pages that are gone."""
    known = {**read_programs(project), **entries}
    content = {
        "_": f"Written by `{COMMAND}` from real runs of the pages' programs; never edited by hand.",
        "pages": {page: known[page] for page in sorted(known) if page in set(pages)},
    }
    write_atomically(programs_path(project), json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def stale_program(
    project: Project, program: Program, known: dict[str, dict[str, Any]], digest_of: Callable[[Path], str] = digest_of
) -> list[str]:
    """Return why a page's program is not proven as it is now; nothing where it is."""
    then, now = known.get(program.page), entry_of(project, program, digest_of)
    if not then:
        return ["its program was never run"]
    return [f"{kind} changed since its program was run" for kind in now if then.get(kind) != now[kind]]


def passed_over(commands: str) -> str:
    """Return the first line that is more than one plain command, or may end the others; "" where none is."""
    for line in commands.replace("\\\n", " ").splitlines():
        words = shlex.shlex(line, posix=True, punctuation_chars=True)
        words.whitespace_split = True
        try:
            found = list(words)
        except ValueError:  # a quotation that goes on in the next line
            return line
        if any(map(OPERATORS.fullmatch, found)) or NOT_PLAIN & set(found[:1]) or any(sign in line for sign in INNER):
            return line
    return ""


def stale_command(name: str, text: str, known: dict[str, dict[str, Any]]) -> list[str]:
    """Return why a command is not proven as it is now; nothing where a page's program was run after it."""
    if line := passed_over(text):
        return [f"{PASSING}: {line!r}; {PLAIN}"]
    found = [entry["commands"][name] for entry in known.values() if name in entry["commands"]]
    if not found:
        return ["it was never run"]
    return [] if digest(text) in found else ["it changed since it was run"]

"""What a run opens makes it stale, and what is saved while it runs refuses it. Tests `opened`, `ledger` and `run_lab` too."""

from __future__ import annotations

import inspect
import json
import os
import py_compile
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sample_project import Sample

from verbatim.judging.evidence import Evidence
from verbatim.proof.inputs import Snapshot, installed
from verbatim.proof.opened import ABOUT, Watch, hear_asking, is_read, keep_in, kept_in, normal
from verbatim.proof.records import labs_of, stale_record
from verbatim.proof.run_lab import peak_memory_mb, run_lab

# A test that saves a file of the project while it runs, as an editor might
RACE = """

def test_race():
    from pathlib import Path

    path = Path(__file__).parents[1] / "{name}"
    path.write_text(path.read_text().replace({old!r}, {new!r}))
    assert path.is_file()
"""
SAVED = {
    "a source": ("src/sample/lab.py", "12_345", "54_321"),
    "a source outside the packages": ("src/sample/__init__.py", "", "A = 1\n"),
    "a test": ("tests/test_helper.py", "== 8", "== 4 + 4"),
    "the data": ("docs/data.txt", "1 2 3", "3 2 1"),
    "a pin": ("requirements.txt", "coverage", "Coverage"),
    "the settings": ("pyproject.toml", "pins", "\npins"),
    "the same text": ("src/sample/lab.py", "12_345", "12_345"),
}


@pytest.mark.parametrize("case", SAVED)
def test_a_file_saved_while_the_tests_run_refuses_the_run(sample: Sample, case: str) -> None:
    name, old, new = SAVED[case]
    sample.append("tests/test_lab.py", RACE.format(name=name, old=old, new=new))
    before = (sample.root / "snippets/ledger.json").read_bytes()
    ended = sample.verbatim("verify", "--write")
    assert ended.returncode == 1
    assert f"{name}: saved while the run was under way; nothing is written" in ended.stderr
    assert (sample.root / "snippets/ledger.json").read_bytes() == before


@pytest.mark.parametrize("options", [["--write"], []], ids=["write", "compare"])
def test_a_file_saved_while_a_lab_runs_refuses_the_record(sample: Sample, options: list[str]) -> None:
    sample.edit("src/sample/lab.py", "    result = total", "    import time; time.sleep(1.5)\n    result = total")
    before = (sample.root / "snippets/records/lab.json").read_bytes()
    command = [sys.executable, "-m", "verbatim", "record", "lab", *options]
    process = subprocess.Popen(command, cwd=sample.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
    time.sleep(1.2)
    sample.edit("src/sample/lab.py", "/ 1000", "/ 2000")
    _, told = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "src/sample/lab.py: saved while the run was under way" in told
    assert (sample.root / "snippets/records/lab.json").read_bytes() == before


def test_a_snapshot_sees_files_that_come_and_go(sample: Sample) -> None:
    snapshot = Snapshot(sample.project)
    for name in ("src/sample/__pycache__/lab.pyc", "src/sample/.ruff_cache/1", "tests/.hidden.py"):
        sample.write(name, "")
    assert snapshot.faults() == []  # what tools remember does not count
    (sample.root / "tests/test_helper.py").unlink()
    sample.write("src/sample/new.py", "A = 1\n")
    sample.write("docs/read.txt", "1")
    assert [fault.where for fault in snapshot.faults(["docs/read.txt"])] == [
        "docs/read.txt", "src/sample/new.py", "tests/test_helper.py",
    ]  # fmt: skip


OPENED = {
    "src/other/__init__.py": "",
    "src/other/far.py": '"""Far."""\n\nFAR = 3\nUNUSED = 4\n',
    "src/sample/words.txt": "a b c\n",
    "tests/oracle.py": "def expected():\n    return 9\n",
    "tests/expected.txt": "9\n",
    "tests/nine/1.txt": "",
    "src/sample/reads.py": """\
from pathlib import Path

from other.far import FAR


# --8<-- [start:count]
def count():
    return FAR * len(Path(__file__).with_name("words.txt").read_text().split())
# --8<-- [end:count]
""",
    "tests/test_reads.py": """\
from pathlib import Path

import pytest

from oracle import expected

from sample.reads import count


def test_count():
    assert count() == expected() == int(Path(__file__).with_name("expected.txt").read_text())


def test_count_again():
    assert count() == 9


def test_count_without_what_is_not_there():
    with pytest.raises(FileNotFoundError):
        Path(__file__).with_name("absent.txt").read_text()
    assert count() == 9 and not Path(__file__).with_name("switch").exists()


def test_count_of_files():
    assert count() == 9 * len(list(Path(__file__).with_name("nine").glob("*.txt")))
""",
}
CHANGED = {
    "a module outside the packages": ("src/other/far.py", "FAR = 3", "FAR = 4", "module: src/other/far.py changed"),
    "a text file": ("src/sample/words.txt", "c", "c d", "file: src/sample/words.txt changed"),
    "an oracle": ("tests/oracle.py", "9", "8 + 1", "test: tests/oracle.py changed"),
    "expected values": ("tests/expected.txt", "9", "10", "file: tests/expected.txt changed"),
    "the version of Python": (".python-version", "3.", "4.", "Python: .python-version says 4."),
    "pytest's settings": ("pyproject.toml", "[tool.verbatim]", "[tool.pytest.ini_options]\n[tool.verbatim]", "settings: "),
    "a distribution that no pin lists": ("requirements.txt", "numpy==", "numpy==1", "distribution numpy: "),
    "pins that are emptied": ("pyproject.toml", '["pytest", "coverage"]', "[]", "pin of pytest: "),
}


def reasons(sample: Sample, region: str) -> list[str]:
    evidence = Evidence(sample.project)
    return evidence.standing.stale_region(evidence.catalogue.regions[region])


@pytest.fixture(scope="module")
def opened_files(tmp_path_factory: pytest.TempPathFactory, new_sample: Callable[[str], Sample]) -> Path:
    """A sample whose tests open all kinds of files, proven."""
    from importlib.metadata import version

    sample = new_sample("opened")
    for name, text in OPENED.items():
        sample.write(name, text)
    sample.append("requirements.txt", f"numpy=={version('numpy')}\n")
    sample.append("tests/test_reads.py", "\n\ndef test_numpy():\n    import numpy\n\n    assert numpy.ones(1).sum() == 1\n")
    ended = sample.verbatim("verify", "--write", "--all")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return sample.root


@pytest.fixture
def opening(opened_files: Path, sample: Sample) -> Sample:
    for path in opened_files.rglob("*"):
        if path.is_file() and "cache" not in str(path):
            target = sample.root / path.relative_to(opened_files)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    return sample


@pytest.mark.parametrize("case", CHANGED)
def test_what_a_run_opened_makes_it_stale(opening: Sample, case: str) -> None:
    name, old, new, told = CHANGED[case]
    assert reasons(opening, "sample/reads.py:count") == []
    opening.edit(name, old, new)
    found = reasons(opening, "sample/reads.py:count")
    assert any(reason.startswith(told) for reason in found), found


def test_what_it_did_not_use_makes_nothing_stale(opening: Sample) -> None:
    opening.edit("src/other/far.py", "UNUSED = 4", "UNUSED = 5")
    opening.edit("src/other/far.py", "Far.", "Farther.")
    opening.append("tests/oracle.py", "\n\ndef another():  # nobody asks for it\n    return 1\n")
    assert reasons(opening, "sample/reads.py:count") == []


def test_a_file_that_comes_into_a_folder_which_was_listed(opening: Sample) -> None:
    opening.write("tests/nine/.2.txt", "")  # what tools leave does not count
    assert reasons(opening, "sample/reads.py:count") == []
    opening.write("tests/nine/2.txt", "")
    assert reasons(opening, "sample/reads.py:count") == ["folder: tests/nine/ changed"]


@pytest.mark.parametrize("name", ["tests/absent.txt", "tests/switch"])
def test_a_file_that_the_run_found_absent_and_that_is_there_now(opening: Sample, name: str) -> None:
    opening.write(name, "")
    assert reasons(opening, "sample/reads.py:count") == [f"file: {name} is new"]


def test_a_run_of_some_tests_keeps_what_others_found_absent(opening: Sample) -> None:
    opening.append("tests/test_reads.py", "\n\ndef test_count_once_more():\n    assert count() - 9 == 0\n")
    assert opening.verbatim("verify", "--write").returncode == 0
    assert reasons(opening, "sample/reads.py:count") == []
    (opening.root / "tests/switch").mkdir()
    assert reasons(opening, "sample/reads.py:count") == ["file: tests/switch is new"]


def test_a_file_that_is_gone_and_a_conftest_that_is_new(opening: Sample) -> None:
    (opening.root / "src/sample/words.txt").unlink()
    assert reasons(opening, "sample/reads.py:count") == ["file: src/sample/words.txt is gone"]
    opening.write("src/sample/words.txt", "a b c\n")
    assert reasons(opening, "sample/reads.py:count") == []
    opening.write("conftest.py", "import pytest\n\n\n@pytest.fixture(autouse=True)\ndef other():\n    return 1\n")
    assert reasons(opening, "sample/reads.py:count") == ["test: conftest.py changed"]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_ledger_of_what_was_opened_does_not_depend_on_the_order(opening: Sample, seed: int) -> None:
    ended = opening.verbatim("verify", "--", f"--randomly-seed={seed}")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert str(opening.root) not in (opening.root / "snippets/ledger.json").read_text("utf-8")


def test_a_records_settings_and_files_count(sample: Sample) -> None:
    sample.edit(
        "src/sample/lab.py", "    result = total", '    Path(__file__).with_name("more.txt").read_text()\n    result = total'
    )
    sample.write("src/sample/more.txt", "1")
    assert sample.verbatim("record", "--write").returncode == 0
    record = json.loads((sample.root / "snippets/records/lab.json").read_text("utf-8"))
    assert stale_record(sample.project, record) == []
    assert list(record["digests"]["files"]) == ["src/sample/more.txt"]
    sample.write("src/sample/more.txt", "2")
    assert stale_record(sample.project, record) == ["file: src/sample/more.txt changed"]
    sample.write("src/sample/more.txt", "1")
    sample.append("pyproject.toml", "\n[tool.verbatim.labs.lab]\nseeds = [0]\n")
    assert [reason.split(":")[0] for reason in stale_record(sample.project, record)] == ["settings"]
    sample.write(".python-version", "3.9\n")
    assert any(reason.startswith("Python: ") for reason in stale_record(sample.project, record))


def test_labs_of_one_name_in_two_packages_keep_apart(sample: Sample) -> None:
    sample.edit("pyproject.toml", '["sample"]', '["sample", "second"]')
    sample.write("src/second/lab.py", "def main(seed=0):\n    print(seed)\n    return {'seed': seed}\n")
    assert {name: lab.module for name, lab in labs_of(sample.project).items()} == {"lab": "sample.lab", "second_lab": "second.lab"}
    assert sample.verbatim("record", "second_lab", "--write").returncode == 0
    assert json.loads((sample.root / "snippets/records/lab.json").read_text("utf-8"))["numbers"]["total"] == 12
    sample.write("src/sample/second_lab.py", "def main(seed=0):\n    return {}\n")
    ended = sample.verbatim("record")
    assert ended.returncode == 2
    assert "are both the lab second_lab; expected a name of its own for each" in ended.stderr


def test_names_of_distributions_are_compared_as_lists_of_requirements_spell_them() -> None:
    assert {normal(name) for name in ("Typing_Extensions", "typing.extensions", "typing-extensions")} == {"typing-extensions"}


def test_a_stale_cache_of_a_module_does_not_run(sample: Sample) -> None:
    """What a cache holds for a file of the same time and length is not what is there."""
    oracle = sample.root / "src/oracle.py"
    sample.write("src/oracle.py", "VALUE = 9\n")
    time_of_it = (oracle.stat().st_atime_ns, oracle.stat().st_mtime_ns)
    py_compile.compile(str(oracle))
    sample.write("src/oracle.py", "VALUE = 8\n")
    os.utime(oracle, ns=time_of_it)
    sample.write("tests/test_new.py", "from oracle import VALUE\n\n\ndef test_new():\n    assert VALUE == 8\n")
    ended = sample.verbatim("verify", "--write")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    sample.edit("tests/test_new.py", "== 8", "== 9")
    assert sample.verbatim("verify", "--write").returncode != 0


def test_what_python_itself_imports_of_the_project_refuses_the_run(sample: Sample) -> None:
    sample.write("src/sitecustomize.py", "import builtins\n\nbuiltins.WRONG = 1\n")
    sample.edit("tests/test_helper.py", "== 8", "== 4 + 4")
    ended = sample.verbatim("verify", "--write")
    assert ended.returncode == 1
    assert "src/sitecustomize.py: imported before the run was measured" in ended.stderr


@pytest.fixture
def heard(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> tuple[Watch, list[tuple[str, int, str]]]:
    """A watch over the sample that hears only what a test tells it, and what it notes: an audit hook would stay for good."""
    monkeypatch.setattr(sys, "addaudithook", lambda hook: None)
    notes: list[tuple[str, int, str]] = []
    return Watch(str(sample.root), lambda *note: notes.append(note)), notes


def defined(sample: Sample, path: str, text: str) -> dict[str, Any]:
    """Write code of the sample, and return what it defines."""
    sample.write(path, text)
    names: dict[str, Any] = {}
    exec(compile(text, str(sample.root / path), "exec"), names)
    return names


def test_what_code_of_the_project_reads_is_noted_with_its_place(
    sample: Sample, heard: tuple[Watch, list[tuple[str, int, str]]]
) -> None:
    watch, notes = heard
    names = defined(sample, "src/sample/reads.py", "def told(hear, arguments):\n    hear('open', arguments)\n")
    data = str(sample.root / "docs/data.txt")
    for arguments in (
        (data, "r", 0),
        (os.fsencode(data), None, os.O_RDONLY),
        (data, "w", os.O_CREAT | os.O_WRONLY),
        (data, None, os.O_WRONLY),
        (3, "r", 0),
    ):
        names["told"](watch.hear, arguments)
    assert notes == [("src/sample/reads.py", 2, "docs/data.txt")] * 2
    watch.hear("open", (data, "r", 0))  # read by no code of the project
    watch.hear("import", (data, "r", 0))
    watch.active = False
    names["told"](watch.hear, (data, "r", 0))
    assert len(notes) == 2


def test_a_folder_that_code_of_the_project_lists_is_noted(
    sample: Sample, heard: tuple[Watch, list[tuple[str, int, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    watch, notes = heard
    names = defined(sample, "src/sample/lists.py", "def told(hear, event, folder):\n    hear(event, (folder,))\n")
    sample.write(".git/config", "")
    monkeypatch.chdir(sample.root)
    for folder in (str(sample.root / "docs"), os.fsencode(sample.root / "tests"), None, ".git", "..", 3):
        names["told"](watch.hear, "os.scandir", folder)
        names["told"](watch.hear, "os.listdir", folder)
    assert notes == [("src/sample/lists.py", 2, name) for name in ("docs/", "docs/", "tests/", "tests/", "./", "./")]
    watch.hear("os.listdir", ("docs",))  # listed by no code of the project
    exec(
        compile("told(hear, 'os.listdir', 'docs')", "<frozen importlib._bootstrap_external>", "exec"), names | {"hear": watch.hear}
    )
    watch.active = False
    names["told"](watch.hear, "os.listdir", "docs")
    assert len(notes) == 6


def test_a_file_that_is_not_there_is_noted_unless_it_is_about_to_be_made(
    sample: Sample, heard: tuple[Watch, list[tuple[str, int, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    watch, notes = heard
    names = defined(sample, "src/sample/reads.py", "def told(hear, arguments):\n    hear('open', arguments)\n")
    absent = str(sample.root / "docs/absent.txt")
    monkeypatch.chdir(sample.root)
    created = os.O_RDWR | os.O_CREAT
    for arguments in ((absent, "r", 0), (absent, None, 0), (absent, "w+", created), (str(sample.root / "docs"), "r", 0)):
        names["told"](watch.hear, arguments)
    names["told"](watch.hear, ("docs/absent.txt", None, 0))  # of a folder that only os.open knows
    assert notes == [("src/sample/reads.py", 2, "docs/absent.txt")] * 2


ASKED = """\
import os
from pathlib import Path


def ask(path):
    return [Path(path).exists(), os.path.isfile(path), os.access(path, os.R_OK), os.path.lexists(path), os.path.isdir(path)]
"""


def test_what_code_of_the_project_asks_about_is_noted_there_or_not(
    sample: Sample, heard: tuple[Watch, list[tuple[str, int, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    watch, notes = heard
    able = os.stat in os.supports_follow_symlinks
    for name in ABOUT:
        monkeypatch.setattr(os, name, getattr(os, name))
    hear_asking(watch)
    assert (os.stat in os.supports_follow_symlinks) is able
    ask = defined(sample, "src/sample/asks.py", ASKED)["ask"]
    root = sample.root
    there = {
        "docs/absent.txt": [False] * 5,
        "docs/data.txt": [True, True, True, True, False],
    }
    for name, answers in there.items():
        notes.clear()
        assert ask(root / name) == ask(str(root / name)) == answers
        assert set(notes) == {("src/sample/asks.py", 6, name)}
        assert len(notes) == 10
    notes.clear()
    monkeypatch.chdir(root)
    assert ask("docs/absent.txt") == [False] * 5
    assert len(notes) == 5
    for outside in (Path("/absent.txt"), root.parent / "absent.txt", root / ".git/absent", Path(), root / "docs"):
        ask(outside)  # not in the project, set aside, or a folder
    folder = os.open(root.parent, os.O_RDONLY)
    exec(
        compile("os.access('absent.txt', 4, dir_fd=folder)", str(root / "src/sample/asks.py"), "exec"), {"os": os, "folder": folder}
    )
    os.close(folder)
    Path(root / "docs/absent.txt").exists()  # asked by no code of the project
    exec(compile("Path(path).exists()", "library.py", "exec"), {"Path": Path, "path": root / "docs/absent.txt"})
    watch.active = False
    ask(root / "docs/absent.txt")
    assert len(notes) == 5


def test_what_a_process_is_told_to_run_is_noted_as_if_it_were_read(
    sample: Sample, heard: tuple[Watch, list[tuple[str, int, str]]]
) -> None:
    watch, notes = heard
    sample.write("tests/child.py", "print(6)\n")
    names = defined(sample, "src/sample/starts.py", "def started(hear, *arguments):\n    hear('subprocess.Popen', arguments)\n")
    child, root = sample.root / "tests/child.py", str(sample.root)
    names["started"](watch.hear, sys.executable, [sys.executable, child, "3"], None, None)
    names["started"](watch.hear, sys.executable, [os.fsencode(sys.executable), b"tests/child.py"], root, None)
    assert notes == [("src/sample/starts.py", 2, "tests/child.py")] * 2
    names["started"](watch.hear, sys.executable, [sys.executable, "-c", "open('tests/child.py').read('tests/gone.py')"], root, None)
    names["started"](watch.hear, "x", f"cat <{child}|wc", root, None)
    assert notes == [("src/sample/starts.py", 2, "tests/child.py")] * 4
    names = defined(sample, "src/sample/starts.py", "def started(hear, event, *arguments):\n    hear(event, arguments)\n")
    names["started"](watch.hear, "os.system", f"cat {child}".encode())
    names["started"](watch.hear, "os.posix_spawn", "/bin/cat", ["cat", child], {})
    assert len(notes) == 6
    watch.hear("subprocess.Popen", (sys.executable, [child], None, None))  # started by no code of the project
    watch.published = (str(sample.root / "src/sample") + os.sep,)
    names["started"](watch.hear, "os.system", f"python {sample.root}/src/sample/lab.py")
    assert len(notes) == 6


FORKED = """

def test_forked():
    import os
    from pathlib import Path

    if not os.fork():
        Path(__file__).with_name("forked.txt").read_text()
        os._exit(0)
    os.wait()
    assert count() == 9
"""


def test_what_a_forked_process_reads_is_an_input(opening: Sample) -> None:
    opening.append("tests/test_reads.py", FORKED)
    opening.write("tests/forked.txt", "1")
    fork = "    if not os.fork():\n        Path(__file__).with_name('words.txt').read_text()\n        os._exit(0)\n    os.wait()\n"
    opening.edit("src/sample/lab.py", "    result = total", f"    import os\n{fork}    result = total")
    for command in ("verify", "record"):
        ended = opening.verbatim(command, "--write")
        assert ended.returncode in (0, 1), ended.stdout + ended.stderr
    assert reasons(opening, "sample/reads.py:count") == []
    opening.write("tests/forked.txt", "2")
    assert reasons(opening, "sample/reads.py:count") == ["file: tests/forked.txt changed"]
    record = json.loads((opening.root / "snippets/records/lab.json").read_text("utf-8"))
    assert list(record["digests"]["files"]) == ["src/sample/words.txt"]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("docs/data.txt", "docs/data.txt"),
        ("src/sample/__pycache__/lab.cpython-311.pyc", "src/sample/lab.py"),
        ("docs/absent.txt", None),
        (".git/config", None),
        ("../elsewhere.txt", None),
    ],
)
def test_what_counts_as_a_file_of_the_project(
    sample: Sample, heard: tuple[Watch, list[tuple[str, int, str]]], name: str, path: str | None
) -> None:
    sample.write(".git/config", "")
    assert heard[0].relative(str(sample.root / name)) == path


@pytest.mark.parametrize(
    ("mode", "flags", "read"),
    [
        ("r", 0, True),
        ("r+", 0, True),
        ("w", 0, False),
        ("w+", 0, True),
        (None, os.O_RDONLY, True),
        (None, os.O_RDWR, True),
        (None, os.O_WRONLY | os.O_CREAT, False),
    ],
)
def test_a_file_that_is_only_written_is_not_read(mode: str | None, flags: int, read: bool) -> None:
    assert is_read(mode, flags) is read


def test_what_was_noted_is_read_again(tmp_path: Path) -> None:
    note = keep_in(tmp_path)
    note("src/sample/lab.py", 3, "docs/data.txt")
    inspect.getclosurevars(note).nonlocals["file"].close()
    assert kept_in(tmp_path) == {("src/sample/lab.py", 3, "docs/data.txt")}


def test_what_is_not_installed_has_no_version() -> None:
    assert installed("pytest") == pytest.__version__
    assert installed("no-such-distribution") is None


def test_a_script_leaves_its_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "told_by_script.py").write_text("loss, name, _hidden = 0.5, 'x', 3\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert run_lab("told_by_script", None) == {"loss": 0.5}


def test_a_system_that_tells_no_memory_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (peak_memory_mb() or 0) > 1
    monkeypatch.setitem(sys.modules, "resource", None)
    assert peak_memory_mb() is None

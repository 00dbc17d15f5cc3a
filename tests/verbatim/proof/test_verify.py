"""`verify`: only a green run that executed every shown line makes a ledger, and the same run makes the same one.

Tests `machine`, `pytest_plugin` too.
"""

from __future__ import annotations

import ast
import json
import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sample_project import Sample

from verbatim.project import Project, write_atomically
from verbatim.proof import machine, proving
from verbatim.proof.ledger import Ledger
from verbatim.proof.machine import environment
from verbatim.proof.proving import Selection
from verbatim.proof.verify import nothing_stale, verify, wrong_versions


def verified(sample: Sample, *options: str) -> subprocess.CompletedProcess[str]:
    """Run `verify` and hold that, without `--write`, it leaves the ledger as it is."""
    path = sample.root / "snippets/ledger.json"
    before = path.read_bytes() if path.is_file() else None
    ended = sample.verbatim("verify", *options)
    assert "--write" in options or (path.read_bytes() if path.is_file() else None) == before
    return ended


def test_compares_by_default_and_writes_when_told(sample: Sample) -> None:
    sample.edit("src/sample/helper.py", "2 * number", "number * 2")
    ended = verified(sample)
    assert ended.returncode == 1
    assert "--- committed ledger" in ended.stdout
    assert "+++ this run" in ended.stdout
    assert verified(sample, "--write").returncode == 0
    ended = verified(sample)
    assert ended.returncode == 0
    assert "5 regions proven; the ledger is current" in ended.stdout


def test_a_line_that_no_test_executes_is_named(sample: Sample) -> None:
    """The test removed here was the only one that ran the line which raises."""
    text = (sample.root / "tests/test_lab.py").read_text("utf-8")
    start = text.index("def test_nothing_is_an_error")
    sample.write("tests/test_lab.py", text[:start] + text[text.index("def test_main") :])
    before = (sample.root / "snippets/ledger.json").read_bytes()
    ended = verified(sample, "--write")
    assert ended.returncode == 1
    assert "src/sample/lab.py:15: no test executes this statement; shown in region sample/lab.py:total" in ended.stderr
    assert 'raise ValueError("no numbers")' in ended.stderr
    assert (sample.root / "snippets/ledger.json").read_bytes() == before


NOT_EXEMPT = """

# --8<-- [start:exempt]
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import decimal


def exempt():  # pragma: no cover
    if __debug__:  # pragma: no branch
        return 1
    return 2


def stub():
    ...
# --8<-- [end:exempt]
"""


def test_nothing_is_exempt(sample: Sample) -> None:
    """No comment, no stub, no typing block takes a line out of the count."""
    sample.append("src/sample/lab.py", NOT_EXEMPT)
    ended = verified(sample)
    assert ended.returncode == 1
    lines = (sample.root / "src/sample/lab.py").read_text("utf-8").splitlines()
    for text in ("    import decimal", "        return 1", "    ..."):
        assert f"src/sample/lab.py:{lines.index(text) + 1}: no test executes this statement" in ended.stderr


IMPORTING = """\
# --8<-- [start:importing]
def runs_while_importing():
    return 3


THREE = runs_while_importing()


def tested():
    return THREE
# --8<-- [end:importing]
"""


def test_a_body_that_runs_by_importing_alone_is_not_tested(sample: Sample) -> None:
    """What stands at the top of a module runs by importing it and counts; the body of a function does not."""
    sample.write("src/sample/importing.py", IMPORTING)
    sample.write(
        "tests/test_importing.py", "from sample.importing import tested\n\n\ndef test_three():\n    assert tested() == 3\n"
    )
    ended = verified(sample)
    assert ended.returncode == 1
    told = [line.partition("; ")[0] for line in ended.stderr.splitlines() if "no test executes" in line]
    assert told == ["verify: src/sample/importing.py:3: no test executes this statement"]


@pytest.mark.parametrize(
    ("test", "told"),
    [  # none of these is a test of ours: each is what `verify` must refuse, skips above all
        ("def test_new():\n    assert False\n", "exit code 1"),
        # A planted skip, in the test, at its mark, or as an expected failure: each must refuse the run
        ("import pytest\n\n\ndef test_new():\n    pytest.skip('never')\n", "test_new.py::test_new: the test skipped"),
        ("import pytest\n\n\n@pytest.mark.skip\ndef test_new():\n    assert True\n", "test_new.py::test_new: the test skipped"),
        ("import pytest\n\n\n@pytest.mark.xfail\ndef test_new():\n    assert False\n", "test_new.py::test_new: the test skipped"),
        (  # the planted test passes, its fixture fails behind it: the run is not green
            "import pytest\n\n\n@pytest.fixture\ndef broken():\n    yield\n    assert False\n\n\n"
            "def test_new(broken):\n    assert True is not False\n",
            "exit code 1",
        ),
        ("import pytest\n\npytest.importorskip('no_such_module')\n", "tests/test_new.py: the test skipped"),
        ("def test_new(:\n", "exit code 2"),
    ],
    ids=["failing", "skipping", "marked to skip", "expected to fail", "failing afterwards", "skipped whole", "not Python"],
)
def test_a_run_that_is_not_green_writes_nothing(sample: Sample, test: str, told: str) -> None:
    sample.write("tests/test_new.py", test)
    sample.edit("src/sample/helper.py", "2 * number", "number * 2")
    before = (sample.root / "snippets/ledger.json").read_bytes()
    ended = verified(sample, "--write")
    assert ended.returncode != 0
    assert told in ended.stderr
    assert (sample.root / "snippets/ledger.json").read_bytes() == before


def test_a_selection_of_tests_does_not_pass_for_all(sample: Sample) -> None:
    ended = verified(sample, "--", "-k", "test_helper")
    assert ended.returncode == 1
    assert "no test executes this statement" in ended.stderr


def test_no_tests_at_all_prove_nothing(sample: Sample) -> None:
    for path in (sample.root / "tests").glob("test_*.py"):
        path.unlink()
    ended = verified(sample, "--write")
    assert ended.returncode == 5
    assert "the tests failed (pytest's exit code 5)" in ended.stderr


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_ledger_does_not_depend_on_the_order_of_tests(sample: Sample, seed: int) -> None:
    """Two files use the session fixture: whoever comes first must not take the credit alone."""
    sample.write("tests/test_answer.py", "import sample.lab\n\n\ndef test_answer(answer):\n    assert answer % 2 == 0\n")
    assert verified(sample, "--write", "--all", "--", "-p", "no:randomly").returncode == 0
    for region in ("sample/lab.py:total", "sample/helper.py:double"):
        tests = sample.ledger()["regions"][region]["tests"]
        assert {"tests/test_answer.py::test_answer", "tests/test_lab.py::test_total"} <= set(tests)
    ended = verified(sample, "--", f"--randomly-seed={seed}")
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_module_imported_by_a_string_counts_because_it_ran(sample: Sample) -> None:
    sample.edit("tests/test_helper.py", "from sample.helper import double\n", "import importlib\n")
    sample.edit(
        "tests/test_helper.py", "assert double", "double = importlib.import_module('sample' + '.helper').double\n    assert double"
    )
    assert verified(sample, "--write").returncode == 0
    assert sample.ledger()["regions"]["sample/helper.py:double"]["ran"] == ["src/sample/helper.py"]


def test_what_a_fixture_imports_covers_its_tests(sample: Sample) -> None:
    sample.write("tests/test_answer.py", "def test_answer(answer):\n    assert answer == 6\n")
    assert verified(sample, "--write").returncode == 0
    entry = sample.ledger()["regions"]["sample/lab.py:total"]
    assert "tests/test_answer.py::test_answer" in entry["tests"]
    assert "tests/conftest.py::answer" in entry["fixtures"]


def test_a_fixture_that_runs_no_region_is_still_an_input_of_its_tests(sample: Sample) -> None:
    """The expected value comes from a fixture: whoever changes it has changed the test."""
    sample.append("tests/conftest.py", "\n\n@pytest.fixture\ndef eight():\n    return 8\n")
    sample.edit(
        "tests/test_helper.py",
        "def test_double():\n    assert double(4) == 8",
        "def test_double(eight, tmp_path):\n    assert double(4) == eight",
    )
    assert verified(sample, "--write").returncode == 0
    assert sample.ledger()["regions"]["sample/helper.py:double"]["fixtures"] == [
        "tests/conftest.py::answer",
        "tests/conftest.py::eight",
    ]


CHILD = """\
import multiprocessing
import subprocess
import sys

import sample.child


def test_subprocess():
    assert subprocess.run([sys.executable, "-m", "sample.child"]).returncode == 0


def test_spawned():
    process = multiprocessing.get_context("spawn").Process(target=sample.child.spawned)
    process.start()
    process.join()
    assert process.exitcode == 0
"""
CHILD_MODULE = """\
# --8<-- [start:called]
def called():
    return 1
# --8<-- [end:called]


# --8<-- [start:spawned]
def spawned():
    assert 1 + 1 == 2
# --8<-- [end:spawned]


# --8<-- [start:run]
if __name__ == "__main__":
    called()
# --8<-- [end:run]
"""


def test_a_region_run_in_a_child_process_is_proven_by_the_child(sample: Sample) -> None:
    sample.write("src/sample/child.py", CHILD_MODULE)
    sample.write("tests/test_child.py", CHILD)
    ended = verified(sample, "--write")
    assert ended.returncode == 0, ended.stderr
    regions = sample.ledger()["regions"]
    assert regions["sample/child.py:called"]["tests"] == ["tests/test_child.py::test_subprocess"]
    assert regions["sample/child.py:spawned"]["tests"] == ["tests/test_child.py::test_spawned"]


def test_a_child_that_does_not_run_the_region_proves_nothing(sample: Sample) -> None:
    sample.write("src/sample/child.py", CHILD_MODULE)
    sample.write("tests/test_child.py", CHILD.replace('"sample.child"', '"platform"').replace("sample.child.spawned", "print"))
    ended = verified(sample)
    assert ended.returncode == 1
    for line in (3, 9):
        assert f"src/sample/child.py:{line}: no test executes this statement" in ended.stderr


COMPILED_MODULE = """\
import tensorflow as tf


# --8<-- [start:square]
@tf.function
def square(number):
    return number * number
# --8<-- [end:square]


# --8<-- [start:cube]
@tf.function
def cube(number):
    return number * number * number
# --8<-- [end:cube]
"""
COMPILED_TEST = """\
import tensorflow as tf

from sample.compiled import cube, square


def test_compiled():
    assert float(cube(tf.constant(2.0))) == 8.0


def test_eager_twin():
    twin = square.python_function(tf.constant(3.0))
    assert float(twin) == float(square(tf.constant(3.0)))
"""


def test_a_compiled_region_is_proven_by_an_eager_twin_only(sample: Sample) -> None:
    """TensorFlow runs its own copy of the body of a `@tf.function`, which coverage cannot see."""
    sample.write("src/sample/compiled.py", COMPILED_MODULE)
    sample.write("tests/test_compiled.py", COMPILED_TEST)
    ended = verified(sample)
    assert ended.returncode == 1
    told = [line.partition("; ")[0] for line in ended.stderr.splitlines() if "no test executes" in line]
    assert told == ["verify: src/sample/compiled.py:14: no test executes this statement"]


def test_another_python_runs_the_tests_and_writes_nothing(sample: Sample) -> None:
    sample.write(".python-version", "3.9\n")
    ended = verified(sample, "--write")
    assert ended.returncode == 2
    assert "the ledger is written by Python 3.9" in ended.stderr
    ended = verified(sample)
    assert ended.returncode == 0
    assert "tests passed; Python 3.9 alone writes and compares the ledger" in ended.stdout


def test_another_python_still_reports_lines_that_no_test_executes(sample: Sample) -> None:
    sample.write(".python-version", "3.9\n")
    sample.append("src/sample/lab.py", NOT_EXEMPT)
    ended = verified(sample)
    assert ended.returncode == 1
    assert "no test executes this statement" in ended.stderr


def test_another_version_than_the_pinned_one_proves_nothing(sample: Sample) -> None:
    sample.edit("requirements.txt", "pytest==", "pytest==1")
    ended = verified(sample, "--write")
    assert ended.returncode == 1
    assert "requirements.txt: pytest" in ended.stderr


@pytest.mark.parametrize("command", ["verify", "record"])
@pytest.mark.parametrize("moment", [0.05, 0.4, 0.8, 1.2])
def test_killed_at_any_moment_it_leaves_the_old_files_whole(sample: Sample, command: str, moment: float) -> None:
    sample.edit("src/sample/helper.py", "2 * number", "number * 2")
    kept = {path: path.read_bytes() for path in sorted((sample.root / "snippets").rglob("*.*")) if path.is_file()}
    env = {**os.environ, "PYTHONPATH": str(sample.root / "src")}
    arguments = [sys.executable, "-m", "verbatim", command, "--write"]
    process = subprocess.Popen(
        arguments, cwd=sample.root, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    time.sleep(moment)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for path, content in kept.items():
        if path.read_bytes() != content and path.suffix == ".json":
            json.loads(path.read_text("utf-8"))  # a new file is whole as well
        assert path.stat().st_size > 0


@pytest.mark.parametrize("call", ["fdopen", "fsync", "chmod", "replace"])
def test_a_file_is_replaced_in_one_step_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    path = tmp_path / "ledger.json"
    write_atomically(path, "old")
    with monkeypatch.context() as patch:
        patch.setattr(os, call, stop)
        with pytest.raises(KeyboardInterrupt):
            write_atomically(path, "new")
    assert path.read_text("utf-8") == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["ledger.json"]
    write_atomically(path, "new")
    assert path.read_text("utf-8") == "new"


def stop(*_: object) -> None:
    raise KeyboardInterrupt


def test_the_ledger_says_that_it_is_generated_and_names_its_command(sample: Sample) -> None:
    first = (sample.root / "snippets/ledger.json").read_text("utf-8").splitlines()[1]
    assert "python -m verbatim verify --write" in first


def test_machine_and_date_are_not_compared(sample: Sample) -> None:
    ledger = Ledger.read(sample.project)
    content = {**ledger.content, "environment": {"python": "9", "processor": "another", "date": "1999-12-31"}}
    assert ledger.difference(Ledger(content)) == ""
    assert "regions" in Ledger({**content, "pins": {}}).difference(ledger) or ledger.difference(Ledger({**content, "pins": {}}))


def test_environment_names_python_system_processor_and_date() -> None:
    assert environment().keys() == {"python", "system", "processor", "date"}
    assert all(environment().values())


def test_a_project_without_a_ledger_has_proven_nothing(unproven: Sample) -> None:
    project: Project = unproven.project
    assert Ledger.read(project).content["regions"] == {}
    ended = verified(unproven)
    assert ended.returncode == 1
    assert "the ledger is not what this run proves" in ended.stderr


def test_a_test_that_reads_a_constant_proves_the_imports_beside_those_that_run_functions(sample: Sample) -> None:
    sample.append("tests/test_lab.py", "\n\ndef test_limit():\n    assert sample.lab.LIMIT == 12345\n")
    sample.append("tests/test_helper.py", "\n\ndef test_nothing():\n    assert double(0) == 0\n")
    assert verified(sample, "--write").returncode == 0
    entries = sample.ledger()["regions"]
    limit = "tests/test_lab.py::test_limit"
    assert limit in entries["sample/lab.py:imports"]["tests"]
    assert limit not in entries["sample/lab.py:main"]["tests"]
    assert {test.split("::")[0] for test in entries["sample/lab.py:imports"]["tests"]} == {"tests/test_lab.py"}


def test_a_test_named_after_a_path_of_this_machine_is_refused(sample: Sample) -> None:
    named = '\n\nimport pytest\n\n\n@pytest.mark.parametrize("path", [__file__])\ndef test_path(path):\n    assert double(1) == 2\n'
    sample.append("tests/test_helper.py", named)
    ended = verified(sample, "--write")
    assert ended.returncode == 1
    assert "the name of a test holds a path of this machine; give its parameters `ids`" in ended.stderr


def test_a_test_that_names_its_fixtures_is_a_test_and_a_fixture_is_none() -> None:
    body = ast.parse(
        "@pytest.mark.usefixtures('sample')\ndef test_used(): ...\n\n"
        "@pytest.fixture\ndef test_data(): ...\n\n@fixture(scope='module')\ndef tested(): ...\n\n"
        "@pytest.mark.parametrize('fixture', [1])\ndef test_each(fixture): ...\n"
    ).body
    assert list(proving.test_functions(body, "test_a.py")) == [("test_a.py::test_used", 2), ("test_a.py::test_each", 11)]


@pytest.mark.parametrize("text", ["processor : 0\n", None])
def test_a_processor_without_a_name_is_called_after_its_kind(
    text: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if text is not None:
        (tmp_path / "cpuinfo").write_text(text, "utf-8")
    monkeypatch.setattr(machine, "Path", lambda name: tmp_path / Path(name).name)
    monkeypatch.setattr(platform, "processor", lambda: "")
    assert machine.processor() == platform.machine() != ""


def test_nothing_stale_runs_nothing_and_forgets_what_is_gone(sample: Sample, capsys: pytest.CaptureFixture[str]) -> None:
    before = sample.ledger()
    assert verify(sample.project, write=True, pytest_options=[]) == 0
    assert "verify: nothing is stale; 5 regions stay proven; `--all` runs every test" in capsys.readouterr().out
    assert sample.ledger() == before
    gone = {**before["regions"], "sample/lab.py:gone": before["regions"]["sample/lab.py:run"]}
    sample.write("snippets/ledger.json", Ledger({**before, "regions": gone}).text())
    assert verify(sample.project, write=False, pytest_options=[], stale=True) == 0
    assert "sample/lab.py:gone" in sample.ledger()["regions"]
    assert verify(sample.project, write=True, pytest_options=[]) == 0
    assert sample.ledger() == before


def test_nothing_stale_is_no_excuse_for_a_broken_region(sample: Sample, capsys: pytest.CaptureFixture[str]) -> None:
    sample.write("src/sample/open.py", "# --8<-- [start:open]\n")
    before = (sample.root / "snippets/ledger.json").read_bytes()
    selection = Selection(Ledger.read(sample.project), set(), [])
    assert nothing_stale(sample.project, selection, write=True) == 1
    assert "verify: src/sample/open.py:1: " in capsys.readouterr().err
    assert (sample.root / "snippets/ledger.json").read_bytes() == before


def test_what_is_pinned_and_not_installed_is_told(unproven: Sample) -> None:
    unproven.append("requirements.txt", "no-such-distribution==1\n")
    unproven.edit("pyproject.toml", 'pins = ["pytest"', 'pins = ["no-such-distribution", "pytest"')
    assert [str(fault) for fault in wrong_versions(unproven.project)] == [
        "requirements.txt: no-such-distribution not installed is here, 1 is pinned; install requirements.txt"
    ]

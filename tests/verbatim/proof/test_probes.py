"""Probes: whatever is shown and does not happen is named, at its line; what happens runs as it would without them."""

from __future__ import annotations

import inspect
import os
import runpy
import subprocess
import sys
import traceback
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sample_project import Sample

from verbatim.proof import probes
from verbatim.proof.opened import kept_in

# What is run, and what of it no probe was hit: (line, what)
UNPROVEN = {
    "if 0:\n    a = 1": [(2, "executes this statement")],
    "while False:\n    a = 1": [(2, "executes this statement")],
    "if not __debug__:\n    a = 1": [(2, "executes this statement")],
    "def f():\n    return 1\n    a = 2\nf()": [(3, "executes this statement")],
    "def f(a):\n    if a: return 1\n    return 2\nf(1)": [(3, "executes this statement"), (2, "finds this condition false")],
    "a = 1\nif a < 0: b = 1": [(2, "executes this statement")],
    "a = 1\nif a: b = 1": [(2, "finds this condition false")],
    "a = 1\nif a > 0: b = 1\nelse: b = 2": [(3, "executes this statement")],
    "match 1:\n    case 1: a = 1\n    case -99: a = 2\n    case _: a = 3": [
        (3, "executes this statement"),
        (4, "executes this statement"),
    ],
    "for n in 1, 2:\n    match n:\n        case 1: a = 1\n        case 2: a = 2": [(2, "finds no case of this match")],
    "for n in 1, 2:\n    match n:\n        case x if x < 9: a = 1\n        case _: a = 2": [
        (3, "finds this condition false"),
        (4, "executes this statement"),
    ],
    "a = 1 if True else never()": [(1, "takes the second arm of this conditional expression")],
    "a = 1\nb = a < 0 and never()": [(2, "finds this condition true")],
    "a = 1\nb = a or never()": [(2, "finds this condition false")],
    "for a in 0, 1:\n    if a and True: b = 1": [(2, "finds this condition false")],
    "f = lambda: 1": [(1, "calls this lambda")],
    "g = (n for n in (1, 2))": [(1, "draws an element from this generator")],
    "g = [n for n in ()]": [(1, "makes an element of this comprehension")],
    "g = [n for n in (1, 2) if n]": [(1, "finds this condition false")],
    "g = {n: n for n in ()}": [(1, "makes an element of this comprehension")],
    "def f():\n    yield 1\nf()": [(2, "executes this statement")],
    "def f():\n    '''Text.'''": [(2, "calls this function")],
    "def f(): ...": [(1, "executes this statement")],
    "def f():\n    def g():\n        return 1\n    return 2\nf()": [(3, "executes this statement")],
    "class A:\n    def f(self):\n        return 1": [(3, "executes this statement")],
    "try:\n    a = 1\nexcept ValueError:\n    a = 2": [(4, "executes this statement")],
    "for n in ():\n    a = 1\nelse:\n    a = 2": [(2, "executes this statement")],
    "a = 3\nwhile a:\n    a -= 1\n    break": [(2, "ends this loop by its condition")],
    "import os  # pragma: no cover\nif os.sep == 'no':  # pragma: no cover\n    a = 1": [(3, "executes this statement")],
    "if __name__ == '__main__':\n    a = 1": [(2, "executes this statement")],
    "if __name__ == 'never':\n    never()": [(2, "executes this statement")],
    "if __name__ != 'program':\n    never()": [(2, "executes this statement")],
    "a = 1\nwhile a:\n    break\nelse:\n    a = 2": [(5, "executes this statement")],
    "import contextlib\nwith contextlib.suppress(ValueError):\n    int('x')\n    a = 1": [(4, "executes this statement")],
    "a = 1 < 0 < never()": [(1, "comes to this comparison")],
    "assert 1 > 0, never()": [(1, "makes this message of an assertion")],
}
PROVEN = [
    "'''Text.'''\nfrom __future__ import annotations\na: int = 1\nassert __doc__ == 'Text.'",
    "if __name__ == '__main__':\n    results = main()",
    "a = 3\nwhile a:\n    a -= 1",
    "a = 3\nwhile a:\n    a -= 1\nelse:\n    a = 1",
    "import contextlib\nwith contextlib.nullcontext(1) as a, contextlib.nullcontext():\n    assert a == 1",
    "a = 0 < 1 < 2\nassert a",
    "while True:\n    break",
    "for a in 0, 1:\n    b = 1 if a else 2\n    c = a and b\n    if not a: d = 1",
    "for a, b in (0, 0), (1, 0), (1, 1):\n    if a and b: c = 1",
    "f = lambda a: a + 1\nassert f(1) == 2\nassert sum(n for n in (1, 2)) == 3",
    "def f():\n    global a\n    a = 1\nf()\nassert a == 1",
    "class A:\n    '''Text.'''\n    b: int\n    c = 2\n    def f(self):\n        return super().__repr__()\nassert A().f()",
    "import enum\nclass E(enum.Enum):\n    A = 1\n    B = 2\nassert list(E) == [E.A, E.B]",
    "def f(a, *, b=(1, 2)):\n    return [a := n for n in (1, 2)]\nassert f(1) == [1, 2]\n",
]


@pytest.fixture
def measured() -> Iterator[None]:
    """A process that measures nothing else, with the names that rewritten code asks for."""
    before, state = sys.modules.get(probes.NAME), dict(probes.STATE.maps)
    sys.modules[probes.NAME] = probes
    probes.STATE.maps.clear()
    yield
    probes.STATE.maps.clear()
    probes.STATE.maps.update(state)
    sys.modules[probes.NAME] = before or probes


def missed(code: str) -> list[tuple[int, str]]:
    """Run a program and return what in it did not happen."""
    tree, known = probes.rewrite(code, "program.py")
    exec(compile(tree, "program.py", "exec", dont_inherit=True), {"__name__": "program"})
    hits = dict(probes.collect()).get("program.py", bytes(len(known)))
    return [(probe.line, probe.what) for probe, hit in zip(known, hits, strict=False) if not hit]


@pytest.mark.parametrize("code", UNPROVEN, ids=range(len(UNPROVEN)))
def test_what_does_not_happen_is_named(measured: None, code: str) -> None:
    assert sorted(missed(code)) == sorted(UNPROVEN[code])


@pytest.mark.parametrize("code", PROVEN, ids=range(len(PROVEN)))
def test_what_happens_is_not(measured: None, code: str) -> None:
    assert missed(code) == []


def test_lines_sources_and_tracebacks_stay(measured: None, tmp_path: Path) -> None:
    file = tmp_path / "fails.py"
    file.write_text(
        '"""Text."""\n\nfrom __future__ import annotations\n\nVALUE = 1\n\n\ndef fails():\n    a = 1\n    raise ValueError(a)\n'
    )
    names: dict[str, Any] = {"__name__": "fails"}
    exec(probes.compiled(file.read_bytes(), str(file)), names)
    with pytest.raises(ValueError, match="1") as caught:
        names["fails"]()
    assert traceback.extract_tb(caught.value.__traceback__)[-1].lineno == 10
    assert names["fails"].__code__.co_firstlineno == 8
    assert inspect.getsource(names["fails"]).startswith("def fails():\n    a = 1\n")
    assert names["__doc__"] == "Text."


def test_a_script_and_a_child_killed_in_the_middle_have_noted_what_they_ran(sample: Sample, tmp_path: Path) -> None:
    sample.write("src/sample/dies.py", "import os\nimport signal\n\nos.kill(os.getpid(), signal.SIGKILL)\nA = 1\n")
    env = {**os.environ, **probes.prepare_children(tmp_path, str(sample.root), [str(sample.root / "src/sample")])}
    env["PYTHONPATH"] += os.pathsep + str(sample.root / "src")
    env[probes.CONTEXT_VARIABLE] = "a test"
    assert subprocess.run([sys.executable, "-m", "sample.dies"], cwd=sample.root, env=env).returncode == -9
    found = {(context, Path(path).name): hits for context, path, hits in probes.left_behind(tmp_path)}
    assert found["a test", "dies.py"] == bytes([1, 1, 1, 0])


def test_a_script_of_the_project_can_be_started_by_its_path(sample: Sample, tmp_path: Path) -> None:
    sample.write("src/sample/says.py", "print(open('data.txt').read())\n")
    sample.write("data.txt", "said")
    env = {**os.environ, **probes.prepare_children(tmp_path, str(sample.root), [str(sample.root / "src/sample")])}
    command = [sys.executable, str(sample.root / "src/sample/says.py")]
    done = subprocess.run(command, cwd=sample.root, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "said\n", "")
    assert ("src/sample/says.py", 1, "data.txt") in kept_in(tmp_path)


def test_run_path_is_measured_as_well(measured: None, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("A = 1\n\n\ndef f():\n    return 2\n")
    packages = probes.STATE.packages
    try:
        probes.install([str(tmp_path)], probes)
        assert runpy.run_path(str(tmp_path / "script.py"), run_name="__main__")["A"] == 1
        assert dict(probes.collect()) == {str(tmp_path / "script.py"): bytes([1, 1, 0])}
    finally:
        probes.uninstall()
        probes.STATE.packages = packages


def test_a_script_that_is_not_published_runs_as_it_is(measured: None, tmp_path: Path) -> None:
    (tmp_path / "published").mkdir()
    (tmp_path / "script.py").write_text("A = 1\n")
    packages = probes.STATE.packages
    try:
        probes.install([str(tmp_path / "published")], probes)
        assert runpy.run_path(str(tmp_path / "script.py"))["A"] == 1
        assert dict(probes.collect()) == {}
    finally:
        probes.uninstall()
        probes.STATE.packages = packages
    probes.uninstall()  # twice does no harm
    assert probes.Finder not in sys.meta_path


def test_a_process_that_a_test_started_keeps_its_hits_in_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes.STATE, "folder", tmp_path)
    monkeypatch.setattr(probes.STATE, "context", "a test")
    hits = probes.new_map("lab.py", 3)
    hits[1] = 1
    assert list(probes.left_behind(tmp_path)) == [("a test", "lab.py", bytes([0, 1, 0]))]
    hits.close()


@pytest.mark.parametrize("session", [True, False])
def test_what_importing_runs_is_credited_to_nobody(session: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "imported.py").write_text("A = 1\n")
    told: list[str] = []
    monkeypatch.setattr(probes.STATE, "enter", told.append if session else None)
    monkeypatch.setattr(probes.STATE, "leave", (lambda: told.append("left")) if session else None)
    monkeypatch.setattr(probes.STATE, "loaded", (lambda module: told.append(module.__name__)) if session else None)
    monkeypatch.setitem(sys.modules, probes.NAME, probes)
    module = types.ModuleType("imported")
    probes.Loader("imported", str(tmp_path / "imported.py")).exec_module(module)
    assert vars(module)["A"] == 1
    assert told == ([probes.IMPORTING, "left", "imported"] if session else [])
    assert [path for path, _ in probes.collect() if path.endswith("imported.py")] == [str(tmp_path / "imported.py")]

"""Tests must assert: whatever passes without having held anything, or is left out, is refused.

Tests `pytest_plugin`, `standins` and `proving` too.
"""

from __future__ import annotations

import ast
import re
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest
from sample_project import Sample

from verbatim.proof.assertions import called, raises_itself
from verbatim.proof.proving import functions_of
from verbatim.proof.pytest_plugin import Prover, pytest_load_initial_conftests
from verbatim.proof.standins import StandIns

# What stands in a new test file, and what `verify` says of it. None is a test of ours: each is planted to be refused
REFUSED = {
    "no assertion": ("def test_new():\n    1 + 1\n", "test_new.py::test_new: the test evaluates no assertion"),
    # The planted `assert True` holds nothing: that it counts as no assertion is what is tested
    "a constant": ("def test_new():\n    assert True\n", "test_new: the test evaluates no assertion"),
    # Nor do these
    "arithmetic of constants": ("def test_new():\n    assert 1 + 1 == 2\n", "test_new: the test evaluates no assertion"),
    "a tuple": ("def test_new():\n    a = 1\n    assert (a == 2, 'told')  # noqa\n", "the test"),
    "a list": ("def test_new():\n    a = 1\n    assert [a == 2]\n", "test_new: the test evaluates no assertion"),
    "a dictionary": ("def test_new():\n    a = 1\n    assert {'a': a == 2}\n", "test_new: the test evaluates no assertion"),
    "a name for a constant": ("def test_new():\n    assert (a := 1)\n", "test_new: the test evaluates no assertion"),
    "a function that nobody called": ("def test_new():\n    a = str\n    assert a\n", "test_new: the test evaluates no assertion"),
    "a module": ("import os\n\n\ndef test_new():\n    assert os.path\n", "test_new: the test evaluates no assertion"),
    "or true": ("def test_new():\n    a = 1\n    assert a == 2 or True\n", "test_new: the test evaluates no assertion"),
    "a thing with itself": ("def test_new():\n    a = 1\n    assert a == a\n", "test_new: the test evaluates no assertion"),
    "an early return": (
        "import sys\n\n\ndef test_new():\n    if sys.platform:\n        return\n    assert sys.platform is None\n",
        "test_new: the test evaluates no assertion",
    ),
    "a swallowed assertion": (
        "def test_new():\n    assert str(1)\n    try:\n        assert str(1) == '2'\n    except AssertionError:\n        pass\n",
        "test_new: the test swallows an assertion that failed",
    ),
    "an error of its own": (
        "import pytest\n\n\ndef test_new():\n    with pytest.raises(Exception):\n        str(1)\n        raise ValueError\n",
        "test_new: the test evaluates no assertion",
    ),
    "a warning of its own": (
        "import warnings\n\nimport pytest\n\n\ndef test_new():\n    with pytest.warns():\n        warnings.warn(str(1))\n",
        "test_new: the test evaluates no assertion",
    ),
    "an assertion in a fixture alone": (
        "import pytest\n\n\n@pytest.fixture\ndef one():\n    assert str(1)\n    return 1\n\n\ndef test_new(one):\n    pass\n",
        "test_new: the test evaluates no assertion",
    ),
    # The planted xfail is lax: passing against the expectation must be a fault all the same
    "a lax xfail that passes": (
        "import pytest\n\n\n@pytest.mark.xfail\ndef test_new():\n    assert str(1)\n",
        "test_new: the test passed although it was expected to fail",
    ),
    "an end to the whole run": (
        "import pytest\n\n\ndef test_new():\n    assert str(1)\n    pytest.exit('done', 0)\n",
        "test_new: the test was not run to its end",
    ),
    "two of one name": (
        "def test_new():\n    assert str(1)\n\n\ndef test_new():\n    assert str(2)\n",
        "tests/test_new.py:5: a second test of the name test_new, first at line 1",
    ),
    "a class with __init__": (
        "class TestNew:\n    def __init__(self):\n        self.a = 1\n\n    def test_new(self):\n        assert self.a\n",
        "tests/test_new.py:5: the test test_new is never run",
    ),
    "a file without a test": ("A = 1\n", "tests/test_new.py:1: the test file is never run"),
}
ACCEPTED = """\
import numpy as np
import pytest


def test_plain():
    '''Text.'''
    assert str(1) == "1"


def test_numpy():
    np.testing.assert_allclose(np.ones(2), [1, 1])


def test_raises():
    with pytest.raises(ValueError):
        int("a")


def test_an_assertion_that_is_meant_to_fail():
    with pytest.raises(AssertionError, match="1"):
        assert str(1) == "2"


class TestClass:
    @pytest.mark.parametrize("n", [1, 2])
    def test_method(self, n):
        for _ in range(n):
            assert n
"""


@pytest.mark.parametrize("case", REFUSED)
def test_a_test_that_proves_nothing_is_refused(sample: Sample, case: str) -> None:
    text, told = REFUSED[case]
    sample.write("tests/test_new.py", text)
    before = (sample.root / "snippets/ledger.json").read_bytes()
    ended = sample.verbatim("verify", "--write")
    assert ended.returncode != 0
    assert told in ended.stderr, ended.stdout + ended.stderr
    assert (sample.root / "snippets/ledger.json").read_bytes() == before


def test_what_asserts_is_accepted_in_every_form(sample: Sample) -> None:
    sample.write("tests/test_new.py", ACCEPTED)
    ended = sample.verbatim("verify", "--write")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "tests/test_new.py::TestClass" in sample.ledger()["tests"]


LEFT_OUT = {
    "a conftest": (
        "def pytest_collection_modifyitems(items):\n    items[:] = [item for item in items if 'broken' not in item.name]\n"
    ),
    "a conftest that says so": (
        "def pytest_collection_modifyitems(config, items):\n"
        "    gone = [item for item in items if 'broken' in item.name]\n"
        "    config.hook.pytest_deselected(items=gone)\n"
        "    items[:] = [item for item in items if item not in gone]\n"
    ),
    "a conftest that ignores the file": "collect_ignore = ['test_broken.py']\n",
    "a hook that swallows": (
        "import pytest\n\n\n@pytest.hookimpl(wrapper=True)\ndef pytest_pyfunc_call(pyfuncitem):\n"
        "    try:\n        return (yield)\n    except Exception:\n        return True\n"
    ),
    "a hook that calls it passed": (
        "import pytest\n\n\n@pytest.hookimpl(wrapper=True)\ndef pytest_runtest_makereport(item, call):\n"
        "    report = yield\n    report.outcome = 'passed'\n    return report\n"
    ),
    "a hook that runs nothing": "def pytest_pyfunc_call(pyfuncitem):\n    return True\n",
}


@pytest.mark.parametrize("case", LEFT_OUT)
def test_a_failing_test_that_a_conftest_hides_is_found(sample: Sample, case: str) -> None:
    sample.write("tests/test_broken.py", "def test_broken():\n    assert str(1)\n    raise ValueError\n")
    sample.append("tests/conftest.py", f"\n\n{LEFT_OUT[case]}")
    for options in ([], ["--write"]):
        ended = sample.verbatim("verify", *options)
        assert ended.returncode != 0, ended.stdout
        assert "test_broken" in ended.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [("PYTEST_ADDOPTS", "-k 'not broken'"), ("PYTEST_PLUGINS", "swallows"), ("PYTHONOPTIMIZE", "1"), ("PYTHONBREAKPOINT", "x")],
)
def test_the_environment_changes_no_run(sample: Sample, name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sample.write("src/swallows.py", LEFT_OUT["a hook that calls it passed"])
    sample.write("tests/test_broken.py", "def test_broken():\n    assert __debug__\n    assert str(1) == '2'\n")
    monkeypatch.setitem(sample.command.__globals__["ENVIRONMENT"], name, value)
    ended = sample.verbatim("verify", "--write")
    assert ended.returncode == 1
    assert "tests/test_broken.py::test_broken: the test failed\n" in re.sub("; every.*", "", ended.stderr)


def test_a_test_left_out_by_an_ini_file_is_found(sample: Sample) -> None:
    sample.write("tests/test_broken.py", "def test_broken():\n    assert str(1) == '2'\n")
    sample.write("pytest.ini", "[pytest]\naddopts = --ignore=tests/test_broken.py\n")
    assert "tests/test_broken.py:1: the test test_broken is never run" in sample.verbatim("verify").stderr


# Each runs `triple` before it puts something else in its place, and asserts on that alone
STAND_INS = {
    "an autouse fixture": """
import pytest
import sample.triple


@pytest.fixture(autouse=True)
def stand_in(monkeypatch):
    sample.triple.triple(4)
    monkeypatch.setattr(sample.triple, "triple", lambda number: 12)


def test_triple():
    assert sample.triple.triple(4) == 12
""",
    "a fixture that replaces the test's own name": """
import sys
import pytest
from sample.triple import triple


@pytest.fixture(autouse=True)
def stand_in(monkeypatch):
    triple(4)
    monkeypatch.setattr(sys.modules[__name__], "triple", lambda number: 12)


def test_triple():
    assert triple(4) == 12
""",
    "a patch that ends before the test": """
import sample.triple
from unittest.mock import patch


def test_triple():
    sample.triple.triple(4)
    with patch("sample.triple.triple", lambda number: 12):
        assert sample.triple.triple(4) == 12
""",
    "a patch while the original is held under another name": """
import sample.triple
from sample.triple import triple as original


def test_triple(monkeypatch):
    monkeypatch.setattr(sample.triple, "triple", lambda number: 12)
    original(4)
    assert sample.triple.triple(4) == 12
""",
    "an assignment to the module, and back": """
import sample.triple
from sample.triple import triple


def test_triple():
    sample.triple.triple = lambda number: 12
    made = sample.triple.triple(4)
    sample.triple.triple = triple
    triple(4)
    assert made == 12
""",
    "a fixture that has replaced it and put it back": """
from unittest.mock import patch

import pytest
import sample.triple
from sample.triple import triple


@pytest.fixture(scope="module")
def made():
    with patch.object(sample.triple, "triple", lambda number: 12):
        return sample.triple.triple(4)


def test_triple(made):
    triple(4)
    assert made == 12
""",
    "a stand-in that runs the original and tells something else": """
import sample.triple
from sample.triple import triple


def test_triple(monkeypatch):
    monkeypatch.setattr(sample.triple, "triple", lambda number: (triple(number), 12)[1])
    assert sample.triple.triple(4) == 12
""",
    "other code in the function": """
import sample.triple


def test_triple(monkeypatch):
    sample.triple.triple(4)
    monkeypatch.setattr(sample.triple.triple, "__code__", (lambda number: 12).__code__)
    assert sample.triple.triple(4) == 12
""",
}
HONEST = {
    "an assertion before the patch": """
import sample.triple
from sample.triple import triple


def test_triple(monkeypatch):
    assert triple(4) == 12
    monkeypatch.setattr(sample.triple, "triple", lambda number: 13)
    assert sample.triple.triple(4) == 13
""",
    "an assertion behind the patch": """
from unittest.mock import patch

import sample.triple
from sample.triple import triple


def test_triple():
    with patch("sample.triple.triple", lambda number: 13):
        thirteen = sample.triple.triple(4)
    assert thirteen == 13
    assert triple(4) == 12
""",
    "a slow helper of another module": """
import sample.lab
import sample.triple


def test_triple(monkeypatch):
    monkeypatch.setattr(sample.lab, "double", lambda number: 2)
    monkeypatch.setattr(sample.lab, "LIMIT", 3)
    result = sample.triple.triple(sample.lab.total([1]))
    assert result == 6
""",
}
IN_PLACE = """
import pytest
import sample.triple
from sample.triple import triple


def test_triple(monkeypatch):
    assert triple(4) == 12
    monkeypatch.setattr(sample.triple, "triple", lambda number: 13)
    assert sample.triple.triple(4) == 13


def test_called(monkeypatch):
    calls = []
    monkeypatch.setattr(sample.triple, "triple", lambda number: calls.append(number) or triple(number))
    assert sample.triple.triple(4) == 12
    assert calls == [4]
"""


TRIPLE = """\
# --8<-- [start:triple]
def triple(number: int) -> int:
    return 3 * number
# --8<-- [end:triple]
"""


@pytest.mark.parametrize("test", STAND_INS.values(), ids=list(STAND_INS))
def test_what_stands_in_for_a_function_proves_nothing_of_it(sample: Sample, test: str) -> None:
    sample.write("src/sample/triple.py", TRIPLE)
    sample.write("tests/test_triple.py", test)
    ended = sample.verbatim("verify")
    assert ended.returncode == 1
    assert "src/sample/triple.py:2: every test that runs triple asserts while something else replaces it" in ended.stderr


@pytest.mark.parametrize("test", HONEST.values(), ids=list(HONEST))
def test_what_a_test_asks_the_function_itself_is_proof_whatever_it_replaces(sample: Sample, test: str) -> None:
    sample.write("src/sample/triple.py", TRIPLE)
    sample.write("tests/test_triple.py", test)
    ended = sample.verbatim("verify", "--write")
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_replacement_beside_an_assertion_on_the_function_is_none(sample: Sample) -> None:
    sample.write("src/sample/triple.py", TRIPLE)
    sample.write("tests/test_triple.py", IN_PLACE)
    ended = sample.verbatim("verify", "--write")
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("code", "name"),
    [("raises", ""), ("raises(ValueError)", "raises"), ("pytest.raises()", "raises"), ("f()()", "")],
)
def test_what_is_called_has_a_name_or_none(code: str, name: str) -> None:
    assert called(ast.parse(code, mode="eval").body) == name


@pytest.mark.parametrize(
    ("code", "own"),
    [
        ("with raises(E):\n    raise E", True),
        ("with raises(E):\n    if x:\n        raise E", True),
        ("with warns(E):\n    warnings.warn('x')", True),
        ("with raises(E):\n    f(x)", False),
        ("with raises(E):\n    def g():\n        raise E\n    f(g)", False),
    ],
)
def test_what_raises_itself_tests_nothing(code: str, own: bool) -> None:
    assert raises_itself(ast.parse(code).body[0]) is own


def test_what_is_collected_and_is_no_function_is_run_as_it_is() -> None:
    contexts: list[str] = []
    prover = SimpleNamespace(enter=contexts.append, leave=lambda: contexts.append("left"))
    item = SimpleNamespace(nodeid="README.md::1", obj="its text")
    call = Prover.pytest_runtest_call(cast("Any", prover), cast("Any", item))
    next(call)
    assert (item.obj, contexts) == ("its text", ["README.md::1"])
    with pytest.raises(StopIteration) as ended:
        call.send("result")
    assert (ended.value.value, contexts) == ("result", ["README.md::1", "left"])


def test_a_session_that_proves_nothing_is_not_measured() -> None:
    registered: list[object] = []
    manager = SimpleNamespace(register=lambda plugin, name: registered.append(plugin))
    options = SimpleNamespace(verbatim_proof=None, verbatim_only=None)
    pytest_load_initial_conftests(cast("Any", SimpleNamespace(known_args_namespace=options, pluginmanager=manager)))
    assert registered == []


def test_a_method_that_is_replaced_is_seen_as_a_function_is() -> None:
    class Saved:
        SIZE = 3

        def restore(self) -> int:
            return self.SIZE

    def load() -> int:
        return Saved().restore()

    published, tests = ModuleType("published"), ModuleType("tests")
    published.__file__ = "published.py"
    Saved.__module__ = load.__module__ = "published"
    vars(published).update(Saved=Saved, load=load, other=ast.parse)
    vars(tests).update(Saved=Saved, own=load)
    stand_ins = StandIns()
    stand_ins.loaded(published)
    stand_ins.collected(tests)
    stand_ins.context = "test"
    names = {name for file, name in stand_ins.originals if not name.startswith("Saved.__")}
    assert names == {"Saved", "Saved.restore", "load"}
    assert list(stand_ins.replaced(tests)) == []
    Saved.restore = lambda self: 4  # type: ignore[method-assign]
    assert list(stand_ins.replaced(tests)) == [("published.py", "Saved.restore")]
    published.Saved = published.load = published.SIZE = None  # type: ignore[attr-defined]
    replaced = {name for _, name in stand_ins.changed_by("test") if not name.startswith("Saved.__")}
    assert replaced == {"Saved", "Saved.restore", "load"}


def test_functions_and_methods_are_told_with_their_lines() -> None:
    body = ast.parse(
        "A = 1\ndef f():\n    return 1\n\n\nclass B:\n    class C:\n        async def g(self):\n            pass\n"
    ).body
    assert list(functions_of(body)) == [("f", 2, 3), ("B.C.g", 8, 9)]


def test_what_is_collected_and_is_no_function_asks_for_fixtures_too() -> None:
    fixtures = {"one": ["first"], "two": ["second", "first"]}
    item = SimpleNamespace(nodeid="README.md::1", _fixtureinfo=SimpleNamespace(name2fixturedefs=fixtures))
    prover = SimpleNamespace(uses={}, stand_ins=StandIns(), fixture_id=lambda definition, test: f"conftest.py::{definition}")
    Prover.pytest_collection_finish(cast("Any", prover), cast("Any", SimpleNamespace(items=[item])))
    assert prover.uses == {"README.md::1": ["conftest.py::first", "conftest.py::second"]}
    assert prover.stand_ins.imported == {}

"""Units: what a statement uses of its own file and of others counts, and nothing else; how it is written does not.

Tests `parsing` too.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from sample_project import Sample

from verbatim.published.units import Code, canonical

SAME = {
    "comments": ("a = 1  # one\n", "a = 1\n"),
    "layout": ("f(a,\n  b)\n", "f(a, b)\n"),
    "quotes": ("a = 'x'\n", 'a = "x"\n'),
    "docstrings": ('def f():\n    """A."""\n    return 1\n', 'def f():\n    """B."""\n    return 1\n'),
    "no docstring": ('class A:\n    """A."""\n    b = 1\n', "class A:\n    b = 1\n"),
}
OTHER = {
    "a constant": ("a = 1\n", "a = 2\n"),
    "its type": ("a = 1\n", "a = 1.0\n"),
    "a string": ("a = 'x'\n", "a = 'y'\n"),
    "an order": ("a - b\n", "b - a\n"),
    "an annotation": ("a: int = 1\n", "a: str = 1\n"),
}


def text(source: str, *, docs: bool = False) -> str:
    return canonical(ast.parse(source).body, docs=docs)


@pytest.mark.parametrize("case", SAME)
def test_the_way_it_is_written_does_not_count(case: str) -> None:
    first, second = SAME[case]
    assert text(first) == text(second)


@pytest.mark.parametrize("case", OTHER)
def test_code_counts(case: str) -> None:
    first, second = OTHER[case]
    assert text(first) != text(second)


def test_docstrings_count_where_code_reads_them() -> None:
    assert text(SAME["docstrings"][0], docs=True) != text(SAME["docstrings"][1], docs=True)


BASE = {
    "src/sample/base.py": '''\
"""Base."""

import os
from dataclasses import dataclass

ONE = 1
TWO = ONE + 1
THREE = 3


def used():
    return TWO


def unused():
    return THREE


@dataclass
class Kept:
    a: int = ONE
''',
    "src/sample/start.py": """\
from sample import base
from sample.base import used


def f():
    return used()


def g():
    return base.Kept()
""",
}
# What is changed in base.py, and which of f and g that changes
EDITS = {
    "a constant far below": ("ONE = 1", "ONE = 9", "fg"),
    "what only one uses": ("TWO = ONE + 1", "TWO = ONE + 2", "f"),
    "what the other uses": ("a: int = ONE", "a: int = 5", "g"),
    "what nobody uses": ("THREE = 3", "THREE = 4", ""),
    "a function that nobody uses": ("return THREE", "return -THREE", ""),
    "an import that nobody uses": ("import os", "import os.path", ""),
    "a docstring": ("Base.", "Bass.", ""),
    "a comment": ("ONE = 1", "ONE = 1  # one", ""),
    "a pragma": ("THREE = 3", "THREE = 3  # pragma: no cover", "fg"),
    "a region mark": ("THREE = 3", "# --8<-- [start:a]\nTHREE = 3", "fg"),
    "an effect at import": ("THREE = 3", "THREE = 3\nos.environ['A'] = '1'", "fg"),
    "a loud decorator": ("def unused", "@os.register_at_fork\ndef unused", "fg"),
    "a second definition": ("THREE = 3", "THREE = 3\nONE = 1", "fg"),
    "a definition that goes": ("TWO = ONE + 1\n", "", "f"),
}


@pytest.mark.parametrize("case", EDITS)
def test_a_change_reaches_those_that_use_it(unproven: Sample, case: str) -> None:
    for name, content in BASE.items():
        unproven.write(name, content)
    old, new, reached = EDITS[case]
    before = digests(unproven)
    unproven.edit("src/sample/base.py", old, new)
    after = digests(unproven)
    assert "".join(name for name in "fg" if before[name] != after[name]) == reached


def digests(sample: Sample) -> dict[str, dict[str, str]]:
    code = Code(sample.project)
    return {name: code.uses(sample.root / "src/sample/start.py", (name,)).digests() for name in "fg"}


TESTS = {
    "tests/conftest.py": """\
import pytest


@pytest.fixture
def asked():
    return helper()


def helper():
    return 1


@pytest.fixture
def other():
    return 2
""",
    "tests/test_a.py": """\
import sample.helper


def test_a(asked):
    assert asked


def test_b():
    assert "sample.lab"


def test_c():
    assert sample.helper.double
""",
}


def used_by(sample: Sample, test: str) -> dict[str, str]:
    return Code(sample.project).uses(sample.root / "tests/test_a.py", (test,)).digests()


def test_of_a_conftest_the_fixture_counts_that_is_used(unproven: Sample) -> None:
    for name, content in TESTS.items():
        unproven.write(name, content)
    before = used_by(unproven, "test_a"), used_by(unproven, "test_b")
    unproven.edit("tests/conftest.py", "return 2", "return 3")
    assert (used_by(unproven, "test_a"), used_by(unproven, "test_b")) == before
    unproven.edit("tests/conftest.py", "return 1", "return 4")
    assert used_by(unproven, "test_a") != before[0]
    assert used_by(unproven, "test_b") == before[1]
    unproven.append("tests/conftest.py", "\n\ndef pytest_configure(config):\n    pass\n")
    assert used_by(unproven, "test_b") != before[1]


def test_a_module_that_a_string_names_is_used(unproven: Sample) -> None:
    for name, content in TESTS.items():
        unproven.write(name, content)
    assert "src/sample/lab.py" in used_by(unproven, "test_b")
    assert "src/sample/lab.py" not in used_by(unproven, "test_a")
    assert "src/sample/helper.py" in used_by(unproven, "test_c")


def test_a_file_that_is_not_python_or_not_there_says_so_by_its_digest(unproven: Sample) -> None:
    unproven.write("src/sample/broken.py", "def f(:\n")
    first = Code(unproven.project).uses(unproven.root / "src/sample/broken.py").digests()
    unproven.write("src/sample/broken.py", "def g(:\n")
    assert Code(unproven.project).uses(unproven.root / "src/sample/broken.py").digests() != first
    assert Code(unproven.project).uses(Path("/nowhere.py")).digests() == {}

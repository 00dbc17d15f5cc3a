"""The closure of a module: every file of the project that importing it runs, however the import is written."""

from __future__ import annotations

import pytest
from sample_project import Sample

from verbatim.published.imports import closure

IMPORTS = {
    "import sample.helper": True,
    "import sample.helper as other": True,
    "from sample.helper import double": True,
    "from sample import helper": True,
    "from .helper import double": True,
    "from . import helper": True,
    "def f():\n    from sample.helper import double": True,
    "try:\n    import sample.helper\nexcept ImportError:\n    raise": True,
    "import os": False,
    "from sampler import helper": False,
    "text = 'import sample.helper'": False,
    "from .absent import helper": False,
}


@pytest.mark.parametrize("statement", IMPORTS)
def test_an_import_statement_is_followed(unproven: Sample, statement: str) -> None:
    unproven.write("src/sample/start.py", f"{statement}\n")
    found = [unproven.project.relative(path) for path in closure(unproven.project, unproven.root / "src/sample/start.py")]
    assert ("src/sample/helper.py" in found) is IMPORTS[statement]
    assert "src/sample/start.py" in found


def test_imports_are_followed_through_others_packages_and_circles(unproven: Sample) -> None:
    unproven.write("src/sample/deep/__init__.py", "from sample.deep.far import x\n")
    unproven.write("src/sample/deep/far.py", "import sample.deep.farther\nx = 1\n")
    unproven.write("src/sample/deep/farther.py", "from .. import lab\nfrom . import far\n")
    unproven.write("tests/test_deep.py", "import sample.deep\n")
    found = [unproven.project.relative(path) for path in closure(unproven.project, unproven.root / "tests/test_deep.py")]
    assert found == [
        "src/sample/__init__.py", "src/sample/deep/__init__.py", "src/sample/deep/far.py", "src/sample/deep/farther.py",
        "src/sample/helper.py", "src/sample/lab.py", "tests/test_deep.py",
    ]  # fmt: skip


def test_a_file_that_is_not_there_has_no_closure(unproven: Sample) -> None:
    assert closure(unproven.project, unproven.root / "src/sample/absent.py") == []

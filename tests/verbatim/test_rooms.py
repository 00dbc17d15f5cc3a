"""The rooms of `verbatim`: imports run one way, few floors lie above each other, functions are short; each can fail.

Tests `wording` too.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from verbatim.published.parsing import parsed

SOURCE = Path(__file__).parents[2] / "src"
ROOMS = ("ground", "published", "proof", "pages", "judging", "site", "top")  # in the order in which data flows
TOP = {"__main__", "status"}  # above all rooms: they are what a user starts
FILES_ON_TOP, FLOORS = 8, 8
# With imports that only types need: a name in a signature is not loaded, but its reader looks it up
FLOORS_OF_TYPES = 13
LINES, COMPLEX = 30, 10  # of one function: a screen; the linter counts the second


def modules(source: Path) -> dict[str, Path]:
    """Return the modules below a source folder by their dotted names."""
    names = {path.relative_to(source).with_suffix("").as_posix().replace("/", "."): path for path in source.rglob("*.py")}
    return {name.removesuffix(".__init__"): path for name, path in names.items()}


def imports(path: Path, known: dict[str, Path], *, types: bool = True) -> set[str]:
    """Return the modules among `known` that a file imports when it is loaded or later; with `types`, those that only types need."""
    found: set[str] = set()
    for node in nodes_of(path, types=types):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update({node.module, *(f"{node.module}.{alias.name}" for alias in node.names)})
    return {name for name in found if name in known and "." in name}


def nodes_of(path: Path, *, types: bool = True) -> Iterator[ast.AST]:
    """Yield all nodes of a file; without `types`, but those that only types need."""
    for node in parsed(path.read_text("utf-8")).body:
        if types or not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield from ast.walk(node)


def room(name: str) -> int:
    parts = name.split(".")
    if len(parts) == 2:
        return ROOMS.index("top" if parts[1] in TOP else "ground")
    return ROOMS.index(parts[1])


def running_up(source: Path) -> Iterator[tuple[str, str]]:
    known = {name: path for name, path in modules(source).items() if name.startswith("verbatim.")}
    leaves = {name: path for name, path in known.items() if name.split(".")[-1] not in ROOMS}
    for name, path in leaves.items():
        yield from ((name, other) for other in imports(path, leaves) if room(other) > room(name))


def floors(source: Path, *, types: bool = False) -> int:
    """Return how many modules at most stand on each other, all packages together; with `types`, as `imports`."""
    known = modules(source)
    heights: dict[str, int] = {}

    def height(name: str, below: tuple[str, ...] = ()) -> int:
        assert name not in below, f"a circle: {' → '.join((*below, name))}"
        if name not in heights:
            heights[name] = 1 + max(
                (height(other, (*below, name)) for other in imports(known[name], known, types=types) - {name}), default=0
            )
        return heights[name]

    return max(map(height, known))


def test_imports_run_one_way() -> None:
    assert list(running_up(SOURCE)) == []


def test_few_files_on_top() -> None:
    assert 3 <= len(list((SOURCE / "verbatim").glob("*.py"))) <= FILES_ON_TOP


def test_few_floors() -> None:
    assert 3 <= floors(SOURCE) <= FLOORS
    assert floors(SOURCE, types=True) <= FLOORS_OF_TYPES


def too_long(folder: Path) -> list[str]:
    """Return the functions that fit no screen, from their `def` to their last line."""
    return [
        f"{path.relative_to(folder)}: {node.name}: {node.end_lineno - node.lineno + 1} lines"
        for path in sorted(folder.rglob("*.py"))
        for node in nodes_of(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno and node.end_lineno - node.lineno >= LINES
    ]


@pytest.mark.parametrize("folder", ["src", "scripts", "benchmarks", "tests/support"])
def test_a_function_fits_one_screen(folder: str) -> None:
    assert too_long(SOURCE.parent / folder) == []


def test_a_long_function_is_seen(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "def fits():\n" + "    pass\n" * (LINES - 1) + "class C:\n    def long(self):\n" + "        pass\n" * LINES
    )
    assert too_long(tmp_path) == ["a.py: long: 31 lines"]


def test_the_linter_holds_the_limit_of_complexity() -> None:
    settings = tomllib.loads((SOURCE.parent / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]["lint"]
    assert "C90" in settings["select"]
    assert settings["mccabe"]["max-complexity"] == COMPLEX


def untested(source: Path, tests: Path) -> list[str]:
    """Return the modules that have neither a test of their own name nor are named in the first lines of another's."""
    paths = sorted(path for path in tests.rglob("test_*.py"))
    named = {word for path in paths for word in re.findall(r"`([\w.]+)`", ast.get_docstring(parsed(path.read_text("utf-8"))) or "")}
    own = {path.relative_to(tests).with_suffix("").as_posix().replace("/test_", ".").replace("/", ".") for path in paths}
    names = [name for name, path in modules(source).items() if path.name != "__init__.py"]
    return [name for name in names if name not in own and not {name, name.rpartition(".")[2]} & named]


def test_every_module_has_a_test() -> None:
    assert untested(SOURCE, SOURCE.parent / "tests") == []


def test_a_module_without_a_test_is_seen(tmp_path: Path) -> None:
    for name in ("src/room/one.py", "src/room/two.py", "src/room/three.py", "tests/room/test_one.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('"""Tests `two` too."""\n')
    assert untested(tmp_path / "src", tmp_path / "tests") == ["room.three"]


def test_an_arrow_that_runs_up_is_seen(tmp_path: Path) -> None:
    for name in ("published/regions", "judging/judge", "faults"):
        path = tmp_path / f"verbatim/{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("from verbatim.faults import Fault\n" if name != "faults" else "")
    assert list(running_up(tmp_path)) == []
    (tmp_path / "verbatim/published/regions.py").write_text("def f():\n    from verbatim.judging.judge import Judge\n")
    assert list(running_up(tmp_path)) == [("verbatim.published.regions", "verbatim.judging.judge")]


def test_a_circle_and_a_tower_are_seen(tmp_path: Path) -> None:
    (tmp_path / "verbatim").mkdir()
    for number in range(12):
        (tmp_path / f"verbatim/m{number}.py").write_text(f"import verbatim.m{number + 1}\n")
    (tmp_path / "verbatim/m12.py").write_text("")
    assert floors(tmp_path) == 13 > FLOORS
    (tmp_path / "verbatim/m12.py").write_text("import verbatim.m0\n")
    with pytest.raises(AssertionError, match="a circle"):
        floors(tmp_path)


def not_there(text: str, root: Path) -> list[str]:
    """Return the files that a map names and that are nowhere: below `root`, below src/verbatim, or by their name in a room."""
    rooms = [root, root / "src/verbatim", *(path for path in (root / "src/verbatim").iterdir() if path.is_dir())]
    named = re.findall(r"`([\w./-]+\.(?:py|toml|yml)|[\w-]+(?:/[\w.-]+)+/?)`", text)
    return [
        name for name in named if not any((room / name).exists() for room in rooms) and "NAME" not in name and "name" not in name
    ]


def test_the_map_names_what_is_there() -> None:
    root = SOURCE.parent
    text = (root / "ARCHITECTURE.md").read_text("utf-8")
    assert not_there(text, root) == []
    assert not_there("`published/regions.py` and `published/gone.py`", root) == ["published/gone.py"]
    rooms = {path.parent.name for path in (SOURCE / "verbatim").glob("*/__init__.py")}
    assert rooms == {name for name in ROOMS if name not in ("ground", "top")}
    assert [name for name in rooms if f"| `{name}` |" not in text] == []

"""Assertions: tests, rewritten at import so that each assertion notes when it begins and when it holds.

What counts: an `assert` of anything that can be false, a call whose name begins with `assert`, a `pytest.raises` or `warns`.
"""

from __future__ import annotations

import ast
import importlib.machinery
import os
import sys
import types
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from _pytest.assertion.rewrite import rewrite_asserts  # pytest's own messages for what fails; there is no public name

from verbatim.proof.probes import is_docstring, placed

NAME = "_verbatim_assertions"
EXPECTING = ("raises", "warns", "deprecated_call")
DISPLAYS = (ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Lambda, ast.GeneratorExp, ast.JoinedStr)  # true, unless they are empty
THERE = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType, type)  # true whatever they do


class Count:
    """How many assertions of the test that runs have begun, and how many of them held."""

    def __init__(self) -> None:
        self.begun: Counter[str] = Counter()
        self.held: Counter[str] = Counter()
        self.test = ""
        self.watcher: Callable[[str], None] = lambda test: None  # told of each assertion before it is evaluated
        self.ended: Callable[[str], None] = lambda test: None  # and thereafter

    @staticmethod
    def can_fail(value: object) -> bool:
        """Say whether a thing that stands alone in an assertion can be false: a function that nobody called cannot."""
        return not isinstance(value, THERE)

    def begin(self) -> None:
        self.begun[self.test] += 1
        self.watcher(self.test)

    def hold(self, _begun: None = None, value: Any = None) -> Any:
        self.held[self.test] += 1
        self.ended(self.test)
        return value


def called(node: ast.expr) -> str:
    """Return the last name of what is called."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def hollow(node: ast.expr) -> bool:
    """Say whether an expression is the same whatever was tested: it names nothing, is a display, compares a thing with itself."""
    if isinstance(node, ast.NamedExpr):
        return hollow(node.value)
    if isinstance(node, ast.BoolOp):
        return any(map(hollow, node.values)) if isinstance(node.op, ast.Or) else all(map(hollow, node.values))
    if isinstance(node, ast.Compare):
        sides = {ast.dump(side) for side in (node.left, *node.comparators)}
        return (len(sides) == 1 and not any(isinstance(part, ast.Call) for part in ast.walk(node))) or not named(node)
    return isinstance(node, DISPLAYS) or not named(node)


def named(node: ast.expr) -> bool:
    return any(isinstance(part, ast.Name) for part in ast.walk(node))


def raises_itself(node: ast.stmt) -> bool:
    """Say whether a statement raises or warns with its own lines, so that what it tests need not."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return False
    own = isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and called(node.value) == "warn")
    return own or any(raises_itself(part) for part in ast.iter_child_nodes(node) if isinstance(part, ast.stmt))


class Rewriter(ast.NodeTransformer):
    """Puts the notes around assertions; inside `pytest.raises` one may fail, so there nothing begins."""

    def __init__(self) -> None:
        self.expecting = False

    def note(self, what: str, node: ast.AST) -> ast.stmt:
        return placed(ast.Expr(self.call(what)), node)

    @staticmethod
    def call(what: str, *arguments: ast.expr) -> ast.Call:
        return ast.Call(ast.Attribute(ast.Name(NAME, ast.Load()), what, ast.Load()), list(arguments), [])

    def visit_Assert(self, node: ast.Assert) -> ast.stmt | list[ast.stmt]:
        self.generic_visit(node)
        if hollow(node.test):
            return node
        begin = [] if self.expecting else [self.note("begin", node)]
        held = [self.note("hold", node)]
        if isinstance(node.test, ast.Name | ast.Attribute):
            begin, held = (self.where_it_can_fail(node, notes) for notes in (begin, held))
        return [*begin, node, *held]

    def where_it_can_fail(self, node: ast.Assert, notes: list[ast.stmt]) -> list[ast.stmt]:
        """Return notes that are made only where what is asserted can be false."""
        return [placed(ast.If(self.call("can_fail", node.test), notes, []), node)] if notes else []

    def visit_With(self, node: ast.With) -> ast.stmt | list[ast.stmt]:
        expecting, self.expecting = (
            self.expecting,
            self.expecting or any(called(item.context_expr) in EXPECTING for item in node.items),
        )
        entered = self.expecting and not expecting
        self.generic_visit(node)
        self.expecting = expecting
        return [self.note("begin", node), node, self.note("hold", node)] if entered and not raises_itself(node) else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        name = called(node)
        if not (name.startswith("assert") or (name == "raises" and len(node.args) > 1)):
            return node
        begin = ast.Constant(None) if self.expecting else self.call("begin")
        return placed(self.call("hold", begin, node), node)


class Loader(importlib.machinery.SourceFileLoader):
    """Loads a test, or what it imports from beside it, with its assertions noted; past every cache."""

    def get_code(self, fullname: str) -> types.CodeType:
        path = self.get_filename(fullname)
        source = self.get_data(path)
        tree = Rewriter().visit(ast.parse(source))
        rewrite_asserts(tree, source, path, None)
        first = next((place for place, node in enumerate(tree.body) if not skipped(node)), len(tree.body))
        line = tree.body[first].lineno if first < len(tree.body) else 1
        imported = ast.Import([ast.alias(NAME)], lineno=line, col_offset=0, end_lineno=line, end_col_offset=0)
        tree.body.insert(first, ast.fix_missing_locations(imported))
        return compile(tree, path, "exec", dont_inherit=True)


def skipped(node: ast.stmt) -> bool:
    return is_docstring(node) or (isinstance(node, ast.ImportFrom) and node.module == "__future__")


class Finder:
    """Finds the Python files below the tests' folders."""

    def __init__(self, folders: list[str]) -> None:
        self.folders = tuple(os.path.realpath(folder) + os.sep for folder in folders)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec and spec.origin and spec.origin.endswith(".py") and os.path.realpath(spec.origin).startswith(self.folders):
            spec.loader = Loader(name, spec.origin)
            return spec
        return None


def install(folders: list[str]) -> Count:
    """Note the assertions of what is imported from these folders, from now on."""
    count = Count()
    module = types.ModuleType(NAME)
    vars(module).update(begin=count.begin, hold=count.hold, can_fail=count.can_fail)
    sys.modules[NAME] = module
    sys.meta_path.insert(0, Finder(folders))
    return count

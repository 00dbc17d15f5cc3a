"""Probes: the published code, rewritten at import so that each statement, branch, operand and element notes that it ran.

It needs nothing but the standard library, and no other module of this package: processes that tests start load it by its path.
Line numbers, sources and tracebacks stay those of the file.
"""

from __future__ import annotations

import ast
import importlib.machinery
import importlib.util
import mmap
import os
import runpy
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

NAME = "_verbatim_probes"  # as the rewritten code imports this module
VARIABLE = "VERBATIM_PROBES"  # the folder that processes note their hits in, the source folder, the packages
CONTEXT_VARIABLE = "VERBATIM_CONTEXT"
IMPORTING = ""
HITS, NOTE, TRUTH = "__verbatim_hits__", "__verbatim_note__", "__verbatim_truth__"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Placed = ast.stmt | ast.expr
Function = TypeVar("Function", ast.FunctionDef, ast.AsyncFunctionDef)
Loop = TypeVar("Loop", ast.For, ast.AsyncFor)
With = TypeVar("With", ast.With, ast.AsyncWith)
Try = TypeVar("Try", ast.Try, ast.TryStar)
Comprehension = TypeVar("Comprehension", ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
Made = TypeVar("Made", bound=ast.AST)


@dataclass(frozen=True)
class Probe:
    """One thing in a file that must have happened."""

    line: int
    what: str  # completes "no test …"
    inside: bool  # a function: importing the module does not run it


def is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def is_guard(node: ast.If) -> bool:
    """Say whether this is `if __name__ == "__main__":` over one call of a function of the module, as the whole program runs it."""
    test, body = node.test, node.body
    if node.orelse or ast.unparse(test) != "__name__ == '__main__'":
        return False
    called = getattr(body[0], "value", None)
    return (
        len(body) == 1
        and isinstance(body[0], ast.Expr | ast.Assign)
        and isinstance(called, ast.Call)
        and isinstance(called.func, ast.Name)
    )


class Rewriter(ast.NodeTransformer):
    """Puts the probes into a module's syntax tree, in the order of the file."""

    def __init__(self) -> None:
        self.probes: list[Probe] = []
        self.depth = 0

    def probe(self, node: Placed, what: str) -> int:
        self.probes.append(Probe(node.lineno, what, self.depth > 0))
        return len(self.probes) - 1

    def mark(self, node: Placed, what: str) -> ast.stmt:
        """Return the statement that notes a hit."""
        target = ast.Subscript(ast.Name(HITS, ast.Load()), ast.Constant(self.probe(node, what)), ast.Store())
        return placed(ast.Assign([target], ast.Constant(1)), node)

    def noted(self, node: ast.expr, what: str, place: ast.expr | None = None) -> ast.expr:
        """Return the expression that notes a hit and then is `node`."""
        index = self.probe(place or node, what)
        note = ast.Call(ast.Name(NOTE, ast.Load()), [ast.Constant(index), ast.Constant(1)], [])
        return placed(ast.BoolOp(ast.Or(), [note, self.visit(node)]), node)

    def judged(self, node: ast.expr) -> ast.expr:
        """Return the expression that notes whether `node` is true or false, and then is `node`."""
        index = self.probe(node, "finds this condition true")
        self.probe(node, "finds this condition false")
        return placed(
            ast.Call(ast.Name(TRUTH, ast.Load()), [ast.Name(HITS, ast.Load()), ast.Constant(index), self.visit(node)], []), node
        )

    def block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for position, statement in enumerate(statements):
            if not (isinstance(statement, ast.Global | ast.Nonlocal) or (position == 0 and is_docstring(statement))):
                found.append(self.mark(statement, "executes this statement"))
            found.append(self.visit(statement))
        return found

    def visit_Module(self, node: ast.Module) -> ast.Module:
        head = [item for item in node.body[:1] if is_docstring(item)]
        rest = node.body[len(head) :]
        future = [item for item in rest if isinstance(item, ast.ImportFrom) and item.module == "__future__"]
        body = self.block([item for item in rest if item not in future])
        return ast.Module([*head, *future, *body], node.type_ignores)

    def visit_function(self, node: Function) -> Function:
        node.decorator_list = [self.visit(item) for item in node.decorator_list]
        node.args.defaults = [self.visit(item) for item in node.args.defaults]
        node.args.kw_defaults = [item and self.visit(item) for item in node.args.kw_defaults]
        self.depth += 1
        head: list[ast.stmt] = [item for item in node.body[:1] if is_docstring(item)]
        rest: list[ast.stmt] = node.body[len(head) :]
        node.body = [*head, *self.block(rest)]
        if not rest:  # nothing but a docstring: calling it is what can be seen
            node.body.append(self.mark(node.body[0], "calls this function"))
        self.depth -= 1
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_function

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        for name in ("decorator_list", "bases", "keywords"):
            setattr(node, name, [self.visit(item) for item in getattr(node, name)])
        node.body = self.block(node.body)
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        node.args.defaults = [self.visit(item) for item in node.args.defaults]
        node.args.kw_defaults = [item and self.visit(item) for item in node.args.kw_defaults]
        self.depth += 1
        node.body = self.noted(node.body, "calls this lambda")
        self.depth -= 1
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AnnAssign:
        node.value = node.value and self.visit(node.value)
        return node

    def visit_If(self, node: ast.If) -> ast.If:
        if is_guard(node):
            return node
        node.test = self.condition(node.test)
        node.body = self.block(node.body)
        node.orelse = self.block(node.orelse) if node.orelse else [self.mark(node.test, "finds this condition false")]
        return node

    def visit_While(self, node: ast.While) -> ast.While:
        endless = isinstance(node.test, ast.Constant) and node.test.value
        node.test = node.test if endless else self.condition(node.test)
        node.body = self.block(node.body)
        if node.orelse:
            node.orelse = self.block(node.orelse)
        elif not endless:
            node.orelse = [self.mark(node.test, "ends this loop by its condition")]
        return node

    def visit_loop(self, node: Loop) -> Loop:
        node.iter = self.visit(node.iter)
        node.body, node.orelse = self.block(node.body), self.block(node.orelse)
        return node

    visit_For = visit_AsyncFor = visit_loop

    def visit_with(self, node: With) -> With:
        for item in node.items:
            item.context_expr = self.visit(item.context_expr)
        node.body = self.block(node.body)
        return node

    visit_With = visit_AsyncWith = visit_with

    def visit_try(self, node: Try) -> Try:
        for name in ("body", "orelse", "finalbody"):
            setattr(node, name, self.block(getattr(node, name)))
        for handler in node.handlers:
            handler.body = self.block(handler.body)
        return node

    visit_Try = visit_TryStar = visit_try

    def visit_Match(self, node: ast.Match) -> ast.Match:
        node.subject = self.visit(node.subject)
        for case in node.cases:
            case.guard = case.guard and self.judged_whole(case.guard)
            case.body = self.block(case.body)
        last = node.cases[-1]
        if last.guard or not (isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None):
            node.cases.append(ast.match_case(placed(ast.MatchAs(), node), None, [self.mark(node, "finds no case of this match")]))
        return node

    def judged_whole(self, node: ast.expr) -> ast.expr:
        """Return a condition with its parts and its own two values noted."""
        return self.condition(node) if isinstance(node, ast.BoolOp) else self.judged(node)

    def condition(self, node: ast.expr) -> ast.expr:
        """Return a condition whose own values its branches note; the parts of an `and` or `or` are noted here."""
        if isinstance(node, ast.BoolOp):
            node.values = [self.judged_whole(value) for value in node.values]
            return node
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            node.operand = self.condition(node.operand)
            return node
        visited: ast.expr = self.visit(node)
        return visited

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.BoolOp:
        node.values = [*(self.judged_whole(value) for value in node.values[:-1]), self.visit(node.values[-1])]
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.Compare:
        first, *others = node.comparators  # of a < b < c, c is compared only where a < b
        node.left = self.visit(node.left)
        node.comparators = [self.visit(first), *(self.noted(other, "comes to this comparison") for other in others)]
        return node

    def visit_Assert(self, node: ast.Assert) -> ast.Assert:
        node.test = self.condition(node.test)
        node.msg = node.msg and self.noted(node.msg, "makes this message of an assertion")
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.IfExp:
        node.test = self.condition(node.test)
        node.body = self.noted(node.body, "takes the first arm of this conditional expression")
        node.orelse = self.noted(node.orelse, "takes the second arm of this conditional expression")
        return node

    def visit_comprehension_expression(self, node: Comprehension) -> Comprehension:
        for generator in node.generators:
            generator.iter = self.visit(generator.iter)
            generator.ifs = [self.judged_whole(test) for test in generator.ifs]
        what = (
            "draws an element from this generator"
            if isinstance(node, ast.GeneratorExp)
            else "makes an element of this comprehension"
        )
        if isinstance(node, ast.DictComp):
            node.key, node.value = self.noted(node.key, what), self.visit(node.value)
        else:
            node.elt = self.noted(node.elt, what)
        return node

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = visit_comprehension_expression


def placed(made: Made, node: ast.AST) -> Made:
    """Return a new node, and what it holds, at the place of an old one."""
    ast.copy_location(made, node)
    return ast.fix_missing_locations(made)


def rewrite(source: bytes | str, path: str) -> tuple[ast.Module, list[Probe]]:
    """Return a module's syntax tree with its probes, and what they stand for."""
    rewriter = Rewriter()
    tree = rewriter.visit(ast.parse(source))
    loading = ast.parse(f"import {NAME} as {NOTE}\n{HITS}, {NOTE}, {TRUTH} = {NOTE}.start({path!r}, {len(rewriter.probes)})").body
    first = next((index for index, node in enumerate(tree.body) if not (is_docstring(node) or future(node))), len(tree.body))
    line = tree.body[first].lineno if first < len(tree.body) else 1
    for node in (part for statement in loading for part in ast.walk(statement)):
        if isinstance(node, ast.stmt | ast.expr | ast.alias):
            node.lineno = node.end_lineno = line
            node.col_offset = node.end_col_offset = 0
    tree.body[first:first] = loading
    return tree, rewriter.probes


def future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def compiled(source: bytes | str, path: str) -> types.CodeType:
    return compile(rewrite(source, path)[0], path, "exec", dont_inherit=True)


@dataclass
class State:
    """What this process measures."""

    folder: Path | None = None  # where a process that a test started keeps its hits; the session's own stay in memory
    packages: tuple[str, ...] = ()  # their folders, each with a separator at the end
    context: str = IMPORTING
    maps: dict[tuple[str, int], mmap.mmap] = field(default_factory=dict)
    enter: Callable[[str], None] | None = None
    leave: Callable[[], None] | None = None
    loaded: Callable[[types.ModuleType], None] | None = None


STATE = State()


def truth(hits: mmap.mmap, index: int, value: Any) -> Any:
    hits[index if value else index + 1] = 1
    return value


def start(path: str, count: int) -> tuple[mmap.mmap, Callable[[int, int], None], Callable[..., Any]]:
    """Return what the code of one module notes its hits with; the same map whenever the file is run again as it was."""
    if (path, count) not in STATE.maps:
        STATE.maps[path, count] = new_map(path, max(count, 1))
    hits = STATE.maps[path, count]
    return hits, hits.__setitem__, truth


def new_map(path: str, count: int) -> mmap.mmap:
    """Return a map of hits: shared, so that a process which is forked, or killed, has noted what it ran."""
    if STATE.folder is None:
        return mmap.mmap(-1, count)
    name = STATE.folder / f"{os.getpid()}-{os.urandom(8).hex()}"
    name.with_suffix(".context").write_text(f"{STATE.context}\n{path}", "utf-8")
    with name.with_suffix(".hits").open("w+b") as file:
        file.write(bytes(count))
        file.flush()
        return mmap.mmap(file.fileno(), count)


def collect() -> Iterator[tuple[str, bytes]]:
    """Yield what was hit since last time, (file, hits), and forget it."""
    for (path, _), hits in list(STATE.maps.items()):
        found = hits[:]
        if any(found):
            hits[:] = bytes(len(found))
            yield path, found


def left_behind(folder: Path) -> Iterator[tuple[str, str, bytes]]:
    """Yield what processes that tests started have hit, (context, file, hits)."""
    for file in sorted(folder.glob("*.hits")):
        context, _, path = file.with_suffix(".context").read_text("utf-8").partition("\n")
        yield context, path, file.read_bytes()


class Loader(importlib.machinery.SourceFileLoader):
    """Loads a published module with its probes, never from a cache and never into one."""

    def get_code(self, fullname: str) -> types.CodeType:
        path = self.get_filename(fullname)
        return compiled(self.get_data(path), path)

    def exec_module(self, module: types.ModuleType) -> None:
        # Whoever imports a module first must not take the credit for what importing runs
        if STATE.enter and STATE.leave:
            STATE.enter(IMPORTING)
        try:
            super().exec_module(module)
        finally:
            if STATE.enter and STATE.leave:
                STATE.leave()
        if STATE.loaded:
            STATE.loaded(module)


class Finder:
    """Finds the modules of the published packages, and them alone."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec and spec.origin and published(spec.origin):
            spec.loader = Loader(name, spec.origin)
            return spec
        return None


def published(path: str) -> bool:
    return path.endswith(".py") and os.path.realpath(path).startswith(STATE.packages)


def code_from_file(*arguments: Any) -> Any:
    """Stand in for runpy's own way of reading a script: `run_path` passes by every import hook."""
    found = ORIGINAL(*arguments)
    path = os.fsdecode(arguments[-1])
    if not published(path):
        return found
    code = compiled(Path(path).read_bytes(), os.path.realpath(path))
    return (code, *found[1:]) if isinstance(found, tuple) else code


ORIGINAL = runpy._get_code_from_file  # type: ignore[attr-defined]  # there is no public hook


def install(folders: list[str], module: types.ModuleType) -> None:
    """Measure the packages in these folders from now on; `module` is this module, under whatever name it was loaded."""
    STATE.packages = tuple(os.path.realpath(folder) + os.sep for folder in folders)
    sys.modules[NAME] = module
    sys.meta_path.insert(0, Finder)
    runpy._get_code_from_file = code_from_file  # type: ignore[attr-defined]


def uninstall() -> None:
    if Finder in sys.meta_path:
        sys.meta_path.remove(Finder)
    runpy._get_code_from_file = ORIGINAL  # type: ignore[attr-defined]


CHILD = """\
import importlib.machinery, importlib.util, os, sys
here = os.path.dirname(os.path.abspath(__file__))
if "{variable}" in os.environ:
    spec = importlib.util.spec_from_file_location("{name}", {path!r})
    probes = sys.modules["{name}"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(probes)
    probes.start_child()
other = importlib.machinery.PathFinder.find_spec("sitecustomize", [path for path in sys.path if os.path.abspath(path) != here])
if other and other.loader:
    other.loader.exec_module(importlib.util.module_from_spec(other))
"""


def prepare_children(folder: Path, root: str, packages: list[str]) -> dict[str, str]:
    """Return the environment in which Python processes measure themselves, their hits kept in `folder`."""
    hook = folder / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(CHILD.format(variable=VARIABLE, name=NAME, path=os.path.abspath(__file__)), "utf-8")
    path = os.pathsep.join([str(hook), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {VARIABLE: os.pathsep.join([str(folder), root, *packages]), "PYTHONPATH": path, CONTEXT_VARIABLE: IMPORTING}


def start_child() -> None:
    """Measure this process, which a test has started."""
    folder, root, *packages = os.environ[VARIABLE].split(os.pathsep)
    STATE.folder, STATE.context = Path(folder), os.environ.get(CONTEXT_VARIABLE, IMPORTING)
    install(packages, sys.modules[NAME])
    spec = importlib.util.spec_from_file_location("_verbatim_opened", Path(__file__).with_name("opened.py"))
    assert spec is not None
    assert spec.loader is not None
    opened = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(opened)
    opened.hear_asking(opened.Watch(root, opened.keep_in(STATE.folder), packages))

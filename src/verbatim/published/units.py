"""Units: the top-level statements of a file, what each uses of its own file and of others, and a digest of what matters of them.

Comments, layout and docstrings do not matter, but for docstrings that the code reads, region marks and pragmas.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from verbatim.project import Project, digest
from verbatim.published.imports import absolute, module_files, roots
from verbatim.published.parsing import parsed

# Comments that a tool reads
MARKS = re.compile(r"#.*(?:8<-|pragma\b|type:\s*ignore|coding[:=])")
# Decorators whose only effect is on the name that they decorate
QUIET = re.compile(r"(?:dataclass|property|cache|lru_cache|wraps|contextmanager|function|fixture|parametrize|\w*mark\.\w+)\Z")
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
UNTOLD = frozenset(("ctx", "kind", "type_comment", "type_ignores"))
READ_DOCS = {"__doc__", "getdoc", "help"}


def canonical(value: object, *, docs: bool) -> str:
    """Return a syntax tree as text, the same in every version of Python and for every layout."""
    if not isinstance(value, ast.AST):
        return f"[{','.join([canonical(item, docs=docs) for item in value])}]" if isinstance(value, list) else repr(value)
    undocumented = not docs and isinstance(value, DEFINITIONS) and is_docstring(value.body[0])
    inner = []
    for name in value._fields:
        item = getattr(value, name, None)
        if item is None or item == [] or name in UNTOLD:
            continue
        if undocumented and name == "body" and not (item := item[1:]):
            continue
        inner.append(f"{name}={canonical(item, docs=docs)}")
    return f"{type(value).__name__}({','.join(inner)})"


def is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def is_main_guard(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Compare) and getattr(node.test.left, "id", "") == "__name__"


class Unit:
    """One top-level statement."""

    def __init__(self, node: ast.stmt, position: int) -> None:
        self.node = node
        self.position = position
        self.first = min([node.lineno, *(item.lineno for item in getattr(node, "decorator_list", ()))])
        self.last = node.end_lineno or node.lineno
        self.digests: dict[bool, str] = {}

    @cached_property
    def names(self) -> set[str]:
        """What it binds at the top of the file."""
        node = self.node
        if is_main_guard(node):
            return {"__main__"}
        if isinstance(node, DEFINITIONS):
            return {node.name}
        if isinstance(node, ast.Import | ast.ImportFrom):
            return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        stored = {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load)}
        nested = [part for part in ast.walk(node) if isinstance(part, (*DEFINITIONS, ast.Import, ast.ImportFrom))]
        return stored.union(*(Unit(part, -1).names for part in nested))

    @cached_property
    def always(self) -> bool:
        """Does importing the file run it with an effect on others, whether or not anything names it?"""
        node = self.node
        if isinstance(node, DEFINITIONS):
            return node.name.startswith("pytest_") or any(loud(item) for item in node.decorator_list)
        if isinstance(node, ast.Assign):
            return not all(isinstance(target, ast.Name) for target in node.targets)
        return not (isinstance(node, ast.AnnAssign | ast.Import | ast.ImportFrom) or is_docstring(node) or is_main_guard(node))

    @cached_property
    def parts(self) -> list[ast.AST]:
        """The nodes of its syntax tree, but for those that only say whether a name is read or bound."""
        found: list[ast.AST] = [self.node]
        for node in found:  # grows meanwhile
            for field in node._fields:
                item = getattr(node, field, None)
                if isinstance(item, list):
                    found += [part for part in item if isinstance(part, ast.AST)]
                elif isinstance(item, ast.AST) and field != "ctx":
                    found.append(item)
        return found

    @cached_property
    def chains(self) -> set[tuple[str, ...]]:
        """What it names: ("np", "zeros") for `np.zeros`, ("np",) for `np` by itself."""
        inner = {id(part.value) for part in self.parts if isinstance(part, ast.Attribute)}
        whole = [part for part in self.parts if isinstance(part, ast.Name | ast.Attribute) and id(part) not in inner]
        return {chain for part in whole if (chain := dotted(part))}

    @cached_property
    def asked(self) -> set[str]:
        """Arguments and strings that may name a fixture."""
        arguments = {part.arg for part in self.parts if isinstance(part, ast.arg)}
        strings = [part.value for part in self.parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        return arguments | {text for text in strings if text.isidentifier()}

    @cached_property
    def modules(self) -> set[str]:
        """Strings that may name a module which a process is told to run."""
        strings = {part.value for part in self.parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}
        return {text for text in strings if all(word.isidentifier() for word in text.split("."))}

    @cached_property
    def imports(self) -> list[ast.Import | ast.ImportFrom]:
        return [part for part in self.parts if isinstance(part, ast.Import | ast.ImportFrom)]

    @cached_property
    def reads_docs(self) -> bool:
        return any(not READ_DOCS.isdisjoint(chain) for chain in self.chains)

    def digest(self, *, docs: bool) -> str:
        if docs not in self.digests:
            self.digests[docs] = digest(canonical(self.node, docs=docs))
        return self.digests[docs]


def loud(decorator: ast.expr) -> bool:
    """Say whether a decorator may do more than change the name below it; a fixture that nobody asks for may."""
    call = decorator if isinstance(decorator, ast.Call) else None
    if call and any(keyword.arg == "autouse" for keyword in call.keywords):
        return True
    return not QUIET.search(ast.unparse(call.func if call else decorator))


def dotted(node: ast.expr) -> tuple[str, ...]:
    """Return the names of an attribute chain; of one that starts with a call nothing: what it starts from is walked by itself."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return (node.id, *reversed(names)) if isinstance(node, ast.Name) else ()


@dataclass(frozen=True)
class Target:
    """What an imported name stands for: a module, or a name in one."""

    module: str
    name: str = ""


class File:
    """The units of one file."""

    def __init__(self, project: Project, path: Path, folders: tuple[Path, ...]) -> None:
        self.project, self.path = project, path
        self.text = path.read_text("utf-8", "replace").replace("\r\n", "\n")
        self.folders = folders  # that it may import from
        self.is_test = not path.is_relative_to(project.source)
        try:
            body = parsed(self.text).body
        except SyntaxError:  # told where the file is read for its regions; here all that can be said is that it is another file
            body = ast.parse(f"broken = {self.text!r}").body
        self.units = [Unit(node, position) for position, node in enumerate(body)]
        self.start = Unit(ast.Pass(lineno=0, end_lineno=0), -1)  # stands for all that importing the file runs
        self.by_name: dict[str, list[Unit]] = {}
        for unit in self.units:
            for name in unit.names:
                self.by_name.setdefault(name, []).append(unit)

    @cached_property
    def marks(self) -> str:
        lines = [line.strip() for line in self.text.split("\n") if "#" in line]
        return digest("\n".join(line for line in lines if MARKS.search(line)))

    @cached_property
    def chains(self) -> set[tuple[str, ...]]:
        """What its units name."""
        return {chain for unit in self.units for chain in unit.chains}

    @cached_property
    def aliases(self) -> dict[str, set[str | None]]:
        """The names that it gives what it imports."""
        found: dict[str, set[str | None]] = {}
        for alias in (alias for unit in self.units for node in unit.imports for alias in node.names):
            found.setdefault(alias.name, set()).add(alias.asname)
        return found

    @cached_property
    def conftests(self) -> list[Path]:
        """The conftest.py files that pytest reads for a test file, the nearest first."""
        if not self.is_test or not self.path.is_relative_to(self.project.root):
            return []
        folders = [folder for folder in self.path.parents if folder.is_relative_to(self.project.root)]
        return [found for folder in folders if (found := folder / "conftest.py").is_file() and found != self.path]

    def bindings(self, unit: Unit) -> dict[str, list[Target]]:
        """Return what the names that a statement imports stand for."""
        found: dict[str, list[Target]] = {}
        for node in unit.imports:
            for alias in node.names:
                if isinstance(node, ast.Import):
                    name, target = (
                        alias.asname or alias.name.split(".")[0],
                        Target(alias.name if alias.asname else alias.name.split(".")[0]),
                    )
                else:
                    name, target = alias.asname or alias.name, Target(absolute(self.project, self.path, node), alias.name)
                found.setdefault(name, []).append(target)
        return found

    def imported(self, unit: Unit) -> Iterator[str]:
        for node in unit.imports:
            yield from (
                [alias.name for alias in node.names] if isinstance(node, ast.Import) else [absolute(self.project, self.path, node)]
            )


class Code:
    """The code of a project as it is now; reads each file once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.files: dict[Path, File] = {}
        self.places: dict[Path, File | None] = {}
        self.folders: dict[Path, tuple[Path, ...]] = {}  # that the files of a folder may import from
        self.modules: dict[tuple[tuple[Path, ...], str], list[Path]] = {}
        self.names: dict[Path, set[str]] = {}
        self.known: dict[tuple[object, ...], Closure] = {}
        self.steps: dict[tuple[Path, int], list[tuple[File, Unit]]] = {}

    def module_files(self, folders: tuple[Path, ...], name: str) -> list[Path]:
        if (folders, name) not in self.modules:
            top = name.partition(".")[0]
            holding = tuple(folder for folder in folders if top in self.names_in(folder))
            self.modules[folders, name] = module_files(holding, name)
        return self.modules[folders, name]

    def names_in(self, folder: Path) -> set[str]:
        """Return what may be imported from a folder: the names in it, whatever their ends."""
        if folder not in self.names:
            self.names[folder] = {name.partition(".")[0] for name in os.listdir(folder)} if folder.is_dir() else set()
        return self.names[folder]

    def submodule(self, folders: tuple[Path, ...], module: str, name: str) -> list[Path]:
        """Return the files of `module.name` where that is a module; nothing where it is a name in `module`."""
        files = self.module_files(folders, f"{module}.{name}")
        return files if files and name in (files[-1].stem, files[-1].parent.name) else []

    def file(self, path: Path) -> File:
        if path not in self.files:
            if path.parent not in self.folders:
                self.folders[path.parent] = roots(self.project, path)
            self.files[path] = File(self.project, path, self.folders[path.parent])
        return self.files[path]

    def located(self, path: Path) -> File | None:
        """Return the file at a path, which may be a link to it; None where there is none."""
        if path not in self.places:
            self.places[path] = self.file(path.resolve()) if path.is_file() else None
        return self.places[path]

    def direct(self, file: File, unit: Unit) -> list[tuple[File, Unit]]:
        """Return what a unit, or the import of its file, uses by itself: found once, for all that use it."""
        key = file.path, unit.position
        if key not in self.steps:
            step = Direct(self)
            step.begin(file) if unit is file.start else step.follow(file, unit)
            self.steps[key] = list(step.found.values())
        return self.steps[key]

    def uses(self, path: Path, names: Iterable[str] | None = None, lines: tuple[int, int] | None = None) -> Closure:
        """Return all that some units of a file use: those of the given names or lines, else all of them."""
        key = (path, None if names is None else tuple(names), lines)
        if key not in self.known:
            self.known[key] = self.find_uses(*key)
        return self.known[key]

    def find_uses(self, path: Path, names: tuple[str, ...] | None, lines: tuple[int, int] | None) -> Closure:
        closure = Closure(self)
        if (file := self.located(path)) is not None:
            chosen = file.units
            if names is not None:
                found = [unit for name in names for unit in file.by_name.get(name, ())]
                chosen = found or file.units
            elif lines is not None:
                chosen = [unit for unit in file.units if unit.first <= lines[1] and lines[0] <= unit.last]
            closure.take(file, chosen)
        return closure


class Closure:
    """Units, with all that they use, directly or not."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self.units: dict[Path, dict[int, Unit]] = {}

    def take(self, file: File, units: Iterable[Unit]) -> None:
        """Add units of a file and all that they use, at once what importing the file runs."""
        waiting = [(file, file.start), *((file, unit) for unit in units)]
        while waiting:
            file, unit = waiting.pop()
            known = self.units.setdefault(file.path, {})
            if unit.position not in known:
                known[unit.position] = unit
                waiting += self.code.direct(file, unit)

    def holds(self, path: Path, line: int) -> bool:
        return any(unit.first <= line <= unit.last for unit in self.units.get(path, {}).values())

    def digests(self) -> dict[str, str]:
        """Return, per file, the digest of what is used of it."""
        docs = any(unit.reads_docs for units in self.units.values() for unit in units.values())
        found = {}
        for path, units in self.units.items():
            file = self.code.file(path)
            used = [unit for unit in file.units if unit.position in units or (docs and is_docstring(unit.node))]
            texts = [unit.digest(docs=docs) for unit in used if docs or not is_docstring(unit.node)]
            found[self.code.project.relative(path)] = digest("\n".join([file.marks, *texts]))
        return dict(sorted(found.items()))


class Direct:
    """What one unit uses by itself: units of its own file and of others."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self.found: dict[tuple[Path, int], tuple[File, Unit]] = {}

    def add(self, file: File, unit: Unit) -> None:
        self.found[file.path, unit.position] = file, unit

    def begin(self, file: File) -> None:
        """Add what runs when a file is imported, whatever is used of it."""
        for unit in file.units:
            if unit.always:
                self.add(file, unit)
            elif isinstance(unit.node, ast.Import | ast.ImportFrom):
                for module in file.imported(unit):
                    self.touch_module(file, module)
        for path in file.conftests:
            self.touch(self.code.file(path))

    def touch(self, file: File) -> None:
        self.add(file, file.start)

    def touch_module(self, file: File, module: str) -> None:
        for path in self.code.module_files(file.folders, module):
            self.touch(self.code.file(path))

    def whole(self, path: Path) -> None:
        file = self.code.file(path)
        for unit in (file.start, *file.units):
            self.add(file, unit)

    def follow(self, file: File, unit: Unit) -> None:
        """Add what a unit names."""
        local = {} if isinstance(unit.node, ast.Import | ast.ImportFrom) else file.bindings(unit)
        self.touch(file)
        for module in file.imported(unit):
            self.touch_module(file, module)
            if not any(isinstance(node, ast.ImportFrom) for node in unit.imports) and not self.is_named(file, module):
                for path in self.code.module_files(file.folders, module)[-1:]:
                    self.whole(path)  # imported for its own sake
        for chain in unit.chains:
            self.resolve(file, local, chain)
        for name in unit.asked if file.is_test else ():
            self.fixture(file, name)
        for name in unit.modules if file.is_test else ():
            self.started(file, name)

    def started(self, file: File, name: str) -> None:
        """Add a published module that a string names: a process may run it."""
        if name.split(".")[0] in self.code.project.packages:
            for path in (
                *self.code.module_files(file.folders, name)[-1:],
                *self.code.module_files(file.folders, f"{name}.__main__")[-1:],
            ):
                self.whole(path)

    def is_named(self, file: File, module: str) -> bool:
        """Say whether a file names a module that it imports; by another name, or by its own."""
        parts = tuple(module.split("."))
        return any(chain[: len(parts)] == parts or chain[0] in file.aliases.get(module, ()) for chain in file.chains)

    def resolve(self, file: File, local: dict[str, list[Target]], chain: tuple[str, ...]) -> None:
        for target in local.get(chain[0], ()):
            self.reach(file, target, chain[1:])
        for unit in file.by_name.get(chain[0], ()):
            self.add(file, unit)
            for target in file.bindings(unit).get(chain[0], ()):
                self.reach(file, target, chain[1:])

    def reach(self, file: File, target: Target, attributes: tuple[str, ...]) -> None:
        """Add what a chain of attributes leads to, from what an import gave a name."""
        names = (target.name, *attributes) if target.name else attributes
        module, found = target.module, self.code.module_files(file.folders, target.module)
        while names and (deeper := self.code.submodule(file.folders, module, names[0])):
            module, found, names = f"{module}.{names[0]}", deeper, names[1:]
        if not found:
            return
        self.touch_module(file, module)
        home = self.code.file(found[-1])
        if not names or names[0] not in home.by_name:
            self.whole(found[-1])
        else:
            self.resolve(home, {}, names)

    def fixture(self, file: File, name: str) -> None:
        for home in (file, *(self.code.file(path) for path in file.conftests)):
            for unit in home.by_name.get(name, ()):
                self.add(home, unit)
                if not isinstance(unit.node, DEFINITIONS):
                    self.resolve(home, {}, (name,))


def merged(code: Code, closures: Iterable[Closure]) -> Closure:
    """Return all that several use."""
    result = Closure(code)
    for closure in closures:
        for path, units in closure.units.items():
            result.units.setdefault(path, {}).update(units)
    return result

"""Regions: the named pieces of source files that pages show, and everything that can be wrong with them."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verbatim.faults import Fault
from verbatim.project import Project, digest
from verbatim.published.characters import text_of_file
from verbatim.published.constants import constants_of
from verbatim.published.parsing import parsed, strings_of

MARKER = re.compile(r"-+8<-+[ \t]*\[[ \t]*(start|end)[ \t]*:[ \t]*([^\]]*?)[ \t]*\]")
NAME = re.compile(r"[a-z][a-z0-9_-]*\Z", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Region:
    """The lines `first` to `last` (counted from one, markers not included) of a source file."""

    id: str  # "mnist_lab/classifier.py:train"
    path: str  # relative to the project: "src/mnist_lab/classifier.py"
    first: int
    last: int
    text: str  # without a newline at either end

    @property
    def digest(self) -> str:
        return digest(self.text)


@dataclass(frozen=True)
class Marker:
    line: int
    kind: str  # "start" or "end"
    name: str


@dataclass(frozen=True)
class Module:
    """What one source file offers to pages, and what is wrong with its markers."""

    regions: list[Region]
    faults: list[Fault]
    constants: dict[str, Any]
    strings: tuple[tuple[int, int], ...] = ()  # the lines of strings that are statements by themselves: docstrings


def read_modules(project: Project) -> dict[str, Module]:
    """Return every module of the project's packages by its path below the source folder."""
    names = {path.relative_to(project.source).as_posix(): path for path in project.modules()}
    return {name: read_module(path, project.relative(path), name) for name, path in names.items()}


def read_regions(project: Project) -> tuple[dict[str, Region], list[Fault]]:
    """Return every region of the project's packages by id, and every fault of their markers."""
    return regions_of(read_modules(project))


def regions_of(modules: dict[str, Module]) -> tuple[dict[str, Region], list[Fault]]:
    # Where a file's markers are wrong, none of its regions can be trusted to show what was meant
    regions = {region.id: region for module in modules.values() if not module.faults for region in module.regions}
    return regions, [fault for module in modules.values() for fault in module.faults]


def read_module(file: Path, path: str, name: str) -> Module:
    """Read one source file; `path` names it in faults, `name` in the ids of its regions."""
    text, wrong = text_of_file(file)
    if wrong:
        return Module([], [Fault(f"{path}:{line}", what, fix, excerpt) for line, what, fix, excerpt in wrong], {})
    lines = text.split("\n")
    try:
        tree = parsed(text)
        comments = comment_columns(text, lines, tree)
    except (SyntaxError, tokenize.TokenError) as error:
        line = getattr(error, "lineno", None) or 1
        return Module([], [Fault(f"{path}:{line}", f"not Python: {error}", "expected a file that compiles; mend it")], {})
    faults: list[Fault] = []
    markers = list(read_markers(path, lines, comments, faults))
    regions = list(pair(path, name, lines, markers, faults))
    for region in regions:
        faults += whole_statements(region, tree)
    return Module(regions, faults, constants_of(tree), strings_of(tree))


def comment_columns(text: str, lines: list[str], tree: ast.Module) -> dict[int, int]:
    """Return the columns of the comments by line, at least of those that hold a marker."""
    marked = [number for number, line in enumerate(lines, start=1) if MARKER.search(line)]
    inside = {line for node in tree.body for line in range(first_line(node), last_line(node) + 1)}
    if inside.isdisjoint(marked) and "\r" not in text:
        # Between statements there is nothing but comments: no need to read the file token by token, which is slow
        return {number: lines[number - 1].index("#") for number in marked}
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {token.start[0]: token.start[1] for token in tokens if token.type == tokenize.COMMENT}


def last_line(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def first_line(node: ast.stmt) -> int:
    """Return the line on which a statement begins, its decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def read_markers(path: str, lines: list[str], comments: dict[int, int], faults: list[Fault]) -> Iterator[Marker]:
    """Yield the markers that stand in comments of their own; report all others."""
    for number, line in enumerate(lines, start=1):
        match = MARKER.search(line)
        if not match:
            continue
        where, comment = f"{path}:{number}", comments.get(number)
        if comment is None or comment > match.start():
            what = "marker inside a string literal: what it encloses would be shown and never run"
            faults.append(Fault(where, what, "write it as a comment of its own, outside the string", line))
        elif comment != 0:
            faults.append(Fault(where, "indented or trailing marker", "put it at the start of a line of its own", line))
        elif not NAME.match(match[2]):
            faults.append(Fault(where, f"region name {match[2]!r}", "use ASCII letters, digits, - and _, a letter first", line))
        else:
            yield Marker(number, match[1], match[2])


def pair(path: str, module: str, lines: list[str], markers: list[Marker], faults: list[Fault]) -> Iterator[Region]:
    """Yield the regions that well-paired markers enclose; report unclosed, nested, duplicate and empty ones."""
    open_marker: Marker | None = None
    seen: dict[str, int] = {}
    for marker in markers:
        where = f"{path}:{marker.line}"
        if marker.kind == "start":
            if open_marker:
                fix = f"close region {open_marker.name!r} (line {open_marker.line}) before opening {marker.name!r}"
                faults.append(Fault(where, f"region {open_marker.name!r} is unclosed", fix))
            if marker.name in seen:
                what = f"duplicate region {marker.name!r}, first at line {seen[marker.name]}"
                faults.append(Fault(where, what, "give each region of a file a name of its own"))
            seen.setdefault(marker.name, marker.line)
            open_marker = marker
        elif open_marker is None or open_marker.name != marker.name:
            faults.append(Fault(where, f"end of region {marker.name!r}, which is not open", "add its start or remove this line"))
        else:
            first, last = trimmed(lines, open_marker.line + 1, marker.line - 1)
            if first > last:
                faults.append(Fault(where, f"empty region {marker.name!r}", "put code between its markers or remove them"))
            elif seen[marker.name] == open_marker.line:
                text = "\n".join(lines[first - 1 : last])
                yield Region(f"{module}:{marker.name}", path, first, last, text)
            open_marker = None
    if open_marker:
        where = f"{path}:{open_marker.line}"
        faults.append(Fault(where, f"region {open_marker.name!r} is unclosed", f"add `# --8<-- [end:{open_marker.name}]`"))


def trimmed(lines: list[str], first: int, last: int) -> tuple[int, int]:
    """Leave out the blank lines at both ends."""
    while first <= last and not lines[first - 1].strip():
        first += 1
    while first <= last and not lines[last - 1].strip():
        last -= 1
    return first, last


def whole_statements(region: Region, tree: ast.Module) -> list[Fault]:
    """Report a region that cuts a top-level statement in two, or that is nothing but comments."""
    inside = 0
    for node in tree.body:
        start, end = first_line(node), last_line(node)
        if region.first <= start and end <= region.last:
            inside += 1
        elif start <= region.last and region.first <= end:
            where = f"{region.path}:{region.first}"
            return [Fault(where, f"region {region.id} shows half a statement", f"take in lines {start} to {end} whole")]
    if not inside:
        where = f"{region.path}:{region.first}"
        return [Fault(where, f"empty region {region.id}: it holds no statement", "put code in it or remove it")]
    return []

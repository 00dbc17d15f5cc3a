"""What a module can run: the files of the project that it imports, directly or through others, found without running it."""

from __future__ import annotations

import ast
from pathlib import Path

from verbatim.project import Project


def closure(project: Project, start: Path) -> list[Path]:
    """Return `start` and every file below the source folder that it imports, directly or not, sorted."""
    found: set[Path] = set()
    waiting = [start.resolve()]
    while waiting:
        file = waiting.pop()
        if file not in found and file.is_file():
            found.add(file)
            waiting += imported_files(project, file)
    return sorted(found)


def imported_files(project: Project, file: Path) -> list[Path]:
    """Return the project's files that `file` names in its import statements, packages' `__init__.py` included."""
    files: list[Path] = []
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = absolute(project, file, node)
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            files += module_files(project, name)
    return files


def absolute(project: Project, file: Path, node: ast.ImportFrom) -> str:
    """Return the absolute name that a `from … import` statement refers to."""
    if not node.level:
        return node.module or ""
    package = file.relative_to(project.source).parent.parts if file.is_relative_to(project.source) else ()
    parts = package[: len(package) - node.level + 1]
    return ".".join((*parts, node.module) if node.module else parts)


def module_files(project: Project, name: str) -> list[Path]:
    """Return the files that importing `name` runs, as far as they are the project's own published packages."""
    parts = name.split(".")
    if parts[0] not in project.packages:
        return []
    files = [project.source.joinpath(*parts[:depth], "__init__.py") for depth in range(1, len(parts) + 1)]
    files.append(project.source.joinpath(*parts).with_suffix(".py"))
    return [file.resolve() for file in files if file.is_file()]

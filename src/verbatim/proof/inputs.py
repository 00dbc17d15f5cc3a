"""What a run depends on: how it is now, what has changed since, and what was saved while it ran. What ran is what is signed."""

from __future__ import annotations

import ast
import importlib.metadata
import json
import os
import time
import tomllib
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from verbatim.faults import Fault
from verbatim.project import Project, digest, digest_of, read_text
from verbatim.proof.opened import ASIDE, normal
from verbatim.published.imports import names_of

PYTEST_FILES = ("pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg")
SETTINGS = ("pyproject.toml", "requirements.txt", ".python-version", *PYTEST_FILES)


class State:
    """The files of a project as they are at one moment; reads each once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.digests: dict[str, str] = {}

    def digest(self, path: str) -> str:
        if path not in self.digests:
            self.digests[path] = digest_of_input(self.project, path)
        return self.digests[path]

    @cached_property
    def common(self) -> dict[str, Any]:
        """What every entry and every record depends on."""
        return common(self.project)


def digest_of_input(project: Project, path: str) -> str:
    """Return the digest of a file that a run read, or of the names in a folder that it listed, whose path ends in a slash.

    Of what it only asked about, there may be a folder, or nothing.
    """
    folder = project.root / path
    if not path.endswith("/"):
        return "folder" if folder.is_dir() else digest_of(folder)
    if not folder.is_dir():
        return "missing"
    return digest("\n".join(sorted(name for name in os.listdir(folder) if not is_aside(path, name))))


def is_aside(folder: str, name: str) -> bool:
    """Say whether a name in a folder of the project is what tools leave there, which differs from checkout to checkout."""
    left = name.startswith(".") or name in ("__pycache__", "pdf") or name.endswith(".egg-info")
    return left or bool(ASIDE.search(f"{folder}{name}".removeprefix("./")))


def change_of(path: str, then: str | None, now: str, kind: str = "file") -> str:
    """Say what became of a file that was read or not there, or of a folder that was listed, whose digest is another now."""
    what = "is new" if then == "missing" else "is gone" if now == "missing" else "changed"
    return f"{'folder' if path.endswith('/') else kind}: {path} {what}"


def common(project: Project) -> dict[str, Any]:
    """Return what every entry depends on, as it is now."""
    return {
        "pins": project.pinned(),
        "python": reference_python(project),
        "settings": settings_digest(project),
        "data": project.data_digests(),
    }


def reference_python(project: Project) -> str:
    """Return the version of Python that writes ledger and records."""
    path = project.root / ".python-version"
    return read_text(path).strip() if path.is_file() else "missing"


def settings_digest(project: Project) -> str:
    """Return the digest of all that pytest is told by files."""
    table = tomllib.loads((project.root / "pyproject.toml").read_text("utf-8")).get("tool", {}).get("pytest", {})
    files = {name: digest_of(project.root / name) for name in PYTEST_FILES}
    return digest(json.dumps([table, files], sort_keys=True))


def required(project: Project) -> dict[str, list[str]]:
    """Return the versions that requirements.txt pins, per distribution; more than one where systems differ."""
    found: dict[str, list[str]] = {}
    for name, version in project.requirements():
        found.setdefault(normal(name), []).append(version)
    return found


def other_versions(project: Project, recorded: dict[str, str]) -> list[str]:
    """Return which distributions that a run imported have another version now: pinned, or installed where nothing pins them."""
    pinned, reasons = required(project), []
    for name, version in recorded.items():
        now = pinned.get(name) or [installed(name) or version]
        if version not in now:
            reasons.append(f"distribution {name}: {version} → {' or '.join(now)}")
    return reasons


def installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None  # whoever only reads the site has not installed it


def that_count(project: Project, imported: dict[str, str]) -> dict[str, str]:
    """Return, of the distributions that a run imported, those that are pinned or that the project's own code names."""
    owners, pinned = importlib.metadata.packages_distributions(), required(project)
    tops = set()
    for path in [*project.modules(), *(path for folder in project.tests for path in folder.rglob("*.py"))]:
        for node in ast.walk(ast.parse(path.read_bytes())):
            tops |= {name.partition(".")[0] for name in names_of(project, path, node)}
    named = {normal(owner) for top in tops for owner in owners.get(top, ())}
    return {name: version for name, version in imported.items() if name in pinned or name in named}


def changed_pins(then: dict[str, str], now: dict[str, str]) -> list[str]:
    names = sorted(then.keys() | now.keys())
    return [f"pin of {name}: {then.get(name)} → {now.get(name)}" for name in names if then.get(name) != now.get(name)]


def changed_code(project: Project, then: dict[str, str], now: dict[str, str], home: str) -> list[str]:
    """Return which files of code are used otherwise than then; `home` is the file of what is proven.

    A key is a path, or whoever uses it, a blank and the path.
    """
    reasons = []
    different = {key.rpartition(" ")[2] for key in then.keys() | now.keys() if then.get(key) != now.get(key)}
    for path in sorted(different):
        file = project.root / path
        is_test = any(file.is_relative_to(folder) for folder in project.tests) or file.name == "conftest.py"
        label = "code" if path == home else "test" if is_test else "module"
        reasons.append(f"{label}: {path} {'changed' if file.is_file() else 'is gone'}")
    return reasons


class Snapshot:
    """The inputs of a project at one moment."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.start = time.time_ns()
        self.state = {path: state_of(path) for path in self.inputs()}

    def inputs(self) -> Iterable[Path]:
        """Yield every file that a run may depend on, as far as that is known before it."""
        project = self.project
        for folder in (project.source, *project.tests):
            yield from (path for path in sorted(folder.rglob("*")) if path.is_file() and not is_cache(folder, path))
        yield from sorted((project.snippets / "commands").glob("*"))
        yield from project.data
        yield from (project.root / name for name in SETTINGS)
        yield from (
            folder / "conftest.py" for tests in project.tests for folder in tests.parents if folder.is_relative_to(project.root)
        )

    def faults(self, opened: Iterable[str] = ()) -> list[Fault]:
        """Report inputs that were saved, added or removed since, and files that the run opened and that were saved meanwhile."""
        now = {path: state_of(path) for path in self.inputs()}
        changed = {path for path in now.keys() | self.state.keys() if now.get(path) != self.state.get(path)}
        later = (self.project.root / name for name in opened)
        changed |= {path for path in later if path not in now and path.is_file() and path.stat().st_mtime_ns > self.start}
        fix = "nothing is written, for what ran is not what is there now; run it again"
        return [Fault(self.project.relative(path), "saved while the run was under way", fix) for path in sorted(changed)]


def is_cache(folder: Path, path: Path) -> bool:
    """Say whether a file below `folder` is what some tool remembers there: a linter that runs beside saves nothing that counts."""
    return any(part == "__pycache__" or part.startswith(".") for part in path.relative_to(folder).parts)


def state_of(path: Path) -> tuple[str, int]:
    """Return a file's digest and the time of its last change: one that is changed and changed back was another in between."""
    return digest_of(path), path.stat().st_mtime_ns if path.is_file() else 0

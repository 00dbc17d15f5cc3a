"""What a run opens: files that its code reads, folders that it lists, by the code that does so, and distributions that it imports.

Like `probes`, it needs the standard library alone: processes that tests start load it by its path.
"""

from __future__ import annotations

import importlib.machinery
import os
import re
import sys
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

# Never an input: what tools keep beside the project, and what a run of the tests itself is written into
ASIDE = re.compile(
    r"(?:^|/)(?:\.git|\.venv|\.cache|\.\w+_cache|node_modules|site|\.coverage[^/]*)(?:/|$)|^snippets/(?:ledger|mutants)\.json$"
)
INSTRUMENT = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
READING = (os.O_RDONLY, os.O_RDWR)
LISTING = ("os.listdir", "os.scandir")


class Watch:
    """Tells of every file of the project that this process reads, with the place in the project's code that reads it."""

    def __init__(self, root: str, note: Callable[[str, int, str], None], published: Sequence[str] = ()) -> None:
        self.root = os.path.realpath(root) + os.sep
        self.published = tuple(os.path.realpath(folder) + os.sep for folder in published)  # measures itself in every process
        self.note = note
        self.places: dict[str, str | None] = {}
        self.active = True
        sys.addaudithook(self.hear)

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        # A script is opened by Python itself, with no caller: this very frame is the only one that is always there
        if event == "open" and self.active and isinstance(arguments[0], str | bytes) and is_read(arguments[1], arguments[2]):
            self.tell(os.fsdecode(arguments[0]))
        elif event == "subprocess.Popen" and self.active and not isinstance(arguments[1], str | bytes):
            # What a process is told to run, nobody in it opens by code of the project
            named = [os.path.join(os.fsdecode(arguments[2] or ""), os.fsdecode(word)) for word in arguments[1]]
            for name in named:
                if not os.path.realpath(name).startswith(self.published):
                    self.tell(name)
        elif event in LISTING and self.active and isinstance(arguments[0], str | bytes | None):
            self.tell_names(os.fsdecode(arguments[0] or "."))

    def tell_names(self, name: str) -> None:
        """Note a folder whose names the project's own code asks for: its path with a slash behind."""
        path = os.path.realpath(name)
        if (path + os.sep).startswith(self.root) and not path.startswith((INSTRUMENT, sys.prefix + os.sep)):
            short = (path[len(self.root) :].replace(os.sep, "/") or ".") + "/"
            if not (ASIDE.search(short) or is_importing(frame := sys._getframe())) and (place := self.opener(frame)):
                self.note(*place, short)

    def tell(self, name: str) -> None:
        """Note a file that the project's own code reads, or hands to a process."""
        path = self.relative(name)
        if path and (place := self.opener(sys._getframe())):
            self.note(*place, path)

    def relative(self, name: str) -> str | None:
        """Return a path relative to the project; None for what is not in it, or is set aside."""
        path = os.path.realpath(name)
        if not path.startswith(self.root) or path.startswith((INSTRUMENT, sys.prefix + os.sep)):
            return None
        if "__pycache__" in path:
            folder, _, file = path.rpartition("/__pycache__/")
            path = f"{folder}/{file.partition('.')[0]}.py"
        short = path[len(self.root) :].replace(os.sep, "/")
        return None if ASIDE.search(short) or not os.path.isfile(path) else short

    def opener(self, frame: types.FrameType | None) -> tuple[str, int] | None:
        """Return the innermost place of the project's own code among the callers."""
        while frame:
            name = frame.f_code.co_filename
            if name not in self.places:
                self.places[name] = self.relative(name) if name.endswith(".py") else None
            if place := self.places[name]:
                return place, frame.f_lineno
            frame = frame.f_back
        return None


def is_importing(frame: types.FrameType | None) -> bool:
    """Say whether Python looks for a module, or for what is installed, among the callers."""
    while frame:
        if "importlib" in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False


class FromSource(importlib.machinery.SourceFileLoader):
    """Loads a module from its text, past every cache: a stale one runs what is no longer there."""

    def get_code(self, fullname: str) -> types.CodeType:
        path = self.get_filename(fullname)
        code: types.CodeType = self.source_to_code(self.get_data(path), path)
        return code


class Finder:
    """Finds the modules of the project, for this process to load from their texts."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec and spec.origin and type(spec.loader) is importlib.machinery.SourceFileLoader and self.watch.relative(spec.origin):
            spec.loader = FromSource(name, spec.origin)
            return spec
        return None


def past_caches(watch: Watch) -> list[str]:
    """Load the project's modules from their texts from now on; return the paths of those that were loaded before."""
    files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    sys.meta_path.insert(0, Finder(watch))
    return sorted({path for file in files if file and (path := watch.relative(file))})


def is_read(mode: str | None, flags: int) -> bool:
    if mode is not None:
        return "r" in mode or "+" in mode
    return flags & os.O_ACCMODE in READING if hasattr(os, "O_ACCMODE") else not flags & os.O_WRONLY


def keep_in(folder: Path) -> Callable[[str, int, str], None]:
    """Return a note that a process which ends abruptly has written all the same."""
    file = (folder / f"{os.getpid()}-{os.urandom(8).hex()}.opened").open("a", encoding="utf-8", buffering=1)

    def note(place: str, line: int, path: str) -> None:
        file.write(f"{place}\t{line}\t{path}\n")

    return note


def kept_in(folder: Path) -> set[tuple[str, int, str]]:
    """Return what processes that wrote into a folder have opened: (file of code, line, path)."""
    found = set()
    for file in folder.glob("*.opened"):
        for row in file.read_text("utf-8").splitlines():
            place, line, path = row.split("\t")
            found.add((place, int(line), path))
    return found


def distributions() -> dict[str, str]:
    """Return name and version of every distribution of which this process has imported a module."""
    import importlib.metadata  # not in every process that a test starts

    tops = {name.partition(".")[0] for name in list(sys.modules)}
    owners = importlib.metadata.packages_distributions()
    names = {normal(name) for top in tops for name in owners.get(top, ())}
    return {name: importlib.metadata.version(name) for name in sorted(names)}


def normal(name: str) -> str:
    """Return the name of a distribution as lists of requirements spell it."""
    return re.sub(r"[-_.]+", "-", name).lower()

"""What a run opens: files that its code reads or asks about, folders that it lists, and distributions that it imports.

Like `probes`, it needs the standard library alone: processes that tests start load it by its path.
"""

from __future__ import annotations

import functools
import importlib.machinery
import os
import re
import sys
import threading
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
# By which a process is started, each with where its words are among what the hook is told
STARTING = {"subprocess.Popen": 1, "os.system": 0, "os.posix_spawn": 1, "os.exec": 1}
PIECES = re.compile(r"[\s'\"<>|;&()=,]+")  # what a shell, or code handed to Python, has between names of files
ABOUT = ("stat", "lstat", "access")  # of the module os: how code asks about a file without opening it; no hook is told
BY_WAY_OF = frozenset(["os", "posixpath", "ntpath", "genericpath", "pathlib"])  # `Path.exists` and its like


class Watch:
    """Tells of every file of the project that this process reads, with the place in the project's code that reads it."""

    def __init__(self, root: str, note: Callable[[str, int, str], None], published: Sequence[str] = ()) -> None:
        self.root = os.path.realpath(root) + os.sep
        self.published = tuple(os.path.realpath(folder) + os.sep for folder in published)  # measures itself in every process
        self.note = note
        self.places: dict[str, str | None] = {}
        self.own = threading.local()  # whether a thread is in the watch itself, which asks about files too
        self.active = True
        sys.addaudithook(self.hear)

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        # A script is opened by Python itself, with no caller: this very frame is the only one that is always there
        if event == "open" and self.active and isinstance(arguments[0], str | bytes) and is_read(arguments[1], arguments[2]):
            # Absent, it is an input all the same, unless it is about to be made; os.open may mean another folder by a short name
            name, mode, flags = os.fsdecode(arguments[0]), arguments[1], arguments[2]
            self.tell(name, absent=not flags & os.O_CREAT and (mode is not None or os.path.isabs(name)))
        elif event in STARTING and self.active:
            # What a process is told to run or to read, nobody in it opens by code of the project
            for name in told(arguments[STARTING[event]], arguments[2] if event == "subprocess.Popen" else None):
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

    def tell(self, name: str, *, absent: bool = False) -> None:
        """Note a file that the project's own code reads, or hands to a process; with `absent`, also one that is not there."""
        path = self.relative(name, absent=absent and not os.path.isdir(name))
        if path and (place := self.opener(sys._getframe())):
            self.note(*place, path)

    def tell_asked(self, name: str) -> None:
        """Note a file about which the project's own code asks the system, there or not; folders that are there are no files."""
        if not self.active or getattr(self.own, "busy", False) or (os.path.isabs(name) and not name.startswith(self.root)):
            return
        self.own.busy = True
        try:
            frame: types.FrameType | None = sys._getframe(2)
            while frame and str(frame.f_globals.get("__name__")).partition(".")[0] in BY_WAY_OF:
                frame = frame.f_back
            path = self.relative(name, absent=not os.path.isdir(name))
            if path and frame and (place := self.place(frame)):
                self.note(*place, path)
        finally:
            self.own.busy = False

    def relative(self, name: str, *, absent: bool = False) -> str | None:
        """Return a path relative to the project; None for what is not in it, is set aside or, without `absent`, is no file."""
        path = os.path.realpath(name)
        if not path.startswith(self.root) or path.startswith((INSTRUMENT, sys.prefix + os.sep)):
            return None
        if "__pycache__" in path:
            folder, _, file = path.rpartition("/__pycache__/")
            path = f"{folder}/{file.partition('.')[0]}.py"
        short = path[len(self.root) :].replace(os.sep, "/")
        return None if ASIDE.search(short) or not (absent or os.path.isfile(path)) else short

    def opener(self, frame: types.FrameType | None) -> tuple[str, int] | None:
        """Return the innermost place of the project's own code among the callers."""
        while frame:
            if place := self.place(frame):
                return place
            frame = frame.f_back
        return None

    def place(self, frame: types.FrameType) -> tuple[str, int] | None:
        """Return the place that a frame is at, in the project's own code."""
        name = frame.f_code.co_filename
        if name not in self.places:
            self.places[name] = self.relative(name) if name.endswith(".py") else None
        return (place, frame.f_lineno) if (place := self.places[name]) else None


def hear_asking(watch: Watch) -> None:
    """Let a watch hear, from now on, what this process asks the system about files."""
    for name in ABOUT:
        original = getattr(os, name)
        asking = telling(watch, original)
        setattr(os, name, asking)
        for able in (os.supports_dir_fd, os.supports_effective_ids, os.supports_fd, os.supports_follow_symlinks):
            able.update({asking} if original in able else ())


def telling(watch: Watch, original: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of the module os that tells a watch which path it is asked about."""

    @functools.wraps(original)
    def asking(path: Any, *arguments: Any, **named: Any) -> Any:
        if watch.active and isinstance(path, str | bytes | os.PathLike) and named.get("dir_fd") is None:
            watch.tell_asked(os.fsdecode(path))
        return original(path, *arguments, **named)

    return asking


def told(words: Any, folder: Any) -> set[str]:
    """Return what may be files among the words by which a process is started in a folder, or in the text that a shell reads."""
    texts = [os.fsdecode(word) for word in ([words] if isinstance(words, str | bytes | os.PathLike) else words)]
    return {os.path.join(os.fsdecode(folder or ""), name) for text in texts for name in (text, *PIECES.split(text)) if name}


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


def follow_forks(watch: Watch, folder: Path) -> None:
    """Let processes that are forked off this one, whose memory nobody sees, keep in a folder what they open."""

    def begin() -> None:
        watch.note = keep_in(folder)

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=begin)


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

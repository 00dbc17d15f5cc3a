"""Where a project keeps its sources, pages, proofs and pins: `[tool.verbatim]` of its pyproject.toml."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)", re.MULTILINE)


class SettingsError(ValueError):
    """The table `[tool.verbatim]` is not as expected; the text says where, what was found and what was expected."""


class LabOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[tool.verbatim.labs.NAME]`: what sets one lab apart from the others."""

    script: bool = False  # it sets its own seed, and its numbers are the names that it leaves behind
    seeds: tuple[int, ...] | None = None  # those that are recorded, the first is shown; None: the usual ones
    files: tuple[str, ...] = ()  # that its run leaves for widgets: "digit.npz"
    longer: str = ""  # the lab whose `main` it runs with the module's settings LONG: a record apart, made only when told
    tolerances: dict[str, str] = {}  # per number, the one of another lab whose tolerance it borrows: "classifier.test_loss"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[tool.verbatim]`, as it is written; paths are relative to the file."""

    source: str
    packages: tuple[str, ...]
    docs: str
    snippets: str
    tests: str | tuple[str, ...]  # one folder or several
    data: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()  # packages whose change makes every proof stale
    labs: dict[str, LabOptions] = {}
    notebook_pages: tuple[str, ...] = ()  # pages whose notebook is a page of the site as well
    no_notebook: tuple[str, ...] = ()  # pages whose program cannot run in a notebook
    classes: tuple[str, ...] = ()  # of the site's own style, for pages to use
    unpublished: tuple[str, ...] = ()  # files of the docs folder that a site lacks, as pages hold them


@dataclass(frozen=True)
class Project:
    """The folders and names that `verbatim` works on."""

    root: Path
    source: Path
    packages: tuple[str, ...]
    docs: Path
    snippets: Path
    tests: tuple[Path, ...]
    data: tuple[Path, ...]
    pins: tuple[str, ...]
    lab_options: dict[str, LabOptions]
    notebook_pages: tuple[str, ...]  # pages whose notebook is a page of the site as well
    no_notebook: tuple[str, ...]  # pages whose program cannot run in a notebook
    classes: tuple[str, ...]  # of the site's own style, for pages to use
    unpublished: frozenset[str]  # files of the docs folder that a site lacks, as pages hold them

    @classmethod
    def find(cls, start: Path | None = None) -> Project:
        """Read the project that `start` (the working folder by default) lies in.

        Raises FileNotFoundError where no pyproject.toml with a `[tool.verbatim]` table lies there or above, SettingsError where
        the table says too little.
        """
        here = (start or Path.cwd()).resolve()
        for folder in (here, *here.parents):
            file = folder / "pyproject.toml"
            if file.is_file():
                table = table_of(file)
                if table is not None:
                    return cls.read(folder, table)
        raise FileNotFoundError(
            f"{here}: no pyproject.toml with a [tool.verbatim] table here or above; "
            "expected the root of the project; run the command from inside the project"
        )

    @classmethod
    def read(cls, root: Path, table: dict[str, Any]) -> Project:
        """Make a project of its settings; raises SettingsError where they are not as `Settings` says."""
        try:
            settings = msgspec.convert(table, Settings, strict=True)
        except msgspec.ValidationError as error:
            known = ", ".join(field.name for field in msgspec.structs.fields(Settings))
            raise SettingsError(
                f"{root / 'pyproject.toml'}: [tool.verbatim]: {error}; expected the keys {known}; mend the table"
            ) from None
        return cls(
            root=root,
            source=root / settings.source,
            packages=settings.packages,
            docs=root / settings.docs,
            snippets=root / settings.snippets,
            tests=tuple(root / path for path in ([settings.tests] if isinstance(settings.tests, str) else settings.tests)),
            data=tuple(root / path for path in settings.data),
            pins=settings.pins,
            lab_options=settings.labs,
            notebook_pages=settings.notebook_pages,
            no_notebook=settings.no_notebook,
            classes=settings.classes,
            unpublished=frozenset(settings.unpublished),
        )

    @property
    def ledger(self) -> Path:
        return self.snippets / "ledger.json"

    def relative(self, path: Path) -> str:
        """Return `path` relative to the project, with forward slashes."""
        return relative(path, self.root)

    def modules(self) -> list[Path]:
        """Return the Python files whose regions pages may show."""
        return sorted(path for name in self.packages for path in (self.source / name).rglob("*.py") if path.is_file())

    def requirements(self) -> list[tuple[str, str]]:
        """Return name and version of every line of requirements.txt; a name stands twice where systems differ."""
        file = self.root / "requirements.txt"
        return REQUIREMENT.findall(read_text(file)) if file.is_file() else []

    def pinned(self) -> dict[str, str]:
        """Return the versions that requirements.txt pins for the packages whose change makes a proof stale."""
        versions = dict(self.requirements())
        return {name: versions.get(name, "not pinned") for name in self.pins}

    def data_digests(self) -> dict[str, str]:
        return {self.relative(path): digest_of(path) for path in self.data}


@lru_cache(maxsize=4096)
def relative(path: Path, root: Path) -> str:
    return path.resolve().relative_to(root).as_posix()


def table_of(file: Path) -> dict[str, Any] | None:
    """Return the table `[tool.verbatim]` of a pyproject.toml, None where it has none; raises SettingsError where it is no TOML."""
    try:
        content = toml_of(file.read_bytes())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: {error}; expected TOML in UTF-8; mend the file") from None
    tools = content.get("tool", {})
    if not isinstance(tools, dict):
        raise SettingsError(f"{file}: [tool] is no table; expected one; mend the file")
    table: dict[str, Any] | None = tools.get("verbatim")
    return table


def read_text(path: Path) -> str:
    """Return what a file says; raises SettingsError where it is none, or none in UTF-8."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not UTF-8 at byte {error.start}; expected text in UTF-8; save it so") from None
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}; expected a file; take it from the repository") from None


@lru_cache(maxsize=8)
def toml_of(content: bytes) -> dict[str, Any]:
    """Return what a TOML file holds, which nobody may change; raises TOMLDecodeError and UnicodeDecodeError."""
    return tomllib.loads(content.decode("utf-8"))


def read_json(path: Path, keys: tuple[str, ...], fix: str) -> dict[str, Any]:
    """Return the object that a JSON file holds; raises SettingsError where it is none, or lacks one of the keys."""
    try:
        content = json.loads(path.read_bytes().decode("utf-8"))
    except json.JSONDecodeError as error:
        raise SettingsError(f"{path}:{error.lineno}: no JSON, {error.msg}; expected what verbatim wrote; {fix}") from None
    except (UnicodeDecodeError, RecursionError) as error:
        raise SettingsError(f"{path}: no JSON in UTF-8, {error}; expected what verbatim wrote; {fix}") from None
    missing = [key for key in keys if not (isinstance(content, dict) and key in content)]
    if missing or not isinstance(content, dict):
        raise SettingsError(f"{path}: it has no {', '.join(missing) or 'keys'}; expected what verbatim wrote; {fix}")
    return content


def digest(text: str) -> str:
    """Return the SHA-256 of `text`, shortened to 16 hexadecimal digits: enough to tell versions apart."""
    return digest_of_bytes(text.encode())


def digest_of(path: Path) -> str:
    """Return the digest of a file, the same whatever line ends a checkout gave a text; "missing" where there is none."""
    if not path.is_file():
        return "missing"
    content = path.read_bytes()
    if path.suffix in {".py", ".sh", ".txt", ".json", ".md"}:
        content = content.replace(b"\r\n", b"\n")
    return digest_of_bytes(content)


def digest_of_bytes(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def write_atomically(path: Path, content: str | bytes) -> None:
    """Replace `path` by `content` in one step: whoever is killed on the way leaves the old file whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode() if isinstance(content, str) else content
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise

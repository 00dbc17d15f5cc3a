"""Where a project keeps its sources, pages, proofs and pins: `[tool.verbatim]` of its pyproject.toml."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)", re.MULTILINE)


REQUIRED = ("source", "packages", "docs", "snippets", "tests")


class SettingsError(ValueError):
    """The table `[tool.verbatim]` is not as expected; the text says what is missing."""


@dataclass(frozen=True)
class Project:
    """The folders and names that `verbatim` works on."""

    root: Path
    source: Path
    packages: tuple[str, ...]
    docs: Path
    snippets: Path
    tests: Path
    data: tuple[Path, ...]
    pins: tuple[str, ...]
    lab_options: dict[str, dict]  # per lab: seeds, tolerances
    notebook_pages: tuple[str, ...]  # pages whose notebook is a page of the site as well
    no_notebook: tuple[str, ...]  # pages whose program cannot run in a notebook

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
                table = tomllib.loads(file.read_text("utf-8")).get("tool", {}).get("verbatim")
                if table is not None:
                    return cls.read(folder, table)
        raise FileNotFoundError(
            f"{here}: no pyproject.toml with a [tool.verbatim] table here or above; "
            "expected the root of the project; run the command from inside the project"
        )

    @classmethod
    def read(cls, root: Path, table: dict) -> Project:
        missing = [key for key in REQUIRED if key not in table]
        if missing:
            raise SettingsError(
                f"{root / 'pyproject.toml'}: [tool.verbatim] has no {', '.join(missing)}; expected {', '.join(REQUIRED)}"
            )
        return cls(
            root=root,
            source=root / table["source"],
            packages=tuple(table["packages"]),
            docs=root / table["docs"],
            snippets=root / table["snippets"],
            tests=root / table["tests"],
            data=tuple(root / path for path in table.get("data", ())),
            pins=tuple(table.get("pins", ())),
            lab_options=table.get("labs", {}),
            notebook_pages=tuple(table.get("notebook_pages", ())),
            no_notebook=tuple(table.get("no_notebook", ())),
        )

    @property
    def ledger(self) -> Path:
        return self.snippets / "ledger.json"

    def relative(self, path: Path) -> str:
        """Return `path` relative to the project, with forward slashes."""
        return path.resolve().relative_to(self.root).as_posix()

    def modules(self) -> list[Path]:
        """Return the Python files whose regions pages may show."""
        return sorted(path for name in self.packages for path in (self.source / name).rglob("*.py"))

    def pinned(self) -> dict[str, str]:
        """Return the versions that requirements.txt pins for the packages whose change makes a proof stale."""
        file = self.root / "requirements.txt"
        versions = dict(REQUIREMENT.findall(file.read_text("utf-8"))) if file.is_file() else {}
        return {name: versions.get(name, "not pinned") for name in self.pins}

    def data_digests(self) -> dict[str, str]:
        return {self.relative(path): digest_of(path) for path in self.data}


def digest(text: str) -> str:
    """Return the SHA-256 of `text`, shortened to 16 hexadecimal digits: enough to tell versions apart."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def digest_of(path: Path) -> str:
    """Return the digest of a file, the same whatever line ends a checkout gave a text; "missing" where there is none."""
    if not path.is_file():
        return "missing"
    content = path.read_bytes()
    if path.suffix in {".py", ".sh", ".txt", ".json", ".md"}:
        content = content.replace(b"\r\n", b"\n")
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

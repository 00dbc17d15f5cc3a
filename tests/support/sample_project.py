"""A small project in a folder of its own, with everything that `verbatim` works on, and ways to break it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from verbatim.project import Project

FILES = {
    "pyproject.toml": """\
[tool.verbatim]
source = "src"
packages = ["sample"]
docs = "docs"
snippets = "snippets"
tests = "tests"
data = ["docs/data.txt"]
pins = ["pytest", "coverage"]
""",
    ".python-version": f"{sys.version_info.major}.{sys.version_info.minor}\n",
    "docs/data.txt": "1 2 3\n",
    "src/sample/__init__.py": "",
    "src/sample/helper.py": '''\
"""A helper."""


# --8<-- [start:double]
def double(number: int) -> int:
    return 2 * number
# --8<-- [end:double]
''',
    "src/sample/lab.py": '''\
"""A lab."""

# --8<-- [start:imports]
from pathlib import Path

LIMIT = 12_345
# --8<-- [end:imports]

from sample.helper import double


# --8<-- [start:total]
def total(numbers: list[int]) -> int:
    if not numbers:
        raise ValueError("no numbers")
    return sum(double(number) for number in numbers)
# --8<-- [end:total]


# --8<-- [start:main]
def main(seed: int = 0) -> dict[str, float]:
    numbers = [int(word) for word in Path("data.txt").read_text().split()]
    result = total(numbers) + seed / 1000
    print(f"总和 {result}，用时 3 秒")
    return {"total": result, "share": 0.97580, "parts": [1, 2], "wall_seconds": 0.5}
# --8<-- [end:main]


# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]
''',
    "tests/conftest.py": """\
import pytest


@pytest.fixture(scope="session")
def answer():
    from sample.lab import total

    return total([1, 2])
""",
    "tests/test_lab.py": """\
import runpy
from pathlib import Path

import pytest

import sample.lab
from sample.lab import main, total


def test_total(answer):
    assert answer == 6


def test_nothing_is_an_error():
    with pytest.raises(ValueError):
        total([])


def test_main(monkeypatch):
    monkeypatch.chdir(Path(__file__).parents[1] / "docs")
    assert main()["total"] == 12
    runpy.run_path(sample.lab.__file__, run_name="__main__")
""",
    "tests/test_helper.py": """\
from sample.helper import double


def test_double():
    assert double(4) == 8
""",
    "snippets/commands/hello.sh": "echo hello\n",
    "docs/references.bib": "@book{goodfellow2016, author = {Goodfellow, Ian}, title = {Deep Learning}, "
    "publisher = {MIT Press}, year = {2016}}\n",
    "docs/references.md": "# 参考文献\n\n[[bibliography]]\n",
    "docs/index.md": """\
# 样例

## 1. 背景

```python
--8<-- "sample/helper.py:double"
```

```python
--8<-- "sample/lab.py:imports"
```

```python
--8<-- "sample/lab.py:total"
```

```python
--8<-- "sample/lab.py:main"
```

```python
--8<-- "sample/lab.py:run"
```

```bash
--8<-- "commands/hello.sh"
```

[数据](data.txt)
""",
    "mkdocs.yml": """\
site_name: 样例
site_url: ""
theme: {name: mkdocs, highlightjs: false}
plugins: []
watch: [src, snippets]
validation: {links: {anchors: warn}}
markdown_extensions:
  - attr_list
  - tables
  - md_in_html
  - admonition
  - def_list
  - footnotes
  - toc:
      slugify: !!python/name:verbatim.pages.slugs.slugify
  - pymdownx.superfences
  - pymdownx.highlight
  - pymdownx.tabbed: {alternate_style: true}
  - pymdownx.blocks.caption
  - pymdownx.snippets: {base_path: [src, snippets], check_paths: true, restrict_base_path: true}
  - pymdownx.arithmatex: {generic: true}
  - verbatim.site.maths
  - verbatim.site.markdown
""",
}
ENVIRONMENT = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONDONTWRITEBYTECODE": "1"}


FAULT = re.compile(r"^(?:WARNING -\s+|check: )(?P<where>[^:\n]+?(?::\d+)?): .*(?:\n    .*)*", re.MULTILINE)
PAGE_END = re.compile(r"(?:\.md|/index\.html|\.html)$")


@dataclass
class Sample:
    """A project in `root`."""

    root: Path

    @property
    def project(self) -> Project:
        return Project.find(self.root)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text("utf-8")
        assert text.count(old) >= 1, f"{name} has no {old!r}"
        self.write(name, text.replace(old, new, 1))

    def append(self, name: str, text: str) -> None:
        self.write(name, (self.root / name).read_text("utf-8") + text)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        env = {**ENVIRONMENT, "PYTHONPATH": str(self.root / "src")}
        return subprocess.run([sys.executable, "-m", *arguments], cwd=self.root, env=env, capture_output=True, encoding="utf-8")

    def verbatim(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.command("verbatim", *arguments)

    def build(self, *options: str) -> subprocess.CompletedProcess[str]:
        self.verbatim("programs")
        return self.command("mkdocs", "build", "--site-dir", "site", *options)

    @staticmethod
    def faults(ended: subprocess.CompletedProcess[str]) -> dict[str, list[str]]:
        """Return the faults that a build or a check told, with their excerpts, by page or place: "labs/x.md" as "labs/x"."""
        found: dict[str, list[str]] = {}
        for match in FAULT.finditer(ended.stdout + ended.stderr):
            found.setdefault(PAGE_END.sub("", match["where"]), []).append(match[0])
        return found

    def page(self, name: str = "index.html") -> str:
        return (self.root / "site" / name).read_text("utf-8")

    def ledger(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.root / "snippets/ledger.json").read_text("utf-8"))
        return content


def fresh(root: Path) -> Sample:
    sample = Sample(root)
    for name, text in FILES.items():
        sample.write(name, text)
    sample.write("requirements.txt", "".join(f"{name}=={version(name)}\n" for name in ("pytest", "coverage")))
    return sample


def files_of(sample: Sample) -> dict[str, bytes]:
    paths = [path for path in sample.root.rglob("*") if path.is_file() and "cache" not in str(path)]
    return {path.relative_to(sample.root).as_posix(): path.read_bytes() for path in paths}


def unpacked(root: Path, files: dict[str, bytes]) -> Sample:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return Sample(root)

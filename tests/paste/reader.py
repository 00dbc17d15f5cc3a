"""A reader who copies: presses the copy buttons of a page in a real browser and runs what arrived on the clipboard.

The reader's machine is as readers' machines are: a path with blanks and Chinese in it, output in GBK as on a Chinese Windows, and
Keras set up for something else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import Locator, Page

# Runs the pasted program as the main module and keeps the results it leaves behind; nothing else is added to it
HARNESS = """\
import json, runpy, sys
names = runpy.run_path("program.py", run_name="__main__")
numbers = names.get("results")
if numbers is None:
    numbers = {name: value for name, value in names.items() if not name.startswith("_") and type(value) in (int, float)}
def plain(value):
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(plain(numbers), file)
"""


# Names of folders, as people give them
FOLDER = "我的 实验"
# What another course made this reader write into keras.json, and into the environment; neither is installed
KERAS_SETTINGS = {"floatx": "float16", "epsilon": 1e-3, "backend": "jax", "image_data_format": "channels_first"}
KERAS_BACKEND = "torch"
ENCODING = "gbk"


@dataclass(frozen=True)
class Copied:
    """What the clipboard held after each press, and what the page offers for download."""

    python: list[str]
    shell: list[str]
    downloads: list[str]  # absolute addresses

    @property
    def program(self) -> str:
        return "\n".join(self.python)


@dataclass(frozen=True)
class Ended:
    """How a pasted program ended."""

    code: int
    output: str
    errors: str
    results: dict[str, Any] | None


def copy_page(page: Page, address: str) -> Copied:
    """Open a page, unfold what is folded around code and press every copy button, top to bottom.

    A button that cannot be seen cannot be pressed.
    """
    page.goto(address)
    page.wait_for_load_state("networkidle")
    for fold in page.locator("details:not([open])").filter(has=page.locator(".highlight")).all():
        fold.locator("> summary").click(timeout=5000)
    python = [press(page, block) for block in page.locator(".highlight.language-python").all()]
    shell = [press(page, block) for block in page.locator(".highlight.language-bash").all()]
    links = [link.get_attribute("href") or "" for link in page.locator("article a[href*='downloads/']").all()]
    return Copied(python, shell, sorted({urljoin(page.url, link) for link in links if not link.endswith(".ipynb")}))


def press(page: Page, block: Locator) -> str:
    """Press the copy button of one block and return what is on the clipboard then."""
    page.evaluate("navigator.clipboard.writeText('nothing was copied')")
    block.scroll_into_view_if_needed(timeout=5000)
    block.hover(timeout=5000)
    block.locator("button[data-clipboard-target], button.md-clipboard, .md-code__button[data-md-type='copy']").first.click(
        timeout=5000
    )
    page.wait_for_function("navigator.clipboard.readText().then(text => text !== 'nothing was copied')", timeout=5000)
    copied: str = page.evaluate("navigator.clipboard.readText()")
    return copied


def prepare(folder: Path, commands: str, cache: dict[str, Path]) -> Path:
    """Run a page's set-up commands in a folder of their own and return the Python that they made; each set once."""
    if commands not in cache:
        folder.mkdir(parents=True)
        ended = subprocess.run(
            ["bash", "-e", "-c", commands], cwd=folder, env=clean_environment(), capture_output=True, encoding="utf-8"
        )
        assert ended.returncode == 0, f"the page's own set-up commands fail:\n{commands}\n{ended.stdout}\n{ended.stderr}"
        pythons = sorted(folder.glob("*/bin/python"))
        assert len(pythons) == 1, f"expected the commands to make one virtual environment:\n{commands}\n{pythons}"
        cache[commands] = pythons[0]
    return cache[commands]


def run_program(python: Path, program: str, folder: Path) -> Ended:
    """Run a pasted program in `folder`, which holds the page's downloads and nothing else, under the reader's own settings."""
    (folder / "program.py").write_text(program, "utf-8")
    home = folder.parent / "home"
    (home / ".keras").mkdir(parents=True, exist_ok=True)
    (home / ".keras" / "keras.json").write_text(json.dumps(KERAS_SETTINGS), "utf-8")
    settings = {"HOME": str(home), "USERPROFILE": str(home), "KERAS_BACKEND": KERAS_BACKEND, "PYTHONIOENCODING": ENCODING}
    result = folder / ".results.json"
    command = [str(python), "-c", HARNESS, str(result)]
    # As bytes: Python's text mode would turn the returns of a progress bar into new lines
    ended = subprocess.run(command, cwd=folder, env=clean_environment() | settings, capture_output=True)
    results = json.loads(result.read_text("utf-8")) if result.is_file() else None
    return Ended(ended.returncode, ended.stdout.decode(ENCODING), ended.stderr.decode(ENCODING, "replace"), results)


def clean_environment() -> dict[str, str]:
    """Return an environment without this project: no path of ours, no active virtual environment."""
    keep = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "TF_", "KERAS", "COVERAGE", "VIRTUAL_ENV"))
    }
    folder = str(Path(sys.executable).parent)
    path = os.pathsep.join(part for part in keep.get("PATH", "").split(os.pathsep) if part != folder)
    # `python3` of the page's commands is the Python that these tests run under
    return keep | {"PATH": os.pathsep.join([str(base_python().parent), path]), "PYTHONIOENCODING": "utf-8"}


def base_python() -> Path:
    """Return the Python that the environment of these tests was made with."""
    return Path(getattr(sys, "_base_executable", sys.executable))

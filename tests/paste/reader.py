"""A reader who copies: presses the copy buttons of a page in a real browser and runs what arrived on the clipboard.

The reader's machine is as readers' machines are: a path with blanks and Chinese in it, output in GBK as on a Chinese Windows, and
Keras set up for something else.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import Locator, Page

from verbatim.proof.programs import Ended, run_program

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
        return "".join(f"{block}\n" for block in self.python)


def copy_page(page: Page, address: str) -> Copied:
    """Open a page, unfold what is folded around code and press every copy button, top to bottom.

    A button that cannot be seen cannot be pressed.
    """
    page.goto(address)
    page.wait_for_load_state("networkidle")
    folds = page.locator("details:not([open])").filter(has=page.locator(".highlight"))
    while folds.count():  # one that is open is no longer among them
        folds.first.locator("> summary").click(timeout=5000)
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


def run_here(python: Path, program: str, folder: Path) -> Ended:
    """Run a pasted program in `folder`, which holds the page's downloads and nothing else, under this reader's own settings."""
    home = folder.parent / "home"
    (home / ".keras").mkdir(parents=True, exist_ok=True)
    (home / ".keras" / "keras.json").write_text(json.dumps(KERAS_SETTINGS), "utf-8")
    settings = {"HOME": str(home), "USERPROFILE": str(home), "KERAS_BACKEND": KERAS_BACKEND, "PYTHONIOENCODING": ENCODING}
    return run_program(python, program, folder, settings, ENCODING)


def base_python() -> Path:
    """Return the Python that the environment of these tests was made with."""
    return Path(getattr(sys, "_base_executable", sys.executable))

"""The paste test can fail: pages whose blocks run nowhere but in their author's head are each caught."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as BrowserTimeout
from reader import FOLDER, copy_page, run_here
from server import serve

CONFIGURATION = """\
site_name: planted
site_url: ""
theme: {name: material, font: false, features: [content.code.copy, content.code.annotate]}
plugins: []
validation: {nav: {omitted_files: ignore}}
markdown_extensions:
  - admonition
  - pymdownx.details
  - pymdownx.superfences
  - pymdownx.highlight: {pygments_lang_class: true}
  - pymdownx.tabbed: {alternate_style: true}
"""
SOUND = """\
# Sound

```python
import math

ROOT = math.sqrt(16)
```

```python
results = {"root": ROOT}
print(ROOT)
```
"""
PAGES = {
    "index.md": SOUND,
    "missing-import.md": SOUND.replace("import math\n\n", ""),
    "other-page.md": "# Other\n\n```python\nprint(ROOT)\n```\n",
    "tab.md": """\
# Tab

=== "Second"

    ```python
    print(ROOT)
    ```

=== "First"

    ```python
    ROOT = 4
    ```
""",
    "fold.md": '# Fold\n\n??? note "Closed"\n\n    ```python\n    ROOT = 4\n    ```\n\n```python\nprint(ROOT)\n```\n',
    "prompt.md": "# Prompt\n\n```python\n>>> ROOT = 4\n```\n",
}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = tmp_path_factory.mktemp("planted")
    (root / "docs").mkdir()
    (root / "mkdocs.yml").write_text(CONFIGURATION, "utf-8")
    for name, text in PAGES.items():
        (root / "docs" / name).write_text(text, "utf-8")
    subprocess.run([sys.executable, "-m", "mkdocs", "build", "-q"], cwd=root, check=True)
    with serve(root / "site") as address:
        yield address


def test_sound_page_runs(planted: str, browser_page: Page, tmp_path: Path) -> None:
    copied = copy_page(browser_page, planted)
    assert copied.python == ["import math\n\nROOT = math.sqrt(16)", 'results = {"root": ROOT}\nprint(ROOT)']
    ended = run_here(Path(sys.executable), copied.program, tmp_path)
    assert (ended.code, ended.output, ended.results) == (0, "4.0\n", {"root": 4.0})


@pytest.mark.parametrize(("page", "missing"), [("missing-import/", "math"), ("other-page/", "ROOT")])
def test_name_that_the_page_does_not_define(planted: str, browser_page: Page, tmp_path: Path, page: str, missing: str) -> None:
    ended = run_here(Path(sys.executable), copy_page(browser_page, planted + page).program, tmp_path)
    assert ended.code != 0
    assert f"NameError: name '{missing}' is not defined" in ended.errors
    assert ended.results is None


def test_block_behind_a_tab_cannot_be_copied(planted: str, browser_page: Page) -> None:
    with pytest.raises(BrowserTimeout):
        copy_page(browser_page, planted + "tab/")


def test_fold_is_opened_before_its_code_is_copied(planted: str, browser_page: Page) -> None:
    assert copy_page(browser_page, planted + "fold/").python == ["ROOT = 4", "print(ROOT)"]


# What these print tells that the reader's own settings are in force: in each case the program is at fault
AT_FAULT = {
    "GBK": ('print("R\N{SUPERSCRIPT TWO}")', "UnicodeEncodeError: 'gbk' codec"),
    "backend": ("import keras", "No module named 'torch'"),
    "float type": (
        """import os
os.environ["KERAS_BACKEND"] = "tensorflow"
import keras
assert keras.config.floatx() != "float16"
""",
        "AssertionError",
    ),
}


@pytest.mark.parametrize("case", AT_FAULT)
def test_program_that_does_not_look_after_itself_fails_at_this_reader(case: str, tmp_path: Path) -> None:
    program, message = AT_FAULT[case]
    (tmp_path / FOLDER).mkdir()
    ended = run_here(Path(sys.executable), program, tmp_path / FOLDER)
    assert ended.code != 0
    assert message in ended.errors


def test_prompt_on_the_clipboard_does_not_run(planted: str, browser_page: Page, tmp_path: Path) -> None:
    copied = copy_page(browser_page, planted + "prompt/")
    assert copied.python != ["ROOT = 4"]
    assert "SyntaxError" in run_here(Path(sys.executable), copied.program, tmp_path).errors

"""A browser that does not start is said once, before any test that would need it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import browsing
import pytest
from playwright.sync_api import Playwright

ROOT = Path(__file__).parents[2]
ASKED = ["tests/site/test_search.py", "tests/site/test_links.py", "-q", "-p", "no:cacheprovider"]


@pytest.mark.parametrize(
    ("variable", "value", "cause"),
    [
        ("PLAYWRIGHT_NODEJS_PATH", "/nowhere/node", "the browser does not start: "),
        ("CHROMIUM", "/bin/false", "the browser does not start: "),
    ],
)
def test_one_cause_is_said_once(variable: str, value: str, cause: str) -> None:
    environment = os.environ | {variable: value}
    command = [sys.executable, "-m", "pytest", *ASKED]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8")
    assert ended.returncode != 0
    said = [line for line in ended.stdout.splitlines() if cause in line]
    assert len(said) == 1
    assert browsing.CURE in said[0]
    assert "error" not in ended.stdout.replace(said[0], "").lower()
    assert "passed" not in ended.stdout


def test_a_browser_is_found_by_the_variable_by_name_or_where_playwright_keeps_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place = tmp_path / "ms-playwright/chromium-12/chrome-linux64/chrome"
    shell = tmp_path / "ms-playwright/chromium_headless_shell-12/chrome-headless-shell-linux64/chrome-headless-shell"

    class Chromium:
        executable_path = str(place)

    driver = cast(Playwright, SimpleNamespace(chromium=Chromium()))
    monkeypatch.setattr(browsing, "PLACES", ())
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="no browser; install Chrome"):
        browsing.executable(driver)
    for path in (place, tmp_path / "google-chrome", shell, tmp_path / "chromium-headless-shell", tmp_path / "my-own"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
        if path.name == "my-own":
            monkeypatch.setenv("CHROMIUM", str(path))
        assert browsing.executable(driver) == str(path)


def programs(folder: Path, monkeypatch: pytest.MonkeyPatch, **scripts: str) -> list[str]:
    """Let `folder` hold all programs there are, each writing down how it was called; return what `install` asked of them."""
    for name, script in scripts.items():
        (folder / name).write_text(f'#!/bin/sh\necho {name} "$@" >> {folder}/asked\n{script}\n')
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    browsing.install()
    return (folder / "asked").read_text().splitlines()


def test_root_on_debian_gets_it_from_the_system_s_packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(browsing, "is_root", lambda: True)
    monkeypatch.setattr(browsing, "problem", lambda: None)
    asked = programs(tmp_path, monkeypatch, **{"apt-get": "true", "python": "true"})
    assert [line.split()[-1] for line in asked] == ["update", "fonts-noto-cjk", "chromium-headless-shell"]


def test_elsewhere_playwright_gets_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(browsing, "is_root", lambda: False)
    monkeypatch.setattr(browsing, "problem", lambda: "none here")
    asked = programs(tmp_path, monkeypatch, **{"apt-get": "true", "python": "true"})
    assert asked == ["python -Esm playwright install --only-shell chromium"]

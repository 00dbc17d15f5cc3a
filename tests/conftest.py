"""The site as it would be published, served on this machine, and a browser to look at it with; one of each for all tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browsing import CURE, chromium, problem
from playwright.sync_api import Browser, Page
from server import Site, serve

ROOT = Path(__file__).resolve().parents[1]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Where no browser starts, say so once and run nothing, rather than once for each test that needs one."""
    if session.config.option.collectonly or not any("browser" in getattr(item, "fixturenames", ()) for item in session.items):
        return
    if said := problem():
        pytest.exit(f"{said}; {CURE}", returncode=pytest.ExitCode.INTERNAL_ERROR)


def build_site(folder: Path, config: Path = ROOT / "mkdocs.yml") -> subprocess.CompletedProcess[str]:
    """Build a site strictly, as `make site` does, and return how that ended."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", str(config), "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8")


@pytest.fixture(scope="session")
def build() -> Callable[..., subprocess.CompletedProcess[str]]:
    return build_site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("built") / "site"
    built = build_site(folder)
    if built.returncode:  # one cause for all tests of the site
        told = [line for line in built.stderr.splitlines() if line.startswith(("WARNING", "ERROR"))] or [built.stderr[-300:]]
        pytest.exit(f"the site does not build, {len(told)} warnings: {told[0]}; `make site` tells all", returncode=1)
    with serve(folder) as address:
        yield Site(folder, address)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def browser_page(browser: Browser) -> Iterator[Page]:
    """A fresh page that may use the clipboard, and that a test may style."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, permissions=["clipboard-read", "clipboard-write"], bypass_csp=True
    )
    yield context.new_page()
    context.close()

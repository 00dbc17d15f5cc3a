"""A real browser for tests: Chromium or Chrome of this machine, driven by Playwright."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
)
FLAGS = ("--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-component-update", "--disable-sync")


def executable(playwright: Playwright) -> str:
    """Return the browser's path; raises FileNotFoundError, with the cure, where there is none."""
    found = [os.environ.get("CHROMIUM"), *(shutil.which(name) for name in NAMES), *PLACES, playwright.chromium.executable_path]
    for path in found:
        if path and Path(path).is_file():
            return path
    raise FileNotFoundError("no browser: install Chromium or Chrome, or say where it is in the variable CHROMIUM")


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser; end it afterwards."""
    with sync_playwright() as playwright:
        # root, as in a container, may not use the sandbox
        flags = [*FLAGS, "--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else list(FLAGS)
        browser = playwright.chromium.launch(executable_path=executable(playwright), args=flags)
        try:
            yield browser
        finally:
            browser.close()

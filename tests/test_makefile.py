"""What the repository promises beside its code: the commands, the pinned lists, the files that hold what make has made."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
INTERNAL = {"ready-site", "ready-test"}  # what the other targets stand on


def make(*arguments: str, folder: Path = ROOT) -> str:
    """Return what `make` prints, without the variables of an outer make."""
    outer = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON", "PORT", "WRITE", "LAB", "SOURCE_DATE_EPOCH"}
    environment = {name: value for name, value in os.environ.items() if name not in outer}
    command = ["make", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def targets() -> set[str]:
    """Return the targets that the Makefile offers."""
    declared = re.search(r"^\.PHONY: (.+)$", text("Makefile"), re.MULTILINE)
    assert declared is not None
    return set(declared[1].split()) - INTERNAL


def test_help_names_every_target_and_each_can_be_planned() -> None:
    named = set(re.findall(r"^make (\S+)", make(), re.MULTILINE))
    assert named | {"help"} == targets()
    assert len(named) >= 8
    for target in sorted(targets()):
        assert make("-n", target), target


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_documents_name_only_targets_that_exist(document: str) -> None:
    named = set(re.findall(r"`make ([a-z-]+)", text(document)))
    assert {"serve", "test"} <= named
    assert named <= targets()


def test_the_two_commands_do_what_they_say() -> None:
    assert "mkdocs serve --dev-addr 127.0.0.1:8000" in make("-n", "serve")
    assert "mkdocs serve --dev-addr 127.0.0.1:8123" in make("-n", "serve", "PORT=8123")
    steps = re.findall(r'"(\w+)=', make("-n", "test"))
    assert steps == ["lint", "types", "site", "pages", "verify", "paste", "judge", "proof", "tests"]


def test_every_test_runs_once_in_make_test() -> None:
    """What a step leaves out of its folder, or `tests` of all, is what `verify` and the other steps of pytest run."""
    planned = make("-n", "test")
    proven = tomllib.loads(text("pyproject.toml"))["tool"]["verbatim"]["tests"]
    steps = dict(re.findall(r'"(\w+)=\S+ -m pytest ([^"]+)"', planned))
    assert list(steps) == ["pages", "paste", "judge", "proof", "tests"]
    left_out = {name: re.findall(r"--ignore=(\S+)", step) for name, step in steps.items()}
    run = [path for step in steps.values() for path in step.split() if not path.startswith("--")]
    within = [path for path in run if any(path.startswith(f"{folder}/") for folder in run)]
    assert sorted(left_out.pop("tests")) == sorted({*proven, *run} - {*within})
    assert left_out == {"pages": [], "paste": [], "judge": within, "proof": []}
    assert "-m verbatim verify" in planned


def test_the_quick_check_leaves_out_what_exists() -> None:
    planned = make("-n", "check")
    left_out = re.findall(r"--ignore=(\S+?)[\s\"]", planned)
    assert len(left_out) >= 3
    assert [path for path in left_out if not (ROOT / path).exists()] == []
    assert [step for step in re.findall(r'"(\w+)=', planned)] == ["types", "site", "tests", "lint", "state"]


def test_the_quick_check_proves_no_sample() -> None:
    assert " --quick " in make("-n", "check")
    command = [sys.executable, "-m", "pytest", "--quick", "--collect-only", "-q", "tests/verbatim/test_recipes.py"]
    ended = subprocess.run([*command, "tests/verbatim/pages/test_formats.py"], cwd=ROOT, capture_output=True, text=True)
    collected = [line for line in ended.stdout.splitlines() if "::" in line]
    assert [line for line in collected if "test_recipes" in line] == [f"{command[-1]}::test_the_recipes_are_those_of_the_document"]
    assert any("test_formats" in line for line in collected)


def test_a_taken_port_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        check = make("-n", "serve", f"PORT={port}").split("\n.venv/bin/python -c ", 1)[1].rpartition("exec ")[0]
        asked = subprocess.run([f"{sys.executable} -c {check}"], shell=True, cwd=ROOT, capture_output=True, text=True)
    assert asked.returncode == 1
    assert asked.stderr == f"Port {port} is taken; choose another: make serve PORT=8123\n"
    asked = subprocess.run([f"{sys.executable} -c {check}"], shell=True, cwd=ROOT, capture_output=True, text=True)
    assert (asked.returncode, asked.stderr) == (0, "")


def test_nothing_is_written_to_tracked_files_unless_told() -> None:
    for target in ("test", "site", "serve", "verify", "record", "figures", "mutants", "processors", "bench"):
        assert "--write" not in make("-n", target), target
    assert "verbatim verify --write" in make("-n", "verify", "WRITE=1")
    assert "verbatim record classifier --write" in make("-n", "record", "LAB=classifier", "WRITE=1")


def test_the_build_is_dated_by_the_commit_and_checked() -> None:
    assert "SOURCE_DATE_EPOCH=1700000000 .venv/bin/mkdocs build --strict && " in make("-n", "site", "SOURCE_DATE_EPOCH=1700000000")
    assert "verbatim check site" in make("-n", "site")
    assert "verbatim check site" in make("-n", "test")
    assert not re.search(r"\bmkdocs build[^&]*(-q|--quiet)\b", make("-n", "site")), "quiet builds count no warnings"


def test_clean_removes_all_that_git_ignores_and_nothing_else(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / ".gitignore", tmp_path)
    patterns = [line for line in text(".gitignore").splitlines() if line and not line.startswith("#")]
    assert len(patterns) >= 10
    for pattern in patterns:
        path = tmp_path / pattern.replace("*", "x")
        path.parent.mkdir(parents=True, exist_ok=True)
        (path / "file" if pattern.endswith("/") else path).parent.mkdir(parents=True, exist_ok=True)
        (path / "file" if pattern.endswith("/") else path).touch()
    (tmp_path / "src/mnist_lab/__pycache__").mkdir(parents=True)
    (tmp_path / "docs/labs/kept.md").touch()
    make("clean", folder=tmp_path)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"Makefile", ".gitignore", "docs/labs/kept.md"}
    assert not list(tmp_path.rglob("__pycache__"))


def pins(name: str) -> set[str]:
    """Return the lines of a compiled list."""
    return {line for line in text(name).splitlines() if line and not line.startswith("#")}


def test_every_requirement_is_pinned_and_reading_needs_a_part_of_what_the_tests_need() -> None:
    site, everything = pins("requirements-site.txt"), pins("requirements.txt")
    assert len(site) >= 50
    assert len(everything) >= 90
    assert all(re.match(r"[a-z0-9-]+==[^ ]+( ; .+)?$", line) for line in everything | site)
    # what the tests ask for by name needs no marker
    assert {line.split(" ; ")[0] for line in site} <= {line.split(" ; ")[0] for line in everything}
    assert not [line for line in site if line.startswith(("tensorflow", "keras", "numpy"))]
    assert {line.split("==")[0] for line in pins("requirements-jax.txt") - everything} == {"jax", "jaxlib"}


def test_the_compiled_lists_are_those_of_the_project() -> None:
    extras = tomllib.loads(text("pyproject.toml"))["project"]["optional-dependencies"]
    lists = [("site", "requirements-site.txt"), ("site", "requirements.txt"), ("test", "requirements.txt")]
    for extra, name in [*lists, ("jax", "requirements-jax.txt")]:
        for requirement in extras[extra]:
            found = [
                line for line in pins(name) if line.split(";")[0].strip() == requirement or line.startswith(f"{requirement}==")
            ]
            assert found, f"{name}: {requirement} is not in it; run `make lock`"


def test_katex_is_locked_to_the_version_asked_for() -> None:
    asked, lock = json.loads(text("package.json"))["dependencies"], json.loads(text("package-lock.json"))
    assert set(asked) == {"katex"}
    assert lock["packages"][""]["dependencies"] == asked
    assert lock["packages"]["node_modules/katex"]["version"] == asked["katex"]
    assert all(package["integrity"] for name, package in lock["packages"].items() if name)


def test_ci_runs_the_tests_and_nothing_less() -> None:
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    assert text(".ci/run").splitlines()[-1] == "exec make test </dev/null"


def test_files_have_the_same_bytes_on_every_system() -> None:
    names = ["src/mnist_lab/data.py", "docs/index.md", "snippets/ledger.json", "docs/downloads/mnist.npz"]
    asked = subprocess.run(["git", "check-attr", "-z", "eol", "text", "--", *names], cwd=ROOT, capture_output=True, text=True)
    answers = asked.stdout.split("\0")[:-1]
    said = {(answers[i], answers[i + 1]): answers[i + 2] for i in range(0, len(answers), 3)}
    assert [said[name, "eol"] for name in names[:3]] == ["lf"] * 3
    assert said["docs/downloads/mnist.npz", "text"] == "unset"


def test_licences_are_where_the_readme_says() -> None:
    assert text("LICENSE").startswith("MIT License\n")
    assert "creativecommons.org/licenses/by/4.0/" in text("LICENSE-CC-BY-4.0")
    for name in ("LICENSE", "LICENSE-CC-BY-4.0", "docs/downloads/LICENSE.mnist.txt"):
        assert (ROOT / name).is_file()
        assert f"({name})" in text("README.md")


def test_the_map_of_the_tree_names_what_exists() -> None:
    rows = re.findall(r"^\| `(?!make )([^`|]+)`", text("README.md"), re.MULTILINE)
    assert len(rows) >= 16
    assert [name for name in rows if not (ROOT / name).exists()] == []

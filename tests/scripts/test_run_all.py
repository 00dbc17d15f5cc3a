"""`make test` runs every step, names those that failed and notices a changed file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts/run_all.py"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A git checkout with a copy of the script, one tracked file and one ignored folder."""
    root = tmp_path / "checkout"
    (root / "scripts").mkdir(parents=True)
    (root / "scripts/run_all.py").write_bytes(SCRIPT.read_bytes())
    (root / "tracked.txt").write_text("one\n")
    (root / ".gitignore").write_text("site/\n")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "start")
    return root


def git(root: Path, *arguments: str) -> None:
    """Run git in `root`, deaf to the user's own configuration."""
    subprocess.run(["git", *arguments], cwd=root, env=os.environ | {"GIT_CONFIG_GLOBAL": os.devnull}, check=True)


def run_all(root: Path, *steps: str) -> tuple[int, list[str]]:
    """Return the exit code and the lines printed."""
    done = subprocess.run([sys.executable, "scripts/run_all.py", *steps], cwd=root, capture_output=True, text=True)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_success_ends_with_the_last_step_s_own_line(checkout: Path) -> None:
    code, lines = run_all(checkout, "first=echo a", "second=echo 'b=c'")
    assert (code, lines) == (0, ["", "=== first: echo a", "a", "", "=== second: echo 'b=c'", "b=c"])


def test_all_steps_run_and_the_failed_ones_are_named_at_the_end(checkout: Path) -> None:
    code, lines = run_all(checkout, "first=exit 3", "second=echo b", "third=false")
    assert code == 1
    assert "=== first: exit code 3 after 0 s" in lines
    assert "b" in lines
    assert lines[-2:] == ["run_all: first failed, see above", "run_all: third failed, see above"]


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("echo two > tracked.txt", "tracked.txt"),
        ("rm tracked.txt", "tracked.txt"),
        ("echo new > 新.txt", "新.txt"),
    ],
)
def test_a_changed_file_fails(checkout: Path, command: str, name: str) -> None:
    code, lines = run_all(checkout, f"writes={command}")
    assert code == 1
    assert [line for line in lines if line.startswith("run_all")] == [
        f"run_all: {name}: changed while the tests ran; tests and builds write to ignored folders only"
    ]


def test_a_file_that_was_already_edited_is_compared_with_its_edited_self(checkout: Path) -> None:
    (checkout / "tracked.txt").write_text("edited\n")
    assert run_all(checkout, "reads=cat tracked.txt")[0] == 0
    assert run_all(checkout, "writes=echo two > tracked.txt")[0] == 1


def test_ignored_folders_may_change(checkout: Path) -> None:
    assert run_all(checkout, "builds=mkdir site && touch site/index.html")[0] == 0


def test_without_git_the_steps_still_count(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts/run_all.py").write_bytes(SCRIPT.read_bytes())
    code, lines = run_all(tmp_path, "first=echo a")
    assert (code, lines[0]) == (0, "run_all: no git checkout here: not checked whether files change")
    assert run_all(tmp_path, "first=false")[0] == 1

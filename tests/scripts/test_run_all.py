"""`make test` runs every step, names those that failed and notices a changed file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from loading import module_of

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


def test_output_and_times_come_step_by_step(checkout: Path) -> None:
    code, lines = run_all(checkout, "first=echo a", "second=echo 'b=c'")
    assert code == 0
    assert lines[:6] == ["", "=== first: echo a", "a", "", "=== second: echo 'b=c'", "b=c"]
    assert [line.split()[2:] for line in lines[8:10]] == [["first"], ["second"]]
    assert lines[-1] == "0 passed, 0 failed"


def test_lanes_run_side_by_side_and_print_in_order(checkout: Path) -> None:
    # Each lane waits for what only the other one writes
    wait = "for i in $(seq 100); do test -e site/%s && break; sleep 0.1; done; cat site/%s"
    first = ["a=mkdir -p site; echo one > site/one", f"b={wait % ('two', 'two')}"]
    second = [f"c={wait % ('one', 'one')}; echo two > site/two; echo done"]
    code, lines = run_all(checkout, *first, "--", *second)
    assert code == 0
    assert [line for line in lines if line in {"one", "two", "done"}] == ["two", "one", "done"]
    assert [line.split(":")[0] for line in lines if line.startswith("=== ")][:3] == ["=== a", "=== b", "=== c"]


@pytest.mark.parametrize(("processors", "order"), [(1, "abc"), (2, "bac")])
def test_a_lane_begins_when_a_processor_is_free(
    processors: int, order: str, checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With one processor, lanes follow each other; with two, the third begins when the first of the two has ended."""
    module = module_of(SCRIPT)
    monkeypatch.setattr(os, "cpu_count", lambda: processors)
    (checkout / "site").mkdir()
    wait = "for i in $(seq 20); do test -e site/b && break; sleep 0.1; done"
    lanes = [f"a={wait}; echo a >> site/order", "b=echo b >> site/order; touch site/b; sleep 0.5", "c=echo c >> site/order"]
    assert module.main([lanes[0], "--", lanes[1], "--", lanes[2]], checkout) == 0
    assert "".join((checkout / "site/order").read_text().split()) == order
    capsys.readouterr()


def test_the_tests_of_all_steps_are_counted(checkout: Path) -> None:
    first = "first=echo '== 3 passed in 1.20s =='; echo '===== 1 failed, 12 passed, 2 errors in 61.20s (0:01:01) ====='"
    code, lines = run_all(checkout, first, "second=echo '7 passed in 0.02s'", "third=echo 'about 9 passed here'")
    assert (code, lines[-1]) == (0, "19 passed, 3 failed")


def test_all_steps_run_and_the_failed_ones_are_named_at_the_end(checkout: Path) -> None:
    code, lines = run_all(checkout, "first=exit 3", "second=echo b", "third=false")
    assert code == 1
    assert "=== first: exit code 3" in lines
    assert "b" in lines
    assert [line.split()[2:] for line in lines if line.endswith("failed, see above")] == [
        ["first", "failed,", "see", "above"],
        ["third", "failed,", "see", "above"],
    ]


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

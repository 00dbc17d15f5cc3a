"""The benchmark of training times: who takes part, that each learns what it should, how their runs are summed up."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from loading import module_of

from figures import labs
from mnist_lab import classifier, faster
from mnist_lab.flops import HIDDEN, RUN_IMAGES, flops_per_image
from verbatim.project import Project

ROOT = Path(__file__).parents[1]
BENCHMARKS = ROOT / "benchmarks"
RESULTS = BENCHMARKS / "faster.json"


def loaded(name: str) -> ModuleType:
    """A script of benchmarks/ as a module, which has that folder on its path."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        return module_of(BENCHMARKS / f"{name}.py")
    finally:
        sys.path.remove(str(BENCHMARKS))


contestants, bench = loaded("contestants"), loaded("faster")
# The peers are not installed for the tests; that they learn is in the results
HERE = [name for name, contestant in contestants.CONTESTANTS.items() if not contestant.peer]


@pytest.fixture
def runs() -> dict[str, list[dict[str, float]]]:
    """Two seeds each; `quick` was once four, once five times as fast as the listing."""
    times = {"listing": (20.0, 25.0), "quick": (5.0, 5.0)}
    return {
        name: [
            {"seconds": seconds, "processor": seconds / 2, "accuracy": 0.97 + place / 100} for place, seconds in enumerate(measured)
        ]
        for name, measured in times.items()
    }


def test_the_same_training_as_the_lab_and_the_listing() -> None:
    chosen = json.loads((ROOT / "snippets/records/faster.json").read_text("utf-8"))["numbers"]
    assert faster.BATCH_SIZE == contestants.BATCH_SIZE
    assert chosen["chosen_rate"] == contestants.RATE
    assert contestants.EPOCHS == classifier.EPOCHS
    assert contestants.HIDDEN == classifier.HIDDEN == HIDDEN
    assert faster.Plan(contestants.BATCH_SIZE, contestants.RATE, True, contestants.EPOCHS) in faster.TRIED


@pytest.mark.parametrize("name", HERE)
def test_each_contestant_trains_and_is_measured(name: str) -> None:
    measured = contestants.run(name, 0, 2000)
    assert measured.keys() == {"seconds", "processor", "accuracy"}
    assert measured["seconds"] > 0 < measured["processor"]
    assert 0.6 < measured["accuracy"] <= 1, "of 2,000 images one learns something in five epochs"


def test_a_contestant_runs_in_a_process_of_its_own() -> None:
    alone, here = bench.one("numpy", 0, "2000"), contestants.run("numpy", 0, 2000)
    assert alone.keys() == here.keys()
    assert alone["accuracy"] == pytest.approx(here["accuracy"], abs=0.01)


def test_a_contestant_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(contestants.CONTESTANTS, "numpy", contestants.Contestant(contestants.numpy, "no_such_library"))
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        contestants.run("numpy", 0, 10)
    with pytest.raises(RuntimeError, match=r"numpy, seed 0: exit code 1\n(?s:.)*ValueError"):
        bench.one("numpy", 0, "none")


def test_only_the_listing_uses_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {name: contestants.variables(name) for name in contestants.CONTESTANTS}
    assert [name for name, variables in told.items() if not contestants.THREADS.items() <= variables.items()] == ["listing"]
    assert [name for name, variables in told.items() if variables["KERAS_BACKEND"] == "jax"] == ["jax"]
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "7")
    seen: list[dict[str, str]] = []

    class Done:
        returncode, stdout, stderr = 0, '{"seconds": 1}\n', ""

    def run(line: list[str], *, env: dict[str, str], **_: object) -> Done:
        seen.append(env)
        return Done()

    monkeypatch.setattr(bench.subprocess, "run", run)
    bench.one("listing", 0)
    assert "TF_NUM_INTRAOP_THREADS" not in seen[0]


def test_the_summary_by_hand(runs: dict[str, list[dict[str, float]]]) -> None:
    numbers = bench.summary(runs)
    quick = {key.removeprefix("quick_"): value for key, value in numbers.items() if key.startswith("quick_")}
    assert quick == pytest.approx(
        {"seconds": 5, "processor": 2.5, "low": 0.97, "high": 0.98, "mean": 0.975, "ratio": 4.5, "ratio_low": 4}
    )
    assert numbers["listing_ratio"] == 1
    assert "quick_ratio" not in bench.summary({"quick": runs["quick"]})


def test_the_floor_is_the_trainings_operations_at_the_speed_of_multiplication() -> None:
    found = bench.floor()
    assert found["floor_seconds"] * found["gflops"] * 1e9 == pytest.approx(flops_per_image(HIDDEN) * RUN_IMAGES)
    assert found["gflops"] > 0


def test_peers_are_installed_once_and_anew_when_their_list_changes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ran: list[str] = []
    monkeypatch.setattr(bench, "PEERS", tmp_path)
    monkeypatch.setattr(bench.subprocess, "run", lambda line, check: ran.append(line[3]))
    bench.make_peers()
    bench.make_peers()
    assert ran == ["venv", "pip"]
    (tmp_path / "peers.txt").write_text("torch==1.0\n")
    bench.make_peers()
    assert ran == ["venv", "pip"] * 2


def test_the_peers_are_pinned_and_no_reader_installs_them() -> None:
    peers = dict(re.findall(r"^([\w-]+)==(\S+)$", (BENCHMARKS / "peers.txt").read_text("utf-8"), re.MULTILINE))
    ours = dict(Project.find(ROOT).requirements())
    assert peers.keys() == {"jax", "keras", "numpy", "scikit-learn", "torch"}
    assert {name: peers[name] for name in ("keras", "numpy")} == {name: ours[name] for name in ("keras", "numpy")}
    assert not {"torch", "scikit-learn"} & ours.keys()


def test_results_are_written_when_told_and_only_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, runs: dict[str, list[dict[str, float]]], capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "RESULTS", tmp_path / "faster.json")
    monkeypatch.setattr(bench, "measure", lambda names, seeds: runs)
    monkeypatch.setattr(bench, "floor", lambda: {"gflops": 100.0, "floor_seconds": 1.2})
    assert bench.main([]) == 0
    assert not (tmp_path / "faster.json").exists()
    assert bench.main(["--write", "--seeds", "0", "1"]) == 0
    results = json.loads((tmp_path / "faster.json").read_text("utf-8"))
    assert results["numbers"]["seeds"] == 2
    assert results["numbers"]["quick_seconds"] == 5
    assert results["runs"] == runs
    with pytest.raises(SystemExit):
        bench.main(["--write", "--only", "numpy"])
    assert "leave --only out" in capsys.readouterr().err


def test_the_recorded_results_are_of_every_contestant_and_the_figure_shows_them() -> None:
    results: dict[str, Any] = json.loads(RESULTS.read_text("utf-8"))
    assert list(results["runs"]) == list(contestants.CONTESTANTS)
    assert {len(runs) for runs in results["runs"].values()} == {results["numbers"]["seeds"]} == {3}
    again = bench.summary(results["runs"])
    assert {key: results["numbers"][key] for key in again} == again
    assert {*labs.STAGES, *labs.PEERS} <= contestants.CONTESTANTS.keys()

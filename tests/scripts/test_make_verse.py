"""The script that makes the weights: they must give the recorded loss, or nothing is replaced."""

import json
import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from verse_lab.language import load, save

REPOSITORY = Path(__file__).resolve().parents[2]
RECORD = REPOSITORY / "snippets" / "records" / "language.json"
WEIGHTS = REPOSITORY / "docs" / "downloads" / "verse.npz"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the script defines, training left out: it takes minutes, and its parts have tests of their own."""
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    return runpy.run_path(str(REPOSITORY / "scripts" / "make_verse.py"), run_name="make_verse")


@pytest.fixture
def script(names: dict[str, Any]) -> SimpleNamespace:
    return SimpleNamespace(**names)


def test_the_published_weights_give_the_recorded_loss(script: SimpleNamespace) -> None:
    record = json.loads(RECORD.read_text("utf-8"))
    loss = script.test_loss(WEIGHTS)
    assert loss == pytest.approx(record["numbers"]["test_nats"], abs=record["tolerances"]["test_nats"])
    script.compare(loss, WEIGHTS)
    for wrong in (loss + 0.5, loss - 0.5, float("nan")):
        with pytest.raises(script.MakeError, match=r"here: a test loss of .*; expected .* ± .*; run with --write"):
            script.compare(wrong, "here")


def trained_as(script: SimpleNamespace, weights: Path) -> list[int]:
    """Let the script find these weights instead of training; return the list of the seeds it asks for."""
    seeds: list[int] = []

    def train_again(seed: int, draft: Path) -> float:
        seeds.append(seed)
        draft.write_bytes(weights.read_bytes())
        return float(script.test_loss(draft))

    script.main.__globals__["train_again"] = train_again
    return seeds


def test_writing_replaces_the_file_and_leaves_no_draft(
    script: SimpleNamespace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seeds = trained_as(script, WEIGHTS)
    assert script.main(["--write"], tmp_path / "verse.npz") == 0
    assert seeds == [0]
    assert (tmp_path / "verse.npz").read_bytes() == WEIGHTS.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["verse.npz"]
    assert "nats per character" in capsys.readouterr().out


def test_other_weights_replace_nothing(script: SimpleNamespace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parameters, vocabulary = load(WEIGHTS)
    save({**parameters, "0.widen": np.zeros_like(parameters["0.widen"])}, vocabulary, tmp_path / "other.npz")
    trained_as(script, tmp_path / "other.npz")
    target = tmp_path / "verse.npz"
    target.write_bytes(b"old")
    assert script.main(["--write"], target) == 1
    assert "trained again: a test loss of" in capsys.readouterr().err
    assert target.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.npz", "verse.npz"]


def test_comparing_needs_the_file(script: SimpleNamespace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trained_as(script, WEIGHTS)
    assert script.main([], tmp_path / "verse.npz") == 1
    assert "verse.npz: no such file; expected the weights; run with --write" in capsys.readouterr().err


def test_training_again_is_the_training_of_the_page(
    script: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script.language, "STEPS", 2)
    first = script.train_again(0, tmp_path / "first.npz")
    assert first > 7
    assert script.train_again(0, tmp_path / "again.npz") == first
    assert (tmp_path / "first.npz").read_bytes() == (tmp_path / "again.npz").read_bytes()

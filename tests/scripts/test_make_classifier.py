"""The script that makes the classifier's weights: they must err as often as recorded, or nothing is replaced."""

import json
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
RECORD = REPOSITORY / "snippets" / "records" / "classifier.json"
WEIGHTS = REPOSITORY / "docs" / "downloads" / "classifier.npz"


@pytest.fixture
def script() -> SimpleNamespace:
    """What the script defines, training left out: it takes a minute, and is tested with its page."""
    return SimpleNamespace(**runpy.run_path(str(REPOSITORY / "scripts" / "make_classifier.py"), run_name="make_classifier"))


def trained_as(script: SimpleNamespace, weights: Path) -> list[int]:
    """Let the script find these weights instead of training; return the list of the seeds it asks for."""
    seeds: list[int] = []

    def train_again(seed: int, draft: Path) -> int:
        seeds.append(seed)
        draft.write_bytes(weights.read_bytes())
        return int(script.test_errors(draft))

    script.main.__globals__["train_again"] = train_again
    return seeds


def test_the_published_weights_err_as_often_as_recorded(script: SimpleNamespace) -> None:
    record = json.loads(RECORD.read_text("utf-8"))
    errors = script.test_errors(WEIGHTS)
    assert abs(errors - record["numbers"]["test_errors"]) <= record["tolerances"]["test_errors"]
    script.compare(errors, WEIGHTS)
    with pytest.raises(script.MakeError, match=r"here: 9999 test images wrong; expected \d+ ± \d+; run with --write"):
        script.compare(9999, "here")


def test_writing_replaces_the_file_and_leaves_no_draft(script: SimpleNamespace, tmp_path: Path) -> None:
    seeds = trained_as(script, WEIGHTS)
    assert script.main(["--write"], tmp_path / "classifier.npz") == 0
    assert seeds == [0]
    assert (tmp_path / "classifier.npz").read_bytes() == WEIGHTS.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["classifier.npz"]


def test_other_weights_replace_nothing(script: SimpleNamespace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with np.load(WEIGHTS) as arrays:
        script.save({name: np.zeros_like(arrays[name]) for name in arrays.files}, tmp_path / "other.npz")
    trained_as(script, tmp_path / "other.npz")
    target = tmp_path / "classifier.npz"
    target.write_bytes(b"old")
    assert script.main(["--write"], target) == 1
    assert "trained again: 9020 test images wrong" in capsys.readouterr().err
    assert target.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["classifier.npz", "other.npz"]


def test_comparing_needs_the_file(script: SimpleNamespace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trained_as(script, WEIGHTS)
    assert script.main([], tmp_path / "classifier.npz") == 1
    assert "classifier.npz: no such file; expected the weights; run with --write" in capsys.readouterr().err

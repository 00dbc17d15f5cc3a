"""The scripts that make trained weights: these must give the recorded number again, or nothing is replaced.

Tests `make_classifier`, `make_verse` and `weights`. Training is left out: it takes minutes, and is tested with its page.
"""

import json
import re
import runpy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from verse_lab.language import load, save

REPOSITORY = Path(__file__).resolve().parents[2]


def zero_classifier(script: SimpleNamespace, path: Path) -> None:
    with np.load(script.WEIGHTS.target) as arrays:
        script.save({name: np.zeros_like(arrays[name]) for name in arrays.files}, path)


def flat_verse(script: SimpleNamespace, path: Path) -> None:
    parameters, vocabulary = load(script.WEIGHTS.target)
    save({**parameters, "0.widen": np.zeros_like(parameters["0.widen"])}, vocabulary, path)


# By script: what is told of good weights, what makes other ones, what is told of them
SCRIPTS: dict[str, tuple[str, Callable[[SimpleNamespace, Path], None], str]] = {
    "make_classifier": (r"\d+ test images wrong", zero_classifier, r"trained again: 9020 test images wrong"),
    "make_verse": (r"a test loss of \d\.\d{4} nats per character", flat_verse, r"trained again: a test loss of \d+\.\d{4}"),
}


@pytest.fixture(params=SCRIPTS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def script(name: str, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What a script defines."""
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")  # make_verse sets it
    monkeypatch.syspath_prepend(REPOSITORY / "scripts")
    return SimpleNamespace(**runpy.run_path(str(REPOSITORY / "scripts" / f"{name}.py"), run_name=name))


def run(script: SimpleNamespace, *arguments: str, trained: Path, target: Path) -> tuple[int, list[int]]:
    """Let a script find `trained` instead of training; return its exit code and the seeds that it asks for."""
    seeds: list[int] = []

    def train(seed: int, draft: Path) -> None:
        seeds.append(seed)
        draft.write_bytes(trained.read_bytes())

    return replace(script.WEIGHTS, train=train, target=target).main(None, list(arguments)), seeds


def test_the_published_weights_give_the_recorded_number(script: SimpleNamespace, name: str) -> None:
    weights, told = script.WEIGHTS, SCRIPTS[name][0]
    record = json.loads(weights.record.read_text("utf-8"))
    value = weights.measure(weights.target)
    assert value == pytest.approx(record["numbers"][weights.number], abs=record["tolerances"][weights.number])
    weights.compare(value, weights.target)
    far = 2 * record["tolerances"][weights.number]
    for wrong in (value + far, value - far, float("nan")):
        with pytest.raises(Exception, match=rf"here: .*; expected {told}, ± .*; run with --write") as caught:
            weights.compare(wrong, "here")
        assert type(caught.value).__name__ == "MakeError"


def test_writing_replaces_the_file_and_leaves_no_draft(
    script: SimpleNamespace, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    published = script.WEIGHTS.target
    assert run(script, "--write", trained=published, target=tmp_path / "new.npz") == (0, [0])
    assert (tmp_path / "new.npz").read_bytes() == published.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["new.npz"]
    assert re.fullmatch(rf".*new\.npz: {SCRIPTS[name][0]}\n", capsys.readouterr().out)


def test_other_weights_replace_nothing(
    script: SimpleNamespace, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other, target = tmp_path / "other.npz", tmp_path / "target.npz"
    SCRIPTS[name][1](script, other)
    target.write_bytes(b"old")
    assert run(script, "--write", trained=other, target=target) == (1, [0])
    assert re.match(SCRIPTS[name][2], capsys.readouterr().err)
    assert target.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.npz", "target.npz"]


def test_comparing_needs_the_file(script: SimpleNamespace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(script, trained=script.WEIGHTS.target, target=tmp_path / "new.npz") == (1, [0])
    assert "new.npz: no such file; expected the weights; run with --write" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["make_verse"])
def test_training_again_is_the_training_of_the_page(
    script: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script.language, "STEPS", 2)
    for each in ("first.npz", "again.npz"):
        script.train(0, tmp_path / each)
    assert script.test_loss(tmp_path / "first.npz") > 7
    assert (tmp_path / "first.npz").read_bytes() == (tmp_path / "again.npz").read_bytes()

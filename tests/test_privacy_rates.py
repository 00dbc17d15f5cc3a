"""The benchmark of learning rates trains every pair once and keeps the rate that does best on validation images."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from loading import module_of

from mnist_lab import privacy

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "privacy_rates.py"
privacy_rates = module_of(SCRIPT)


@pytest.fixture
def little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Six images, the last two for validation; training is replaced by layers that tell how they were asked for."""
    images, labels = np.zeros((6, 28, 28), np.uint8), np.arange(6)
    monkeypatch.setattr(privacy_rates, "load_mnist", lambda path: ((images, labels), None))
    monkeypatch.setattr(privacy, "part", lambda x, y, seed: ((x[:4], y[:4]), (x[4:], y[4:])))
    monkeypatch.setattr(privacy, "train", lambda x, y, noise, rate, seed: (len(x), noise, rate, seed))
    monkeypatch.setattr(privacy_rates, "accuracy", measured)
    monkeypatch.setattr(privacy_rates, "RESULTS", tmp_path / "privacy_rates.json")
    return tmp_path / "privacy_rates.json"


def measured(layers: tuple[int, float | None, float, int], x: np.ndarray, labels: np.ndarray) -> float:
    """Best where the rate is twice the noise; 1 without noise."""
    count, noise, rate, seed = layers
    assert (count, len(x), labels.tolist(), seed) == (4, 2, [4, 5], 0)
    return 1 - abs(rate - (2 * noise if noise else 1)) / 100


def test_every_pair_is_trained_once_and_the_best_rate_kept(little: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert privacy_rates.main(["--write"]) == 0
    numbers: dict[str, Any] = json.loads(little.read_text())["numbers"]
    assert len(capsys.readouterr().out.splitlines()) == len(privacy.LEARNING_RATES) * len(privacy_rates.RATES) == 30
    best = {name: numbers[f"{name}_best"] for name in ("ordinary", "clipped", "noise_1", "noise_2", "noise_4")}
    assert best == {"ordinary": 1, "clipped": 1, "noise_1": 2, "noise_2": 4, "noise_4": 8}
    assert numbers["noise_2"] == [measured((4, 2.0, rate, 0), np.zeros((2, 784)), np.array([4, 5])) for rate in numbers["rates"]]


def test_without_write_nothing_is_kept(little: Path) -> None:
    assert privacy_rates.main([]) == 0
    assert not little.exists()


def test_the_published_rates_are_those_of_the_sweep() -> None:
    results = json.loads(SCRIPT.with_suffix(".json").read_text())
    rates = privacy.LEARNING_RATES
    assert [results["numbers"][f"noise_{noise:.0f}_best"] for noise in (1.0, 2.0, 4.0)] == [rates[1.0], rates[2.0], rates[4.0]]
    assert results["numbers"]["ordinary_best"] == rates[None]

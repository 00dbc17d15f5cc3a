"""Records of invented numbers, so that the drawing can be judged without a lab; and a repository that holds them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest


def invented() -> dict[str, dict[str, Any]]:
    """Return numbers of the shape that the labs record."""
    confusion = (np.eye(10, dtype=int) * 900 + 1).tolist()
    confusion[4][9], confusion[0][1] = 30, 0
    grid = np.linspace(-6, 6, 25)
    bowl = [[min(0.9, 0.03 + (x**2 + y**2) / 60) for x in grid] for y in grid]
    curve = [0.85, 0.9, 0.92, 0.94, 0.95, 0.96, 0.965, 0.97]
    return {
        "flops": {"parameters": 101_770, "gpt3_parameters": 174.6e9},
        "gradient_check": {"unit_difference_rel_by_step": [3e-3, 3e-7, 8e-11, 7e-9, 9e-7], "unit_tape_rel": 3e-15},
        "privacy": {
            "noise": [None, 1.0, 2.0, 4.0, 0.0],
            "epsilon": [None, 2.5, 0.8, 0.35, None],
            "test_accuracy": [0.962, 0.943, 0.923, 0.906, 0.954],
        },
        "attribution": {
            "shown": [1.0, -1.0, *[0.5 - place / 100 for place in range(98)], *[0.0] * 684],
            **{f"kept_{way}": kept for way, kept in ways()},
        },
        "scaling": {
            "parameters": [1600, 3190, 6370, 12730, 25450, 50890, 101770, 203530],
            "test_loss": [1.3, 0.6, 0.4, 0.3, 0.2, 0.15, 0.11, 0.1],
            "test_accuracy": [0.5, 0.8, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97],
            "exponent": -0.5,
        },
        "scalings": {
            "steps": [50, 100, 200, 391, 782, 1173, 1564, 1955],
            **{f"{name}_validation": [value - shift for value in curve] for shift, name in enumerate4()},
        },
        "classifier": {
            "epoch_accuracy": [0.93, 0.965, 0.975, 0.983, 0.989],
            "test_accuracy": 0.9765,
            "confusion": confusion,
            "misread_index": [0, 1, 2, 3, 4],
            "misread_label": [4, 5, 6, 7, 8],
            "misread_prediction": [9, 8, 0, 1, 3],
        },
        "language": {
            "validation_nats": [8.15, 7.12, 7.04, 6.6, 6.08, 5.82, 5.74, 5.7],
            "parameters": 300_000,
            **{f"{who}_{what}": share for who, what, share in skills()},
            "place_7_nats": [4 + 0.1 * place for place in range(28)],
        },
        "robustness": {
            "accuracy": 0.97,
            "shifted_2_accuracy": 0.81,
            "shifted_4_accuracy": 0.3,
            "inverted_accuracy": 0.07,
        },
        "distributed": {"steps": 60, "save_every": 20, "died_after": 50, "resumed_at": 40, "resumed_difference": 0.0},
        "distributed_jax": {"processes": [1, 1, 2], "places": [1, 2, 2], "difference_from_alone": [0.0, 5e-16, 7e-16]},
        "incremental": {"before_old": 0.99, "old": [0.0004, 0.4, 0.7, 0.88], "replayed": [0, 100, 500, 2500]},
        "finetune": {
            f"{name}_{key}_nats": value
            for name, *values in (
                ("before", 6.2, 5.66),
                ("lora_2", 6.1, 5.68),
                ("lora_8", 6.08, 5.69),
                ("full_low", 6.0, 5.7),
                ("full_high", 5.9, 5.76),
            )
            for key, value in zip(("poet", "tang"), values, strict=True)
        },
        "draw": {
            "seen": (np.eye(28, dtype=int) * 255).tolist(),
            "plain": np.zeros((28, 28), dtype=int).tolist(),
            "probabilities": [0.01] * 3 + [0.91] + [0.01] * 6,
            "plain_probabilities": [0.1] * 9 + [0.2],
        },
        "rhyme": {"picture": [[0.5 if column == 15 else 0.01 for column in range(31)] for _ in range(31)]},
        "verse": {
            "poems": ["一二三四五六七，" * 3 + "甲乙丙丁戊己庚。"],
            "log_probabilities": [[np.log(0.5), np.log(0.001), *[np.log(0.25)] * 30, 0.0]],
        },
        "inference": {
            f"{name}_{key}": value
            for name, *values in (
                ("float32", 1000, 5.7, 30),
                ("float16", 500, 5.7, 29),
                ("int8", 260, 5.71, 20),
                ("int4", 130, 5.8, 0),
            )
            for key, value in zip(("bytes", "nats", "same_poems"), values, strict=True)
        },
        "growth_long": growth(),
        "baselines": {"unigram_nats": 7.19, "placed_nats": 6.82, "order_3_nats": 6.03},
        "selection": {"loss": [0.4, 0.2, 0.1, 0.05], "val_loss": [0.3, 0.18, 0.16, 0.17], "lowest_epoch": 3},
        "gan": {"film": [[[0] * 97 + [90_000_009]] * 6] * 5, "stuck": [[12_345_678] * 98] * 6},
        "deployment": {
            f"{name}_{key}": value
            for name, kb in (("saved", 852), ("onnx", 409), ("litert", 410), ("int8", 107))
            for key, value in (("kb", kb), ("accuracy", 0.97))
        },
        "loss_surface": {
            "grid": grid.tolist(),
            "surface": bowl,
            "slope_path": [[4 - 0.5 * step, -0.5 * step] for step in range(8)],
            "plateau_path": [[4 - 0.1 * step, 4 - 0.2 * step] for step in range(8)],
        },
    }


def skills() -> list[tuple[str, str, float]]:
    shares = {"real": (0.92, 0.91), "t08": (0.94, 0.05), "shuffled": (0.43, 0.02)}
    return [(who, what, share) for who, both in shares.items() for what, share in zip(("tones", "rhyme"), both, strict=True)]


def timed() -> dict[str, float]:
    """What the benchmark of training times gives, as far as the figure shows it."""
    times = {"listing": 20.0, "one_thread": 12.0, "larger_batch": 4.0, "falling_rate": 4.1, "chosen": 3.0}
    times |= {"sklearn": 3.2, "jax": 2.8, "torch": 2.4, "numpy": 1.6}
    means = {f"{name}_mean": 0.97 + seconds / 1000 for name, seconds in times.items()}
    return {f"{name}_seconds": seconds for name, seconds in times.items()} | means | {"floor_seconds": 1.25}


def ways() -> list[tuple[str, float]]:
    return [("integrated", 0.41), ("gradient_times_input", 0.4), ("gradient", 0.98), ("random_ink", 0.99)]


def growth() -> dict[str, Any]:
    """Return a sweep of five sizes and three stops that leaves the plateau at the last one."""
    spent = [[1e10 * 2**size * stop for stop in (1, 10, 100)] for size in range(5)]
    return {
        "steps": [25, 200, 1600],
        "plateau": 7.0,
        "flops": spent,
        "test_nats": [[7.4, 7.0, 6.4 - 0.1 * size] for size in range(5)],
        "mass": [[0.02, 0.03, 0.04 + 0.02 * size] for size in range(5)],
        "other": [[0.02, 0.03, 0.04 + 0.01 * size] for size in range(5)],
        "compute_amounts": [1e12, 1e13],
        "compute_nats": [6.4, 6.0],
        "compute_constant": 6.4 * 1e12**0.05,
        "compute_exponent": -0.05,
    }


def enumerate4() -> list[tuple[float, str]]:
    return [(0.04, "raw"), (0.01, "unit"), (0.0, "global"), (0.002, "pixel")]


@pytest.fixture
def times() -> dict[str, float]:
    return timed()


@pytest.fixture
def numbers() -> dict[str, dict[str, Any]]:
    return invented()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A folder with invented records and ten invented test images."""
    records, downloads = tmp_path / "snippets" / "records", tmp_path / "docs" / "downloads"
    records.mkdir(parents=True)
    downloads.mkdir(parents=True)
    for lab, values in invented().items():
        (records / f"{lab}.json").write_text(json.dumps({"lab": lab, "numbers": values}), encoding="utf-8")
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "faster.json").write_text(json.dumps({"numbers": timed()}), encoding="utf-8")
    images = np.random.default_rng(0).integers(0, 256, (10, 28, 28), dtype=np.uint8)
    np.savez(downloads / "mnist.npz", x_test=images)
    return tmp_path

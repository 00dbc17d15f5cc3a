"""The model of the descent widget: counts of ink, both losses and gradients against an image-by-image twin, and the walks."""

import json
import math
from typing import Any

import numpy as np
import pytest
from ran import Mnist, Pair, Ran

from mnist_lab import descent as lab
from mnist_lab.gradient_descent import gradient, loss, step

SETTINGS: dict[str, Any] = {"LONGEST": 30, "WALKS": [(4.0, 4.0, 2.0, 30), (0.0, 0.5, 1000.0, 3)], "KEPT": 10}


@pytest.fixture(scope="module")
def counts(few: Mnist) -> np.ndarray:
    return lab.ink_counts(*few[0])


@pytest.fixture(scope="module")
def images(few: Mnist, counts: np.ndarray) -> Pair:
    """The same data, a row for each image: x (m, 2), y (m,)."""
    x = lab.ink_scale(counts)
    rows = [(1.0, x[level], float(digit)) for digit in (0, 1) for level in range(len(x)) for _ in range(counts[digit, level])]
    table = np.array(rows)
    return table[:, :2], table[:, 2]


def test_ink_is_the_mean_pixel_rounded() -> None:
    drawn = np.zeros((5, 28, 28), np.uint8)
    drawn[0] = 255
    drawn[1, 0, :2] = (255, 136)  # 391 of 784: below a half
    drawn[2, 0, :2] = (255, 137)  # 392: a half goes up
    drawn[3, :, :14] = 4
    drawn[4] = 200
    counts = lab.ink_counts(drawn, np.array([0, 1, 1, 0, 2], np.uint8))
    assert counts.shape == (2, 256)
    assert [np.flatnonzero(row).tolist() for row in counts] == [[2, 255], [0, 1]]
    assert lab.ink_counts(drawn[1:], np.array([1, 1, 0, 2], np.uint8)).tolist() == [[0, 0, 1], [1, 1, 0]]
    assert lab.ink_counts(drawn[1:3], np.array([0, 1], np.uint8)).tolist() == [[1, 0], [0, 1]]


def test_every_image_is_counted_once(few: Mnist, counts: np.ndarray) -> None:
    (images, labels), _ = few
    assert counts.sum(axis=1).tolist() == [(labels == 0).sum(), (labels == 1).sum()]
    levels = [round(float(image.mean(dtype=np.float64))) for image in images[labels == 1]]  # no mean here ends in a half
    assert [levels.count(level) for level in range(counts.shape[1])] == counts[1].tolist()


def test_the_scale_has_mean_zero_and_deviation_one(counts: np.ndarray, images: Pair) -> None:
    assert images[0][:, 1].mean() == pytest.approx(0, abs=1e-12)
    assert images[0][:, 1].std() == pytest.approx(1)
    assert np.ptp(np.diff(lab.ink_scale(counts))) < 1e-12


@pytest.mark.parametrize("theta", [(0.0, 0.0), (4.0, 4.0), (-1.0, 2.5)])
def test_losses_and_gradients_are_those_of_the_images(theta: tuple[float, float], counts: np.ndarray, images: Pair) -> None:
    x, y = images
    point, levels = np.array(theta), lab.ink_scale(counts)
    square, cross = lab.both_losses(point, levels, counts)
    assert square == pytest.approx(loss(point, x, y), rel=1e-12)
    h = [1 / (1 + math.exp(-value)) for value in x @ point]
    assert cross == pytest.approx(-np.mean([math.log(p if label else 1 - p) for p, label in zip(h, y, strict=True)]), rel=1e-9)
    np.testing.assert_allclose(lab.square_gradient(point, levels, counts), gradient(point, x, y), rtol=1e-10)
    differences = [
        (lab.both_losses(point + move, levels, counts)[1] - lab.both_losses(point - move, levels, counts)[1]) / 2e-5
        for move in 1e-5 * np.eye(2)
    ]
    np.testing.assert_allclose(lab.cross_gradient(point, levels, counts), differences, rtol=1e-6)


def test_the_walk_repeats_the_step(counts: np.ndarray, images: Pair) -> None:
    x, y = images
    start, levels = np.array([1.0, -1.0]), lab.ink_scale(counts)
    square, cross = lab.walk(start, levels, counts, alpha=0.5, steps=3)
    point = start
    for place in range(1, 4):
        point = step(point, x, y, alpha=0.5)
        np.testing.assert_allclose(square[place], point, rtol=1e-10)
        moved = cross[place - 1] - 0.5 * lab.cross_gradient(cross[place - 1], levels, counts)
        np.testing.assert_array_equal(cross[place], moved)
    assert square.shape == cross.shape == (4, 2)


def test_main_records_the_walks(ran: Ran, counts: np.ndarray) -> None:
    levels = lab.ink_scale(counts)
    assert (ran.numbers["images"], ran.numbers["levels"]) == (counts.sum(), counts.shape[1])
    assert len(ran.numbers) == 3
    expected = []
    for recorded, (bias, slope, alpha, steps), every in zip(ran.numbers["walks"], SETTINGS["WALKS"], (3, 1), strict=True):
        square, cross = lab.walk(np.array([bias, slope]), levels, counts, alpha=alpha, steps=steps)
        assert recorded["square_path"] == square[::every].tolist()
        assert recorded["cross_path"] == cross[::every].tolist()
        assert recorded["square_losses"] == [lab.both_losses(point, levels, counts)[0] for point in square[::every]]
        assert recorded["cross_losses"] == [lab.both_losses(point, levels, counts)[1] for point in cross[::every]]
        assert (recorded["start"], recorded["rate"], recorded["every"]) == ([bias, slope], alpha, every)
        ends = f"均方误差 {recorded['square_losses'][-1]:.4f}，交叉熵 {recorded['cross_losses'][-1]:.4f}"
        expected.append(f"从 ({bias:g}, {slope:g}) 出发，α = {alpha:g}，走 {steps} 步：{ends}")
    assert ran.lines == expected


def test_the_widget_gets_data_and_limits(ran: Ran, counts: np.ndarray) -> None:
    settings = json.loads((ran.folder / "descent.json").read_text("utf-8"))
    assert settings["counts"] == counts.tolist()
    assert settings["scale"] == lab.ink_scale(counts).tolist()
    limits = {key: value for key, value in settings.items() if key not in ("counts", "scale")}
    assert limits == {
        "edge": 6,
        "start": [4, 4],
        "rate": 2,
        "rates": [0.01, 1000],
        "longest": 30,
        "shown": 100,
        "notches": 50,
        "decimals": 4,
        "hundred": 100,
    }


def test_where_the_square_hardly_moves_the_cross_entropy_does(counts: np.ndarray) -> None:
    square, cross = lab.walk(np.array([4.0, 4.0]), lab.ink_scale(counts), counts, alpha=2.0, steps=25)
    moved_square, moved_cross = (np.hypot(*(path[-1] - path[0])) for path in (square, cross))
    assert moved_square < 2 < 4 < moved_cross

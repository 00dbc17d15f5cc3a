"""The loss over two parameters: the feature, the grid, the paths, and the curvature that is not convex."""

import math

import numpy as np
import pytest
from ran import Mnist, Pair, Ran

from mnist_lab import loss_surface as lab
from mnist_lab.gradient_descent import loss, step, zeros_and_ones


@pytest.fixture(scope="module")
def data(few: Mnist) -> Pair:
    """The two columns and the labels that `main` uses on little data."""
    x, y = zeros_and_ones(*few[0])
    return lab.ink_feature(x), y.astype(np.float64)


def test_ink_feature_by_hand() -> None:
    x = np.array([[1, 0.25, 0.75], [1, 0, 0], [1, 1, 1]], np.float32)  # ink 0.5, 0, 1: mean 0.5, deviation √(1/6)
    expected = [[1.0, 0.0], [1, -0.5 * math.sqrt(6)], [1, 0.5 * math.sqrt(6)]]
    feature = lab.ink_feature(x)
    np.testing.assert_allclose(feature, expected, atol=1e-12)
    assert feature.dtype == np.float64
    pixels = np.random.default_rng(0).random((5, 785), dtype=np.float32)  # averaged in float64, not in their own type
    ink = np.array([math.fsum(row[1:].tolist()) / 784 for row in pixels])
    np.testing.assert_allclose(lab.ink_feature(pixels)[:, 1], (ink - np.mean(ink)) / np.std(ink), rtol=1e-9)


def test_surface_by_hand() -> None:
    x, y = np.array([[1.0, 2.0]]), np.array([1.0])
    grid = np.array([-1.0, 0.0, 3.0])
    values = lab.surface(x, y, grid)
    for i, slope in enumerate(grid):
        for j, bias in enumerate(grid):
            h = 1 / (1 + math.exp(-(bias + 2 * slope)))
            assert values[i, j] == pytest.approx((h - 1) ** 2, rel=1e-12)


def test_path_repeats_the_step(data: Pair) -> None:
    x, y = data
    points = lab.path(x, y, (1.0, -1.0), alpha=0.5, steps=3)
    expected = [np.array([1.0, -1.0])]
    for _ in range(3):
        expected.append(step(expected[-1], x, y, alpha=0.5))
    np.testing.assert_array_equal(points, expected)


def test_the_second_derivative_and_where_it_changes_sign() -> None:
    assert lab.second_derivative(0.0) == 0.125
    assert lab.second_derivative(-math.log(2)) == pytest.approx(0, abs=1e-15)
    assert lab.second_derivative(-math.log(2) - 0.01) < 0 < lab.second_derivative(-math.log(2) + 0.01)
    one = np.ones((1, 1))
    for theta in (-3.0, -1.0, 0.5, 2.0):
        below, here, above = (loss(np.array([theta + move]), one, np.ones(1)) for move in (-1e-4, 0, 1e-4))
        assert (above - 2 * here + below) / 1e-8 == pytest.approx(lab.second_derivative(theta), abs=1e-6)
    assert type(lab.second_derivative(-1.0)) is float


def test_main_records_the_surface_it_draws(ran: Ran, data: Pair) -> None:
    assert (lab.GRID[0], lab.GRID[1], lab.GRID[-1], len(lab.GRID)) == (-6, -5.75, 6, 49)
    assert ran.numbers["grid"] == lab.GRID.tolist()
    assert ran.numbers["surface"] == lab.surface(*data, lab.GRID).round(6).tolist()
    assert len(ran.numbers) == 8


def test_main_walks_from_the_slope_and_from_the_plateau(ran: Ran, data: Pair) -> None:
    expected = []
    for name, start in (("slope", (4.0, 0.0)), ("plateau", (4.0, 4.0))):
        points = lab.path(*data, start, alpha=2.0, steps=600)
        losses = [loss(points[count], *data) for count in (0, 50, 100, 400, 600)]
        assert ran.numbers[f"{name}_path"] == points[::4].round(6).tolist()
        assert ran.numbers[f"{name}_losses"] == losses == sorted(losses, reverse=True)
        walked = "，".join(f"{count} 步 {value:.4f}" for count, value in zip(lab.REPORTED, losses, strict=True))
        expected.append(f"从 {start} 出发，J：{walked}")
    assert ran.numbers["slope_losses"][1] < ran.numbers["plateau_losses"][1] / 2
    assert ran.numbers["curvature_at_minus_one"] == lab.second_derivative(-1.0) == pytest.approx(-0.0555, abs=1e-4)
    assert ran.numbers["curvature_at_zero"] == lab.second_derivative(0.0) == 0.125
    assert ran.lines == [*expected, "x = y = 1 时 J 的二阶导数：θ = -1 处 -0.0555，θ = 0 处 0.1250"]
    assert lab.main.__defaults__ == (0,)

"""The loss over two parameters: the feature, the grid, the paths, and the curvature that is not convex."""

import contextlib
import inspect
import io
import math
import runpy
from pathlib import Path

import numpy as np
import pytest

from mnist_lab import loss_surface as lab
from mnist_lab.gradient_descent import loss, step, zeros_and_ones

NPZ = Path(__file__).resolve().parents[2] / "docs" / "downloads" / "mnist.npz"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, str, str]:
    """What main returns and prints, and what the file prints when it is run as a program."""
    folder = tmp_path_factory.mktemp("loss_surface")
    (folder / "mnist.npz").symlink_to(NPZ)
    called, run = io.StringIO(), io.StringIO()
    with contextlib.chdir(folder):
        with contextlib.redirect_stdout(called):
            result = lab.main()
        with contextlib.redirect_stdout(run):
            runpy.run_path(lab.__file__, run_name="__main__")
    return result, called.getvalue(), run.getvalue()


@pytest.fixture(scope="module")
def data(mnist: tuple) -> tuple[np.ndarray, np.ndarray]:
    """The two columns and the labels that main uses."""
    x, y = zeros_and_ones(*mnist[0])
    return lab.ink_feature(x), y.astype(np.float64)


def test_ink_feature_by_hand() -> None:
    x = np.array([[1, 0.25, 0.75], [1, 0, 0], [1, 1, 1]], np.float32)  # ink 0.5, 0, 1: mean 0.5, deviation √(1/6)
    expected = [[1, 0], [1, -0.5 * math.sqrt(6)], [1, 0.5 * math.sqrt(6)]]
    feature = lab.ink_feature(x)
    np.testing.assert_allclose(feature, expected, atol=1e-12)
    assert feature.dtype == np.float64
    pixels = np.random.default_rng(0).random((5, 785), dtype=np.float32)  # averaged in float64, not in their own type
    ink = [math.fsum(row[1:].tolist()) / 784 for row in pixels]
    np.testing.assert_allclose(lab.ink_feature(pixels)[:, 1], (ink - np.mean(ink)) / np.std(ink), rtol=1e-9)


def test_surface_by_hand() -> None:
    x, y = np.array([[1.0, 2.0]]), np.array([1.0])
    grid = np.array([-1.0, 0.0, 3.0])
    values = lab.surface(x, y, grid)
    for i, slope in enumerate(grid):
        for j, bias in enumerate(grid):
            h = 1 / (1 + math.exp(-(bias + 2 * slope)))
            assert values[i, j] == pytest.approx((h - 1) ** 2, rel=1e-12)


def test_path_repeats_the_step(data: tuple) -> None:
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


def test_main_records_the_surface_it_draws(program: tuple, data: tuple) -> None:
    result, _, _ = program
    grid, values = result["grid"], np.array(result["surface"])
    assert (grid[0], grid[1], grid[-1], len(grid)) == (-6, -5.75, 6, 49)
    assert values.shape == (49, 49)
    for i, j in ((0, 0), (5, 40), (24, 24), (48, 48)):
        assert values[i, j] == round(loss(np.array([grid[j], grid[i]]), *data), 6)
    assert 0.04 < values.min() < 0.05
    assert values.max() > 0.8
    lowest = np.unravel_index(values.argmin(), values.shape)
    assert grid[lowest[0]] < -5
    assert -1 < grid[lowest[1]] < 0


def test_main_walks_from_the_slope_and_from_the_plateau(program: tuple, data: tuple) -> None:
    result, printed, run = program
    assert lab.REPORTED == [0, 50, 100, 400, 600]
    for name, start in (("slope", (4, 0)), ("plateau", (4, 4))):
        points, losses = result[f"{name}_path"], result[f"{name}_losses"]
        assert len(points) == 1 + lab.PATH_STEPS // lab.DRAWN
        assert lab.PATH_STEPS == lab.REPORTED[-1] == 600
        assert points == np.round(points, 6).tolist()
        assert len(points) == 151
        assert tuple(points[0]) == start
        assert losses == sorted(losses, reverse=True)
        for place, count in ((0, 0), (100, 400), (150, 600)):
            assert loss(np.array(points[place]), *data) == pytest.approx(losses[lab.REPORTED.index(count)], abs=1e-5)
        walked = "，".join(f"{count} 步 {value:.4f}" for count, value in zip(lab.REPORTED, losses, strict=False))
        assert f"，J：{walked}\n" in printed
    assert result["slope_losses"][1] < 0.06 < 0.4 < result["plateau_losses"][3]
    assert result["plateau_losses"][4] < 0.06
    assert result["curvature_at_minus_one"] == pytest.approx(-0.0555, abs=1e-4)
    assert result["curvature_at_zero"] == 0.125
    assert "x = y = 1 时的 J″：θ = −1 处 -0.0555，θ = 0 处 0.1250\n" in printed
    assert printed == run
    assert len(result) == 8


@pytest.mark.usefixtures("program")  # so that it counts as a test of main
def test_a_reader_gets_the_first_seed() -> None:
    assert inspect.signature(lab.main).parameters["seed"].default == 0

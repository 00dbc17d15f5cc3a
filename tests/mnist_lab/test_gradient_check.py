"""The check of the gradients: each of its parts by hand, that it passes, and that it can fail."""

from typing import Any

import numpy as np
import pytest
from ran import Mnist, Pair, Ran

from mnist_lab import gradient_check as lab
from mnist_lab.data import flatten, scale
from mnist_lab.gradient_descent import gradient, hypothesis
from mnist_lab.network import Layer, gradients, initialise


def test_central_differences_by_hand() -> None:
    array = np.array([[1.0, 2.0], [3.0, 4.0]])
    before = array.copy()
    # of a square, central differences are exact: f = a² + 10 b² + 100 c² + 1000 d²
    slopes = lab.central_differences(lambda: float((array**2 * [[1, 10], [100, 1000]]).sum()), array, np.array([3, 0, 2]), 0.5)
    np.testing.assert_allclose(slopes, [8000, 2, 600], rtol=1e-12)
    np.testing.assert_array_equal(array, before)
    # of a cube, the error is the square of the step: (x + h)³ − (x − h)³ = 2h (3x² + h²)
    cube = lab.central_differences(lambda: float(array[0, 1] ** 3), array, np.array([1]), 0.5)
    assert cube.tolist() == [12.25]


def test_unit_tape_by_hand() -> None:
    theta = np.array([np.log(3), 0.0])  # σ(ln 3) = 3/4, σ(−ln 3) = 1/4
    x, y = np.array([[1.0, 2.0], [-1.0, 4.0]]), np.array([1.0, 0.0])
    first, second = (0.75 - 1) * 0.75 * 0.25, 0.25 * 0.25 * 0.75
    automatic = lab.unit_tape(theta, x, y)
    np.testing.assert_allclose(automatic, [first - second, 2 * first + 4 * second], rtol=1e-14)
    assert automatic.dtype == np.float64


def test_network_tape_is_the_backward_pass() -> None:
    rng = np.random.default_rng(2)
    layers = initialise((6, 5, 4, 10), rng, np.float64)
    layers = [(weights, bias + 0.1) for weights, bias in layers]
    inputs, labels = rng.normal(size=(9, 6)), np.arange(9)
    automatic = lab.network_tape(layers, inputs, labels)
    for ours, theirs in zip(automatic, gradients(layers, inputs, labels), strict=True):
        np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-12, atol=1e-15)
    assert np.abs(automatic[0][0]).max() > 1e-2


def test_compare_and_join_by_hand() -> None:
    assert lab.compare(np.array([1.0, -4.0]), np.array([1.5, -4.25])) == (0.5, 0.125)
    layers = [(np.array([[1, 2], [3, 4]]), np.array([5, 6])), (np.array([[7]]), np.array([8]))]
    assert lab.join(layers).tolist() == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.fixture(scope="module")
def unit(mnist: Mnist) -> Pair:
    """x, y in float64 of the zeros and ones among 2,000 images."""
    x, y = lab.zeros_and_ones(mnist[0][0][:2000], mnist[0][1][:2000])
    return x.astype(np.float64), y.astype(np.float64)


@pytest.mark.parametrize("fault", ["no 1 - h", "half", "bias forgotten"])
def test_the_check_of_the_unit_can_fail(unit: Pair, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right: dict[str, Any] = lab.check_unit(*unit, np.random.default_rng(0))
    assert right["unit_tape_rel"] < 1e-12
    assert right["unit_difference_rel"] < 1e-6

    def wrong(theta: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        h = 1 / (1 + np.exp(-(x @ theta)))
        slopes = 2 / len(y) * ((h - y) * h * (1 if fault == "no 1 - h" else 1 - h)) @ x
        return slopes / 2 if fault == "half" else slopes * (np.arange(785) > 0) if fault == "bias forgotten" else slopes

    monkeypatch.setattr(lab, "gradient", wrong)
    numbers: dict[str, Any] = lab.check_unit(*unit, np.random.default_rng(0))
    assert numbers["unit_tape_rel"] > 0.1
    assert fault == "bias forgotten" or numbers["unit_difference_rel"] > 0.1


def test_the_unit_is_checked_where_it_is_undecided(unit: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = unit
    points = []
    monkeypatch.setattr(lab, "gradient", lambda theta, x, y: points.append(theta) or gradient(theta, x, y))
    lab.check_unit(x, y, np.random.default_rng(0))
    h = hypothesis(points[0], x)
    assert np.mean((h > 0.05) & (h < 0.95)) > 0.9  # where h is 0 or 1, so is the gradient 0, right or wrong
    assert h.std() > 0.1  # and not 0.5 everywhere


def test_no_component_is_looked_at_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[list[int]] = []
    monkeypatch.setattr(
        lab, "central_differences", lambda f, array, indices, step: looked.append(list(indices)) or np.zeros(len(indices))
    )
    rng = np.random.default_rng(0)
    x = np.zeros((6, 785))
    x[:, : lab.COORDINATES] = rng.random((6, lab.COORDINATES))  # as many as are drawn, so all must be
    lab.check_unit(x, np.arange(6.0) % 2, np.random.default_rng(0))
    assert len(looked) == len(lab.STEPS)
    assert all(sorted(indices) == list(range(lab.COORDINATES)) for indices in looked)
    looked.clear()
    lab.check_network(rng.random((40, 784)), np.arange(40) % 10, np.random.default_rng(0))
    assert [len(indices) for indices in looked] == [12, 12, 12, 10]
    assert sorted(looked[-1]) == list(range(10))  # the ten of the last layer's bias


def test_the_check_of_the_network_can_fail(mnist: Mnist, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = mnist[0][0][:64].reshape(64, 784) / 255
    labels = mnist[0][1][:64].astype(np.int64)

    def wrong(layers: list[Layer], inputs: np.ndarray, labels: np.ndarray) -> list[Layer]:
        (weights, bias), last = gradients(layers, inputs, labels)
        return [(weights, 1.01 * bias), last]

    assert lab.check_network(inputs, labels, np.random.default_rng(0))["network_tape_rel"] < 1e-12
    monkeypatch.setattr(lab, "gradients", wrong)
    numbers = lab.check_network(inputs, labels, np.random.default_rng(0))
    assert numbers["network_tape_rel"] > 1e-4
    assert numbers["network_difference_rel"] > 1e-4


def test_main_checks_both_on_the_data(ran: Ran, few: Mnist) -> None:
    (images, labels), _ = few
    rng = np.random.default_rng(0)
    x, y = lab.zeros_and_ones(images, labels)
    expected = lab.check_unit(x.astype(np.float64), y.astype(np.float64), rng)
    inputs = scale(flatten(images[:256])).astype(np.float64)
    expected |= lab.check_network(inputs, labels[:256].astype(np.int64), rng)
    assert ran.numbers == expected
    assert (ran.numbers["unit_parameters"], ran.numbers["network_parameters"]) == (785, 101_770)
    assert (ran.numbers["unit_images"], ran.numbers["network_images"]) == (len(y), 256)
    assert 46 <= ran.numbers["network_checked"] <= 48  # twelve of each array, the last bias has only ten
    assert lab.main.__defaults__ == (0,)


def test_main_finds_the_three_gradients_equal(ran: Ran) -> None:
    for name in ("unit", "network"):
        numbers = {key.removeprefix(f"{name}_"): value for key, value in ran.numbers.items() if key.startswith(name)}
        assert numbers["largest"] > 1e-3
        # rounding in double precision on any processor, and the error of a central difference
        assert 0 < numbers["tape_abs"] < 1e-13
        assert 0 < numbers["tape_rel"] < 1e-12
        assert 0 < numbers["difference_abs"] < 1e-8
        assert 0 < numbers["difference_rel"] < 1e-6
        assert numbers["tape_rel"] == pytest.approx(numbers["tape_abs"] / numbers["largest"])


def test_main_prints_what_it_found(ran: Ran) -> None:
    expected = []
    for name, title in {"unit": "一个逻辑单元（785 个参数）", "network": "784→128→10 的网络（101,770 个参数）"}.items():
        expected.append(title)
        for key, other in {"tape": "自动微分", "difference": "有限差分"}.items():
            largest, relative = ran.numbers[f"{name}_{key}_abs"], ran.numbers[f"{name}_{key}_rel"]
            expected.append(f"  与{other}最多相差 {largest:.1e}，相对 {relative:.1e}")
    assert ran.lines == expected


def test_main_shows_that_the_step_can_be_too_large_and_too_small(ran: Ran) -> None:
    by_step = dict(zip(lab.STEPS, ran.numbers["unit_difference_rel_by_step"], strict=True))
    assert by_step[1e-1] > 100 * by_step[1e-3] > 1000 * by_step[1e-5]
    assert by_step[1e-9] > by_step[1e-7] > by_step[1e-5]
    assert by_step[lab.STEP] == ran.numbers["unit_difference_rel"]

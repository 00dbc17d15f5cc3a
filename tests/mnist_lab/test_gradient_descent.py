"""The three formulas of section 4.2 and their gradient, against hand, finite differences and automatic differentiation."""

import math
import warnings

import numpy as np
import pytest
from ran import Mnist, Ran

from mnist_lab import gradient_descent as lab


@pytest.fixture(scope="module")
def small(mnist: Mnist) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """theta, x, y in float64: 200 real images of 0 and 1, theta away from zero."""
    x, y = lab.zeros_and_ones(mnist[0][0][:1000], mnist[0][1][:1000])
    theta = np.random.default_rng(1).normal(0, 0.1, 785)
    return theta, x[:200].astype(np.float64), y[:200].astype(np.float64)


def test_zeros_and_ones_keeps_the_two_digits_and_adds_the_bias(mnist: Mnist) -> None:
    for (images, labels), count, ones in ((mnist[0], 12665, 6742), (mnist[1], 2115, 1135)):
        x, y = lab.zeros_and_ones(images, labels)
        assert x.shape == (count, 785)
        assert y.shape == (count,)
        assert x.dtype == y.dtype == np.float32
        assert (x[:, 0] == 1).all()
        assert x[:, 1:].min() == 0
        assert x[:, 1:].max() == 1
        assert y.sum() == ones
        assert set(y.tolist()) == {0, 1}
    first = int(np.flatnonzero(labels == 1)[0])
    row = int(np.flatnonzero(y == 1)[0])
    np.testing.assert_array_equal(x[row, 1:], images[first].reshape(784).astype(np.float32) / 255)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sigmoid_is_the_logistic_function_and_never_overflows(dtype: type) -> None:
    z: np.ndarray = np.array([-20, -3, -1, 0, 1, 3, 20], dtype=dtype)
    expected = [1 / (1 + math.exp(-value)) for value in z.tolist()]
    np.testing.assert_allclose(lab.sigmoid(z), expected, rtol=1e-6 if dtype is np.float32 else 1e-14)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        far = lab.sigmoid(np.array([-1000, 1000], dtype=dtype))
    assert far.tolist() == [0, 1]
    assert far.dtype == dtype
    assert lab.sigmoid(np.zeros(1))[0] == pytest.approx(0.5, abs=1e-15)


def test_hypothesis_and_loss_by_hand() -> None:
    theta = np.array([math.log(3), 0.0])  # σ(ln 3) = 3/4, σ(−ln 3) = 1/4
    x = np.array([[1.0, 5.0], [-1.0, 5.0]])
    np.testing.assert_allclose(lab.hypothesis(theta, x), [0.75, 0.25], rtol=1e-14)
    assert lab.loss(theta, x, np.array([1.0, 1.0])) == pytest.approx((1 / 16 + 9 / 16) / 2, rel=1e-14)
    assert type(lab.loss(theta, x, np.array([1.0, 1.0]))) is float


def test_gradient_by_hand() -> None:
    theta = np.array([math.log(3), 0.0])
    x = np.array([[1.0, 2.0], [-1.0, 4.0]])
    first = (0.75 - 1) * 0.75 * 0.25
    second = (0.25 - 0) * 0.25 * 0.75
    expected = [2 / 2 * (first - second), 2 / 2 * (2 * first + 4 * second)]
    np.testing.assert_allclose(lab.gradient(theta, x, np.array([1.0, 0.0])), expected, rtol=1e-13)


def test_gradient_is_the_finite_difference(small: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    theta, x, y = small
    analytic = lab.gradient(theta, x, y)
    h = 1e-5  # error of a central difference: about h² from the formula, 1e-16 / h from rounding
    for k in [0, *np.abs(analytic).argsort()[-20:].tolist(), 1, 784]:
        shift = np.zeros(785)
        shift[k] = h
        numeric = (lab.loss(theta + shift, x, y) - lab.loss(theta - shift, x, y)) / (2 * h)
        assert abs(numeric - analytic[k]) < 1e-9
    assert np.abs(analytic).max() > 1e-3  # far above the tolerance


def test_gradient_is_the_automatic_one(small: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    import tensorflow as tf

    theta, x, y = small
    variable = tf.Variable(theta)
    with tf.GradientTape() as tape:
        value = tf.reduce_mean((tf.sigmoid(tf.linalg.matvec(x, variable)) - y) ** 2)
    np.testing.assert_allclose(lab.loss(theta, x, y), value.numpy(), rtol=1e-13)
    automatic = tape.gradient(value, variable).numpy()
    np.testing.assert_allclose(lab.gradient(theta, x, y), automatic, rtol=1e-10, atol=1e-16)


def test_the_loss_is_not_convex() -> None:
    """For x = y = 1, J″(θ) = −2 h (1 − h)² (1 − 3h), negative below θ = −ln 2."""
    one = np.ones((1, 1))
    for theta, sign in ((-2.0, -1), (-math.log(2) - 0.1, -1), (-math.log(2) + 0.1, 1), (1.0, 1)):
        h = float(lab.hypothesis(np.array([theta]), one)[0])
        second = -2 * h * (1 - h) ** 2 * (1 - 3 * h)
        d = 1e-5
        left, right = (lab.gradient(np.array([theta + shift]), one, np.ones(1))[0] for shift in (-d, d))
        assert (right - left) / (2 * d) == pytest.approx(second, abs=1e-9)
        assert math.copysign(1, second) == sign


def test_step_goes_against_the_gradient(small: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    theta, x, y = small
    before = theta.copy()
    moved = lab.step(theta, x, y, alpha=0.25)
    np.testing.assert_array_equal(moved, theta - 0.25 * lab.gradient(theta, x, y))
    np.testing.assert_array_equal(theta, before)
    assert lab.loss(moved, x, y) < lab.loss(theta, x, y)


def test_descend_repeats_the_step(small: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    theta, x, y = small
    expected = [theta]
    for _ in range(3):
        expected.append(lab.step(expected[-1], x, y, alpha=2.0))
    final, losses = lab.descend(theta, x, y, alpha=2.0, steps=3)
    np.testing.assert_array_equal(final, expected[-1])
    assert losses == [lab.loss(each, x, y) for each in expected]


def test_accuracy_counts_a_half_as_one() -> None:
    x = np.array([[1.0, 2.0], [1.0, -2.0], [1.0, 0.0], [1.0, 0.0]])
    theta = np.array([0.0, 1.0])
    assert lab.accuracy(theta, x, np.array([1, 0, 1, 1], np.float32)) == 1
    assert lab.accuracy(theta, x, np.array([1, 0, 0, 0], np.float32)) == 0.5
    assert lab.accuracy(theta, x, np.array([0, 1, 0, 1], np.float32)) == 0.25


def test_main_descends_compares_rates_and_measures(ran: Ran, few: Mnist) -> None:
    x, y = lab.zeros_and_ones(*few[0])
    x_test, y_test = lab.zeros_and_ones(*few[1])
    start = np.random.default_rng(0).normal(0, 0.01, 785).astype(np.float32)
    theta, losses = lab.descend(start, x, y, alpha=0.5, steps=300)
    right = lab.accuracy(theta, x_test, y_test)
    assert ran.numbers == {
        "train_images": len(y),
        "test_images": len(y_test),
        "parameters": 785,
        "losses": [losses[count] for count in (0, 1, 10, 100, 300)],
        "curve": [losses[count] for count in range(0, 301, 10)],
        "sweep_losses": [lab.descend(start, x, y, alpha=alpha, steps=60)[1][-1] for alpha in (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)],
        "test_accuracy": right,
        "test_errors": round(len(y_test) * (1 - right)),
    }
    assert lab.main.__defaults__ == (0,)


def test_main_learns_to_tell_zero_from_one(ran: Ran) -> None:
    losses = ran.numbers["losses"]
    assert losses == sorted(losses, reverse=True)
    assert 0.2 < losses[0] < 0.3  # nothing learned yet: h is about a half everywhere
    assert losses[-1] < 0.02
    assert ran.numbers["test_accuracy"] > 0.95
    sweep = ran.numbers["sweep_losses"]
    assert sweep[0] > sweep[1] > sweep[2]
    assert max(sweep) < 1  # a squared error of a sigmoid saturates, it does not diverge


def test_main_prints_what_it_measured(ran: Ran) -> None:
    numbers = ran.numbers
    expected = [f"走 {count:3d} 步：J = {value:.5f}" for count, value in zip(lab.REPORTED, numbers["losses"], strict=True)]
    for alpha, value in zip(lab.SWEEP_ALPHAS, numbers["sweep_losses"], strict=True):
        expected.append(f"α = {alpha:7.2f}，走 60 步：J = {value:.5f}")
    expected.append(f"测试集 {numbers['test_images']} 张 0 与 1，认对 {numbers['test_accuracy']:.2%}")
    assert ran.lines == expected

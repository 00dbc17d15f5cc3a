"""The experiment that makes the model larger: what it measures, and how it fits."""

import math

import numpy as np
import pytest
from ran import Mnist, Ran

from mnist_lab import scaling as lab
from mnist_lab.data import flatten, scale
from mnist_lab.flops import flops_per_image
from mnist_lab.network import accuracy, adam, cross_entropy, forward, gradients, initialise, zero_averages


def test_fit_power_finds_an_exact_power() -> None:
    sizes = [1.0, 10, 100, 1000]
    exponent, r_squared = lab.fit_power(sizes, [3 * size**-0.5 for size in sizes])
    assert exponent == pytest.approx(-0.5, abs=1e-12)
    assert r_squared == pytest.approx(1, abs=1e-12)
    # logarithms 0, 1, 2 against 0, 1, 0: the best line is flat at 1/3, so it explains nothing
    exponent, r_squared = lab.fit_power([1, math.e, math.e**2], [1, math.e, 1])
    assert exponent == pytest.approx(0, abs=1e-12)
    assert r_squared == pytest.approx(0, abs=1e-12)
    # against 0, 1, 1: slope 1/2, residuals −1/6, 1/3, −1/6, total 2/3
    exponent, r_squared = lab.fit_power([1, math.e, math.e**2], [1, math.e, math.e])
    assert exponent == pytest.approx(0.5)
    assert r_squared == pytest.approx(1 - (1 / 6) / (2 / 3))


POINTS = ((10, 100, 2, 0.25), (20, 200, 3, 0.5), (30, 300, 3, 0.625), (40, 400, 4, 0.75), (80, 500, 5, 0.875))


def test_summarise_by_hand() -> None:
    keys = ("parameters", "flops", "seconds", "test_accuracy")
    rows = [dict(zip(keys, row, strict=False)) for row in POINTS]
    assert lab.summarise(rows) == {
        "parameters_ratio": 8,
        "flops_ratio": 5,
        "ratio_of_seconds": 2.5,
        "first_doubling_points": 25,
        "last_doubling_points": 12.5,
    }


@pytest.mark.parametrize("count", [256, 300])
def test_train_is_the_loop_it_says(count: int, mnist: Mnist) -> None:
    images, labels = scale(flatten(mnist[0][0][:count])), mnist[0][1][:count]
    layers, seconds = lab.train(2, images, labels, seed=5)
    rng = np.random.default_rng(5)
    expected = initialise((784, 2, 10), rng)
    averages, step = zero_averages(expected), 0
    for _ in range(3):
        order = rng.permutation(count)
        for start in range(0, count, 128):
            step += 1
            chosen = order[start : start + 128]
            adam(expected, gradients(expected, images[chosen], labels[chosen]), averages, step=step, rate=0.001)
    for ours, theirs in zip(layers, expected, strict=True):
        np.testing.assert_array_equal(ours[0], theirs[0])
        np.testing.assert_array_equal(ours[1], theirs[1])
    assert 0 < seconds < 60
    row = lab.measure(2, (images, labels), (images[:50], labels[:50]), seed=5)
    assert 0 < row.pop("seconds") < 60
    assert row == {
        "hidden": 2,
        "parameters": 1600,
        "flops": flops_per_image(2) * 3 * count,
        "test_loss": cross_entropy(forward(expected, images[:50])[1], labels[:50]),
        "test_accuracy": accuracy(expected, images[:50], labels[:50]),
    }


def test_main_warms_up_and_then_measures_every_size(few: Mnist, monkeypatch: pytest.MonkeyPatch) -> None:
    trained, train = [], lab.train
    monkeypatch.setattr(lab, "load_mnist", lambda: few)
    monkeypatch.setattr(lab, "train", lambda hidden, *rest: trained.append(hidden) or train(hidden, *rest))
    lab.main()
    assert trained == [2, 2, 4, 8, 16, 32, 64, 128, 256]  # the smallest twice: once to warm up, not counted


def test_main_measures_every_size(ran: Ran, few: Mnist) -> None:
    numbers = ran.numbers
    (x, y), (x_test, y_test) = few
    training, test = (scale(flatten(x)), y), (scale(flatten(x_test)), y_test)
    rows = [lab.measure(hidden, training, test, 0) for hidden in (2, 4, 8, 16, 32, 64, 128, 256)]
    assert len(numbers["seconds"]) == 8
    assert min(numbers["seconds"]) > 0
    for key in rows[0].keys() - {"seconds"}:
        assert numbers[key] == [row[key] for row in rows]
    summary = lab.summarise([dict(row, seconds=seconds) for row, seconds in zip(rows, numbers["seconds"], strict=True)])
    assert {key: numbers[key] for key in summary} == summary
    assert (numbers["exponent"], numbers["r_squared"]) == lab.fit_power(numbers["parameters"], numbers["test_loss"])
    assert lab.main.__defaults__ == (0,)


def test_main_prints_every_size(ran: Ran) -> None:
    numbers, expected = ran.numbers, []
    for place, hidden in enumerate(numbers["hidden"]):
        size = f"隐藏单元 {hidden:3d}，参数 {numbers['parameters'][place]:7,d}，运算 {numbers['flops'][place]:.2e} 次"
        expected.append(f"{size}，损失 {numbers['test_loss'][place]:.3f}，准确率 {numbers['test_accuracy'][place]:.2%}")
    expected.append(f"损失 ∝ 参数个数的 {numbers['exponent']:.2f} 次方，决定系数 {numbers['r_squared']:.2f}")
    assert ran.lines == expected

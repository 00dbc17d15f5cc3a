"""Shifted and inverted digits: the disturbances by hand, and what they do to the network."""

import numpy as np
import pytest
from ran import Mnist, Ran

from mnist_lab import robustness as lab
from mnist_lab.data import flatten, scale
from mnist_lab.network import accuracy, adam, gradients, initialise, zero_averages


@pytest.mark.parametrize(
    ("rows", "columns", "expected"),
    [
        (0, 0, [[1, 2, 3], [4, 5, 6]]),
        (1, 0, [[0, 0, 0], [1, 2, 3]]),
        (-1, 0, [[4, 5, 6], [0, 0, 0]]),
        (0, 1, [[0, 1, 2], [0, 4, 5]]),
        (0, -2, [[3, 0, 0], [6, 0, 0]]),
        (1, -1, [[0, 0, 0], [2, 3, 0]]),
        (2, 0, [[0, 0, 0], [0, 0, 0]]),
    ],
)
def test_shift_by_hand(rows: int, columns: int, expected: list[list[int]]) -> None:
    images = np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8)
    moved = lab.shift(images, rows, columns)
    assert moved.tolist() == [expected]
    assert moved.dtype == np.uint8
    assert images.tolist() == [[[1, 2, 3], [4, 5, 6]]]


def test_shift_is_a_roll_where_nothing_leaves(mnist: Mnist) -> None:
    images = np.zeros((50, 28, 28), np.uint8)
    images[:, 4:24, 4:24] = mnist[1][0][:50, 4:24, 4:24]
    for rows, columns in ((4, 0), (-4, 0), (0, 4), (0, -4), (3, -2)):
        np.testing.assert_array_equal(lab.shift(images, rows, columns), np.roll(images, (rows, columns), axis=(1, 2)))


def test_invert() -> None:
    inverted = lab.invert(np.array([[[0, 255], [1, 128]]], np.uint8))
    assert inverted.tolist() == [[[255, 0], [254, 127]]]
    assert inverted.dtype == np.uint8


def test_the_directions_are_four_steps_of_one_pixel() -> None:
    dot = np.zeros((1, 5, 5), np.uint8)
    dot[0, 2, 2] = 9
    places = {name: np.argwhere(lab.shift(dot, *steps)[0]).tolist() for name, steps in lab.DIRECTIONS.items()}
    assert places == {"右": [[2, 3]], "左": [[2, 1]], "下": [[3, 2]], "上": [[1, 2]]}


def test_ink_kept_by_hand() -> None:
    images = np.zeros((1, 4, 4), np.uint8)
    images[0, 1, 1] = 100  # one step in any direction stays inside, two steps up or left fall off
    assert lab.ink_kept(images, 1) == 1
    assert lab.ink_kept(images, 2) == 0.5
    assert type(lab.ink_kept(images, 1)) is float


def test_evaluate_scales_as_in_training(mnist: Mnist) -> None:
    images, labels = mnist[1][0][:200], mnist[1][1][:200]
    layers = initialise((784, 32, 10), np.random.default_rng(0))
    layers[-1][1][:] = 0.4 * np.arange(10)  # a bias that would not matter at 0–255
    expected = accuracy(layers, images.reshape(200, 784).astype(np.float32) / 255, labels)
    assert lab.evaluate(layers, images, labels) == expected
    assert accuracy(layers, images.reshape(200, 784).astype(np.float32), labels) != expected
    by_direction = lab.shifted_accuracies(layers, images, labels, 3)
    moves = ((0, 3), (0, -3), (3, 0), (-3, 0))
    assert by_direction == [lab.evaluate(layers, lab.shift(images, *move), labels) for move in moves]


def test_settings_are_those_the_page_tells() -> None:
    assert (lab.EPOCHS, lab.BATCH_SIZE, lab.LEARNING_RATE) == (5, 32, 0.001)


@pytest.mark.parametrize("count", [64, 70])
def test_train_is_the_loop_it_says(count: int, mnist: Mnist) -> None:
    images, labels = scale(flatten(mnist[0][0][:count])), mnist[0][1][:count]
    layers = lab.train((784, 10), images, labels, seed=3)
    rng = np.random.default_rng(3)
    expected = initialise((784, 10), rng)
    averages, step = zero_averages(expected), 0
    for _ in range(5):
        order = rng.permutation(count)
        for start in range(0, count, 32):
            step += 1
            chosen = order[start : start + 32]
            adam(expected, gradients(expected, images[chosen], labels[chosen]), averages, step=step, rate=0.001)
    np.testing.assert_array_equal(layers[0][0], expected[0][0])
    np.testing.assert_array_equal(layers[0][1], expected[0][1])


def test_main_measures_both_networks_on_every_disturbance(ran: Ran, few: Mnist) -> None:
    (x, y), test = few
    network = lab.train((784, 128, 10), scale(flatten(x)), y, 0)
    logistic = lab.train((784, 10), scale(flatten(x)), y, 0)
    by_2, by_4 = (lab.shifted_accuracies(network, *test, pixels) for pixels in (2, 4))
    assert ran.numbers == {
        "parameters": 101_770,
        "accuracy": lab.evaluate(network, *test),
        "shifted_2_accuracy": pytest.approx(sum(by_2) / 4, rel=1e-12),
        "shifted_2_by_direction": by_2,
        "shifted_4_accuracy": pytest.approx(sum(by_4) / 4, rel=1e-12),
        "shifted_4_by_direction": by_4,
        "shifted_4_ink_kept": lab.ink_kept(test[0], 4),
        "inverted_accuracy": lab.evaluate(network, lab.invert(test[0]), test[1]),
        "logistic_parameters": 7_850,
        "logistic_accuracy": lab.evaluate(logistic, *test),
    }
    assert ran.numbers["shifted_4_accuracy"] < ran.numbers["accuracy"]


def test_main_prints_what_it_measured(ran: Ran) -> None:
    numbers = ran.numbers
    assert ran.lines == [
        f"网络（101,770 个参数）：原样 {numbers['accuracy']:.2%}",
        f"平移 2 像素 {numbers['shifted_2_accuracy']:.2%}，平移 4 像素 {numbers['shifted_4_accuracy']:.2%}（四个方向平均）",
        f"平移 4 像素后笔迹还留下 {numbers['shifted_4_ink_kept']:.2%}；黑白反转 {numbers['inverted_accuracy']:.2%}",
        f"逻辑回归（7,850 个参数）：原样 {numbers['logistic_accuracy']:.2%}",
    ]

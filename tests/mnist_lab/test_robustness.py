"""Shifted and inverted digits: the disturbances by hand, and what they do to the network."""

import contextlib
import inspect
import io
import os
import runpy
from pathlib import Path

import numpy as np
import pytest

from mnist_lab import robustness as lab
from mnist_lab.data import MnistFileError, flatten, scale
from mnist_lab.network import Adam, accuracy, gradients, initialise

NPZ = Path(__file__).resolve().parents[2] / "docs" / "downloads" / "mnist.npz"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, str]:
    """What main returns and prints under the reader's settings."""
    folder = tmp_path_factory.mktemp("robustness")
    (folder / "mnist.npz").symlink_to(NPZ)
    printed = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(printed):
        return lab.main(), printed.getvalue()


def test_one_thread_unless_the_environment_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    runpy.run_path(lab.__file__)
    assert os.environ["OPENBLAS_NUM_THREADS"] == "3"
    monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    runpy.run_path(lab.__file__)
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"


def test_settings_are_those_the_page_tells() -> None:
    assert (lab.EPOCHS, lab.BATCH_SIZE, lab.LEARNING_RATE) == (5, 32, 0.001)
    assert lab.STEPS * lab.BATCH_SIZE == lab.EPOCHS * 60_000


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
def test_shift_by_hand(rows: int, columns: int, expected: list) -> None:
    images = np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8)
    moved = lab.shift(images, rows, columns)
    assert moved.tolist() == [expected]
    assert moved.dtype == np.uint8
    assert images.tolist() == [[[1, 2, 3], [4, 5, 6]]]


def test_shift_is_a_roll_where_nothing_leaves(mnist: tuple) -> None:
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


def test_train_is_the_loop_it_says(mnist: tuple) -> None:
    images, labels = scale(flatten(mnist[0][0][:20])), mnist[0][1][:20]
    layers = lab.train((784, 10), images, labels, seed=3)
    rng = np.random.default_rng(3)
    expected = initialise((784, 10), rng)
    optimizer = Adam(expected, 0.001)
    for _ in range(9375):
        order = rng.permutation(20)  # a batch of 32 holds all 20 images
        optimizer.update(gradients(expected, images[order], labels[order]))
    np.testing.assert_array_equal(layers[0][0], expected[0][0])
    np.testing.assert_array_equal(layers[0][1], expected[0][1])


def test_evaluate_scales_as_in_training(mnist: tuple) -> None:
    images, labels = mnist[1][0][:200], mnist[1][1][:200]
    layers = initialise((784, 32, 10), np.random.default_rng(0))
    layers[-1][1][:] = 0.4 * np.arange(10)  # a bias that would not matter at 0–255
    expected = accuracy(layers, images.reshape(200, 784).astype(np.float32) / 255, labels)
    assert lab.evaluate(layers, images, labels) == expected
    assert accuracy(layers, images.reshape(200, 784).astype(np.float32), labels) != expected
    by_direction = lab.shifted_accuracies(layers, images, labels, 3)
    moves = ((0, 3), (0, -3), (3, 0), (-3, 0))
    assert by_direction == [lab.evaluate(layers, lab.shift(images, *move), labels) for move in moves]


def test_main_knows_the_digits_only_where_it_learned_them(result: tuple) -> None:
    numbers, printed = result
    assert (numbers["parameters"], numbers["logistic_parameters"]) == (101_770, 7_850)
    assert 0.972 < numbers["accuracy"] < 0.983
    assert 0.918 < numbers["logistic_accuracy"] < 0.93
    assert 0.74 < numbers["shifted_2_accuracy"] < 0.88
    assert 0.2 < numbers["shifted_4_accuracy"] < 0.4
    assert numbers["inverted_accuracy"] < 0.2
    assert 0.985 < numbers["shifted_4_ink_kept"] < 1
    for pixels in (2, 4):
        by_direction = numbers[f"shifted_{pixels}_by_direction"]
        assert len(by_direction) == 4
        assert numbers[f"shifted_{pixels}_accuracy"] == pytest.approx(sum(by_direction) / 4, rel=1e-12)
    assert len(numbers) == 10
    assert len(printed.splitlines()) == 4
    for key in ("accuracy", "shifted_2_accuracy", "shifted_4_accuracy", "inverted_accuracy", "logistic_accuracy"):
        assert f" {numbers[key]:.2%}" in printed


def test_the_ink_left_is_measured_on_the_test_images(result: tuple, mnist: tuple) -> None:
    assert result[0]["shifted_4_ink_kept"] == lab.ink_kept(mnist[1][0], 4)


def test_the_program_tells_a_reader_that_the_data_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mnist.npz").write_bytes(b"cut short")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MnistFileError, match=r"mnist\.npz"):
        runpy.run_path(lab.__file__, run_name="__main__")


@pytest.mark.usefixtures("result")  # so that it counts as a test of main
def test_a_reader_gets_the_first_seed() -> None:
    assert inspect.signature(lab.main).parameters["seed"].default == 0

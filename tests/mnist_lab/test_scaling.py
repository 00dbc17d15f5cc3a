"""The experiment that makes the model larger: what it measures, and how it fits."""

import contextlib
import inspect
import io
import math
import os
import runpy
from pathlib import Path

import numpy as np
import pytest

from mnist_lab import scaling as lab
from mnist_lab.data import MnistFileError, flatten, scale
from mnist_lab.flops import flops_per_image
from mnist_lab.network import Adam, accuracy, cross_entropy, forward, gradients, initialise

NPZ = Path(__file__).resolve().parents[2] / "docs" / "downloads" / "mnist.npz"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, str]:
    """What main returns and prints under the reader's settings."""
    folder = tmp_path_factory.mktemp("scaling")
    (folder / "mnist.npz").symlink_to(NPZ)
    printed, trained, train = io.StringIO(), [], lab.train

    def watched(hidden: int, *arguments: object) -> tuple:
        trained.append(hidden)
        return train(hidden, *arguments)

    with pytest.MonkeyPatch.context() as patch, contextlib.chdir(folder), contextlib.redirect_stdout(printed):
        patch.setattr(lab, "train", watched)
        numbers = lab.main()
    assert trained == [2, 2, 4, 8, 16, 32, 64, 128, 256]  # the smallest twice: once to warm up, not counted
    return numbers, printed.getvalue()


def test_one_thread_unless_the_environment_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    runpy.run_path(lab.__file__)
    assert os.environ["OPENBLAS_NUM_THREADS"] == "3"
    monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    runpy.run_path(lab.__file__)
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"


def test_fit_power_finds_an_exact_power() -> None:
    sizes = [1, 10, 100, 1000]
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


def test_train_is_the_loop_it_says(mnist: tuple) -> None:
    images, labels = scale(flatten(mnist[0][0][:100])), mnist[0][1][:100]
    layers, seconds = lab.train(2, images, labels, seed=5)
    rng = np.random.default_rng(5)
    expected = initialise((784, 2, 10), rng)
    optimizer = Adam(expected, 0.001)
    for _ in range(1407):
        order = rng.permutation(100)  # a batch of 128 holds all 100 images
        optimizer.update(gradients(expected, images[order], labels[order]))
    for ours, theirs in zip(layers, expected, strict=True):
        np.testing.assert_array_equal(ours[0], theirs[0])
        np.testing.assert_array_equal(ours[1], theirs[1])
    assert 0.01 < seconds < 60
    row = lab.measure(2, (images, labels), (images[:50], labels[:50]), seed=5)
    assert row["test_loss"] == cross_entropy(forward(expected, images[:50])[1], labels[:50])
    assert row["test_accuracy"] == accuracy(expected, images[:50], labels[:50])
    assert (row["hidden"], row["parameters"]) == (2, 1600)
    assert row["flops"] == flops_per_image(2) * 128 * 1407
    assert 0.01 < row["seconds"] < 60


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


def test_main_measures_every_size(result: tuple) -> None:
    numbers, printed = result
    assert numbers["hidden"] == [2, 4, 8, 16, 32, 64, 128, 256] == list(lab.HIDDEN_SIZES)
    assert numbers["parameters"] == [1600, 3190, 6370, 12730, 25450, 50890, 101_770, 203_530]
    assert numbers["flops"] == [flops_per_image(hidden) * 128 * 1407 for hidden in numbers["hidden"]]
    assert len(numbers["seconds"]) == 8
    assert min(numbers["seconds"]) > 0
    assert numbers["test_loss"] == sorted(numbers["test_loss"], reverse=True)
    assert numbers["test_accuracy"][0] < 0.75
    assert numbers["test_accuracy"][-1] > 0.965
    assert numbers["parameters_ratio"] == 203_530 / 1600
    assert numbers["flops_ratio"] == pytest.approx(128)
    assert numbers["ratio_of_seconds"] == numbers["seconds"][-1] / numbers["seconds"][0]
    assert numbers["first_doubling_points"] > 10 * abs(numbers["last_doubling_points"])
    for hidden, value in zip(numbers["hidden"], numbers["test_accuracy"], strict=False):
        assert f"隐藏单元 {hidden:3d}，" in printed
        assert f"准确率 {value:.2%}" in printed


def test_main_fits_its_own_points(result: tuple) -> None:
    numbers, printed = result
    assert (numbers["exponent"], numbers["r_squared"]) == lab.fit_power(numbers["parameters"], numbers["test_loss"])
    assert -0.65 < numbers["exponent"] < -0.4
    assert 0.85 < numbers["r_squared"] < 1
    last = f"损失 ∝ 参数个数的 {numbers['exponent']:.2f} 次方，R² = {numbers['r_squared']:.2f}"
    assert printed.splitlines()[-1] == last
    assert len(printed.splitlines()) == 9


def test_the_program_tells_a_reader_that_the_data_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mnist.npz").write_bytes(b"cut short")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MnistFileError, match=r"mnist\.npz"):
        runpy.run_path(lab.__file__, run_name="__main__")


@pytest.mark.usefixtures("result")  # so that it counts as a test of main
def test_a_reader_gets_the_first_seed() -> None:
    assert inspect.signature(lab.main).parameters["seed"].default == 0

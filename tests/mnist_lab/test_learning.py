"""Learning watched: where it stops, what is measured there, what is written for the page in the browser."""

import numpy as np
import pytest
from ran import Mnist, Ran

from mnist_lab import learning as lab
from mnist_lab.data import flatten, scale
from mnist_lab.network import adam, cross_entropy, forward, gradients, initialise, zero_averages

SETTINGS = {"EARLY": (0, 3, 10), "EPOCHS": 2}


def test_settings_are_those_the_page_tells() -> None:
    assert (lab.HIDDEN, lab.EPOCHS, lab.BATCH_SIZE, lab.LEARNING_RATE) == (128, 5, 32, 0.001)
    assert (lab.EARLY, lab.UNITS, lab.SHOWN) == ((0, 30, 100, 300, 900), 8, 12)


def test_stops_is_the_loop_it_says(mnist: Mnist, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "EARLY", (0, 2))
    monkeypatch.setattr(lab, "EPOCHS", 2)
    images, labels = scale(flatten(mnist[0][0][:70])), mnist[0][1][:70]
    found = list(lab.stops(images, labels, 3))
    assert [step for step, _ in found] == [0, 2, 3, 6]  # three batches an epoch, the last of six images
    rng = np.random.default_rng(3)
    layers = initialise((784, 128, 10), rng)
    averages = zero_averages(layers)
    expected = {0: lab.copy(layers)}
    step = 0
    for _ in range(2):
        order = rng.permutation(70)
        for start in (0, 32, 64):
            step += 1
            chosen = order[start : start + 32]
            adam(layers, gradients(layers, images[chosen], labels[chosen]), averages, step=step, rate=0.001)
            expected[step] = lab.copy(layers)
    for step, at in found:
        for pair, twin in zip(at, expected[step], strict=True):
            assert np.array_equal(pair[0], twin[0])
            assert np.array_equal(pair[1], twin[1])


def test_without_the_beginning_it_stops_only_later(mnist: Mnist, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "EARLY", ())
    monkeypatch.setattr(lab, "EPOCHS", 1)
    images, labels = scale(flatten(mnist[0][0][:64])), mnist[0][1][:64]
    assert [step for step, _ in lab.stops(images, labels, 0)] == [2]


def test_confusion_by_hand() -> None:
    matrix = lab.confusion(np.array([1, 1, 2]), np.array([1, 7, 2]))
    assert matrix.dtype == np.int32
    assert np.argwhere(matrix).tolist() == [[1, 1], [1, 7], [2, 2]]
    assert lab.confusion(np.array([3, 3]), np.array([5, 5]))[3, 5] == 2


def test_the_restless_change_their_answers_most_and_end_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "SHOWN", 3)
    answers = np.array([[0, 1, 2, 3, 0], [0, 2, 2, 4, 1], [0, 1, 3, 5, 2], [0, 2, 3, 9, 2]])
    # 0 never changes, 1 three times, 2 once, 3 three times but ends wrong, 4 twice
    assert lab.restless(answers, np.array([0, 2, 3, 8, 2])).tolist() == [1, 4, 2]


def test_shrink_by_hand() -> None:
    shrunk = lab.shrink(np.array([[0.5, -1.0], [0.004, 0.25]]))
    assert shrunk.dtype == np.int8
    assert shrunk.tolist() == [[64, -127], [1, 32]]


def test_main_measures_every_stop_and_writes_it(ran: Ran, few: Mnist) -> None:
    (images, labels), (test_images, test_labels) = few
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SETTINGS.items():
            patch.setattr(lab, name, value)
        found = list(lab.stops(scale(flatten(images)), labels, 0))
    told = np.stack([forward(layers, scale(flatten(test_images)))[1] for _, layers in found])
    answers = told.argmax(axis=2)
    rates = [float(np.mean(each == test_labels)) for each in answers]
    assert ran.numbers == {"updates": 126, "accuracy": rates, "loss": [cross_entropy(each, test_labels) for each in told]}
    assert rates[-1] > 0.7 > 0.3 > rates[0]
    assert ran.lines == [f"更新 {step:4d} 次：测试准确率 {rate:.2%}" for (step, _), rate in zip(found, rates, strict=True)]
    chosen = lab.restless(answers, test_labels)
    expected = {
        "steps": np.array([0, 3, 10, 63, 126], np.int32),
        "accuracy": np.array(rates),
        "loss": np.array(ran.numbers["loss"]),
        "confusion": np.stack([lab.confusion(test_labels, each) for each in answers]),
        "weights": lab.shrink(np.stack([layers[0][0][:, :8].T for _, layers in found])),
        "images": test_images[chosen],
        "labels": test_labels[chosen],
        "index": chosen.astype(np.int32),
        "probabilities": told[:, chosen].astype(np.float32),
    }
    with np.load(ran.folder / "learning.npz") as file:
        assert set(file.files) == set(expected)
        for name, array in expected.items():
            assert file[name].dtype == array.dtype, name
            assert np.array_equal(file[name], array), name
        assert file["weights"].shape == (5, 8, 784)

"""What pages tell of a network or of a library without a number from a record is so."""

from __future__ import annotations

import bz2
import random
from pathlib import Path

import numpy as np

from mnist_lab.data import flatten, load_mnist
from mnist_lab.draw import load_weights
from mnist_lab.network import forward

DOWNLOADS = Path(__file__).parents[2] / "docs/downloads"


def test_a_forgotten_division_spoils_the_certainty_and_one_too_many_the_answers() -> None:
    # labs/deployment.md: the accuracy hardly changes, yet the network is sure even where it is wrong
    images, labels = load_mnist(DOWNLOADS / "mnist.npz")[1]
    layers, pixels = load_weights(DOWNLOADS / "classifier.npz"), flatten(images).astype(np.float64)
    right, forgotten, twice = (forward(layers, pixels / divisor)[1] for divisor in (255, 1, 255**2))
    accuracy = [float((each.argmax(axis=1) == labels).mean()) for each in (right, forgotten, twice)]
    assert abs(accuracy[1] - accuracy[0]) < 0.005
    assert accuracy[2] < 0.2
    wrong = [each[each.argmax(axis=1) != labels].max(axis=1) for each in (right, forgotten)]
    assert np.median(wrong[0]) < 0.9 < 0.999 < np.median(wrong[1])


def test_bz2_forgets_what_lies_before_its_block() -> None:
    # labs/baselines.md: xz reads the whole training set, bz2 only what shares the last block
    text, other = (random.Random(seed).randbytes(300_000) for seed in (0, 1))
    near, far = text + text, text + 2 * other + text
    assert len(bz2.compress(near)) - len(bz2.compress(text)) < 250_000
    assert len(bz2.compress(far)) - len(bz2.compress(far[: -len(text)])) > 299_000

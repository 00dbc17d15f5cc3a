"""The Transformer: every gradient against finite differences, the mask exact, the optimiser by hand, sampling by seed."""

import itertools
import math

import numpy as np
import pytest
from noisy import noisy

from verse_lab import transformer as lab
from verse_lab.data import END, LENGTH, UNKNOWN, split

SIGNS, WIDTH, LAYERS = 20, 32, 2


def some_ids(count: int = 3, seed: int = 1) -> np.ndarray:
    ids = np.random.default_rng(seed).integers(1, SIGNS, (count, LENGTH)).astype(np.int32)
    ids[0, 12:] = END
    return ids


NAMES = sorted(lab.initialise(SIGNS, WIDTH, LAYERS, np.random.default_rng(0)))


def test_parameters_are_those_of_the_formula() -> None:
    found = lab.initialise(SIGNS, WIDTH, LAYERS, np.random.default_rng(0))
    per_layer = 4 * WIDTH + 3 * WIDTH**2 + WIDTH**2 + 8 * WIDTH**2
    assert sum(value.size for value in found.values()) == (SIGNS + 33) * WIDTH + 2 * WIDTH + LAYERS * per_layer
    assert {value.dtype for value in found.values()} == {np.dtype(np.float32)}
    assert lab.count_layers(found) == LAYERS
    assert lab.random_matrix(400, 300, np.random.default_rng(0)).std() == pytest.approx(1 / 20, rel=0.01)
    assert found["1.narrow"].std() == pytest.approx(1 / math.sqrt(4 * WIDTH) / 2, rel=0.05)
    assert found["0.mix"].std() == pytest.approx(1 / math.sqrt(WIDTH) / 2, rel=0.1)


@pytest.mark.parametrize("name", NAMES)
def test_gradient_against_finite_differences(name: str) -> None:
    parameters, ids = noisy(SIGNS, WIDTH), some_ids()
    found = lab.gradients(parameters, ids)[1]
    assert found.keys() == parameters.keys()
    assert found[name].shape == parameters[name].shape
    rng, step = np.random.default_rng(2), 1e-5
    for _ in range(6):
        place = tuple(rng.integers(0, size) for size in parameters[name].shape)
        kept = parameters[name][place]
        losses = []
        for change in (step, -step):
            parameters[name][place] = kept + change
            losses.append(lab.gradients(parameters, ids)[0])
        parameters[name][place] = kept
        assert found[name][place] == pytest.approx((losses[0] - losses[1]) / (2 * step), abs=1e-8)


def test_the_future_changes_nothing_before_it() -> None:
    parameters, ids = noisy(SIGNS, WIDTH), some_ids()[:, :-1]
    changed = ids.copy()
    changed[:, 10:] = (changed[:, 10:] + 7) % SIGNS
    before, after = (lab.forward(parameters, each)[0] for each in (ids, changed))
    np.testing.assert_array_equal(before[:, :10], after[:, :10])
    assert np.abs(before[:, 10:] - after[:, 10:]).max() > 0.1


def test_attention_weights_are_causal_probabilities() -> None:
    parameters, ids = noisy(SIGNS, WIDTH), some_ids()[:, :-1]
    weights = lab.forward(parameters, ids)[1][5][4]
    assert weights.shape == (3, WIDTH // 16, 33, 33)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, rtol=1e-12)
    assert (weights[:, :, np.triu(np.ones((33, 33), bool), k=1)] == 0).all()
    assert (weights[:, :, np.tril(np.ones((33, 33), bool))] > 0).all()


def test_normalise_has_mean_shift_and_deviation_gain() -> None:
    x = np.random.default_rng(0).normal(3, 5, (2, 4, 1000))
    y, _ = lab.normalise(x, {"n.gain": np.full(1000, 2.0), "n.shift": np.full(1000, 7.0)}, "n")
    np.testing.assert_allclose(y.mean(axis=-1), 7, rtol=1e-9)
    np.testing.assert_allclose(y.std(axis=-1), 2, rtol=1e-5)


def test_losses_are_those_that_training_lowers() -> None:
    parameters, ids = noisy(SIGNS, WIDTH), some_ids(count=5)
    losses = lab.losses_of(parameters, ids, batch=2)
    real = split(ids)[2]
    assert losses.shape == (5, LENGTH - 1)
    assert (losses[~real] == 0).all()
    assert losses[real].mean() == pytest.approx(lab.gradients(parameters, ids)[0], rel=1e-6)
    np.testing.assert_allclose(losses, lab.losses_of(parameters, ids), rtol=1e-6)


def test_log_probabilities_are_normalised_even_where_scores_are_large() -> None:
    logs = lab.log_probabilities({"token": np.eye(3) * 1000}, np.array([[1.0, 0, 0], [0.0, 0.001, 0]]))
    np.testing.assert_allclose(np.exp(logs).sum(axis=-1), 1)
    assert logs[0].tolist() == [0, -1000, -1000]
    assert lab.softmax(np.array([1000.0, 1000.0])).tolist() == [0.5, 0.5]


def test_one_batch_is_learned_to_its_floor() -> None:
    """Nothing tells which of eight random poems comes until its first sign: ln 8 spread over 33 places is the least loss."""
    rng = np.random.default_rng(0)
    ids = rng.integers(6, 200, (8, LENGTH)).astype(np.int32)
    ids[:, 0], ids[:, -1], ids[:, 1] = 2, END, np.arange(6, 14)
    parameters = lab.initialise(200, 32, 1, rng)
    optimizer = lab.Adam(parameters)
    for step in range(300):
        loss, found = lab.gradients(parameters, ids)
        optimizer.update(found, lab.rate_at(step, 300, 0.01))
    floor = math.log(8) / 33
    assert floor * 0.999 < loss < floor * 1.1


def test_adam_by_hand() -> None:
    parameters = {"matrix": np.array([[1.0, -2.0]]), "vector": np.array([3.0])}
    optimizer = lab.Adam(parameters, decay=0.1)
    slopes = [
        {"matrix": np.array([[0.3, 0.0]]), "vector": np.array([-0.4])},
        {"matrix": np.array([[3.0, 0.0]]), "vector": np.array([4.0])},
    ]
    optimizer.update(slopes[0], 0.01)  # shorter than 1, so it stays; the first step is as long as the rate
    assert parameters["matrix"].tolist() == pytest.approx(np.array([[1 - 0.001 - 0.01, -2 + 0.002]]), abs=1e-7)
    assert parameters["vector"][0] == pytest.approx(3 + 0.01, abs=1e-7)
    optimizer.update(slopes[1], 0.01)  # of length 5: cut to a fifth
    mean = (0.9 * 0.1 * 0.3 + 0.1 * 0.6) / (1 - 0.9**2)
    square = (0.99 * 0.01 * 0.09 + 0.01 * 0.36) / (1 - 0.99**2)
    assert parameters["matrix"][0, 0] == pytest.approx(0.989 * 0.999 - 0.01 * mean / math.sqrt(square), abs=1e-6)


def test_the_rate_rises_then_falls_to_its_twentieth() -> None:
    rates = [lab.rate_at(step, 1000, 0.004) for step in range(1001)]
    assert rates[0] == pytest.approx(0.004 / 50)
    assert rates[49] == rates[50] == pytest.approx(0.004)
    assert all(a < b for a, b in itertools.pairwise(rates[:50]))
    assert all(a > b for a, b in itertools.pairwise(rates[50:]))
    assert rates[525] == pytest.approx(0.004 * (0.05 + 0.95 / 2))
    assert rates[1000] == pytest.approx(0.0002)


def test_a_seed_fixes_what_is_written() -> None:
    parameters = noisy(SIGNS, WIDTH)
    start = np.array([[2, 7]] * 5)
    first, again, other = (lab.write(parameters, start, 1.0, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert first.shape == (5, LENGTH)
    assert first.dtype == np.int32
    assert (first[:, :2] == start).all()
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert (first != UNKNOWN).all()


def test_greedy_takes_the_likeliest_each_time() -> None:
    parameters = noisy(SIGNS, WIDTH)
    written = lab.write(parameters, np.array([[1]]), 0, np.random.default_rng(0))
    for place in range(1, LENGTH):
        logs = lab.log_probabilities(parameters, lab.forward(parameters, written[:, :place])[0][:, -1])
        logs[:, UNKNOWN] = -np.inf
        assert written[0, place] == logs.argmax()


def test_choosing_follows_the_probabilities() -> None:
    logs = np.log(np.array([[0.2, 0.5, 0.3]]))
    points = np.array([0.0, 0.1, 0.19, 0.21, 0.69, 0.71, 0.99])
    assert lab.choose(logs.repeat(7, axis=0), 1.0, points).tolist() == [0, 0, 0, 1, 1, 2, 2]
    cold = np.bincount(lab.choose(logs.repeat(999, axis=0), 0.5, np.arange(999) / 999), minlength=3) / 999
    assert cold == pytest.approx(np.array([0.04, 0.25, 0.09]) / 0.38, abs=0.002)
    assert lab.choose(logs, 0, np.array([0.0])).tolist() == [1]
    banned = np.array([[0.0, -np.inf, 0.0]]).repeat(101, axis=0)
    assert set(lab.choose(banned, 1.0, np.linspace(0, 0.999, 101)).tolist()) == {0, 2}

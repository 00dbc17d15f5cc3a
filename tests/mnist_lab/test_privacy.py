"""DP-SGD: clipping against one image at a time, noise and sampling as stated, the account against two formulas."""

import math
import warnings
from typing import Any

import numpy as np
import pytest
from ran import Mnist, Pair, Ran

from mnist_lab import privacy as lab
from mnist_lab.data import flatten, scale
from mnist_lab.network import Layer, accuracy, gradients, initialise

# Of the settings of `main`
SETTINGS = {"TRAINING": 1500, "BATCH_SIZE": 300, "STEPS": 20, "FEW": 100}


@pytest.fixture(scope="module")
def batch(mnist: Mnist) -> Pair:
    """40 real images in float64; every other one faint, so that its gradient stays below the bound."""
    images = scale(flatten(mnist[0][0][:40])).astype(np.float64)
    images[::2] *= 0.001
    return images, mnist[0][1][:40]


def network(*sizes: int) -> list[Layer]:
    """Layers in float64 whose last bias makes some faint images certain: their gradients are short."""
    rng = np.random.default_rng(0)
    layers = initialise(sizes, rng, np.float64)
    for _, bias in layers:
        bias += rng.normal(0, 0.1, bias.shape)
    layers[-1][1][0] += 3
    return layers


def norm(layers: list[Layer]) -> float:
    return math.sqrt(sum(float((array**2).sum()) for layer in layers for array in layer))


def assert_close(first: list[Layer], second: list[Layer], tolerance: float) -> None:
    for ours, theirs in zip(first, second, strict=True):
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=0, atol=tolerance)


def test_settings_are_those_the_page_tells() -> None:
    assert (lab.SIZES, lab.TRAINING, lab.BATCH_SIZE, lab.STEPS) == ((784, 128, 10), 50_000, 1000, 400)
    assert (lab.CLIP, lab.DELTA) == (1.0, 1e-5)
    assert lab.LEARNING_RATES == {None: 1.0, 1.0: 8.0, 2.0: 4.0, 4.0: 1.0, 0.0: 8.0}
    assert (lab.FEW, lab.FEW_NOISE, lab.FEW_RATES) == (500, 20, {None: 1.0, 20.0: 0.5})


def test_part_takes_every_image_once_in_another_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "TRAINING", 30)
    (x, y), (held, held_labels) = lab.part(np.arange(50)[:, np.newaxis], np.arange(50) * 2, 1)
    assert (len(x), len(held)) == (30, 20)
    assert sorted([*x[:, 0].tolist(), *held[:, 0].tolist()]) == list(range(50))
    assert x[:, 0].tolist() != sorted(x[:, 0].tolist())
    assert y.tolist() == (2 * x[:, 0]).tolist()
    assert held_labels.tolist() == (2 * held[:, 0]).tolist()
    assert lab.part(np.arange(50), np.arange(50), 2)[0][1].tolist() != (x[:, 0]).tolist()


def test_sampling_is_one_coin_per_image() -> None:
    rng = np.random.default_rng(1)
    sizes, seen = [], np.zeros(4000)
    for _ in range(200):
        chosen = lab.sample(4000, rng)
        assert len(set(chosen.tolist())) == len(chosen)
        sizes.append(len(chosen))
        seen[chosen] += 1
    # binomial: 4000 coins of 1/4, mean 1000, standard deviation 27.4
    assert abs(np.mean(sizes) - 1000) < 4 * 27.4 / math.sqrt(200)
    assert 0.8 * 27.4 < np.std(sizes) < 1.2 * 27.4
    assert seen.min() > 25
    assert seen.max() < 80
    np.testing.assert_array_equal(
        lab.sample(4000, np.random.default_rng(2)), np.flatnonzero(np.random.default_rng(2).random(4000) < 0.25)
    )


class Drawn:
    """A generator whose draws are known."""

    def random(self, count: int) -> np.ndarray:
        assert count == 4000
        return np.array([0.2499, 0.25, 0.2501, 0.0, 0.9])


def test_a_draw_at_the_rate_is_out() -> None:
    generator: Any = Drawn()
    assert lab.sample(4000, generator).tolist() == [0, 3]


@pytest.mark.parametrize("sizes", [(784, 10), (784, 12, 10), (784, 12, 11, 10)])
def test_clipped_sum_equals_clipping_one_image_at_a_time(sizes: tuple[int, ...], batch: Pair) -> None:
    layers, (images, labels) = network(*sizes), batch
    expected = [(np.zeros_like(weights), np.zeros_like(bias)) for weights, bias in layers]
    norms = []
    for number in range(40):
        one = gradients(layers, images[number : number + 1], labels[number : number + 1])
        norms.append(norm(one))
        for total, layer in zip(expected, one, strict=False):
            for array, slope in zip(total, layer, strict=False):
                array += slope * min(1, 1 / norms[-1])
    assert min(norms) < 0.9
    assert max(norms) > 1.5
    assert_close(lab.clipped_sum(layers, *batch), expected, 1e-12)


def test_one_record_more_moves_the_sum_by_the_bound_at_most(batch: Pair) -> None:
    layers, (images, labels) = network(784, 12, 10), batch
    whole = lab.clipped_sum(layers, images, labels)
    moves = []
    for number in range(40):
        rest = np.arange(40) != number
        without = lab.clipped_sum(layers, images[rest], labels[rest])
        moves.append(norm([(a - c, b - d) for (a, b), (c, d) in zip(whole, without, strict=False)]))
    assert max(moves) == pytest.approx(1, abs=1e-9)
    assert min(moves) < 0.9


def test_a_gradient_of_zero_is_no_division_by_zero() -> None:
    layers = [(np.zeros((784, 10), np.float32), np.array([200] + [0] * 9, np.float32))]  # certain of 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ((weights, bias),) = lab.clipped_sum(layers, np.ones((3, 784), np.float32), np.zeros(3, int))
    assert not weights.any()
    assert not bias.any()
    assert weights.dtype == bias.dtype == np.float32


def test_noise_has_the_stated_deviation_and_the_sum_is_divided_by_the_expected_size(monkeypatch: pytest.MonkeyPatch) -> None:
    total = [(np.full((200, 300), 500, np.float32), np.full(300, -500, np.float32))]
    for noise, clip in ((2.0, 1.0), (3.0, 0.5)):
        monkeypatch.setattr(lab, "CLIP", clip)
        ((weights, bias),) = lab.add_noise(total, noise, np.random.default_rng(3))
        assert weights.dtype == bias.dtype == np.float32
        assert weights.shape == (200, 300)
        assert bias.shape == (300,)
        rng = np.random.default_rng(3)
        np.testing.assert_allclose(weights, 0.5 + noise * clip * rng.standard_normal((200, 300), np.float32) / 1000, atol=1e-6)
        np.testing.assert_allclose(bias, -0.5 + noise * clip * rng.standard_normal(300, np.float32) / 1000, atol=1e-6)
        assert weights.std() == pytest.approx(noise * clip / 1000, rel=0.01)
        assert weights.mean() == pytest.approx(0.5, abs=5 * noise * clip / 1000 / math.sqrt(60_000))


@pytest.mark.parametrize("noise", [None, 0.0, 2.0])
def test_train_is_the_loop_it_says(noise: float | None, mnist: Mnist, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "STEPS", 5)
    images, labels = scale(flatten(mnist[0][0][:3000])), mnist[0][1][:3000]
    layers = lab.train(images, labels, noise, 0.25, seed=4)
    rng = np.random.default_rng(4)
    expected = initialise((784, 128, 10), rng)
    for _ in range(5):
        chosen = np.flatnonzero(rng.random(3000) < 1 / 3)
        if noise is not None:
            slopes = lab.add_noise(lab.clipped_sum(expected, images[chosen], labels[chosen]), noise, rng)
        else:
            slopes = gradients(expected, images[chosen], labels[chosen])
        expected = [(weights - 0.25 * dw, bias - 0.25 * db) for (weights, bias), (dw, db) in zip(expected, slopes, strict=False)]
    assert_close(layers, expected, 0)
    assert layers[0][0].dtype == np.float32


def normal(x: float) -> float:
    return math.erfc(-x / math.sqrt(2)) / 2


def gaussian_delta(epsilon: float, mu: float) -> float:
    """δ of one Gaussian mechanism of sensitivity / deviation = mu, exactly (Balle and Wang 2018)."""
    return normal(mu / 2 - epsilon / mu) - math.exp(epsilon) * normal(-mu / 2 - epsilon / mu)


@pytest.mark.parametrize("noise", [20.0, 50.0])
def test_epsilon_without_sampling_is_that_of_the_gaussian_mechanism(noise: float) -> None:
    """Where every record is in every batch, 400 steps are one Gaussian mechanism with √400 times the sensitivity."""
    found = lab.epsilon(noise, lab.BATCH_SIZE)
    assert found is not None
    mu = math.sqrt(400) / noise
    assert gaussian_delta(found, mu) <= 1e-5 < gaussian_delta(found * 0.999, mu)


def renyi_epsilon(noise: float, rate: float, steps: int, delta: float) -> float:
    """An upper bound: Rényi DP of the sampled Gaussian at whole orders (Mironov, Talwar, Zhang 2019, section 3.3)."""
    best = math.inf
    for order in range(2, 200):
        terms = [
            math.lgamma(order + 1) - math.lgamma(k + 1) - math.lgamma(order - k + 1)
            + (order - k) * math.log1p(-rate) + k * math.log(rate) + (k * k - k) / (2 * noise**2)
            for k in range(order + 1)
        ]  # fmt: skip
        largest = max(terms)
        renyi = (largest + math.log(sum(math.exp(term - largest) for term in terms))) / (order - 1)
        best = min(best, steps * renyi + math.log1p(-1 / order) - math.log(delta * order) / (order - 1))
    return best


@pytest.mark.parametrize("noise", [1.0, 2.0, 4.0])
def test_epsilon_lies_just_below_the_renyi_bound(noise: float) -> None:
    bound = renyi_epsilon(noise, 1000 / 50_000, 400, 1e-5)
    found = lab.epsilon(noise, 50_000)
    assert type(found) is float
    assert 0.85 * bound < found < bound


def test_without_noise_there_is_no_epsilon() -> None:
    assert lab.epsilon(0.0, 50_000) is None
    assert lab.epsilon(None, 50_000) is None


def test_fewer_records_than_a_batch_are_all_in_every_batch() -> None:
    assert lab.epsilon(20.0, 500) == lab.epsilon(20.0, 1000)
    assert lab.sample(500, np.random.default_rng(0)).tolist() == list(range(500))


def two_classes(certainties: list[float]) -> tuple[list[Layer], Pair]:
    """Images whose label 0 has just these probabilities under the layers."""
    images = np.log(np.array([[p, *[(1 - p) / 9] * 9] for p in certainties]))
    return [(np.eye(10), np.zeros(10))], (images, np.zeros(len(certainties), int))


def test_losses_are_those_of_the_label() -> None:
    layers, pair = two_classes([0.5, 0.25, 1e-3])
    np.testing.assert_allclose(lab.losses(layers, *pair), np.log([2, 4, 1000]))


@pytest.mark.parametrize(
    ("members", "others", "auc"),
    [
        ([0.9, 0.8], [0.2, 0.1], 1),
        ([0.2, 0.1], [0.9, 0.8], 0),
        ([0.5, 0.9], [0.5, 0.1], 7 / 8),
        ([0.5, 0.5, 0.5], [0.5], 1 / 2),
        ([0.9, 0.4], [0.5, 0.3, 0.2], 5 / 6),
    ],
)
def test_attack_counts_pairs(members: list[float], others: list[float], auc: float) -> None:
    layers, inside = two_classes(members)
    assert lab.attack(layers, inside, two_classes(others)[1]) == pytest.approx(auc)


def test_what_was_memorised_is_told_from_what_was_not(
    mnist: Mnist, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lab, "STEPS", 60)
    monkeypatch.setattr(lab, "FEW", 100)
    images, labels = scale(flatten(mnist[0][0][:1100])), mnist[0][1][:1100]
    few, others = (images[:100], labels[:100]), (images[100:], labels[100:])
    numbers: dict[str, Any] = lab.memorise((images, labels), others, 0)
    assert numbers["few_auc"] > 0.55
    assert numbers["few_training"] > numbers["few_accuracy"] + 0.1
    for name, noise, rate in (("few", None, 1.0), ("few_private", 20.0, 0.5)):
        layers = lab.train(*few, noise, rate, 0)
        assert numbers[f"{name}_auc"] == lab.attack(layers, few, others)
        assert numbers[f"{name}_training"] == accuracy(layers, *few)
        assert numbers[f"{name}_accuracy"] == accuracy(layers, *others)
    assert numbers["few_epsilon"] == lab.epsilon(20.0, 100)
    told = capsys.readouterr().out.splitlines()
    assert [line.split("：")[0] for line in told] == ["100 张图像，普通训练", "100 张图像，DP-SGD"]
    assert told[0].endswith(f"攻击的 AUC {numbers['few_auc']:.3f}")


def test_main_trains_once_for_each_noise(ran: Ran, few: Mnist, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SETTINGS.items():
        monkeypatch.setattr(lab, name, value)
    (x, y), (x_test, y_test) = few
    images, rates = scale(flatten(x)), {None: 1.0, 1.0: 8.0, 2.0: 4.0, 4.0: 1.0, 0.0: 8.0}
    training, validation = lab.part(images, y, 0)
    trained = [lab.train(*training, noise, rate, 0) for noise, rate in rates.items()]
    assert ran.numbers == lab.memorise(training, validation, 0) | {
        "noise": [None, 1, 2, 4, 0],
        "epsilon": [lab.epsilon(noise, 1500) for noise in rates],
        "learning_rate": [1, 8, 4, 1, 8],
        "validation_accuracy": [accuracy(layers, *validation) for layers in trained],
        "test_accuracy": [accuracy(layers, scale(flatten(x_test)), y_test) for layers in trained],
        "auc": [lab.attack(layers, training, validation) for layers in trained],
    }
    assert ran.numbers["epsilon"][0] is ran.numbers["epsilon"][4] is None
    assert ran.numbers["epsilon"][1] > ran.numbers["epsilon"][2] > ran.numbers["epsilon"][3] > 0


def test_main_prints_what_privacy_costs(ran: Ran) -> None:
    values, found = ran.numbers["test_accuracy"], ran.numbers["auc"]
    expected = [f"普通训练：测试准确率 {values[0]:.2%}，攻击的 AUC {found[0]:.3f}"]
    for place, (noise, spent) in enumerate(zip((1, 2, 4), ran.numbers["epsilon"][1:4], strict=True), start=1):
        cost = f"测试准确率 {values[place]:.2%}，攻击的 AUC {found[place]:.3f}"
        expected.append(f"噪声倍数 {noise}，ε = {spent:.2f}：{cost}")
    expected.append(f"只裁剪，不加噪声：测试准确率 {values[4]:.2%}，攻击的 AUC {found[4]:.3f}")
    assert ran.lines[:5] == expected
    assert len(ran.lines) == 7

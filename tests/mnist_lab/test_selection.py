"""Selection: the split, stopping early, the search, the paired comparison against what can be computed by hand."""

import itertools
import math
import warnings

import numpy as np
import pytest
from ran import Mnist, Ran

from mnist_lab import selection as lab
from mnist_lab.data import flatten, scale

Pairs = tuple[lab.Pair, lab.Pair]
SETTINGS = {
    "VALIDATION": 500,
    "LONGEST": 4,
    "WIDTHS": (8, 32),
    "RATES": (0.0005, 0.008),
    "OVERFITTED": lab.Settings(32, 0.008, 4),
}


@pytest.fixture(scope="module")
def pairs(few: Mnist) -> Pairs:
    (images, labels), _ = few
    return lab.split(scale(flatten(images)), labels, 500, np.random.default_rng(0))


def test_split_parts_all_images_and_no_image_is_on_both_sides() -> None:
    images, labels = np.arange(50)[:, np.newaxis], np.arange(50) * 2
    (x, y), (held, held_labels) = lab.split(images, labels, 20, np.random.default_rng(1))
    assert (len(x), len(held)) == (30, 20)
    assert sorted([*x[:, 0].tolist(), *held[:, 0].tolist()]) == list(range(50))
    assert (y == 2 * x[:, 0]).all()
    assert (held_labels == 2 * held[:, 0]).all()
    assert held[:, 0].tolist() != sorted(held[:, 0].tolist())
    again = lab.split(images, labels, 20, np.random.default_rng(1))
    assert (again[1][0] == held).all()


@pytest.mark.parametrize("count", [0, -1, 50, 60])
def test_split_refuses_to_leave_a_side_empty(count: int) -> None:
    with pytest.raises(ValueError, match=rf"见到 {count}；应在 1 与 49 之间；请改 VALIDATION"):
        lab.split(np.zeros((50, 1)), np.zeros(50), count, np.random.default_rng(0))


def test_fit_without_stopping_runs_to_the_end_and_measures_validation_each_time(pairs: Pairs) -> None:
    model, history = lab.fit(lab.Settings(8, 0.002, 3), *pairs, stop_early=False, seed=0)
    assert {"loss", "val_loss", "val_accuracy"} <= history.keys()
    assert [len(values) for values in history.values()] == [3] * len(history)
    assert history["val_accuracy"][-1] == pytest.approx(lab.right(model, *pairs[1]).mean(), abs=1e-6)
    assert model.count_params() == 784 * 8 + 8 + 8 * 10 + 10
    assert model.optimizer.learning_rate.numpy() == pytest.approx(0.002)


def test_fit_stops_early_and_gives_back_the_best_weights(pairs: Pairs) -> None:
    model, history = lab.fit(lab.Settings(64, 0.1, 30), *pairs, stop_early=True, seed=0)
    losses = history["val_loss"]
    assert len(losses) < 30
    assert int(np.argmin(losses)) == len(losses) - 1 - lab.PATIENCE
    assert model.evaluate(*pairs[1], batch_size=1000, verbose=0)[0] == pytest.approx(min(losses), rel=1e-5)


def test_stopping_early_without_validation_is_what_keras_warns_of(pairs: Pairs) -> None:
    model, _ = lab.fit(lab.Settings(8, 0.002, 1), *pairs, stop_early=False, seed=0)
    stop = lab.keras.callbacks.EarlyStopping("val_loss")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(*pairs[0], epochs=1, verbose=0, callbacks=[stop])
    assert any("`val_loss` which is not available" in str(warning.message) for warning in caught)


def test_search_keeps_the_network_with_the_highest_validation_accuracy(
    pairs: Pairs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in SETTINGS.items():
        monkeypatch.setattr(lab, name, value)
    best, found = lab.search(*pairs, 0)
    assert list(zip(found["width"], found["rate"], strict=True)) == list(itertools.product((8, 32), (0.0005, 0.008)))
    assert lab.right(best, *pairs[1]).mean() == max(found["validation"])
    assert best.count_params() == 795 * found["width"][int(np.argmax(found["validation"]))] + 10
    assert all(1 <= epochs <= 4 for epochs in found["epochs"])
    printed = capsys.readouterr().out.splitlines()
    assert printed[3] == (f"宽  32，学习率 0.0080：{found['epochs'][3]:2d} 个轮次，验证准确率 {found['validation'][3]:.2%}")
    assert len(printed) == 4


def test_right_compares_with_the_labels() -> None:
    identity = lab.keras.Sequential([lab.keras.Input((10,)), lab.keras.layers.Activation("linear")])
    assert lab.right(identity, np.eye(10, dtype=np.float32)[[3, 4, 5]], np.array([3, 4, 6])).tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("first", "second", "p"), [(0, 0, 1.0), (5, 5, 1.0), (0, 5, 2 / 32), (5, 0, 2 / 32), (1, 5, 14 / 64), (2, 1, 1.0)]
)
def test_mcnemar_by_hand(first: int, second: int, p: float) -> None:
    assert lab.mcnemar(first, second) == pytest.approx(p)


def test_mcnemar_of_many_is_near_the_normal_approximation() -> None:
    z = (abs(130 - 90) - 1) / math.sqrt(220)
    assert lab.mcnemar(130, 90) == pytest.approx(math.erfc(z / math.sqrt(2)), rel=0.02)


def test_bootstrap_equals_drawing_the_images_themselves() -> None:
    differences = np.repeat([1, -1, 0], [60, 20, 920])
    rng = np.random.default_rng(2)
    means = rng.choice(differences, (4000, 1000)).mean(axis=1)
    found = lab.bootstrap(60, 20, 1000, np.random.default_rng(3))
    assert found == pytest.approx(np.percentile(means, [2.5, 97.5]), abs=0.0021)  # twice the grain
    assert found[0] < 0.04 < found[1]


def test_judge_counts_pairs(capsys: pytest.CaptureFixture[str]) -> None:
    first = np.array([True, True, True, True, False, False, True, True])
    second = np.array([True, False, False, False, True, False, True, True])
    verdict = lab.judge(first, second, np.random.default_rng(0))
    low, high = lab.bootstrap(3, 1, 8, np.random.default_rng(0))
    assert verdict == {
        "chosen_accuracy": 6 / 8,
        "plain_accuracy": 4 / 8,
        "only_chosen": 3,
        "only_plain": 1,
        "log10_p": pytest.approx(math.log10(10 / 16)),
        "low": low,
        "high": high,
    }
    expected = "测试集：选出的 75.00%，对照 50.00%；只有前者认对 3 张，只有后者认对 1 张，p = 0.62\n"
    assert capsys.readouterr().out == expected


def test_main_opens_the_test_set_once_and_after_choosing(
    ran: Ran, few: Mnist, pairs: Pairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SETTINGS.items():
        monkeypatch.setattr(lab, name, value)
    (_, _), (x_test, y_test) = few
    test = scale(flatten(x_test)), y_test
    chosen, found = lab.search(*pairs, 0)
    plain, _ = lab.fit(lab.PLAIN, *pairs, stop_early=False, seed=0)
    numbers = ran.numbers
    assert numbers["validation"] == found["validation"]
    assert numbers["epochs"] == found["epochs"]
    assert numbers["best_validation"] == max(found["validation"])
    best = int(np.argmax(found["validation"]))
    assert (numbers["chosen_width"], numbers["chosen_rate"]) == (found["width"][best], found["rate"][best])
    assert numbers["chosen_accuracy"] == lab.right(chosen, *test).mean()
    assert numbers["plain_accuracy"] == lab.right(plain, *test).mean()
    assert numbers["lowest_val_loss"] == numbers["val_loss"][numbers["lowest_epoch"] - 1] == min(numbers["val_loss"])
    assert len(numbers["loss"]) == len(numbers["val_accuracy"]) == 4
    assert [line.split("：")[0] for line in ran.lines][-1] == "测试集"
    assert ran.lines[0].startswith("不停地学 4 个轮次：训练损失 ")
    assert len(ran.lines) == 6


def test_settings_are_those_the_page_tells() -> None:
    assert (lab.VALIDATION, lab.BATCH_SIZE, lab.LONGEST, lab.PATIENCE) == (10000, 512, 10, 2)
    assert (lab.WIDTHS, lab.RATES) == ((32, 128), (0.0002, 0.002, 0.02))
    assert lab.Settings(128, 0.001, 5) == lab.PLAIN
    assert lab.Settings(128, 0.01, 12) == lab.OVERFITTED
    assert (lab.LEVEL, lab.RESAMPLES) == (0.95, 10000)

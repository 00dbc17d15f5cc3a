"""Learning in instalments: the loop, the file between two sessions, forgetting and replay."""

from pathlib import Path

import numpy as np
import pytest
from ran import Mnist, Pair, Ran

from mnist_lab import incremental as lab
from mnist_lab.data import flatten, scale
from mnist_lab.network import Layer, accuracy, adam, gradients, initialise, zero_averages

# Of the settings of `main`
SETTINGS = {"REPLAYED": (0, 10, 50, 250), "INTERRUPTED": 300}


@pytest.fixture(scope="module")
def training(mnist: Mnist) -> Pair:
    """6,000 real images, (6000, 784), and their labels: enough old digits for the largest replay."""
    return scale(flatten(mnist[0][0][:6000])), mnist[0][1][:6000]


@pytest.fixture(scope="module")
def held_out(mnist: Mnist) -> Pair:
    return scale(flatten(mnist[1][0])), mnist[1][1]


def assert_same(first: list[Layer], second: list[Layer]) -> None:
    for ours, theirs in zip(first, second, strict=True):
        for a, b in zip(ours, theirs, strict=True):
            assert a.dtype == b.dtype == np.float32
            np.testing.assert_array_equal(a, b)


def fresh(seed: int) -> list[Layer]:
    return initialise((784, 128, 10), np.random.default_rng(seed))


def test_settings_are_those_the_page_tells() -> None:
    assert (lab.SIZES, lab.EPOCHS, lab.BATCH_SIZE, lab.LEARNING_RATE) == ((784, 128, 10), 3, 100, 0.001)
    assert (lab.REPLAYED, lab.PARTS, lab.INTERRUPTED) == ((0, 100, 500, 2500), 6, 10000)


@pytest.mark.parametrize("count", [200, 250])
def test_learn_is_the_loop_it_says(count: int, training: Pair) -> None:
    images, labels = training[0][:count], training[1][:count]
    layers, expected = fresh(1), fresh(1)
    arrays = [array for layer in layers for array in layer]
    lab.learn(layers, images, labels, np.random.default_rng(2))
    rng, averages, step = np.random.default_rng(2), zero_averages(expected), 0
    for _ in range(3):
        order = rng.permutation(count)
        for start in range(0, count, 100):
            chosen = order[start : start + 100]
            step += 1
            adam(expected, gradients(expected, images[chosen], labels[chosen]), averages, step=step, rate=0.001)
    assert_same(layers, expected)
    assert all(array is kept for array, kept in zip((array for layer in layers for array in layer), arrays, strict=False))


def test_a_file_gives_back_the_same_network(tmp_path: Path) -> None:
    layers = initialise((784, 32, 16, 10), np.random.default_rng(0))
    for number, (_, bias) in enumerate(layers):
        bias += number + 1
    lab.save(layers, tmp_path / "network.npz")
    loaded = lab.load(tmp_path / "network.npz")
    assert [type(layer) for layer in loaded] == [tuple] * 3
    assert_same(loaded, layers)


def test_learning_on_from_the_file_equals_learning_without_a_break(training: Pair, tmp_path: Path) -> None:
    layers = fresh(1)
    lab.learn(layers, *training, np.random.default_rng(2))
    lab.save(layers, tmp_path / "network.npz")
    lab.learn(layers, *training, np.random.default_rng(3))
    loaded = lab.load(tmp_path / "network.npz")
    lab.learn(loaded, *training, np.random.default_rng(3))
    assert_same(loaded, layers)


def test_pickles_are_not_opened(tmp_path: Path) -> None:
    np.savez(tmp_path / "bad.npz", np.array([{}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle"):
        lab.load(tmp_path / "bad.npz")


def test_evaluate_by_hand() -> None:
    assert lab.is_old(np.arange(10)).tolist() == [True] * 5 + [False] * 5
    layers = [(np.eye(10), np.zeros(10))]  # predicts the place of the one
    labels = np.array([0, 4, 4, 4, 5, 9, 9, 9, 9])
    guesses = np.array([0, 4, 4, 5, 5, 9, 0, 0, 0])  # 3 of 4 old ones right, 2 of 5 new ones
    assert lab.evaluate(layers, np.eye(10)[guesses], labels) == {
        "old": 3 / 4,
        "within": 3 / 4,
        "new": 2 / 5,
        "all": 5 / 9,
    }


def test_within_the_old_digits_what_the_new_ones_outshout_counts_again() -> None:
    layers = [(np.eye(10), np.zeros(10))]
    scores = np.zeros((3, 10))
    scores[:, 7] = 5  # the new digit wins among ten
    scores[[0, 1, 2], [2, 4, 1]] = 1
    labels = np.array([2, 4, 3])
    assert accuracy(layers, scores, labels) == 0
    assert lab.accuracy_within(layers, scores, labels) == 2 / 3


def state_of(seed: int = 1) -> lab.State:
    return lab.new_state(seed)


def test_learning_on_is_learning(training: Pair) -> None:
    images, labels = training[0][:250], training[1][:250]
    state, rng = state_of(), np.random.default_rng(1)
    layers = initialise(lab.SIZES, rng)
    assert_same(state.layers, layers)
    lab.learn(layers, images, labels, rng)
    lab.learn_on(state, images, labels, lab.EPOCHS)
    assert_same(state.layers, layers)
    assert state.step == 9


def test_a_state_comes_back_whole(training: Pair, tmp_path: Path) -> None:
    state = state_of()
    lab.learn_on(state, training[0][:250], training[1][:250], 1)
    lab.save_state(state, tmp_path / "state.npz")
    loaded = lab.load_state(tmp_path / "state.npz")
    assert_same(loaded.layers, state.layers)
    assert_same(loaded.averages, state.averages)
    assert loaded.step == state.step == 3
    assert loaded.rng.random(5).tolist() == state.rng.random(5).tolist()


def test_resuming_equals_never_having_stopped(
    training: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    found = lab.interrupt(training[0][:300], training[1][:300], 3)
    assert found["resumed_difference"] == 0
    assert found["careless_difference"] > 1e-4
    whole, careless = state_of(3), state_of(3)
    lab.learn_on(whole, training[0][:300], training[1][:300], 3)
    careless.layers = lab.load_state(tmp_path / "interrupted.npz").layers
    lab.learn_on(careless, training[0][:300], training[1][:300], 2)
    assert found["careless_difference"] == lab.largest_difference(careless.layers, whole.layers)
    assert capsys.readouterr().out == (
        f"中断之后接着学，与不中断的参数最多差 0；只读回参数，最多差 {found['careless_difference']:.3f}\n"
    )


def test_largest_difference_looks_everywhere() -> None:
    first, second = fresh(1), fresh(1)
    assert lab.largest_difference(first, second) == 0
    second[1][1][3] = -0.25
    assert lab.largest_difference(first, second) == 0.25


def test_parameters_alone_are_no_state(tmp_path: Path) -> None:
    lab.save(fresh(1), tmp_path / "network.npz")
    with pytest.raises(ValueError, match=r"network\.npz：不是训练到一半的状态；见到 .*；应有 step 与 generator；.*请从头训练"):
        lab.load_state(tmp_path / "network.npz")


@pytest.mark.parametrize("replayed", [0, 1, 100])
def test_choose_takes_all_new_digits_and_some_old_ones(replayed: int, training: Pair) -> None:
    labels = training[1]
    chosen = lab.choose(labels, replayed, np.random.default_rng(4))
    new, old = np.flatnonzero(labels >= 5), np.flatnonzero(labels < 5)
    np.testing.assert_array_equal(chosen[: len(new)], new)
    assert len(chosen) == len(new) + replayed == len(set(chosen.tolist()))
    np.testing.assert_array_equal(chosen[len(new) :], np.random.default_rng(4).choice(old, replayed, replace=False))


def test_every_replay_starts_from_the_file(
    training: Pair, held_out: Pair, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layers = fresh(1)
    old = training[1] < 5
    lab.learn(layers, training[0][old], training[1][old], np.random.default_rng(2))
    lab.save(layers, tmp_path / "network.npz")
    results = lab.continue_with_replay(tmp_path / "network.npz", training, held_out, np.random.default_rng(5))
    printed = capsys.readouterr().out.splitlines()
    assert list(results) == ["old", "within", "new", "all"]
    assert len(printed) == 4
    rng = np.random.default_rng(5)
    for number, replayed in enumerate((0, 100, 500, 2500)):
        expected = lab.load(tmp_path / "network.npz")
        chosen = lab.choose(training[1], replayed, rng)
        lab.learn(expected, training[0][chosen], training[1][chosen], rng)
        assert {key: values[number] for key, values in results.items()} == (after := lab.evaluate(expected, *held_out))
        assert printed[number] == (
            f"接着学 5–9，回放 {replayed:4d} 张：0–4 {after['old']:.2%}，五选一 {after['within']:.2%}，"
            f"5–9 {after['new']:.2%}，全部 {after['all']:.2%}"
        )
    assert [len(values) for values in results.values()] == [4, 4, 4, 4]
    assert results["old"][0] < 0.05 < 0.5 < results["old"][3]


def test_parts_are_learnt_one_after_another(training: Pair, held_out: Pair) -> None:
    few = training[0][:600], training[1][:600]
    found = lab.learn_in_parts(few, held_out, np.random.default_rng(6))
    rng = np.random.default_rng(6)
    layers, expected = initialise((784, 128, 10), rng), []
    for start in range(0, 600, 100):
        lab.learn(layers, few[0][start : start + 100], few[1][start : start + 100], rng)
        expected.append(accuracy(layers, *held_out))
    assert found == expected
    assert len(found) == 6


def test_main_learns_in_two_sessions_and_in_parts(ran: Ran, few: Mnist, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "REPLAYED", SETTINGS["REPLAYED"])
    (x, labels), (x_test, y_test) = few
    training, test = (scale(flatten(x)), labels), (scale(flatten(x_test)), y_test)
    rng = np.random.default_rng(0)
    first, old = initialise(lab.SIZES, rng), labels < 5
    lab.learn(first, training[0][old], labels[old], rng)
    saved = lab.load(ran.folder / "digits-0-4.npz")
    assert_same(saved, first)
    replays = lab.continue_with_replay(ran.folder / "digits-0-4.npz", training, test, rng)
    parts = lab.learn_in_parts(training, test, rng)
    whole = initialise(lab.SIZES, rng)
    lab.learn(whole, *training, rng)
    evaluated, retrained = lab.evaluate(first, *test), accuracy(whole, *test)
    before, within = evaluated["old"], evaluated["within"]
    differences = {key: ran.numbers[key] for key in ("resumed_difference", "careless_difference")}
    assert differences["resumed_difference"] == 0 < differences["careless_difference"]
    assert ran.numbers == differences | {
        "before_old": before,
        "before_within": within,
        "within_unreplayed": replays["within"][0],
        "replayed": [0, 10, 50, 250],
        **replays,
        "parts": parts,
        "retrained": retrained,
    }
    assert lab.evaluate(saved, *test)["new"] == 0  # it has not seen them
    assert ran.lines[0] == f"只学过 0–4（{old.sum():,} 张）：0–4 的准确率 {before:.2%}，五选一 {within:.2%}"
    assert ran.lines[4].startswith("接着学 5–9，回放  250 张：")
    assert ran.lines[5:] == [
        "同分布的各份依次学：" + "，".join(f"{value:.2%}" for value in parts),
        f"全部数据一起重新训练：{retrained:.2%}",
        f"中断之后接着学，与不中断的参数最多差 0；只读回参数，最多差 {differences['careless_difference']:.3f}",
    ]

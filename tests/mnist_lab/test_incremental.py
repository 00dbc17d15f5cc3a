"""Learning in instalments: the loop, the file between two sessions, forgetting and replay."""

import contextlib
import io
import os
import runpy
from pathlib import Path

import numpy as np
import pytest

from mnist_lab import incremental as lab
from mnist_lab.data import flatten, scale
from mnist_lab.network import Adam, accuracy, gradients, initialise

NPZ = Path(__file__).resolve().parents[2] / "docs" / "downloads" / "mnist.npz"


@pytest.fixture(scope="module")
def training(mnist: tuple) -> tuple[np.ndarray, np.ndarray]:
    """6,000 real images, (6000, 784), and their labels: enough old digits for the largest replay."""
    return scale(flatten(mnist[0][0][:6000])), mnist[0][1][:6000]


@pytest.fixture(scope="module")
def held_out(mnist: tuple) -> tuple[np.ndarray, np.ndarray]:
    return scale(flatten(mnist[1][0])), mnist[1][1]


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, list[str], Path]:
    """What the program gives and prints, run as a reader runs it, and its folder."""
    folder = tmp_path_factory.mktemp("incremental")
    (folder / "mnist.npz").symlink_to(NPZ)
    printed = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(printed):
        names = runpy.run_path(lab.__file__, run_name="__main__")
    return names["results"], printed.getvalue().splitlines(), folder


def assert_same(first: list, second: list) -> None:
    for ours, theirs in zip(first, second, strict=True):
        for a, b in zip(ours, theirs, strict=True):
            assert a.dtype == b.dtype == np.float32
            np.testing.assert_array_equal(a, b)


def fresh(seed: int) -> list:
    return initialise((784, 128, 10), np.random.default_rng(seed))


def test_one_thread_unless_the_environment_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    runpy.run_path(lab.__file__)
    assert os.environ["OPENBLAS_NUM_THREADS"] == "3"
    monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    runpy.run_path(lab.__file__)
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"


def test_settings_are_those_the_page_tells() -> None:
    assert (lab.SIZES, lab.EPOCHS, lab.BATCH_SIZE, lab.LEARNING_RATE) == ((784, 128, 10), 3, 100, 0.001)
    assert (lab.REPLAYED, lab.PARTS) == ((0, 100, 500, 2500), 6)


@pytest.mark.parametrize("count", [200, 250])
def test_learn_is_the_loop_it_says(count: int, training: tuple) -> None:
    images, labels = training[0][:count], training[1][:count]
    layers, expected = fresh(1), fresh(1)
    arrays = [array for layer in layers for array in layer]
    lab.learn(layers, images, labels, np.random.default_rng(2))
    rng, optimizer = np.random.default_rng(2), Adam(expected, 0.001)
    for _ in range(3):
        order = rng.permutation(count)
        for start in range(0, count, 100):
            chosen = order[start : start + 100]
            optimizer.update(gradients(expected, images[chosen], labels[chosen]))
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


def test_learning_on_from_the_file_equals_learning_without_a_break(training: tuple, tmp_path: Path) -> None:
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
    assert lab.evaluate(layers, np.eye(10)[guesses], labels) == {"old": 3 / 4, "new": 2 / 5, "all": 5 / 9}


@pytest.mark.parametrize("replayed", [0, 1, 100])
def test_choose_takes_all_new_digits_and_some_old_ones(replayed: int, training: tuple) -> None:
    labels = training[1]
    chosen = lab.choose(labels, replayed, np.random.default_rng(4))
    new, old = np.flatnonzero(labels >= 5), np.flatnonzero(labels < 5)
    np.testing.assert_array_equal(chosen[: len(new)], new)
    assert len(chosen) == len(new) + replayed == len(set(chosen.tolist()))
    np.testing.assert_array_equal(chosen[len(new) :], np.random.default_rng(4).choice(old, replayed, replace=False))


def test_every_replay_starts_from_the_file(training: tuple, held_out: tuple, tmp_path: Path, capsys) -> None:
    layers = fresh(1)
    old = training[1] < 5
    lab.learn(layers, training[0][old], training[1][old], np.random.default_rng(2))
    lab.save(layers, tmp_path / "network.npz")
    results = lab.continue_with_replay(tmp_path / "network.npz", training, held_out, np.random.default_rng(5))
    printed = capsys.readouterr().out.splitlines()
    assert list(results) == ["old", "new", "all"]
    assert len(printed) == 4
    rng = np.random.default_rng(5)
    for number, replayed in enumerate((0, 100, 500, 2500)):
        expected = lab.load(tmp_path / "network.npz")
        chosen = lab.choose(training[1], replayed, rng)
        lab.learn(expected, training[0][chosen], training[1][chosen], rng)
        assert {key: values[number] for key, values in results.items()} == (after := lab.evaluate(expected, *held_out))
        assert printed[number] == (
            f"接着学 5–9，回放 {replayed:4d} 张：0–4 {after['old']:.2%}，5–9 {after['new']:.2%}，全部 {after['all']:.2%}"
        )
    assert [len(values) for values in results.values()] == [4, 4, 4]
    assert results["old"][0] < 0.05 < 0.5 < results["old"][3]


def test_parts_are_learnt_one_after_another(training: tuple, held_out: tuple) -> None:
    few = training[0][:600], training[1][:600]
    found = lab.learn_in_parts(few, held_out, np.random.default_rng(6))
    rng = np.random.default_rng(6)
    layers, expected = initialise((784, 128, 10), rng), []
    for start in range(0, 600, 100):
        lab.learn(layers, few[0][start : start + 100], few[1][start : start + 100], rng)
        expected.append(accuracy(layers, *held_out))
    assert found == expected
    assert len(found) == 6


def test_the_program_forgets_and_replay_helps(result: tuple, held_out: tuple) -> None:
    numbers, printed, folder = result
    assert numbers["before_old"] > 0.98
    assert numbers["replayed"] == [0, 100, 500, 2500]
    assert numbers["old"][0] < 0.02
    assert min(numbers["new"]) > 0.95
    assert numbers["old"] == sorted(numbers["old"])
    assert 0.8 < numbers["old"][3] < numbers["before_old"]
    assert numbers["all"] == sorted(numbers["all"])
    assert numbers["all"][3] < numbers["retrained"]
    saved = lab.load(folder / "digits-0-4.npz")
    old = held_out[1] < 5
    assert accuracy(saved, held_out[0][old], held_out[1][old]) == numbers["before_old"]
    assert accuracy(saved, held_out[0][~old], held_out[1][~old]) == 0
    assert printed[0] == f"只学过 0–4（30,596 张）：0–4 的准确率 {numbers['before_old']:.2%}"
    assert printed[4].startswith("接着学 5–9，回放 2500 张：")
    assert len(printed) == 7


def test_the_program_does_not_forget_where_the_digits_stay_the_same(result: tuple) -> None:
    numbers, printed, _ = result
    assert len(numbers["parts"]) == 6
    assert 0.9 < numbers["parts"][0] < 0.94
    assert min(later - earlier for earlier, later in zip(numbers["parts"], numbers["parts"][1:], strict=False)) > -0.005
    assert numbers["parts"][5] > 0.955
    assert 0.96 < numbers["retrained"] < 0.98
    assert 0 < numbers["retrained"] - numbers["parts"][5] < 0.015
    assert printed[5] == "同分布的各份依次学：" + "，".join(f"{value:.2%}" for value in numbers["parts"])
    assert printed[6] == f"全部数据一起重新训练：{numbers['retrained']:.2%}"


@pytest.mark.usefixtures("result")  # so that it counts as a test of main
def test_a_reader_gets_the_first_seed() -> None:
    assert lab.main.__defaults__ == (0,)

"""Data parallelism: the sum of the shares is the whole gradient, any number of processes learns the same, a death is told."""

import multiprocessing
import threading
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import pytest
from ran import Mnist, Pair, Ran

from mnist_lab import distributed as lab
from mnist_lab.data import flatten, scale
from mnist_lab.network import Layer, accuracy, gradients, initialise

# Double precision, another order of sums, four updates: rounding only
ROUNDING = 1e-13


@pytest.fixture(scope="module")
def small(mnist: Mnist) -> Pair:
    """Four batches of real images: (1000, 784) uint8 and their labels."""
    return flatten(mnist[0][0][:1000]), mnist[0][1][:1000]


@pytest.fixture(scope="module")
def alone(small: Pair) -> list[Layer]:
    return lab.train_alone(*small, seed=3)


class Loopback:
    """A pipe for a worker that is alone: the sum of the contributions is its own."""

    def __init__(self) -> None:
        self.sent: list[list[Layer]] = []

    def send(self, item: list[Layer]) -> None:
        self.sent.append(item)

    def recv(self) -> list[Layer]:
        return self.sent[-1]


def assert_same(first: list[Layer], second: list[Layer], *, within: float = 0.0) -> None:
    assert len(first) == len(second) == 2
    for ours, theirs in zip(first, second, strict=True):
        for a, b in zip(ours, theirs, strict=True):
            assert a.dtype == b.dtype == np.float64
            np.testing.assert_allclose(a, b, rtol=0, atol=within)


def test_the_network_and_the_batches_are_those_the_page_tells() -> None:
    assert (lab.SIZES, lab.BATCH_SIZE, lab.LEARNING_RATE) == ((784, 128, 10), 250, 0.5)
    assert [part.shape for part in lab.split_batches(60_000, 3, 0)] == [(240, 84), (240, 83), (240, 83)]


def test_split_batches_deals_each_batch_out_in_the_same_order() -> None:
    order = np.random.default_rng(7).permutation(1000).reshape(4, 250)
    for workers, widths in ((1, [250]), (2, [125, 125]), (3, [84, 83, 83])):
        parts = lab.split_batches(1000, workers, 7)
        assert [part.shape for part in parts] == [(4, width) for width in widths]
        np.testing.assert_array_equal(np.concatenate(parts, axis=1), order)


def test_contributions_of_unequal_shares_add_up_to_the_whole_gradient(small: Pair) -> None:
    images, labels = scale(small[0][:250]), small[1][:250]
    layers = initialise((784, 128, 10), np.random.default_rng(0), np.float64)
    whole = gradients(layers, images, labels)
    for workers in (1, 2, 3):
        shares = np.array_split(np.arange(250), workers)
        contributions = [lab.contribution(layers, images[share], labels[share]) for share in shares]
        assert_same(lab.add(contributions), whole, within=1e-16 * 10)
    # the mean of the shares' means is another vector: shares of 84, 83 and 83 images do not weigh the same
    means = lab.add([gradients(layers, images[share], labels[share]) for share in shares])
    assert max(np.abs(mean / 3 - right).max() for mean, right in zip(means[0], whole[0], strict=False)) > 1e-6


def test_a_contribution_is_the_mean_gradient_times_the_share(small: Pair) -> None:
    images, labels = scale(small[0][:50]), small[1][:50]
    layers = initialise((784, 128, 10), np.random.default_rng(0), np.float64)
    mean = gradients(layers, images, labels)
    assert_same(lab.contribution(layers, images, labels), [(weights / 5, bias / 5) for weights, bias in mean], within=1e-16)


def test_add_and_descend_by_hand() -> None:
    def layer(first: float, second: float) -> tuple[np.ndarray, np.ndarray]:
        return np.array([[first]]), np.array([second])

    total = lab.add([[layer(1, 2), layer(3, 4)], [layer(10, 20), layer(30, 40)], [layer(100, 200), layer(300, 400)]])
    assert [(float(weights[0, 0]), float(bias[0])) for weights, bias in total] == [(111, 222), (333, 444)]
    layers = [layer(1.0, 2.0), layer(3.0, 4.0)]
    before = [array for pair in layers for array in pair]
    lab.descend(layers, [layer(2, 4), layer(-2, 8)])
    assert [(float(weights[0, 0]), float(bias[0])) for weights, bias in layers] == [(0, 0), (4, 0)]
    assert all(array is kept for array, kept in zip((array for pair in layers for array in pair), before, strict=False))


def test_train_alone_is_the_loop_it_says(small: Pair, alone: list[Layer]) -> None:
    images, labels = small
    rng = np.random.default_rng(3)
    layers = initialise((784, 128, 10), np.random.default_rng(3), np.float64)
    for chosen in rng.permutation(1000).reshape(4, 250):
        slopes = gradients(layers, images[chosen].astype(np.float32) / 255, labels[chosen])
        layers = [(weights - 0.5 * dw, bias - 0.5 * db) for (weights, bias), (dw, db) in zip(layers, slopes, strict=False)]
    assert_same(alone, layers)


def test_work_in_this_process_equals_the_worker_process(small: Pair, alone: list[Layer]) -> None:
    """The twin: the body that runs in a child, run here, gives what the child gave."""
    (part,) = lab.split_batches(1000, 1, 3)
    pipe: Any = Loopback()
    lab.work(pipe, small[0][part], small[1][part], seed=3)
    assert len(pipe.sent) == 5
    assert_same(pipe.sent[-1], alone)
    (replica,) = lab.train(*small, 1, seed=3)
    assert_same(replica, pipe.sent[-1], within=ROUNDING)


def test_work_in_two_threads_equals_two_worker_processes(small: Pair, alone: list[Layer]) -> None:
    threads = []
    pipes: list[Any] = []
    for part in lab.split_batches(1000, 2, 3):
        here, there = multiprocessing.Pipe()
        threads.append(threading.Thread(target=lab.work, args=(there, small[0][part], small[1][part], 3)))
        threads[-1].start()
        pipes.append((None, here))
    twins = lab.supervise(pipes, steps=4)
    for thread in threads:
        thread.join()
    replicas = lab.train(*small, 2, seed=3)
    for twin, replica in zip(twins, replicas, strict=True):
        assert_same(twin, twins[0])
        assert_same(replica, replicas[0])
        assert_same(twin, replica, within=ROUNDING)
        assert_same(twin, alone, within=ROUNDING)


def test_three_workers_end_with_the_same_parameters_and_are_gone(small: Pair, alone: list[Layer]) -> None:
    replicas = lab.train(*small, 3, seed=3)
    assert len(replicas) == 3
    for replica in replicas:
        assert_same(replica, replicas[0])
        assert_same(replica, alone, within=ROUNDING)
    assert multiprocessing.active_children() == []


def test_a_killed_worker_is_named_and_the_others_are_stopped(small: Pair) -> None:
    started = lab.start_workers(*small, 2, seed=3)
    processes = [process for process, _ in started]
    processes[0].kill()
    with pytest.raises(lab.WorkerDied) as caught:
        lab.supervise(started, steps=4)
    code = processes[0].exitcode
    assert code not in (None, 0)
    assert str(caught.value) == f"工作进程 0 的退出码是 {code}；应为训练完才退出；其余进程已经停下，请重新训练"
    assert isinstance(caught.value.__cause__, (EOFError, OSError))
    assert [process.is_alive() for process in processes] == [False, False]
    assert [type(process).__name__ for process in processes] == ["SpawnProcess"] * 2
    assert [(process.name, process.daemon) for process in processes] == [("工作进程 0", True), ("工作进程 1", True)]


class Recording:
    """A context that keeps the pipes that it made."""

    def __init__(self, method: str) -> None:
        self.context = multiprocessing.get_context(method)
        self.pipes: list[tuple[Connection, Connection]] = []

    def Pipe(self) -> tuple[Connection, Connection]:
        self.pipes.append(self.context.Pipe())
        return self.pipes[-1]

    def __getattr__(self, name: str) -> object:
        return getattr(self.context, name)


def test_the_supervisor_keeps_its_own_ends_of_the_pipes_only(small: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    context = Recording("spawn")
    monkeypatch.setattr(lab.multiprocessing, "get_context", lambda method: context)
    started = lab.start_workers(*small, 2, seed=3)
    ends = [(here.closed, there.closed) for here, there in context.pipes]
    lab.supervise(started, steps=4)
    assert ends == [(False, True), (False, True)]


def test_workers_that_end_too_early_are_named(small: Pair) -> None:
    started = lab.start_workers(*small, 1, seed=3)
    with pytest.raises(lab.WorkerDied, match=r"^工作进程 0 的退出码是 0；"):
        lab.supervise(started, steps=6)


def test_the_rehearsal_prints_what_the_supervisor_says(
    small: Pair, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[tuple[int, int] | int] = []
    start, supervise = lab.start_workers, lab.supervise

    def start_spy(images: np.ndarray, labels: np.ndarray, workers: int, seed: int) -> list[lab.Worker]:
        calls.append((workers, seed))
        return start(images, labels, workers, seed)

    def supervise_spy(started: list[lab.Worker], steps: int) -> list[list[Layer]]:
        calls.append(steps)
        return supervise(started, steps)

    monkeypatch.setattr(lab, "start_workers", start_spy)
    monkeypatch.setattr(lab, "supervise", supervise_spy)
    lab.rehearse_failure(*small, seed=3)
    assert calls == [(2, 3), 1]
    assert capsys.readouterr().out.startswith("演习：工作进程 1 的退出码是 -9；应为训练完才退出；")
    assert multiprocessing.active_children() == []


def test_largest_difference_looks_at_every_parameter() -> None:
    first: list[Layer] = [(np.zeros((2, 2)), np.zeros(2)), (np.zeros((2, 1)), np.zeros(1))]
    for layer, part, place in ((0, 0, (1, 0)), (0, 1, (1,)), (1, 0, (0, 0)), (1, 1, (0,))):
        second = [(weights.copy(), bias.copy()) for weights, bias in first]
        second[layer][part][place] = -0.25
        assert lab.largest_difference(first, second) == lab.largest_difference(second, first) == 0.25
    assert lab.largest_difference(first, first) == 0


def test_compare_by_hand(small: Pair) -> None:
    test = scale(small[0]), small[1]
    alone, first, second = (initialise((784, 128, 10), np.random.default_rng(seed), np.float64) for seed in (0, 1, 2))
    assert lab.compare(alone, [first, second, first], test) == {
        "accuracy": accuracy(first, *test),
        "difference_from_alone": lab.largest_difference(alone, first),
        "difference_between_replicas": lab.largest_difference(first, second),
    }


def test_main_gives_the_same_network_for_one_two_and_three_processes(ran: Ran, few: Mnist) -> None:
    (images, labels), test = few
    trained = lab.train_alone(flatten(images), labels, seed=0)
    expected = accuracy(trained, scale(flatten(test[0])), test[1])
    assert ran.numbers["workers"] == [1, 2, 3]
    assert ran.numbers["alone_accuracy"] == expected > 0.2
    assert ran.numbers["accuracy"] == pytest.approx([expected] * 3, abs=1 / 500)  # one image may lie on the border
    assert len(ran.numbers["difference_from_alone"]) == 3
    assert max(ran.numbers["difference_from_alone"]) < ROUNDING
    assert ran.numbers["difference_between_replicas"] == [0, 0, 0]
    assert ran.numbers["message_bytes"] == 101_770 * 8


def test_main_prints_what_it_found(ran: Ran) -> None:
    numbers = ran.numbers
    expected = [f"独自训练：准确率 {numbers['alone_accuracy']:.2%}"]
    for workers, value, off in zip((1, 2, 3), numbers["accuracy"], numbers["difference_from_alone"], strict=True):
        expected.append(f"{workers} 个进程：准确率 {value:.2%}，参数与独自训练最多差 {off:.0e}，彼此最多差 0e+00")
    assert ran.lines[:4] == expected
    assert len(ran.lines) == 5
    assert ran.lines[4].startswith("演习：工作进程 1 的退出码是 -9；")

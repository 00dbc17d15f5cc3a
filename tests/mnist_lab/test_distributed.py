"""Data parallelism: the sum of the shares is the whole gradient, any number of workers learns the same, a death loses little."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from ran import Mnist, Pair, Ran

from mnist_lab import distributed as lab
from mnist_lab import network
from mnist_lab.data import flatten, scale

SETTINGS = {"IMAGES": 2000, "WORKERS": (2,), "SAVE_EVERY": 2, "DIES_AFTER": 5, "EPOCHS": 2, "DIES_IN": 1}
# Double precision, another order of sums, eight updates: rounding only
ROUNDING = 1e-13
Layers = list[network.Layer]


@pytest.fixture(scope="module", autouse=True)
def double_precision() -> Iterator[None]:
    """Forget the policy that Keras keeps from the first layer of a process, which may have been another lab's in this one."""
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")


@pytest.fixture(scope="module")
def small(few: Mnist) -> Pair:
    """Four batches of real images: (1000, 784) uint8 and their labels."""
    return flatten(few[0][0][:1000]), few[0][1][:1000]


@pytest.fixture(scope="module")
def alone(small: Pair) -> lab.Result:
    return lab.train_alone(*small, seed=3)


@pytest.fixture
def job(tmp_path: Path, small: Pair) -> lab.Job:
    """A job of one worker, whose share is dealt."""
    found = replace(lab.make_job(1, str(tmp_path), 3), save_every=3)
    lab.deal(found, *small)
    return found


@pytest.fixture
def joined(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a worker run in this process: TensorFlow makes a cluster only at its start."""
    monkeypatch.setattr(lab, "join", lambda rank, job: tf.distribute.get_strategy())


def layers_of(arrays: list[np.ndarray]) -> Layers:
    return [(arrays[0], arrays[1]), (arrays[2], arrays[3])]


def assert_same(first: list[np.ndarray], second: list[np.ndarray], *, within: float = 0.0) -> None:
    assert len(first) == len(second) == 4
    for ours, theirs in zip(first, second, strict=True):
        assert ours.dtype == theirs.dtype == np.float64
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=within)


def by_hand(images: np.ndarray, labels: np.ndarray, start: list[np.ndarray]) -> Layers:
    """The same training with the network and the Adam that are written out in NumPy."""
    layers = [(weights.copy(), bias.copy()) for weights, bias in layers_of(start)]
    averages = network.zero_averages(layers)
    for step, chosen in enumerate(np.random.default_rng(3).permutation(1000).reshape(4, 250), 1):
        slopes = network.gradients(layers, scale(images[chosen]), labels[chosen])
        network.adam(layers, slopes, averages, step=step, rate=0.003)
    return layers


def test_the_settings_are_those_the_page_tells() -> None:
    assert (lab.IMAGES, lab.BATCH_SIZE, lab.RATE, lab.WORKERS) == (10_000, 250, 0.003, (1, 2, 4))
    assert 0 < lab.SAVE_EVERY < lab.DIES_AFTER < lab.IMAGES // lab.BATCH_SIZE
    assert 0 < lab.DIES_IN < lab.EPOCHS


def test_split_batches_deals_each_batch_out_in_the_same_order() -> None:
    order = np.random.default_rng(7).permutation(1000).reshape(4, 250)
    for workers, widths in ((1, [250]), (2, [125, 125]), (4, [63, 63, 62, 62])):
        parts = lab.split_batches(1000, workers, 7)
        assert [part.shape for part in parts] == [(4, width) for width in widths]
        np.testing.assert_array_equal(np.concatenate(parts, axis=1), order)


def test_each_worker_is_dealt_its_own_share_only(small: Pair, tmp_path: Path) -> None:
    job = lab.make_job(4, str(tmp_path), 7)
    lab.deal(job, *small)
    for rank, mine in enumerate(lab.split_batches(1000, 4, 7)):
        with np.load(tmp_path / f"share-{rank}.npz") as file:
            np.testing.assert_array_equal(file["images"], small[0][mine])
            np.testing.assert_array_equal(file["labels"], small[1][mine])


def test_contributions_of_unequal_shares_add_up_to_the_whole_gradient(small: Pair) -> None:
    images, labels = scale(small[0][:250]), small[1][:250]
    model, _ = lab.build(0)
    whole = [part for pair in network.gradients(layers_of(model.get_weights()), images, labels) for part in pair]
    for workers in (1, 2, 4):
        shares = np.array_split(np.arange(250), workers)
        parts = [lab.contribution(model, tf.constant(images[share]), tf.constant(labels[share])) for share in shares]
        assert_same([sum(part[place].numpy() for part in parts) for place in range(4)], whole, within=1e-15)
    # the mean of the shares' own means is another vector: shares of 63 and 62 images do not weigh the same
    means = [250 / len(share) * part[0].numpy() / 4 for share, part in zip(shares, parts, strict=True)]
    assert np.abs(sum(means) - whole[0]).max() > 1e-6


def test_whole_gradient_is_the_gradient(small: Pair) -> None:
    images, labels = scale(small[0][:250]), small[1][:250]
    model, _ = lab.build(0)
    expected = network.gradients(layers_of(model.get_weights()), images, labels)
    found = lab.whole_gradient(tf.distribute.get_strategy(), model, images, labels)
    assert_same(found, [part for pair in expected for part in pair], within=1e-15)


def test_build_starts_from_the_seed() -> None:
    first, second, other = lab.build(5)[0], lab.build(5)[0], lab.build(6)[0]
    assert_same(first.get_weights(), second.get_weights())
    assert lab.largest_difference(first.get_weights(), other.get_weights()) > 0.01
    assert [weights.shape for weights in first.get_weights()] == [(784, 128), (128,), (128, 10), (10,)]
    assert first.layers[0].activation is keras.activations.relu
    assert keras.config.epsilon() == 1e-7


def test_train_alone_is_the_loop_written_out_in_numpy(small: Pair, alone: lab.Result) -> None:
    layers = by_hand(*small, start=lab.build(3)[0].get_weights())
    # Keras takes the powers of Adam in single precision
    assert_same(alone.weights, [part for pair in layers for part in pair], within=2e-6)
    assert lab.largest_difference(alone.weights, lab.build(3)[0].get_weights()) > 0.005
    assert alone.start == 0


def test_a_step_taken_without_a_graph_is_the_step(small: Pair) -> None:
    after = []
    for eager in (False, True):
        model, optimizer = lab.build(3)
        step = lab.make_step(tf.distribute.get_strategy(), model, optimizer)
        tf.config.run_functions_eagerly(eager)
        try:
            step(scale(small[0][:250]), small[1][:250])
        finally:
            tf.config.run_functions_eagerly(False)
        after.append(model.get_weights())
    assert_same(*after, within=ROUNDING)


@pytest.mark.usefixtures("joined")
def test_a_worker_gives_what_one_process_gives_and_saves(job: lab.Job, alone: lab.Result) -> None:
    lab.work(0, job)
    found = lab.read_result(Path(job.folder) / "0.npz")
    assert_same(found.weights, alone.weights, within=ROUNDING)
    assert_same(found.gradient, alone.gradient, within=ROUNDING)
    assert found.start == 0
    assert tf.train.latest_checkpoint(job.folder) == str(Path(job.folder) / "ckpt-3")


@pytest.mark.usefixtures("joined")
def test_a_worker_goes_on_from_what_was_saved_bit_for_bit(job: lab.Job) -> None:
    lab.work(0, job)
    whole = lab.read_result(Path(job.folder) / "0.npz")
    lab.work(0, job)
    resumed = lab.read_result(Path(job.folder) / "0.npz")
    assert resumed.start == 3
    assert_same(resumed.weights, whole.weights)
    assert_same(resumed.gradient, whole.gradient)


@pytest.mark.usefixtures("joined")
def test_without_the_state_of_the_optimizer_it_would_not_be_the_same(job: lab.Job, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.work(0, job)
    whole = lab.read_result(Path(job.folder) / "0.npz")
    build, restore = lab.build, lab.Saved.restore
    optimizers: list[keras.optimizers.Optimizer] = []

    def building(seed: int) -> tuple[keras.Sequential, keras.optimizers.Optimizer]:
        model, optimizer = build(seed)
        optimizers.append(optimizer)
        return model, optimizer

    def forgetful(saved: lab.Saved) -> int:
        done = restore(saved)
        for variable in optimizers[-1].variables[2:]:  # but for the number of steps and the rate
            variable.assign(np.zeros(variable.shape))
        return done

    monkeypatch.setattr(lab, "build", building)
    monkeypatch.setattr(lab.Saved, "restore", forgetful)
    lab.work(0, job)
    resumed = lab.read_result(Path(job.folder) / "0.npz")
    assert lab.largest_difference(resumed.weights, whole.weights) > 1e-4


@pytest.mark.usefixtures("joined")
def test_the_second_worker_dies_when_it_is_told_and_never_saves(job: lab.Job, small: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    class Ended(BaseException):
        pass

    def end(code: int) -> None:
        raise Ended(code)

    monkeypatch.setattr(lab.os, "_exit", end)
    two = replace(lab.make_job(2, job.folder, 3), save_every=1, dies_after=2)
    lab.deal(two, *small)
    with pytest.raises(Ended, match="9"):
        lab.work(1, two)
    assert tf.train.latest_checkpoint(job.folder) is None
    lab.work(0, two)
    assert tf.train.latest_checkpoint(job.folder) == str(Path(job.folder) / "ckpt-4")


def command(job: lab.Job, rank: str = "0") -> int:
    path = Path(job.folder) / "job.json"
    path.write_text(json.dumps(asdict(job)), "utf-8")
    return lab.run_worker(rank, str(path))


@pytest.mark.usefixtures("joined")
def test_a_stale_checkpoint_is_refused(job: lab.Job, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(job) == 0
    assert command(replace(job, seed=4)) == 2
    told = capsys.readouterr().out.strip()
    latest = Path(job.folder) / "ckpt-3"
    assert told == (
        f"{latest}：存盘属于另一次训练；见到 seed 3, batch 250, rate 0.003；"
        "应为 seed 4, batch 250, rate 0.003；请换一个文件夹，或删掉这个存盘"
    )


@pytest.mark.usefixtures("joined")
def test_the_checkpoint_of_another_program_is_refused(job: lab.Job, capsys: pytest.CaptureFixture[str]) -> None:
    tf.train.CheckpointManager(tf.train.Checkpoint(step=tf.Variable(7)), job.folder, max_to_keep=1).save(7)
    assert command(job) == 2
    assert "：存盘属于另一次训练；见到 别的程序；应为 seed 3" in capsys.readouterr().out


def test_a_taken_port_is_told(job: lab.Job, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert command(replace(job, workers=[address])) == 2
    assert capsys.readouterr().out.startswith(f"端口不能用；见到 {address}（")


def test_a_missing_worker_is_told(job: lab.Job, small: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    two = replace(lab.make_job(2, job.folder, 3), patience=0.2)
    lab.deal(two, *small)
    assert command(two) == 2
    assert capsys.readouterr().out.startswith(f"没有等到工作进程 {two.workers[1]}；应为 2 个都到齐；")
    assert command(two, "1") == 2
    assert capsys.readouterr().out.startswith(f"第一个工作进程没有应答；见到 {two.workers[0]} 没有动静；")


@pytest.mark.parametrize("rank", ["2", "one", "-1"])
def test_a_rank_that_is_none_is_told(job: lab.Job, rank: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(replace(job, workers=lab.free_addresses(2)), rank) == 2
    assert f"工作进程的编号不对；见到 {rank!r}；应为小于 2 的整数；请对照 " in capsys.readouterr().out


@pytest.mark.parametrize("text", [None, "{", '{"workers": []}', "[]"])
def test_a_job_that_cannot_be_read_is_told(tmp_path: Path, text: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "job.json"
    if text is not None:
        path.write_text(text, "utf-8")
    assert lab.run_worker("0", str(path)) == 2
    assert capsys.readouterr().out.startswith(f"{path}：读不出来；见到 ")


@pytest.mark.parametrize("content", [None, b"no archive"])
def test_a_share_that_cannot_be_read_is_told(job: lab.Job, content: bytes | None, capsys: pytest.CaptureFixture[str]) -> None:
    path = Path(job.folder) / "share-0.npz"
    path.unlink()
    if content:
        path.write_bytes(content)
    assert command(job) == 2
    told = capsys.readouterr().out
    assert told.startswith(f"{path}：读不出来；见到 ")
    assert told.endswith("；应为分给工作进程 0 的数据；文件夹应是大家都看得到的\n")


def test_a_job_is_read_as_it_was_written(job: lab.Job) -> None:
    path = Path(job.folder) / "job.json"
    path.write_text(json.dumps(asdict(job)), "utf-8")
    assert lab.read_job(str(path)) == job


def test_join_tells_tensorflow_who_is_who(job: lab.Job, monkeypatch: pytest.MonkeyPatch) -> None:
    met: list[object] = []
    monkeypatch.setenv("TF_CONFIG", "")
    monkeypatch.setattr(lab, "meet", lambda *given: met.append(given))
    monkeypatch.setattr(tf.distribute, "MultiWorkerMirroredStrategy", lambda: os.environ["TF_CONFIG"])
    two = replace(job, workers=["a:1", "b:2"], patience=7)
    said = json.loads(str(lab.join(1, two)))
    assert said == {"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker", "index": 1}}
    assert met == [(1, ["a:1", "b:2"], 7)]


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("Graph execution error:\n\n{{node a}} Collective ops is aborted by: gone\nmore", "Collective ops is aborted by: gone"),
        ("out of memory", "out of memory"),
    ],
)
def test_a_sum_that_is_broken_off_is_told(
    job: lab.Job, message: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(rank: int, job: lab.Job) -> None:
        raise tf.errors.UnavailableError(None, None, message)

    monkeypatch.setattr(lab, "work", fail)
    assert command(job) == 3
    assert capsys.readouterr().out == f"训练中断：{told}\n"


def test_ring_all_reduce_by_hand() -> None:
    for count, sizes in ((1, [0]), (2, [2, 2]), (3, [3, 1, 1])):
        vectors = [np.arange(5.0) * 10**rank for rank in range(count)]
        totals, sent = lab.ring_all_reduce(vectors)
        for total in totals:
            np.testing.assert_array_equal(total, sum(vectors))
        for rank, vector in enumerate(vectors):
            np.testing.assert_array_equal(vector, np.arange(5.0) * 10**rank)
        # in each of the two rounds a worker sends all its parts but one; the one that it spares is the smallest for someone
        parts = [len(part) for part in np.array_split(np.arange(5), count)]
        assert sent <= 8 * 2 * (5 - min(parts))
        assert sent >= 8 * 2 * (5 - max(parts)), sizes
    totals, sent = lab.ring_all_reduce([np.ones(12), np.ones(12), np.ones(12), np.ones(12)])
    assert sent == 2 * 3 * 3 * 8
    assert [list(total) for total in totals] == [[4.0] * 12] * 4


def test_add_up_gives_each_of_four_the_whole_gradient(small: Pair, alone: lab.Result, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "WORKERS", (1, 4))
    sums, sent = lab.add_up(*small, seed=3)
    assert len(sums) == 4
    for total in sums:
        np.testing.assert_allclose(total, np.concatenate([part.reshape(-1) for part in alone.gradient]), rtol=0, atol=ROUNDING)
    assert sent == pytest.approx(2 * 3 / 4 * 101_770 * 8, rel=1e-4)


def test_fit_goes_on_after_a_power_cut_bit_for_bit(
    small: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lab, "EPOCHS", 3)
    monkeypatch.setattr(lab, "DIES_IN", 2)
    whole, resumed = lab.rehearse_fit(*small, 3, tmp_path)
    assert (whole.start, resumed.start) == (0, 2)
    assert_same(whole.weights, resumed.weights)
    assert capsys.readouterr().out == "演习：用 fit 训练，到第 2 个轮次断电\n"


def test_one_process_can_be_fitted_where_several_cannot(small: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    model, _ = lab.build(3)
    before = model.get_weights()
    lab.try_fit(tf.distribute.get_strategy(), model, scale(small[0][:250]), small[1][:250])
    assert capsys.readouterr().out == "用 fit 训练做完了\n"
    assert lab.largest_difference(before, model.get_weights()) > 0


def test_what_fit_says_when_it_cannot_is_printed(small: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    model, _ = lab.build(3)
    lab.try_fit(tf.distribute.get_strategy(), model, scale(small[0][:250]), small[1][:200])
    assert capsys.readouterr().out.startswith("用 fit 训练失败：ValueError: Data cardinality is ambiguous")


@pytest.mark.usefixtures("joined")
def test_a_worker_tries_fit_when_told(job: lab.Job, capsys: pytest.CaptureFixture[str]) -> None:
    lab.work(0, replace(job, tries_fit=True))
    assert capsys.readouterr().out == "用 fit 训练做完了\n"


def test_largest_difference_looks_at_every_parameter() -> None:
    first = [np.zeros((2, 2)), np.zeros(2), np.zeros((2, 1)), np.zeros(1)]
    for place, where in ((0, (1, 0)), (1, (1,)), (2, (0, 0)), (3, (0,))):
        second = [array.copy() for array in first]
        second[place][where] = -0.25
        assert lab.largest_difference(first, second) == lab.largest_difference(second, first) == 0.25
    assert lab.largest_difference(first, first) == 0


def test_accuracy_is_that_of_the_network_in_numpy(small: Pair, alone: lab.Result) -> None:
    images, labels = scale(small[0]), small[1]
    assert lab.accuracy(alone.weights, images, labels) == network.accuracy(layers_of(alone.weights), images, labels) > 0.5


def test_compare_by_hand(small: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    test = scale(small[0]), small[1]
    one, two, three = [lab.build(seed)[0].get_weights() for seed in (0, 1, 2)]
    alone = lab.Result(one, two, 0)
    assert lab.compare(alone, [lab.Result(two, three, 0), lab.Result(one, two, 0)], test) == {
        "accuracy": lab.accuracy(two, *test),
        "gradient_difference": lab.largest_difference(two, three),
        "difference_from_alone": lab.largest_difference(one, two),
        "difference_between_replicas": lab.largest_difference(one, two),
    }
    assert lab.compare(alone, [alone], test)["difference_between_replicas"] == 0
    assert capsys.readouterr().out.startswith("2 个工作进程：准确率 ")


def test_two_workers_learn_what_one_process_learns(ran: Ran, few: Mnist) -> None:
    (images, labels), test = few
    trained = lab.train_alone(flatten(images), labels, seed=0)
    expected = lab.accuracy(trained.weights, scale(flatten(test[0])), test[1])
    assert ran.numbers["alone_accuracy"] == pytest.approx(expected, abs=1 / 500)
    assert ran.numbers["accuracy"] == pytest.approx([expected], abs=1 / 500)  # one image may lie on the border
    assert 0 <= ran.numbers["gradient_difference"][0] < ROUNDING
    assert 0 <= ran.numbers["difference_from_alone"][0] < ROUNDING
    assert 0 <= ran.numbers["ring_difference"] < ROUNDING
    assert ran.numbers["difference_between_replicas"] == [0]
    assert ran.numbers["gradient_bytes"] == ran.numbers["ring_bytes"] == 101_770 * 8


def test_after_a_death_two_workers_go_on_bit_for_bit(ran: Ran) -> None:
    assert ran.numbers["resumed_at"] == 4
    assert ran.numbers["resumed_difference"] == 0
    assert ran.numbers["fit_resumed_in"] == 1
    assert ran.numbers["fit_resumed_difference"] == 0


def test_main_tells_how_fit_fails_today_and_what_the_survivor_says(ran: Ran) -> None:
    assert ran.lines[0] == f"独自训练：准确率 {ran.numbers['alone_accuracy']:.2%}"
    assert ran.lines[1] == "用 fit 训练失败：ValueError: Attempt to convert a value (PerReplica:{"
    assert ran.lines[2].startswith(f"2 个工作进程：准确率 {ran.numbers['accuracy'][0]:.2%}，与独自训练最多差 ")
    assert ran.lines[3] == "演习：第二个工作进程死了，第一个说：训练中断：Collective ops is aborted"
    assert ran.lines[4] == "演习：用 fit 训练，到第 1 个轮次断电"
    assert ran.lines[5] == "从第 4 步接着来，与没有断过的最多差 0e+00；fit 从第 1 个轮次接着来，最多差 0e+00"
    assert len(ran.lines) == 6


def test_the_script_ends_with_the_code_of_its_worker(tmp_path: Path) -> None:
    path = os.pathsep.join([str(Path(lab.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "mnist_lab.distributed", "worker", "0", str(tmp_path / "absent.json")]
    ended = subprocess.run(
        command, capture_output=True, encoding="utf-8", env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"}
    )
    assert ended.returncode == 2
    assert "absent.json：读不出来" in ended.stdout

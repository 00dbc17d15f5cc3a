"""Fine-tuning: the adapters begin as nothing, their gradients are right, what is not to move does not move; `main` on few steps."""

import inspect
from pathlib import Path

import numpy as np
import pytest
from noisy import noisy
from ran import DOWNLOADS, Ran, run_main

from verse_lab import finetune as lab
from verse_lab.data import PoemsFileError, load_poems
from verse_lab.finetune import load_poet
from verse_lab.transformer import Parameters, gradients

SIGNS = 20


def small(dtype: type = np.float32) -> Parameters:
    return noisy(SIGNS, 16, dtype)


def some_ids(count: int = 6) -> np.ndarray:
    ids = np.random.default_rng(1).integers(6, SIGNS, (count, 34)).astype(np.int32)
    ids[:, 25:] = 0
    return ids


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One run of `main` on the published weights, in few steps, judged on few poems."""
    folder = tmp_path_factory.mktemp("finetune")
    few = {
        "load_poet": lambda: {name: poems[:40] for name, poems in load_poet().items()},
        "load_poems": lambda: {"测试": load_poems()["测试"][:40]},
    }
    return run_main(lab, folder, "poems.txt.xz", "verse.npz", "luyou.txt.xz", STEPS=6, WARM_UP=2, **few)


def test_settings_are_those_the_page_tells() -> None:
    assert (lab.STEPS, lab.BATCH_SIZE, lab.WARM_UP) == (150, 16, 15)
    assert (lab.RANKS, lab.ADAPTER_RATE, lab.LOW_RATE, lab.HIGH_RATE) == ((2, 8), 0.004, 0.0003, 0.001)


def test_the_poet_is_read_and_checked(tmp_path: Path) -> None:
    poems = lab.load_poet(DOWNLOADS / "luyou.txt.xz")
    assert {name: len(each) for name, each in poems.items()} == {"训练": 1891, "测试": 460}
    lines = {line for poem in poems["测试"] for line in poem.replace("。", "，").split("，") if line}
    assert not any(line in lines for poem in poems["训练"] for line in poem.replace("。", "，").split("，"))
    content = bytearray((DOWNLOADS / "luyou.txt.xz").read_bytes())
    content[500] ^= 1
    (tmp_path / "luyou.txt.xz").write_bytes(content)
    with pytest.raises(PoemsFileError, match=r"luyou\.txt\.xz：见到 SHA-256 [0-9a-f]{64}；应为 [0-9a-f]{64}；.*重新下载"):
        lab.load_poet(tmp_path / "luyou.txt.xz")
    with pytest.raises(PoemsFileError, match=r"none\.xz：没有这个文件"):
        lab.load_poet(tmp_path / "none.xz")


def test_adapters_begin_as_nothing() -> None:
    parameters = small()
    added = lab.adapters(parameters, 3, np.random.default_rng(0))
    assert sorted(added) == sorted(f"{layer}.{name}.{part}" for layer in (0, 1) for name in lab.ADAPTED for part in ("down", "up"))
    assert added["0.widen.down"].shape == (16, 3)
    assert added["0.widen.up"].shape == (3, 64)
    assert {value.dtype for value in added.values()} == {np.dtype(np.float32)}
    for name, value in lab.merged(parameters, added).items():
        np.testing.assert_array_equal(value, parameters[name])


def test_gradients_of_the_adapters_against_finite_differences() -> None:
    parameters, ids = small(np.float64), some_ids()
    rng = np.random.default_rng(2)
    added = {name: rng.normal(0, 0.3, value.shape) for name, value in lab.adapters(parameters, 2, rng).items()}
    slopes = lab.adapter_gradients(gradients(lab.merged(parameters, added), ids)[1], added)
    assert slopes.keys() == added.keys()
    for name, value in added.items():
        for place in rng.integers(0, value.size, 3):
            losses = []
            for change in (1e-5, -1e-5):
                moved = value.copy()
                moved.flat[place] += change
                losses.append(gradients(lab.merged(parameters, added | {name: moved}), ids)[0])
            assert slopes[name].flat[place] == pytest.approx((losses[0] - losses[1]) / 2e-5, abs=1e-8), name


def test_only_what_is_to_move_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "STEPS", 3)
    parameters, ids = small(), some_ids(40)
    before = {name: value.copy() for name, value in parameters.items()}
    full, optimizer = lab.tune(parameters, ids, 0.01, np.random.default_rng(0))
    assert all((full[name] != value).any() for name, value in before.items())
    assert optimizer.means.keys() == before.keys()
    thin, optimizer = lab.tune_adapters(parameters, ids, 2, np.random.default_rng(0))
    moved = {name for name, value in before.items() if (thin[name] != value).any()}
    assert moved == {name for name in before if name.endswith(lab.ADAPTED)}
    for name in moved:
        assert np.linalg.matrix_rank(thin[name].astype(float) - before[name], tol=1e-5) <= 2
    assert sum(value.size for value in optimizer.means.values()) == 2 * 2 * (16 + 48 + 16 + 16 + 16 + 64 + 64 + 16)
    for name, value in before.items():
        np.testing.assert_array_equal(parameters[name], value)


def test_tuning_lowers_the_loss_on_what_it_reads() -> None:
    parameters, ids = small(), some_ids(32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lab, "STEPS", 40)
        tuned = [
            lab.tune(parameters, ids, 0.003, np.random.default_rng(0))[0],
            lab.tune_adapters(parameters, ids, 4, np.random.default_rng(0))[0],
        ]
    before = gradients(parameters, ids)[0]
    assert gradients(tuned[0], ids)[0] < before - 0.1
    assert gradients(tuned[1], ids)[0] < before - 0.1


def test_main_compares_the_ways(ran: Ran) -> None:
    numbers = ran.numbers
    names = ["lora_2", "lora_8", "full_low", "full_high", "scratch"]
    for name in names:
        assert numbers[f"{name}_optimizer_bytes"] == 8 * numbers[f"{name}_trainable"]
        assert numbers[f"{name}_seconds"] > 0
    assert [numbers[f"{name}_trainable"] for name in names] == [4096, 16384, 296448, 296448, 296448]
    assert numbers["full_high_poet_nats"] < numbers["before_poet_nats"]
    assert numbers["scratch_tang_nats"] > 6.5 > numbers["before_tang_nats"]
    assert (numbers["training_poems"], numbers["test_poems"]) == (40, 40)
    lines = ran.lines
    assert [line.split("：")[0] for line in lines[:6]] == [
        "不微调", "LoRA，秩 2", "LoRA，秩 8", "全部参数，0.0003", "全部参数，0.001", "从头训练"
    ]  # fmt: skip
    assert len(lines) == 12
    assert all(line.startswith("春") for line in lines[6:])


def test_a_reader_gets_the_first_seed() -> None:
    assert inspect.signature(lab.main).parameters["seed"].default == 0

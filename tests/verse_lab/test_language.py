"""The small language model: trains, repeats itself by seed, is saved whole, recites a few poems; `main` on little data."""

import inspect
import lzma
import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from ran import Ran, run_main

from verse_lab import data
from verse_lab import language as lab
from verse_lab.data import Poems, Sounds
from verse_lab.measures import measure, remember
from verse_lab.transformer import Parameters, losses_of


def last(training: Iterable[tuple[int, Parameters]]) -> dict[str, np.ndarray]:
    """The parameters after the last update."""
    return list(training)[-1][1]


@pytest.fixture(scope="module")
def little(poems: Poems) -> Poems:
    """Few poems of each set."""
    return {name: poems[name][:count] for name, count in {"训练": 300, "验证": 20, "测试": 20}.items()}


@pytest.fixture(scope="module")
def ran(little: Poems, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One run of `main` on few poems, in few steps."""
    folder = tmp_path_factory.mktemp("language")
    lines = "".join(f"{name}\t{author}\t{poem}\n" for name, each in little.items() for author, poem in each)
    (folder / "poems.txt.xz").write_bytes(lzma.compress(lines.encode()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "COUNTS", {name: len(each) for name, each in little.items()})
        return run_main(lab, folder, "sounds.txt", STEPS=8, WATCHED=(0, 4, 8), SAMPLES=3)


def test_settings_are_those_the_page_tells() -> None:
    assert (lab.WIDTH, lab.LAYERS, lab.STEPS, lab.BATCH_SIZE, lab.LEARNING_RATE) == (64, 2, 4000, 32, 0.004)
    assert lab.WATCHED[0] == 0
    assert lab.WATCHED[-1] == lab.STEPS


def test_batches_take_each_poem_once_a_round() -> None:
    ids = np.arange(10)[:, None]
    stream = lab.batches(ids, 3, np.random.default_rng(0))
    rounds = [np.concatenate([next(stream) for _ in range(3)])[:, 0].tolist() for _ in range(2)]
    assert all(len(set(each)) == 9 for each in rounds)
    assert rounds[0] != rounds[1]


def test_training_twice_gives_the_same_bits(little: Poems) -> None:
    vocabulary = data.build_vocabulary([poem for _, poem in little["训练"]], least=3)
    ids = vocabulary.encode([poem for _, poem in little["训练"]])
    size = len(vocabulary.signs)
    first, again, other = (last(lab.train(ids, size, 3, np.random.default_rng(seed))) for seed in (0, 0, 1))
    assert first.keys() == again.keys()
    for name, value in first.items():
        np.testing.assert_array_equal(value, again[name])
        assert value.dtype == np.float32
    assert (first["token"] != other["token"]).any()


def test_training_hands_out_every_step(little: Poems) -> None:
    ids = data.build_vocabulary([poem for _, poem in little["训练"]]).encode([poem for _, poem in little["训练"]])
    assert [step for step, _ in lab.train(ids, 200, 3, np.random.default_rng(0))] == [0, 1, 2, 3]


def test_what_is_saved_is_loaded_to_the_bit(ran: Ran, tmp_path: Path) -> None:
    parameters, vocabulary = lab.load(ran.folder / "verse.npz")
    assert len(vocabulary.signs) == ran.numbers["signs"] == len(parameters["token"])
    assert vocabulary.rare == ran.numbers["rare"]
    assert sum(value.size for value in parameters.values()) == ran.numbers["parameters"]
    lab.save(parameters, vocabulary, tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == (ran.folder / "verse.npz").read_bytes()
    again, same = lab.load(tmp_path / "again.npz")
    assert same == vocabulary
    for name, value in parameters.items():
        np.testing.assert_array_equal(value, again[name])
        assert again[name].dtype == np.float32


def test_loss_by_place_by_hand(little: Poems) -> None:
    texts = ["山山山山山，水水水水水。山山山山山，水水水水水。", "山山山山山山山，水水水水水水水。山山山山山山山，水水水水水水水。"]
    ids = data.build_vocabulary(texts, least=1).encode(texts)
    losses = np.tile(np.arange(33.0), (2, 1))
    assert lab.by_place(losses, ids, "5") == [*range(5), *range(6, 11), *range(12, 17), *range(18, 23)]
    assert lab.by_place(losses, ids, "7") == [*range(7), *range(8, 15), *range(16, 23), *range(24, 31)]


def test_few_poems_are_recited_and_the_measure_sees_it(poems: Poems, sounds: Sounds) -> None:
    """Forty poems read over and over: the model knows them by heart, and what it writes is copied."""
    texts = [poem for _, poem in poems["训练"][:40]]
    vocabulary = data.build_vocabulary(texts, least=1)
    ids = vocabulary.encode(texts)
    parameters = last(lab.train(ids, len(vocabulary.signs), 200, np.random.default_rng(0)))
    assert data.per_character(losses_of(parameters, ids), ids[:, 1:], vocabulary.rare) < 1
    written = lab.compose(parameters, vocabulary, "5", 0.5, 40, np.random.default_rng(0))
    found = measure(written, sounds, remember(texts))
    assert found["form"] == 1
    assert found["copied_lines"] > 0.5
    other = remember([poem for _, poem in poems["训练"][40:2000]])
    assert measure(written, sounds, other)["copied_lines"] < 0.01


def test_what_is_written_begins_as_told(ran: Ran) -> None:
    parameters, vocabulary = lab.load(ran.folder / "verse.npz")
    sign = vocabulary.signs[7]
    first, again = (lab.compose(parameters, vocabulary, f"7{sign}", 1.0, 4, np.random.default_rng(0)) for _ in range(2))
    assert first == again
    assert len(first) == 4
    assert all(poem.startswith(sign) and "□" not in poem for poem in first)


def test_judge_measures_real_shuffled_and_written_poems(poems: Poems, sounds: Sounds, monkeypatch: pytest.MonkeyPatch) -> None:
    real = [poem for _, poem in poems["测试"][:30]]
    asked = []

    def written(
        parameters: Parameters, vocabulary: data.Vocabulary, form: str, temperature: float, count: int, rng: object
    ) -> list[str]:
        asked.append((form, temperature, count))
        return real[:5]

    monkeypatch.setattr(lab, "compose", written)
    found = lab.judge({}, data.Vocabulary("", 0), real, sounds, remember(real), np.random.default_rng(0))
    assert asked == [(form, temperature, 200) for temperature in (0.5, 0.8, 1.0, 1.2) for form in "57"]
    assert {name.partition("_")[0] for name in found} == {"real", "shuffled", "t05", "t08", "t10", "t12"}
    assert len(found) == 6 * 6
    assert found["real_copied_lines"] == found["t08_copied_lines"] == 1
    assert found["real_rhyme"] > 0.7 > 0.3 > found["shuffled_rhyme"]


def test_main_returns_prints_and_saves(ran: Ran) -> None:
    numbers = ran.numbers
    assert len(numbers["validation_nats"]) == 3
    assert numbers["validation_nats"][-1] < numbers["validation_nats"][0]
    assert numbers["test_bits"] == pytest.approx(numbers["test_nats"] / math.log(2))
    assert numbers["test_perplexity"] == pytest.approx(math.exp(numbers["test_nats"]))
    assert (len(numbers["place_5_nats"]), len(numbers["place_7_nats"])) == (20, 28)
    assert numbers["training_seconds"] > 0
    assert numbers["real_form"] == numbers["shuffled_form"] == 1
    assert numbers["t12_form"] == 0, "a model of eight steps writes nothing that has a form"
    lines = ran.lines
    assert [line.split("次")[0] for line in lines[:3]] == ["更新    0 ", "更新    4 ", "更新    8 "]
    assert f"{numbers['parameters']:,} 个参数" in lines[3]
    assert len(lines) >= 4 + 6
    ran.printed.encode("gbk")


def test_a_reader_gets_the_first_seed() -> None:
    assert inspect.signature(lab.main).parameters["seed"].default == 0

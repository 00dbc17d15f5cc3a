"""The baselines: probabilities that sum to one, Kneser-Ney by hand, and the losses on the poems."""

import math
import zlib

import numpy as np
import pytest
from ran import Ran, run_main

from verse_lab import baselines as lab
from verse_lab.data import LENGTH, Poems, Vocabulary, build_vocabulary

SIGNS = 9


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One run of `main` as a reader runs it; it takes seconds."""
    return run_main(lab, tmp_path_factory.mktemp("baselines"), "poems.txt.xz")


def rows(*poems: list[int]) -> np.ndarray:
    ids = np.zeros((len(poems), LENGTH), np.int32)
    for row, poem in zip(ids, poems, strict=True):
        row[: len(poem)] = poem
    return ids


TRAINING = rows([1, 6, 3, 7, 4], [1, 6, 3, 6, 4], [2, 7, 3, 7, 4], [1, 8, 3, 8, 4])


def every_next(start: list[int]) -> np.ndarray:
    return rows(*([*start, sign] for sign in range(SIGNS)))


def test_uniform_and_unigram_by_hand() -> None:
    ids = rows([1, 6, 3, 7, 4])
    assert lab.uniform(ids, SIGNS) == pytest.approx(np.full((1, LENGTH - 1), math.log(9)))
    # each of the four poems has four signs and one end after its form: 20 targets, 6 three times among them, 3 four times
    losses = lab.unigram(TRAINING, ids, SIGNS)
    assert losses.shape == (1, LENGTH - 1)
    assert losses[0, 0] == pytest.approx(-math.log((3 + 1) / (20 + 9)))
    assert losses[0, 1] == pytest.approx(-math.log((4 + 1) / (20 + 9)))


def test_placed_frequencies_by_hand_and_sum_to_one() -> None:
    found = lab.placed(TRAINING, every_next([1]), SIGNS)
    assert found[:, 0].sum() == pytest.approx(1, abs=1e-12)
    assert found[6, 0] == pytest.approx((2 + 1 / 9) / (3 + 1))
    assert lab.placed(TRAINING, every_next([2]), SIGNS)[7, 0] == pytest.approx((1 + 1 / 9) / (1 + 1))


@pytest.mark.parametrize("order", [2, 3, 4])
@pytest.mark.parametrize("start", [[1], [1, 6], [1, 6, 3], [1, 8, 3, 6], [2, 5, 5, 5]])
def test_kneser_ney_sums_to_one(order: int, start: list[int]) -> None:
    ids = every_next(start)
    found = lab.kneser_ney(TRAINING, ids, SIGNS, order, lab.placed(TRAINING, ids, SIGNS))
    assert found[:, len(start) - 1].sum() == pytest.approx(1, abs=1e-12)


def test_bigram_by_hand() -> None:
    ids = every_next([1, 6, 3])
    lowest = lab.placed(TRAINING, ids, SIGNS)
    found = lab.kneser_ney(TRAINING, ids, SIGNS, 2, lowest)[:, 2]
    # after 3 came 7 twice, 6 once, 8 once: four times, three kinds
    assert found[7] == pytest.approx((2 - 0.75 + 0.75 * 3 * lowest[7, 2]) / 4)
    assert found[6] == pytest.approx((1 - 0.75 + 0.75 * 3 * lowest[6, 2]) / 4)
    assert found[5] == pytest.approx(0.75 * 3 * lowest[5, 2] / 4)


def test_lower_orders_count_kinds_of_contexts() -> None:
    ids = every_next([1, 6, 3])
    lowest = lab.placed(TRAINING, ids, SIGNS)
    found = lab.kneser_ney(TRAINING, ids, SIGNS, 3, lowest)[:, 2]
    # before 3 7 came 6 and 7, before 3 6 only 6, before 3 8 only 8: four kinds of trigram end in 3 and a sign
    middle = (2 - 0.75 + 0.75 * 3 * lowest[7, 2]) / 4
    # after 6 3 came 7 once and 6 once
    assert found[7] == pytest.approx((1 - 0.75 + 0.75 * 2 * middle) / 2)


def test_look_up_finds_or_gives_zero() -> None:
    keys, values = np.array([2, 5, 9]), np.array([20, 50, 90])
    assert lab.look_up(keys, values, np.array([5, 2, 9, 0, 6, 10])).tolist() == [50, 20, 90, 0, 0, 0]


def test_grams_hold_what_stands_before() -> None:
    keys = lab.grams(rows([1, 6, 3, 7]), 3, 10)
    assert keys[0, :4].tolist() == [16, 163, 637, 370]


def test_compressed_bits_count_characters_alone() -> None:
    training, poems = ["春眠不觉晓，处处闻啼鸟。"], ["夜来风雨声，花落知多少。"]
    compress = zlib.compress
    before = "春眠不觉晓处处闻啼鸟".encode("utf-16-le")
    extra = len(compress(before + "夜来风雨声花落知多少".encode("utf-16-le"))) - len(compress(before))
    assert lab.compressed_bits(compress, training, poems) == 8 * extra / 10
    assert lab.compressed_bits(lambda text: text, training, poems) == 16
    assert len(lab.compress_xz(before * 100)) < len(before * 100) / 5


def test_evaluate_ranks_the_baselines(poems: Poems) -> None:
    training = [poem for _, poem in poems["训练"][:3000]]
    vocabulary = build_vocabulary(training)
    held_out = vocabulary.encode([poem for _, poem in poems["验证"][:100]])
    found = lab.evaluate(vocabulary.encode(training), held_out, vocabulary)
    assert set(found) == {f"{name}_nats" for name in lab.NAMES}
    assert found["uniform_nats"] > found["unigram_nats"] > found["order_2_nats"]
    assert found["placed_nats"] > found["order_2_nats"]


def test_main_gives_each_number_in_three_units(ran: Ran) -> None:
    numbers = ran.numbers
    assert 8.1 < numbers["uniform_nats"] < 8.2
    assert 7.1 < numbers["unigram_nats"] < 7.3
    assert 6.7 < numbers["placed_nats"] < 6.9
    assert numbers["order_3_nats"] == numbers["best_nats"] < 6.1
    for name in lab.NAMES:
        nats = numbers[f"{name}_nats"]
        assert numbers[f"{name}_bits"] == pytest.approx(nats / math.log(2))
        assert numbers[f"{name}_perplexity"] == pytest.approx(math.exp(nats))
    assert 9 < numbers["xz_bits"] < numbers["bz2_bits"] < 11
    assert numbers["xz_nats"] == pytest.approx(numbers["xz_bits"] * math.log(2))
    assert [line.split("：")[0] for line in ran.lines] == [*lab.NAMES.values(), "xz", "bz2"]
    ran.printed.encode("gbk")


def test_the_charge_for_rare_characters_is_the_same_for_all(poems: Poems) -> None:
    training = [poem for _, poem in poems["训练"][:500]]
    vocabulary = build_vocabulary(training)
    ids = vocabulary.encode(training[:50])
    dearer = Vocabulary(vocabulary.signs, rare=vocabulary.rare * 10)
    first, second = (lab.evaluate(ids, ids, each) for each in (vocabulary, dearer))
    differences = [second[name] - first[name] for name in first]
    assert differences == pytest.approx([differences[0]] * len(differences))
    assert differences[0] > 0

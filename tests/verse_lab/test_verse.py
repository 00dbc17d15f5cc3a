"""One poem by seed: the generator's known numbers, fixed characters, what is written against the whole forward, the filter."""

import inspect
import itertools
import json

import numpy as np
import pytest
from noisy import noisy
from ran import Ran, run_main

from verse_lab import verse as lab
from verse_lab.data import END, LENGTH, SIGNS, UNKNOWN, Poems, Vocabulary, build_vocabulary
from verse_lab.inference import rounded
from verse_lab.transformer import Parameters, forward, log_probabilities

HAN = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥天地"


def small() -> Parameters:
    return noisy(30, 32, np.float32)


@pytest.fixture
def vocabulary() -> Vocabulary:
    return Vocabulary(SIGNS + HAN, 7)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One run of `main` on the published weights, counting in few poems."""
    return run_main(lab, tmp_path_factory.mktemp("verse"), "poems.txt.xz", "verse.npz", SAMPLES=3)


def test_the_generator_gives_the_numbers_that_are_published() -> None:
    """From 1, ten thousand steps of this multiplier end at 399268537: the C++ standard's `minstd_rand`."""
    found = list(itertools.islice(lab.draws(1), 10_000 - lab.SKIPPED))
    assert found[-1] * lab.MODULUS == pytest.approx(399_268_537, abs=1e-3)
    assert found[0] == pow(48_271, 3, 2**31 - 1) / (2**31 - 1)
    assert 0 < min(found) < 0.01 < 0.99 < max(found) < 1
    assert (lab.MODULUS - 1) * lab.MULTIPLIER + max(map(ord, HAN)) < 2**53, "exact in double precision too"


def test_seeds_side_by_side_begin_far_apart() -> None:
    firsts = sorted(next(lab.draws(seed)) for seed in range(1, 101))
    gaps = np.diff([0, *firsts, 1])
    assert gaps.max() < 0.1


def test_fixed_characters_by_hand(vocabulary: Vocabulary) -> None:
    assert lab.given_signs(vocabulary, "5", "") == {0: 1}
    assert lab.given_signs(vocabulary, "5", "乙") == {0: 1, 1: 7}
    assert lab.given_signs(vocabulary, "7", "甲乙丙丁") == {0: 2, 1: 6, 9: 7, 17: 8, 25: 9}


def test_a_poem_is_what_the_whole_forward_would_write(vocabulary: Vocabulary) -> None:
    parameters = small()
    given = lab.given_signs(vocabulary, "5", "甲乙")
    ids, logs = lab.write_one(parameters, given, 0.7, 9)
    assert len(logs) == len(ids) - 1 <= LENGTH - 1
    assert UNKNOWN not in ids
    assert (ids[0], ids[1], ids[7]) == (1, 6, 7)
    whole = log_probabilities(parameters, forward(parameters, np.array([ids[:-1]]))[0])[0]
    whole[:, UNKNOWN] = -np.inf
    np.testing.assert_allclose(logs, whole, atol=1e-4)
    for place, (point, row) in enumerate(zip(lab.draws(9), logs.astype(np.float64), strict=False), start=1):
        if place not in given:
            chances = np.exp(row / 0.7)
            sums = np.cumsum(chances / chances.sum())
            assert ids[place] == np.searchsorted(sums, point)


def test_at_temperature_0_the_likeliest_and_the_seed_does_not_matter(vocabulary: Vocabulary) -> None:
    given = lab.given_signs(vocabulary, "7", "")
    ids, logs = lab.write_one(small(), given, 0, 1)
    assert ids[1:] == logs.argmax(axis=1).tolist()
    assert ids == lab.write_one(small(), given, 0, 2)[0]


def test_a_fixed_character_leaves_the_other_draws_alone(vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a model that forgets what it read, only the fixed places differ."""
    monkeypatch.setattr(lab, "read_sign", lambda parameters, signs, cache: np.ones((1, 32), np.float32))
    plain, fixed = (lab.write_one(small(), lab.given_signs(vocabulary, "7", heads), 1.0, 5)[0] for heads in ("", "甲乙丙丁"))
    places = [place for place, pair in enumerate(zip(plain, fixed, strict=False)) if len(set(pair)) == 2]
    assert set(places) <= {1, 9, 17, 25}


def test_writing_ends_with_the_end(vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch) -> None:
    signs = iter([7, 8, END])
    monkeypatch.setattr(lab, "choose", lambda logs, temperature, points: np.array([next(signs)]))
    assert lab.write_one(small(), {0: 2}, 1.0, 1)[0] == [2, 7, 8, END]


def test_shrunk_weights_come_back_as_int8_keeps_them() -> None:
    parameters = small()
    arrays = lab.shrink(parameters)
    assert arrays["token"].dtype == np.int8
    assert arrays["token.scales"].shape == (30,)
    assert arrays["0.widen.scales"].shape == (128,)
    assert arrays["norm.gain"] is parameters["norm.gain"]
    restored = lab.restore(arrays)
    expected = rounded(parameters, 8)
    assert restored.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(restored[name], value)
        assert restored[name].dtype == np.float32


def test_lines_by_hand() -> None:
    texts = ["山水山水山，水水水水水。山山山山山，水水水水水。", "山山山山山山山，水水水水水水水。山山山山山山山，月水水水水水水。"]
    ids = build_vocabulary(texts, least=2).encode(texts)
    found = lab.lines_by_size(ids)
    water, mountain = (build_vocabulary(texts, least=2).signs.index(sign) for sign in "水山")
    assert found[5].tolist() == [[mountain, water, mountain, water, mountain], [water] * 5, [mountain] * 5, [water] * 5]
    assert found[7].tolist() == [[mountain] * 7, [water] * 7, [mountain] * 7], "the line with a rare character is left out"


def test_keys_by_hand() -> None:
    lines = np.array([[6, 7, 8], [8, 7, 6]])
    expected = [(((1 * 48_271 + a) * 48_271 + b) * 48_271 + c) % (2**31 - 1) for a, b, c in lines.tolist()]
    assert lab.keys_of(lines).tolist() == expected
    zero = np.array([[(-48_271) % (2**31 - 1)]])
    assert lab.keys_of(zero).tolist() == [1], "0 would stay 0 for ever"


def test_the_filter_misses_nothing_and_is_seldom_wrong(poems: Poems) -> None:
    texts = [poem for _, poem in poems["训练"][:3000]]
    vocabulary = build_vocabulary(texts, least=2)
    keys = np.unique(np.concatenate([lab.keys_of(lines) for lines in lab.lines_by_size(vocabulary.encode(texts)).values()]))
    bits = lab.make_filter(keys)
    assert len(bits) % 8 == 0
    assert len(bits) == pytest.approx(12 * len(keys), abs=8)
    assert lab.maybe_seen(bits, keys).all()
    others = np.setdiff1d(np.random.default_rng(0).integers(1, lab.MODULUS, 20_000), keys)
    assert 0.0005 < lab.maybe_seen(bits, others).mean() < 0.006, "about three in a thousand, by Bloom's formula"
    assert lab.probes_of(keys[:4], len(bits)).shape == (4, lab.PROBES)


def test_the_files_hold_what_a_page_needs(ran: Ran) -> None:
    numbers, folder = ran.numbers, ran.folder
    told = json.loads((folder / "verse.json").read_text("utf-8"))
    assert told["first"] == {"form": "7", "heads": "", "temperature": 0.8, "seed": 13, "poem": numbers["poems"][0]}
    assert told["first"]["temperature"] in told["temperatures"]
    assert (told["layers"], told["heads"]) == (2, 4)
    with np.load(folder / "verse-int8.npz") as arrays:
        signs = "".join(map(chr, arrays["signs"]))
        assert sum(value.nbytes for value in arrays.values()) == numbers["weights_bytes"] + 2 * len(signs) <= 400_000
        parameters = lab.restore({name: arrays[name] for name in arrays.files if name != "signs"})
    assert (signs[told["end"]], signs[told["unknown"]]) == ("\n", "□")
    assert parameters["token"].shape == (len(signs), told["heads"] * told["head_width"])
    with np.load(folder / "verse-lines.npz") as arrays:
        packed = arrays["lines"]
    assert packed.dtype == np.uint8
    assert told["bits"] == told["byte"] * len(packed) == 8 * numbers["filter_bytes"]
    line = np.array([[signs.index(sign) for sign in "夜半钟声到客船"]])
    for place in lab.probes_of(lab.keys_of(line), told["bits"])[0]:
        assert packed[place // 8] >> (place % 8) & 1


def test_main_writes_the_cases(ran: Ran) -> None:
    numbers = ran.numbers
    assert numbers["missed"] == 0
    assert 0.0005 < numbers["false_alarms"] < 0.01
    assert len(numbers["poems"]) == len(lab.CASES) == 8
    for (_, heads, _, _), poem, logs in zip(lab.CASES, numbers["poems"], numbers["log_probabilities"], strict=True):
        lines = poem.replace("。", "，").split("，")
        assert all(line.startswith(head) for line, head in zip(lines, heads, strict=False))
        assert len(logs) == len(poem) + 1
        assert all(log <= 0 for log in logs)
    greedy = [(case, poem) for case, poem in zip(lab.CASES, numbers["poems"], strict=True) if case[2] == 0]
    assert len(greedy) == 2
    assert numbers["written_lines"] == 12
    assert numbers["written_seen"] <= numbers["written_maybe"] <= 12
    assert ran.lines[0].endswith(numbers["poems"][0])
    ran.printed.encode("gbk")


def test_a_copied_line_is_counted(monkeypatch: pytest.MonkeyPatch, vocabulary: Vocabulary) -> None:
    monkeypatch.setattr(lab, "SAMPLES", 2)
    ids = [1, *range(6, 11), 3, *range(11, 16), 4, *range(6, 11), 3, *range(11, 16), 4, END]
    monkeypatch.setattr(lab, "write_one", lambda *given: (ids, np.zeros(0)))
    bits = lab.make_filter(lab.keys_of(np.array([ids[1:6]])))
    found = lab.count_seen({}, vocabulary, bits, frozenset([HAN[:5]]))
    assert found == {"written_lines": 8, "written_maybe": 4, "written_seen": 4}


def test_a_reader_gets_the_first_seed() -> None:
    assert inspect.signature(lab.main).parameters["seed"].default == 0

"""Inference: the cache writes what recomputation writes; fewer bits cost what they cost."""

import inspect
from pathlib import Path

import numpy as np
import pytest
from noisy import noisy
from ran import DOWNLOADS, Ran, run_main

from verse_lab import inference as lab
from verse_lab.data import LENGTH, UNKNOWN, Vocabulary
from verse_lab.transformer import Parameters, forward, write

SIGNS = 30


def small(dtype: type = np.float32) -> Parameters:
    return noisy(SIGNS, 32, dtype)


def vocabulary() -> Vocabulary:
    return Vocabulary("\n57，。□" + "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥天地", 7)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One run of `main` on the published weights, with little timing."""
    return run_main(lab, tmp_path_factory.mktemp("inference"), "poems.txt.xz", "verse.npz", TIMED=2, PROMPTS=4)


def test_the_cache_gives_what_the_whole_forward_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    parameters = small(np.float64)
    ids = np.random.default_rng(1).integers(0, SIGNS, (3, LENGTH))
    whole = forward(parameters, ids[:, :-1])[0]
    cache = lab.empty_cache(parameters, 3)
    for place in range(LENGTH - 1):
        np.testing.assert_allclose(lab.read_sign(parameters, ids[:, place], cache), whole[:, place], atol=1e-12)
        assert cache[1][0].shape == (3, 2, place + 1, 16)
    assert lab.compare_cache(parameters, ids) == lab.compare_cache(small(), ids) == 1
    monkeypatch.setattr(lab, "read_sign", lambda parameters, signs, cache: np.zeros((3, 32)))
    assert lab.compare_cache(parameters, ids) < 0.1


@pytest.mark.parametrize("start", [[[2]], [[1, 8, 9], [2, 8, 7]]])
@pytest.mark.parametrize("temperature", [0, 1.0])
def test_with_the_cache_it_writes_the_same(start: list[list[int]], temperature: float) -> None:
    parameters = small()
    plain, cached = (
        writer(parameters, np.array(start), temperature, np.random.default_rng(4)) for writer in (write, lab.write_cached)
    )
    np.testing.assert_array_equal(plain, cached)
    assert cached.dtype == np.int32
    assert (cached[:, len(start[0]) :] != UNKNOWN).all()


@pytest.mark.parametrize(("bits", "highest"), [(8, 127), (4, 7)])
@pytest.mark.parametrize("axis", [0, 1])
def test_quantised_numbers_lie_within_half_a_step(bits: int, highest: int, axis: int) -> None:
    matrix = np.random.default_rng(0).normal(size=(5, 6)).astype(np.float32)
    numbers, scales = lab.quantise(matrix, bits, axis)
    assert numbers.dtype == np.int8
    assert scales.dtype == np.float32
    assert scales.shape == ((1, 6) if axis == 0 else (5, 1))
    assert (np.abs(numbers).max(axis=axis) == highest).all()
    assert (np.abs(numbers * scales - matrix) <= 0.5001 * scales).all()


def test_a_column_of_zeros_stays_zero() -> None:
    numbers, scales = lab.quantise(np.array([[0.0, 1.0], [0.0, -2.0]], np.float32), 8, 0)
    assert numbers[:, 0].tolist() == [0, 0]
    assert np.isfinite(scales).all()


def test_rounding_to_each_format() -> None:
    parameters = small()
    assert lab.rounded(parameters, 32) is parameters
    half = lab.rounded(parameters, 16)
    assert half["token"].dtype == np.float32
    np.testing.assert_array_equal(half["token"], parameters["token"].astype(np.float16))
    for bits in (8, 4):
        found = lab.rounded(parameters, bits)
        assert found["token"].dtype == np.float32
        np.testing.assert_array_equal(found["norm.gain"], parameters["norm.gain"])
        assert all(len(np.unique(row)) <= 2**bits for row in found["token"])
        assert len(np.unique(found["0.widen"][:, 0])) <= 2**bits
        numbers, scales = lab.quantise(parameters["0.mix"], bits, 0)
        np.testing.assert_array_equal(found["0.mix"], numbers * scales)
    errors = [np.abs(lab.rounded(parameters, bits)["1.narrow"] - parameters["1.narrow"]).max() for bits in (16, 8, 4)]
    assert 0 < errors[0] < errors[1] < errors[2]


def test_bytes_by_hand() -> None:
    parameters: Parameters = {
        "token": np.ones((10, 16), np.float32),
        "0.mix": np.ones((16, 32), np.float32),
        "norm.gain": np.ones(16),
    }
    assert lab.count_bytes(parameters, 32) == 4 * (160 + 512 + 16)
    assert lab.count_bytes(parameters, 16) == 2 * (160 + 512 + 16)
    assert lab.count_bytes(parameters, 8) == 160 + 4 * 10 + 512 + 4 * 32 + 4 * 16
    assert lab.count_bytes(parameters, 4) == 80 + 4 * 10 + 256 + 4 * 32 + 4 * 16


def test_greedy_poems_begin_with_the_commonest_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "PROMPTS", 3)
    poems = lab.greedy_poems(small(), vocabulary())
    assert [poem[0] for poem in poems] == ["甲", "乙", "丙"]
    assert poems == lab.greedy_poems(small(), vocabulary())


def test_timing_writes_as_many_poems_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "TIMED", 5)
    monkeypatch.setattr(lab, "perf_counter", iter([10.0, 20.0]).__next__)
    written = []
    assert lab.seconds_per_poem(lambda *given: written.append(given[1].tolist()) or given[1], {}, [2]) == 2
    assert written == [[[2]]] * 6  # one before the clock starts


def test_the_published_weights_are_those_of_the_digest(tmp_path: Path) -> None:
    parameters, signs = lab.load_weights(DOWNLOADS / "verse.npz")
    assert parameters["token"].shape == (len(signs.signs), 64)
    assert {value.dtype for value in parameters.values()} == {np.dtype(np.float32)}
    content = bytearray((DOWNLOADS / "verse.npz").read_bytes())
    content[5000] ^= 1
    (tmp_path / "verse.npz").write_bytes(content)
    with pytest.raises(lab.WeightsFileError, match=r"verse\.npz：见到 SHA-256 [0-9a-f]{64}；应为 [0-9a-f]{64}；.*重新下载"):
        lab.load_weights(tmp_path / "verse.npz")
    with pytest.raises(lab.WeightsFileError, match=r"none\.npz：没有这个文件"):
        lab.load_weights(tmp_path / "none.npz")


def test_main_compares_the_cache_and_the_formats(ran: Ran) -> None:
    numbers = ran.numbers
    assert numbers["cache_close"] == 1
    assert numbers["cache_same_poems"] == 8
    assert numbers["ratio_of_seconds"] == pytest.approx(numbers["recompute_seconds"] / numbers["cached_seconds"])
    sizes = [numbers[f"{name}_bytes"] for name in lab.BITS]
    assert sizes == sorted(sizes, reverse=True)
    assert numbers["float32_nats"] == pytest.approx(numbers["float16_nats"], abs=0.001)
    assert numbers["int8_nats"] == pytest.approx(numbers["float32_nats"], abs=0.01)
    assert numbers["int4_nats"] > numbers["int8_nats"] + 0.01
    assert numbers["float32_same_poems"] == 4
    assert numbers["float32_largest_difference"] == 0 < numbers["int4_largest_difference"]
    assert [line.split("：")[0] for line in ran.lines[1:]] == list(lab.BITS)


def test_a_reader_gets_the_first_seed() -> None:
    assert inspect.signature(lab.main).parameters["seed"].default == 0

"""What is counted in a poem: each measure on poems whose answer can be seen, and all of them on real and shuffled poems."""

import numpy as np
import pytest

from verse_lab import measures as lab
from verse_lab.data import Poems, Sounds

QUIET_NIGHT = "床前看月光，疑是地上霜。举头望山月，低头思故乡。"
SEASON = "春眠不觉晓，处处闻啼鸟。夜来风雨声，花落知多少。"


def test_lines() -> None:
    assert lab.lines_of(QUIET_NIGHT) == ["床前看月光", "疑是地上霜", "举头望山月", "低头思故乡"]


@pytest.mark.parametrize(
    ("poem", "expected"),
    [
        (QUIET_NIGHT, True),
        (SEASON, True),
        (QUIET_NIGHT.replace("故乡", "故人"), False),
        (QUIET_NIGHT.replace("故乡", "故霜"), False),  # the same character does not rhyme with itself
        (QUIET_NIGHT.replace("霜", "龘").replace("乡", "齉"), False),  # of neither is anything known
    ],
)
def test_rhyme(poem: str, expected: bool, sounds: Sounds) -> None:
    assert lab.rhymes(poem, sounds) is expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("平平平仄平", True),
        ("平仄平平平", True),
        ("平平平平平", False),
        ("平平平两平", True),
        ("平仄平平平仄平", True),
        ("平平平仄平平仄", True),
        ("平平平仄平仄平", False),
        ("平两平平平平平", False),
        ("仄无仄平仄", True),
    ],
)
def test_alternation(line: str, expected: bool) -> None:
    tones = Sounds({sign: sign for sign in "平仄两"}, {})
    assert lab.alternates(line, tones) is expected


def test_runs_and_memory() -> None:
    assert lab.runs_of("一二三四五六七") == {"一二三四", "二三四五", "三四五六", "四五六七"}
    seen = lab.remember([QUIET_NIGHT])
    assert seen.lines == set(lab.lines_of(QUIET_NIGHT))
    assert "地上霜举" not in seen.runs
    assert "前看月光" in seen.runs
    assert len(seen.runs) == 8


def test_measure_by_hand(sounds: Sounds) -> None:
    seen = lab.remember([QUIET_NIGHT])
    half_copied = QUIET_NIGHT.replace("床前看月", "窗前看月").replace("低头思故乡", "闲坐忆江南").replace("望山月", "望水云")
    found = lab.measure([QUIET_NIGHT, half_copied, "无题，"], sounds, seen)
    assert found["form"] == pytest.approx(2 / 3)
    assert found["rhyme"] == 1 / 2
    assert found["copied_lines"] == 5 / 8
    assert found["copied_runs"] == 6 / 8
    assert found["repeats"] == pytest.approx(np.mean([2, 0]))


def test_without_a_poem_in_form_there_is_nothing_else_to_measure(sounds: Sounds) -> None:
    assert lab.measure(["无题，", "春眠不觉晓，。"], sounds, lab.remember([SEASON])) == {"form": 0}


def test_shuffling_keeps_the_characters_and_the_marks() -> None:
    mixed = lab.shuffle(QUIET_NIGHT, np.random.default_rng(0))
    assert mixed != QUIET_NIGHT
    assert sorted(mixed) == sorted(QUIET_NIGHT)
    assert [place for place, sign in enumerate(mixed) if sign in "，。"] == [5, 11, 17, 23]
    assert mixed == lab.shuffle(QUIET_NIGHT, np.random.default_rng(0))


def test_real_poems_differ_from_shuffled_ones(poems: Poems, sounds: Sounds) -> None:
    real = [poem for _, poem in poems["测试"]]
    seen = lab.remember([poem for _, poem in poems["训练"]])
    rng = np.random.default_rng(0)
    true, mixed = (lab.measure(each, sounds, seen) for each in (real, [lab.shuffle(poem, rng) for poem in real]))
    assert true["form"] == mixed["form"] == 1
    assert true["rhyme"] > 0.9 > 0.1 > mixed["rhyme"]
    assert true["tones"] > 0.9 > 0.5 > mixed["tones"]
    assert true["repeats"] == mixed["repeats"]
    assert true["copied_lines"] == 0, "no held-out line is in the training set"
    assert true["copied_runs"] > 0.05 > 0.01 > mixed["copied_runs"]

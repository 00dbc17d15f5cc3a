"""Rhyme: places by hand, attention as the model has it, mass by hand; `main` on few poems."""

import inspect

import numpy as np
import pytest
from noisy import noisy
from ran import DOWNLOADS, Ran, run_main

from verse_lab import rhyme as lab
from verse_lab.data import SIGNS, Sounds, Vocabulary, load_poems
from verse_lab.inference import load_weights
from verse_lab.transformer import Parameters


def small() -> Parameters:
    return noisy(16, 32)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One run of `main` on the published weights and few poems."""
    folder = tmp_path_factory.mktemp("rhyme")
    few = {"load_poems": lambda: {"测试": load_poems()["测试"][:60]}}
    return run_main(lab, folder, "poems.txt.xz", "verse.npz", "sounds.txt", **few)


@pytest.mark.parametrize(
    "poem", ["床前看月光，疑是地上霜。举头望山月，低头思故乡。", "一二三四五六光，一二三四五六霜。一二三四五六月，一二三四五六乡。"]
)
def test_the_ends_of_lines_by_hand(poem: str) -> None:
    size = poem.index("，")
    text = f"{size}{poem}"
    assert [text[place] for place in lab.ends_of(size)] == ["霜", "乡"]


def test_looks_are_averages_that_never_look_ahead() -> None:
    ids = np.random.default_rng(1).integers(0, 16, (5, 9))
    weights = lab.looks(small(), ids)
    assert weights.shape == (2, 2, 9, 9)
    np.testing.assert_allclose(weights.sum(axis=-1), 1)
    assert (weights[:, :, np.triu(np.ones((9, 9), bool), k=1)] == 0).all()
    each = [lab.looks(small(), ids[row : row + 1]) for row in range(5)]
    np.testing.assert_allclose(weights, np.mean(each, axis=0))


def test_rhyme_mass_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two poems, four characters that may rhyme: of group 0 are 6 and 7, of group 1 are 8 and 9."""
    chances = np.array([[0, 0, 0, 0, 0, 0, 0.1, 0.2, 0.3, 0.4], [0, 0, 0, 0, 0, 0, 0.4, 0.3, 0.2, 0.1]])
    monkeypatch.setattr(lab, "log_probabilities", lambda parameters, vectors: np.log(np.maximum(chances, 1e-300)))
    ids = np.full((2, 24), 6)
    ids[:, 11] = [6, 8]
    groups = np.array([-1] * 6 + [0, 0, 1, 1])
    parameters = small()
    mass, other = lab.rhyme_mass(parameters, ids, lab.ends_of(5), groups)
    assert mass == pytest.approx((0.2 + 0.1) / 2), "7 rhymes with 6, 9 with 8"
    assert other == pytest.approx((0.4 + 0.3) / 2)


def test_groups_of_the_vocabulary() -> None:
    sounds = Sounds({}, {"光": 3, "霜": 3, "山": 5})
    assert lab.groups_of(Vocabulary(SIGNS + "山霜无", 1), sounds).tolist() == [-1] * 6 + [5, 3, -1]


def test_main_sees_the_head_and_that_rhyme_is_missing(ran: Ran) -> None:
    numbers = ran.numbers
    assert 40 < numbers["poems_5"] + numbers["poems_7"] <= numbers["poems"] <= 60
    for size in (5, 7):
        assert len(numbers[f"gaze_{size}"]) == 8
        assert numbers[f"most_{size}"] == max(numbers[f"gaze_{size}"]) > 0.3 > numbers[f"even_{size}"]
        assert numbers[f"other_{size}"] < numbers[f"mass_{size}"] < 0.3
    assert numbers["even_7"] == 1 / 31
    picture = np.array(numbers["picture"])
    assert picture.shape == (31, 31)
    assert picture[-1, 15] == pytest.approx(numbers["most_7"])
    assert len(ran.lines) == 4
    ran.printed.encode("gbk")


def test_a_poem_whose_rhyme_is_unknown_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[np.ndarray] = []
    whole = lab.rhyme_mass

    def watched(parameters: Parameters, ids: np.ndarray, ends: tuple[int, int], groups: np.ndarray) -> tuple[float, float]:
        seen.append(groups[ids[:, ends[0]]])
        return whole(parameters, ids, ends, groups)

    monkeypatch.setattr(lab, "rhyme_mass", watched)
    monkeypatch.setattr(lab, "load_weights", lambda: load_weights(DOWNLOADS / "verse.npz"))
    rare = "春眠不觉馠，处处闻啼堪。夜来风雨声，花落知多馠。"
    poems = [("", "春眠不觉晓，处处闻啼鸟。夜来风雨声，花落知多少。"), ("", rare)]
    sounds = Sounds({}, {"鸟": 1, "少": 1, "堪": 2, "馠": 2, "馣": 2})
    monkeypatch.setattr(lab, "load_sounds", lambda: sounds)
    monkeypatch.setattr(lab, "load_poems", lambda: {"测试": [*poems, ("", rare.replace("堪", "馣")), ("", rare), *sevens()]})
    numbers = lab.main()
    assert numbers["poems"] == 5
    assert numbers["poems_5"] == 3, "the one that ends its second line with a rare character is not there"
    assert all((groups >= 0).all() for groups in seen)


def sevens() -> list[tuple[str, str]]:
    return [("", "一二三四五六七，一二三四五六鸟。一二三四五六七，一二三四五六少。")]


def test_a_reader_gets_the_first_seed() -> None:
    assert inspect.signature(lab.main).parameters["seed"].default == 0

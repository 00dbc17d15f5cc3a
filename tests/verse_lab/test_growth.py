"""Growth: branches against training by hand, amounts and fits by hand; the short run repeats the long one's first points."""

import copy
import inspect
import json
import runpy
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from noisy import noisy
from ran import DOWNLOADS, Ran, run_main

from verse_lab import growth as lab
from verse_lab.data import SIGNS, Vocabulary, load_poems, load_sounds
from verse_lab.language import batches
from verse_lab.rhyme import ends_of, looks, rhyme_mass
from verse_lab.transformer import Adam, gradients, initialise, losses_of

RECORDS = Path(__file__).resolve().parents[2] / "snippets" / "records"
TINY = lab.Settings(sizes=((16, 1), (32, 1), (32, 2)), stops=(3, 6, 12), subsets=(64, 33), learner=(32, 1))
SIZE = len(SIGNS) + 4


def few() -> dict[str, list[tuple[str, str]]]:
    """A few of the poems, by the names of the sets."""
    poems = load_poems()
    return {"训练": poems["训练"][:640], "验证": poems["验证"][:40], "测试": poems["测试"][:120]}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One run of `main` on few poems, with hardly any updates; every loss counts as below the plateau."""
    folder = tmp_path_factory.mktemp("growth")
    tiny = partial(lab.main, settings=TINY)
    return run_main(lab, folder, "poems.txt.xz", "sounds.txt", load_poems=few, BELOW=9.0, main=tiny)


def yard(rows: int = 60) -> lab.Yard:
    """Invented poems of six characters, half of them with five to a line."""
    rng = np.random.default_rng(3)
    vocabulary = Vocabulary(SIGNS + "甲乙丙丁", rare=2)
    poems = ["".join(rng.choice(list("甲乙丙丁戊"), 28)) for _ in range(rows)]
    poems = [f"{p[:7]}，{p[7:14]}。{p[14:21]}，{p[21:]}。" for p in poems]
    poems[::2] = [f"{p[:5]}，{p[8:13]}。{p[16:21]}，{p[24:29]}。" for p in poems[::2]]
    ids = vocabulary.encode(poems)
    sevens = ids[ids[:, 0] == SIGNS.index("7")]
    groups = np.array([-1] * len(SIGNS) + [0, 0, 1, 1])
    return lab.Yard({"训练": ids[:40], "验证": ids[40:50], "测试": ids[50:]}, vocabulary, sevens, groups)


def test_the_rates_rise_stay_and_fall_in_each_branch(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[float]] = []
    monkeypatch.setattr(lab, "advance", lambda optimizer, feed, rates: seen.append(list(rates)))
    monkeypatch.setattr(lab, "WARM_UP", 10)
    rng = np.random.default_rng(0)
    stops = [stop for stop, _ in lab.grow(yard().ids["训练"], SIZE, (16, 1), (3, 10, 20), rng)]
    assert stops == [3, 10, 20]
    high = 0.008  # a quarter of the width, twice the rate
    rise = [high * part / 10 for part in range(1, 11)]
    assert seen[0] == pytest.approx(rise[:2])
    assert seen[1] == pytest.approx([rise[2]]), "at least one update cools down"
    assert seen[2] == pytest.approx(rise[2:8]), "the trunk goes on where the branch began"
    assert seen[3] == pytest.approx([rise[8], rise[9] / 2])
    assert seen[4] == pytest.approx([rise[8], rise[9], *[high] * 6])
    assert seen[5] == pytest.approx([high, high * 3 / 4, high / 2, high / 4])


def test_branches_are_training_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "BATCH_SIZE", 8)
    monkeypatch.setattr(lab, "WARM_UP", 1)
    ids = yard().ids["训练"]
    found = {stop: copy.deepcopy(each) for stop, each in lab.grow(ids, SIZE, (16, 1), (5, 10), np.random.default_rng(4))}
    rng = np.random.default_rng(4)
    feed = batches(ids, 8, rng)
    trunk = Adam(initialise(SIZE, 16, 1, rng))

    def step(optimizer: Adam, rate: float) -> None:
        optimizer.update(gradients(optimizer.parameters, next(feed))[1], rate)

    for _ in range(4):
        step(trunk, 0.008)
    branch = copy.deepcopy(trunk)
    step(branch, 0.008)
    for _ in range(4):
        step(trunk, 0.008)
    step(trunk, 0.008)
    step(trunk, 0.004)
    for stop, by_hand in ((5, branch), (10, trunk)):
        for name, value in by_hand.parameters.items():
            np.testing.assert_allclose(found[stop][name], value, rtol=1e-4, atol=1e-5, err_msg=f"{stop} {name}")


def test_a_run_is_the_same_with_more_stops_and_beside_others() -> None:
    place = yard()
    alone = list(lab.run_one(place, (16, 1), (3, 6), 32, 5))
    longer = list(lab.run_one(place, (16, 1), (3, 6, 9), 32, 5))
    assert alone == longer[:2]
    assert [row["steps"] for row in longer] == [3, 6, 9]
    assert list(lab.run_one(place, (16, 1), (3, 6), 32, 6)) != alone, "another seed"
    assert list(lab.run_one(place, (16, 1), (3, 6), 33, 5)) != alone, "other poems"


def test_the_poems_of_a_subset_are_drawn_by_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[np.ndarray] = []

    def noted(ids: np.ndarray, *_rest: Any) -> Iterator[Any]:
        seen.append(ids)
        return iter(())

    monkeypatch.setattr(lab, "grow", noted)
    place = yard()
    for poems, seed in ((10, 0), (20, 0), (20, 1)):
        assert list(lab.run_one(place, (16, 1), (3,), poems, seed)) == []
    assert [len(ids) for ids in seen] == [10, 20, 20]
    np.testing.assert_array_equal(seen[0], seen[1][:10], err_msg="more poems are the same ones and others")
    assert (seen[1] != seen[2]).any()
    assert (seen[1] != place.ids["训练"][:20]).any(), "not the first ones, which are of one poet"


def test_what_is_measured_of_a_model() -> None:
    place, parameters = yard(), noisy(SIZE, 32)
    row = lab.measure(parameters, place)
    second, last = ends_of(7)
    mass, other = rhyme_mass(parameters, place.rhyming, (second, last), place.groups)
    assert (row["mass"], row["other"]) == (mass, other)
    assert row["gaze"] == looks(parameters, place.rhyming[:, :last])[:, :, last - 1, second].max()
    for key, name in (("validation_nats", "验证"), ("test_nats", "测试")):
        ids = place.ids[name]
        han = ids[:, 1:] >= SIGNS.index("□")
        rare = (ids[:, 1:] == SIGNS.index("□")).sum() * np.log(2)
        expected = (losses_of(parameters, ids)[han].sum(dtype=np.float64) + rare) / han.sum()
        assert row[key] == pytest.approx(expected)
    assert row["validation_nats"] != row["test_nats"]


def test_the_yard_holds_what_readers_download(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(DOWNLOADS)
    place = lab.prepare()
    assert {name: len(ids) for name, ids in place.ids.items()} == {"训练": 55440, "验证": 708, "测试": 699}
    second, last = ends_of(7)
    assert (place.rhyming[:, 0] == SIGNS.index("7")).all()
    ends = place.groups[place.rhyming[:, [second, last]]]
    assert (ends[:, 0] >= 0).all()
    assert ((ends[:, 0] == ends[:, 1]) | (ends[:, 1] < 0)).all(), "what ends on a character too rare to be known aside"
    assert 300 < len(place.rhyming) < 699
    sounds = load_sounds()
    assert place.groups[place.vocabulary.signs.index("光")] == sounds.groups["光"]


def test_a_row_of_runs_ends_where_the_validation_loss_rises() -> None:
    asked: list[float] = []

    def rows(*losses: float) -> Iterator[dict[str, float]]:
        for loss in losses:
            asked.append(loss)
            yield {"validation_nats": loss}

    assert [row["validation_nats"] for row in lab.until_worse(rows(3, 2, 2, 2.5, 1))] == [3, 2, 2, 2.5]
    assert asked == [3, 2, 2, 2.5], "what would come after is not trained"
    assert len(lab.until_worse(rows(3, 2, 1))) == 3


def test_the_sweep_puts_each_number_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Losses that tell which run they are of; with 33 poems the second stop is best, with 64 the last."""

    def pretended(_: Any, size: tuple[int, int], stops: tuple[int, ...], poems: int, seed: int) -> Iterator[dict[str, float]]:
        for place, stop in enumerate(stops):
            worse = 5 if poems == 33 and place == 2 else 0
            nats = 10 + seed + size[0] / 100 + poems / 1e5 - place + worse
            yield {"steps": stop, "validation_nats": nats, "test_nats": nats + 0.5, "gaze": place, "mass": poems, "other": seed}

    monkeypatch.setattr(lab, "run_one", pretended)
    place = yard()
    numbers = lab.sweep(place, TINY, 2)
    assert numbers["steps"] == [3, 6, 12]
    assert np.shape(numbers["test_nats"]) == np.shape(numbers["validation_nats"]) == (3, 3)
    assert numbers["test_nats"][1][2] == pytest.approx(numbers["validation_nats"][1][2] + 0.5)
    assert numbers["gaze"] == [[0, 1, 2]] * 3
    assert numbers["mass"] == [[40] * 3] * 3, "all poems that there are"
    assert numbers["other"] == [[2] * 3] * 3
    assert numbers["poems"] == [64, 33, 40]
    assert numbers["best_steps"] == [12, 6, 12]
    assert numbers["last_steps"] == [12, 12, 12]
    assert numbers["best_nats"][1] == pytest.approx(10 + 2 + 0.32 + 33 / 1e5 - 1 + 0.5)
    assert numbers["best_nats"][2] == numbers["test_nats"][1][2], "the one that reads all poems is not trained again"


@pytest.mark.parametrize(("width", "layers"), [(16, 1), (32, 2)])
def test_parameters_and_operations_by_hand(width: int, layers: int) -> None:
    place = yard()
    inner = layers * (12 * width**2 + 4 * width) + 2 * width
    every = inner + SIZE * width + 33 * width
    assert lab.count(place, (width, layers)) == (inner, every)
    places = 33 * 20 + 25 * 20  # with seven and with five to a line: 28 or 20 characters, four marks, one end
    assert lab.flops(place, (width, layers), 7) == pytest.approx(6 * every * 7 * 32 * places / 40)


def test_the_plateau_by_hand() -> None:
    ids = np.array([[3, 6, 6, 7, 5, 0], [3, 6, 8, 4, 6, 0]])
    test = np.array([[3, 6, 7, 5, 4, 0]])
    place = lab.Yard({"训练": ids, "测试": test}, Vocabulary(SIGNS + "甲乙丙", rare=4), ids, ids)
    # Of seven characters of the training set, four are the first, one each the second, the third and the unknown; one more each
    frequency = {6: 5 / 11, 7: 2 / 11, 5: 2 / 11}
    expected = -(np.log(frequency[6]) + np.log(frequency[7]) + np.log(frequency[5])) + np.log(4)
    assert lab.plateau(place) == pytest.approx(expected / 3)


def test_the_front_by_hand() -> None:
    assert lab.front([4, 1, 2, 3, 5], [5.0, 9.0, 8.0, 8.5, 5.0]) == [1, 2, 0]
    assert lab.front([1, 1], [3.0, 2.0]) == [0, 1]
    assert lab.front([], []) == []


def test_an_exact_power_law_is_found_and_what_is_near_the_plateau_left_out() -> None:
    amounts = [1.0, 10.0, 100.0, 1000.0]
    nats = [7.0, *(5 * amount**-0.1 for amount in amounts[1:])]
    found = lab.fit_power(amounts, nats, 7.2)
    assert found["amounts"] == amounts[1:]
    assert found["nats"] == nats[1:]
    assert found["exponent"] == pytest.approx(-0.1)
    assert found["constant"] == pytest.approx(5)
    assert found["r_squared"] == pytest.approx(1)
    assert found["residuals"] == pytest.approx([0] * 3, abs=1e-9)
    assert lab.fit_power(amounts[:3], nats[:3], 7.2) == {}, "two points make a line of anything"
    edge = [lab.BELOW * 7.2, 5.0, 4.0, 3.0]
    assert len(lab.fit_power(amounts, edge, 7.2)["nats"]) == 3


def test_residuals_are_per_cents_above_the_line() -> None:
    amounts, nats = [1.0, 10.0, 100.0], [4.0, 3.3, 2.5]
    found = lab.fit_power(amounts, nats, 100)
    line = found["constant"] * np.array(amounts) ** found["exponent"]
    assert found["residuals"] == pytest.approx(100 * (np.array(nats) / line - 1))
    logs = np.log(nats)
    rest = np.log(nats) - np.log(line)
    assert found["r_squared"] == pytest.approx(1 - (rest**2).sum() / ((logs - logs.mean()) ** 2).sum())
    assert rest.sum() == pytest.approx(0, abs=1e-12)


def test_laws_fit_the_last_stop_the_front_and_only_data_that_were_learnt() -> None:
    place = yard()
    numbers = {
        "test_nats": [[0.3, 0.25, 0.22], [0.29, 0.24, 0.2], [0.28, 0.245, 0.19]],
        "poems": [10, 20, 40, 80],
        "best_steps": [3, 6, 6, 12],
        "last_steps": [6, 12, 12, 12],
        "best_nats": [0.26, 0.24, 0.23, 0.225],
    }
    found = lab.laws(place, TINY, numbers)
    assert found["plateau"] == lab.plateau(place) > 0.3 / lab.BELOW
    assert found["data_amounts"] == [10, 20, 40], "the last one was still learning"
    assert found["inner"] == found["inner_amounts"] == [lab.count(place, size)[0] for size in TINY.sizes]
    assert found["parameters"] == found["parameters_amounts"] == [lab.count(place, size)[1] for size in TINY.sizes]
    assert found["inner_nats"] == found["parameters_nats"] == pytest.approx([0.22, 0.2, 0.19])
    assert found["flops"][1][2] == lab.flops(place, (32, 1), 12)
    assert found["compute_nats"] == sorted(found["compute_nats"], reverse=True)
    assert found["compute_amounts"] == sorted(found["compute_amounts"])
    assert found["compute_nats"][-1] == pytest.approx(0.19)


def test_main_measures_every_point_and_says_what_it_cannot_fit(ran: Ran) -> None:
    numbers = ran.numbers
    assert np.shape(numbers["test_nats"]) == (3, 3)
    assert np.shape(numbers["flops"]) == (3, 3)
    assert numbers["steps"] == [3, 6, 12]
    assert numbers["poems"] == [64, 33, 640]
    assert 3 < numbers["plateau"] < 8
    assert numbers["inner_exponent"] == pytest.approx(
        np.polyfit(np.log(numbers["inner"]), np.log([row[-1] for row in numbers["test_nats"]]), 1)[0]
    )
    assert "data_exponent" not in numbers
    assert sum("押韵" in line for line in ran.lines) >= 9 + 4
    assert ran.lines[-5].startswith(f"只会字频时是 {numbers['plateau']:.3f} 奈特")
    assert ran.lines[-4] == (
        f"参数（不算词向量）：3 个点，指数 {numbers['inner_exponent']:.3f}，决定系数 {numbers['inner_r_squared']:.3f}"
    )
    assert ran.lines[-2] == "数据：平台以下的点不足三个，不拟合"
    assert ran.lines[-1].startswith("运算：")
    ran.printed.encode("gbk")


def test_the_short_run_repeats_the_first_points_of_the_long_one() -> None:
    """What CI runs again, within its seeds' tolerance, is what the long record says of the same sizes and stops."""
    short, long = (json.loads((RECORDS / f"{name}.json").read_text("utf-8")) for name in ("growth", "growth_long"))
    compared = 0
    for place, size in enumerate(lab.SHORT.sizes):
        other = lab.LONG.sizes.index(size)
        for key in ("validation_nats", "test_nats", "gaze", "mass", "other", "flops"):
            allowed = short["tolerances"][key]
            for stop, (now, then) in enumerate(zip(short["numbers"][key][place], long["numbers"][key][other], strict=False)):
                assert now == pytest.approx(then, abs=allowed), f"{size} {key} {lab.SHORT.stops[stop]}"
                compared += 1
    assert compared == len(lab.SHORT.sizes) * len(lab.SHORT.stops) * 6
    assert lab.LONG.stops[: len(lab.SHORT.stops)] == lab.SHORT.stops
    assert short["numbers"]["plateau"] == pytest.approx(long["numbers"]["plateau"])
    assert len(short["seeds"]["recorded"]) == 3


def test_a_reader_gets_the_first_seed_and_the_short_run() -> None:
    parameters = inspect.signature(lab.main).parameters
    assert (parameters["seed"].default, parameters["settings"].default) == (0, lab.SHORT)


@pytest.mark.parametrize(("words", "expected"), [([], lab.SHORT), (["long"], lab.LONG), (["-f", "kernel.json"], lab.SHORT)])
def test_the_program_takes_the_word_long(
    words: list[str], expected: lab.Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["growth.py", *words])
    with pytest.raises(Exception, match=r"poems\.txt\.xz：没有这个文件") as caught:
        runpy.run_path(lab.__file__, run_name="__main__")
    settings = next(entry.frame.f_locals["settings"] for entry in caught.traceback if entry.name == "main")
    assert (settings.sizes, settings.stops, settings.subsets) == (expected.sizes, expected.stops, expected.subsets)

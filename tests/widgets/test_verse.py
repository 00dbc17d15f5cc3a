"""The widget `verse`, docs/assets/js/verse*.js: the recorded poems to the character, Python's probabilities, what a reader does."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from visiting import Visit

from verse_lab import verse
from verse_lab.data import Vocabulary, load_poems
from verse_lab.inference import load_weights
from verse_lab.transformer import Parameters, forward

ROOT = Path(__file__).resolve().parents[2]
DOWNLOADS = ROOT / "docs/downloads"
RECORD = json.loads((ROOT / "snippets/records/verse.json").read_text("utf-8"))["numbers"]
Open = Callable[..., Visit]
# Of logarithms of probability: the weights are the same, the sums are taken in another order
CLOSE = 1e-4
MODEL = """const {settings, tensors} = await import("./assets/js/parts.js");
const core = await import("./assets/js/verse-model.js");
const told = await settings("verse"), model = new core.Model(await tensors("verse-int8"), told);"""
CHOICE = "const [form, heads, temperature, seed] = given, choice = {form, heads, temperature, seed};"


@pytest.fixture(scope="module")
def model() -> tuple[Parameters, Vocabulary]:
    """The weights as the page has them, in Python."""
    parameters, vocabulary = load_weights(DOWNLOADS / "verse.npz")
    return verse.restore(verse.shrink(parameters)), vocabulary


def run(page: Page, script: str, given: Any) -> Any:
    return page.evaluate(f"async given => {{ {MODEL} {script} }}", given)


def test_recorded_poems_to_the_character_and_their_probabilities(page: Page) -> None:
    write = f"{CHOICE} return [...core.write(model, choice)].map(({{sign, logs}}) => [model.signs[sign], logs[sign]]);"
    for case, poem, expected in zip(verse.CASES, RECORD["poems"], RECORD["log_probabilities"], strict=True):
        found = run(page, write, case)
        assert "".join(sign for sign, _ in found).rstrip("\n") == poem
        assert [log for _, log in found] == pytest.approx(expected, abs=CLOSE)


def test_every_probability_and_every_look_is_pythons(page: Page, model: tuple[Parameters, Vocabulary]) -> None:
    parameters, vocabulary = model
    write = f"{CHOICE} return [...core.write(model, choice)].map(({{logs, attention}}) => " + (
        "({logs: [...logs].map(log => Math.max(log, -1e9)), attention: attention.map(heads => heads.map(share => [...share]))}));"
    )
    steps = run(page, write, verse.CASES[4])
    form, heads, temperature, seed = verse.CASES[4]
    ids, logs = verse.write_one(parameters, verse.given_signs(vocabulary, form, heads), temperature, seed)
    assert len(steps) == len(logs) > 30
    np.testing.assert_allclose([step["logs"] for step in steps], np.maximum(logs, -1e9), atol=CLOSE)
    _, kept = forward(parameters, np.array([ids[:-1]]))
    for place, step in enumerate(steps):
        for layer in (0, 1):
            looked = kept[4 * layer + 1][4][0, :, place, : place + 1]  # as `attention` keeps them
            np.testing.assert_allclose(step["attention"][layer], looked, atol=1e-5)


@pytest.mark.parametrize("broken", ["0.mix", "1.widen", "norm.shift"])
def test_other_weights_would_be_noticed(broken: str, page: Page) -> None:
    """The comparison above is one that can fail."""
    write = f"""const changed = model.parameters["{broken}"];
    changed.values = changed.values.map(value => 1.01 * value); {CHOICE}
    return [...core.write(model, choice)].map(({{sign, logs}}) => logs[sign]);"""
    found, expected = run(page, write, verse.CASES[0]), RECORD["log_probabilities"][0]
    assert len(found) != len(expected) or np.abs(np.subtract(found, expected)).max() > 10 * CLOSE


@pytest.mark.parametrize("seed", [1, 13, 9999])
def test_random_numbers_are_pythons_to_the_bit(seed: int, page: Page) -> None:
    take = "const points = core.draws(given, told); return Array.from({length: 50}, () => points.next().value);"
    assert run(page, take, seed) == list(itertools.islice(verse.draws(seed), 50))


def test_lines_are_looked_up_as_in_python(page: Page, model: tuple[Parameters, Vocabulary]) -> None:
    vocabulary = model[1]
    poems = load_poems(DOWNLOADS / "poems.txt.xz")
    sets = {name: vocabulary.encode([poem for _, poem in poems[name][:400]]) for name in ("训练", "测试")}
    look = """const {lines} = await tensors("verse-lines");
    return given.map(line => core.maybeSeen(line, lines.values, told));"""
    seen = [line for lines in verse.lines_by_size(sets["训练"]).values() for line in lines.tolist()]
    assert len(seen) > 1000
    assert all(run(page, look, seen)), "a line of the training set is never missed"
    unseen = [line for lines in verse.lines_by_size(sets["测试"]).values() for line in lines.tolist()]
    assert sum(run(page, look, unseen)) < 0.02 * len(unseen)


def test_nothing_heavy_comes_before_it_is_asked_for(served: Open) -> None:
    visit = served("verse", above=4000)
    assert not [address for address in visit.requests if "verse" in address]
    visit.page.mouse.wheel(0, 5000)
    widget = visit.page.locator("[data-widget]")
    expect(widget).to_have_attribute("data-answer", RECORD["poems"][0])
    assert "".join(widget.locator(".verse-line").all_inner_texts()) == RECORD["poems"][0]
    assert not [address for address in visit.requests if address.endswith(".bin") or "verse-" in address]
    shell = [ROOT / "docs/assets/js/verse.js", ROOT / "docs/assets/data/verse.json"]
    assert sum(path.stat().st_size for path in shell) < 5000
    weights = [ROOT / "docs/assets/data" / f"verse-int8.{kind}" for kind in ("bin", "shapes.json")]
    assert sum(path.stat().st_size for path in weights) < 400_000
    widget.get_by_role("button").first.tap()
    visit.page.wait_for_function("old => document.querySelector('[data-widget]').dataset.answer !== old", arg=RECORD["poems"][0])
    assert len([address for address in visit.requests if "verse-int8.bin" in address]) == 1
    assert visit.console == []


def answer(page: Page) -> str:
    return page.locator("[data-widget]").get_attribute("data-answer") or ""


def wait_for_lines(page: Page) -> None:
    """Wait until a poem is written and its lines looked up."""
    expect(page.locator(".verse-line").last.locator(".verse-seen")).to_be_visible(timeout=15_000)


def test_the_first_button_writes_another_poem_and_a_link_shows_it_again(served: Open) -> None:
    page = served("verse").page
    page.get_by_role("button", name="写一首").click()
    wait_for_lines(page)
    first = answer(page)
    assert first != RECORD["poems"][0]
    again = served("verse", query=f"?{page.url.partition('?')[2]}").page
    wait_for_lines(again)
    assert answer(again) == first


def test_the_controls_say_what_is_written(served: Open) -> None:
    page = served("verse").page
    page.emulate_media(reduced_motion="reduce")
    page.get_by_label("体裁").select_option("五言")
    page.get_by_label("每句的头一个字").fill("山水花月")
    page.get_by_label("温度").select_option("1")
    page.get_by_label("种子").fill("1")
    page.get_by_label("种子").press("Enter")
    expect(page.locator("[data-widget]")).to_have_attribute("data-answer", RECORD["poems"][5])
    wait_for_lines(page)
    assert page.url.endswith("verse=5%2C%E5%B1%B1%E6%B0%B4%E8%8A%B1%E6%9C%88%2C1%2C1")
    assert page.locator(".verse-seen").all_inner_texts() == ["没见过"] * 4
    expect(page.locator("[aria-live]")).to_contain_text(RECORD["poems"][5])


def looked_at(model: tuple[Parameters, Vocabulary], place: int, layer: int, head: int) -> str:
    """Where a head looks most before the character at `place` of the fifth recorded poem is written, in the widget's words."""
    parameters, vocabulary = model
    ids = vocabulary.encode([RECORD["poems"][4]])
    shares = forward(parameters, ids[:, :place])[1][4 * layer + 1][4][0, head, -1]
    most = int(shares.argmax())
    return f"第 {(most - 1) // 8 + 1} 句的「{RECORD['poems'][4][most - 1]}」，占 {100 * shares[most]:.0f}%" if most else "体裁"


def test_each_character_shows_what_was_likely_and_where_a_head_looked(served: Open, model: tuple[Parameters, Vocabulary]) -> None:
    page = served("verse", query="?verse=7,春夏秋冬,0.8,5").page
    wait_for_lines(page)
    page.locator(".verse-line button").nth(16).tap()
    panel = page.locator(".verse-panel")
    expect(panel).to_contain_text(f"「{RECORD['poems'][4][18]}」是抽中的，概率")
    assert panel.locator("li").count() == verse.SHOWN + 1
    shares = [float(text.rstrip("%")) for text in panel.locator("li span:last-child").all_inner_texts()]
    assert sum(shares) == pytest.approx(100, abs=2)
    expect(panel).to_contain_text(f"这一头看得最多的是{looked_at(model, 19, 1, 0)}")
    panel.get_by_role("combobox").select_option("第 1 层第 1 头")
    expect(panel).to_contain_text(f"这一头看得最多的是{looked_at(model, 19, 0, 0)}")
    page.keyboard.press("Tab")
    page.locator("[data-chosen]").focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator("[data-chosen]")).to_have_text(RECORD["poems"][4][10])
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-chosen]")).to_have_text("夏")
    expect(panel).to_contain_text("「夏」是定下的")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-chosen]")).to_have_text(RECORD["poems"][4][6])
    assert page.locator(".verse-line button:focus").inner_text() == RECORD["poems"][4][6]


def test_a_character_that_the_model_does_not_know_is_named(served: Open) -> None:
    page = served("verse").page
    page.get_by_label("每句的头一个字").fill("龍")
    page.get_by_label("每句的头一个字").press("Enter")
    expect(page.locator(".verse-note")).to_have_text("模型的字表里没有「龍」，它只认得唐诗里常见的简体字；换一个字再写。")
    assert answer(page) == RECORD["poems"][0]


def test_a_seed_that_is_none_becomes_the_first(served: Open) -> None:
    page = served("verse", query="?verse=7,,0.8,-3.5").page
    wait_for_lines(page)
    assert answer(page) == RECORD["poems"][0]
    other = served("verse", query="?verse=9,,hot").page
    expect(other.locator("[data-widget]")).to_have_attribute("data-answer", RECORD["poems"][0])
    assert other.locator(".verse-panel").count() == 0, "what makes no sense is not taken"


def test_a_line_that_was_seen_is_told(folder: Path, served: Open) -> None:
    path = folder / "assets/data/verse-lines.bin"
    path.write_bytes(b"\xff" * path.stat().st_size)
    shapes = folder / "assets/data/verse-lines.shapes.json"
    digest = base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()
    told = json.loads(shapes.read_text("utf-8"))
    shapes.write_text(json.dumps(told | {"digest": digest}), "utf-8")
    page = served("verse", query="?verse=5,,0,1").page
    wait_for_lines(page)
    assert page.locator(".verse-seen").all_inner_texts() == ["大概见过"] * 4


def test_weights_that_do_not_come_are_told_and_asked_for_again(folder: Path, served: Open) -> None:
    path = folder / "assets/data/verse-int8.bin"
    kept = path.read_bytes()
    path.write_bytes(kept[:1000])
    page = served("verse").page
    page.get_by_role("button", name="写一首").click()
    expect(page.locator(".verse-note")).to_contain_text("模型没有取到")
    path.write_bytes(kept)
    page.get_by_role("button", name="写一首").click()
    wait_for_lines(page)
    assert page.locator(".verse-note").inner_text() == ""


@pytest.mark.parametrize("width", [360, 390])
def test_it_fits_a_phone(width: int, served: Open) -> None:
    page = served("verse", query="?verse=7,春夏秋冬,0.8,5").page
    page.set_viewport_size({"width": width, "height": 740})
    wait_for_lines(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width

"""The descent in Chromium: each step and each whole path against mnist_lab.descent; touch, keyboard, address, motion, palettes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page
from visiting import Visit, answer

from mnist_lab import descent as lab

ROOT = Path(__file__).parents[2]
SETTINGS = json.loads((ROOT / "docs/assets/data/descent.json").read_text("utf-8"))
WALKS = json.loads((ROOT / "snippets/records/descent.json").read_text("utf-8"))["numbers"]["walks"]
COUNTS, SCALE = np.array(SETTINGS["counts"]), np.array(SETTINGS["scale"])
GRADIENTS = {"square": lab.square_gradient, "cross": lab.cross_gradient}
MODEL = """async ([call, kind, ...values]) => {
  const core = await import("./assets/js/descent-model.js");
  const settings = await (await fetch("assets/data/descent.json")).json();
  const calls = {
    surface: side => core.surface(core[kind], side, settings),
    here: points => points.map(point => core.here(core[kind], point, settings)),
    step: (points, rate) => points.map(point => core.step(point, core.here(core[kind], point, settings), rate)),
    walk: (start, rate, steps) => {
      const descent = core.begin(core[kind], start, settings);
      core.walk(core[kind], descent, rate, Math.ceil(steps / 2), settings);
      core.walk(core[kind], descent, rate, steps, settings);
      return descent.path;
    },
  };
  return calls[call](...values);
}"""


@pytest.mark.parametrize("kind", ["square", "cross"])
def test_every_step_from_a_recorded_point_is_the_labs(kind: str, page: Page) -> None:
    for walk in WALKS:
        points = walk[f"{kind}_path"]
        found = page.evaluate(MODEL, ["step", kind, points, walk["rate"]])
        expected = [np.array(point) - walk["rate"] * GRADIENTS[kind](np.array(point), SCALE, COUNTS) for point in points]
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", ["square", "cross"])
def test_every_recorded_path_is_walked_again(kind: str, page: Page) -> None:
    assert len(WALKS) >= 4
    for walk in WALKS:
        steps = walk["every"] * (len(walk[f"{kind}_path"]) - 1)
        found = page.evaluate(MODEL, ["walk", kind, walk["start"], walk["rate"], steps])
        assert len(found) == steps + 1
        np.testing.assert_allclose(found[:: walk["every"]], walk[f"{kind}_path"], rtol=1e-9, atol=1e-9)


def test_losses_and_right_answers_are_the_labs(page: Page) -> None:
    points = [[0.0, 0.0], [4.0, 4.0], [-3.0, -5.5], [500.0, -700.0]]
    for place, kind in enumerate(("square", "cross")):
        found = page.evaluate(MODEL, ["here", kind, points])
        expected = [lab.both_losses(np.array(point), SCALE, COUNTS)[place] for point in points]
        assert [each["loss"] for each in found] == pytest.approx(expected, rel=1e-12)
        ones = [(point[0] + point[1] * SCALE) >= 0 for point in points]
        right = [(COUNTS[1][one].sum() + COUNTS[0][~one].sum()) / COUNTS.sum() for one in ones]
        assert [each["right"] for each in found] == pytest.approx(right, rel=1e-12)


def test_the_surface_lies_as_it_is_drawn(page: Page) -> None:
    values = np.array(page.evaluate(MODEL, ["surface", "square", 4])).reshape(4, 4)
    centres = np.array([-4.5, -1.5, 1.5, 4.5])
    expected = [[lab.both_losses(np.array([bias, slope]), SCALE, COUNTS)[0] for bias in centres] for slope in centres[::-1]]
    np.testing.assert_allclose(values, expected, rtol=1e-12)


def painted(page: Page, place: int) -> bytes:
    """Return a surface as it is drawn."""
    return bytes(
        page.locator(".descent-surface").nth(place).evaluate("c => [...c.getContext('2d').getImageData(0, 0, 300, 300).data]")
    )


def test_it_opens_on_the_plateau(served: Callable[..., Visit]) -> None:
    visit = served("descent")
    found = answer(visit.page)
    assert (found["t"], found["rate"]) == (SETTINGS["shown"], SETTINGS["rate"])
    first = WALKS[0]
    place = found["t"] // first["every"]
    for kind in ("square", "cross"):
        np.testing.assert_allclose(found[kind]["theta"], first[f"{kind}_path"][place], atol=1e-9)
        assert found[kind]["loss"] == pytest.approx(first[f"{kind}_losses"][place], abs=1e-9)
    assert "descent=" not in visit.page.url
    assert visit.console == []


def test_the_formula_shows_the_step_that_comes(served: Callable[..., Visit]) -> None:
    page = served("descent", query="?descent=4_0_2_0").page
    found = answer(page)["square"]
    (after, _), down = found["theta"], found["gradient"][0]
    first = page.locator(".descent-formula").first.inner_text()
    assert first == f"θ₀ ← {after:.4f} − 2 × {down:.4f} = {after - 2 * down:.4f}"


def test_a_touch_chooses_where_to_begin_and_the_address_keeps_it(served: Callable[..., Visit]) -> None:
    page = served("descent").page
    answer(page)
    surface = page.locator(".descent-surface").nth(1)
    box = surface.bounding_box()
    assert box is not None
    surface.tap(position={"x": box["width"] / 4, "y": box["height"] / 4})
    page.wait_for_url("**descent=-3_3_2_100**")
    found, sent = answer(page), page.url
    square, cross = lab.walk(np.array([-3.0, 3.0]), SCALE, COUNTS, alpha=2.0, steps=100)
    np.testing.assert_allclose(found["square"]["theta"], square[-1], atol=1e-9)
    np.testing.assert_allclose(found["cross"]["theta"], cross[-1], atol=1e-9)
    assert answer(served("descent", query=sent[sent.index("?") :]).page) == found


@pytest.mark.parametrize("address", ["?descent=", "?descent=a_b_c_d", "?descent=1_2"])
def test_an_address_that_says_nothing_opens_as_if_there_were_none(address: str, served: Callable[..., Visit]) -> None:
    assert answer(served("descent", query=address).page)["t"] == SETTINGS["shown"]


def test_every_slider_by_keyboard_up_to_far_too_large(served: Callable[..., Visit]) -> None:
    page = served("descent", query="?descent=0_0_2_1").page
    before = answer(page)
    page.get_by_label("起点 θ₀").focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_label("起点 θ₀").get_attribute("aria-valuetext") == "0.1"
    page.get_by_label("学习率 α").focus()
    page.keyboard.press("End")
    found = answer(page)
    assert (found["rate"], before["rate"]) == (1000, 2)
    assert found["square"]["loss"] < 0.5 < found["cross"]["loss"]
    assert abs(found["square"]["gradient"][0]) < 1e-3 < abs(found["cross"]["gradient"][0])  # the one is saturated
    page.get_by_label("步数 t").focus()
    page.keyboard.press("Home")
    assert answer(page)["square"]["theta"] == [0.1, 0]
    page.get_by_text("第 0 步：均方误差 J = ").wait_for(state="attached")
    assert "descent=0.1_0_1000_0" in page.url


def test_numbers_that_break_into_more_lines_move_nothing_below(served: Callable[..., Visit]) -> None:
    page = served("descent", query="?descent=0_0_0.01_0").page
    answer(page)
    rate = page.get_by_label("学习率 α")
    before = rate.bounding_box()
    rate.focus()
    page.keyboard.press("End")
    page.get_by_label("步数 t").press("PageUp")
    assert answer(page)["rate"] == 1000
    assert rate.bounding_box() == before
    page.add_style_tag(content=".md-typeset .descent-numbers { min-height: 0 }")
    assert rate.bounding_box() != before


FRAMES = """() => {
  const due = new Map();
  let count = 0;
  window.requestAnimationFrame = run => due.set(++count, run) && count;
  window.cancelAnimationFrame = id => due.delete(id);
  window.frame = () => { const now = [...due.values()]; due.clear(); now.forEach(run => run(0)); };
}"""


def test_it_walks_while_one_watches_and_at_once_without_motion(served: Callable[..., Visit]) -> None:
    page = served("descent").page
    answer(page)
    page.evaluate(FRAMES)  # frames come when the test says so
    page.get_by_role("button", name="从头走").click()
    assert answer(page)["t"] == 0
    for _ in range(7):
        page.evaluate("frame()")
    assert answer(page)["t"] == 7
    page.get_by_role("button", name="停").click()
    page.evaluate("frame()")
    assert answer(page)["t"] == 7
    assert "descent=4_4_2_7" in page.url
    page.emulate_media(reduced_motion="reduce")
    page.get_by_role("button", name="从头走").click()
    assert answer(page)["t"] == SETTINGS["longest"]


def test_the_picture_follows_the_palette_and_the_path(served: Callable[..., Visit]) -> None:
    page = served("descent").page
    answer(page)
    page.add_style_tag(content="body { --md-typeset-a-color: rgb(9, 9, 200) }")
    page.add_style_tag(content="body[data-md-color-scheme=slate] { --md-typeset-a-color: rgb(9, 200, 9) }")
    page.evaluate("document.body.dataset.mdColorScheme = 'default'")
    page.wait_for_function("document.querySelector('.descent-surface').getContext('2d').getImageData(20, 20, 1, 1).data[2] > 190")
    light = painted(page, 0)
    assert painted(page, 1) != light
    page.evaluate("document.body.dataset.mdColorScheme = 'slate'")
    page.wait_for_function("document.querySelector('.descent-surface').getContext('2d').getImageData(20, 20, 1, 1).data[1] > 190")
    assert painted(page, 0) != light


def test_a_screen_of_360_px_is_enough(served: Callable[..., Visit]) -> None:
    page = served("descent").page
    answer(page)
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.locator(".descent-surface").evaluate_all("all => all.map(one => one.getBoundingClientRect().width > 150)") == [
        True,
        True,
    ]
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for name in ("起点 θ₀", "起点 θ₁", "学习率 α", "步数 t"):
        assert page.get_by_label(name).is_visible()


def test_the_curve_is_walked_to_its_end_in_frames(served: Callable[..., Visit]) -> None:
    page = served("descent", query="?descent=4_4_2_0").page
    answer(page)
    drawn = "document.querySelector('.descent-curve').getContext('2d').getImageData(290, 0, 1, 90).data.some(value => value > 0)"
    page.wait_for_function(drawn)  # the faint line up to the last step, of which the reader has seen none

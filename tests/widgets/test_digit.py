"""写一个数字 in Chromium: the twin of mnist_lab.draw to the digit, hands of several kinds, touch, keyboard, test images, links."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hands import HANDS, WAYS, Strokes, write
from playwright.sync_api import Locator, Page, Route
from visiting import Visit

from mnist_lab.data import load_mnist
from mnist_lab.draw import EXAMPLE, load_weights, pack_layers, read, see, see_plain, unpack_layers
from mnist_lab.images import centre
from mnist_lab.network import Layer

ROOT = Path(__file__).resolve().parents[2]
DOWNLOADS = ROOT / "docs/downloads"
MODEL = """const {tensors} = await import("./assets/js/parts.js"), {Model} = await import("./assets/js/digit-model.js");
  const model = new Model(await tensors("digit"));"""
SEE = f"async all => {{ {MODEL} return all.map(strokes => [[...model.see(strokes)], [...model.seePlain(strokes)]]); }}"
CENTRE = f"""async all => {{ {MODEL}
  return all.map(rows => [...model.centred({{values: rows.flat(), height: rows.length, width: rows[0].length}})]); }}"""
READ = f"""async all => {{ {MODEL}
  const told = ({{probabilities, spoke}}) => [probabilities, [...spoke]];
  return all.map(image => told(model.read(Uint8Array.from(image)))); }}"""
ANSWERS = f"""async address => {{ {MODEL}
  const images = new Uint8Array(await (await fetch(address)).arrayBuffer());
  const side = 784, answers = [];
  for (let start = 0; start < images.length; start += side) answers.push(model.read(images.slice(start, start + side)).answer);
  return answers; }}"""
# What is made for an answer, in bytes, once the browser has compiled what answers; `more` is made beside it
MADE = f"""async ([strokes, more]) => {{ {MODEL}
  const kept = [];
  window.answer = () => {{ kept[0] = [model.read(model.see(strokes)), new Float64Array(more).map(Math.random)]; }};
  for (let time = 0; time < 300; time += 1) answer();
}}"""

# The answer comes in tasks of its own, its bars in one frame and its pictures in the next
SETTLED = """async () => {
  for (let frame = 0; frame < 6; frame += 1) await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
}"""


@pytest.fixture(scope="module")
def packed() -> list[Layer]:
    return unpack_layers(pack_layers(load_weights(DOWNLOADS / "classifier.npz")))


@pytest.fixture(scope="module")
def test_set() -> tuple[np.ndarray, np.ndarray]:
    return load_mnist(DOWNLOADS / "mnist.npz")[1]


def hands(seed: int) -> list[tuple[int, Strokes]]:
    rng = np.random.default_rng(seed)
    return [(digit, write(digit, way % 3, hand, rng)) for digit in WAYS for way, hand in enumerate(HANDS.values())]


def plain(strokes: Strokes) -> list[list[list[float]]]:
    return [stroke.tolist() for stroke in strokes]


def test_it_sees_what_python_sees(page: Page) -> None:
    # Nothing symmetric: a centre of mass between two pixels may be rounded either way
    drawn = [strokes for _, strokes in hands(1)] + [[np.array([[0.0, 0.0], [1.0, 0.7]]), np.array([[0.3, 0.9]])]]
    found = page.evaluate(SEE, [plain(strokes) for strokes in drawn])
    for strokes, (seen, placed) in zip(drawn, found, strict=True):
        # One step of grey: the last bit of a square root may round it the other way
        assert np.abs(np.array(seen) - see(strokes).ravel()).max() <= 1
        assert np.abs(np.array(placed) - see_plain(strokes).ravel()).max() <= 1


def test_it_centres_as_python_does(page: Page, test_set: tuple[np.ndarray, np.ndarray]) -> None:
    images = [np.pad(image, ((0, 9), (14, 0))) for image in test_set[0][:40]]
    found = page.evaluate(CENTRE, [image.tolist() for image in images])
    assert [np.abs(np.array(seen) - centre(image).ravel()).max() <= 1 for seen, image in zip(found, images, strict=True)] == [
        True
    ] * 40


def test_its_answer_is_that_of_python(page: Page, packed: list[Layer], test_set: tuple[np.ndarray, np.ndarray]) -> None:
    images = test_set[0][:60]
    found = page.evaluate(READ, images.reshape(60, -1).tolist())
    for image, (probabilities, spoke) in zip(images, found, strict=True):
        expected, pixels = read(packed, image)
        assert probabilities == pytest.approx(expected, abs=1e-12)
        assert spoke == pytest.approx(pixels, abs=1e-12)


def made(page: Page, more: int) -> float:
    """Return how many bytes an answer makes, `more` numbers kept beside it."""
    client = page.context.new_cdp_session(page)
    page.evaluate(MADE, [plain(hands(1)[0][1]), more])
    collected = {"includeObjectsCollectedByMajorGC": True, "includeObjectsCollectedByMinorGC": True}
    client.send("HeapProfiler.startSampling", {"samplingInterval": 1024, **collected})
    page.evaluate("() => { for (let time = 0; time < 200; time += 1) answer(); }")
    samples = client.send("HeapProfiler.stopSampling")["profile"]["samples"]
    return float(sum(sample["size"] for sample in samples)) / 200


def test_an_answer_makes_hardly_any_garbage(page: Page) -> None:
    # It is worked out dozens of times a stroke, and what collects garbage holds up the pen
    assert made(page, 0) < 30_000
    assert made(page, 10_000) > 30_000


def test_at_most_fifteen_test_images_differ_from_keras(page: Page, folder: Path, test_set: tuple[np.ndarray, np.ndarray]) -> None:
    import keras

    from mnist_lab.classifier import build

    model = build()
    with np.load(DOWNLOADS / "classifier.npz") as arrays:
        model.set_weights([arrays[name] for name in ("hidden", "hidden_bias", "output", "output_bias")])
    x = test_set[0].reshape(10_000, -1).astype("float32") / 255
    expected = keras.ops.convert_to_numpy(model(x)).argmax(axis=1)
    (folder / "images.bin").write_bytes(test_set[0].tobytes())
    found = np.array(page.evaluate(ANSWERS, "images.bin"))
    differ = int((found != expected).sum())
    assert differ <= 15
    assert differ == json.loads((ROOT / "snippets/records/draw.json").read_text("utf-8"))["numbers"]["differ"]


def draw(page: Page, canvas: Locator, strokes: Strokes) -> None:
    """Draw with the mouse, a point at a time."""
    box = canvas.bounding_box()
    assert box is not None
    for stroke in strokes:
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place)
        page.mouse.up()


def widget(visit: Visit) -> tuple[Page, Locator, Locator]:
    element = visit.page.locator("[data-widget=digit]")
    element.locator("canvas").wait_for()
    assert element.locator("canvas").count() == 1
    return visit.page, element, element.locator("canvas")


# As many points of a stroke as a screen takes in half a second. Of all hands and ways of writing, test_draw shows that the network
# reads them, and a test above that the page sees what it sees
WRITTEN = {name: replace(HANDS[name], points=25) for name in ("calm", "small", "slanted", "corner")}


@pytest.mark.parametrize("name", WRITTEN)
def test_every_digit_in_several_hands_is_read(name: str, served: Callable[..., Visit]) -> None:
    visit = served("digit")
    page, element, canvas = widget(visit)
    rng = np.random.default_rng(2)
    answers = []
    for digit in WAYS:
        page.get_by_role("button", name="清除").click()
        page.wait_for_function("() => !document.querySelector('[data-answer]')")
        draw(page, canvas, write(digit, digit % 3, WRITTEN[name], rng))
        page.wait_for_function("() => document.querySelector('[data-answer]')")
        page.evaluate(SETTLED)
        answers.append(element.get_attribute("data-answer"))
    assert answers == [str(digit) for digit in WAYS]
    assert visit.console == []


def late(route: Route) -> None:
    """Answer only when the first stroke is drawn."""
    time.sleep(0.3)
    route.continue_()


def test_nothing_is_asked_for_before_the_first_touch_and_the_first_stroke_stays(served: Callable[..., Visit]) -> None:
    visit = served("digit")
    page, _, canvas = widget(visit)
    asked = {name.rpartition("/")[2] for name in visit.requests if "assets/css" not in name and "assets" in name}
    assert asked == {"widgets.js", "digit.js", "make.js"}
    page.route("**/digit.bin", late)
    draw(page, canvas, write(7, 0, HANDS["calm"], np.random.default_rng(0)))
    page.wait_for_function("() => document.querySelector('[data-answer=\"7\"]')")
    assert "digit.bin" in {name.rpartition("/")[2] for name in visit.requests}


def test_nothing_below_moves_when_the_network_answers(served: Callable[..., Visit]) -> None:
    page, element, canvas = widget(served("digit"))
    before = element.bounding_box()
    draw(page, canvas, write(7, 0, HANDS["calm"], np.random.default_rng(0)))
    page.wait_for_function("() => document.querySelector('[data-answer=\"7\"]')")
    assert element.bounding_box() == before


def test_a_finger_draws(served: Callable[..., Visit]) -> None:
    page, _, canvas = widget(served("digit"))
    box = canvas.bounding_box()
    assert box is not None
    client = page.context.new_cdp_session(page)
    for stroke in write(4, 1, HANDS["hasty"], np.random.default_rng(3)):
        for kind, (x, y) in zip(["touchStart", *["touchMove"] * (len(stroke) - 1)], stroke, strict=True):
            point = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
            client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_function("() => document.querySelector('[data-answer=\"4\"]')")
    assert page.evaluate("scrollY") == 0


def test_the_arrow_keys_draw(served: Callable[..., Visit]) -> None:
    page, _, canvas = widget(served("digit"))
    canvas.focus()
    for _ in range(13):
        page.keyboard.press("ArrowDown")
    page.wait_for_function("() => document.querySelector('[data-answer=\"1\"]')")
    page.keyboard.press("Backspace")
    page.wait_for_function("() => !document.querySelector('[data-answer]')")
    # A 7: to the left with the pen lifted, to the right, down
    for key in [" ", *["ArrowUp"] * 13, *["ArrowLeft"] * 4, " ", *["ArrowRight"] * 8, *["ArrowDown"] * 13]:
        page.keyboard.press(key)
    page.wait_for_function("() => document.querySelector('[data-answer=\"7\"]')")


def test_a_shifted_digit_is_misread_and_centring_mends_it(served: Callable[..., Visit], packed: list[Layer]) -> None:
    page, element, canvas = widget(served("digit"))
    draw(page, canvas, [np.array(EXAMPLE)])
    page.wait_for_function("() => document.querySelector('[data-answer=\"3\"]')")
    switch = page.get_by_role("switch", name="不居中")
    switch.click()
    assert switch.get_attribute("aria-checked") == "true"
    expected = read(packed, see_plain([np.array(EXAMPLE)]))[0].argmax()
    assert expected != 3
    page.wait_for_function(f"() => document.querySelector('[data-answer=\"{expected}\"]')")
    assert "居中之后认作 3" in element.inner_text()
    switch.click()
    page.wait_for_function("() => document.querySelector('[data-answer=\"3\"]')")


def test_a_test_image_can_be_chosen_and_moved(served: Callable[..., Visit], test_set: tuple[np.ndarray, np.ndarray]) -> None:
    page, element, canvas = widget(served("digit"))
    first = page.get_by_role("button", name="看一张测试图像")
    first.click()
    page.wait_for_function("() => document.querySelector('[data-answer=\"0\"]')")
    assert f"第 {int(np.flatnonzero(test_set[1] == 0)[0])} 张测试图像，标签是 0" in element.inner_text()
    for _ in range(10):
        first.click()
        page.wait_for_timeout(30)
    page.get_by_text("认错了").wait_for()  # the eleventh is one that the network reads wrongly
    before = element.get_attribute("data-answer")
    page.get_by_role("switch", name="不居中").click()
    canvas.focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("before => document.querySelector('[data-answer]').dataset.answer !== before", arg=before)


def test_a_link_shows_the_same_again(served: Callable[..., Visit]) -> None:
    page, _, canvas = widget(served("digit"))
    draw(page, canvas, write(5, 0, HANDS["calm"], np.random.default_rng(5)))
    page.wait_for_function("() => document.querySelector('[data-answer=\"5\"]')")
    page.wait_for_url("**/?digit=*")
    query = page.url.partition("/?")[2]
    again = served("digit", query=f"?{query}")
    again.page.wait_for_function("() => document.querySelector('[data-answer=\"5\"]')")
    assert again.page.url.partition("/?")[2] == query
    broken = served("digit", query="?digit=%3Cb%3E-A-AAA-..")
    widget(broken)
    assert broken.console == []


def test_the_answer_is_told_in_words_and_values(served: Callable[..., Visit]) -> None:
    page, element, canvas = widget(served("digit"))
    draw(page, canvas, write(2, 0, HANDS["calm"], np.random.default_rng(6)))
    page.wait_for_function("() => document.querySelector('[aria-live]').textContent.startsWith('认作 2，概率 ')")
    assert element.locator("li b").all_inner_texts() == list("0123456789")
    shares = [float(text.rstrip("%")) for text in element.locator("li .digit-share").all_inner_texts()]
    assert 98 <= sum(shares) <= 102
    assert shares.index(max(shares)) == 2


def test_weights_that_do_not_come_are_told(served: Callable[..., Visit], folder: Path) -> None:
    (folder / "assets/data/digit.bin").unlink()
    visit = served("digit")
    page, element, canvas = widget(visit)
    draw(page, canvas, write(2, 0, HANDS["calm"], np.random.default_rng(6)))
    page.get_by_role("alert").wait_for()
    assert "请检查网络，再刷新本页" in element.inner_text()


def test_the_pen_is_as_wide_as_the_one_that_the_network_sees(served: Callable[..., Visit]) -> None:
    page, _, canvas = widget(served("digit"))
    draw(page, canvas, [np.array([[0.1, 0.5], [0.9, 0.5]])])
    column = "canvas => [...canvas.getContext('2d').getImageData(canvas.width / 2, 0, 1, canvas.height).data]"
    inked = sum(value > 127 for value in canvas.evaluate(column)[3::4])
    share = inked / canvas.evaluate("canvas => canvas.height")
    found = page.evaluate(f"async () => {{ {MODEL} return model.width / model.fine / model.pixels; }}")
    assert share == pytest.approx(found, abs=0.005)


def test_it_weighs_at_most_120_kilobytes_compressed_as_hosts_do() -> None:
    import gzip

    scripts = [ROOT / "docs/assets/js" / name for name in ("widgets.js", "make.js", "parts.js")]
    scripts += sorted((ROOT / "docs/assets/js").glob("digit*.js"))
    text = sum(len(gzip.compress(path.read_bytes())) for path in [*scripts, ROOT / "docs/assets/data/digit.shapes.json"])
    assert text + (ROOT / "docs/assets/data/digit.bin").stat().st_size <= 120_000  # few hosts compress .bin
    shell = [ROOT / "docs/assets/js" / name for name in ("digit.js", "make.js")]
    assert sum(len(gzip.compress(path.read_bytes())) for path in shell) <= 5_000

"""看它学 in Chromium: every stop shows what was recorded of it, by handle, by curve, by key, by link."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page
from visiting import Visit

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def recorded() -> dict[str, np.ndarray]:
    """The arrays of docs/assets/data, read as the shapes tell."""
    folder = ROOT / "docs/assets/data"
    data, shapes = (folder / "learning.bin").read_bytes(), json.loads((folder / "learning.shapes.json").read_text("utf-8"))
    return {
        name: np.frombuffer(data, place["dtype"], int(np.prod(place["shape"])), place["start"]).reshape(place["shape"])
        for name, place in shapes["arrays"].items()
    }


def widget(visit: Visit) -> tuple[Page, Locator, Locator]:
    element = visit.page.locator("[data-widget=learning]")
    handle = element.get_by_role("slider")
    handle.wait_for()
    return visit.page, element, handle


def opacities(drawing: Locator) -> list[list[float]]:
    """The picture that a drawing shows, as rows of strengths, those against negative."""
    tell = "paths => paths.map(p => [p.getAttribute('d'), +p.getAttribute('fill-opacity'), p.matches('.pixel-against')])"
    found: list[tuple[str, float, bool]] = drawing.locator("path").evaluate_all(tell)
    side = int(float((drawing.get_attribute("viewBox") or "0 0 0 0").split()[2]))
    rows = np.zeros((side, side))
    for shape, opacity, against in found:
        for square in shape.split("M")[1:]:
            column, row = square.split("h")[0].split()
            rows[int(row), int(column)] = -opacity if against else opacity
    return [list(map(float, row)) for row in rows]


def set_to(handle: Locator, share: float) -> None:
    handle.evaluate("(node, value) => { node.value = value; node.dispatchEvent(new Event('input')); }", str(share))


def test_every_stop_shows_what_was_recorded(served: Callable[..., Visit], recorded: dict[str, np.ndarray]) -> None:
    visit = served("learning")
    page, element, handle = widget(visit)
    assert not any("learning.bin" in request for request in visit.requests)
    steps = recorded["steps"]
    for place, step in enumerate(steps):
        set_to(handle, place / (len(steps) - 1))
        page.wait_for_function("step => document.querySelector('[data-answer]')?.dataset.answer === step", arg=str(step))
        answers = recorded["probabilities"][place].argmax(axis=1)
        words = [str(a) if a == b else f"{b} 认作 {a}" for a, b in zip(answers, recorded["labels"], strict=True)]
        assert element.locator(".learning-digits figcaption").all_inner_texts() == words
        counts = recorded["confusion"][place]
        shown = np.array(opacities(element.locator(".learning-confusion svg")))
        expected = np.sqrt(counts / counts.sum(axis=1, keepdims=True))
        assert np.abs(shown - expected).max() <= 0.0626  # eight steps of strength
        weights = recorded["weights"].astype(float)
        unit = np.clip(3 * weights[place, 3].reshape(28, 28) / np.abs(weights).max(), -1, 1)
        assert np.abs(np.array(opacities(element.locator(".learning-units svg").nth(3))) - unit).max() <= 0.0626
        assert f"更新 {step} 次：认对 " in element.inner_text()
    assert visit.console == []


def test_the_same_digits_are_drawn_throughout(served: Callable[..., Visit], recorded: dict[str, np.ndarray]) -> None:
    page, element, handle = widget(served("learning"))
    set_to(handle, 1)
    page.wait_for_selector("[data-answer]")
    drawings = element.locator(".learning-digits svg")
    assert drawings.count() == len(recorded["labels"]) == 12
    for place in (0, 11):
        assert np.abs(np.array(opacities(drawings.nth(place))) - recorded["images"][place] / 255).max() <= 0.0626


def test_keys_curve_and_link_lead_to_a_stop(served: Callable[..., Visit], recorded: dict[str, np.ndarray]) -> None:
    page, element, handle = widget(served("learning"))
    handle.focus()
    last = str(recorded["steps"][-1])
    page.wait_for_function("step => document.querySelector('[data-answer]')?.dataset.answer === step", arg=last)
    handle.press("Home")
    page.wait_for_function("() => document.querySelector('[data-answer]').dataset.answer === '0'")
    assert (handle.get_attribute("aria-valuetext") or "").startswith("更新 0 次：认对 ")
    element.locator(".learning-curve circle").nth(2).click()
    page.wait_for_function("step => document.querySelector('[data-answer]').dataset.answer === step", arg=str(recorded["steps"][2]))
    again = served("learning", query=f"?{page.url.partition('?')[2]}")
    again.page.wait_for_selector(f"[data-answer='{recorded['steps'][2]}']")
    assert served("learning", query="?learning=x").page.wait_for_selector(f"[data-answer='{last}']")


def test_a_record_that_does_not_come_is_told(served: Callable[..., Visit], folder: Path) -> None:
    (folder / "assets/data/learning.bin").unlink()
    page, element, handle = widget(served("learning"))
    handle.focus()
    page.get_by_role("alert").wait_for()
    assert "请检查网络，再刷新本页" in element.inner_text()

"""Every widget for everyone: at 360 px nothing sticks out, each control is as large as a finger needs and reached by keyboard;
asked to keep still, nothing moves by itself; what it shows is read aloud."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page
from visiting import Visit

# What a first press does; the widget shows an answer after it
USED: dict[str, Callable[[Page], None]] = {
    "digit": lambda page: page.get_by_role("button", name="看一张测试图像").click(),
    "descent": lambda page: page.get_by_role("button", name="从头走").click(),
    "learning": lambda page: page.get_by_role("slider").press("Home"),
    "account": lambda page: page.get_by_role("tab", selected=True).press("ArrowRight"),
    "verse": lambda page: page.locator("[data-widget]").get_by_role("button").first.click(),
}
CONTROLS = ":is(button, input, select, canvas[tabindex], [role=slider], [role=tab], a[href])"
# Of each control that shows: its name, its box, and whether Tab or the arrows within its group reach it
REACHED = f"""() => [...document.querySelectorAll("[data-widget] {CONTROLS}")].filter(node => node.checkVisibility()).map(node => {{
  const box = node.getBoundingClientRect(), group = node.closest("[role=tablist], .verse-poem");
  const label = node.labels?.[0]?.getBoundingClientRect() ?? box;
  return {{
    name: `${{node.tagName}} ${{node.textContent.trim() || node.ariaLabel || node.name}}`,
    large: Math.max(box.height, label.height) >= 24 && Math.max(box.width, label.width) >= 24,
    inside: box.left >= 0 && box.right <= innerWidth + 1,
    reached: node.tabIndex >= 0 || !!group?.matches("[tabindex='0'], :has([tabindex='0'])"),
  }};
}})"""
STATE = "document.querySelector('[data-widget]').outerHTML"
MOVING = "document.getAnimations().filter(each => each.playState === 'running').length"


@pytest.fixture(params=USED)
def used(request: pytest.FixtureRequest, served: Callable[..., Visit]) -> Page:
    """A page of 360 px, asked to keep still, with a widget that has answered."""
    page = served(request.param).page
    page.set_viewport_size({"width": 360, "height": 740})
    page.emulate_media(reduced_motion="reduce")
    page.locator("[data-widget] > *").first.wait_for(state="attached")
    USED[request.param](page)
    page.locator("[data-widget][data-answer]").wait_for(state="attached")
    page.wait_for_function("document.querySelector('[data-widget] [aria-live]')?.textContent.trim()")
    return page


def wrong(page: Page) -> list[str]:
    """Return the controls that are small, off the screen or out of reach."""
    found: list[dict[str, Any]] = page.evaluate(REACHED)
    assert found, "no control is there"
    return [each["name"] for each in found if not (each["large"] and each["inside"] and each["reached"])]


def test_a_phone_of_360_px_holds_it_and_all_its_controls(used: Page) -> None:
    assert used.evaluate("document.documentElement.scrollWidth") <= 360
    assert wrong(used) == []


def test_it_keeps_still_and_its_values_are_read_aloud(used: Page) -> None:
    used.wait_for_timeout(900)  # what is read aloud comes once a result has stood for a while; then nothing is still to come
    before = used.evaluate(STATE)
    used.wait_for_timeout(700)
    assert used.evaluate(STATE) == before
    assert used.evaluate(MOVING) == 0
    assert used.locator("[data-widget] [aria-live]").first.inner_text().strip()


def test_a_small_a_lost_and_an_unreached_control_are_seen(served: Callable[..., Visit]) -> None:
    page = served("digit").page
    page.locator("[data-widget] canvas").wait_for()
    buttons = page.locator("[data-widget] button")
    for change in (
        "node.style.cssText = 'min-height: 0; height: 9px; padding: 0'",
        "node.style.marginLeft = '400px'",
        "node.tabIndex = -1",
    ):
        assert wrong(page) == []
        buttons.last.evaluate(f"node => {{ {change} }}")
        assert wrong(page) == [f"BUTTON {buttons.last.inner_text()}"]
        buttons.last.evaluate("node => { node.removeAttribute('style'); node.removeAttribute('tabindex'); }")

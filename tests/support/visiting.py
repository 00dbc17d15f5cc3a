"""One page of the site, opened, with all that the browser asked for and said."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from playwright.sync_api import Page

Scheme = Literal["dark", "light"]


@dataclass
class Visit:
    """One page, opened at phone width, where everything that is wide shows."""

    page: Page
    requests: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)


def open_page(page: Page, where: str) -> Visit:
    """Open an address and write down all that the browser asks for and says."""
    visit = Visit(page)
    page.on("request", lambda request: visit.requests.append(request.url))
    page.on("response", lambda response: visit.missing.append(response.url) if response.status >= 400 else None)
    page.on("requestfailed", lambda request: visit.missing.append(request.url))
    page.on("console", lambda message: visit.console.append(message.text))
    page.on("pageerror", lambda error: visit.console.append(str(error)))
    page.goto(where, wait_until="networkidle")
    return visit


def answer(page: Page) -> dict[str, Any]:
    """Wait for what a widget answers, told as JSON, and return it."""
    page.locator("[data-answer]").wait_for()
    found: dict[str, Any] = json.loads(page.locator("[data-widget]").get_attribute("data-answer") or "")
    return found

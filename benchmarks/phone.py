"""A phone to measure pages with: Chromium, whose processor counts as four times slower, its cache empty.

Requests, bytes (compressed as a server sends them), elements and shifts are the same on every machine; tasks are told in
milliseconds of the processor, four times those of this machine, which other work on it disturbs least.
"""

from __future__ import annotations

import gzip
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

SLOWED, LONG = 4, 50  # times; milliseconds from which on a task holds up a touch
TRACED = "toplevel,devtools.timeline"
TASKS = ("RunTask", "ThreadControllerImpl::RunTask")
SHIFTS = """new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted = (window.shifted ?? 0) + entry.value;
}).observe({type: "layout-shift", buffered: true});"""
PASS = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  for (let at = 0; at < document.documentElement.scrollHeight - innerHeight; at += 120) { scrollTo(0, at); await frame(); }
}"""
# Half a second of the page's own, so that a task under way ends first; then what it moved is drawn, and told
SETTLED = """async () => {
  await new Promise(done => setTimeout(done, 500));
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
}"""
PACKED = (".woff2", ".png")  # compressed as they are


@dataclass(frozen=True)
class Served:
    """A folder as it is served."""

    folder: Path
    address: str  # ends with a slash

    def sent(self, url: str) -> dict[str, int]:
        """Return the file behind an address with its size as sent, in bytes; nothing for an address of another host."""
        if not url.startswith(self.address):
            return {}
        name = unquote(urlsplit(url).path).lstrip("/")
        name = name if name and not name.endswith("/") else f"{name}index.html"
        content = (self.folder / name).read_bytes()
        return {name: len(content) if name.endswith(PACKED) else len(gzip.compress(content, 9))}


def phone(browser: Browser, **options: Any) -> BrowserContext:
    """Return a phone that has seen no page yet."""
    return browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, device_scale_factor=2, **options
    )


def visited(context: BrowserContext, site: Served, path: str) -> dict[str, float]:
    """Load a page of a site, then pass over it from top to end; close the phone."""
    page = context.new_page()
    page.add_init_script(SHIFTS)
    files: dict[str, int] = {}
    page.on("request", lambda request: files.update(site.sent(request.url)))
    trace = Trace(context.new_cdp_session(page), page)
    page.goto(site.address + path, wait_until="networkidle")
    page.evaluate(SETTLED)
    shift, elements = page.evaluate("[window.shifted ?? 0, document.querySelectorAll('*').length]")
    load = trace.tasks()
    first = dict(files)
    trace.start()
    page.evaluate(PASS)
    passed = trace.tasks()
    context.close()
    return {
        "elements": elements,
        "requests": len(first),
        "kilobytes": round(sum(first.values()) / 1000, 1),
        "shift": round(shift, 3),
        "load": round(sum(load)),
        "longest": round(max(load, default=0)),
        "blocked": round(sum(max(0, task - LONG) for task in load)),
        "scroll_longest": round(max(passed, default=0)),
    }


class Trace:
    """What the main thread of a page does, as Chromium traces it; begins with the first page that is opened."""

    def __init__(self, session: CDPSession, page: Page) -> None:
        self.session, self.page = session, page
        self.events: list[dict[str, Any]] = []
        self.ended = False
        self.thread: tuple[int, int] | None = None  # process and thread
        session.on("Tracing.dataCollected", lambda data: self.events.extend(data["value"]))
        session.on("Tracing.tracingComplete", lambda _: self.end())
        self.start()

    def end(self) -> None:
        self.ended = True

    def start(self) -> None:
        self.events.clear()
        self.ended = False
        self.session.send("Tracing.start", {"categories": TRACED, "transferMode": "ReportEvents"})

    def tasks(self, limit: float = 60) -> list[float]:
        """End the trace; return the milliseconds that each task would keep the slowed processor busy."""
        self.session.send("Tracing.end")
        start = time.perf_counter()
        while not self.ended and time.perf_counter() - start < limit:
            self.page.wait_for_timeout(50)
        self.thread = self.thread or drawing_thread(self.events)
        return tasks_of(self.events, self.thread)


def drawing_thread(events: list[dict[str, Any]]) -> tuple[int, int]:
    """Return the process and the thread that draws most frames: the main thread of the page; raises ValueError where none does."""
    drawn = Counter((event["pid"], event["tid"]) for event in events if event.get("name") in ("UpdateLayoutTree", "PrePaint"))
    if not drawn:
        raise ValueError("the trace holds no frame; expected some of the page; measure again")
    ((thread, _),) = drawn.most_common(1)
    return thread


def tasks_of(events: list[dict[str, Any]], thread: tuple[int, int]) -> list[float]:
    """Return the milliseconds that each task of a thread would keep the slowed processor busy."""
    tasks = (event for event in events if (event["pid"], event["tid"]) == thread and event["name"] in TASKS)
    return [event["tdur"] / 1000 * SLOWED for event in tasks if event.get("ph") == "X" and "tdur" in event]

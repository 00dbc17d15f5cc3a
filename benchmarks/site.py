"""What each page of the built site costs a phone: elements, requests, bytes, and how long the processor is kept busy.

    python benchmarks/site.py [--pages PATH ...] [--write]

A phone is a window of 390 × 844 in Chromium, its processor slowed four times, its cache empty. Requests, bytes (compressed as a
server sends them), elements and shifts are the same on every machine; tasks are told in milliseconds of the processor, four times
those of this machine, which other work on it disturbs least. Results are printed; `--write` also puts them into
benchmarks/site.json. Build the site before: `make audit` does both.
"""

from __future__ import annotations

import argparse
import datetime
import gzip
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests/support"))

from browsing import chromium  # noqa: E402
from playwright.sync_api import Browser, CDPSession, Page  # noqa: E402
from server import serve  # noqa: E402

from verbatim.project import write_atomically  # noqa: E402

RESULTS, SITE = Path(__file__).with_name("site.json"), ROOT / "site"
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
COLUMNS = ("elements", "requests", "kilobytes", "shift", "load", "longest", "blocked", "scroll_longest")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", nargs="+", metavar="PATH", help='such as labs/draw/; "" is the article; all by default')
    parser.add_argument("--write", action="store_true", help=f"replace {RESULTS.name}; takes all pages")
    options = parser.parse_args(arguments)
    paths = built(SITE)
    chosen = paths if options.pages is None or options.write else options.pages
    if told := refusal(chosen, paths):
        print(f"site: {told}", file=sys.stderr)
        return 1
    with serve(SITE) as address, chromium() as browser:
        pages = {path: measure(browser, address, path) for path in chosen}
    print("\n".join(report(pages)))
    if options.write:
        write_atomically(RESULTS, json.dumps(results(pages), ensure_ascii=False, indent=1) + "\n")
    return 0


def refusal(chosen: list[str], paths: list[str]) -> str:
    """Return why these pages of a site with those cannot be measured; "" where they can."""
    if not paths:
        return "not built; run `make audit`"
    unknown = ", ".join(sorted(set(chosen) - set(paths)))
    return f"there is no page {unknown}; expected one of {', '.join(paths)}" if unknown else ""


def built(site: Path) -> list[str]:
    """Return the addresses of the pages of a built site; "" is the article."""
    folders = (path.parent.relative_to(site).as_posix() for path in sorted(site.rglob("index.html")))
    return ["" if folder == "." else f"{folder}/" for folder in folders]


def results(pages: dict[str, dict[str, float]]) -> dict[str, Any]:
    return {
        "_": "Written by `python benchmarks/site.py --write` from the built site; never edited by hand.",
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "slowed": SLOWED,
        "pages": pages,
    }


def measure(browser: Browser, address: str, path: str) -> dict[str, float]:
    """Load a page as a phone that has never seen it, then pass over it from top to end."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, device_scale_factor=2)
    page = context.new_page()
    page.add_init_script(SHIFTS)
    files: dict[str, int] = {}
    page.on("request", lambda request: files.update([sent(request.url)]))
    trace = Trace(context.new_cdp_session(page), page)
    page.goto(address + path, wait_until="networkidle")
    page.evaluate("new Promise(done => setTimeout(done, 500))")  # half a second of the page's own: a task under way ends first
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


def sent(url: str) -> tuple[str, int]:
    """Return the file behind an address of the site, and its size as sent: fonts and pictures are compressed as they are."""
    name = unquote(urlsplit(url).path).lstrip("/")
    name = name if name and not name.endswith("/") else f"{name}index.html"
    content = (SITE / name).read_bytes()
    return name, len(content) if name.endswith((".woff2", ".png")) else len(gzip.compress(content, 9))


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


def report(pages: dict[str, dict[str, float]]) -> list[str]:
    """Return the results as lines of a table."""
    width = max(len(path) for path in [*pages, "article"])
    lines = [f"{'page':{width}}  " + "  ".join(COLUMNS)]
    for path, numbers in pages.items():
        lines.append(f"{path or 'article':{width}}  " + "  ".join(f"{numbers[name]:>{len(name)}}" for name in COLUMNS))
    return lines


if __name__ == "__main__":
    sys.exit(main())

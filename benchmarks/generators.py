"""What the article costs a phone on this site, and what on the plain sites that other generators make of it.

    python benchmarks/generators.py [--only NAME ...] [--rounds 3] [--write]

Every generator (builders.py) gets the same plain Markdown (plain.py) and figures. All are built, served and measured by turns, by
what measures our own pages (phone.py); requests to other hosts are refused and counted. First and largest paint are seen by a
processor slowed four times behind 1.6 Mbit/s; of these, told by the clock, the least of all rounds counts, of all else the median.
Lighthouse (lighthouse.py) opens each site once a round, and refuses nobody.
Results are printed; `--write` also puts them, with all runs, into benchmarks/generators.json.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests/support"))

import lighthouse  # noqa: E402
from browsing import chromium  # noqa: E402
from builders import GENERATORS, OURS, build, prepare  # noqa: E402
from phone import SLOWED, Served, phone, visited  # noqa: E402
from playwright.sync_api import Browser, BrowserContext, Route  # noqa: E402
from serving import serving  # noqa: E402

from verbatim.project import write_atomically  # noqa: E402
from verbatim.proof.machine import environment  # noqa: E402

RESULTS = Path(__file__).with_name("generators.json")
NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}  # ms, bytes a second
PAINTS = """window.painted = {};
const note = name => list => list.getEntries().forEach(entry => { window.painted[name ?? entry.name] = entry.startTime; });
new PerformanceObserver(note()).observe({type: "paint", buffered: true});
new PerformanceObserver(note("largest")).observe({type: "largest-contentful-paint", buffered: true});"""
# A busy machine paints after the network is still; what is larger may follow within a second
PAINTED = """async () => {
  const wait = time => new Promise(done => setTimeout(done, time));
  for (let turn = 0; turn < 300 && !window.painted.largest; turn += 1) await wait(100);
  await wait(1000);
  return window.painted;
}"""
GROUND = """() => [document.body, document.documentElement].map(element => getComputedStyle(element).backgroundColor)
  .find(colour => colour != "rgba(0, 0, 0, 0)") ?? "" """
INDEXES = (
    "search_index.json",
    "pages.json",
    "search.json",
    "searchindex.js",
    "*localSearchIndex*.js",
)  # of words, as the generators call them
CLOCKED = ("first_paint", "largest_paint")
Measured = dict[str, float]
Traits = dict[str, dict[str, Any]]
Runs = dict[str, list[Measured]]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=list(GENERATORS), choices=GENERATORS, metavar="NAME")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--write", action="store_true", help=f"replace {RESULTS.name}; takes all generators")
    options = parser.parse_args(arguments)
    if options.write and set(options.only) != set(GENERATORS):
        parser.error("--write keeps all generators or none; leave --only out")
    try:
        traits, runs = measured(options.only, options.rounds)
    except lighthouse.Unmeasured as problem:
        print(f"generators: {problem}", file=sys.stderr)
        return 1
    print("\n".join(report(summary(traits, runs))))
    if options.write:
        write_atomically(RESULTS, json.dumps(results(traits, runs), ensure_ascii=False, indent=1) + "\n")
    return 0


def results(traits: Traits, runs: Runs) -> dict[str, Any]:
    return {
        "_": "Written by `python benchmarks/generators.py --write` from real builds; never edited by hand.",
        "date": datetime.now(UTC).date().isoformat(),
        "machine": environment(),
        "slowed": SLOWED,
        "numbers": summary(traits, runs),
        "runs": runs,
    }


def measured(names: list[str], rounds: int) -> tuple[Traits, Runs]:
    """Return what each generator's site has, and what it costs, once per round; by turns."""
    runs: Runs = {name: [] for name in names}
    traits: Traits = {}
    for name in names:
        prepare(name)
    for _ in range(rounds):
        for name in names:
            site, seconds = build(name)
            with serving(site) as served, chromium() as browser:
                runs[name].append({"build": round(seconds, 3), **cost(browser, served)})
                traits[name] = traits.get(name) or has(browser, served, name)
            with serving(site) as served:
                runs[name][-1] |= judged(served)
    return traits, runs


def judged(site: Served) -> Measured:
    """Return Lighthouse's score of the first page, of a hundred, and the milliseconds that it was blocked; raises Unmeasured."""
    said = lighthouse.measured(site, [""], 1)["pages"][""]
    return {"lighthouse": said["performance"], "lighthouse_blocked": said["blocked"]}


def summary(traits: Traits, runs: Runs) -> Traits:
    """Return what each site has and costs: the least of what the clock told, to which other work only adds, else the median."""
    chosen = {key: min if key in CLOCKED else statistics.median for each in runs.values() for key in each[0]}
    return {name: traits[name] | {key: chosen[key](run[key] for run in runs[name]) for key in chosen} for name in traits}


def cost(browser: Browser, site: Served) -> Measured:
    """Return what the first page costs a phone."""
    context = phone(browser)
    refuse_others(context, site)
    return {**visited(context, site, ""), **painted(browser, site)}


def painted(browser: Browser, site: Served) -> Measured:
    """Return the milliseconds to the first and to the largest paint, slowed as a cheap phone on a slow line."""
    context = phone(browser)
    refuse_others(context, site)
    page = context.new_page()
    page.add_init_script(PAINTS)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", NETWORK)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    page.goto(site.address, wait_until="networkidle")
    seen = page.evaluate(PAINTED)
    context.close()
    if "largest" not in seen:
        raise ValueError(f"{site.folder}: nothing was painted within half a minute; expected text; look at the page")
    return {"first_paint": round(seen["first-contentful-paint"]), "largest_paint": round(seen["largest"])}


def has(browser: Browser, site: Served, name: str) -> dict[str, Any]:
    """Return what the site of a generator has: versions, formulas with and without scripts, strangers, palettes, a search.

    `stars` counts those that should have made text bold: CommonMark leaves them where Chinese follows punctuation without a blank.
    """
    found: dict[str, Any] = {"title": GENERATORS[name].title, "packages": versions(name)}
    for key, scripts in (("formulas", True), ("formulas_built", False)):
        context = phone(browser, java_script_enabled=scripts)
        strangers = refuse_others(context, site)
        page = context.new_page()
        page.goto(site.address, wait_until="networkidle")
        found[key] = page.locator(GENERATORS[name].formula).count()
        found.setdefault("stars", page.inner_text("body").count("**"))
        found.setdefault("elsewhere", dict(strangers))  # with scripts, the first time
        context.close()
    grounds = [ground(browser, site, scheme) for scheme in ("light", "dark")]
    found["dark"] = grounds[0] != grounds[1]
    found["search"] = any(path for name in INDEXES for path in site.folder.rglob(name))
    found["pages"] = sum(1 for path in site.folder.rglob("*.html") if path.name != "404.html")
    return found


def versions(name: str) -> list[str]:
    """Return the packages that make a site, with their versions."""
    if name == OURS:
        return []
    npm = json.loads((ROOT / "benchmarks/plain_sites/vitepress/package.json").read_text("utf-8"))["dependencies"]
    return list(GENERATORS[name].packages) or [f"{package}=={version}" for package, version in npm.items()]


def ground(browser: Browser, site: Served, scheme: Any) -> str:
    """Return the colour of the page's ground for a reader who prefers this scheme."""
    context = phone(browser, color_scheme=scheme)
    refuse_others(context, site)
    page = context.new_page()
    page.goto(site.address, wait_until="networkidle")
    colour: str = page.evaluate(GROUND)
    context.close()
    return colour


def refuse_others(context: BrowserContext, site: Served) -> Counter[str]:
    """Refuse requests to other hosts; return the count of them by host, which grows as they are made."""
    hosts: Counter[str] = Counter()

    def refuse(route: Route) -> None:
        hosts[urlsplit(route.request.url).hostname or ""] += 1
        route.abort()

    context.route(lambda url: not url.startswith(site.address), refuse)
    return hosts


def report(numbers: Traits) -> Iterator[str]:
    """Yield what was measured, as lines of a table, a generator a column."""
    titles = [row["title"] for row in numbers.values()]
    widths = [max(len(title), 10) for title in titles]
    yield f"{'':18}" + "".join(f"  {title:>{width}}" for title, width in zip(titles, widths, strict=True))
    keys = [key for key in next(iter(numbers.values())) if key not in ("title", "packages")]
    for key in keys:
        cells = (told(row[key]) for row in numbers.values())
        yield f"{key:18}" + "".join(f"  {cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
    for row in numbers.values():
        hosts = ", ".join(f"{host} ({count})" for host, count in row["elsewhere"].items())
        yield f"{row['title']}: {' '.join(row['packages']) or 'as in requirements-site.txt'}; asks elsewhere: {hosts or 'nobody'}"


def told(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(sum(value.values())) if isinstance(value, dict) else f"{value:g}"


if __name__ == "__main__":
    sys.exit(main())

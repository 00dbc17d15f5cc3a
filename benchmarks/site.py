"""What each page of the built site costs a phone: elements, requests, bytes, how long the processor is kept busy; its scores.

    python benchmarks/site.py [--pages PATH ...] [--runs N] [--write]

The phone is that of phone.py; Lighthouse (lighthouse.py) has its own, opens each page N times and takes ten seconds and more for
each. Results are printed; `--write` also puts them into benchmarks/site.json; with `--runs 0` what Lighthouse said before stays
there. Build the site before: `make audit` does both.
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path += [str(ROOT / "tests/support"), str(ROOT / "benchmarks")]

import lighthouse  # noqa: E402
from browsing import chromium  # noqa: E402
from phone import SLOWED, Served, phone, visited  # noqa: E402
from server import serve  # noqa: E402
from serving import recipe, serving  # noqa: E402

from verbatim.project import write_atomically  # noqa: E402

RESULTS, SITE = Path(__file__).with_name("site.json"), ROOT / "site"
ARTICLE = "article"  # how the page "" is called
COLUMNS = ("elements", "requests", "kilobytes", "shift", "load", "longest", "blocked", "scroll_longest")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", nargs="+", metavar="PATH", help=f"such as {ARTICLE} or labs/draw/; all by default")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="of Lighthouse, for each page; 5 by default, 0 for none")
    parser.add_argument("--write", action="store_true", help=f"replace {RESULTS.name}; takes all pages")
    options = parser.parse_args(arguments)
    paths = built(SITE)
    chosen = paths if options.pages is None or options.write else ["" if page == ARTICLE else page for page in options.pages]
    try:
        if told := refusal(chosen, paths):
            raise lighthouse.Unmeasured(told)
        pages, judged = measured(chosen, options.runs)
    except lighthouse.Unmeasured as problem:
        print(f"site: {problem}", file=sys.stderr)
        return 1
    print("\n".join([*report(pages, COLUMNS), *told_by_lighthouse(judged)]))
    if options.write:
        write_atomically(RESULTS, json.dumps(results(pages, judged), ensure_ascii=False, indent=1) + "\n")
    return 0


def measured(paths: list[str], runs: int) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Return what pages cost a phone, and what Lighthouse says of them; nothing of it where it is not to run."""
    lighthouse.browser()
    with serve(SITE) as address, chromium() as browser:
        pages = {path: visited(phone(browser), Served(SITE, address), path) for path in paths}
    if runs < 1:
        return pages, {}
    with serving(SITE, recipe(SITE)) as site:
        return pages, {"date": today(), **lighthouse.measured(site, paths, runs)}


def refusal(chosen: list[str], paths: list[str]) -> str:
    """Return why these pages of a site with those cannot be measured; "" where they can."""
    if not paths:
        return "not built; run `make audit`"
    unknown = ", ".join(sorted(set(chosen) - set(paths)))
    return f"there is no page {unknown}; expected one of {', '.join(path or ARTICLE for path in paths)}" if unknown else ""


def built(site: Path) -> list[str]:
    """Return the addresses of the pages of a built site; "" is the article."""
    folders = (path.parent.relative_to(site).as_posix() for path in sorted(site.rglob("index.html")))
    return ["" if folder == "." else f"{folder}/" for folder in folders]


def today() -> str:
    return datetime.datetime.now(tz=datetime.UTC).date().isoformat()


def results(pages: dict[str, dict[str, Any]], judged: dict[str, Any]) -> dict[str, Any]:
    before = json.loads(RESULTS.read_text("utf-8")) if RESULTS.is_file() else {}
    return {
        "_": "Written by `python benchmarks/site.py --write` from the built site; never edited by hand.",
        "date": today(),
        "slowed": SLOWED,
        "pages": pages,
        "lighthouse": judged or before.get("lighthouse", {}),
    }


def report(pages: dict[str, dict[str, Any]], columns: tuple[str, ...]) -> list[str]:
    """Return the results as lines of a table."""
    width = max(len(path) for path in [*pages, ARTICLE])
    lines = [f"{'page':{width}}  " + "  ".join(columns)]
    for path, numbers in pages.items():
        lines.append(f"{path or ARTICLE:{width}}  " + "  ".join(f"{numbers[name]:>{len(name)}}" for name in columns))
    return lines


def told_by_lighthouse(judged: dict[str, Any]) -> list[str]:
    """Return what Lighthouse says as lines: how it was asked, a table, the pages that have less than they may."""
    if not judged:
        return []
    head = f"Lighthouse {judged['version']}, runs: {judged['runs']}, cores: {judged['cores']}, benchmark index of this machine: "
    head += f"{judged['benchmark_index']:g}"
    short = lighthouse.below(judged["pages"])
    end = ["Less than it may have:", *short] if short else ["All have what they must."]
    return ["", head, *report(judged["pages"], lighthouse.COLUMNS), *end]


if __name__ == "__main__":
    sys.exit(main())

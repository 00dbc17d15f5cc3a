"""What each page of the built site costs a phone: elements, requests, bytes, and how long the processor is kept busy.

    python benchmarks/site.py [--pages PATH ...] [--write]

The phone is that of phone.py. Results are printed; `--write` also puts them into benchmarks/site.json. Build the site before:
`make audit` does both.
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

from browsing import chromium  # noqa: E402
from phone import SLOWED, Served, phone, visited  # noqa: E402
from server import serve  # noqa: E402

from verbatim.project import write_atomically  # noqa: E402

RESULTS, SITE = Path(__file__).with_name("site.json"), ROOT / "site"
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
        pages = {path: visited(phone(browser), Served(SITE, address), path) for path in chosen}
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


def report(pages: dict[str, dict[str, float]]) -> list[str]:
    """Return the results as lines of a table."""
    width = max(len(path) for path in [*pages, "article"])
    lines = [f"{'page':{width}}  " + "  ".join(COLUMNS)]
    for path, numbers in pages.items():
        lines.append(f"{path or 'article':{width}}  " + "  ".join(f"{numbers[name]:>{len(name)}}" for name in COLUMNS))
    return lines


if __name__ == "__main__":
    sys.exit(main())

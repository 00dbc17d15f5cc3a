"""Prints the article and every lab of the built site as a reader's browser does, by docs/assets/css/print.css; needs Chromium.

python scripts/make_pdf.py [PAGE ...]        labs/draw, say; without any, the article and all labs, into pdf/
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from playwright.sync_api import Page

from verbatim.project import write_atomically

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests/support"))
ARTICLE = "article"
LEAF = re.compile(rb"/Type\s*/Page\b")  # one for each page of paper


def places_of(site: Path) -> list[str]:
    """Return the pages that are printed where none is named: the article and all labs, notebooks left out."""
    labs = sorted(path.parent.relative_to(site).as_posix() for path in site.glob("labs/*/index.html"))
    return [ARTICLE, *(lab for lab in labs if not lab.endswith("-notebook"))]


def print_to(page: Page, address: str, place: str, target: Path) -> int:
    """Print one page of the site that is served at `address`; return how many pages of paper it takes."""
    page.goto(address if place == ARTICLE else f"{address}{place}/", wait_until="networkidle")
    data = page.pdf(prefer_css_page_size=True, outline=True, tagged=True)
    write_atomically(target, data)
    return len(LEAF.findall(data))


def main(arguments: list[str] | None = None) -> int:
    from browsing import chromium
    from server import serve

    site, folder = ROOT / "site", ROOT / "pdf"
    known = places_of(site)
    places = [name.strip("/") for name in (sys.argv[1:] if arguments is None else arguments)] or known
    if unknown := [place for place in places if place not in known]:
        print(f"make_pdf: no page {', '.join(unknown)}; expected some of: {', '.join(known)}", file=sys.stderr)
        return 2
    with chromium() as browser, serve(site) as address:
        for place in places:
            target = folder / f"{place.removeprefix('labs/')}.pdf"
            print(f"{target.relative_to(ROOT)}: {print_to(browser.new_page(), address, place, target)} pages", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

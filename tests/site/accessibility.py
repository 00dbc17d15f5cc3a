"""axe-core on every page of a built site, in both palettes, on phone and desk: python tests/site/accessibility.py SITE"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from axe import VIEWS, WIDTHS, violations
from browsing import chromium
from server import serve


def main(site: Path) -> int:
    """Print what is wrong, page by page; return 1 where anything is."""
    addresses = sorted(path.relative_to(site).as_posix().removesuffix("index.html") for path in site.rglob("*.html"))
    found = 0
    with serve(site) as root, chromium() as browser:
        for width, scheme in VIEWS:
            context = browser.new_context(
                viewport={"width": width, "height": 844}, color_scheme=scheme, has_touch=width == WIDTHS[0]
            )
            page = context.new_page()
            for address in addresses:
                page.goto(root + address, wait_until="networkidle")
                wrong = violations(page)
                found += len(wrong)
                print(f"{address or 'article'} {width} {scheme}: {len(wrong)} violations", *wrong, sep="\n  ", flush=True)
            context.close()
    print(f"{len(addresses)} pages, {len(VIEWS)} views of each, {found} violations")
    return min(found, 1)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1])))

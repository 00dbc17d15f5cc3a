"""Pictures of the built site for a person to look at: python tests/site/screenshots.py SITE FOLDER [ADDRESS …]

Each page, all of them unless addresses are given, at phone and desk width, light and dark, as FOLDER/PAGE-WIDTH-SCHEME.png.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from browsing import chromium
from server import serve
from visiting import Scheme

WIDTHS = (390, 1440)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


def main(site: Path, folder: Path, addresses: list[str]) -> None:
    """Write the pictures into `folder` and print their names."""
    folder.mkdir(parents=True, exist_ok=True)
    all_pages = sorted(path.parent.relative_to(site).as_posix() for path in site.rglob("index.html"))
    with serve(site) as root, chromium() as browser:
        for width in WIDTHS:
            for scheme in SCHEMES:
                context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
                page = context.new_page()
                for address in addresses or all_pages:
                    page.goto(root + address.removeprefix("."), wait_until="networkidle")
                    name = address.strip("./").replace("/", "-") or "article"
                    picture = folder / f"{name}-{width}-{scheme}.png"
                    page.screenshot(path=picture, full_page=True)
                    print(picture)
                context.close()


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])

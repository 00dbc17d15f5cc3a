"""KaTeX's style sheet and fonts, copied from `node_modules` so that they are of the version that renders the formulas."""

from __future__ import annotations

import shutil
from pathlib import Path

from verbatim.pages.katex import KATEX, KatexMissingError, style_sheet

TARGET = KATEX.parents[1] / "docs" / "assets" / "katex"


def copy_assets(katex: Path = KATEX, target: Path = TARGET) -> None:
    """Replace `target` by the style sheet and the woff2 fonts of `katex`; raise KatexMissingError without them."""
    sheet = katex / "dist" / "katex.min.css"
    if not sheet.is_file():
        raise KatexMissingError(f"{sheet}: not found; KaTeX was expected there; run `make`, or `npm ci`")
    shutil.rmtree(target, ignore_errors=True)
    (target / "fonts").mkdir(parents=True)
    (target / sheet.name).write_text(style_sheet(katex), "utf-8")
    for font in sorted((katex / "dist" / "fonts").glob("*.woff2")):
        shutil.copyfile(font, target / "fonts" / font.name)


if __name__ == "__main__":
    copy_assets()

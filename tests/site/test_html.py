"""The built pages are valid HTML, by html-validate; the theme's own errors are mended by `verbatim.site.mkdocs_theme`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from browsing import NODE
from server import Site

from verbatim.site.mkdocs_theme import mend

ROOT = Path(__file__).resolve().parents[2]
VALIDATE = [str(NODE), str(ROOT / "node_modules/html-validate/bin/html-validate.mjs"), "--config", str(ROOT / ".htmlvalidate.mjs")]
PAGE = "<!doctype html>\n<html lang='zh'>\n<head><title>一页</title></head>\n<body>{}</body>\n</html>\n"
FAULTS = {
    "no-dup-id": "<p id='a'>一</p><p id='a'>二</p>",
    "element-permitted-content": "<span><div>块</div></span>",
    "close-order": "<p><b>粗</p>",
    "attribute-allowed-values": "<label tabindex=''>名</label>",
    "valid-autocomplete": "<input type='checkbox' autocomplete='off' aria-label='开'>",
    "deprecated": "<center>中</center>",
    "wcag/h37": "<img src='a.png'>",
    "wcag/h30": "<a href='/'></a>",
}


def told(files: list[Path]) -> list[tuple[str, str]]:
    """Return what html-validate says of files: the rule, and where it is broken."""
    ended = subprocess.run([*VALIDATE, "--formatter", "json", *map(str, files)], capture_output=True, encoding="utf-8")
    assert ended.stderr == ""
    return [
        (message["ruleId"], f"{page['filePath']}:{message['line']}: {message['message']}")
        for page in json.loads(ended.stdout)
        for message in page["messages"]
    ]


def test_every_page_is_valid_html(site: Site, paths: list[str]) -> None:
    files = sorted(site.folder.rglob("*.html"))
    assert len(files) == len(paths) + 1  # and that for unknown addresses
    assert told(files) == []


@pytest.mark.parametrize("rule", FAULTS)
def test_a_fault_is_told(rule: str, tmp_path: Path) -> None:
    path = tmp_path / "index.html"
    path.write_text(PAGE.format("<p>好</p>"), "utf-8")
    assert told([path]) == []
    path.write_text(PAGE.format(FAULTS[rule]), "utf-8")
    assert rule in {found for found, _ in told([path])}


def test_what_the_theme_writes_is_mended_and_nothing_else() -> None:
    toggle = '<input class="md-toggle" data-md-toggle="drawer" type="checkbox" id="__drawer"{}>'
    label = '<label class="md-nav__link" for="__nav_2" id="__nav_2_label"{}>'
    search = '<input type="text" class="md-search__input" autocomplete="off"><label class="md-nav__link" tabindex="0">'
    mended = mend(toggle.format(' autocomplete="off"') + label.format(' tabindex=""') + search)
    assert mended == toggle.format(' form="__toggles"') + label.format("") + search
    assert mend('<label class="md-overlay">').startswith('<form id="__toggles" autocomplete="off" hidden></form>')

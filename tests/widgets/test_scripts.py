"""The rules for the site's scripts, eslint.config.mjs and tsconfig.json: what is there keeps them, and each is seen to catch."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from browsing import NODE

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "docs/assets/js"
SITE = ROOT / "docs/assets/site"
NUMBER = "A number"


def lint(text: str, folder: Path = SCRIPTS) -> list[str]:
    """Return what ESLint says of a script that lay in a folder, among the widgets'."""
    command = [str(NODE), str(ROOT / "node_modules/eslint/bin/eslint.js"), "--format", "json", "--stdin"]
    command += ["--stdin-filename", str(folder / "sample.js")]
    ended = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, encoding="utf-8")
    assert ended.stderr == ""
    return [message["message"] for message in json.loads(ended.stdout)[0]["messages"]]


def types(folder: Path) -> str:
    """Return what tsc says of the scripts in `folder`, under our settings."""
    settings = json.loads((ROOT / "tsconfig.json").read_text("utf-8")) | {"include": [str(folder)]}
    (folder / "tsconfig.json").write_text(json.dumps(settings))
    command = [str(NODE), str(ROOT / "node_modules/typescript/bin/tsc"), "--project", str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8").stdout


@pytest.mark.parametrize("path", sorted([*SCRIPTS.rglob("*.js"), *SITE.rglob("*.js")]), ids=lambda path: path.name)
def test_scripts_keep_the_rules(path: Path) -> None:
    assert lint(path.read_text("utf-8"), path.parent) == []
    assert path.read_text("utf-8").startswith("/**")


REFUSED = {
    "export const side = 28;": NUMBER,
    "export const rate = 0.5;": NUMBER,
    "export const rate = -3;": NUMBER,
    "export const rate = 1e-2;": NUMBER,
    "export const big = 5n;": NUMBER,
    "export const rate = Number('784');": NUMBER,
    "export const told = '认对 97.6%';": NUMBER,
    "export const told = `共 784 个像素`;": NUMBER,
    "export const told = '十个数字里';": NUMBER,
    "export const four = 2 + 2;": NUMBER,
    "export function f() { const SIZES = { pen: 7 }; return SIZES.pen; }": NUMBER,
    "export const OTHER = { pen: 7 };": NUMBER,
    "/* eslint-disable */ export const side = 28;": "has no effect",
    "export const f = (x) => { x.innerHTML = '<b>'; };": "HTML or style as text",
    "export const f = (x) => x.setAttribute('onclick', 'y()');": "An inline style or handler",
    "export const f = (x) => x.setAttribute('style', 'y');": "An inline style or handler",
    "export const f = () => fetch('https://elsewhere.example/');": "A request to another host",
    "import x from 'three'; x();": "A library",
    "const unused = 1;": "never used",
}


@pytest.mark.parametrize("text", REFUSED, ids=list(REFUSED))
def test_what_breaks_a_rule_is_caught(text: str) -> None:
    assert any(REFUSED[text] in message for message in lint(text)), lint(text)


def test_small_indices_names_and_one_block_of_sizes_pass() -> None:
    text = "const SIZES = { pen: 18, box: [20, 20], near: '50%' };\n"
    text += "export const f = (x) => [x[0], x[1] / 2, SIZES, 'uint8', 'SHA-256', '2d'];\n"
    assert lint(text) == []


def test_all_but_numbers_is_refused_in_the_sites_own_scripts_too() -> None:
    assert lint("export const side = 28;", SITE) == []
    refused = {text: message for text, message in REFUSED.items() if message != NUMBER}
    told = lint("\n".join(text.replace("export const f", f"export const f{place}") for place, text in enumerate(refused)), SITE)
    assert len(refused) == 7
    assert all(any(message in each for each in told) for message in refused.values()), told


def test_types_are_checked(tmp_path: Path) -> None:
    for folder in (SCRIPTS, SITE):
        shutil.copytree(folder, tmp_path / folder.name)
    assert types(tmp_path) == ""
    (tmp_path / "sample.js").write_text("/** @param {number} x */\nexport const f = (x) => x.length;\n")
    assert "sample.js(2,27): error TS2339" in types(tmp_path)

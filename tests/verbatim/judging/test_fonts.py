"""Fonts of formulas with the signs of a site's pages: none is missing, none has changed, and one of others is seen."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont

from verbatim.judging.fonts import FOLDER, ORIGINALS, cut, file_of, font_faults, fonts_of, signs_of, with_cut
from verbatim.pages.katex import KATEX_PROCESS, style_sheet

FORMULAS = (r"x_i = \frac{1}{2}", r"\mathbb{R} \to \left( \sum_k y \right)", r"\text{字 rate}")
# What of a font says how high its lines are, and where they stand
LINES = {"head": ["unitsPerEm"], "hhea": ["ascent", "descent", "lineGap"], "OS/2": ["sTypoAscender", "usWinAscent", "usWinDescent"]}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site of two pages with formulas, one without, and the fonts that belong to it."""
    for place, tex in enumerate(FORMULAS):
        (tmp_path / f"{place}.html").write_text(f"<p>不在公式里：Ω{KATEX_PROCESS.render(tex, display=True)}</p>", "utf-8")
    (tmp_path / "plain.html").write_text("<p>Ψ</p>", "utf-8")
    (tmp_path / FOLDER).mkdir(parents=True)
    for name, font in fonts_of(tmp_path).values():
        (tmp_path / FOLDER / name).write_bytes(font)
    return tmp_path


def test_each_family_has_the_signs_that_it_draws(site: Path) -> None:
    signs = signs_of(site)
    assert {family: text for family, text in signs.items() if family != "KaTeX_Main"} == {
        "KaTeX_Math": "ikxy", "KaTeX_AMS": "R", "KaTeX_Size2": "∑", "KaTeX_Size4": "()",
    }  # fmt: skip
    assert set("rate=→()0123456789") <= set(signs["KaTeX_Main"])
    assert not {*"ΩΨxyk∑"} & set(signs["KaTeX_Main"])


def test_a_sign_that_a_page_gets_is_in_the_fonts_at_once(site: Path) -> None:
    (site / "more.html").write_text(KATEX_PROCESS.render(r"\Omega z"), "utf-8")
    assert "Ω" in signs_of(site)["KaTeX_Main"]
    assert signs_of(site)["KaTeX_Math"] == "ikxyz"
    assert {fault.what for fault in font_faults(site, "")} == {"not KaTeX's font with the signs of the pages"}


def outlines(font: TTFont, signs: str) -> dict[str, object]:
    """Return the width, the space before, and the outline of each sign."""
    glyphs, names, told = font.getGlyphSet(), font.getBestCmap(), dict[str, object]()
    for sign in signs:
        if name := names.get(ord(sign)):
            glyphs[name].draw(pen := DecomposingRecordingPen(glyphs))
            told[sign] = (*font["hmtx"][name], pen.value)
    return told


@pytest.mark.parametrize("path", sorted(ORIGINALS.glob("*.woff2")), ids=lambda path: path.stem)
def test_signs_are_as_wide_and_stand_as_they_did(path: Path) -> None:
    whole = TTFont(io.BytesIO(path.read_bytes()))
    signs = "".join(map(chr, sorted(whole.getBestCmap())[::3]))
    small = TTFont(io.BytesIO(cut(path, signs)))
    assert set(map(ord, signs)) <= set(small.getBestCmap())  # a bracket brings its mirror image
    assert outlines(small, signs) == outlines(whole, signs)
    for table, fields in LINES.items():
        assert [getattr(small[table], field) for field in fields] == [getattr(whole[table], field) for field in fields]
    assert (small["head"].created, small["head"].modified) == (whole["head"].created, whole["head"].modified)
    told = {record.nameID: str(record) for record in small["name"].names}
    assert "SIL Open Font License" in told[13]
    assert "KaTeX" not in told[1] + told[4] + told[6]  # the name is reserved for the whole font


def test_a_cut_font_is_the_same_each_time(site: Path) -> None:
    path = ORIGINALS / "KaTeX_Math-Italic.woff2"
    assert cut.__wrapped__(path, "xy") == cut.__wrapped__(path, "xy")
    assert file_of("KaTeX_Math", "-Italic.woff2", b"x") == "Math-Italic.2d711642.min.woff2"
    assert (
        sum(len(font) for _, font in fonts_of(site).values()) < sum(path.stat().st_size for path in ORIGINALS.glob("*.woff2")) / 4
    )


def test_a_sheet_names_the_fonts_of_the_site(site: Path) -> None:
    sheet = with_cut(style_sheet(), site)
    assert sheet.count("@font-face") == len(fonts_of(site)) == len(list((site / FOLDER).iterdir()))
    assert all(f"fonts/{name})" in sheet for name, _ in fonts_of(site).values())
    assert "fonts/KaTeX" not in sheet
    assert "fonts/Fraktur" not in sheet  # which no page shows
    assert list(font_faults(site, sheet.replace("fonts/", "../katex/fonts/"))) == []
    assert with_cut("@font-face{src:url(fonts/Main.woff2)}", site) == "@font-face{src:url(fonts/Main.woff2)}"


def test_a_foreign_font_is_a_fault(site: Path) -> None:
    name, font = fonts_of(site)["KaTeX_Math-Italic.woff2"]
    (site / FOLDER / name).write_bytes(cut(ORIGINALS / "KaTeX_Main-Italic.woff2", "ikxy"))
    (site / FOLDER / "Other.woff2").write_bytes(font)
    assert [(fault.where, fault.what) for fault in font_faults(site, "")] == [
        (f"{FOLDER}/{name}", "not KaTeX's font with the signs of the pages") for name in (name, "Other.woff2")
    ]


def test_a_font_that_is_not_there_is_a_fault(site: Path) -> None:
    sheet = with_cut(style_sheet(), site).replace("fonts/", "../katex/fonts/")
    name, _ = fonts_of(site)["KaTeX_Math-Italic.woff2"]
    (site / FOLDER / name).unlink()
    assert [(fault.where, fault.what) for fault in font_faults(site, sheet)] == [
        (f"{FOLDER}/{name}", "a font that is named and not there")
    ]


def test_without_katex_sheets_stay_as_they_are(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verbatim.judging.fonts.ORIGINALS", site / "none")
    assert with_cut(style_sheet(), site) == style_sheet()
    assert fonts_of(site) == {}

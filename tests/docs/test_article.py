"""The article speaks for itself: it hardly mentions its source, errata lead to their places, its verse is bound."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sections import ARTICLE, ERRATA, ERRATUM, WHOLE, sections

ROOT = Path(__file__).parents[2]
MARK = re.compile(r"\[勘 \d+\]\(errata\.md#勘-\d+\)\{ \.erratum \}")
VERSE = re.compile(r"^> (.+)\n\{ \.verse \}$", re.MULTILINE)
BOUND = re.compile(r"\{\{ verse\.poems\[\d+\] \}\}")
CAPTION = re.compile(r"-caption \| #([\w-]+)")
PLACE = re.compile(r"^- \*\*位置\*\*：(.+)$", re.MULTILINE)
MENTIONS = 5
ANCHORS = (Path(__file__).parent / "data/anchors.txt").read_text("utf-8").split()


def visible(text: str) -> str:
    """Return what a reader sees of a page whose marks of errata are switched off."""
    return MARK.sub("", re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL))


def first_sentence(section: str) -> str:
    """Return the first sentence of what stands below a heading."""
    return re.split(r"(?<=[。！？：])|\n\n", visible(section).strip(), maxsplit=1)[0]


def mentions(text: str) -> list[str]:
    """Return what is wrong with how an article speaks of its source."""
    found = [
        f"{first_sentence(section)!r} opens a section" for section in sections(text).values() if "原文" in first_sentence(section)
    ]
    count = visible(text).count("原文")
    return [*found, *([f"{count} times"] if count > MENTIONS else [])]


def unbound(text: str) -> list[str]:
    """Return the verses of a page that are not bound to a record."""
    return [verse for verse in VERSE.findall(text) if not BOUND.fullmatch(verse)]


def misplaced(number: str, errata: dict[str, str], article: dict[str, str]) -> str:
    """Return what is wrong with the way back from an erratum to its mark in the article; nothing where it leads there."""
    place = PLACE.search(errata[f"勘-{number}"])
    places = re.findall(r"\(index\.md#([^)\s]+)\)", place[1]) if place else []
    if not places or not set(places) <= set(article):
        return f"leads to {places}"
    return "" if any(number in ERRATUM.findall(article[name]) for name in places) else f"no mark in {places}"


def test_the_article_hardly_mentions_its_source() -> None:
    assert mentions(WHOLE) == []
    assert "原文" in visible(WHOLE), "the note at the end does"


def test_mentions_are_caught() -> None:
    assert mentions("# 题\n\n好。\n\n## 1. 节\n\n原文说错了。") == ["'原文说错了。' opens a section"]
    assert mentions("# 题\n\n好。" + "原文。" * (MENTIONS + 1)) == [f"{MENTIONS + 1} times"]
    assert mentions("# 题\n\n好。[勘 1](errata.md#勘-1){ .erratum }原文。") == []


def test_the_verse_is_bound_to_its_record() -> None:
    assert VERSE.search(WHOLE)
    assert unbound(WHOLE) == []


def test_typed_verse_is_caught() -> None:
    assert unbound("> {{ verse.poems[1] }}\n{ .verse }") == []
    assert unbound("> 大江船断别，回首上长津。\n{ .verse }") == ["大江船断别，回首上长津。"]


@pytest.mark.parametrize("name", [name for name in ERRATA if name.startswith("勘-")])
def test_an_erratum_leads_back_to_its_mark(name: str) -> None:
    assert misplaced(name.removeprefix("勘-"), ERRATA, ARTICLE) == ""


def test_an_erratum_that_leads_elsewhere_is_caught() -> None:
    article = {"甲": "[勘 7](errata.md#勘-7){ .erratum }", "乙": "无"}
    for place, said in (("[§1](index.md#甲)", ""), ("[§2](index.md#乙)", "no mark in ['乙']"), ("§1", "leads to []")):
        assert misplaced("7", {"勘-7": f"- **位置**：{place}\n"}, article) == said
    assert misplaced("7", {"勘-7": "- **位置**：[§1](index.md#丙)\n"}, article) == "leads to ['丙']"


def test_every_anchor_that_existed_still_leads_somewhere() -> None:
    assert len(ANCHORS) >= 49
    assert [anchor for anchor in ANCHORS if anchor not in {*ARTICLE, *CAPTION.findall(WHOLE)}] == []


def out_of_order(text: str, keys: list[str]) -> list[str]:
    """Return the keys that an article cites in another order than the bibliography has them, which gives them their numbers."""
    cited = [key.strip().removeprefix("@") for keys_ in re.findall(r"\[(@[^\]\n]+)\]", text) for key in keys_.split(";")]
    first = list(dict.fromkeys(cited))
    return [f"{key}, expected {expected}" for key, expected in zip(keys, first, strict=False) if key != expected]


def test_citations_are_numbered_as_they_come() -> None:
    keys = re.findall(r"^@\w+\{(\w+),$", (ROOT / "docs/references.bib").read_text("utf-8"), re.MULTILINE)
    assert len(keys) > 30
    assert out_of_order(WHOLE, keys) == []
    assert out_of_order("先 [@b]，后 [@a; @b]。", ["a", "b"]) == ["a, expected b", "b, expected a"]

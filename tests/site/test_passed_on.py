"""What a page gives to those who pass it on: a description, a card with its own picture, a report of an error, how to cite.

Tests `cards` and `mkdocs_cards`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from PIL import Image
from playwright.sync_api import Page
from server import Site
from visiting import Visit

from verbatim.site.cards import HEIGHT, WIDTH, card, wrapped

ROOT = Path(__file__).resolve().parents[2]
DRAWING = (
    '<svg class="fig" viewBox="0 0 360 128" width="480"><style>.fig .accent{--fig-colour:var(--fig-accent,#1a5fd0)}'
    ".fig .fill{fill:var(--fig-colour,currentColor)}</style>"
    '<rect class="fill accent" width="360" height="128"/></svg>'
)


def told(page: Page, name: str) -> str:
    return page.locator(f'meta[property="og:{name}"]').get_attribute("content") or ""


def test_every_page_has_a_description_and_a_card_of_its_own(visit: Callable[[str], Visit], path: str, site: Site) -> None:
    page = visit(path).page
    description = page.locator("meta[name=description]").get_attribute("content") or ""
    assert 15 <= len(description) <= 160
    if "notebook" not in path:  # made of its page
        assert told(page, "description") == description
    assert told(page, "title") in page.title()
    image = page.evaluate("name => new URL(name, location).href", told(page, "image")).removeprefix(site.address)
    with Image.open(site.folder / image) as picture:
        assert (picture.format, *picture.size) == ("PNG", WIDTH, HEIGHT)


def test_cards_differ(site: Site, paths: list[str]) -> None:
    pictures = [path.read_bytes() for path in (site.folder / "assets/cards").glob("*.png")]
    assert len(pictures) == len(paths) == len(set(pictures))


def test_a_card_shows_the_picture_in_its_own_colour(tmp_path: Path) -> None:
    for name, drawing in (("with", DRAWING), ("without", "")):
        (tmp_path / f"{name}.png").write_bytes(card("题", "站", drawing))
    colours = {}
    for name in ("with", "without"):
        with Image.open(tmp_path / f"{name}.png") as picture:
            colours[name] = {colour for _, colour in picture.convert("RGB").getcolors(1 << 20) or []}
    assert (0x1A, 0x5F, 0xD0) in colours["with"]
    assert (0x1A, 0x5F, 0xD0) not in colours["without"]


def test_a_title_is_not_broken_within_a_word() -> None:
    assert wrapped("大模型创业公司崛起之路", 7, ["创业公司", "大模型"]) == ["大模型创业公司", "崛起之路"]
    assert wrapped("MNIST 训练与评估", 6, ["训练", "MNIST"]) == ["MNIST", "训练与评估"]
    assert wrapped("短", 7, []) == ["短"]


def test_a_report_names_page_edition_and_section(browser_page: Page, site: Site) -> None:
    browser_page.goto(site.address + "labs/classifier/#评估", wait_until="networkidle")
    link = browser_page.get_by_role("link", name="报告错误")
    link.dispatch_event("pointerdown")
    asked = parse_qs(urlsplit(link.get_attribute("href") or "").query)
    edition = re.search(r"^## 修订版 ([\d.]+)", (ROOT / "docs/changelog.md").read_text("utf-8"), re.MULTILINE)
    assert edition
    title = browser_page.locator("article h1").inner_text()
    assert title in asked["subject"][0]
    assert f"版本：{edition[1]}\n" in asked["body"][0]
    assert "labs/classifier/" in asked["body"][0]
    section = re.search("小节：(.+)", asked["body"][0])
    assert section
    assert section[1] in browser_page.locator("article").inner_text()


def test_how_to_cite_is_one_click_away(browser_page: Page, site: Site) -> None:
    browser_page.goto(site.address + "labs/classifier/")
    browser_page.get_by_role("link", name="如何引用").click()
    browser_page.wait_for_url(re.compile("references/#"))
    assert browser_page.locator("h2#如何引用").count() == 1


def test_page_of_errors_gives_no_advice_about_keys(browser_page: Page, site: Site) -> None:
    browser_page.goto(site.address + "404.html")
    assert browser_page.locator("article kbd").count() == 0
    assert "键" not in browser_page.locator("article").inner_text()

"""The card of a page, which others show beside its link: its title and its own picture, drawn here, without network."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

import resvg_py

WIDTH, HEIGHT = 1200, 630  # pixels: what WeChat, Weibo and Open Graph ask for
MARGIN, ROOM = 72, 600  # pixels: the edge, and the width that a picture may take
BIG, SMALL = 60, 28  # pixels of type
FONTS = "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','Noto Sans SC','Source Han Sans SC','WenQuanYi Micro Hei',sans-serif"
# What a browser works out and resvg does not: the colours of a drawing in the light palette
DARK = re.compile(r"\[data-md-color-scheme[^{}]*\{[^{}]*\}")
COLOUR = re.compile(r"--fig-colour:(?:var\([\w-]+,(#\w+)\)|(currentColor))")
USED = re.compile(r"var\(--fig-colour,currentColor\)")
BOX = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
WORD = r"[A-Za-z0-9.+-]+|\s|."


def card(title: str, site: str, drawing: str = "", known: Iterable[str] = ()) -> bytes:
    """Return the card as PNG, 1200 × 630; `drawing` is the SVG of the page's picture, "" for none; `known` words stay whole."""
    room = WIDTH - 2 * MARGIN - (ROOM if drawing else 0)
    lines = wrapped(title, room // BIG if drawing else room // BIG - 2, known)
    size = BIG if drawing else BIG + 12
    top = HEIGHT / 2 - (len(lines) - 1) * size * 0.7
    words = "".join(
        f'<text x="{MARGIN}" y="{top + place * size * 1.4:.0f}" font-size="{size}" font-weight="700">{html.escape(line)}</text>'
        for place, line in enumerate(lines)
    )
    foot = f'<text x="{MARGIN}" y="{HEIGHT - MARGIN}" font-size="{SMALL}" fill="#4d5561">{html.escape(site)}</text>'
    frame = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/><rect width="{WIDTH}" height="14" fill="#17508f"/>'
    whole = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="{FONTS}" color="#1f2328" '
        f'fill="#1f2328">{frame}{words}{foot if site != title else ""}{placed(drawing) if drawing else ""}</svg>'
    )
    return bytes(resvg_py.svg_to_bytes(svg_string=whole, width=WIDTH, height=HEIGHT))


def placed(drawing: str) -> str:
    """Return a drawing at the right of the card, as large as there is room."""
    match = BOX.search(drawing)
    if match is None:
        return ""
    width, height = float(match[1]), float(match[2])
    scale = min((ROOM - MARGIN) / width, (HEIGHT - 1.4 * MARGIN) / height)
    place = f'x="{WIDTH - MARGIN - width * scale:.0f}" y="{(HEIGHT - height * scale) / 2 + 7:.0f}"'
    size = f'width="{width * scale:.0f}" height="{height * scale:.0f}"'
    inner = drawing[drawing.index(">", drawing.index("<svg")) + 1 :]
    light = USED.sub("currentColor", COLOUR.sub(lambda colour: f"color:{colour[1] or 'inherit'}", DARK.sub("", inner)))
    return f'<svg class="fig" {place} {size} viewBox="0 0 {match[1]} {match[2]}">{light}'


def wrapped(title: str, longest: int, known: Iterable[str]) -> list[str]:
    """Return a title in lines of about equal length, none much longer than `longest` Chinese characters; words stay whole."""
    whole = "|".join(re.escape(word) for word in sorted(known, key=len, reverse=True) if not word.isascii())
    words = re.findall(f"{whole}|{WORD}" if whole else WORD, title)
    total = sum(map(length, words))
    count = max(1, -(-total // longest))  # so many lines, all alike
    room = total / count
    lines = [""]
    for word in words:
        if len(lines) < count and length(lines[-1]) + length(word) / 2 > room and word not in "，。：；、？！）”":
            lines.append("")
        lines[-1] += word
    return [line.strip() for line in lines if line.strip()]


def length(text: str) -> float:
    """Return the length of a text in Chinese characters."""
    return sum(0.55 if sign.isascii() else 1 for sign in text)

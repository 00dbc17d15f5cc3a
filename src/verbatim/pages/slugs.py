"""Anchors of headings: readable, in any script, and the same when a heading's number changes."""

from __future__ import annotations

import html
import re
import unicodedata

# "4." and "4.2", "4.2."; a bare "4" is text ("10 个类别"), not a section's number
NUMBER = re.compile(r"\s*(\d+\.|\d+(?:\.\d+)+\.?)\s+")
TAG = re.compile(r"<[^>]*>")
NOT_WORD = re.compile(r"[^\w\- ]+")


def split_number(heading: str) -> tuple[str, str]:
    """Return the section's number without its last full stop, or "", and the rest of `heading`."""
    match = NUMBER.match(heading)
    return (match[1].rstrip("."), heading[match.end() :]) if match else ("", heading.strip())


def slugify(heading: str, separator: str = "-") -> str:
    """Return the anchor of `heading`, as the option `slugify` of Python-Markdown's `toc` asks for it."""
    text = unicodedata.normalize("NFC", html.unescape(TAG.sub("", heading)))
    words = NOT_WORD.sub(" ", split_number(text)[1]).lower().split()
    return separator.join(words)

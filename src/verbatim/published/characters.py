"""The signs of published source, commands and outputs: none that nobody sees, no letter that only looks like another."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

# Control signs, a carriage return by itself, signs that turn the direction of the text or take no room, private ones
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ue000-\uf8ff]|\r"
)
# Where such letters lie, and signs that are wide or bold
SUSPECT = re.compile(
    "[\u0370-\u1fff\u2c00-\u2dff\ua4d0-\uabff\ufb00-\ufeff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\U00010000-\U0010ffff]"
)
WORD = re.compile(r"\w+")
FULL_WIDTH = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\U0001d400-\U0001d7ff]")
# Greek letters that no eye tells from Latin ones
LIKE_LATIN = frozenset("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϲϳοιν")
SCRIPTS = ("CYRILLIC", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "GEORGIAN", "HEBREW", "ARABIC")
CONFLICT = re.compile(r"(?:<{7}|>{7}|\|{7})(?:\s|$)")


Wrong = tuple[int, str, str, str]  # line, what is wrong, how to mend it, excerpt


def text_of_file(file: Path) -> tuple[str, list[Wrong]]:
    """Return the text of a file as it is, but for the line ends of Windows, and what is wrong with its signs; "" of no text."""
    content = file.read_bytes()
    try:
        text = content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return "", [(line, "not UTF-8", "expected a text in UTF-8; save it so", repr(content[error.start : error.end]))]
    return text, wrong_signs(text)


def wrong_signs(text: str) -> list[Wrong]:
    """Return what is wrong with the signs of a text, line by line, and marks of a merge that was not finished."""
    if text.isascii() and not UNSEEN.search(text) and "<<<<<<<" not in text:
        return []
    found: list[Wrong] = []
    for number, line in enumerate(text.split("\n"), start=1):
        for sign in sorted(set(UNSEEN.findall(line))):
            found.append((number, f"a sign that nobody sees, {name_of(sign)}", "remove it, or write it as an escape", repr(line)))
        for word in WORD.findall(line) if SUSPECT.search(line) else ():
            if reason := look_alike(word):
                found.append((number, f"{reason} in {word!r}", "write the plain letter", line))
        if CONFLICT.match(line):
            found.append((number, "a mark of a merge that was not finished", "choose one version and remove the marks", line))
    return found


def look_alike(word: str) -> str:
    """Say which letter of a word only looks like one of another script; "" where none does."""
    if word.isascii():
        return ""
    if match := FULL_WIDTH.search(word):
        return f"{name_of(match[0])}, which looks like a plain sign,"
    for letter in word:
        if letter in LIKE_LATIN and re.search("[A-Za-z]", word):
            return f"{name_of(letter)}, which looks like a Latin letter,"
        if not letter.isascii() and unicodedata.name(letter, "").startswith(SCRIPTS):
            return f"{name_of(letter)}, a letter of a script that is not used here,"
    return ""


def name_of(sign: str) -> str:
    return f"U+{ord(sign):04X} {unicodedata.name(sign, 'control sign')}"

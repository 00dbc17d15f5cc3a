"""Signs: what stands in a text for what was bound, cited, given or held, and how the digits of all scripts become plain ones."""

from __future__ import annotations

import re
import unicodedata

# Private signs that the walker of a page puts in place of what it has recomputed; a page's own text never holds them
BOUND = "\ue010"  # a number of a record, a constant or a pin, or one that the build computed
CITED = "\ue011"  # a citation
GIVEN = "\ue012"  # a number that the author states
HELD = "\ue013"  # an assertion about bound numbers
BREAK = "\ue014"  # the end of a line, a cell or an item: no citation reaches over it
CELL_END = BREAK * 2  # of a cell of a table, which is more than the end of a line in it
FORMULA, FORMULA_END = "\ue015", "\ue016"
CODE, CODE_END = "\ue017", "\ue018"
PRIVATE = re.compile("[\ue010-\ue01f]")

# Numbers that are pictures
PICTURES = {"🔟": "10", "💯": "100"}
POINTS = {
    "％": "%",
    "﹪": "%",
    "٪": "%",
    "．": ".",
    "٫": ".",
    "﹒": ".",
    "․": ".",
    "٬": ",",
    "‰": "‰",
    "‱": "‰",
    "∶": ":",
    "⁄": "/",
    "﹕": ":",
    "＝": "=",
    "＋": "+",
    "－": "-",
}
# What the words of measuring are made of, in the other script
TRADITIONAL = dict(
    zip(
        "錯準確誤損時張鐘個點數參樣圖萬億兩貳陸測試對認識層輪訓練",
        "错准确误损时张钟个点数参样图万亿两贰陆测试对认识层轮训练",
        strict=True,
    )
)
# Letters that look like a blank, or like nothing
FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u17b4\u17b5")
# Units, hours, days and months written as one sign: ㎏, ㏮, ㍦, ℃
SQUARED = re.compile("[\u2103\u2109\u32c0-\u32cb\u3358-\u33fe]")
RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
LOWERED = "₀₁₂₃₄₅₆₇₈₉"
FROM_RAISED = str.maketrans(RAISED + "⁻⁺", "0123456789-+")


class Plain(dict[int, str]):
    """What each sign becomes, found out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = plain_sign(chr(code))
        return self[code]


def plain_sign(sign: str) -> str:
    """Return a decimal digit of any script as ASCII has it, any blank as a blank, and nothing for what cannot be seen."""
    if known := PICTURES.get(sign) or POINTS.get(sign) or TRADITIONAL.get(sign):
        return known
    if SQUARED.match(sign):
        return re.sub(r"(?<=m)[23]", lambda power: "²³"[int(power[0]) - 2], unicodedata.normalize("NFKC", sign))
    category = unicodedata.category(sign)
    if sign in FILLERS or category in ("Cf", "Mn", "Me"):  # zero-width signs, variation selectors, the frame of a keycap
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(sign))
    if sign.isspace():
        return "\n" if sign in "\n\u2028\u2029" else " "
    wide = unicodedata.normalize("NFKC", sign) if category != "Nl" else sign  # a Roman numeral is no letter
    return wide if len(wide) == 1 and wide.isalnum() and wide.isascii() and sign not in RAISED + LOWERED else sign


PLAIN = Plain()


def plain(text: str) -> str:
    """Return `text` with the digits, letters and blanks of all scripts as ASCII has them, and nothing that cannot be seen."""
    return text.translate(PLAIN)


def cleaned(text: str) -> str:
    """Return the text of a page without the private signs, which only the walker may write."""
    return text if text.isascii() else PRIVATE.sub("\ufffd", text)


TO_RAISED = str.maketrans("0123456789-−+", RAISED + "⁻⁻⁺")


def raised(text: str) -> str:
    """Return what stands above the line as raised digits where it is a number."""
    return text.translate(TO_RAISED) if text.strip("-−+").isdigit() else text

"""The scanner: one pass over a text that finds every number in it, in digits, in signs and in words.

It knows no sense: whether a number may stand is for the grammar to say. Every step looks at a bounded piece of text, so that its
time grows with the length of the text and no faster.
"""

# ruff: noqa: E501
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from verbatim.judging.numbers.chinese import ABOUT, BY_FIRST, LARGE, NUMERALS, run_at, value_of, word_at
from verbatim.judging.numbers.signs import FROM_RAISED, LOWERED, RAISED

DIGITS = frozenset("0123456789")
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
# Digits, groups of three behind commas, decimals, versions, an exponent
ARABIC = re.compile(r"\d{1,40}(?:[,_]\d{3}(?!\d)){0,8}(?:[.·‧・]\d{1,40}){0,4}(?:[eE][-+−]?\d{1,3}(?![A-Za-z0-9]))?|[.·]\d{1,40}")
RAISED_RUN = re.compile(rf"[⁻⁺]?[{RAISED}]{{1,20}}|[{LOWERED}]{{1,20}}")
ADDRESS = re.compile(
    r"(?:https?://(?=[!-~]{0,60}?[A-Za-z]|\d{1,3}(?:\.\d{1,3}){3}(?![\d.]))|mailto:|doi:\s?10\.|10\.\d{4,9}/)[!-~]{1,400}"
)
DIGEST = re.compile(r"(?=[0-9]{0,12}[a-f])(?=[a-f]{0,12}[0-9])[0-9a-f]{7,64}(?![A-Za-z0-9])")
# Whole numbers in the writing of computers and of Romans
BASED = re.compile(r"0(?:[xX][0-9A-Fa-f]{1,64}|[bB][01]{1,64}|[oO][0-7]{1,64})(?![A-Za-z0-9_])")
ROMAN = re.compile(r"(?=[IVXLCDM]{2})M{0,4}(?:CM|CD|D?C{0,4})(?:XC|XL|L?X{0,4})(?:IX|IV|V?I{0,4})(?![A-Za-z0-9_])")
# Dice, cards, tiles, the sign that braille begins a number with; clocks where they tell a time; Cyrillic letters like digits
DRAWN = re.compile(
    r"[\u2680-\u2685\u283c\U0001f000-\U0001f021\U0001f030-\U0001f093\U0001f0a1-\U0001f0f5]|[\U0001f550-\U0001f567](?= ?[小点分秒天])"
    r"|(?<![\u0400-\u04ff])[ЗзОоЧчІіб]{1,9}(?![\u0400-\u04ff])"
)
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,80}")
# Words that measure without a numeral, or with one that is no number by itself
MEASURES = (
    (
        re.compile(
            r"(?<![走写做读讲说看听行练]到)一半|(?<![大多小前后上下左右])半(?:数|年|倍|天|秒钟?|个?(?:小时|钟头|分钟|月|世纪|百分点|数量级)|成(?!品))|个把(?:小时|钟头|月|星期|错|百分点|点|样本|图)|过半|减半|折半|对半|对折|砍半|腰斩|半价|泰半|一[大小多]半|[Hh]alf(?![A-Za-z])|[大小多]半(?=的?(?:图|样本|数据|参数|时间|测试|人|读者|错|认|判|答|猜|内存))|(?<=[错对]了)[大小多]半"
        ),
        0.5,
    ),
    (re.compile(r"[Tt]hrice(?![A-Za-z])"), 3.0),
    (re.compile(r"翻[了过]?[一1]?[倍番]|加倍(?!努力)|双倍|(?<!成)倍增|[数几]倍|[Tt]wice(?![A-Za-z])"), 2.0),
    (re.compile(r"翻[了过]?[两二2]番"), 4.0),
    (re.compile(r"翻[了过]?[三四五六七八九十几数\d]{1,3}[倍番]"), None),
    (re.compile(r"[十百千][之有中居][有其]?[一二两三四五六七八九]{1,2}(?![个种条款项类次年月日])"), None),  # 十之八九
    (re.compile(r"[俩仨](?=个? ?(?:小时|钟头|分钟|秒|天|月|年|星期|礼拜|倍|成|百分点))"), None),
    (re.compile(r"[一两三四五六七八九十半几数]打(?=的?(?:图|样本|错|数据|测试|照片|人|$|[。，；、）]))"), None),
    (re.compile(r"十[个张次步人位家](?:图像?|样本|例子)?(?:里面?|当?中|之中)[就只]?[有错对认]"), None),  # 十张里有九张
    (re.compile(r"[二两三四五六七八九十百千万]{1,4}[个张次步人位家]?中[就只]?有[一二两三四五六七八九]"), None),  # 四中有一
    (
        re.compile(
            r"[一二两三四五六七八九十百千万]{1,4}(?:比[一二两三四五六七八九十百千万]{1,4}(?![大小多少高低强弱好差])|[与和对][一二两三四五六七八九十百千万]{1,4}之比)"
        ),
        None,
    ),
    (  # 十次失败一次
        re.compile(
            r"每?[二两三四五六七八九十百千万]{1,4}(?:[次张步局回轮位名]|个人?)[里中]?(?:[就只]?有[一二两三四五六七八九][次张个步局回轮位名人]|(?:失败|成功|出错|[错对赢输])了?[一二两三四五六七八九])"
        ),
        None,
    ),
    (re.compile(r"每[二两三四五六七八九十][张次个](?:图像?|样本|例子)?[就只]?[有错对认]"), None),  # 每十张错一张
)
MEASURE_STARTS = frozenset("一大小多半过减折对砍腰泰翻加双倍数几十百千万两二三四五六七八九俩仨thTH个每")
ENGLISH = re.compile(
    r"(?i:(?:eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundreds?|thousands?|[mb]illions?|dozens?|(?:an?|one|two|several|many|few) (?:couple of(?= (?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|times|points?|percent|images?|errors?))|orders? of magnitude)|(?:one|two|three|four|five|six|seven|eight|nine|ten)(?= (?:times|percent|points?|seconds?|minutes?|hours?|days?|images?|errors?|epochs?|fold)\b)"
    r"|(?:two|three|four|five|six|seven|eight|nine|ten|hundred|thousand)-?fold|(?:doubl|tripl|trebl|quadrupl)(?:ed|es|ing)|halv(?:ed|es|ing)"
    r"|(?:an?|one|two|three|four|five|six|seven|eight|nine)[ -](?:thirds?|quarters?|fifths?|sixths?|sevenths?|eighths?|ninths?|tenths?|hundredths?)(?= (?:of|the|as|faster|slower|fewer|more|less)\b|$|[.,;。，；])"
    r"|(?:one|two|three|four|five|six|seven|eight|nine|ten) (?:in|out of) (?:every )?(?:two|three|four|five|six|seven|eight|nine|ten|a hundred|\d{1,6})\b))(?![A-Za-z])"
)
ENGLISH_DIGITS = {
    word: float(value)
    for value, word in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"])
}
POWER_IN_WORDS = re.compile(r"[一二两三四五六七八九十百千万]{1,4}的负?[一二两三四五六七八九十]{1,3}次[方幂]")
VAGUE_BEFORE = frozenset("几数上成近")


class Number(NamedTuple):
    """One number of a text, from `start` to `end`."""

    start: int
    end: int
    text: str
    value: float | None  # none where its value is not one number
    kind: str  # of which `grammar.RULES` has the rules; "measure" is a share or a multiple in words, "spelt" digits in words


class Dull(dict[str, bool]):
    """Whether no number begins with a sign, and no word that counts nothing; found out when the sign is first met."""

    def __missing__(self, sign: str) -> bool:
        begins = (
            sign in DIGITS
            or sign in LETTERS
            or sign in ".·"
            or sign in BY_FIRST
            or sign in MEASURE_STARTS
            or sign in NUMERALS
            or RAISED_RUN.match(sign + RAISED[0])
            or DRAWN.match(sign + "点")
        )
        self[sign] = not begins and unicodedata.category(sign) not in ("No", "Nl")
        return self[sign]


DULL = Dull()


def scan(text: str) -> Iterator[Number]:
    """Yield every number of a text whose signs are plain, in order, none inside another."""
    place, end = 0, len(text)
    while place < end:
        sign = text[place]
        if DULL[sign]:
            place += 1
            continue
        if sign in DIGITS or (sign in ".·" and text[place + 1 : place + 2] in DIGITS and place + 1 < end):
            number = arabic_at(text, place)
        elif sign in LETTERS:
            number = word_number_at(text, place)
        else:
            number = other_at(text, place)
        if number.text:
            yield number
        place = max(number.end, place + 1)


def nothing(text: str, start: int, end: int) -> Number:
    return Number(start, end, "", None, "")


def arabic_at(text: str, place: int) -> Number:
    """Return the number in digits that begins at `place`; nothing where the digits are part of an address or a digest."""
    if match := BASED.match(text, place):
        return Number(place, match.end(), match[0], float(int(match[0], 0)), "based")
    for pattern in (ADDRESS, DIGEST):
        if match := pattern.match(text, place):
            return nothing(text, place, match.end())
    found = ARABIC.match(text, place)
    assert found is not None
    end, digits = (
        found.end(),
        found[0].replace(",", "").replace("_", "").replace("·", ".").replace("‧", ".").replace("・", ".").replace("−", "-"),
    )
    raised = RAISED_RUN.match(text, end)
    if raised and raised[0][-1] in RAISED:
        power = (
            float(digits) ** min(max(int(raised[0].translate(FROM_RAISED)), -300), 300)
            if digits.count(".") < 2 and float(digits)
            else None
        )
        return Number(place, raised.end(), text[place : raised.end()], power, "power")
    if digits.count(".") > 1:
        return Number(place, end, found[0], None, "dotted")
    kind = "decimal" if "." in digits or "e" in digits.lower() else "integer"
    return Number(place, end, found[0], float(digits), kind)


def word_number_at(text: str, place: int) -> Number:
    """Return the number that a Latin word is or holds: "acc97", "twice"; an address or a digest is none."""
    for pattern in (ADDRESS, DIGEST):
        if match := pattern.match(text, place):
            return nothing(text, place, match.end())
    word = WORD.match(text, place)
    assert word is not None
    if (match := ENGLISH.match(text, place) or measure_match(text, place)) and match.end() >= word.end():
        return Number(place, match.end(), match[0], None, "measure")
    if (value := ENGLISH_DIGITS.get(word[0].lower())) is not None:
        return Number(place, word.end(), word[0], value, "english")
    if match := ROMAN.match(text, place):
        return Number(place, match.end(), match[0], None, "based")
    if any(sign in DIGITS for sign in word[0]):
        end = word.end()
        while end + 1 < len(text) and text[end] == "." and text[end + 1] in DIGITS and word[0][-1] in DIGITS:
            end = ARABIC.match(text, end + 1).end()  # type: ignore[union-attr]
        return Number(place, end, text[place:end], None, "word")
    return nothing(text, place, word.end())


def measure_match(text: str, place: int) -> re.Match[str] | None:
    if text[place] not in MEASURE_STARTS:
        return None
    return next((match for pattern, _ in MEASURES if (match := pattern.match(text, place))), None)


def other_at(text: str, place: int) -> Number:
    """Return the number that begins with a sign beyond ASCII: Chinese numerals, raised digits, circled, Roman and other numbers."""
    sign = text[place]
    chinese = sign in NUMERALS
    if not chinese and (raised := RAISED_RUN.match(text, place)):
        return Number(place, raised.end(), raised[0], None, "sign")
    if (end := word_at(text, place)) > place:
        return nothing(text, place, end)
    if not chinese and (match := DRAWN.match(text, place)):
        return Number(place, match.end(), match[0], None, "sign")
    if match := measure_match(text, place):
        value = next(value for pattern, value in MEASURES if pattern.match(text, place))
        return Number(place, match.end(), match[0], value, "measure")
    if match := POWER_IN_WORDS.match(text, place):
        return Number(place, match.end(), match[0], None, "power word")
    if chinese:
        return chinese_at(text, place)
    if unicodedata.category(sign) in ("No", "Nl"):
        return Number(place, place + 1, sign, unicodedata.numeric(sign, None), "sign")
    return nothing(text, place, place + 1)


def chinese_at(text: str, place: int) -> Number:
    """Return the number that a run of Chinese numerals is, with its decimals, as a fraction, or as a vague one."""
    end = run_at(text, place)
    if text.startswith("分之", end) and end + 2 < len(text) and (text[end + 2] in NUMERALS or text[end + 2] in "几零"):
        return fraction_at(text, place, end)
    run = text[place:end]
    if text[end : end + 1] in ("点", "點") and text[end + 1 : end + 2] in NUMERALS and text[end + 1] not in LARGE:
        return Number(place, (last := run_at(text, end + 1)), text[place:last], decimal_value(run, text[end + 1 : last]), "measure")
    before, after = text[place - 1 : place], text[end : end + 1]
    if (
        (before and before in VAGUE_BEFORE and run[0] in LARGE)
        or (after and after in "几多余来" and run[-1] in LARGE)
        or run in ABOUT
    ):
        vague = end + (after != "" and after in "几多余")
        start = place - (before != "" and before in VAGUE_BEFORE)
        return Number(start, vague, text[start:vague], None, "vague")
    # 九七 is no count, but digits read out one by one
    spelt = len(run) > 1 and not any(sign in LARGE or sign in "拾佰仟萬億廿卅" for sign in run)
    return Number(place, end, run, value_of(run), "spelt" if spelt else "chinese")


def fraction_at(text: str, place: int, end: int) -> Number:
    """Return the fraction X分之Y that begins at `place`, whose denominator ends at `end`."""
    if text[end + 2] == "几":
        # 千分之几 is less than one in a hundred
        return Number(place, end + 3, text[place : end + 3], 10 / (value_of(text[place:end]) or 1.0), "measure")
    last = run_at(text, end + 2)
    above = text[end + 2 : last]
    top = value_of(above)
    if text[last : last + 1] == "点" and text[last + 1 : last + 2] in NUMERALS:
        tail = run_at(text, last + 1)
        top, last = decimal_value(above, text[last + 1 : tail]), tail
    return Number(place, last, text[place:last], top / (value_of(text[place:end]) or 1.0), "measure")


def decimal_value(whole: str, part: str) -> float:
    digits = str(int(value_of(part))) if any(sign in LARGE for sign in part) else "".join(str(int(value_of(sign))) for sign in part)
    return value_of(whole) + float("0." + digits[:15])

"""Measurements in text: what counts as one, and what only looks like one.

A page's text reaches this module with its bound numbers replaced by `BOUND` and its citations by `CITED`, so that
whatever number is still found here was typed. Patterns are ASCII: a Chinese character ends a number as a blank does.
"""

from __future__ import annotations

import re
import unicodedata

BOUND = "\ue010"
CITED = "\ue011"

# 97.6, 60,000, .976, 1e5, 10³, 10^{3}; not part of a name, as in LeNet5, GPT-4 and mnist.10
NUMBER = (
    r"(?<![A-Za-z0-9_])(?<![A-Za-z_][.-])(?:\d+(?:[,.]\d+)*|\.\d+)"
    r"(?:[eE][-+]?\d+)?(?:[⁰¹²³⁴-⁹⁻]+|\^\{?-?\d+\}?)?"
)
SPACE = r"(?:\s|\\[,;:! ]|~)*(?:\\(?:text|mathrm)\{\s*)?"
SCALE = r"(?:\s*(?:[十百千万亿]|[kKwW](?=\s*[^\x00-\x7f])))*"
UNITS = (
    r"\\?[%‰]|个?百分点|个点|[毫微纳]?秒|分钟|小时|天|周|星期|个|张|倍|次|步|轮|幅|条|例|块|台|核|份|行(?![为业])|字节|页(?!面)|人(?!工)|元|美元|成(?![为功本])|千?瓦|焦耳?"
    r"|[KMGTPE]i?B\b|[KMGTPE]?FLOPs?\b|[KMG]?Hz\b|k?Wh\b|[mµμn]?s\b|min\b|[BM]\b|[×x](?![\w{])|pct\b"
    r"|(?:[Bb]illion|[Mm]illion|points?|percent|epochs?|times|seconds?|minutes?|hours?|days?|images?|samples?|param(?:eter)?s?|steps?)\b"
)
CHINESE = "[零〇一二两三四五六七八九十百千万亿半]"
TENS = f"{CHINESE}*[十百千万亿]{CHINESE}+|{CHINESE}+[十百千万亿]|[百千万亿]"
MEASUREMENT = re.compile(
    rf"{NUMBER}{SCALE}{SPACE}(?:多|余|来)?(?:{UNITS})"
    r"|\d[\d.,]*\s*[)\]）]?\s*\\?[%‰]"  # also where a letter stands before it
    rf"|{NUMBER}\s*[万亿]"
    r"|[¥￥€£]\s*\d[\d.,]*"
    r"|(?<![A-Za-z0-9_.])(?<![A-Za-z]-)(?:\d+)?\.\d+(?!\w|\.\d)"  # a decimal with no unit: an accuracy, a loss
    r"|(?<![\w.])(?<![A-Za-z]-)(?:\d{1,3}(?:,\d{3})+|\d{5,})(?!\w|\.\d)"  # a count of five digits or more
    rf"|[百千万]分之{CHINESE}+(?:点{CHINESE}+)?"
    # 九成七; not 生成, 一成不变, nor 分成 and the like, where 成 belongs to the verb before a number word
    rf"|[一二两三四五六七八九]成(?:[一二三四五六七八九半](?!个))?(?![为就功员长本立品交绩果分人熟见不])"
    rf"|{CHINESE}+(?:点{CHINESE}+)?\s*[多余]?(?:个?百分点|[毫微纳]?秒|分钟|小时|倍)"
    rf"|(?:{TENS})\s*[多余]?(?:张|次|步|轮|台|元|天|行|条)"
    rf"|{CHINESE}*[百千万亿]{CHINESE}*\s*[多余]?个(?!性)",
    re.ASCII,
)

PRODUCTS = (
    r"Python|TensorFlow|Keras|NumPy|CUDA|cuDNN|PyTorch|JAX|pip|Node(?:\.js)?|KaTeX|MkDocs|Material|Chromium|Debian|Ubuntu|Linux|Windows|macOS|"
    r"Pillow|pytest|Unicode|CC BY(?:-SA)?|Apache|GPL|HTTP|HTML|SVG|WCAG|ISO|GB/T|IEEE|GTX|RTX|Pascal|sm_|compute_|dp-accounting|"
    r"GPT|Llama|Claude|Gemini|Qwen|DeepSeek|版本|修订版|版|\b[vV]"
)
VERSION = r"\d++(?:\.\d++)*+(?:\.x)?\+?"
INTEGER = r"\d+(?:\.0)?"
# A symbol, indexed or applied: β₁, x_i, \alpha, σ(0)
SYMBOL = r"(?<![A-Za-z])(?:\\?[a-zA-Z]|\\[a-z]+|[α-ωΑ-Ω])(?:[₀-₉]+|_\{?\w+\}?)?(?:\([^()]{0,12}\))?"


def without_unit(pattern: str) -> str:
    """Let `pattern` stand for a number that no unit follows."""
    return rf"(?:{pattern})(?!{SPACE}(?:{UNITS}))"


LEGITIMATE = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"https?://[^\s，。；）)」]+",
        r"\barXiv[:：]?\s*\d{4}\.\d{4,5}(?:v\d+)?\b|\b\d{2}(?:0[1-9]|1[0-2])\.\d{5}(?:v\d+)?\b",
        r"\b(?:doi[:：]?\s*)?10\.\d{4,}/[^\s，。；]+",
        r"ISBN[:：]?\s*[\d-]+",
        r"\d{4}(?:\s*[–—~-]\s*\d{4})?\s*年(?:\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*日)?)?|\d{1,2}\s*月\s*\d{1,2}\s*日",
        r"\b\d{4}-\d{2}(?:-\d{2})?\b",
        without_unit(
            rf"(?:{PRODUCTS})[-\s]*(?:[从自为]\s*)?(?:[≥≤<>=~]=?\s*)?{VERSION}(?:\s*(?:[–—~、,，]|到|至|和|或|与|以及)\s*{VERSION})*+"
        ),
        r"§\s*\d+(?:\.\d+)*",
        r"第\s*\d+(?:\s*[–—\-到至、]\s*\d+)?\s*(?:节|章|页|步|行|层|版|卷|期|条|代|类|位|轮|个|次|张|列|项|款|例|天)",
        r"(?<![\d.])\d+(?:\.\d+)+(?:\s*[、,，和与到至–—-]\s*\d+(?:\.\d+)+)*\s*节",
        without_unit(r"(?:图|表|式|勘)\s*[（(]?\d++(?:\.\d++)*+[）)]?"),
        without_unit(rf"{SYMBOL}\s*(?:=|<|>|≤|≥|≈|\\leq?|\\geq?|\\approx|\\in)\s*[-−]?\d++(?:\.\d++)?+"),
        without_unit(rf"[\[(（]\s*[-−]?{INTEGER}\s*[,，]\s*[-−]?{INTEGER}\s*[\])）]"),
        r"\\?\{\s*\d+(?:\s*[,，]\s*(?:\d+|…|\\dots|\\ldots))*\s*\\?\}",
        r"\d+(?:\.\d+)?\s*\\?%\s*的?\s*(?:置信|confidence|CI\b)|置信(?:水平|度|区间)[为取是]?\s*\d+(?:\.\d+)?\s*\\?%",
        without_unit(r"(?:\d+(?:\.\d+)?\s*(?:×|x|\\times|\\cdot)\s*)?\b10\s*(?:[⁰¹²³⁴-⁹⁻]++|\^(?:\{-?\d+\}|\d++))"),
        without_unit(r"(?<![\w.])\d+(?:\.\d+)?[eE][-+]?\d++"),
        r"(?<!\w)\d+(?:\s*(?:×|\\times|→|\\to|x)\s*\d+)+",
        # digests and commits: digits and letters mixed
        r"\b0x[0-9a-fA-F]+\b|\b(?=[0-9a-f]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{7,64}\b",
        r"127\.0\.0\.1(?::\d+)?",
        # words that hold a number word and count nothing
        r"万一|千万(?=[不别要记])|百分百|统一|千变万化|成千上万|一成不变|[分组变构完生合形]成",
    )
)
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
# No measurement is without one of these
COUNTING = re.compile(f"[0-9]|{CHINESE}")
SENTENCE = re.compile(r"(?<=[。！？；\n])|(?<=[.!?;])\s+(?=[A-Z])")


def measurements(text: str) -> list[str]:
    """Return the typed measurements of `text`, one paragraph, cell, caption, title or formula; none where all is well.

    A measurement in a sentence that carries a citation is cited, not typed.
    """
    sentences = (plain(sentence) for sentence in SENTENCE.split(text) if CITED not in sentence)
    # Blanking out what only looks like a measurement costs most; few sentences need it
    counting = (sentence for sentence in sentences if COUNTING.search(sentence) and MEASUREMENT.search(sentence))
    return [match[0].strip() for sentence in counting for match in MEASUREMENT.finditer(mask(sentence))]


def plain(text: str) -> str:
    """Return `text` with the digits, signs and blanks of all scripts as ASCII has them, and nothing that cannot be seen."""
    return text.translate(PLAIN)


class Plain(dict[int, str]):
    """What each sign becomes, found out when it is first met."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        if INVISIBLE.match(sign):
            self[code] = ""
        else:
            self[code] = str(unicodedata.decimal(sign)) if sign.isdecimal() else " " if sign.isspace() else sign
        return self[code]


PLAIN = Plain(str.maketrans("％．﹪，", "%.%,"))


def mask(sentence: str) -> str:
    """Blank out what only looks like a measurement."""
    for pattern in LEGITIMATE:
        sentence = pattern.sub(lambda match: "\u2003" * len(match[0]), sentence)
    return sentence

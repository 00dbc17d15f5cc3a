"""Measurements in text: what counts as one, and what only looks like one.

A page's text reaches this module with its bound numbers replaced by `BOUND` and its citations by `CITED`, so that
whatever number is still found here was typed.
"""

from __future__ import annotations

import re

BOUND = "\ue010"
CITED = "\ue011"

DIGITS = r"[0-9０-９]+(?:[,，.．][0-9０-９]+)*"
NUMBER = rf"(?<![A-Za-z0-9０-９_.\-]){DIGITS}"
SCALE = r"(?:\s*[十百千万亿])*"
UNITS = (
    r"%|％|‰|\\%|个?百分点|个点|[毫微纳]?秒|分钟|小时|天|周|星期|个|张|倍|次|步|轮|幅|条|例|块|台|核|份|行|字节|页|人|元|美元|成"
    r"|[KMGTkmgt]i?B\b|[KMGTPE]?FLOPs?\b|ms\b|s\b|[Bb]illion\b|[Mm]illion\b|[BM]\b|points?\b|percent\b|epochs?\b|times\b|seconds?\b"
)
CHINESE = "[零〇一二两三四五六七八九十百千万亿半几]"
STRONG_UNITS = r"%|％|个?百分点|[毫微]?秒|分钟|小时|倍|个参数"
MEASUREMENT = re.compile(
    rf"{NUMBER}{SCALE}(?:\s|\\[,;! ]|~)*(?:\\(?:text|mathrm)\{{\s*)?(?:多|余|来)?(?:{UNITS})"
    rf"|{NUMBER}\s*[万亿]"
    r"|(?<![\w.\-])[0-9０-９]+[.．][0-9０-９]+(?![\w.])"  # a decimal with no unit: an accuracy, a loss
    r"|(?<![\w.\-])(?:\d{1,3}(?:[,，]\d{3})+|\d{5,})(?![\w.\-])"  # a count of five digits or more
    rf"|百分之{CHINESE}+(?:点{CHINESE}+)?"
    rf"|(?<!完)(?<!变)(?<!组)(?<!构)(?<!生)[一二两三四五六七八九]成(?:[一二三四五六七八九半](?!个))?(?![为就功员长本立品交绩果分人熟见])"
    rf"|{CHINESE}+(?:点{CHINESE}+)?\s*(?:多|余)?(?:{STRONG_UNITS})"
    rf"|{CHINESE}*[百千万亿]{CHINESE}*\s*(?:多|余)?(?:张|次|步|轮|个|台|元|天|行)"
)

PRODUCTS = (
    "Python|TensorFlow|Keras|NumPy|CUDA|cuDNN|PyTorch|pip|Node(?:\\.js)?|KaTeX|MkDocs|Material|Chromium|Debian|Ubuntu|Pillow|"
    "CC BY(?:-SA)?|CC BY-SA|HTTP|GTX|RTX|Pascal|sm_|compute_|dp-accounting|pytest|Unicode|ISO|GB/T|IEEE|macOS|版本|修订版|版|v|V"
)
VERSION = r"\d+(?:\.\d+)*(?:\.x)?\+?"
LEGITIMATE = tuple(
    re.compile(pattern)
    for pattern in (
        r"https?://[^\s，。；）)」]+",
        r"\b(?:arXiv[:：]?\s*)?\d{4}\.\d{4,5}(?:v\d+)?\b",
        r"\b(?:doi[:：]?\s*)?10\.\d{4,}/[^\s，。；]+",
        r"ISBN[:：]?\s*[\d-]+",
        r"\d{4}\s*年(?:\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*日)?)?|\d{1,2}\s*月\s*\d{1,2}\s*日",
        r"\b\d{4}-\d{2}(?:-\d{2})?\b",
        rf"(?:{PRODUCTS})\s*(?:[≥≤<>=~]=?\s*)?{VERSION}(?:\s*(?:[–—~、,，]|到|至|和|或|与|以及)\s*{VERSION})*(?:\s*(?:及|或)?(?:以上|以下|更高))?",
        r"§\s*\d+(?:\.\d+)*",
        r"第\s*\d+(?:\s*[–—\-到至、]\s*\d+)?\s*(?:节|章|页|步|行|层|版|卷|期|条|代|类|位|轮|个|次|张|列|项|款|例|天)",
        r"(?<![\d.])\d+(?:\.\d+)+\s*节",
        r"(?:图|表|式|勘)\s*[（(]?\d+(?:\.\d+)*[）)]?",
        # a symbol's chosen value or bound: β₁ = 0.9, \alpha = 0.5, p < 0.05, x = 1
        r"(?<![A-Za-z])(?:\\?[a-zA-Zα-ωΑ-Ω]|\\[a-z]+|[α-ωΑ-Ω])(?:[₀-₉]|_\{?\w+\}?)?\s*(?:=|<|>|≤|≥|≈|\\leq?|\\geq?|\\in)\s*-?\d+(?:\.\d+)?(?!\s*(?:%|％|秒|倍|张))",
        r"[\[(（]\s*[-−]?\d+(?:\.\d+)?\s*[,，]\s*[-−]?\d+(?:\.\d+)?\s*[\])）]",
        r"\{\s*\d+(?:\s*[,，]\s*(?:\d+|…|\\dots|\\ldots))+\s*\}|\\\{\s*\d+(?:\s*,\s*(?:\d+|\\dots|\\ldots))*\s*\\\}",
        r"\d+(?:\.\d+)?\s*\\?[%％]\s*(?:的)?\s*(?:置信|confidence|CI\b)|(?:置信(?:水平|度|区间)(?:为|取|是)?)\s*\d+(?:\.\d+)?\s*\\?[%％]",
        r"(?:\d+(?:\.\d+)?\s*(?:×|x|\\times|\\cdot)\s*)?10\s*(?:[⁰¹²³⁴-⁹⁻]+|\^\{?-?\d+\}?)",
        r"(?<![\w.])\d+(?:\.\d+)?[eE][-+]?\d+\b",
        r"\b(?:\d+)\s*(?:×|\\times|→|\\to|x)\s*\d+(?:\s*(?:×|\\times|→|\\to|x)\s*\d+)*",
        r"\b0x[0-9a-fA-F]+\b|\b[0-9a-f]{7,64}\b(?<=[a-f0-9])(?=.)",
        r"127\.0\.0\.1(?::\d+)?",
    )
)


def measurements(text: str) -> list[str]:
    """Return the typed measurements of `text`, one paragraph, cell, caption, title or formula; none where all is well.

    A measurement in a sentence that carries a citation is cited, not typed.
    """
    found: list[str] = []
    for sentence in re.split(r"(?<=[。！？；\n])|(?<=[.!?;])\s+(?=[A-Z])", text):
        if CITED not in sentence:
            found += [match[0].strip() for match in MEASUREMENT.finditer(mask(sentence))]
    return found


def mask(sentence: str) -> str:
    """Blank out what only looks like a measurement."""
    for pattern in LEGITIMATE:
        sentence = pattern.sub(lambda match: "\u2003" * len(match[0]), sentence)
    return sentence

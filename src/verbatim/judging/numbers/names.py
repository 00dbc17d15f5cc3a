"""Names that carry a number of their own, each with the shape of that number: a name covers its version and no measured value."""

# ruff: noqa: E501
from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

Item = TypeVar("Item")


def grouped(lists: Iterable[tuple[Item, str]]) -> dict[str, list[Item]]:
    """Return, by name, the items whose list of names holds it."""
    found: dict[str, list[Item]] = {}
    for item, names in lists:
        for name in names.split():
            found.setdefault(name, []).append(item)
    return found


# How a version looks, by name: the least and the greatest first part. Further parts have two digits at most, but for "build"
VERSIONS = grouped(
    ((least, most), names)
    for least, most, names in (
        (2, 3, "python cpython pypy ipython pillow-simd"),
        (1, 2, "kubernetes tensorflow pytorch torch numpy torchvision torchaudio"),
        (1, 3, "keras pandas scipy matplotlib polars gradio coverage pyyaml jinja usb http tls html css ssl sql oauth usb-c opengl"),
        (0, 2, "jax flax optax ruff uv mypy vllm katex onnx scikit-learn sklearn transformers xgboost mkdocs pymdown-extensions markdown fastapi pydantic ollama rust go julia deno bun esbuild vite zensical properdocs selectolax django-ninja spacy tiktoken black pylint poetry pdm dp-accounting langchain nbformat msgspec zig tokenizers accelerate peft"),
        (0, 12, "pillow pytest hypothesis playwright tornado flask django celery sphinx pip-tools setuptools-scm jupyter jupyterlab notebook lightgbm catboost dask ray mlflow opencv vue angular svelte react typescript redis mysql sqlite mariadb mongodb elasticsearch git php lua perl ruby rails spring qt gtk gnome kde blender unity unreal powershell code bash zsh vim neovim emacs cuda cudnn nccl rocm tensorrt openvino driver linux kernel openssl nginx apache httpd curl npm yarn pnpm eslint prettier axe axe-core material android xcode ios"),
        (20, 49, "fedora"),
        (3, 25, "gcc clang llvm cmake pip java jdk openjdk kotlin swift scala node node.js nodejs debian postgresql postgres visualstudio setuptools docker safari macos ios ipados android xcode firefox-esr"),
        (7, 25, "ubuntu mint alpine rhel centos suse"),
        (7, 11, "windows ie"),
        (40, 199, "chrome chromium edge firefox opera webview electron"),
        (2, 6, "ipv wcag unicode-data wifi ddr gddr pcie"),
        (1, 17, "unicode ecmascript"),
        (1, 5, "gpt claude gemini llama qwen deepseek gemma phi mistral mixtral palm ernie glm chatglm baichuan internlm yi whisper stable-diffusion diffusion dall-e dall·e midjourney sora grok kimi hunyuan moonshot o opus sonnet haiku command minicpm opt bloom falcon t inception yolo wav vec lenet alexnet efficientnet mobilenet"),
        (2, 4, "by by-sa by-nc cc gpl lgpl agpl apache mpl bsd"),
        (1, 2, "squad xsum superglue web"),
        (3, 20, "iphone pixel galaxy"),
    )
)  # fmt: skip
# Names whose number may be one of a few only, or of one exact shape
SHAPES = grouped(
    (re.compile(rf"(?:{shape})(?![\w%‰]|\.\d)"), names)
    for shape, names in (
        (r"10|100", "cifar cifar-"),
        (r"1k|21k|1K|21K|22k|22K|1000", "imagenet"),
        (r"\d{1,3}(?:\.\d)?[BMKbmk](?:-[A-Za-z]{2,12})?|\d{1,2}x\d{1,3}[Bb]", "llama gpt qwen glm chatglm opt bloom falcon yi mistral mixtral gemma phi t5 palm baichuan internlm deepseek moe llama- gpt-neox gpt-neo gpt-j pythia bert vicuna alpaca"),
        (r"(?:18|34|50|101|152|200)(?:v\d)?", "resnet resnext"),
        (r"(?:11|13|16|19)", "vgg"),
        (r"(?:121|169|201)", "densenet"),
        (r"\d{3,4}(?: ?(?:Ti|Super|SUPER|D|Ada))?", "rtx gtx rx radeon arc titan geforce"),
        (r"\d{3,5}[A-Z]{0,2}", "xeon core epyc ryzen threadripper snapdragon kirin ascend"),
        (r"[1-5]\d\d(?! ?(?:张|次|秒|个))", "http https 状态码 status"),
        (r"(?:7|8|16|32)", "utf utf- ucs"),
        (r"\d{1,3}", "sha sha- sha2 sha3 md aes rsa base crc fp int float uint bf h mp x86 arm arm- ean ansi"),
        (r"\d{1,5}(?:[-:.]\d{1,4}){0,2}", "rfc iso iec iso/iec ieee pep ecma ecma- gb gb/t gbt ansi std bcp cve cve- din en nist sp fips issn rfc- pep- itu"),
        (r"\d{4}", "wmt coco voc iclr neurips nips icml cvpr iccv eccv acl emnlp naacl aaai ijcai kdd sigir c++ excel office word es ecmascript fortran"),
        (r"(?:03|11|14|17|20|23|26|89|99)", "c++ c fortran"),
        (r"\d{1,2}", "iwslt wmt m a v tpu tpuv"),
        (r"[1-9]\d{0,5}", "qq issue issues bug pull pr ticket"),
        (r"20\d\d[A-Z]?", "matlab"),
        (r"20\d\d\.\d(?:\.\d)?", "pycharm intellij idea clion webstorm"),
        (r"8K|8k", "gsm"),
        (r"6|4", "ipv"),
        (r"4o(?:-mini)?|3\.5(?:-turbo)?|4(?:\.1|-turbo)?", "gpt"),
        (r"75[04]|802(?:\.\d{1,2}[a-z]{0,2})?|754", "ieee"),
    )
)  # fmt: skip
VERSION = re.compile(
    r"(\d{1,3})((?:\.\d{1,2}){0,3})(?:\.x|\.\*)?(?:-?(?:rc|a|b|beta|alpha|dev|post|LTS)\d{0,2})?(?![\w%‰.]{0,6}\d)\+?"
)
# A name stands before its number with a blank or a dash at most, or with a word or a sign that says "from this version on"
LATIN = re.compile(r"([A-Za-z][A-Za-z.+#/·]*(?:[-‑][A-Za-z]+)*)(?:[-‑ ]{0,2}|[ ]?[vV]|[ ]?(?:[≥≤<>=~]=?|[从自为]|版本|版) ?)\Z")
# Words that are names as they stand, with digits in them
GLUED = re.compile(
    r"(?:[A-Z][A-Za-z]{0,11}\d{1,4}[A-Za-z]{0,3}|[A-Z]{1,5}\d{1,4}[A-Z]{0,3}|[A-Za-z]_?\d{1,3}|(?:[A-Z][a-z]?\d{0,2}){2,6}|[vV]\d{1,3}(?:\.\d{1,3}){0,3}"
    r"|[A-Za-z]{2,12}\d(?:\.\d)?|[a-z]{3,8}2[a-z]{3,8}"
    r"|x86(?:_64)?|(?:arm|amd|win|linux|u?int|float|complex|bfloat|fp|utf|base|sha|md|crc|ieee|en|log|exp|conv|relu|h|mp|ipv|cp|py|sm_|compute_|x|gb|iso|rfc|pep)\d{1,4}[a-z]?)\Z"
)
MEASURED_WORD = re.compile(
    r"(?:acc|accuracy|loss|err|error|errors|time|mem|memory|score|auc|bleu|ppl|rate|eps|epsilon|准确率)_?\d", re.IGNORECASE
)


def fits(name: str, text: str, place: int) -> int:
    """Return where the number that belongs to `name` ends, if one stands at `place`; else `place`."""
    ends = [match.end() for shape in SHAPES.get(name, ()) if (match := shape.match(text, place))]
    match = VERSION.match(text, place)
    if match is None:
        return max(ends, default=place)
    for least, most in VERSIONS.get(name, ()):
        # 65 is no version of Keras, nor 0.976 one of uv
        if least <= int(match[1]) <= most and (match[1] == "0") <= bool(match[2]) and not match[1].startswith("0" * 2):
            ends.append(match.end())
    return max(ends, default=place)


def glued(word: str) -> bool:
    """Say whether a word with digits in it is a name: LeNet5, x86, H2O, float32, Qwen2.5; acc97 is none."""
    if MEASURED_WORD.match(word):
        return False
    return bool(GLUED.match(word)) or known(word)


def known(word: str) -> bool:
    """Say whether a word is a name of the lists with its number: uint8, ResNet50."""
    letters = word.rstrip("0123456789.")
    return len(letters) > 1 and fits(letters.lower(), word, len(letters)) == len(word) > len(letters)

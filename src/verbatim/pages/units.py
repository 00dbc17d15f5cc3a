"""Units: what the fields of a record are measured in, by the last word of their names, and whether a page's unit agrees."""

from __future__ import annotations

import re

# The last word of a field's name, and what may follow its number on a page; "share" is shown in percent and followed by no unit
UNITS: dict[str, tuple[str, ...]] = {
    "seconds": ("秒", "s", "seconds"),
    "mb": ("MB",),
    "bytes": ("字节", "B"),
    "errors": ("张", "个", "处", "errors"),
    "images": ("张", "幅", "images"),
    "parameters": ("个", "parameters"),
    "points": ("个百分点", "百分点", "个点"),
    "cores": ("个", "核", "cores"),
    "steps": ("步", "次", "steps"),
    "epochs": ("轮", "个", "epochs"),
    "workers": ("个", "进程"),
    "ratio": ("倍",),
    "flops": ("次", "FLOPs", "FLOP"),
    "loss": (),
    "epsilon": (),
}
SHARES = frozenset(("accuracy", "share", "fraction", "probability", "validation", "test", "error", "kept"))
STATISTICS = frozenset(("min", "max", "mean", "values", "seeds", "run"))
WORD = re.compile(r"[A-Za-z_]\w*")
# What counts or measures, where it follows a number
FOLLOWING = re.compile(
    r"[ （(]{0,2}(?:[多余来整] ?)?(个?百分点|个点|[毫微纳]?秒|分钟|刻钟|个?(?:小时|钟头|季度|世纪)|天|周|星期|个?月|年|倍"
    r"|[吉兆千]?字节|[美欧日港韩]?元|[张次步轮幅条台核份块处个]"
    r"|[KMGT]i?B\b|[BM]\b|[mμµn]?s\b|min\b|h\b|FLOPs?\b|Hz\b|(?:errors|images|steps|epochs|cores|parameters|seconds|minutes|hours|days)\b)"
)


def kind_of(path: str) -> str:
    """Return the word that tells a field's unit: "seconds" for `scaling.seeds.seconds.min` and for `wall_seconds`."""
    words = [word for word in WORD.findall(path) if word not in STATISTICS]
    if not words:
        return ""
    return "ratio" if "ratio" in words[-1].lower().split("_") else words[-1].lower().rsplit("_", 1)[-1]


def is_share(path: str, value: object) -> bool:
    """Say whether a field is a share of one, or nothing is known of its unit and it could be one."""
    if not isinstance(value, float) or abs(value) > 1:
        return False
    return kind_of(path) not in UNITS


def disagrees(path: str, after: str) -> str:
    """Return the unit on the page that contradicts a field's own, given the text right after its number; "" where none does."""
    kind, match = kind_of(path), FOLLOWING.match(after)
    if match is None:
        return ""
    if kind in SHARES:
        return match[1]
    return "" if kind not in UNITS or match[1] in UNITS[kind] else match[1]

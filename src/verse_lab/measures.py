"""诗的几样可以数的东西：体裁、押韵、平仄、重复的字、有没有照抄；不判断好坏"""

# --8<-- [start:imports]
import re
from dataclasses import dataclass

import numpy as np

# --8<-- [end:imports]
from verse_lab.data import Sounds, form_of

# --8<-- [start:measures]
RUN = 4  # 一句之内连着这么多个字与训练集里的某一句相同，就算有雷同


def lines_of(poem: str) -> list[str]:
    """一首诗的四句"""
    return [line for line in re.split("[，。]", poem) if line]


def rhymes(poem: str, sounds: Sounds) -> bool:
    """第二句与第四句的末字是不是同韵而不同字"""
    second, fourth = poem.split("。")[0][-1:], poem.split("。")[1][-1:]
    group = sounds.groups.get(second)
    return second != fourth and group is not None and group == sounds.groups.get(fourth)


def alternates(line: str, sounds: Sounds) -> bool:
    """一句的第二、四、六字能不能平仄相间；“两”可平可仄"""
    tones = [sounds.tones.get(sign, "两") for sign in line[1:-1:2]]
    return any(
        all(tone in ("两", "平仄"[(place + first) % 2]) for place, tone in enumerate(tones))
        for first in (0, 1)
    )


def runs_of(line: str) -> set[str]:
    """一句里所有连着的 RUN 个字"""
    return {line[start : start + RUN] for start in range(len(line) - RUN + 1)}


@dataclass(frozen=True)
class Seen:
    """训练集里的整句，以及句内连着的 RUN 个字"""

    lines: frozenset[str]
    runs: frozenset[str]


def remember(poems: list[str]) -> Seen:
    """记下训练集"""
    lines = frozenset(line for poem in poems for line in lines_of(poem))
    return Seen(lines, frozenset(run for line in lines for run in runs_of(line)))


def measure(poems: list[str], sounds: Sounds, seen: Seen) -> dict[str, float]:
    """各项的比例；体裁不对的诗只算进第一项，一首对的也没有就只有这一项

    repeats 是平均每首重复了几个字
    """
    formed = [poem for poem in poems if form_of(poem)]
    if not formed:
        return {"form": 0.0}
    lines = [line for poem in formed for line in lines_of(poem)]
    texts = ["".join(lines_of(poem)) for poem in formed]
    return {
        "form": len(formed) / len(poems),
        "rhyme": float(np.mean([rhymes(poem, sounds) for poem in formed])),
        "tones": float(np.mean([alternates(line, sounds) for line in lines])),
        "repeats": float(np.mean([len(text) - len(set(text)) for text in texts])),
        "copied_lines": float(np.mean([line in seen.lines for line in lines])),
        "copied_runs": float(np.mean([not seen.runs.isdisjoint(runs_of(line)) for line in lines])),
    }


def shuffle(poem: str, rng: np.random.Generator) -> str:
    """把一首诗的字打乱，标点不动"""
    mixed = iter(rng.permutation(list("".join(lines_of(poem)))))
    return "".join(sign if sign in "，。" else next(mixed) for sign in poem)


# --8<-- [end:measures]

"""唐诗的读入与编码：诗、字表、平仄与韵；只用标准库与 NumPy"""

# --8<-- [start:imports]
import lzma
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

# --8<-- [end:imports]

# --8<-- [start:load]
COUNTS = {"训练": 55440, "验证": 708, "测试": 699}  # 每个集合里的首数
CURE = "请从本站的 downloads 文件夹重新下载，放进当前文件夹"

Poems = dict[str, list[tuple[str, str]]]


class PoemsFileError(ValueError):
    """唐诗的文件不可用；消息依次说：哪个文件、见到什么、应为什么、怎样补救"""


def load_poems(path: str | Path = "poems.txt.xz") -> Poems:
    """读入全部唐诗，返回 {集合: [(诗人, 诗), ...]}；诗的样子：“一句，二句。三句，四句。”

    异常：PoemsFileError
    """
    try:
        lines = lzma.decompress(Path(path).read_bytes()).decode("utf-8").splitlines()
    except FileNotFoundError as error:
        raise PoemsFileError(f"{path}：没有这个文件；应为唐诗的 poems.txt.xz；{CURE}") from error
    except (OSError, lzma.LZMAError, UnicodeDecodeError) as error:
        raise PoemsFileError(
            f"{path}：读不出来；见到 {error}；应为完好的 xz 文件；{CURE}"
        ) from error
    poems: Poems = {name: [] for name in COUNTS}
    for number, line in enumerate(lines, start=1):
        parts = line.split("\t")
        if len(parts) != 3 or parts[0] not in poems or form_of(parts[2]) is None:
            expected = "应为“集合、诗人、诗”，以制表符隔开"
            raise PoemsFileError(
                f"{path}：第 {number} 行不对；见到 {line[:40]!r}；{expected}；{CURE}"
            )
        poems[parts[0]].append((parts[1], parts[2]))
    found = {name: len(each) for name, each in poems.items()}
    if found != COUNTS:
        raise PoemsFileError(f"{path}：首数不对；见到 {found}；应为 {COUNTS}；{CURE}")
    return poems


def form_of(text: str) -> str | None:
    """诗的体裁："5" 是五言四句，"7" 是七言四句，标点不在其位就是 None"""
    for size in (5, 7):
        marks = {size: "，", 2 * size + 1: "。", 3 * size + 2: "，", 4 * size + 3: "。"}
        places = {place: sign for place, sign in enumerate(text) if sign in "，。\n57□"}
        if len(text) == 4 * size + 4 and places == marks:
            return str(size)
    return None


# --8<-- [end:load]


# --8<-- [start:encode]
SIGNS = "\n57，。□"  # 结束，两种体裁，两种标点，生僻字；它们的编号是 0–5，其余都是汉字
END, UNKNOWN = SIGNS.index("\n"), SIGNS.index("□")
LEAST = 20  # 训练集里出现得比这更少的字，一律记作 □
LENGTH = 34  # 七言四句：体裁 1，汉字 28，标点 4，结束 1


@dataclass(frozen=True)
class Vocabulary:
    """字表：编号与字互相对应；rare 是 □ 替下的字有多少种"""

    signs: str
    rare: int

    def encode(self, poems: list[str]) -> np.ndarray:
        """诗 → 编号，int32，(m, 34)；前面添上体裁，后面用结束补齐"""
        index = {sign: number for number, sign in enumerate(self.signs)}
        ids = np.full((len(poems), LENGTH), END, np.int32)
        for row, poem in zip(ids, poems):
            text = f"{form_of(poem)}{poem}"
            row[: len(text)] = [index.get(sign, UNKNOWN) for sign in text]
        return ids

    def decode(self, ids: np.ndarray) -> str:
        """一行编号 → 文字，到结束为止"""
        return "".join(self.signs[number] for number in ids).partition("\n")[0]


def build_vocabulary(poems: list[str], least: int = LEAST) -> Vocabulary:
    """由训练集定字表：按次数从多到少，次数相同的按字的编码"""
    counts = Counter("".join(poems).replace("，", "").replace("。", ""))
    kept = sorted((sign for sign in counts if counts[sign] >= least), key=lambda s: (-counts[s], s))
    return Vocabulary(SIGNS + "".join(kept), rare=len(counts) - len(kept))


def split(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """编号 (m, 34) → 输入、答案、有没有这一位，都是 (m, 33)；答案比输入往后一位"""
    inputs, targets = ids[:, :-1], ids[:, 1:]
    before = np.cumsum(targets == END, axis=1) - (targets == END)  # 这一位之前有几个结束
    return inputs, targets, before == 0


# --8<-- [end:encode]


# --8<-- [start:summarise]
def per_character(losses: np.ndarray, targets: np.ndarray, rare: int) -> float:
    """每个汉字的平均损失，单位奈特；losses、targets：(m, 33)

    标点与结束不算：它们的位置是定死的，学会之后损失为 0，会把平均数拉低
    □ 只说中了“是个生僻字”，还要再猜是哪一个，所以加上 ln(rare)
    """
    characters = targets >= UNKNOWN
    charge = math.log(max(rare, 1)) * (targets == UNKNOWN).sum()
    return float((losses[characters].sum(dtype=np.float64) + charge) / characters.sum())


# --8<-- [end:summarise]


# --8<-- [start:sounds]
@dataclass(frozen=True)
class Sounds:
    """平仄与韵：tones 是 {字: "平"、"仄" 或 "两"}，groups 是 {字: 第几个韵}"""

    tones: dict[str, str]
    groups: dict[str, int]


def load_sounds(path: str | Path = "sounds.txt") -> Sounds:
    """读入每个字的平仄与韵；异常：PoemsFileError"""
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except FileNotFoundError as error:
        raise PoemsFileError(f"{path}：没有这个文件；应为平仄与韵的 sounds.txt；{CURE}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise PoemsFileError(f"{path}：读不出来；见到 {error}；应为 sounds.txt；{CURE}") from error
    names = [line.partition("\t")[0] for line in lines]
    if names[:3] != ["平", "仄", "两"] or set(names[3:]) != {"韵"}:
        raise PoemsFileError(
            f"{path}：内容不对；见到 {names[:4]}；应为平、仄、两各一行，然后是韵；{CURE}"
        )
    rows = [line.partition("\t")[2] for line in lines]
    tones = {character: name for name, row in zip(names[:3], rows) for character in row}
    groups = {character: group for group, row in enumerate(rows[3:]) for character in row}
    return Sounds(tones, groups)


# --8<-- [end:sounds]

"""不用神经网络，下一个字能猜多准：均匀、字频、n 元模型、压缩程序；只用标准库与 NumPy"""

# --8<-- [start:imports]
import bz2
import lzma
import math
from collections.abc import Callable

import numpy as np

# --8<-- [end:imports]
from verse_lab.data import (
    LEAST,
    LENGTH,
    Vocabulary,
    build_vocabulary,
    load_poems,
    per_character,
    split,
)

# --8<-- [start:settings]
ORDERS = (2, 3, 4)  # n 元模型看前面的 n - 1 个字
NAMES = {
    "uniform": "均匀",
    "unigram": "字频",
    "placed": "体裁与位置的字频",
    "order_2": "二元模型",
    "order_3": "三元模型",
    "order_4": "四元模型",
}
DISCOUNT = 0.75  # 每种见过的 n 字串扣掉这么多次，分给没见过的；没有调过
# --8<-- [end:settings]


# --8<-- [start:frequency]
def uniform(ids: np.ndarray, signs: int) -> np.ndarray:
    """字表里的每个字都一样可能：每一位的损失，单位奈特，(m, 33)"""
    return np.full(ids[:, 1:].shape, math.log(signs))


def unigram(training: np.ndarray, ids: np.ndarray, signs: int) -> np.ndarray:
    """只看字频，每个字多算一次：每一位的损失 (m, 33)"""
    _, targets, real = split(training)
    counts = np.bincount(targets[real], minlength=signs) + 1
    return -np.log(counts / counts.sum())[ids[:, 1:]]


def placed(training: np.ndarray, ids: np.ndarray, signs: int) -> np.ndarray:
    """体裁、位置相同的字频：每一位的概率 (m, 33)；它知道标点在哪里"""
    found = np.empty(ids[:, 1:].shape)
    for form in np.unique(ids[:, 0]):
        same, chosen = training[training[:, 0] == form], ids[:, 0] == form
        for place in range(LENGTH - 1):
            counts = np.bincount(same[:, place + 1], minlength=signs) + 1 / signs
            found[chosen, place] = (counts / counts.sum())[ids[chosen, place + 1]]
    return found


# --8<-- [end:frequency]


# --8<-- [start:kneser_ney]
def grams(ids: np.ndarray, order: int, signs: int) -> np.ndarray:
    """每一位与它前面的 order - 1 个字，合成一个整数，(m, 33)；诗以前的位置算作结束"""
    padded = np.pad(ids.astype(np.int64), ((0, 0), (order - 1, 0)))
    keys = np.zeros((len(ids), LENGTH - 1), np.int64)
    for shift in range(order):
        keys = keys * signs + padded[:, 1 + shift : LENGTH + shift]
    return keys


def look_up(keys: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """在排好序的 keys 里找 wanted，返回对应的 values，没有就是 0"""
    index = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
    return np.where(keys[index] == wanted, values[index], 0)


def kneser_ney(
    training: np.ndarray, ids: np.ndarray, signs: int, order: int, lowest: np.ndarray
) -> np.ndarray:
    """插值的 Kneser–Ney 平滑：每一位的概率 (m, 33)；lowest 是不看前文时的概率

    最高阶数次数；低阶数的是“前面接过几种字”：只跟在一种字后面的字，换个前文就不该很可能
    """
    real = split(training)[2]
    seen, counts = np.unique(grams(training, order, signs)[real], return_counts=True)
    tables = [(seen, counts)]
    for shorter in range(order - 1, 1, -1):
        seen, counts = np.unique(tables[-1][0] % signs**shorter, return_counts=True)
        tables.append((seen, counts))
    found = lowest
    for length, (seen, counts) in enumerate(reversed(tables), start=2):
        contexts, starts = np.unique(seen // signs, return_index=True)
        totals = np.add.reduceat(counts, starts)  # 这个前文一共出现几次
        kinds = np.diff(np.append(starts, len(seen)))  # 后面接过几种字
        wanted = grams(ids, length, signs)
        total = look_up(contexts, totals, wanted // signs)
        kept = np.maximum(look_up(seen, counts, wanted) - DISCOUNT, 0)
        spare = DISCOUNT * look_up(contexts, kinds, wanted // signs)
        mixed = (kept + spare * found) / np.maximum(total, 1)
        found = np.where(total > 0, mixed, found)  # 前文没见过，就只看短一些的前文
    return found


# --8<-- [end:kneser_ney]


# --8<-- [start:compress]
def compressed_bits(
    compress: Callable[[bytes], bytes], training: list[str], poems: list[str]
) -> float:
    """先压训练集，再连同 poems 一起压：多出来的，合每个汉字几比特；只算汉字，不算标点"""
    before = "".join(training).replace("，", "").replace("。", "").encode("utf-16-le")
    added = "".join(poems).replace("，", "").replace("。", "").encode("utf-16-le")
    extra = len(compress(before + added)) - len(compress(before))
    return 8 * extra / (len(added) / 2)  # 一个汉字两个字节


def compress_xz(text: bytes) -> bytes:
    """xz，最高一档"""
    return lzma.compress(text, preset=9 | lzma.PRESET_EXTREME)


# --8<-- [end:compress]


# --8<-- [start:main]
def evaluate(training: np.ndarray, ids: np.ndarray, vocabulary: Vocabulary) -> dict[str, float]:
    """各个基线在 ids 上每个汉字的平均损失，单位奈特"""
    signs = len(vocabulary.signs)
    lowest = placed(training, ids, signs)
    losses = {
        "uniform": uniform(ids, signs),
        "unigram": unigram(training, ids, signs),
        "placed": -np.log(lowest),
    }
    for order in ORDERS:
        losses[f"order_{order}"] = -np.log(kneser_ney(training, ids, signs, order, lowest))
    return {
        f"{name}_nats": per_character(each, ids[:, 1:], vocabulary.rare)
        for name, each in losses.items()
    }


def main(seed: int = 0) -> dict[str, float]:
    """在测试集上比较各个基线；这里没有随机的东西，seed 用不上"""
    poems = {name: [poem for _, poem in each] for name, each in load_poems().items()}
    vocabulary = build_vocabulary(poems["训练"])
    ids = {name: vocabulary.encode(each) for name, each in poems.items()}
    nats = evaluate(ids["训练"], ids["测试"], vocabulary)
    numbers: dict[str, float] = {
        "training_poems": len(poems["训练"]),
        "test_poems": len(poems["测试"]),
        "signs": len(vocabulary.signs),
        "least": LEAST,
    } | nats
    for name, value in nats.items():
        numbers[name.replace("nats", "bits")] = value / math.log(2)
        numbers[name.replace("nats", "perplexity")] = math.exp(value)
        title = NAMES[name.removesuffix("_nats")]
        print(f"{title}：每字 {value:.3f} 奈特，困惑度 {math.exp(value):,.0f}")
    for name, compress in (("xz", compress_xz), ("bz2", bz2.compress)):
        bits = compressed_bits(compress, poems["训练"], poems["测试"])
        numbers |= {f"{name}_bits": bits, f"{name}_nats": bits * math.log(2)}
        print(f"{name}：每字 {bits * math.log(2):.3f} 奈特，即 {bits:.2f} 比特")
    numbers["best_nats"] = min(nats.values())
    return numbers


# --8<-- [end:main]


# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]

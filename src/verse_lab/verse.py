"""请它写一首诗：浏览器与 Python 用同一份权重、同一个随机数发生器，写出同一首诗；只用 NumPy"""

# --8<-- [start:threads]
import os

# 矩阵不大，多线程等待的时间比计算还长，线程数还会改变结果的末几位；要在导入 NumPy 之前设
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# --8<-- [end:threads]
# --8<-- [start:imports]
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

# --8<-- [end:imports]
from verse_lab.data import (
    END,
    LENGTH,
    SIGNS,
    UNKNOWN,
    Vocabulary,
    load_poems,
)
from verse_lab.inference import axis_of, empty_cache, load_weights, quantise, read_sign
from verse_lab.measures import lines_of, remember
from verse_lab.transformer import (
    EPSILON,
    HEAD_WIDTH,
    Parameters,
    choose,
    count_layers,
    log_probabilities,
)

# --8<-- [start:settings]
TEMPERATURES = (0.0, 0.5, 0.8, 1.0, 1.2)  # 0 是每次都取概率最大的字
TEMPERATURE = 0.8  # 不另外选时
SEEDS = 10_000  # 网页从 1 到它之间挑种子
SHOWN = 6  # 网页列出概率最大的几个字
HEAD = (1, 0)  # 网页先看哪一层哪一头的注意力，从 0 数；这一头写到韵脚时看前一个韵脚
SAMPLES = 200  # 数写出的诗里有几句见过时，写几首
# 记录下来的诗：体裁、各句的头一个字、温度、种子；头一首是网页上先摆着的
CASES = (
    ("7", "", 0.8, 13),
    ("5", "", 0.8, 36),
    ("7", "春", 0.0, 1),
    ("5", "", 0.0, 1),
    ("7", "春夏秋冬", 0.8, 5),
    ("5", "山水花月", 1.0, 1),
    ("7", "", 0.5, 9),
    ("5", "", 1.2, 2),
)
# --8<-- [end:settings]


# --8<-- [start:shrink]
def shrink(parameters: Parameters) -> dict[str, np.ndarray]:
    """给网页用的权重：矩阵化成 int8 的整数，float32 的比例另存，名字后面加 .scales；向量不动"""
    found = {}
    for name, value in parameters.items():
        if value.ndim > 1:
            found[name], scales = quantise(value, 8, axis_of(name))
            found[f"{name}.scales"] = scales.ravel()
        else:
            found[name] = value
    return found


def restore(arrays: dict[str, np.ndarray]) -> Parameters:
    """由 shrink 的数组还原参数，float32"""
    found = {}
    for name, value in arrays.items():
        if value.ndim > 1:
            found[name] = value * np.expand_dims(arrays[f"{name}.scales"], axis_of(name))
        elif not name.endswith(".scales"):
            found[name] = value
    return found


# --8<-- [end:shrink]


# --8<-- [start:draws]
MULTIPLIER, MODULUS = 48_271, 2**31 - 1
SKIPPED = 2  # 种子小，头两个数也小，不用


def draws(seed: int) -> Iterator[float]:
    """随机数发生器：依次交出 0–1 之间的数；seed 是 1 到 MODULUS - 1 的整数

    Park 与 Miller 的线性同余法；乘积不大，浏览器的双精度数也算得一位不差
    """
    state = seed
    for _ in range(SKIPPED):
        state = state * MULTIPLIER % MODULUS
    while True:
        state = state * MULTIPLIER % MODULUS
        yield state / MODULUS


# --8<-- [end:draws]


# --8<-- [start:write_one]
def given_signs(vocabulary: Vocabulary, form: str, heads: str) -> dict[int, int]:
    """定下的字，{位置: 编号}：体裁，以及各句的头一个字；heads 有一个字是定开头，四个字是藏头"""
    given = {0: SIGNS.index(form)}
    for line, sign in enumerate(heads):
        given[1 + line * (int(form) + 1)] = vocabulary.signs.index(sign)
    return given


def write_one(
    parameters: Parameters, given: dict[int, int], temperature: float, seed: int
) -> tuple[list[int], np.ndarray]:
    """写一首诗，定下的字照填；返回编号，以及每一位的对数概率 (编号的个数 - 1, signs)

    一个位置用一个随机数，定下的字也占一个：只换藏头的字，别处用的随机数不变
    """
    cache, ids, found = empty_cache(parameters, 1), [given[0]], []
    for place, point in zip(range(1, LENGTH), draws(seed)):
        logs = log_probabilities(parameters, read_sign(parameters, np.array(ids[-1:]), cache))
        logs[:, UNKNOWN] = -np.inf  # □ 不是字，不写
        found.append(logs[0])
        chosen = choose(logs, temperature, np.array([point]))
        ids.append(given.get(place, int(chosen[0])))
        if ids[-1] == END:
            break
    return ids, np.array(found)


# --8<-- [end:write_one]


# --8<-- [start:filter]
BITS_PER_LINE = 12
PROBES = 8  # 每一句在过滤器里占几位


def lines_by_size(ids: np.ndarray) -> dict[int, np.ndarray]:
    """诗 (m, 34) 里的每一句，{字数: (n, 字数)}；有 □ 的句子不要，模型不会写它"""
    found = {}
    for size in (5, 7):
        rows = ids[ids[:, 0] == SIGNS.index(str(size))]
        starts = [1 + line * (size + 1) for line in range(4)]
        lines = np.concatenate([rows[:, start : start + size] for start in starts])
        found[size] = lines[(lines != UNKNOWN).all(axis=1)]
    return found


def keys_of(lines: np.ndarray) -> np.ndarray:
    """每一句 (n, 字数) 合成一个整数，1 到 MODULUS - 1，(n,)"""
    keys = np.ones(len(lines), np.int64)
    for column in lines.T:
        keys = (keys * MULTIPLIER + column) % MODULUS
    return np.maximum(keys, 1)


def probes_of(keys: np.ndarray, bits: int) -> np.ndarray:
    """每一句在过滤器里占的位，(n, PROBES)；以 keys 为种子抽出来"""
    found = []
    for _ in range(PROBES):
        keys = keys * MULTIPLIER % MODULUS
        found.append(keys % bits)
    return np.stack(found, axis=1)


def make_filter(keys: np.ndarray) -> np.ndarray:
    """布隆过滤器：把每一句占的位都置 1，bool，(bits,)"""
    bits = np.zeros(8 * ((BITS_PER_LINE * len(keys) + 7) // 8), bool)  # 凑成整字节
    bits[probes_of(keys, len(bits))] = True
    return bits


def maybe_seen(bits: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """占的位全是 1，就是大概见过；有一位是 0，就一定没见过；bool，(n,)"""
    return bits[probes_of(keys, len(bits))].all(axis=1)


# --8<-- [end:filter]


# --8<-- [start:files]
def settings_for(parameters: Parameters, bits: int, poem: str) -> dict[str, Any]:
    """网页要知道的一切常数，除了权重与字表；它自己一个数也不写。poem 是 CASES 的头一首"""
    return {
        "forms": {"5": "五言", "7": "七言"},
        "end": END,
        "unknown": UNKNOWN,
        "length": LENGTH,
        "head_width": HEAD_WIDTH,
        "layers": count_layers(parameters),
        "heads": parameters["token"].shape[1] // HEAD_WIDTH,
        "epsilon": EPSILON,
        "multiplier": MULTIPLIER,
        "modulus": MODULUS,
        "skipped": SKIPPED,
        "bits": bits,
        "probes": PROBES,
        "byte": 8,
        "lines": 4,
        "temperatures": TEMPERATURES,
        "seeds": SEEDS,
        "shown": SHOWN,
        "head": HEAD,
        "first": dict(zip(("form", "heads", "temperature", "seed"), CASES[0])) | {"poem": poem},
    }


def write_files(
    arrays: dict[str, np.ndarray], bits: np.ndarray, vocabulary: Vocabulary, told: dict[str, Any]
) -> None:
    """写出网页的三个文件：权重与字表、过滤器、常数"""
    codes = np.array([ord(sign) for sign in vocabulary.signs], np.uint16)
    np.savez("verse-int8.npz", allow_pickle=False, signs=codes, **arrays)
    np.savez("verse-lines.npz", lines=np.packbits(bits, bitorder="little"))
    Path("verse.json").write_text(json.dumps(told, ensure_ascii=False) + "\n", "utf-8")


# --8<-- [end:files]


# --8<-- [start:main]
def count_seen(
    parameters: Parameters, vocabulary: Vocabulary, bits: np.ndarray, lines: frozenset[str]
) -> dict[str, float]:
    """写 SAMPLES 首，种子从 1 起：过滤器说大概见过的句子、真的见过的句子，各有几句"""
    written, maybe, seen = 0, 0, 0
    for seed in range(1, SAMPLES + 1):
        given = given_signs(vocabulary, "57"[seed % 2], "")
        ids, _ = write_one(parameters, given, TEMPERATURE, seed)
        for line in lines_of(vocabulary.decode(np.array(ids[1:]))):
            signs = np.array([[vocabulary.signs.index(sign) for sign in line]])
            written += 1
            maybe += int(maybe_seen(bits, keys_of(signs))[0])
            seen += line in lines
    return {"written_lines": written, "written_maybe": maybe, "written_seen": seen}


def write_cases(parameters: Parameters, vocabulary: Vocabulary) -> dict[str, Any]:
    """照 CASES 写诗；返回诗，以及写下的每个字的对数概率"""
    poems, logs = [], []
    for form, heads, temperature, seed in CASES:
        given = given_signs(vocabulary, form, heads)
        ids, found = write_one(parameters, given, temperature, seed)
        poems.append(vocabulary.decode(np.array(ids[1:])))
        logs.append(found[np.arange(len(found)), ids[1:]].tolist())
        print(f"温度 {temperature}，种子 {seed}：{poems[-1]}")
    return {"poems": poems, "log_probabilities": logs}


def main(seed: int = 0) -> dict[str, Any]:
    """写出网页的文件，写出记录的诗，量过滤器错得多不多；种子都已定下，seed 用不上"""
    loaded, vocabulary = load_weights()
    arrays = shrink(loaded)
    parameters = restore(arrays)
    poems = {name: [poem for _, poem in each] for name, each in load_poems().items()}
    keys, held_out = (
        np.unique(np.concatenate([keys_of(lines) for lines in lines_by_size(ids).values()]))
        for ids in (vocabulary.encode(poems["训练"]), vocabulary.encode(poems["测试"]))
    )
    bits = make_filter(keys)
    numbers: dict[str, Any] = {
        "weights_bytes": sum(value.nbytes for value in arrays.values()),
        "filter_bytes": len(bits) // 8,
        "lines": len(keys),
        "missed": int((~maybe_seen(bits, keys)).sum()),
        "held_out_lines": len(held_out),
        "false_alarms": float(maybe_seen(bits, held_out).mean()),
    }
    numbers |= write_cases(parameters, vocabulary)
    told = settings_for(parameters, len(bits), numbers["poems"][0])
    write_files(arrays, bits, vocabulary, told)
    numbers |= count_seen(parameters, vocabulary, bits, remember(poems["训练"]).lines)
    print(f"过滤器记下 {len(keys):,} 句；没见过的真诗句里，误报 {numbers['false_alarms']:.2%}")
    return numbers


# --8<-- [end:main]


# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]

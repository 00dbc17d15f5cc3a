"""推理与量化：键值缓存让写诗快起来，float16、int8、int4 让权重小下去；只用 NumPy"""

# --8<-- [start:threads]
import os

# 矩阵不大，多线程等待的时间比计算还长，线程数还会改变结果的末几位；要在导入 NumPy 之前设
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# --8<-- [end:threads]
# --8<-- [start:imports]
import hashlib
import math
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np

# --8<-- [end:imports]
from verse_lab.data import (
    CURE,
    LENGTH,
    UNKNOWN,
    Vocabulary,
    load_poems,
    per_character,
)
from verse_lab.language import compose, load
from verse_lab.transformer import (
    HEAD_WIDTH,
    Parameters,
    choose,
    count_layers,
    forward,
    log_probabilities,
    losses_of,
    normalise,
    softmax,
    write,
)

# --8<-- [start:settings]
TIMED = 20  # 计时写几首
CLOSE = 1e-4  # 对数概率差得比这少，就是舍入误差
PROMPTS = 30  # 用几个字开头，比较量化前后写出的诗
BITS = {"float32": 32, "float16": 16, "int8": 8, "int4": 4}
# --8<-- [end:settings]

# --8<-- [start:weights]
DIGEST = "91896c64728b1f0dcbe905b8ac688731da1e1c737dafe1cab544b51c6365f638"


class WeightsFileError(ValueError):
    """权重不可用；消息依次说：哪个文件、见到什么、应为什么、怎样补救"""


def load_weights(path: str | Path = "verse.npz") -> tuple[Parameters, Vocabulary]:
    """读入小小语言模型的权重，先核对文件的 SHA-256；异常：WeightsFileError"""
    file = Path(path)
    if not file.is_file():
        raise WeightsFileError(f"{file}：没有这个文件；应为权重 verse.npz；{CURE}")
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != DIGEST:
        raise WeightsFileError(f"{file}：见到 SHA-256 {found}；应为 {DIGEST}；{CURE}")
    return load(file)


# --8<-- [end:weights]


# --8<-- [start:cache]
Cache = list[tuple[np.ndarray, np.ndarray]]  # 每层的索引与内容，各 (m, heads, t, HEAD_WIDTH)


def empty_cache(parameters: Parameters, count: int) -> Cache:
    """还没写字时的缓存；count 是同时写几首"""
    heads = parameters["token"].shape[1] // HEAD_WIDTH
    nothing = np.zeros((count, heads, 0, HEAD_WIDTH), parameters["token"].dtype)
    return [(nothing, nothing)] * count_layers(parameters)


def read_sign(parameters: Parameters, signs: np.ndarray, cache: Cache) -> np.ndarray:
    """读一个字：只算这一个位置，前面的索引与内容从缓存里取；返回向量 (m, width)，缓存加长一位"""
    m, place = len(signs), cache[0][0].shape[2]
    x = parameters["token"][signs] + parameters["place"][place]
    for layer in range(count_layers(parameters)):
        normal, _ = normalise(x, parameters, f"{layer}.norm_1")
        joined = normal @ parameters[f"{layer}.query_key_value"]
        query, key, value = joined.reshape(m, 3, -1, 1, HEAD_WIDTH).swapaxes(0, 1)
        keys = np.concatenate([cache[layer][0], key], axis=2)  # (m, heads, place + 1, HEAD_WIDTH)
        values = np.concatenate([cache[layer][1], value], axis=2)
        cache[layer] = keys, values
        weights = softmax(query @ keys.swapaxes(2, 3) / math.sqrt(HEAD_WIDTH))
        x = x + (weights @ values).reshape(m, -1) @ parameters[f"{layer}.mix"]
        normal, _ = normalise(x, parameters, f"{layer}.norm_2")
        wide = np.maximum(normal @ parameters[f"{layer}.widen"], 0)
        x = x + wide @ parameters[f"{layer}.narrow"]
    return normalise(x, parameters, "norm")[0]


def write_cached(
    parameters: Parameters, start: np.ndarray, temperature: float, rng: np.random.Generator
) -> np.ndarray:
    """与 write 写出同样的诗，但每个字只算一遍；start：(m, t)，返回 (m, 34)"""
    ids = np.asarray(start, np.int32)
    cache = empty_cache(parameters, len(ids))
    for place in range(LENGTH - 1):
        vectors = read_sign(parameters, ids[:, place], cache)
        if place + 1 == ids.shape[1]:  # 开头已经读完，接着写
            logs = log_probabilities(parameters, vectors)
            logs[:, UNKNOWN] = -np.inf
            chosen = choose(logs, temperature, rng.random(len(ids)))
            ids = np.concatenate([ids, chosen[:, None].astype(np.int32)], axis=1)
    return ids


# --8<-- [end:cache]


# --8<-- [start:quantise]
def quantise(matrix: np.ndarray, bits: int, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """矩阵 → 整数与比例：整数在 ±(2 ** (bits - 1) - 1) 之内，int8；每行或每列一个比例，float32

    axis：沿哪一轴取最大值，0 是每列一个比例，1 是每行一个
    """
    highest = 2 ** (bits - 1) - 1
    scales = np.abs(matrix).max(axis=axis, keepdims=True) / highest
    scales = np.maximum(scales, np.finfo(np.float32).tiny).astype(np.float32)
    return np.round(matrix / scales).astype(np.int8), scales


def axis_of(name: str) -> int:
    """词向量与位置向量每行一个比例，别的矩阵每列一个"""
    return 1 if name in ("token", "place") else 0


def rounded(parameters: Parameters, bits: int) -> Parameters:
    """存成 bits 位再读回来的参数，仍是 float32；增益与偏移只有几个，int8 与 int4 时不动"""
    if bits == 32:
        return parameters
    if bits == 16:
        return {
            name: value.astype(np.float16).astype(np.float32) for name, value in parameters.items()
        }
    found: Parameters = {}
    for name, value in parameters.items():
        if value.ndim > 1:
            numbers, scales = quantise(value, bits, axis_of(name))
            value = numbers * scales
        found[name] = value
    return found


def count_bytes(parameters: Parameters, bits: int) -> int:
    """存成 bits 位一共几个字节，比例也算"""
    if bits >= 16:
        return sum(value.size for value in parameters.values()) * bits // 8
    total = 0
    for name, value in parameters.items():
        if value.ndim > 1:
            total += value.size * bits // 8 + 4 * value.shape[1 - axis_of(name)]
        else:
            total += 4 * value.size
    return total


# --8<-- [end:quantise]


# --8<-- [start:measure]
def compare_cache(parameters: Parameters, ids: np.ndarray) -> float:
    """读同样的诗 (m, 34)，下一个字的对数概率，用缓存与不用缓存相差不到 CLOSE 的比例"""
    whole = log_probabilities(parameters, forward(parameters, ids[:, :-1])[0])
    cache, close = empty_cache(parameters, len(ids)), []
    for place in range(LENGTH - 1):
        logs = log_probabilities(parameters, read_sign(parameters, ids[:, place], cache))
        close.append(np.abs(logs - whole[:, place]) < CLOSE)
    return float(np.mean(close))


Writer = Callable[[Parameters, np.ndarray, float, np.random.Generator], np.ndarray]


def seconds_per_poem(writer: Writer, parameters: Parameters, start: list[int]) -> float:
    """一首一首地写 TIMED 首，平均每首几秒"""
    rng = np.random.default_rng(0)
    writer(parameters, np.array([start]), 1.0, rng)  # 先空写一首，免得把准备的时间算进去
    begin = perf_counter()
    for _ in range(TIMED):
        writer(parameters, np.array([start]), 1.0, rng)
    return (perf_counter() - begin) / TIMED


def greedy_poems(parameters: Parameters, vocabulary: Vocabulary) -> list[str]:
    """七言，以字表里最常见的 PROMPTS 个字开头，每次都取概率最大的字"""
    starts = [f"7{sign}" for sign in vocabulary.signs[UNKNOWN + 1 : UNKNOWN + 1 + PROMPTS]]
    rng = np.random.default_rng(0)
    return [compose(parameters, vocabulary, start, 0, 1, rng)[0] for start in starts]


# --8<-- [end:measure]


# --8<-- [start:main]
def compare_formats(
    parameters: Parameters, vocabulary: Vocabulary, ids: np.ndarray, some: np.ndarray
) -> dict[str, float]:
    """各种位数的字节数、在 ids 上的损失、在 some 上对数概率的最大差别、多少首贪心的诗不变"""
    poems = greedy_poems(parameters, vocabulary)
    before = log_probabilities(parameters, forward(parameters, some[:, :-1])[0])
    found: dict[str, float] = {}
    for name, bits in BITS.items():
        smaller = rounded(parameters, bits)
        nats = per_character(losses_of(smaller, ids), ids[:, 1:], vocabulary.rare)
        after = log_probabilities(smaller, forward(smaller, some[:, :-1])[0])
        same = [a == b for a, b in zip(poems, greedy_poems(smaller, vocabulary))]
        found |= {
            f"{name}_bytes": count_bytes(parameters, bits),
            f"{name}_nats": nats,
            f"{name}_largest_difference": float(np.abs(after - before).max()),
            f"{name}_same_poems": sum(same),
        }
        print(f"{name}：{found[f'{name}_bytes']:,} 字节，每字 {nats:.4f} 奈特，{sum(same)} 首相同")
    return found


def main(seed: int = 0) -> dict[str, float]:
    """比较有没有缓存，比较各种位数；权重是记录下来的那一份，seed 决定抽哪些诗"""
    parameters, vocabulary = load_weights()
    ids = vocabulary.encode([poem for _, poem in load_poems()["测试"]])
    some = ids[np.random.default_rng(seed).permutation(len(ids))[:64]]
    start = some[:8, :1]
    plain, cached = (
        writer(parameters, start, 0.8, np.random.default_rng(seed))
        for writer in (write, write_cached)
    )
    slow = seconds_per_poem(write, parameters, [2])
    fast = seconds_per_poem(write_cached, parameters, [2])
    numbers = {
        "cache_close": compare_cache(parameters, some),
        "cache_same_poems": int((plain == cached).all(axis=1).sum()),
        "recompute_seconds": slow,
        "cached_seconds": fast,
        "ratio_of_seconds": slow / fast,
    }
    print(f"用缓存与不用，对数概率相同的占 {numbers['cache_close']:.1%}")
    return numbers | compare_formats(parameters, vocabulary, ids, some)


# --8<-- [end:main]


# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]

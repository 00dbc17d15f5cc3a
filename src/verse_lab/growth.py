"""放大：参数、数据、运算量各放大约百倍，语言模型的损失怎样下降；只用 NumPy"""

# --8<-- [start:threads]
import os

# 矩阵不大，多线程等待的时间比计算还长，线程数还会改变结果的末几位；要在导入 NumPy 之前设
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# --8<-- [end:threads]
# --8<-- [start:imports]
import copy
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

# --8<-- [end:imports]
from verse_lab.data import (
    SIGNS,
    UNKNOWN,
    Vocabulary,
    build_vocabulary,
    load_poems,
    load_sounds,
    per_character,
    split,
)
from verse_lab.language import BATCH_SIZE, batches
from verse_lab.measures import rhymes
from verse_lab.rhyme import ends_of, groups_of, looks, rhyme_mass
from verse_lab.transformer import Adam, Parameters, gradients, initialise, losses_of


# --8<-- [start:settings]
@dataclass(frozen=True)
class Settings:
    """放大到哪里"""

    sizes: tuple[tuple[int, int], ...]  # 各个模型的 (宽度, 层数)，都读全部的诗
    stops: tuple[int, ...]  # 更新这么多次时各收尾一次
    subsets: tuple[int, ...]  # 只给这么多首诗
    learner: tuple[int, int]  # 读这些诗的模型的 (宽度, 层数)


SHORT = Settings(
    sizes=((16, 1), (32, 1)), stops=(25, 50, 100, 200), subsets=(560,), learner=(32, 1)
)
LONG = Settings(
    sizes=((16, 1), (32, 1), (48, 2), (64, 2), (96, 3)),
    stops=(25, 50, 100, 200, 400, 800, 1600),
    subsets=(560, 1800, 3200, 5600, 10000),
    learner=(64, 2),
)
LEARNING_RATE = 0.004  # 宽度 64 时的最高学习率；宽度不同，按平方根的倒数调
WARM_UP = 50  # 学习率在头几次更新里升到最高
COOLING = 5  # 收尾占全程的几分之一
BELOW = 0.95  # 损失低于平台的这么多倍，才拿去拟合
# --8<-- [end:settings]


# --8<-- [start:grow]
def grow(
    ids: np.ndarray,
    signs: int,
    size: tuple[int, int],
    stops: tuple[int, ...],
    rng: np.random.Generator,
) -> Iterator[tuple[int, Parameters]]:
    """训练一个模型，在 stops 各交出一次：更新的次数，收尾之后的参数

    主干的学习率升到最高后不变；每到一处，复制一份去收尾，主干接着往前走
    这样训练一遍，就有长短不同的几次训练，每一次都收好了尾
    """
    width, layers = size
    highest = LEARNING_RATE * math.sqrt(64 / width)
    feed = batches(ids, BATCH_SIZE, rng)
    trunk, done = Adam(initialise(signs, width, layers, rng)), 0
    for stop in stops:
        begin = stop - max(1, stop // COOLING)
        rates = [highest * min(1, (step + 1) / WARM_UP) for step in range(done, stop)]
        advance(trunk, feed, rates[: begin - done])
        branch, done = copy.deepcopy(trunk), begin
        left = np.linspace(1, 0, stop - begin, endpoint=False)  # 收尾：学习率线性降到零
        advance(branch, feed, [rate * part for rate, part in zip(rates[begin - stop :], left)])
        yield stop, branch.parameters


def advance(optimizer: Adam, feed: Iterator[np.ndarray], rates: list[float]) -> None:
    """按这些学习率各更新一次"""
    for rate, batch in zip(rates, feed):
        _, found = gradients(optimizer.parameters, batch)
        optimizer.update(found, rate)


# --8<-- [end:grow]


# --8<-- [start:measure]
@dataclass(frozen=True)
class Yard:
    """量一个模型要用的东西"""

    ids: dict[str, np.ndarray]  # 三个集合的编号
    vocabulary: Vocabulary
    rhyming: np.ndarray  # 测试集里押韵的七言诗，(m, 34)
    groups: np.ndarray  # 字表里每个字的韵


def prepare() -> Yard:
    """读入数据"""
    poems = {name: [poem for _, poem in each] for name, each in load_poems().items()}
    vocabulary, sounds = build_vocabulary(poems["训练"]), load_sounds()
    ids = {name: vocabulary.encode(each) for name, each in poems.items()}
    groups = groups_of(vocabulary, sounds)
    rhyming = vocabulary.encode([poem for poem in poems["测试"] if rhymes(poem, sounds)])
    known = groups[rhyming[:, ends_of(7)[0]]] >= 0  # 第二句末字是 □ 的，不知道是什么韵
    sevens = rhyming[:, 0] == SIGNS.index("7")
    return Yard(ids, vocabulary, rhyming[known & sevens], groups)


def nats_on(parameters: Parameters, yard: Yard, name: str) -> float:
    """在一个集合上每个汉字的损失，单位奈特"""
    ids = yard.ids[name]
    return per_character(losses_of(parameters, ids), ids[:, 1:], yard.vocabulary.rare)


def measure(parameters: Parameters, yard: Yard) -> dict[str, float]:
    """两个集合上的损失；写七言诗的末字时，看韵脚最多的头看了多少，押韵的字有多大概率"""
    second, last = ends = ends_of(7)
    mass, other = rhyme_mass(parameters, yard.rhyming, ends, yard.groups)
    return {
        "validation_nats": nats_on(parameters, yard, "验证"),
        "test_nats": nats_on(parameters, yard, "测试"),
        "gaze": float(looks(parameters, yard.rhyming[:, :last])[:, :, -1, second].max()),
        "mass": mass,
        "other": other,
    }


# --8<-- [end:measure]


# --8<-- [start:sweep]
def run_one(
    yard: Yard, size: tuple[int, int], stops: tuple[int, ...], poems: int, seed: int
) -> Iterator[dict[str, float]]:
    """一个模型读 poems 首诗，在 stops 各量一次"""
    rng = np.random.default_rng([seed, *size, poems])  # 与别的模型无关，单独再跑也一样
    chosen = np.random.default_rng(seed).permutation(yard.ids["训练"])[:poems]
    for stop, parameters in grow(chosen, len(yard.vocabulary.signs), size, stops, rng):
        row = {"steps": stop, **measure(parameters, yard)}
        print(f"宽 {size[0]:2d}，{size[1]} 层，{poems:5d} 首，更新 {stop:4d} 次", end="：")
        print(f"每字 {row['test_nats']:.3f} 奈特，押韵 {row['mass']:.3f}", flush=True)
        yield row


def until_worse(rows: Iterator[dict[str, float]]) -> list[dict[str, float]]:
    """验证集的损失一回升就停，再练只会更差"""
    found = [next(rows)]
    for row in rows:
        found.append(row)
        if row["validation_nats"] > found[-2]["validation_nats"]:
            break
    return found


def sweep(yard: Yard, settings: Settings, seed: int) -> dict[str, Any]:
    """先放大模型与步数，再放大数据；数据按验证集挑停在哪里，再看测试集"""
    whole = len(yard.ids["训练"])
    stops, learner = settings.stops, settings.learner
    grid = [list(run_one(yard, size, stops, whole, seed)) for size in settings.sizes]
    few = [until_worse(run_one(yard, learner, stops, n, seed)) for n in settings.subsets]
    few.append(grid[settings.sizes.index(learner)])  # 读全部的诗的，已经练过
    best = [min(rows, key=lambda row: row["validation_nats"]) for rows in few]
    keys = ("validation_nats", "test_nats", "gaze", "mass", "other")
    return {
        "steps": list(stops),
        **{key: [[row[key] for row in rows] for rows in grid] for key in keys},
        "poems": [*settings.subsets, whole],
        "last_steps": [rows[-1]["steps"] for rows in few],
        "best_steps": [row["steps"] for row in best],
        "best_nats": [row["test_nats"] for row in best],
    }


# --8<-- [end:sweep]


# --8<-- [start:amounts]
def count(yard: Yard, size: tuple[int, int]) -> tuple[int, int]:
    """参数的个数：词向量与位置向量以外的，全部的"""
    parameters = initialise(len(yard.vocabulary.signs), *size, np.random.default_rng(0))
    every = sum(value.size for value in parameters.values())
    return every - parameters["token"].size - parameters["place"].size, every


def flops(yard: Yard, size: tuple[int, int], steps: int) -> float:
    """训练的运算量：每个参数、每个位置，前向乘、加各一次，反向再各两次"""
    ids = yard.ids["训练"]
    places = split(ids)[2].sum() / len(ids)  # 平均一首诗有几个位置
    return float(6 * count(yard, size)[1] * steps * BATCH_SIZE * places)


def plateau(yard: Yard) -> float:
    """只知道哪里该是汉字、哪些汉字常见，测试集上每个汉字的损失，单位奈特"""
    signs = yard.ids["训练"][:, 1:]
    size = len(yard.vocabulary.signs)
    counts = np.bincount(signs[signs >= UNKNOWN], minlength=size) + 1
    targets = yard.ids["测试"][:, 1:]
    losses = -np.log(counts / counts[UNKNOWN:].sum())[targets]
    return per_character(losses, targets, yard.vocabulary.rare)


# --8<-- [end:amounts]


# --8<-- [start:fit]
def front(amounts: list[float], nats: list[float]) -> list[int]:
    """前沿上的点：别的点，运算量不比它大的，损失都比它高；按运算量从小到大"""
    found: list[int] = []
    for place in np.argsort(amounts, kind="stable").tolist():
        if not found or nats[place] < nats[found[-1]]:
            found.append(place)
    return found


def fit_power(amounts: list[float], nats: list[float], level: float) -> dict[str, Any]:
    """在双对数坐标里拟合直线 损失 = 常数 · 数量 ** 指数，只用平台以下的点；不足三个就不拟合

    residuals：每个点的损失高出直线多少，以百分比计
    """
    pairs = [pair for pair in zip(amounts, nats) if pair[1] < BELOW * level]
    if len(pairs) < 3:
        return {}
    x, y = np.log(pairs).T
    exponent, constant = np.polyfit(x, y, deg=1)
    residuals = y - (exponent * x + constant)
    return {
        "amounts": [pair[0] for pair in pairs],
        "nats": [pair[1] for pair in pairs],
        "exponent": float(exponent),
        "constant": float(np.exp(constant)),
        "residuals": (100 * np.expm1(residuals)).tolist(),
        "r_squared": float(1 - (residuals**2).sum() / ((y - y.mean()) ** 2).sum()),
    }


def laws(yard: Yard, settings: Settings, numbers: dict[str, Any]) -> dict[str, Any]:
    """三样各拟合一次：参数（不算、算上词向量），数据，运算量的前沿

    数据只用练到验证集的损失回升的：别的还没有学完，限制它们的是步数
    """
    counts = [count(yard, size) for size in settings.sizes]
    last = [row[-1] for row in numbers["test_nats"]]
    spent = [[flops(yard, size, steps) for steps in settings.stops] for size in settings.sizes]
    each_spent = [amount for row in spent for amount in row]
    each_nats = [nats for row in numbers["test_nats"] for nats in row]
    chosen = front(each_spent, each_nats)
    read, ends = numbers["poems"], zip(numbers["best_steps"], numbers["last_steps"])
    learnt = [place for place, (best, last_step) in enumerate(ends) if best < last_step]
    level = plateau(yard)
    found: dict[str, Any] = {
        "inner": ([inner for inner, _ in counts], last),
        "parameters": ([every for _, every in counts], last),
        "data": ([read[n] for n in learnt], [numbers["best_nats"][n] for n in learnt]),
        "compute": ([each_spent[n] for n in chosen], [each_nats[n] for n in chosen]),
    }
    fits = {
        f"{name}_{key}": value
        for name, (amounts, nats) in found.items()
        for key, value in fit_power(amounts, nats, level).items()
    }
    names = {"inner": found["inner"][0], "parameters": found["parameters"][0], "flops": spent}
    return {"plateau": level, **names, **fits}


# --8<-- [end:fit]


# --8<-- [start:main]
def main(seed: int = 0, settings: Settings = SHORT) -> dict[str, Any]:
    """训练、量、拟合；settings 是 LONG 就是长的那一次"""
    yard = prepare()
    numbers = sweep(yard, settings, seed)
    numbers |= laws(yard, settings, numbers)
    print(f"只会字频时是 {numbers['plateau']:.3f} 奈特")
    names = {"inner": "参数（不算词向量）", "parameters": "参数", "data": "数据", "compute": "运算"}
    for name, title in names.items():
        if f"{name}_exponent" in numbers:
            points, exponent = len(numbers[f"{name}_nats"]), numbers[f"{name}_exponent"]
            r_squared = numbers[f"{name}_r_squared"]
            print(f"{title}：{points} 个点，指数 {exponent:.3f}，决定系数 {r_squared:.3f}")
        else:
            print(f"{title}：平台以下的点不足三个，不拟合")
    return numbers


# --8<-- [end:main]


# --8<-- [start:run]
if __name__ == "__main__":
    results = main(settings=LONG if sys.argv[1:] == ["long"] else SHORT)
# --8<-- [end:run]

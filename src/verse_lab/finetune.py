"""微调：让读过唐诗的小小语言模型再学陆游，全部参数都动与只动 LoRA 的几个小矩阵；只用 NumPy"""

# --8<-- [start:threads]
import os

# 矩阵不大，多线程等待的时间比计算还长，线程数还会改变结果的末几位；要在导入 NumPy 之前设
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# --8<-- [end:threads]
# --8<-- [start:imports]
import hashlib
import lzma
from collections.abc import Callable
from pathlib import Path
from time import process_time

import numpy as np

# --8<-- [end:imports]
from verse_lab.data import CURE, PoemsFileError, Vocabulary, load_poems, per_character
from verse_lab.inference import load_weights
from verse_lab.language import LAYERS, WIDTH, batches, compose
from verse_lab.transformer import (
    Adam,
    Parameters,
    gradients,
    initialise,
    losses_of,
    random_matrix,
    rate_at,
)

# --8<-- [start:settings]
STEPS = 150  # 更新次数
BATCH_SIZE = 16  # 每次更新看几首诗
WARM_UP = 15  # 学习率在头几次更新里升到最高
LOW_RATE = 0.0003  # 动全部参数时，学习率的两档
HIGH_RATE = 0.001
RANKS = (2, 8)  # LoRA 的秩
ADAPTER_RATE = 0.004  # LoRA 的学习率
ADAPTED = ("query_key_value", "mix", "widen", "narrow")  # 给这些矩阵配上 LoRA
START = "7春"  # 微调前后各写几首，都以它开头
# --8<-- [end:settings]


# --8<-- [start:load_poet]
POET_DIGEST = "de62fed14cb2f93925f1828f11a0b05dafac2255230c06986cfa08bd607dbc59"


def load_poet(path: str | Path = "luyou.txt.xz") -> dict[str, list[str]]:
    """读入陆游的绝句，返回 {集合: [诗, ...]}，先核对文件的 SHA-256；异常：PoemsFileError"""
    file = Path(path)
    if not file.is_file():
        raise PoemsFileError(f"{file}：没有这个文件；应为陆游的绝句 luyou.txt.xz；{CURE}")
    content = file.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != POET_DIGEST:
        raise PoemsFileError(f"{file}：见到 SHA-256 {found}；应为 {POET_DIGEST}；{CURE}")
    poems: dict[str, list[str]] = {"训练": [], "测试": []}
    for line in lzma.decompress(content).decode("utf-8").splitlines():
        name, _, poem = line.split("\t")
        poems[name].append(poem)
    return poems


# --8<-- [end:load_poet]


# --8<-- [start:full]
def tune(
    parameters: Parameters, ids: np.ndarray, rate: float, rng: np.random.Generator
) -> tuple[Parameters, Adam]:
    """全参数微调：从 parameters 的副本出发，每个参数都更新；返回新的参数与优化器"""
    tuned = {name: value.copy() for name, value in parameters.items()}
    optimizer = Adam(tuned)
    for step, batch in zip(range(STEPS), batches(ids, BATCH_SIZE, rng)):
        _, found = gradients(tuned, batch)
        optimizer.update(found, rate_at(step, STEPS, rate, WARM_UP))
    return tuned, optimizer


# --8<-- [end:full]


# --8<-- [start:lora]
def adapters(parameters: Parameters, rank: int, rng: np.random.Generator) -> Parameters:
    """LoRA：每个矩阵 (rows, columns) 配上 (rows, rank) 与 (rank, columns) 的两个小矩阵

    后一个从零开始：还没训练时，两个的乘积正好是零
    """
    found = {}
    for name, value in parameters.items():
        if name.endswith(ADAPTED):
            rows, columns = value.shape
            found[f"{name}.down"] = random_matrix(rows, rank, rng).astype(np.float32)
            found[f"{name}.up"] = np.zeros((rank, columns), np.float32)
    return found


def merged(parameters: Parameters, added: Parameters) -> Parameters:
    """把 LoRA 的乘积加到原来的矩阵上；写诗时与普通的模型一样快"""
    return parameters | {
        name: value + added[f"{name}.down"] @ added[f"{name}.up"]
        for name, value in parameters.items()
        if f"{name}.up" in added
    }


def adapter_gradients(found: Parameters, added: Parameters) -> Parameters:
    """由合起来的矩阵的梯度，按链式法则得到两个小矩阵的梯度"""
    slopes = {}
    for name, slope in found.items():
        if f"{name}.up" in added:
            slopes[f"{name}.down"] = slope @ added[f"{name}.up"].T
            slopes[f"{name}.up"] = added[f"{name}.down"].T @ slope
    return slopes


def tune_adapters(
    parameters: Parameters, ids: np.ndarray, rank: int, rng: np.random.Generator
) -> tuple[Parameters, Adam]:
    """LoRA 微调：原来的参数一个不动，只更新小矩阵；返回合起来的参数与优化器"""
    added = adapters(parameters, rank, rng)
    optimizer = Adam(added)
    for step, batch in zip(range(STEPS), batches(ids, BATCH_SIZE, rng)):
        _, found = gradients(merged(parameters, added), batch)
        slopes = adapter_gradients(found, added)
        optimizer.update(slopes, rate_at(step, STEPS, ADAPTER_RATE, WARM_UP))
    return merged(parameters, added), optimizer


# --8<-- [end:lora]


# --8<-- [start:ways]
Way = Callable[[np.random.Generator], tuple[Parameters, Adam]]


def ways_of(parameters: Parameters, ids: np.ndarray) -> dict[str, tuple[str, Way]]:
    """各种学法：{名字: (说明, 函数)}；函数由随机数生成器得到新的参数与优化器"""
    signs = len(parameters["token"])
    return {
        "lora_2": (
            f"LoRA，秩 {RANKS[0]}",
            lambda rng: tune_adapters(parameters, ids, RANKS[0], rng),
        ),
        "lora_8": (
            f"LoRA，秩 {RANKS[1]}",
            lambda rng: tune_adapters(parameters, ids, RANKS[1], rng),
        ),
        "full_low": (f"全部参数，{LOW_RATE}", lambda rng: tune(parameters, ids, LOW_RATE, rng)),
        "full_high": (f"全部参数，{HIGH_RATE}", lambda rng: tune(parameters, ids, HIGH_RATE, rng)),
        "scratch": (
            "从头训练",
            lambda rng: tune(initialise(signs, WIDTH, LAYERS, rng), ids, ADAPTER_RATE, rng),
        ),
    }


# --8<-- [end:ways]


# --8<-- [start:main]
def evaluate(
    parameters: Parameters, sets: dict[str, np.ndarray], vocabulary: Vocabulary
) -> dict[str, float]:
    """在陆游与唐人没见过的诗上，每个汉字的平均损失，单位奈特"""
    return {
        f"{name}_nats": per_character(losses_of(parameters, ids), ids[:, 1:], vocabulary.rare)
        for name, ids in sets.items()
    }


def compare(
    ways: dict[str, tuple[str, Way]],
    sets: dict[str, np.ndarray],
    vocabulary: Vocabulary,
    seed: int,
) -> tuple[dict[str, float], list[str]]:
    """每种学法学一遍；返回要动的参数、优化器的字节、处理器的秒数、损失，以及各写的一首诗"""
    numbers, poems = {}, []
    for name, (title, way) in ways.items():
        start = process_time()
        tuned, optimizer = way(np.random.default_rng(seed))
        numbers[f"{name}_seconds"] = process_time() - start
        found = evaluate(tuned, sets, vocabulary)
        numbers |= {f"{name}_{key}": value for key, value in found.items()}
        numbers[f"{name}_trainable"] = sum(value.size for value in optimizer.means.values())
        numbers[f"{name}_optimizer_bytes"] = sum(
            value.nbytes for part in (optimizer.means, optimizer.squares) for value in part.values()
        )
        print(f"{title}：陆游 {found['poet_nats']:.3f}，唐人 {found['tang_nats']:.3f}")
        poems += compose(tuned, vocabulary, START, 0.8, 1, np.random.default_rng(seed))
    return numbers, poems


def main(seed: int = 0) -> dict[str, float]:
    """不微调与各种学法，比较学会多少、忘了多少、花了多少"""
    parameters, vocabulary = load_weights()
    poet = load_poet()
    tang = [poem for _, poem in load_poems()["测试"]]
    sets = {"poet": vocabulary.encode(poet["测试"]), "tang": vocabulary.encode(tang)}
    before = evaluate(parameters, sets, vocabulary)
    print(f"不微调：陆游 {before['poet_nats']:.3f}，唐人 {before['tang_nats']:.3f}")
    ways = ways_of(parameters, vocabulary.encode(poet["训练"]))
    numbers, poems = compare(ways, sets, vocabulary, seed)
    poems[:0] = compose(parameters, vocabulary, START, 0.8, 1, np.random.default_rng(seed))
    print("\n".join(poems))
    return numbers | {
        "training_poems": len(poet["训练"]),
        "test_poems": len(poet["测试"]),
        "before_poet_nats": before["poet_nats"],
        "before_tang_nats": before["tang_nats"],
    }


# --8<-- [end:main]


# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]

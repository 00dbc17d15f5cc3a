"""小小语言模型：从头训练一个 GPT 那样的 Transformer，让它写四句诗；只用 NumPy"""

# --8<-- [start:threads]
import os

# 矩阵不大，多线程等待的时间比计算还长，线程数还会改变结果的末几位；要在导入 NumPy 之前设
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# --8<-- [end:threads]
# --8<-- [start:imports]
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import numpy as np

# --8<-- [end:imports]
from verse_lab.data import (
    SIGNS,
    UNKNOWN,
    Sounds,
    Vocabulary,
    build_vocabulary,
    load_poems,
    load_sounds,
    per_character,
)
from verse_lab.measures import Seen, measure, remember, shuffle
from verse_lab.transformer import (
    Adam,
    Parameters,
    gradients,
    initialise,
    losses_of,
    rate_at,
    write,
)

# --8<-- [start:settings]
WIDTH = 64  # 每个字的向量有多长
LAYERS = 2
STEPS = 4000  # 更新次数
BATCH_SIZE = 32  # 每次更新看几首诗
LEARNING_RATE = 0.004  # 最高时的学习率
WATCHED = (0, 30, 100, 300, 1000, 2000, 3000, 4000)  # 这几步之后在验证集上看一眼
TEMPERATURES = (0.5, 0.8, 1.0, 1.2)
SAMPLES = 200  # 每种体裁、每个温度写几首
# --8<-- [end:settings]


# --8<-- [start:train]
def batches(ids: np.ndarray, size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """无穷无尽的小批量：每一轮重新打乱，取完再来"""
    while True:
        order = rng.permutation(len(ids))
        for start in range(0, len(ids) - size + 1, size):
            yield ids[order[start : start + size]]


def train(
    ids: np.ndarray, signs: int, steps: int, rng: np.random.Generator
) -> Iterator[tuple[int, Parameters]]:
    """训练；每更新一次就交出已更新的次数与当时的参数，头一次交出的还没有训练过"""
    parameters = initialise(signs, WIDTH, LAYERS, rng)
    optimizer = Adam(parameters)
    yield 0, parameters
    for step, batch in zip(range(steps), batches(ids, BATCH_SIZE, rng)):
        _, found = gradients(parameters, batch)
        optimizer.update(found, rate_at(step, steps, LEARNING_RATE))
        yield step + 1, parameters


# --8<-- [end:train]


# --8<-- [start:save]
def save(parameters: Parameters, vocabulary: Vocabulary, path: str | Path) -> None:
    """存下参数与字表"""
    np.savez(path, allow_pickle=False, signs=vocabulary.signs, rare=vocabulary.rare, **parameters)


def load(path: str | Path) -> tuple[Parameters, Vocabulary]:
    """读回参数与字表"""
    with np.load(path, allow_pickle=False) as arrays:
        parameters = {name: arrays[name] for name in arrays.files}
    signs, rare = str(parameters.pop("signs")), int(parameters.pop("rare"))
    return parameters, Vocabulary(signs, rare)


# --8<-- [end:save]


# --8<-- [start:by_place]
def by_place(losses: np.ndarray, ids: np.ndarray, form: str) -> list[float]:
    """一种体裁里，每个汉字位置的平均损失，依次是四句的各个字"""
    chosen = ids[:, 0] == SIGNS.index(form)
    rows, targets = losses[chosen], ids[chosen][:, 1:]
    places = [place for place in range(targets.shape[1]) if (targets[:, place] >= UNKNOWN).all()]
    return [float(rows[:, place].mean(dtype=np.float64)) for place in places]


# --8<-- [end:by_place]


# --8<-- [start:compose]
def compose(
    parameters: Parameters,
    vocabulary: Vocabulary,
    start: str,
    temperature: float,
    count: int,
    rng: np.random.Generator,
) -> list[str]:
    """写 count 首诗；start 是体裁，后面可以接上开头的几个字，例如 "7春" """
    ids = [vocabulary.signs.index(sign) for sign in start]
    written = write(parameters, np.tile(ids, (count, 1)), temperature, rng)
    return [vocabulary.decode(row)[1:] for row in written]


# --8<-- [end:compose]


# --8<-- [start:judge]
def judge(
    parameters: Parameters,
    vocabulary: Vocabulary,
    real: list[str],
    sounds: Sounds,
    seen: Seen,
    rng: np.random.Generator,
) -> dict[str, float]:
    """真诗、打乱的真诗、各个温度写出的诗，同样的几项各数一遍"""
    groups = {"real": real, "shuffled": [shuffle(poem, rng) for poem in real]}
    for temperature in TEMPERATURES:
        name = f"t{round(10 * temperature):02d}"
        groups[name] = [
            poem
            for form in "57"
            for poem in compose(parameters, vocabulary, form, temperature, SAMPLES, rng)
        ]
    return {
        f"{group}_{key}": value
        for group, poems in groups.items()
        for key, value in measure(poems, sounds, seen).items()
    }


# --8<-- [end:judge]


# --8<-- [start:watch]
def watch(
    ids: np.ndarray, validation: np.ndarray, vocabulary: Vocabulary, rng: np.random.Generator
) -> tuple[Parameters, list[float], float]:
    """训练，在 WATCHED 那几步看验证集的损失；返回参数、每字的损失、训练用的秒数"""
    curve, seconds, start = [], 0.0, perf_counter()
    for step, parameters in train(ids, len(vocabulary.signs), STEPS, rng):
        if step in WATCHED:
            seconds += perf_counter() - start
            losses = losses_of(parameters, validation)
            curve.append(per_character(losses, validation[:, 1:], vocabulary.rare))
            print(f"更新 {step:4d} 次：验证集每字 {curve[-1]:.3f} 奈特")
            start = perf_counter()
    return parameters, curve, seconds


# --8<-- [end:watch]


# --8<-- [start:main]
def main(seed: int = 0) -> dict[str, float | list[float]]:
    """训练、评估、写诗，并把参数存成 verse.npz"""
    poems = {name: [poem for _, poem in each] for name, each in load_poems().items()}
    vocabulary = build_vocabulary(poems["训练"])
    ids = {name: vocabulary.encode(each) for name, each in poems.items()}
    rng = np.random.default_rng(seed)
    parameters, curve, seconds = watch(ids["训练"], ids["验证"], vocabulary, rng)
    save(parameters, vocabulary, "verse.npz")
    losses = losses_of(parameters, ids["测试"])
    nats = per_character(losses, ids["测试"][:, 1:], vocabulary.rare)
    numbers: dict[str, float | list[float]] = {
        "signs": len(vocabulary.signs),
        "rare": vocabulary.rare,
        "parameters": sum(value.size for value in parameters.values()),
        "validation_nats": curve,
        "training_seconds": seconds,
        "test_nats": nats,
        "test_bits": nats / float(np.log(2)),
        "test_perplexity": float(np.exp(nats)),
        "place_5_nats": by_place(losses, ids["测试"], "5"),
        "place_7_nats": by_place(losses, ids["测试"], "7"),
    }
    print(f"{numbers['parameters']:,} 个参数；测试集每字 {nats:.3f} 奈特", end="，")
    print(f"困惑度 {np.exp(nats):.0f}")
    seen = remember(poems["训练"])
    numbers |= judge(parameters, vocabulary, poems["测试"], load_sounds(), seen, rng)
    for form in "57":
        for poem in compose(parameters, vocabulary, form, 0.8, 3, np.random.default_rng(seed)):
            print(poem)
    return numbers


# --8<-- [end:main]


# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]

"""增量训练：在已经学会 0–4 的模型上接着学 5–9，看它忘掉多少，怎样少忘；只用 NumPy"""

# --8<-- [start:threads]
import os

# 矩阵很小，多线程等待的时间比计算还长；要在导入 NumPy 之前设
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# --8<-- [end:threads]
# --8<-- [start:imports]
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

# --8<-- [end:imports]
from mnist_lab.data import Pair, flatten, load_mnist, scale
from mnist_lab.network import (
    Averages,
    Layer,
    accuracy,
    adam,
    batches,
    forward,
    gradients,
    initialise,
    zero_averages,
)

# --8<-- [start:learn]
SIZES = (784, 128, 10)  # 各层的单元数，与正文的网络相同
EPOCHS = 3  # 每次学习的轮次
BATCH_SIZE = 100  # 每次更新看的图像张数
LEARNING_RATE = 0.001  # Keras 里 Adam 的默认值，没有调过


def learn(
    layers: list[Layer], images: np.ndarray, labels: np.ndarray, rng: np.random.Generator
) -> None:
    """学 EPOCHS 个轮次，直接改写 layers；从头学与接着学都是它，Adam 的滑动平均每次都从零开始

    images：(m, 784)，float32，0–1；labels：(m,)
    """
    averages = zero_averages(layers)
    for step, chosen in enumerate(batches(len(labels), BATCH_SIZE, EPOCHS, rng), start=1):
        slopes = gradients(layers, images[chosen], labels[chosen])
        adam(layers, slopes, averages, step=step, rate=LEARNING_RATE)


# --8<-- [end:learn]


# --8<-- [start:file]
def save(layers: list[Layer], path: Path) -> None:
    """把各层的权重与偏置依次存进一个 npz 文件"""
    np.savez(path, *(array for layer in layers for array in layer))


def load(path: Path) -> list[Layer]:
    """读回 save 存下的各层"""
    with np.load(path) as file:
        arrays = [file[name] for name in file.files]  # 权重、偏置、权重、偏置
    return list(zip(arrays[::2], arrays[1::2]))


# --8<-- [end:file]


# --8<-- [start:evaluate]
def is_old(labels: np.ndarray) -> np.ndarray:
    """哪些是先学的数字 0–4；布尔，(m,)"""
    return labels < 5


def accuracy_within(layers: list[Layer], images: np.ndarray, labels: np.ndarray) -> float:
    """事先告诉网络只有 0–4，只在这五个里挑概率最大的，准确率是多少；labels：0–4"""
    _, probabilities = forward(layers, images)  # (m, 10)
    return float((probabilities[:, :5].argmax(axis=1) == labels).mean())


def evaluate(layers: list[Layer], images: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """分别在先学的数字 0–4（十个里选、五个里选）、后学的数字 5–9、全部数字上的准确率"""
    old = is_old(labels)
    return {
        "old": accuracy(layers, images[old], labels[old]),
        "within": accuracy_within(layers, images[old], labels[old]),
        "new": accuracy(layers, images[~old], labels[~old]),
        "all": accuracy(layers, images, labels),
    }


# --8<-- [end:evaluate]


# --8<-- [start:replay]
REPLAYED = (0, 100, 500, 2500)  # 依次试的回放张数


def choose(labels: np.ndarray, replayed: int, rng: np.random.Generator) -> np.ndarray:
    """全部 5–9 的下标，再加上从 0–4 里随机取的 replayed 个下标"""
    old = is_old(labels)
    kept = rng.choice(np.flatnonzero(old), replayed, replace=False)  # (replayed,)
    return np.concatenate([np.flatnonzero(~old), kept])


def continue_with_replay(
    path: Path, training: Pair, test: Pair, rng: np.random.Generator
) -> dict[str, list[float]]:
    """对每个回放张数：读出学过 0–4 的模型，接着学 5–9 与回放的旧图像，打印并返回四种准确率"""
    images, labels = training
    results: dict[str, list[float]] = {"old": [], "within": [], "new": [], "all": []}
    for replayed in REPLAYED:
        layers, chosen = load(path), choose(labels, replayed, rng)
        learn(layers, images[chosen], labels[chosen], rng)
        after = evaluate(layers, *test)
        for key, value in after.items():
            results[key].append(value)
        print(f"接着学 5–9，回放 {replayed:4d} 张：0–4 {after['old']:.2%}", end="，")
        print(f"五选一 {after['within']:.2%}", end="，")
        print(f"5–9 {after['new']:.2%}，全部 {after['all']:.2%}")
    return results


# --8<-- [end:replay]


# --8<-- [start:parts]
PARTS = 6  # 把训练集切成几份，一份一份地来；每份 10,000 张，数字的分布相同


def learn_in_parts(training: Pair, test: Pair, rng: np.random.Generator) -> list[float]:
    """一个模型依次学完各份，每份只见一次；返回每学完一份后在整个测试集上的准确率"""
    layers = initialise(SIZES, rng)
    accuracies = []
    for images, labels in zip(*(np.array_split(array, PARTS) for array in training)):
        learn(layers, images, labels, rng)
        accuracies.append(accuracy(layers, *test))
    return accuracies


# --8<-- [end:parts]


# --8<-- [start:state]
@dataclass
class State:  # 训练到一半的全部状态：少存一样，接下去就不是同一条路
    layers: list[Layer]
    averages: Averages  # Adam 的两种滑动平均
    step: int  # 已经走了几步
    rng: np.random.Generator  # 决定往后怎样打乱


def learn_on(state: State, images: np.ndarray, labels: np.ndarray, epochs: int) -> None:
    """从 state 接着学几个轮次，直接改写它"""
    for chosen in batches(len(labels), BATCH_SIZE, epochs, state.rng):
        state.step += 1
        slopes = gradients(state.layers, images[chosen], labels[chosen])
        adam(state.layers, slopes, state.averages, step=state.step, rate=LEARNING_RATE)


def save_state(state: State, path: Path) -> None:
    """把全部状态存进一个 npz 文件，随机数的状态写成 JSON"""
    pairs = [*state.layers, *state.averages]
    generator = json.dumps(state.rng.bit_generator.state)
    arrays = [array for pair in pairs for array in pair]
    np.savez(path, *arrays, step=state.step, generator=generator)


def load_state(path: Path) -> State:
    """读回 save_state 存下的状态；异常：ValueError"""
    with np.load(path) as file:
        if not {"step", "generator"} <= set(file.files):
            expected = "应有 step 与 generator；只存了参数的文件接不上，请从头训练"
            raise ValueError(f"{path}：不是训练到一半的状态；见到 {file.files}；{expected}")
        rng = np.random.default_rng()
        rng.bit_generator.state = json.loads(str(file["generator"]))
        arrays = [file[name] for name in file.files if name.startswith("arr_")]
        step = int(file["step"])
    pairs = list(zip(arrays[::2], arrays[1::2]))
    layers = len(pairs) // 3  # 每层一对权重与偏置，它们各有一对滑动平均
    return State(pairs[:layers], pairs[layers:], step, rng)


# --8<-- [end:state]


# --8<-- [start:interrupt]
INTERRUPTED = 10000  # 演示中断时用的图像张数


def new_state(seed: int) -> State:
    """还没有学过的网络"""
    rng = np.random.default_rng(seed)
    layers = initialise(SIZES, rng)
    return State(layers, zero_averages(layers), 0, rng)


def largest_difference(first: list[Layer], second: list[Layer]) -> float:
    """两个网络的参数，最多差多少"""
    pairs = zip(
        (array for layer in first for array in layer), (a for layer in second for a in layer)
    )
    return max(float(np.abs(a - b).max()) for a, b in pairs)


def interrupt(images: np.ndarray, labels: np.ndarray, seed: int) -> dict[str, float]:
    """一口气学完，与学一个轮次就中断、存盘、读回再接着学：参数差多少；再看只读回参数的"""
    whole, halted, path = new_state(seed), new_state(seed), Path("interrupted.npz")
    learn_on(whole, images, labels, EPOCHS)
    learn_on(halted, images, labels, 1)
    save_state(halted, path)
    resumed, careless = load_state(path), new_state(seed)
    careless.layers = load_state(path).layers  # 滑动平均、步数、随机数都从头来
    for state in (resumed, careless):
        learn_on(state, images, labels, EPOCHS - 1)
    differences = [largest_difference(whole.layers, state.layers) for state in (resumed, careless)]
    print(f"中断之后接着学，与不中断的参数最多差 {differences[0]:g}", end="；")
    print(f"只读回参数，最多差 {differences[1]:.3f}")
    return {"resumed_difference": differences[0], "careless_difference": differences[1]}


# --8<-- [end:interrupt]


# --8<-- [start:main]
def main(seed: int = 0) -> dict[str, float | list[float]]:
    """先学 0–4 并存盘，再接着学 5–9；然后与同分布的增量训练、与全部数据一起重训比较"""
    (x_train, y_train), (x_test, y_test) = load_mnist()
    training = images, labels = scale(flatten(x_train)), y_train  # (60000, 784)
    test = scale(flatten(x_test)), y_test  # (10000, 784)
    rng = np.random.default_rng(seed)
    path = Path("digits-0-4.npz")
    first, old = initialise(SIZES, rng), is_old(labels)
    learn(first, images[old], labels[old], rng)
    save(first, path)
    before = evaluate(first, *test)
    print(f"只学过 0–4（{old.sum():,} 张）：0–4 的准确率 {before['old']:.2%}", end="，")
    print(f"五选一 {before['within']:.2%}")
    after = continue_with_replay(path, training, test, rng)
    parts = learn_in_parts(training, test, rng)
    print("同分布的各份依次学：" + "，".join(f"{value:.2%}" for value in parts))
    whole = initialise(SIZES, rng)
    learn(whole, *training, rng)
    retrained = accuracy(whole, *test)
    print(f"全部数据一起重新训练：{retrained:.2%}")
    numbers: dict[str, float | list[float]] = {"before_old": before["old"], **after}
    numbers |= {"before_within": before["within"], "within_unreplayed": after["within"][0]}
    numbers |= {"replayed": list(REPLAYED), "parts": parts, "retrained": retrained}
    return numbers | interrupt(images[:INTERRUPTED], labels[:INTERRUPTED], seed)


# --8<-- [end:main]


# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]

"""增量训练：在已经学会 0–4 的模型上接着学 5–9，看它忘掉多少，怎样少忘；只用 NumPy"""

# --8<-- [start:threads]
import os

# 矩阵很小，多线程等待的时间比计算还长；要在导入 NumPy 之前设
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# --8<-- [end:threads]
# --8<-- [start:imports]
from pathlib import Path

import numpy as np

# --8<-- [end:imports]
from mnist_lab.data import Pair, flatten, load_mnist, scale
from mnist_lab.network import Layer, accuracy, adam, batches, gradients, initialise, zero_averages

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


def evaluate(layers: list[Layer], images: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """分别在先学的数字 0–4、后学的数字 5–9、全部数字上的准确率"""
    old = is_old(labels)
    return {
        "old": accuracy(layers, images[old], labels[old]),
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
    """对每个回放张数：读出学过 0–4 的模型，接着学 5–9 与回放的旧图像，打印并返回三种准确率"""
    images, labels = training
    results: dict[str, list[float]] = {"old": [], "new": [], "all": []}
    for replayed in REPLAYED:
        layers, chosen = load(path), choose(labels, replayed, rng)
        learn(layers, images[chosen], labels[chosen], rng)
        after = evaluate(layers, *test)
        for key, value in after.items():
            results[key].append(value)
        print(f"接着学 5–9，回放 {replayed:4d} 张：0–4 {after['old']:.2%}", end="，")
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
    print(f"只学过 0–4（{old.sum():,} 张）：0–4 的准确率 {before['old']:.2%}")
    after = continue_with_replay(path, training, test, rng)
    parts = learn_in_parts(training, test, rng)
    print("同分布的各份依次学：" + "，".join(f"{value:.2%}" for value in parts))
    whole = initialise(SIZES, rng)
    learn(whole, *training, rng)
    retrained = accuracy(whole, *test)
    print(f"全部数据一起重新训练：{retrained:.2%}")
    return {
        "before_old": before["old"],
        "replayed": list(REPLAYED),
        **after,
        "parts": parts,
        "retrained": retrained,
    }


# --8<-- [end:main]


# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]

"""看它学：训练途中停下几次，记下混淆矩阵、几个隐藏单元的权重、十二张图像的答案；只用 NumPy"""

# --8<-- [start:threads]
import os

# 矩阵很小，多线程等待的时间比计算还长；要在导入 NumPy 之前设
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# --8<-- [end:threads]
# --8<-- [start:imports]
from collections.abc import Iterator

import numpy as np

# --8<-- [end:imports]
from mnist_lab.data import flatten, load_mnist, scale
from mnist_lab.network import (
    Layer,
    adam,
    batches,
    cross_entropy,
    forward,
    gradients,
    initialise,
    zero_averages,
)

# --8<-- [start:settings]
HIDDEN = 128  # 隐藏单元的个数，与正文的程序相同
EPOCHS = 5  # 轮次，与正文的程序相同
BATCH_SIZE = 32  # 每次更新看的图像张数，与正文的程序相同
LEARNING_RATE = 0.001  # Keras 里 Adam 的默认值
EARLY = (0, 30, 100, 300, 900)  # 头一个轮次里停下的地方，单位是更新次数；0 是还没开始学
UNITS = 8  # 记下前几个隐藏单元的权重
SHOWN = 12  # 记下几张测试图像的答案
# --8<-- [end:settings]


# --8<-- [start:stops]
def copy(layers: list[Layer]) -> list[Layer]:
    """抄一份：训练会直接改写原来的数组"""
    return [(weights.copy(), bias.copy()) for weights, bias in layers]


def stops(images: np.ndarray, labels: np.ndarray, seed: int) -> Iterator[tuple[int, list[Layer]]]:
    """按正文的设置训练，在 EARLY 与每个轮次的末尾停下，给出更新次数与当时的网络

    images：(m, 784)，float32，0–1；labels：(m,)
    """
    rng = np.random.default_rng(seed)
    layers = initialise((images.shape[1], HIDDEN, 10), rng)
    averages = zero_averages(layers)
    per_epoch = -(-len(labels) // BATCH_SIZE)  # 最后一批可以少几张
    if 0 in EARLY:
        yield 0, copy(layers)
    for step, chosen in enumerate(batches(len(labels), BATCH_SIZE, EPOCHS, rng), start=1):
        slopes = gradients(layers, images[chosen], labels[chosen])
        adam(layers, slopes, averages, step=step, rate=LEARNING_RATE)
        if step in EARLY or step % per_epoch == 0:
            yield step, copy(layers)


# --8<-- [end:stops]


# --8<-- [start:measure]
def confusion(labels: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """混淆矩阵，(10, 10)：第 i 行第 j 列是标签为 i、认作 j 的张数"""
    matrix = np.zeros((10, 10), np.int32)
    np.add.at(matrix, (labels, answers), 1)  # matrix[labels, answers] += 1 会漏数重复的下标
    return matrix


def restless(answers: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """答案变得最多的 SHOWN 张图像的下标，最后认对的；answers：(停下的次数, m)"""
    changes = (answers[1:] != answers[:-1]).sum(axis=0)  # (m,)
    changes[answers[-1] != labels] = -1
    return np.argsort(-changes, kind="stable")[:SHOWN]


def shrink(weights: np.ndarray) -> np.ndarray:
    """权重 → -127 到 127 的整数，int8：全部停下的时候用同一个比例，才看得出长大了多少"""
    return np.round(weights / np.abs(weights).max() * 127).astype(np.int8)


# --8<-- [end:measure]


# --8<-- [start:main]
def main(seed: int = 0) -> dict[str, float | list[float]]:
    """训练一遍，记下每次停下时的样子，写成网页要读的文件"""
    (images, labels), (test_images, test_labels) = load_mnist()
    found = list(stops(scale(flatten(images)), labels, seed))
    x = scale(flatten(test_images))  # (10000, 784)
    told = np.stack([forward(layers, x)[1] for _, layers in found])  # (停下的次数, 10000, 10)
    answers = told.argmax(axis=2)
    steps = [step for step, _ in found]
    accuracy = [float((each == test_labels).mean()) for each in answers]
    loss = [cross_entropy(each, test_labels) for each in told]
    chosen = restless(answers, test_labels)
    weights = np.stack([layers[0][0][:, :UNITS].T for _, layers in found])  # (…, UNITS, 784)
    np.savez(
        "learning.npz",
        allow_pickle=False,
        steps=np.array(steps, np.int32),
        accuracy=np.array(accuracy),
        loss=np.array(loss),
        confusion=np.stack([confusion(test_labels, each) for each in answers]),
        weights=shrink(weights),
        images=test_images[chosen],
        labels=test_labels[chosen],
        index=chosen.astype(np.int32),
        probabilities=told[:, chosen].astype(np.float32),
    )
    for step, rate in zip(steps, accuracy):
        print(f"更新 {step:4d} 次：测试准确率 {rate:.2%}")
    return {"updates": steps[-1], "accuracy": accuracy, "loss": loss}


# --8<-- [end:main]

# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]

"""用 NumPy 写成的全连接网络：几个实验共用的前向计算、反向传播与 Adam

记号：m 是一批图像的张数；网络有 n 层权重，没有隐藏层时 n = 1，也就是逻辑回归
"""

# --8<-- [start:imports]
import itertools
from collections.abc import Iterator

import numpy as np

# --8<-- [end:imports]


# --8<-- [start:initialise]
Layer = tuple[np.ndarray, np.ndarray]  # 权重 (输入数, 输出数) 与偏置 (输出数,)


def initialise(
    sizes: tuple[int, ...], rng: np.random.Generator, dtype: type = np.float32
) -> list[Layer]:
    """按 Glorot 均匀分布取权重，偏置为零，与 Keras 的 Dense 层相同

    sizes：各层的单元数，例如 (784, 128, 10)；返回 len(sizes) - 1 层，元素为 dtype
    """
    layers: list[Layer] = []
    for inputs, outputs in itertools.pairwise(sizes):
        limit = np.sqrt(6 / (inputs + outputs))
        weights = rng.uniform(-limit, limit, size=(inputs, outputs))
        layers.append((weights.astype(dtype), np.zeros(outputs, dtype)))
    return layers


def count_parameters(layers: list[Layer]) -> int:
    """数出全部权重与偏置的个数"""
    return sum(weights.size + bias.size for weights, bias in layers)


# --8<-- [end:initialise]


# --8<-- [start:forward]
def softmax(logits: np.ndarray) -> np.ndarray:
    """把每行得分 (m, 10) 变成和为 1 的概率 (m, 10)"""
    # 先减去每行的最大值：结果不变，指数不会溢出
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def forward(layers: list[Layer], inputs: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """前向计算：隐藏层用 ReLU，输出层用 softmax

    inputs：(m, 784)，浮点数；返回每一层收到的输入（反向传播要用）与输出概率 (m, 10)
    """
    received = [inputs]
    for weights, bias in layers[:-1]:
        received.append(np.maximum(received[-1] @ weights + bias, 0))  # (m, 隐藏单元数)
    weights, bias = layers[-1]
    return received, softmax(received[-1] @ weights + bias)  # (m, 10)


# --8<-- [end:forward]


# --8<-- [start:cross_entropy]
def cross_entropy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """交叉熵损失：正确类别的概率取负对数，再对 m 张图像求平均

    probabilities：(m, 10)；labels：(m,)，取值 0–9 的整数
    """
    chosen = probabilities[np.arange(len(labels)), labels]  # (m,)
    # float32 的概率可能舍成 0；垫上最小的正数，损失才不会是无穷大
    return float(-np.log(np.maximum(chosen, np.finfo(chosen.dtype).tiny)).mean())


# --8<-- [end:cross_entropy]


# --8<-- [start:gradients]
def gradients(layers: list[Layer], inputs: np.ndarray, labels: np.ndarray) -> list[Layer]:
    """反向传播：平均交叉熵对每一层权重与偏置的梯度，形状与 layers 相同

    inputs：(m, 784)；labels：(m,)
    """
    received, error = forward(layers, inputs)  # error 此刻是概率 p，(m, 10)
    error[np.arange(len(labels)), labels] -= 1  # softmax 与交叉熵合起来对得分的导数是 p − y
    error /= len(labels)
    result: list[Layer] = []
    for layer in reversed(range(len(layers))):
        result.append((received[layer].T @ error, error.sum(axis=0)))
        if layer > 0:  # 第一层的输入是图像，不必对它求梯度
            error = error @ layers[layer][0].T  # (m, 这一层的输入数)
            error *= received[layer] > 0  # ReLU 的导数：只有大于零的单元传回误差
    return result[::-1]


# --8<-- [end:gradients]


# --8<-- [start:adam]
FIRST_DECAY = 0.9  # 梯度的滑动平均保留的比例
SECOND_DECAY = 0.999  # 梯度平方的滑动平均保留的比例
EPSILON = 1e-7  # 防止除以零
Averages = list[tuple[np.ndarray, np.ndarray]]  # 每个参数数组的两个滑动平均，形状与它相同


def zero_averages(layers: list[Layer]) -> Averages:
    """Adam 的起点：梯度与梯度平方的滑动平均都是零"""
    arrays = [array for layer in layers for array in layer]
    return [(np.zeros_like(array), np.zeros_like(array)) for array in arrays]


def adam(
    layers: list[Layer], slopes: list[Layer], averages: Averages, *, step: int, rate: float
) -> None:
    """Adam（Kingma 与 Ba，2015）：按一批图像的梯度 slopes 走一步，直接改写 layers 与 averages

    step：第几步，从 1 数起；rate：学习率；其余系数取 Keras 的默认值
    """
    # 两个滑动平均都从零开始，头几步偏小，这里一并校正
    correction = (1 - SECOND_DECAY**step) ** 0.5 / (1 - FIRST_DECAY**step)
    arrays = [array for layer in layers for array in layer]
    changes = [slope for layer in slopes for slope in layer]
    for array, slope, (mean, square) in zip(arrays, changes, averages):
        mean += (1 - FIRST_DECAY) * (slope - mean)
        square += (1 - SECOND_DECAY) * (slope * slope - square)
        array -= rate * correction * mean / (np.sqrt(square) + EPSILON)


# --8<-- [end:adam]


# --8<-- [start:batches]
def batches(
    count: int, batch_size: int, epochs: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """依次给出 epochs 个轮次的小批量的下标，最后一批可以少几张

    每个轮次重新打乱一次，count 张图像在一个轮次里各出现一次
    """
    for _ in range(epochs):
        order = rng.permutation(count)  # (count,)
        for start in range(0, count, batch_size):
            yield order[start : start + batch_size]


# --8<-- [end:batches]


# --8<-- [start:accuracy]
def accuracy(layers: list[Layer], inputs: np.ndarray, labels: np.ndarray) -> float:
    """概率最大的类别等于标签的比例，在 0 与 1 之间"""
    _, probabilities = forward(layers, inputs)
    return float((probabilities.argmax(axis=1) == labels).mean())


# --8<-- [end:accuracy]

"""梯度核对：手推的梯度、自动微分、有限差分，三种算法应给出同一个数；需要 TensorFlow"""

from mnist_lab.data import flatten, load_mnist, scale
from mnist_lab.gradient_descent import gradient, loss, zeros_and_ones
from mnist_lab.network import Layer, count_parameters, cross_entropy, forward, gradients, initialise
from mnist_lab.quiet import start_keras

start_keras()

# --8<-- [start:imports]
import os
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow 启动时少说几句，须在导入之前

import numpy as np
import tensorflow as tf

# --8<-- [end:imports]

# --8<-- [start:settings]
POINT_SCALE = 0.1  # 核对点 θ 的标准差；θ = 0 处所有 h 都是 0.5，有些错误看不出来
IMAGES = 256  # 核对网络时用的图像张数
COORDINATES = 12  # 每个数组抽查的分量个数：有限差分每查一个就要算两遍损失
STEP = 1e-5  # 差分的步长：再大，截断误差大；再小，舍入误差大
STEPS = [1e-1, 1e-3, 1e-5, 1e-7, 1e-9]  # 用这些步长各查一遍，看误差怎样先降后升
# --8<-- [end:settings]


# --8<-- [start:differences]
def central_differences(
    function: Callable[[], float], array: np.ndarray, indices: np.ndarray, step: float
) -> np.ndarray:
    """有限差分：(f(θ + ε) − f(θ − ε)) / 2ε，逐个分量地算

    function：不带参数，按 array 当前的值算出损失；array：float64，任意形状，算完恢复原样
    indices：把 array 展平后的下标，(n,)；返回 float64，(n,)
    """
    flat = array.ravel()  # 与 array 共用内存，改它就是改参数
    slopes = []
    for index in indices:
        value = flat[index]
        flat[index] = value + step
        above = function()
        flat[index] = value - step
        below = function()
        flat[index] = value
        slopes.append((above - below) / (2 * step))
    return np.array(slopes)


# --8<-- [end:differences]


# --8<-- [start:tape]
def unit_tape(theta: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """自动微分：一个逻辑单元的均方误差对 θ 的梯度；theta：(n,)，x：(m, n)，y：(m,)，都是 float64"""
    variable = tf.Variable(theta)
    with tf.GradientTape() as tape:
        h = tf.sigmoid(tf.linalg.matvec(x, variable))  # (m,)
        j = tf.reduce_mean((h - y) ** 2)
    return tape.gradient(j, variable).numpy()


def network_tape(layers: list[Layer], inputs: np.ndarray, labels: np.ndarray) -> list[Layer]:
    """自动微分：网络的交叉熵对每一层权重与偏置的梯度；参数与 gradients 相同"""
    variables = [(tf.Variable(weights), tf.Variable(bias)) for weights, bias in layers]
    with tf.GradientTape() as tape:
        values = tf.constant(inputs)
        for weights, bias in variables[:-1]:
            values = tf.nn.relu(values @ weights + bias)  # (m, 隐藏单元数)
        weights, bias = variables[-1]
        logits = values @ weights + bias  # (m, 10)
        j = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
    return [(weights.numpy(), bias.numpy()) for weights, bias in tape.gradient(j, variables)]


# --8<-- [end:tape]


# --8<-- [start:compare]
def compare(by_hand: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """两份梯度相差多少：最大的绝对差，以及它与最大的梯度分量之比"""
    largest = float(np.abs(by_hand - other).max())
    return largest, largest / float(np.abs(by_hand).max())


def join(layers: list[Layer]) -> np.ndarray:
    """把所有权重与偏置的梯度接成一个长向量"""
    return np.concatenate([array.ravel() for layer in layers for array in layer])


# --8<-- [end:compare]


# --8<-- [start:check_unit]
def check_unit(
    x: np.ndarray, y: np.ndarray, rng: np.random.Generator
) -> dict[str, float | list[float]]:
    """核对一个逻辑单元：2/m Σ (h − y) h (1 − h) x 与另外两种算法比较"""
    theta = rng.normal(0, POINT_SCALE, size=x.shape[1:])  # (785,)
    by_hand = gradient(theta, x, y)
    lit = np.flatnonzero(x.max(axis=0))  # 处处为 0 的像素，梯度必为 0，不必抽查
    indices = rng.choice(lit, COORDINATES, replace=False)
    errors = []
    for step in STEPS:
        slopes = central_differences(lambda: loss(theta, x, y), theta, indices, step)
        errors.append(compare(by_hand[indices], slopes))
    tape_abs, tape_rel = compare(by_hand, unit_tape(theta, x, y))
    difference_abs, difference_rel = errors[STEPS.index(STEP)]
    return {
        "unit_images": len(y),
        "unit_parameters": len(theta),
        "unit_largest": float(np.abs(by_hand).max()),
        "unit_tape_abs": tape_abs,
        "unit_tape_rel": tape_rel,
        "unit_difference_abs": difference_abs,
        "unit_difference_rel": difference_rel,
        "unit_difference_rel_by_step": [relative for _, relative in errors],
    }


# --8<-- [end:check_unit]


# --8<-- [start:check_network]
def check_network(
    inputs: np.ndarray, labels: np.ndarray, rng: np.random.Generator
) -> dict[str, float]:
    """核对网络：手推的反向传播与另外两种算法比较；四个参数数组都抽查"""
    layers = initialise((784, 128, 10), rng, np.float64)
    by_hand = gradients(layers, inputs, labels)
    tape_abs, tape_rel = compare(join(by_hand), join(network_tape(layers, inputs, labels)))
    expected, measured = [], []
    for layer, gradient_of_layer in zip(layers, by_hand):
        for array, slopes in zip(layer, gradient_of_layer):
            moving = np.flatnonzero(slopes)  # 只抽查梯度不为 0 的分量
            indices = rng.choice(moving, min(COORDINATES, len(moving)), replace=False)
            expected.append(slopes.ravel()[indices])
            found = central_differences(
                lambda: cross_entropy(forward(layers, inputs)[1], labels), array, indices, STEP
            )
            measured.append(found)
    difference_abs, difference_rel = compare(np.concatenate(expected), np.concatenate(measured))
    return {
        "network_images": len(labels),
        "network_parameters": count_parameters(layers),
        "network_checked": sum(len(each) for each in expected),
        "network_largest": float(np.abs(join(by_hand)).max()),
        "network_tape_abs": tape_abs,
        "network_tape_rel": tape_rel,
        "network_difference_abs": difference_abs,
        "network_difference_rel": difference_rel,
    }


# --8<-- [end:check_network]


# --8<-- [start:main]
def main(seed: int = 0) -> dict[str, float | list[float]]:
    """在真实的 MNIST 上核对两处梯度，全程用 float64"""
    rng = np.random.default_rng(seed)
    (images, labels), _ = load_mnist()
    x, y = zeros_and_ones(images, labels)  # (12665, 785), (12665,)
    numbers = check_unit(x.astype(np.float64), y.astype(np.float64), rng)
    inputs = scale(flatten(images[:IMAGES])).astype(np.float64)  # (256, 784)
    numbers |= check_network(inputs, labels[:IMAGES].astype(np.int64), rng)
    for name, title in {"unit": "一个逻辑单元", "network": "784→128→10 的网络"}.items():
        print(f"{title}（{numbers[name + '_parameters']:,} 个参数）")
        for key, other in {"tape": "自动微分", "difference": "有限差分"}.items():
            largest, relative = numbers[f"{name}_{key}_abs"], numbers[f"{name}_{key}_rel"]
            print(f"  与{other}最多相差 {largest:.1e}，相对 {relative:.1e}")
    return numbers


# --8<-- [end:main]


# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]

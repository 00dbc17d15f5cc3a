"""模型变大：隐藏层从 2 个单元加到 256 个，步数相同，时间、运算量与准确率各变多少；只用 NumPy"""

# --8<-- [start:threads]
import os

# 矩阵很小，多线程等待的时间比计算还长；要在导入 NumPy 之前设
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# --8<-- [end:threads]
# --8<-- [start:imports]
from time import perf_counter

import numpy as np

# --8<-- [end:imports]
from mnist_lab.data import Pair, flatten, load_mnist, scale
from mnist_lab.flops import flops_per_image
from mnist_lab.network import (
    Layer,
    accuracy,
    adam,
    batches,
    count_parameters,
    cross_entropy,
    forward,
    gradients,
    initialise,
    zero_averages,
)

# --8<-- [start:settings]
HIDDEN_SIZES = (2, 4, 8, 16, 32, 64, 128, 256)  # 隐藏层的单元数，每次翻倍
EPOCHS = 3  # 轮次；各个大小的更新次数都一样，差别只来自模型
BATCH_SIZE = 128  # 每次更新看的图像张数
LEARNING_RATE = 0.001  # Keras 里 Adam 的默认值，没有为任何一个大小调过
# --8<-- [end:settings]


# --8<-- [start:train]
def train(
    hidden: int, images: np.ndarray, labels: np.ndarray, seed: int
) -> tuple[list[Layer], float]:
    """训练一个隐藏层有 hidden 个单元的网络，返回参数与所用的秒数

    images：(m, 784)，float32，0–1；labels：(m,)
    """
    rng = np.random.default_rng(seed)
    layers = initialise((784, hidden, 10), rng)
    averages = zero_averages(layers)
    start = perf_counter()
    for step, chosen in enumerate(batches(len(labels), BATCH_SIZE, EPOCHS, rng), start=1):
        slopes = gradients(layers, images[chosen], labels[chosen])
        adam(layers, slopes, averages, step=step, rate=LEARNING_RATE)
    return layers, perf_counter() - start


# --8<-- [end:train]


# --8<-- [start:fit]
def fit_power(sizes: list[float], losses: list[float]) -> tuple[float, float]:
    """在双对数坐标里拟合直线 损失 = 常数 · 大小 ** 指数，返回指数与决定系数 R²"""
    x, y = np.log(sizes), np.log(losses)
    exponent, constant = np.polyfit(x, y, deg=1)
    residual = y - (exponent * x + constant)
    return float(exponent), float(1 - (residual**2).sum() / ((y - y.mean()) ** 2).sum())


# --8<-- [end:fit]


# --8<-- [start:measure]
def measure(hidden: int, training: Pair, test: Pair, seed: int) -> dict[str, float]:
    """训练一个大小，给出它的参数个数、运算量、秒数、测试损失与测试准确率"""
    layers, seconds = train(hidden, *training, seed)
    images, labels = test
    return {
        "hidden": hidden,
        "parameters": count_parameters(layers),
        "flops": flops_per_image(hidden) * EPOCHS * len(training[1]),
        "seconds": seconds,
        "test_loss": cross_entropy(forward(layers, images)[1], labels),
        "test_accuracy": accuracy(layers, images, labels),
    }


# --8<-- [end:measure]


# --8<-- [start:summarise]
def summarise(rows: list[dict[str, float]]) -> dict[str, float]:
    """从最小到最大各涨了多少倍，头一次与末一次翻倍各换来几个百分点的准确率"""
    first, second, before_last, last = rows[0], rows[1], rows[-2], rows[-1]
    return {
        "parameters_ratio": last["parameters"] / first["parameters"],
        "flops_ratio": last["flops"] / first["flops"],
        "ratio_of_seconds": last["seconds"] / first["seconds"],
        "first_doubling_points": 100 * (second["test_accuracy"] - first["test_accuracy"]),
        "last_doubling_points": 100 * (last["test_accuracy"] - before_last["test_accuracy"]),
    }


# --8<-- [end:summarise]


# --8<-- [start:main]
def main(seed: int = 0) -> dict[str, float | list[float]]:
    """逐个大小训练并测试，打印一张表，再拟合指数"""
    (x_train, y_train), (x_test, y_test) = load_mnist()
    training = scale(flatten(x_train)), y_train  # (60000, 784)
    test = scale(flatten(x_test)), y_test  # (10000, 784)
    train(HIDDEN_SIZES[0], *training, seed)  # 先空跑一次：第一次计时会混进内存分配
    rows = [measure(hidden, training, test, seed) for hidden in HIDDEN_SIZES]
    for row in rows:
        print(f"隐藏单元 {row['hidden']:3d}，参数 {row['parameters']:7,d}", end="，")
        print(f"运算 {row['flops']:.2e} 次，损失 {row['test_loss']:.3f}", end="，")
        print(f"准确率 {row['test_accuracy']:.2%}")
    numbers: dict[str, float | list[float]] = {key: [row[key] for row in rows] for key in rows[0]}
    sizes, losses = [row["parameters"] for row in rows], [row["test_loss"] for row in rows]
    exponent, r_squared = fit_power(sizes, losses)
    print(f"损失 ∝ 参数个数的 {exponent:.2f} 次方，决定系数 {r_squared:.2f}")
    return numbers | {"exponent": exponent, "r_squared": r_squared} | summarise(rows)


# --8<-- [end:main]


# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]

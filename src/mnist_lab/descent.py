"""动手试梯度下降：每张 0 与 1 只留笔迹的浓淡，比较均方误差与交叉熵走的路；只用 NumPy"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from mnist_lab.data import load_mnist
from mnist_lab.gradient_descent import sigmoid

EDGE = 6.0  # 曲面画到 θ₀、θ₁ = ±EDGE
START = (4.0, 4.0)  # 出发点 (θ₀, θ₁)，在均方误差的平地上
RATE = 2.0  # 学习率
RATES = (0.01, 1000.0)  # 学习率可以选的最小值与最大值
LONGEST = 600  # 最多走多少步
SHOWN = 100  # 打开时画到第几步
NOTCHES = 50  # 学习率的滑块分几格，每格的倍数相同
WALKS = [  # 记录下来的路：θ₀，θ₁，学习率，步数；最后一条大得离谱，几步以后就是混沌，舍入误差说了算
    (4.0, 4.0, 2.0, 600),
    (4.0, 0.0, 2.0, 600),
    (-3.0, 5.0, 0.1, 600),
    (0.0, 0.0, 20.0, 600),
    (0.0, 0.0, 1000.0, 5),
]
KEPT = 24  # 一条路最多记多少段


# --8<-- [start:ink]
def ink_counts(images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """数出浓淡相同的图像各有几张：整数，(2, 级数)，第 0 行数数字 0，第 1 行数数字 1

    浓淡是像素的平均值四舍五入，0–255；images：uint8，(n, 28, 28)；labels：uint8，(n,)
    """
    levels = (images.sum(axis=(1, 2)) + 392) // 784  # (n,)
    size = levels[labels <= 1].max() + 1
    return np.array([np.bincount(levels[labels == digit], minlength=size) for digit in (0, 1)])


def ink_scale(counts: np.ndarray) -> np.ndarray:
    """每一级浓淡标准化以后的值 x，float64，(级数,)：按张数算，平均值是 0，标准差是 1"""
    levels, images = np.arange(counts.shape[1]), counts.sum(axis=0)
    mean = (images @ levels) / images.sum()
    return (levels - mean) / np.sqrt(images @ (levels - mean) ** 2 / images.sum())


# --8<-- [end:ink]


# --8<-- [start:losses]
def both_losses(theta: np.ndarray, x: np.ndarray, counts: np.ndarray) -> tuple[float, float]:
    """(均方误差, 交叉熵)：h = σ(θ₀ + θ₁x) 一级算一次，乘以这一级的张数"""
    z = theta[0] + theta[1] * x  # (级数,)
    zeros, ones = counts
    h, images = sigmoid(z), counts.sum()
    square = (zeros @ h**2 + ones @ (h - 1) ** 2) / images
    return float(square), float((zeros @ np.logaddexp(0, z) + ones @ np.logaddexp(0, -z)) / images)


def square_gradient(theta: np.ndarray, x: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """均方误差的梯度，(2,)：每张图像出 2 (h − y) h (1 − h)，错得离谱时 h (1 − h) 也接近 0"""
    zeros, ones = counts
    h = sigmoid(theta[0] + theta[1] * x)  # (级数,)
    each = 2 * (zeros * h + ones * (h - 1)) * h * (1 - h)
    return np.array([each.sum(), each @ x]) / counts.sum()


def cross_gradient(theta: np.ndarray, x: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """交叉熵的梯度，(2,)：每张图像出 h − y，错得越离谱越大"""
    zeros, ones = counts
    h = sigmoid(theta[0] + theta[1] * x)  # (级数,)
    each = zeros * h + ones * (h - 1)
    return np.array([each.sum(), each @ x]) / counts.sum()


# --8<-- [end:losses]


def walk(
    theta: np.ndarray, x: np.ndarray, counts: np.ndarray, *, alpha: float, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """从 theta 出发走 steps 步：均方误差走过的点与交叉熵走过的点，都是 (steps + 1, 2)"""
    paths = []
    for gradient in (square_gradient, cross_gradient):
        points = [theta]
        for _ in range(steps):
            points.append(points[-1] - alpha * gradient(points[-1], x, counts))
        paths.append(np.array(points))
    return paths[0], paths[1]


def recorded(
    start: np.ndarray, x: np.ndarray, counts: np.ndarray, *, alpha: float, steps: int
) -> dict[str, Any]:
    """一条路的记录：出发点、学习率、每隔 every 步的点与损失"""
    every = max(steps // KEPT, 1)
    square, cross = (points[::every] for points in walk(start, x, counts, alpha=alpha, steps=steps))
    return {
        "start": start.tolist(),
        "rate": alpha,
        "every": every,
        "square_path": square.tolist(),
        "cross_path": cross.tolist(),
        "square_losses": [both_losses(point, x, counts)[0] for point in square],
        "cross_losses": [both_losses(point, x, counts)[1] for point in cross],
    }


def main(seed: int = 0) -> dict[str, Any]:
    """数出浓淡，走完 WALKS 里的路；没有随机数，seed 不影响结果"""
    (images, labels), _ = load_mnist()
    counts = ink_counts(images, labels)
    x = ink_scale(counts)
    walks = []
    for bias, slope, alpha, steps in WALKS:
        way = recorded(np.array([bias, slope]), x, counts, alpha=alpha, steps=steps)
        walks.append(way)
        ends = f"均方误差 {way['square_losses'][-1]:.4f}，交叉熵 {way['cross_losses'][-1]:.4f}"
        print(f"从 ({bias:g}, {slope:g}) 出发，α = {alpha:g}，走 {steps} 步：{ends}")
    settings = {
        "counts": counts.tolist(),
        "scale": x.tolist(),
        "edge": EDGE,
        "start": START,
        "rate": RATE,
        "rates": RATES,
        "longest": LONGEST,
        "shown": SHOWN,
        "notches": NOTCHES,
        "decimals": 4,  # 数显示到小数点后几位
        "hundred": 100,
    }
    Path("descent.json").write_text(json.dumps(settings), "utf-8")
    return {"images": int(counts.sum()), "levels": len(x), "walks": walks}


if __name__ == "__main__":
    results = main()

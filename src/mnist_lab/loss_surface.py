"""损失曲面：只留两个参数，把一个逻辑单元的均方误差画成等高线，看梯度下降走哪条路；只用 NumPy"""

# --8<-- [start:imports]
import numpy as np

# --8<-- [end:imports]
from mnist_lab.data import load_mnist
from mnist_lab.gradient_descent import descend, loss, zeros_and_ones

# --8<-- [start:settings]
STARTS = {"slope": (4.0, 0.0), "plateau": (4.0, 4.0)}  # (θ₀, θ₁)：一个在坡上，一个在平地上
ALPHA = 2.0  # 学习率，比 785 个参数的程序大：输入已经标准化，步子可以大些
PATH_STEPS = 600  # 走多少步
REPORTED = [0, 50, 100, 400, 600]  # 打印走完这么多步时的损失
DRAWN = 4  # 画图时每隔几步取一个点
GRID = np.linspace(-6, 6, 49)  # θ₀ 与 θ₁ 各取这些值，相邻的差 0.25
# --8<-- [end:settings]


# --8<-- [start:ink]
def ink_feature(x: np.ndarray) -> np.ndarray:
    """每张图像只留一个特征：笔迹的多少，标准化后放在 x₀ = 1 的右边

    x：(m, 785)，第 0 列是 1，其余是 0–1 的像素；返回 float64，(m, 2)
    """
    ink = x[:, 1:].mean(axis=1, dtype=np.float64)  # (m,)
    return np.column_stack([np.ones(len(x)), (ink - ink.mean()) / ink.std()])  # (m, 2)


# --8<-- [end:ink]


# --8<-- [start:surface]
def surface(x: np.ndarray, y: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """在每个格点上算损失：第 i 行第 j 列是 J(θ₀ = grid[j], θ₁ = grid[i])"""
    return np.array([[loss(np.array([bias, slope]), x, y) for bias in grid] for slope in grid])


def path(
    x: np.ndarray, y: np.ndarray, start: tuple[float, float], *, alpha: float, steps: int
) -> np.ndarray:
    """从 start 出发走 steps 步，返回经过的每一点，(steps + 1, 2)"""
    points = [np.array(start)]
    for _ in range(steps):
        points.append(descend(points[-1], x, y, alpha=alpha, steps=1)[0])
    return np.array(points)


# --8<-- [end:surface]


# --8<-- [start:curvature]
def second_derivative(theta: float) -> float:
    """x = y = 1 时 J(θ) = (σ(θ) − 1)² 的二阶导数：−2h(1 − h)²(1 − 3h)；小于零的地方不是凸的"""
    h = 1 / (1 + np.exp(-theta))
    return float(-2 * h * (1 - h) ** 2 * (1 - 3 * h))


# --8<-- [end:curvature]


# --8<-- [start:main]
def main(seed: int = 0) -> dict[str, float | list[float] | list[list[float]]]:
    """算出曲面与两条下降的路径；出发点是固定的，seed 不影响结果"""
    (images, labels), _ = load_mnist()
    pixels, y = zeros_and_ones(images, labels)
    x, y = ink_feature(pixels), y.astype(np.float64)  # (12665, 2), (12665,)
    numbers: dict[str, float | list[float] | list[list[float]]] = {
        "grid": GRID.tolist(),
        "surface": surface(x, y, GRID).round(6).tolist(),
        "curvature_at_minus_one": second_derivative(-1.0),
        "curvature_at_zero": second_derivative(0.0),
    }
    for name, start in STARTS.items():
        points = path(x, y, start, alpha=ALPHA, steps=PATH_STEPS)
        losses = [loss(points[count], x, y) for count in REPORTED]
        numbers |= {f"{name}_path": points[::DRAWN].round(6).tolist(), f"{name}_losses": losses}
        walked = "，".join(f"{count} 步 {value:.4f}" for count, value in zip(REPORTED, losses))
        print(f"从 {start} 出发，J：{walked}")
    left, middle = second_derivative(-1.0), second_derivative(0.0)
    print(f"x = y = 1 时 J 的二阶导数：θ = -1 处 {left:.4f}，θ = 0 处 {middle:.4f}")
    return numbers


# --8<-- [end:main]


# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]

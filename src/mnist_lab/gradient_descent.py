"""§4.2 的三个公式，只用 NumPy：一个逻辑单元，梯度下降，分辨手写数字 0 与 1"""

# --8<-- [start:imports]
import numpy as np

# --8<-- [end:imports]
from mnist_lab.data import flatten, load_mnist, scale

# --8<-- [start:settings]
ALPHA = 0.5  # 学习率 α，一步走多远
STEPS = 300  # 走多少步，每一步都用全部训练图像
REPORTED = [0, 1, 10, 100, 300]  # 打印走完这么多步时的损失
SWEEP_ALPHAS = [0.01, 0.1, 1.0, 10.0, 100.0, 1000.0]  # 另外比较的学习率，相邻的差十倍左右
SWEEP_STEPS = 60  # 比较时只走这么多步，免得整个程序跑得太久
# --8<-- [end:settings]


# --8<-- [start:zeros_and_ones]
def zeros_and_ones(images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """只留数字 0 与 1，每行前面补一个 x₀ = 1，让 θ₀ 充当偏置

    images：uint8，(n, 28, 28)；labels：uint8，(n,)，0–9
    返回 x：float32，(m, 785)，0–1；y：float32，(m,)，0 或 1
    """
    chosen = labels <= 1
    pixels = scale(flatten(images[chosen]))  # (m, 784)
    ones = np.ones((len(pixels), 1), dtype=np.float32)  # (m, 1)
    return np.hstack([ones, pixels]), labels[chosen].astype(np.float32)  # (m, 785), (m,)


# --8<-- [end:zeros_and_ones]


# --8<-- [start:sigmoid]
def sigmoid(z: np.ndarray) -> np.ndarray:
    """σ(z) = 1 / (1 + e⁻ᶻ)，形状不变，0–1

    写成 exp(−ln(1 + e⁻ᶻ))：直接算 e⁻ᶻ，z 很小时会溢出
    """
    return np.exp(-np.logaddexp(0, -z))


# --8<-- [end:sigmoid]


# --8<-- [start:hypothesis]
def hypothesis(theta: np.ndarray, x: np.ndarray) -> np.ndarray:
    """h_θ(x) = σ(θᵀx)，一次算 m 张图像：theta (785,)，x (m, 785)，返回 (m,)，0–1"""
    return sigmoid(x @ theta)


# --8<-- [end:hypothesis]


# --8<-- [start:loss]
def loss(theta: np.ndarray, x: np.ndarray, y: np.ndarray) -> float:
    """J(θ) = 1/m Σ (h − y)²"""
    return float(np.mean((hypothesis(theta, x) - y) ** 2))


# --8<-- [end:loss]


# --8<-- [start:gradient]
def gradient(theta: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """∂J/∂θ = 2/m Σ (h − y) h (1 − h) x，形状与 theta 相同

    h (1 − h) 是 σ 的导数，换一个激活函数就不是它了
    """
    h = hypothesis(theta, x)  # (m,)
    return 2 / len(y) * ((h - y) * h * (1 - h)) @ x  # (m,) @ (m, 785) → (785,)


# --8<-- [end:gradient]


# --8<-- [start:step]
def step(theta: np.ndarray, x: np.ndarray, y: np.ndarray, *, alpha: float) -> np.ndarray:
    """θₜ₊₁ = θₜ − α ∂J/∂θ，梯度取在 θₜ 处"""
    return theta - alpha * gradient(theta, x, y)


# --8<-- [end:step]


# --8<-- [start:descend]
def descend(
    theta: np.ndarray, x: np.ndarray, y: np.ndarray, *, alpha: float, steps: int
) -> tuple[np.ndarray, list[float]]:
    """从 theta 出发走 steps 步，返回终点与损失：出发时一个，每步之后一个"""
    losses = [loss(theta, x, y)]
    for _ in range(steps):
        theta = step(theta, x, y, alpha=alpha)
        losses.append(loss(theta, x, y))
    return theta, losses


# --8<-- [end:descend]


# --8<-- [start:accuracy]
def accuracy(theta: np.ndarray, x: np.ndarray, y: np.ndarray) -> float:
    """h ≥ 0.5 认作 1，否则认作 0；返回认对的比例"""
    return float(np.mean((hypothesis(theta, x) >= 0.5) == y))


# --8<-- [end:accuracy]


# --8<-- [start:main]
def main(seed: int = 0) -> dict[str, float | list[float]]:
    """训练、比较学习率、在测试集上算一次准确率；seed 决定出发点 θ₀"""
    train, test = load_mnist()
    x, y = zeros_and_ones(*train)
    x_test, y_test = zeros_and_ones(*test)
    start = np.random.default_rng(seed).normal(0, 0.01, x.shape[1:]).astype(np.float32)
    theta, losses = descend(start, x, y, alpha=ALPHA, steps=STEPS)
    for count in REPORTED:
        print(f"走 {count:3d} 步：J = {losses[count]:.5f}")
    final_losses = []
    for alpha in SWEEP_ALPHAS:
        final_losses.append(descend(start, x, y, alpha=alpha, steps=SWEEP_STEPS)[1][-1])
        print(f"α = {alpha:7.2f}，走 {SWEEP_STEPS} 步：J = {final_losses[-1]:.5f}")
    test_accuracy = accuracy(theta, x_test, y_test)
    print(f"测试集 {len(y_test)} 张 0 与 1，认对 {test_accuracy:.2%}")
    return {
        "train_images": len(y),
        "test_images": len(y_test),
        "parameters": len(theta),
        "losses": [losses[count] for count in REPORTED],
        "curve": losses[::10],  # 画曲线用，每十步一个
        "sweep_losses": final_losses,
        "test_accuracy": test_accuracy,
        "test_errors": round((1 - test_accuracy) * len(y_test)),
    }


# --8<-- [end:main]

# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]

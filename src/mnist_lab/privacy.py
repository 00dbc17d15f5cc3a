"""差分隐私训练：逐样本裁剪梯度再加噪声（DP-SGD），看准确率随 ε 怎样变；NumPy 与 dp-accounting"""

# --8<-- [start:threads]
import os

# 矩阵很小，多线程等待的时间比计算还长；要在导入 NumPy 之前设
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# --8<-- [end:threads]
# --8<-- [start:imports]
import numpy as np
from dp_accounting import GaussianDpEvent, PoissonSampledDpEvent
from dp_accounting.pld import PLDAccountant

# --8<-- [end:imports]
from mnist_lab.data import flatten, load_mnist, scale
from mnist_lab.network import Layer, accuracy, forward, gradients, initialise

# --8<-- [start:settings]
SIZES = (784, 128, 10)  # 各层的单元数，与正文的网络相同
TRAINING = 50_000  # 训练用的图像张数；其余 10,000 张不参加训练，用来验证，也用来攻击
BATCH_SIZE = 1000  # 每步抽中的图像张数的期望
STEPS = 400  # 更新次数
CLIP = 1.0  # 每张图像的梯度的范数上限
DELTA = 1e-5  # δ，应小于 1 / TRAINING
# 噪声倍数 → 学习率；None 是普通训练，不裁剪也不加噪声；0 是只裁剪，学习率与噪声倍数 1 的相同
# 学习率各从 0.5、1、2、4、8、16 里选，取验证准确率最高的
LEARNING_RATES: dict[float | None, float] = {None: 1.0, 1.0: 8.0, 2.0: 4.0, 4.0: 1.0, 0.0: 8.0}
# --8<-- [end:settings]


# --8<-- [start:part]
Pair = tuple[np.ndarray, np.ndarray]


def part(images: np.ndarray, labels: np.ndarray, seed: int) -> tuple[Pair, Pair]:
    """打乱，TRAINING 张训练，其余验证；不打乱，两边的图像难易不同，攻击就量不准"""
    order = np.random.default_rng(seed).permutation(len(labels))  # (m,)
    kept, held = order[:TRAINING], order[TRAINING:]
    return (images[kept], labels[kept]), (images[held], labels[held])


# --8<-- [end:part]


# --8<-- [start:sample]
def sample(count: int, rng: np.random.Generator) -> np.ndarray:
    """泊松抽样：每张图像各自以 BATCH_SIZE / count 的概率入选，返回选中的下标；张数每次不同"""
    return np.flatnonzero(rng.random(count) < BATCH_SIZE / count)


# --8<-- [end:sample]


# --8<-- [start:clip]
def clipped_sum(layers: list[Layer], images: np.ndarray, labels: np.ndarray) -> list[Layer]:
    """把每张图像的梯度裁剪到范数不超过 CLIP，再相加；不必逐张求出梯度

    一层的输入是 x、输出处的误差是 e，一张图像对这一层的梯度就是外积 x eᵀ 与 e
    它的范数的平方是 (|x|² + 1) |e|²
    images：(m, 784)，float32，0–1；labels：(m,)；返回的形状与 layers 相同
    """
    received, error = forward(layers, images)
    error[np.arange(len(labels)), labels] -= 1  # (m, 10)，最后一层的误差 p − y
    errors = [error]
    for layer in range(len(layers) - 1, 0, -1):  # 从后往前，求出每一层的误差
        errors.insert(0, (errors[0] @ layers[layer][0].T) * (received[layer] > 0))
    squares = np.zeros(len(labels), images.dtype)  # 每张图像的梯度的范数的平方
    for x, e in zip(received, errors):
        squares += ((x**2).sum(axis=1) + 1) * (e**2).sum(axis=1)
    factors = CLIP / np.maximum(np.sqrt(squares), CLIP)  # 范数不超过 CLIP 的，因子是 1
    clipped = [e * factors[:, np.newaxis] for e in errors]
    return [(x.T @ e, e.sum(axis=0)) for x, e in zip(received, clipped)]


# --8<-- [end:clip]


# --8<-- [start:noise]
def add_noise(total: list[Layer], noise: float, rng: np.random.Generator) -> list[Layer]:
    """给总和的每个分量加上标准差为 noise × CLIP 的正态噪声，再除以期望张数 BATCH_SIZE"""
    blurred = []
    for weights, bias in total:
        weights_noise = noise * CLIP * rng.standard_normal(weights.shape, np.float32)
        bias_noise = noise * CLIP * rng.standard_normal(bias.shape, np.float32)
        blurred.append(((weights + weights_noise) / BATCH_SIZE, (bias + bias_noise) / BATCH_SIZE))
    return blurred


# --8<-- [end:noise]


# --8<-- [start:train]
def train(
    images: np.ndarray, labels: np.ndarray, noise: float | None, learning_rate: float, seed: int
) -> list[Layer]:
    """训练 STEPS 步；noise 为 None 时是普通训练；images：(m, 784)，float32，0–1；labels：(m,)"""
    rng = np.random.default_rng(seed)
    layers = initialise(SIZES, rng)
    for _ in range(STEPS):
        chosen = sample(len(labels), rng)
        batch = images[chosen], labels[chosen]
        if noise is None:
            slopes = gradients(layers, *batch)
        else:
            slopes = add_noise(clipped_sum(layers, *batch), noise, rng)
        for layer, slope in zip(layers, slopes):
            for array, change in zip(layer, slope):
                array -= learning_rate * change
    return layers


# --8<-- [end:train]


# --8<-- [start:epsilon]
def epsilon(noise: float | None, count: int) -> float | None:
    """从 count 条记录里抽样、更新 STEPS 次之后的 ε；不加噪声就没有 ε，返回 None

    相邻的两个数据集指相差一条记录（多一条或少一条），δ 取 DELTA
    由 dp-accounting 按隐私损失分布来算
    """
    if not noise:
        return None
    step = PoissonSampledDpEvent(min(BATCH_SIZE / count, 1), GaussianDpEvent(noise))
    return float(PLDAccountant().compose(step, STEPS).get_epsilon(DELTA))


# --8<-- [end:epsilon]


# --8<-- [start:attack]
def losses(layers: list[Layer], images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """每张图像的交叉熵，(m,)：正确数字的概率取负对数"""
    _, probabilities = forward(layers, images)  # (m, 10)
    chosen = probabilities[np.arange(len(labels)), labels]
    return -np.log(np.maximum(chosen, np.finfo(chosen.dtype).tiny))


def attack(layers: list[Layer], members: Pair, others: Pair) -> float:
    """成员推断：损失小的，就猜它参加过训练；members 参加过，others 没有

    返回 AUC：随便取一张参加过的、一张没参加过的，前者损失更小的概率，相等算一半；瞎猜是 0.5
    """
    inside, outside = losses(layers, *members), np.sort(losses(layers, *others))
    smaller = np.searchsorted(outside, inside, side="left")  # (m,)，没参加过的里损失更小的张数
    no_larger = np.searchsorted(outside, inside, side="right")
    return float(1 - (smaller + no_larger).mean() / (2 * len(outside)))


# --8<-- [end:attack]


# --8<-- [start:memorise]
FEW = 500  # 小训练集的张数：背得下来
FEW_NOISE = 20.0  # 小训练集上 DP-SGD 的噪声倍数
# 小训练集上的学习率，也是用验证图像试出来的
FEW_RATES: dict[float | None, float] = {None: 1.0, FEW_NOISE: 0.5}


def memorise(training: Pair, others: Pair, seed: int) -> dict[str, float | None]:
    """只用 FEW 张图像训练，普通地一次，DP-SGD 一次，各攻击一次；others：没参加训练的图像"""
    few = training[0][:FEW], training[1][:FEW]
    numbers: dict[str, float | None] = {"few_epsilon": epsilon(FEW_NOISE, FEW)}
    for noise, learning_rate in FEW_RATES.items():
        layers = train(*few, noise, learning_rate, seed)
        learned, right = accuracy(layers, *few), accuracy(layers, *others)
        auc = attack(layers, few, others)
        print(f"{FEW} 张图像，{'DP-SGD' if noise else '普通训练'}", end="：")
        print(f"学过的认对 {learned:.2%}，没学过的认对 {right:.2%}，攻击的 AUC {auc:.3f}")
        name = "few_private" if noise else "few"
        numbers |= {f"{name}_training": learned, f"{name}_accuracy": right, f"{name}_auc": auc}
    return numbers


# --8<-- [end:memorise]


# --8<-- [start:main]
def main(seed: int = 0) -> dict[str, float | list[float | None] | None]:
    """对每个噪声倍数训练一次，攻击一次，打印 ε 与测试准确率；再用很少的图像训练、攻击"""
    (x_train, y_train), (x_test, y_test) = load_mnist()
    training, validation = part(scale(flatten(x_train)), y_train, seed)  # (60000, 784)
    test = scale(flatten(x_test)), y_test  # (10000, 784)
    columns: dict[str, list[float | None]] = {}
    for noise, learning_rate in LEARNING_RATES.items():
        layers, spent = train(*training, noise, learning_rate, seed), epsilon(noise, TRAINING)
        right, auc = accuracy(layers, *test), attack(layers, training, validation)
        name = "普通训练" if noise is None else "只裁剪，不加噪声"
        name = f"噪声倍数 {noise:.0f}，ε = {spent:.2f}" if noise else name
        print(f"{name}：测试准确率 {right:.2%}，攻击的 AUC {auc:.3f}")
        row = {"noise": noise, "epsilon": spent, "learning_rate": learning_rate}
        row |= {"validation_accuracy": accuracy(layers, *validation)}
        for key, value in (row | {"test_accuracy": right, "auc": auc}).items():
            columns.setdefault(key, []).append(value)
    return {**columns, **memorise(training, validation, seed)}


# --8<-- [end:main]


# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]

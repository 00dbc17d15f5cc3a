"""四种缩放：原始 0–255、除以 255、整体标准化、逐像素标准化，同一个网络各训练五个轮次；只用 NumPy"""

# --8<-- [start:threads]
import os

# 矩阵很小，多线程等待的时间比计算还长；要在导入 NumPy 之前设
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# --8<-- [end:threads]
# --8<-- [start:imports]
from collections.abc import Callable

import numpy as np

# --8<-- [end:imports]
from mnist_lab.data import Pair, flatten, load_mnist, scale, standardise
from mnist_lab.network import accuracy, adam, batches, gradients, initialise, zero_averages

# --8<-- [start:settings]
SIZES = (784, 128, 10)  # 各层的单元数，与正文的网络相同
VALIDATION = 10_000  # 训练集末尾留作验证集的图像张数
BATCH_SIZE = 128  # 每次更新看的图像张数
EPOCHS = 5  # 轮次，与正文的程序相同
FEW_STEPS = (50, 100, 200)  # 第一个轮次之内另看的几个时刻，单位是更新次数
LEARNING_RATE = 0.001  # Keras 里 Adam 的默认值，四种缩放都用它
# --8<-- [end:settings]


# --8<-- [start:per_pixel]
def standardise_pixels(images: np.ndarray, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    """逐像素标准化：每个像素减去自己的均值，除以自己的标准差

    images：uint8，(m, 784)；mean、std：(784,)，取自训练用的图像；返回 float32，(m, 784)
    """
    # 从不变化的像素标准差为 0，0/0 得 NaN，一个 NaN 就会毁掉整个网络：除数改为 1，这些像素恒为 0
    safe = np.where(std == 0, 1, std)
    return ((images - mean) / safe).astype(np.float32)


def pixel_statistics(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """每个像素在全部图像里的均值与标准差：uint8，(m, 784) → 两个 float64，(784,)"""
    return images.mean(axis=0), images.std(axis=0)


# --8<-- [end:per_pixel]


# --8<-- [start:scalings]
def scalings(fitted: np.ndarray) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """四种缩放，各是一个函数：uint8，(m, 784) → float32，(m, 784)

    fitted：训练用的图像，统计量只取自它；验证集与测试集不得参与
    """
    mean, std = float(fitted.mean()), float(fitted.std())
    pixel_mean, pixel_std = pixel_statistics(fitted)
    return {
        "raw": lambda images: images.astype(np.float32),
        "unit": scale,
        "global": lambda images: standardise(images, mean, std),
        "pixel": lambda images: standardise_pixels(images, pixel_mean, pixel_std),
    }


# --8<-- [end:scalings]


# --8<-- [start:train]
def learning_curve(
    training: Pair, validation: Pair, test: Pair, seed: int
) -> tuple[list[int], list[float], float]:
    """训练五个轮次，返回看过的时刻、那时的验证准确率，以及最后只算一次的测试准确率"""
    rng = np.random.default_rng(seed)  # 四种缩放的初始参数与批次顺序完全相同
    layers = initialise(SIZES, rng)
    averages = zero_averages(layers)
    images, labels = training
    per_epoch = -(-len(labels) // BATCH_SIZE)  # 每个轮次的批数，向上取整
    steps, curve = [], []
    for step, chosen in enumerate(batches(len(labels), BATCH_SIZE, EPOCHS, rng), start=1):
        slopes = gradients(layers, images[chosen], labels[chosen])
        adam(layers, slopes, averages, step=step, rate=LEARNING_RATE)
        if step in FEW_STEPS or step % per_epoch == 0:
            steps.append(step)
            curve.append(accuracy(layers, *validation))
    return steps, curve, accuracy(layers, *test)


# --8<-- [end:train]


# --8<-- [start:main]
NAMES = {"raw": "原始 0–255", "unit": "除以 255", "global": "整体标准化", "pixel": "逐像素标准化"}


def main(seed: int = 0) -> dict[str, float | list[int] | list[float]]:
    """四种缩放各训练一次，打印验证与测试准确率"""
    (x_train, y_train), (x_test, y_test) = load_mnist()
    pixels = flatten(x_train)  # (60000, 784)
    fitted, held_out = pixels[:-VALIDATION], pixels[-VALIDATION:]
    numbers: dict[str, float | list[int] | list[float]] = {
        "unit_mean": float(pixels.mean() / 255),
        "unit_std": float(pixels.std() / 255),
        "dead_pixels": int((pixels.max(axis=0) == pixels.min(axis=0)).sum()),
        "dead_pixels_fitted": int((fitted.max(axis=0) == fitted.min(axis=0)).sum()),
    }
    for name, rescale in scalings(fitted).items():
        training = rescale(fitted), y_train[:-VALIDATION]
        validation = rescale(held_out), y_train[-VALIDATION:]
        test = rescale(flatten(x_test)), y_test
        steps, curve, test_accuracy = learning_curve(training, validation, test, seed)
        numbers |= {"steps": steps, f"{name}_validation": curve, f"{name}_test": test_accuracy}
        numbers[f"{name}_largest"] = float(np.abs(test[0]).max())
        few = f"第 {FEW_STEPS[1]} 步 {curve[1]:.2%}，五个轮次后 {curve[-1]:.2%}"
        print(f"{NAMES[name]}：验证准确率 {few}；测试准确率 {test_accuracy:.2%}")
    return numbers


# --8<-- [end:main]


# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]

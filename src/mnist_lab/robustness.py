"""换一种样子还认得吗：把测试图像平移、黑白反转，再看准确率；逻辑回归作对照；只用 NumPy"""

# --8<-- [start:threads]
import os

# 矩阵很小，多线程等待的时间比计算还长；要在导入 NumPy 之前设
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# --8<-- [end:threads]
# --8<-- [start:imports]
import numpy as np

# --8<-- [end:imports]
from mnist_lab.data import flatten, load_mnist, scale
from mnist_lab.network import (
    Layer,
    accuracy,
    adam,
    batches,
    count_parameters,
    gradients,
    initialise,
    zero_averages,
)

# --8<-- [start:settings]
EPOCHS = 5  # 轮次，与正文的程序相同
BATCH_SIZE = 32  # 每次更新看的图像张数，与正文的程序相同
LEARNING_RATE = 0.001  # Keras 里 Adam 的默认值
# 每走一个像素，行与列各变多少
DIRECTIONS = {"右": (0, 1), "左": (0, -1), "下": (1, 0), "上": (-1, 0)}
# --8<-- [end:settings]


# --8<-- [start:disturb]
def shift(images: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """向下移 rows 个像素，向右移 columns 个像素；移出边框的丢掉，空出来的填 0

    images：uint8，(m, 28, 28)；rows、columns 为负时移向上、左；返回同样的形状与类型
    """
    height, width = images.shape[1:]
    margin = max(abs(rows), abs(columns))
    padded = np.pad(images, ((0, 0), (margin, margin), (margin, margin)))  # 四周各添 margin 圈 0
    top, left = margin - rows, margin - columns
    return padded[:, top : top + height, left : left + width]  # (m, 28, 28)


def invert(images: np.ndarray) -> np.ndarray:
    """黑白反转：黑底白字变成白底黑字，uint8，形状不变"""
    return 255 - images


# --8<-- [end:disturb]


# --8<-- [start:train]
def train(sizes: tuple[int, ...], images: np.ndarray, labels: np.ndarray, seed: int) -> list[Layer]:
    """按正文的设置训练：五个轮次，每批 32 张，Adam；images：(m, 784)，float32，0–1"""
    rng = np.random.default_rng(seed)
    layers = initialise(sizes, rng)
    averages = zero_averages(layers)
    for step, chosen in enumerate(batches(len(labels), BATCH_SIZE, EPOCHS, rng), start=1):
        slopes = gradients(layers, images[chosen], labels[chosen])
        adam(layers, slopes, averages, step=step, rate=LEARNING_RATE)
    return layers


# --8<-- [end:train]


# --8<-- [start:evaluate]
def evaluate(layers: list[Layer], images: np.ndarray, labels: np.ndarray) -> float:
    """在 uint8 图像 (m, 28, 28) 上的准确率；预处理与训练时相同"""
    return accuracy(layers, scale(flatten(images)), labels)


def shifted_accuracies(
    layers: list[Layer], images: np.ndarray, labels: np.ndarray, pixels: int
) -> list[float]:
    """朝右、左、下、上各平移 pixels 个像素后的准确率"""
    moves = [(pixels * rows, pixels * columns) for rows, columns in DIRECTIONS.values()]
    return [evaluate(layers, shift(images, *move), labels) for move in moves]


def ink_kept(images: np.ndarray, pixels: int) -> float:
    """平移 pixels 个像素后还留在图像里的笔迹的比例，四个方向平均"""
    moves = [(pixels * rows, pixels * columns) for rows, columns in DIRECTIONS.values()]
    return float(np.mean([shift(images, *move).sum() for move in moves]) / images.sum())


# --8<-- [end:evaluate]


# --8<-- [start:main]
def main(seed: int = 0) -> dict[str, float | list[float]]:
    """训练网络与逻辑回归，在原样、平移与黑白反转的测试图像上各算一次准确率"""
    (x_train, y_train), (x_test, y_test) = load_mnist()
    inputs = scale(flatten(x_train))  # (60000, 784)
    network = train((784, 128, 10), inputs, y_train, seed)
    logistic = train((784, 10), inputs, y_train, seed)  # 去掉隐藏层，就是逻辑回归
    by_2 = shifted_accuracies(network, x_test, y_test, 2)
    by_4 = shifted_accuracies(network, x_test, y_test, 4)
    numbers: dict[str, float | list[float]] = {
        "parameters": count_parameters(network),
        "accuracy": evaluate(network, x_test, y_test),
        "shifted_2_accuracy": float(np.mean(by_2)),
        "shifted_2_by_direction": by_2,
        "shifted_4_accuracy": float(np.mean(by_4)),
        "shifted_4_by_direction": by_4,
        "shifted_4_ink_kept": ink_kept(x_test, 4),
        "inverted_accuracy": evaluate(network, invert(x_test), y_test),
        "logistic_parameters": count_parameters(logistic),
        "logistic_accuracy": evaluate(logistic, x_test, y_test),
    }
    print(f"网络（{numbers['parameters']:,} 个参数）：原样 {numbers['accuracy']:.2%}")
    two, four = numbers["shifted_2_accuracy"], numbers["shifted_4_accuracy"]
    print(f"平移 2 像素 {two:.2%}，平移 4 像素 {four:.2%}（四个方向平均）")
    ink, inverted = numbers["shifted_4_ink_kept"], numbers["inverted_accuracy"]
    print(f"平移 4 像素后笔迹还留下 {ink:.2%}；黑白反转 {inverted:.2%}")
    count, right = numbers["logistic_parameters"], numbers["logistic_accuracy"]
    print(f"逻辑回归（{count:,} 个参数）：原样 {right:.2%}")
    return numbers


# --8<-- [end:main]


# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]

"""§5 的网络：784→128→10 的全连接网络，在全部 MNIST 上训练、评估、保存、再用"""

from mnist_lab.data import flatten, load_mnist, scale
from mnist_lab.quiet import start_keras

start_keras()

# --8<-- [start:imports]
import math
import os
from pathlib import Path

# 都须在导入 keras 之前
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow 启动时少说几句
os.environ["KERAS_BACKEND"] = "tensorflow"  # 不管读者自己的 Keras 设置

import keras
import numpy as np

# 这两个值也可能在读者自己的 keras.json 里改过，这里取默认值
keras.config.set_floatx("float32")
keras.config.set_epsilon(1e-7)

# --8<-- [end:imports]

# --8<-- [start:settings]
PIXELS = 784  # 输入层：28 × 28 个像素
HIDDEN = 128  # 隐藏单元的个数，与原文相同
CLASSES = 10  # 输出层：数字 0–9 各一个
EPOCHS = 5  # 轮次：全部训练图像看几遍，与原文相同
BATCH_SIZE = 32  # 小批量的张数，Keras 的默认值，写明它是因为更新次数由它决定
# --8<-- [end:settings]


# --8<-- [start:build]
def build() -> keras.Sequential:
    """搭好网络并选定优化器、损失函数与指标，尚未训练

    输入 (m, 784)，0–1；输出 (m, 10)，每行是十个数字的概率，和为 1
    """
    model = keras.Sequential(
        [
            keras.Input(shape=(PIXELS,)),
            keras.layers.Dense(HIDDEN, activation="relu"),  # (m, 784) → (m, 128)
            keras.layers.Dense(CLASSES, activation="softmax"),  # (m, 128) → (m, 10)
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# --8<-- [end:build]


# --8<-- [start:train]
def train(
    x: np.ndarray, y: np.ndarray, *, seed: int = 0
) -> tuple[keras.Sequential, dict[str, list[float]]]:
    """训练一个新网络，返回它与每个轮次的 loss、accuracy

    x：float32，(m, 784)，0–1；y：整数，(m,)，0–9，不是独热编码
    seed 决定初始权重与图像的次序；同一台机器上，同一个 seed 给出逐位相同的权重
    """
    keras.utils.set_random_seed(seed)
    model = build()
    history = model.fit(x, y, epochs=EPOCHS, batch_size=BATCH_SIZE)
    return model, history.history


# --8<-- [end:train]


# --8<-- [start:evaluate]
def evaluate(model: keras.Sequential, x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """返回平均损失与准确率；x、y 同 train"""
    loss, accuracy = model.evaluate(x, y, verbose=0)
    return loss, accuracy


# --8<-- [end:evaluate]


# --8<-- [start:save]
def save(model: keras.Sequential, path: str | Path) -> None:
    """存为一个 .keras 文件：结构、权重、优化器的状态"""
    model.save(path)


# --8<-- [end:save]


# --8<-- [start:load]
def load(path: str | Path) -> keras.Sequential:
    """读回 save 存的网络，可以接着用，也可以接着训练"""
    return keras.saving.load_model(path)


# --8<-- [end:load]


# --8<-- [start:predict]
def predict(model: keras.Sequential, image: np.ndarray) -> tuple[int, np.ndarray]:
    """读一张图像，返回最可能的数字与十个数字的概率

    image：uint8，(28, 28)，与 MNIST 一样黑底白字；概率：float32，(10,)，和为 1
    异常：ValueError
    """
    if image.shape != (28, 28):
        raise ValueError(f"图像的形状不对；见到 {image.shape}；应为 (28, 28)；请给一张灰度图像")
    batch = scale(flatten(image[np.newaxis]))  # (28, 28) → (1, 28, 28) → (1, 784)
    probabilities = model.predict(batch, verbose=0)[0]  # (1, 10) → (10,)
    return int(probabilities.argmax()), probabilities


# --8<-- [end:predict]


# --8<-- [start:confusion]
def confusion(labels: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """混淆矩阵，(10, 10)：第 i 行第 j 列是标签为 i、认作 j 的张数"""
    matrix = np.zeros((CLASSES, CLASSES), dtype=int)
    np.add.at(matrix, (labels, predictions), 1)  # matrix[labels, predictions] += 1 会漏数重复的下标
    return matrix


# --8<-- [end:confusion]


# --8<-- [start:misread]
def misread(labels: np.ndarray, probabilities: np.ndarray, *, count: int) -> dict[str, list[float]]:
    """认错的图像里最靠前的 count 张：下标、标签、认成了什么、给了它多大的概率

    labels：(m,)，0–9；probabilities：(m, 10)
    """
    predictions = probabilities.argmax(axis=1)  # (m,)
    index = np.flatnonzero(predictions != labels)[:count]
    return {
        "misread_index": index.tolist(),
        "misread_label": labels[index].tolist(),
        "misread_prediction": predictions[index].tolist(),
        "misread_probability": probabilities[index].max(axis=1).tolist(),
    }


# --8<-- [end:misread]


# --8<-- [start:main]
def main(seed: int = 0) -> dict[str, float | list[float] | list[list[int]]]:
    """训练，存盘，读回，在全部测试图像上评估一次"""
    (images, labels), (test_images, test_labels) = load_mnist()
    model, history = train(scale(flatten(images)), labels, seed=seed)
    save(model, "mnist.keras")
    model = load("mnist.keras")
    x = scale(flatten(test_images))  # (10000, 784)
    test_loss, test_accuracy = evaluate(model, x, test_labels)
    probabilities = model.predict(x, verbose=0)  # (10000, 10)
    matrix = confusion(test_labels, probabilities.argmax(axis=1))
    errors = len(test_labels) - int(matrix.trace())
    print(f"测试集：损失 {test_loss:.4f}，准确率 {test_accuracy:.2%}，认错 {errors} 张")
    digit, one = predict(model, test_images[0])
    print(f"第一张测试图像：标签 {test_labels[0]}，认作 {digit}，概率 {one[digit]:.4f}")
    return {
        "parameters": model.count_params(),
        "updates_per_epoch": math.ceil(len(images) / BATCH_SIZE),
        "epoch_loss": history["loss"],
        "epoch_accuracy": history["accuracy"],
        "test_loss": test_loss,
        "test_accuracy": test_accuracy,
        "test_errors": errors,
        "confusion": matrix.tolist(),
        **misread(test_labels, probabilities, count=12),
    }


# --8<-- [end:main]

# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]

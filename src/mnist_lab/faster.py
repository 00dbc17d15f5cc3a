"""更快：同一个网络，同样准，换批大小与学习率，训练只要几分之一的时间；再试小卷积网络"""

# --8<-- [start:environment]
import os

# 都须在导入 keras 之前
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow 启动时少说几句
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")  # 矩阵很小，多线程只会互相等待
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
os.environ["KERAS_BACKEND"] = "tensorflow"  # 不管读者自己的 Keras 设置

# --8<-- [end:environment]
from mnist_lab.data import flatten, load_mnist, scale
from mnist_lab.quiet import start_keras
from mnist_lab.selection import Pair, split

start_keras()

# --8<-- [start:imports]
import math
import time
from dataclasses import dataclass

import keras
import numpy as np

# 这三个值也可能在读者自己的 keras.json 里改过，这里取默认值
keras.config.set_floatx("float32")
keras.config.set_epsilon(1e-7)
keras.config.set_image_data_format("channels_last")

# --8<-- [end:imports]


# --8<-- [start:settings]
@dataclass(frozen=True)
class Plan:  # 一次训练怎样走
    batch_size: int  # 小批量的张数
    rate: float  # 学习率，降的时候是起点
    falling: bool  # 学习率是否按余弦曲线降到 0
    epochs: int  # 轮次


VALIDATION = 10000  # 从训练集里留出的张数，各种走法用它来比
BATCH_SIZE = 256  # 小批量的张数
TRIED = (
    Plan(BATCH_SIZE, 0.001, False, 5),  # 只把批放大，学习率还是 Keras 的默认值
    Plan(BATCH_SIZE, 0.003, True, 5),
    Plan(BATCH_SIZE, 0.01, True, 5),
    Plan(BATCH_SIZE, 0.03, True, 5),
)
STEPS = 50  # 一次连走多少步才回到 Python；不改变结果
CONVOLUTION = Plan(128, 0.006, True, 3)  # 小卷积网络的走法
# --8<-- [end:settings]


# --8<-- [start:dense]
def dense() -> keras.Sequential:
    """784 → 128 → 10，与文章里的网络相同；输入 (m, 784)，0–1"""
    hidden = keras.layers.Dense(128, activation="relu")
    output = keras.layers.Dense(10, activation="softmax")
    return keras.Sequential([keras.Input((784,)), hidden, output])


# --8<-- [end:dense]


# --8<-- [start:train]
def train(model: keras.Sequential, images: np.ndarray, labels: np.ndarray, plan: Plan) -> float:
    """照 plan 训练 model，返回用去的秒数

    images：float32，(m, 784)，0–1；labels：(m,)，0–9
    """
    updates = plan.epochs * math.ceil(len(labels) / plan.batch_size)
    falling = keras.optimizers.schedules.CosineDecay(plan.rate, updates)
    adam = keras.optimizers.Adam(falling if plan.falling else plan.rate)
    model.compile(
        adam,
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=STEPS,
    )
    started = time.perf_counter()
    model.fit(images, labels, batch_size=plan.batch_size, epochs=plan.epochs, verbose=0)
    return time.perf_counter() - started


# --8<-- [end:train]


# --8<-- [start:accuracy]
def accuracy(model: keras.Sequential, images: np.ndarray, labels: np.ndarray) -> float:
    """概率最大的数字等于标签的比例，在 0 与 1 之间"""
    probabilities = np.asarray(model(images))  # (m, 10)
    return float((probabilities.argmax(axis=1) == labels).mean())


# --8<-- [end:accuracy]


# --8<-- [start:choose]
def choose(training: Pair, validation: Pair, seed: int) -> tuple[Plan, list[float]]:
    """每种走法从同一个种子出发，各训练一次，返回验证准确率最高的走法，与各自的准确率"""
    reached: list[float] = []
    for plan in TRIED:
        keras.utils.set_random_seed(seed)
        model = dense()
        seconds = train(model, *training, plan)
        reached.append(accuracy(model, *validation))
        course = "降到 0" if plan.falling else "不变"
        print(f"批 {plan.batch_size}，学习率 {plan.rate} {course}", end="：")
        print(f"{seconds:.1f} 秒，验证准确率 {reached[-1]:.2%}")
    return TRIED[int(np.argmax(reached))], reached


# --8<-- [end:choose]


# --8<-- [start:convolutional]
def convolutional() -> keras.Sequential:
    """三层步幅为 2 的卷积，每层之后批归一化与 ReLU；输入与输出同 dense"""
    layers = [keras.Input((784,)), keras.layers.Reshape((28, 28, 1))]
    for filters, size in ((16, 5), (32, 3), (64, 3)):  # 边长 28 → 14 → 7 → 4
        layers += [
            keras.layers.Conv2D(filters, size, strides=2, padding="same", use_bias=False),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
        ]
    layers += [keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    return keras.Sequential(layers)


# --8<-- [end:convolutional]


# --8<-- [start:main]
def main(seed: int = 0) -> dict[str, float | list[float]]:
    """在验证集上选走法，再用全部训练图像训练两个网络，测试集到最后才用"""
    (images, labels), (test_images, test_labels) = load_mnist()
    x = scale(flatten(images))  # (60000, 784)
    rng = np.random.default_rng(seed)
    chosen, reached = choose(*split(x, labels, VALIDATION, rng), seed)
    test = scale(flatten(test_images)), test_labels
    numbers: dict[str, float | list[float]] = {
        "rates": [plan.rate for plan in TRIED],
        "validation": reached,
        "chosen_rate": chosen.rate,
        "best_validation": max(reached),
        "updates": chosen.epochs * math.ceil(len(labels) / chosen.batch_size),
    }
    plans = {"dense": (dense, chosen), "convolutional": (convolutional, CONVOLUTION)}
    for name, (build, plan) in plans.items():
        keras.utils.set_random_seed(seed)
        model = build()
        numbers[f"{name}_seconds"] = train(model, x, labels, plan)
        numbers[f"{name}_accuracy"] = accuracy(model, *test)
        numbers[f"{name}_parameters"] = model.count_params()
        title = "同一个网络" if name == "dense" else "小卷积网络"
        print(f"{title}，{model.count_params():,} 个参数", end="：")
        print(f"{numbers[f'{name}_seconds']:.1f} 秒，测试准确率 {numbers[f'{name}_accuracy']:.2%}")
    return numbers


# --8<-- [end:main]

# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]

"""选择，而不是碰运气：留出验证集，提前停止，小规模搜索，测试集只用一次，再成对比较两个网络"""

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

start_keras()

# --8<-- [start:imports]
import itertools
import math
from dataclasses import dataclass

import keras
import numpy as np

# 这两个值也可能在读者自己的 keras.json 里改过，这里取默认值
keras.config.set_floatx("float32")
keras.config.set_epsilon(1e-7)

# --8<-- [end:imports]


# --8<-- [start:settings]
@dataclass(frozen=True)
class Settings:  # 一次训练的设置
    width: int  # 隐藏单元的个数
    rate: float  # 学习率
    epochs: int  # 最多的轮次


VALIDATION = 10000  # 从训练集里留出的张数，与测试集一样多
BATCH_SIZE = 512  # 小批量的张数
WIDTHS = (32, 128)  # 搜索：隐藏单元的个数
RATES = (0.0002, 0.002, 0.02)  # 搜索：学习率，依次乘 10
LONGEST = 10  # 搜索里最多的轮次
PATIENCE = 2  # 验证损失连续几个轮次没有新低，就停
OVERFITTED = Settings(128, 0.01, 12)  # 看过拟合：学得太久
LEVEL = 0.95  # 自助区间的置信水平
RESAMPLES = 10000  # 自助法重抽的遍数
PLAIN = Settings(128, 0.001, 5)  # 对照：原文的宽度与轮次，Keras 默认的学习率
# --8<-- [end:settings]


# --8<-- [start:split]
Pair = tuple[np.ndarray, np.ndarray]


def split(
    images: np.ndarray, labels: np.ndarray, count: int, rng: np.random.Generator
) -> tuple[Pair, Pair]:
    """随机留出 count 张作验证集，返回 (训练图像, 标签), (验证图像, 标签)，两边没有同一张

    异常：ValueError
    """
    if not 0 < count < len(images):
        expected = f"应在 1 与 {len(images) - 1} 之间；请改 VALIDATION"
        raise ValueError(f"留出的张数不对；见到 {count}；{expected}")
    order = rng.permutation(len(images))  # (m,)
    held, kept = order[:count], order[count:]
    return (images[kept], labels[kept]), (images[held], labels[held])


# --8<-- [end:split]


# --8<-- [start:fit]
def fit(
    tried: Settings, training: Pair, validation: Pair, *, stop_early: bool, seed: int
) -> tuple[keras.Sequential, dict[str, list[float]]]:
    """从头训练一个网络，每个轮次之后量一次验证集；返回网络与各轮次的 loss、val_loss、val_accuracy

    图像：(m, 784)，float32，0–1；stop_early 时提前停止，返回验证损失最低的那个轮次的权重
    """
    keras.utils.set_random_seed(seed)
    hidden = keras.layers.Dense(tried.width, activation="relu")
    model = keras.Sequential(
        [keras.Input((784,)), hidden, keras.layers.Dense(10, activation="softmax")]
    )
    adam = keras.optimizers.Adam(tried.rate)
    model.compile(adam, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    stop = keras.callbacks.EarlyStopping("val_loss", patience=PATIENCE, restore_best_weights=True)
    history = model.fit(
        *training,
        batch_size=BATCH_SIZE,
        epochs=tried.epochs,
        validation_data=validation,
        validation_batch_size=1000,
        callbacks=[stop] if stop_early else [],
        verbose=0,
    )
    return model, history.history


# --8<-- [end:fit]


# --8<-- [start:search]
def search(
    training: Pair, validation: Pair, seed: int
) -> tuple[keras.Sequential, dict[str, list[float]]]:
    """每组设置训练一个网络，按验证准确率选出最好的；返回它，与每组的设置、准确率、轮次"""
    found: dict[str, list[float]] = {"width": [], "rate": [], "validation": [], "epochs": []}
    best = None
    for width, rate in itertools.product(WIDTHS, RATES):
        tried = Settings(width, rate, LONGEST)
        model, history = fit(tried, training, validation, stop_early=True, seed=seed)
        reached, epochs = float(right(model, *validation).mean()), len(history["loss"])
        if best is None or reached > max(found["validation"]):
            best = model
        for key, value in zip(found, (width, rate, reached, epochs)):
            found[key].append(value)
        print(f"宽 {width:3d}，学习率 {rate:.4f}：{epochs:2d} 个轮次，验证准确率 {reached:.2%}")
    return best, found


# --8<-- [end:search]


# --8<-- [start:right]
def right(model: keras.Sequential, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """每张图像认对了没有；布尔，(m,)"""
    probabilities = np.asarray(model(images))  # (m, 10)
    return probabilities.argmax(axis=1) == labels


# --8<-- [end:right]


# --8<-- [start:compare]
def mcnemar(only_first: int, only_second: int) -> float:
    """McNemar 精确检验的双侧 p 值：两个网络若一样好，只有一个认对的那些图像应当各占一半"""
    count, fewer = only_first + only_second, min(only_first, only_second)
    tail = sum(math.comb(count, k) for k in range(fewer + 1)) / 2**count
    return min(1.0, 2 * tail)


def bootstrap(
    only_first: int, only_second: int, total: int, rng: np.random.Generator
) -> tuple[float, float]:
    """准确率之差的自助区间：把 total 张图像有放回地重抽 RESAMPLES 遍

    差只取决于抽到几张「只有一个认对」的图像，所以直接抽这些张数，与逐张重抽的分布相同
    """
    shares = np.array([only_first, only_second, total - only_first - only_second]) / total
    counts = rng.multinomial(total, shares, size=RESAMPLES)  # (RESAMPLES, 3)
    differences = (counts[:, 0] - counts[:, 1]) / total  # (RESAMPLES,)
    low, high = np.quantile(differences, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


# --8<-- [end:compare]


# --8<-- [start:judge]
def judge(
    first: np.ndarray, second: np.ndarray, rng: np.random.Generator
) -> dict[str, int | float]:
    """成对比较：first、second 是两个网络在同一批图像上各认对了哪些，布尔，(m,)"""
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    low, high = bootstrap(only_first, only_second, len(first), rng)
    p = mcnemar(only_first, only_second)
    print(f"测试集：选出的 {first.mean():.2%}，对照 {second.mean():.2%}", end="；")
    print(f"只有前者认对 {only_first} 张，只有后者认对 {only_second} 张，p = {p:.2g}")
    return {
        "chosen_accuracy": float(first.mean()),
        "plain_accuracy": float(second.mean()),
        "only_chosen": only_first,
        "only_plain": only_second,
        "log10_p": math.log10(p),
        "low": low,
        "high": high,
    }


# --8<-- [end:judge]


# --8<-- [start:main]
def main(seed: int = 0) -> dict[str, float | list[float]]:
    """看一次过拟合，搜索，选定，然后才打开测试集，只用一次"""
    (images, labels), (test_images, test_labels) = load_mnist()
    rng = np.random.default_rng(seed)
    training, validation = split(scale(flatten(images)), labels, VALIDATION, rng)
    both = training, validation
    _, curve = fit(OVERFITTED, *both, stop_early=False, seed=seed)
    lowest = int(np.argmin(curve["val_loss"])) + 1
    print(f"不停地学 {len(curve['loss'])} 个轮次：训练损失 {curve['loss'][-1]:.4f}", end="，")
    print(f"验证损失 {curve['val_loss'][-1]:.4f}，它在第 {lowest} 个轮次最低")
    chosen, found = search(*both, seed)
    plain, _ = fit(PLAIN, *both, stop_early=False, seed=seed)
    test = scale(flatten(test_images)), test_labels  # 到这里才第一次用到测试集
    verdict = judge(right(chosen, *test), right(plain, *test), rng)
    best = int(np.argmax(found["validation"]))
    return {
        "loss": curve["loss"],
        "val_loss": curve["val_loss"],
        "val_accuracy": curve["val_accuracy"],
        "lowest_epoch": lowest,
        "lowest_val_loss": min(curve["val_loss"]),
        "validation": found["validation"],
        "epochs": found["epochs"],
        "best_validation": max(found["validation"]),
        "chosen_width": found["width"][best],
        "chosen_rate": found["rate"][best],
        **verdict,
    }


# --8<-- [end:main]

# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]

"""积分梯度：把网络对一张图像的得分分摊到每个像素，再检验分摊得对不对、有没有用；只用 NumPy"""

# --8<-- [start:threads]
import os

# 矩阵很小，多线程等待的时间比计算还长；要在导入 NumPy 之前设
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# --8<-- [end:threads]
# --8<-- [start:imports]
import numpy as np

# --8<-- [end:imports]
from mnist_lab.data import flatten, load_mnist, scale
from mnist_lab.incremental import SIZES, learn
from mnist_lab.network import Layer, accuracy, forward, initialise

# --8<-- [start:settings]
IMAGES = 1000  # 归因用的图像：测试集的前 1,000 张
STEPS = (8, 32, 128, 512)  # 积分分成的段数；归因本身用最后一个
REMOVED = 20  # 删除试验里涂黑的像素个数
NAMES = {
    "integrated": "积分梯度",
    "gradient_times_input": "导数乘像素",
    "gradient": "导数的绝对值",
    "random_ink": "随机的笔迹",
}
# --8<-- [end:settings]


# --8<-- [start:score]
def score(layers: list[Layer], images: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """F(x)：网络给每张图像的指定类别的得分，取 softmax 之前的

    images：(m, 784)；classes：(m,)；返回 (m,)
    """
    received, _ = forward(layers, images)
    weights, bias = layers[-1]
    return (received[-1] @ weights + bias)[np.arange(len(classes)), classes]


def input_gradient(layers: list[Layer], images: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """∂F/∂x：指定类别的得分对每个像素的导数，(m, 784)"""
    received, _ = forward(layers, images)
    slope = layers[-1][0].T[classes]  # (m, 128)
    for layer in range(len(layers) - 2, -1, -1):
        slope = (slope * (received[layer + 1] > 0)) @ layers[layer][0].T  # (m, 这一层的输入数)
    return slope


# --8<-- [end:score]


# --8<-- [start:integrate]
def integrated_gradients(
    layers: list[Layer], images: np.ndarray, classes: np.ndarray, steps: int
) -> np.ndarray:
    """积分梯度（Sundararajan 等，2017）：从全黑走到图像，一路上导数的平均，乘以像素值

    积分用中点法分成 steps 段；images：(m, 784)，float32，0–1；classes：(m,)；返回 (m, 784)
    """
    total = np.zeros_like(images)
    for step in range(steps):
        total += input_gradient(layers, images * ((step + 0.5) / steps), classes)
    return images * total / steps


def completeness_error(
    layers: list[Layer], images: np.ndarray, classes: np.ndarray, attribution: np.ndarray
) -> np.ndarray:
    """完备性误差 |Σ 归因 − (F(x) − F(全黑))| / |F(x) − F(全黑)|，恰好分完时是 0

    images、attribution：(m, 784)；classes：(m,)；返回 (m,)
    """
    change = score(layers, images, classes) - score(layers, np.zeros_like(images), classes)
    return np.abs(attribution.sum(axis=1) - change) / np.abs(change)


# --8<-- [end:integrate]


# --8<-- [start:delete]
def remove(images: np.ndarray, ranking: np.ndarray) -> np.ndarray:
    """把每张图像里 ranking 最大的 REMOVED 个像素涂黑

    images、ranking：(m, 784)；返回新的 (m, 784)
    """
    top = np.argsort(-ranking, kind="stable")[:, :REMOVED]  # (m, 20)
    removed = images.copy()
    np.put_along_axis(removed, top, 0, axis=1)
    return removed


def rankings(
    layers: list[Layer], images: np.ndarray, classes: np.ndarray, seed: int
) -> dict[str, np.ndarray]:
    """挑像素的四种办法，各给每个像素一个分数，(m, 784)"""
    slope = input_gradient(layers, images, classes)
    return {
        "integrated": integrated_gradients(layers, images, classes, STEPS[-1]),
        "gradient_times_input": slope * images,
        "gradient": np.abs(slope),
        "random_ink": np.random.default_rng(seed).random(images.shape) * (images > 0),
    }


# --8<-- [end:delete]


# --8<-- [start:draw]
def draw(image: np.ndarray, attribution: np.ndarray) -> str:
    """用数字画出一张图像的归因：9 最支持这个类别，0 最反对；没有笔迹的像素空着；参数都是 (784,)"""
    strength = attribution / np.abs(attribution).max()  # -1 到 1
    digits = np.round(4.5 + 4.5 * strength).astype(int).astype(str)
    rows = np.where(image > 0, digits, " ").reshape(28, 28)
    return "\n".join("".join(row).rstrip() for row in rows if (row != " ").any())


# --8<-- [end:draw]


# --8<-- [start:main]
def measure(
    layers: list[Layer], images: np.ndarray, classes: np.ndarray, ranked: dict[str, np.ndarray]
) -> dict[str, float | list[float]]:
    """完备性误差的中位数：积分梯度随段数怎样变，导数乘像素是多少

    再对 ranked 里的每种办法，算出涂黑的像素里笔迹占多少，涂黑之后判断不变的占多少；边算边打印
    """
    by_steps = [integrated_gradients(layers, images, classes, steps) for steps in STEPS]
    attributions = [*by_steps, ranked["gradient_times_input"]]
    errors = [completeness_error(layers, images, classes, each) for each in attributions]
    *by_steps_error, simple_error = [float(np.median(error)) for error in errors]
    numbers: dict[str, float | list[float]] = {
        "steps": list(STEPS),
        "median_error": by_steps_error,
        "gradient_times_input_error": simple_error,
    }
    for steps, error in zip(STEPS, by_steps_error):
        print(f"积分梯度分 {steps} 段：完备性误差的中位数 {error:.3%}")
    print(f"导数乘像素：完备性误差的中位数 {simple_error:.1%}")
    for name, ranking in ranked.items():
        removed = remove(images, ranking)
        ink = float((removed != images).sum() / (len(images) * REMOVED))
        kept = accuracy(layers, removed, classes)
        numbers |= {f"ink_{name}": ink, f"kept_{name}": kept}
        label = f"按{NAMES[name]}涂黑 {REMOVED} 个像素"
        print(f"{label}：其中笔迹占 {ink:.1%}，判断不变的占 {kept:.1%}")
    return numbers


def main(seed: int = 0) -> dict[str, float | list[float]]:
    """训练网络，核对积分梯度的完备性，做删除试验，画出一张图像的归因"""
    (x_train, y_train), (x_test, y_test) = load_mnist()
    rng = np.random.default_rng(seed)
    layers = initialise(SIZES, rng)
    learn(layers, scale(flatten(x_train)), y_train, rng)
    test = scale(flatten(x_test))  # (10000, 784)
    images = test[:IMAGES]
    classes = forward(layers, images)[1].argmax(axis=1)  # 归因的对象是网络自己的判断，不是标签
    ranked = rankings(layers, images, classes, seed)
    numbers: dict[str, float | list[float]] = {"test_accuracy": accuracy(layers, test, y_test)}
    numbers |= measure(layers, images, classes, ranked)
    shown = ranked["integrated"][0]  # (784,)
    print(f"第一张测试图像，网络认作 {classes[0]}：\n{draw(images[0], shown)}")
    return numbers | {"shown": (shown / np.abs(shown).max()).round(3).tolist()}


# --8<-- [end:main]


# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]

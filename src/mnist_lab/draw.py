"""写一个数字：笔迹变成 28 × 28 的图像，由每个权重压成一个字节的网络来认；只用 NumPy"""

# --8<-- [start:threads]
import os

# 矩阵很小，多线程等待的时间比计算还长；要在导入 NumPy 之前设
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# --8<-- [end:threads]
# --8<-- [start:imports]
import hashlib
from pathlib import Path

import numpy as np

# --8<-- [end:imports]
from mnist_lab.attribution import input_gradient
from mnist_lab.data import flatten, load_mnist, scale
from mnist_lab.images import BOX, INK, MIDDLE, centre
from mnist_lab.network import Layer, forward
from mnist_lab.robustness import shift

# --8<-- [start:settings]
FINE = 3  # 画笔迹时，每个像素再分成 3 × 3 格
WIDTH = 2 * FINE  # 笔宽：两个像素，与 MNIST 的笔迹差不多
SMALLEST = 0.03  # 笔迹的长边至少算作画板的这么多，否则一个点也会放大成一团
MOVED = 4  # 对照：把测试图像移开几个像素
IMAGES = 1000  # 移开再居中的测试图像有几张
# 例子：画板左下角的一个 3，写得小，又斜；横、纵坐标从 0 到 1，y 向下
EXAMPLE = [
    (0.16, 0.60), (0.21, 0.57), (0.27, 0.56), (0.32, 0.58), (0.33, 0.63), (0.29, 0.68),
    (0.23, 0.71), (0.28, 0.73), (0.30, 0.78), (0.28, 0.84), (0.22, 0.88), (0.15, 0.89),
    (0.10, 0.86),
]  # fmt: skip
# --8<-- [end:settings]


# --8<-- [start:weights]
DIGEST = "2b2f0780bc860569495acc29c06c968be2680ef6381a582ecd9161af4d701fec"


class WeightsFileError(ValueError):
    """权重不可用；消息依次说：哪个文件、见到什么、应为什么、怎样补救"""


def load_weights(path: str | Path = "classifier.npz") -> list[Layer]:
    """读入 §5.2 的网络训练好的权重，先核对文件的 SHA-256；返回 float64；异常：WeightsFileError"""
    file = Path(path)
    cure = "请从本站下载 downloads/classifier.npz，放进当前文件夹"
    if not file.is_file():
        raise WeightsFileError(f"{file}：没有这个文件；应为权重 classifier.npz；{cure}")
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != DIGEST:
        raise WeightsFileError(f"{file}：见到 SHA-256 {found}；应为 {DIGEST}；{cure}")
    with np.load(file) as arrays:  # 文件里是 float32；用 float64 算，末几位才不随机器变
        wide = {name: arrays[name].astype(np.float64) for name in arrays.files}
    return [(wide[name], wide[f"{name}_bias"]) for name in ("hidden", "output")]


# --8<-- [end:weights]


# --8<-- [start:pack]
def pack(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """一个权重压成一个字节：整数在 -127 到 127 之间，int8；每列一个比例，float32"""
    scales = (np.abs(weights).max(axis=0) / 127).astype(np.float32)
    return np.round(weights / scales).astype(np.int8), scales


def pack_layers(layers: list[Layer]) -> dict[str, np.ndarray]:
    """网页要读的数组：两层的整数、比例与偏置；偏置很少，不压"""
    arrays = {}
    for name, (weights, bias) in zip(("hidden", "output"), layers):
        arrays[name], arrays[f"{name}_scale"] = pack(weights)
        arrays[f"{name}_bias"] = bias.astype(np.float32)
    return arrays


def unpack_layers(arrays: dict[str, np.ndarray]) -> list[Layer]:
    """读回来的网络：整数乘以比例，float64"""
    wide = {name: array.astype(np.float64) for name, array in arrays.items()}
    return [(wide[n] * wide[f"{n}_scale"], wide[f"{n}_bias"]) for n in ("hidden", "output")]


# --8<-- [end:pack]


# --8<-- [start:ink]
Strokes = list[np.ndarray]  # 一笔一个数组，(点数, 2)，每个点是横坐标与纵坐标


def distance(x: np.ndarray, y: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """每一格的中心 (x, y) 到线段 start–end 的距离"""
    along = end - start
    length = along @ along
    place = ((x - start[0]) * along[0] + (y - start[1]) * along[1]) / (length or 1)
    place = np.clip(place, 0, 1)  # 线段上最近的一点：0 是起点，1 是终点
    across, down = x - start[0] - place * along[0], y - start[1] - place * along[1]
    return np.sqrt(across * across + down * down)


def ink(strokes: Strokes, size: int) -> np.ndarray:
    """用圆头的笔画出笔迹：uint8，(size, size)，黑底白字；点的坐标以格为单位"""
    centres = np.arange(size) + 0.5
    y, x = np.meshgrid(centres, centres, indexing="ij")  # 各 (size, size)
    nearest = np.full((size, size), np.inf)
    for stroke in strokes:
        for start, end in zip(stroke, [*stroke[1:], stroke[-1]]):  # 只有一个点的一笔也是一笔
            nearest = np.minimum(nearest, distance(x, y, start, end))
    return np.rint(255 * np.clip(WIDTH / 2 - nearest + 0.5, 0, 1)).astype(np.uint8)


# --8<-- [end:ink]


# --8<-- [start:see]
def see(strokes: Strokes) -> np.ndarray:
    """网络看到的：笔迹放大或缩小到长边正好是框，画出来，再照 MNIST 的办法居中；uint8，(28, 28)"""
    points = np.concatenate(strokes)  # 画板上的坐标，0–1
    side = max(np.ptp(points, axis=0).max(), SMALLEST)
    grid = BOX * FINE
    moved = [(stroke - points.min(axis=0)) / side * grid + WIDTH for stroke in strokes]
    return centre(ink(moved, grid + 2 * WIDTH))


def see_plain(strokes: Strokes) -> np.ndarray:
    """不居中：笔迹在画板的哪里，就在图像的哪里；uint8，(28, 28)"""
    size = 28 * FINE
    fine = ink([stroke * size for stroke in strokes], size)
    return np.rint(fine.reshape(28, FINE, 28, FINE).mean(axis=(1, 3))).astype(np.uint8)


# --8<-- [end:see]


# --8<-- [start:read]
def read(layers: list[Layer], image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """认一张图像：十个数字的概率 (10,)，与每个像素替最可能的那个数字说了多少话 (784,)

    一个像素说的话是它的值乘以得分对它的导数：正的支持，负的反对；没有笔迹的像素不说话
    """
    x = scale(flatten(image[np.newaxis]))  # (28, 28) → (1, 784)
    probabilities = forward(layers, x)[1]  # (1, 10)
    slope = input_gradient(layers, x, probabilities.argmax(axis=1))  # (1, 784)
    return probabilities[0], (x * slope)[0]


# --8<-- [end:read]


# --8<-- [start:compare]
def compare(
    layers: list[Layer], packed: list[Layer], images: np.ndarray, labels: np.ndarray
) -> dict[str, float]:
    """压过的网络与原来的网络，在全部测试图像上差多少"""
    x = scale(flatten(images))
    before, after = forward(layers, x)[1], forward(packed, x)[1]  # 各 (10000, 10)
    return {
        "accuracy": float((before.argmax(axis=1) == labels).mean()),
        "packed_accuracy": float((after.argmax(axis=1) == labels).mean()),
        "differ": int((before.argmax(axis=1) != after.argmax(axis=1)).sum()),
        "largest_difference": float(np.abs(before - after).max()),
    }


def move_and_centre(
    layers: list[Layer], images: np.ndarray, labels: np.ndarray
) -> dict[str, float]:
    """测试图像向右下移开，直接认与居中后再认，各认对多少"""
    moved = shift(images, MOVED, MOVED)
    again = np.stack([centre(image) for image in moved])
    rates = {"still": images, "moved": moved, "centred": again}
    return {
        f"{name}_accuracy": float(
            (forward(layers, scale(flatten(each)))[1].argmax(axis=1) == labels).mean()
        )
        for name, each in rates.items()
    }


# --8<-- [end:compare]


# --8<-- [start:samples]
def choose_samples(
    layers: list[Layer], images: np.ndarray, labels: np.ndarray
) -> dict[str, np.ndarray]:
    """网页上可以挑的测试图像：每个数字的第一张，与最靠前的十张认错的"""
    found = forward(layers, scale(flatten(images)))[1].argmax(axis=1)
    first = [int(np.flatnonzero(labels == digit)[0]) for digit in range(10)]
    wrong = np.flatnonzero(found != labels)[:10]
    index = np.array([*first, *wrong], np.int32)  # (20,)，从 0 数起
    return {"images": images[index], "labels": labels[index], "index": index}


# --8<-- [end:samples]


# --8<-- [start:main]
def main(seed: int = 0) -> dict[str, float | list[float] | list[list[float]]]:
    """压缩权重，核对，写下网页要读的文件，再认一个写在角上的 3；没有随机的东西，seed 不用"""
    _, (images, labels) = load_mnist()
    layers = load_weights()
    arrays = pack_layers(layers)
    packed = unpack_layers(arrays)
    constants: dict[str, float] = {"fine": FINE, "width": WIDTH, "box": BOX, "middle": MIDDLE}
    constants |= {"ink": INK, "pixels": 28, "white": 255, "smallest": SMALLEST}
    settings = {name: np.float64(value) for name, value in constants.items()}
    np.savez("digit.npz", allow_pickle=False, **arrays, **settings)
    np.savez("digit-samples.npz", allow_pickle=False, **choose_samples(packed, images, labels))
    numbers = compare(layers, packed, images, labels)
    numbers |= move_and_centre(packed, images[:IMAGES], labels[:IMAGES])
    strokes = [np.array(EXAMPLE)]
    seen, plain = see(strokes), see_plain(strokes)
    (right, spoke), (wrong, _) = read(packed, seen), read(packed, plain)
    print(f"压过的网络：准确率 {numbers['packed_accuracy']:.2%}，认得不同 {numbers['differ']} 张")
    print(f"移开 {MOVED} 个像素：认对 {numbers['moved_accuracy']:.1%}", end="；")
    print(f"居中之后 {numbers['centred_accuracy']:.1%}")
    print(f"角上的 3：居中，认作 {right.argmax()}，概率 {right.max():.2f}", end="；")
    print(f"不居中，认作 {wrong.argmax()}，概率 {wrong.max():.2f}")
    return {
        **numbers,
        "bytes": sum(array.nbytes for array in arrays.values()),
        "seen": seen.tolist(),
        "plain": plain.tolist(),
        "probabilities": right.tolist(),
        "plain_probabilities": wrong.tolist(),
        "spoke": spoke.reshape(28, 28).tolist(),
    }


# --8<-- [end:main]

# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]

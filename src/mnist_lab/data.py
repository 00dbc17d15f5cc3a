"""MNIST 的读入与预处理；导入本模块不会导入 TensorFlow"""

# --8<-- [start:imports]
from pathlib import Path

import numpy as np

# --8<-- [end:imports]

# --8<-- [start:load]
SHAPES = {
    "x_train": (60000, 28, 28),
    "y_train": (60000,),
    "x_test": (10000, 28, 28),
    "y_test": (10000,),
}
CURE = "请从本站下载 downloads/mnist.npz，放进当前文件夹"
Arrays = dict[str, np.ndarray]
Pair = tuple[np.ndarray, np.ndarray]


class MnistFileError(ValueError):
    """MNIST 数据不可用；消息依次说：哪个文件、见到什么、应为什么、怎样补救"""


def load_mnist(path: str | Path = "mnist.npz") -> tuple[Pair, Pair]:
    """读入全部 MNIST，返回 (x_train, y_train), (x_test, y_test)

    图像：uint8，(60000, 28, 28) 与 (10000, 28, 28)，0 为黑，255 为白
    标签：uint8，(60000,) 与 (10000,)，0–9
    异常：MnistFileError
    """
    file = Path(path)
    arrays = read_npz(file)
    for name, shape in SHAPES.items():
        check(arrays, name, shape, file)
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def read_npz(file: Path) -> Arrays:
    """读出 npz 文件里的全部数组；异常：MnistFileError"""
    if not file.exists():
        raise MnistFileError(f"{file}：没有这个文件；应为 MNIST 的 mnist.npz；{CURE}")
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except Exception as error:  # 坏文件抛出的异常有十来种，随坏在哪一个字节而定
        found = f"{file}：读不出来；见到 {error!r}"
        raise MnistFileError(f"{found}；应为完好的 mnist.npz；{CURE}") from error


def check(arrays: Arrays, name: str, shape: tuple[int, ...], file: Path) -> None:
    """核对一个数组的名字、形状、类型，标签还核对取值；异常：MnistFileError"""
    array = arrays.get(name)
    if array is None:
        found, expected = f"缺少数组 {name}；见到 {sorted(arrays)}", f"{sorted(SHAPES)}"
    elif array.shape != shape:
        found, expected = f"{name} 的形状不对；见到 {array.shape}", f"{shape}"
    elif array.dtype != np.uint8:
        found, expected = f"{name} 的类型不对；见到 {array.dtype}", "uint8"
    elif len(shape) == 1 and array.max() > 9:
        found, expected = f"{name} 里有不是数字的标签；见到 {array.max()}", "0–9"
    else:
        return
    raise MnistFileError(f"{file}：{found}；应为 {expected}；{CURE}")


# --8<-- [end:load]


# --8<-- [start:flatten]
def flatten(images: np.ndarray) -> np.ndarray:
    """把每张图像展平成一行：(m, 28, 28) → (m, 784)，类型与取值不变"""
    return images.reshape(len(images), -1)


# --8<-- [end:flatten]


# --8<-- [start:scale]
def scale(images: np.ndarray) -> np.ndarray:
    """归一化：uint8 的 0–255 → float32 的 0–1，形状不变；异常：ValueError"""
    if images.dtype != np.uint8:  # 例如已经除过 255 的：再除一次，不报错，却全错了
        raise ValueError(
            f"像素的类型不对；见到 {images.dtype}；应为 uint8；请给没有除以 255 的图像"
        )
    return images.astype(np.float32) / 255


# --8<-- [end:scale]


# --8<-- [start:standardise]
def standardise(
    images: np.ndarray, mean: float | None = None, std: float | None = None
) -> np.ndarray:
    """标准化：减去均值，除以标准差，返回 float32，形状不变

    mean、std 是整个训练集的两个数，测试集也用它们；不给就取 images 自己的，那时 images 应是训练集
    不逐像素求标准差：有些边缘像素在训练集里从不变化，标准差为 0，会算出 0/0
    """
    images = images.astype(np.float32)
    mean = images.mean(dtype=np.float64) if mean is None else mean  # float32 累加几千万个数会丢精度
    std = images.std(dtype=np.float64) if std is None else std
    return ((images - mean) / std).astype(np.float32)


# --8<-- [end:standardise]

"""MNIST 的读入与预处理；导入本模块不会导入 TensorFlow"""

# --8<-- [start:imports]
import zipfile
import zlib
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
CURE = "请从本站的 downloads/mnist.npz 重新下载"

Arrays = dict[str, np.ndarray]
Pair = tuple[np.ndarray, np.ndarray]


class MnistFileError(ValueError):
    """MNIST 数据不可用；消息依次说：哪个文件、见到什么、应为什么、怎样补救"""


def load_mnist(path: str | Path | None = None) -> tuple[Pair, Pair]:
    """读入全部 MNIST，返回 (x_train, y_train), (x_test, y_test)

    图像：uint8，(60000, 28, 28) 与 (10000, 28, 28)，0 为黑，255 为白
    标签：uint8，(60000,) 与 (10000,)，0–9
    不给 path：有 ./mnist.npz 就读它，没有就由 Keras 下载；给了 path，文件就必须在
    异常：MnistFileError
    """
    if path is None and not Path("mnist.npz").exists():
        source, arrays = "keras.datasets.mnist", download()
    else:
        source = Path("mnist.npz" if path is None else path)
        arrays = read_npz(source)
    for name, shape in SHAPES.items():
        check(arrays, name, shape, source)
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def read_npz(file: Path) -> Arrays:
    """读出 npz 文件里的全部数组；异常：MnistFileError"""
    if not file.exists():
        raise MnistFileError(f"{file}：没有这个文件；应为 MNIST 的 mnist.npz；{CURE}")
    if not zipfile.is_zipfile(file):  # npz 是 zip，目录在文件末尾：截断的文件在这里就被认出
        raise MnistFileError(
            f"{file}：不是完整的 npz 文件；见到 {file.stat().st_size} 字节；应为 mnist.npz；{CURE}"
        )
    try:
        with np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise MnistFileError(
            f"{file}：读不出来；见到 {error}；应为完好的 npz 文件；{CURE}"
        ) from error


def download() -> Arrays:
    """让 Keras 下载 MNIST，已下载过就读它的缓存；异常：MnistFileError"""
    try:
        import keras  # 只有这里用得着，所以不在文件开头导入

        (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    except Exception as error:  # Keras 下载失败时抛出的就是 Exception
        found = f"当前文件夹里没有 mnist.npz，Keras 也没能下载；见到 {error}"
        raise MnistFileError(
            f"{found}；应为其中之一；请从本站下载 downloads/mnist.npz，放进当前文件夹"
        ) from error
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


def check(arrays: Arrays, name: str, shape: tuple[int, ...], source: str | Path) -> None:
    """核对一个数组的名字、形状、类型，标签还核对取值；异常：MnistFileError"""
    if name not in arrays:
        raise MnistFileError(
            f"{source}：缺少数组 {name}；见到 {sorted(arrays)}；应为 {sorted(SHAPES)}；{CURE}"
        )
    array = arrays[name]
    if array.shape != shape:
        raise MnistFileError(
            f"{source}：{name} 的形状不对；见到 {array.shape}；应为 {shape}；{CURE}"
        )
    if array.dtype != np.uint8:
        raise MnistFileError(f"{source}：{name} 的类型不对；见到 {array.dtype}；应为 uint8；{CURE}")
    if len(shape) == 1 and array.max() > 9:
        raise MnistFileError(
            f"{source}：{name} 里有不是数字的标签；见到 {array.max()}；应为 0–9；{CURE}"
        )


# --8<-- [end:load]


# --8<-- [start:flatten]
def flatten(images: np.ndarray) -> np.ndarray:
    """把每张图像展平成一行：(m, 28, 28) → (m, 784)，类型与取值不变"""
    return images.reshape(len(images), -1)


# --8<-- [end:flatten]


# --8<-- [start:scale]
def scale(images: np.ndarray) -> np.ndarray:
    """归一化：uint8 的 0–255 → float32 的 0–1，形状不变"""
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

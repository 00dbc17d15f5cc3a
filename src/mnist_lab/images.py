"""读者的图像：读出来，照 MNIST 制作者的办法缩放、居中；导入本模块不会导入 TensorFlow"""

# --8<-- [start:imports]
import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

# --8<-- [end:imports]

# --8<-- [start:limits]
SIDE = 2000  # 图像每边最多的像素
INK = 63  # 比这更亮的才算笔迹
BOX = 20  # 笔迹缩放到这样大的方框里
MIDDLE = 14  # MNIST 的重心所在的行与列，从 0 数起
# --8<-- [end:limits]


# --8<-- [start:refused]
class Refused(ValueError):
    """认不了的图像：HTTP 状态码，与消息，依次说见到什么、应为什么、怎样补救"""


# --8<-- [end:refused]


# --8<-- [start:decode]
def decode(body: bytes) -> np.ndarray:
    """把 PNG 或 JPEG 的字节读成灰度图像，uint8，(高, 宽)，透明处当作白纸；异常：Refused"""
    try:
        with Image.open(io.BytesIO(body), formats=("PNG", "JPEG")) as file:
            if max(file.size) > SIDE:
                raise Refused(413, f"图像太大；见到 {file.size}；每边应不超过 {SIDE} 像素；请缩小")
            upright = ImageOps.exif_transpose(file).convert("RGBA")  # 手机拍的照片常是横着存的
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise Refused(422, "读不出图像；内容应为完好的 PNG 或 JPEG；请检查文件") from error
    paper = Image.new("RGBA", upright.size, "white")
    return np.asarray(Image.alpha_composite(paper, upright).convert("L"))


# --8<-- [end:decode]


# --8<-- [start:centre]
def overlaps(old: int, new: int) -> np.ndarray:
    """把 old 格缩放成 new 格的权重，(new, old)：新的一格盖住哪些旧的格，各占它的几分之几"""
    edges = np.linspace(0, old, new + 1)[:, np.newaxis]  # 新格的边界，以旧的格为单位
    cells = np.arange(old)
    covered = np.minimum(edges[1:], cells + 1) - np.maximum(edges[:-1], cells)  # (new, old)
    return np.clip(covered, 0, None) * new / old


def centre(image: np.ndarray, middle: float = MIDDLE) -> np.ndarray:
    """照 MNIST 的制作办法：黑底白字，笔迹缩放到 BOX × BOX 的框里，重心放在 middle 行、middle 列

    image：uint8，(高, 宽)；边缘是亮的就当作白纸，先反色；返回 uint8，(28, 28)；异常：Refused
    """
    edge = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    ink = 255 - image if np.median(edge) > 127 else image
    rows, columns = (np.flatnonzero((ink > INK).any(axis=axis)) for axis in (1, 0))
    if len(rows) == 0:
        raise Refused(422, "图像里没有笔迹；应为一个数字；请检查是不是空白的")
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = (max(1, round(side * BOX / max(ink.shape))) for side in ink.shape)
    small = overlaps(ink.shape[0], height) @ ink @ overlaps(ink.shape[1], width).T
    down = np.arange(height) @ small.sum(axis=1) / small.sum()  # 重心的行
    right = np.arange(width) @ small.sum(axis=0) / small.sum()  # 重心的列
    top = min(max(round(middle - down), 0), 28 - height)
    left = min(max(round(middle - right), 0), 28 - width)
    canvas = np.zeros((28, 28), np.uint8)
    canvas[top : top + height, left : left + width] = np.rint(small)
    return canvas


# --8<-- [end:centre]


# --8<-- [start:read]
def read_image(path: Path) -> np.ndarray:
    """读一个图像文件，居中；返回 uint8，(28, 28)；异常：Refused"""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise Refused(
            404, f"读不了文件；见到 {error.strerror}；应为一张图像；请检查路径"
        ) from error
    return centre(decode(body))


# --8<-- [end:read]

"""命令行：python -m mnist_lab train | evaluate | predict IMAGE.png"""

import argparse
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NoReturn

from mnist_lab.data import MnistFileError, flatten, load_mnist, scale

if TYPE_CHECKING:
    import keras

DATA = Path("mnist.npz")
MODEL = Path("mnist.keras")


class InputError(ValueError):
    """用户给的东西不能用；消息依次说：哪个文件、见到什么、应为什么"""


class Parser(argparse.ArgumentParser):
    """用中文报错的参数解析器"""

    def error(self, message: str) -> NoReturn:
        """打印错误，以 2 退出"""
        self.exit(2, f"错误：参数不对（{message}）；加 --help 看用法\n")


def load_model(path: Path) -> tuple[ModuleType, "keras.Sequential"]:
    """读入训练好的网络，返回 classifier 模块与它；异常：InputError"""
    if not path.is_file():
        cure = f"请先运行 python -m mnist_lab train --out {path}"
        raise InputError(f"{path}：没有这个文件；应为训练好的网络；{cure}")
    from mnist_lab import classifier  # 到用时才导入：TensorFlow 要好几秒

    try:
        model = classifier.load(path)
        shapes = model.input_shape, model.output_shape
    except (ValueError, TypeError, AttributeError, KeyError, OSError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path}：读不出网络；见到 {error}；应为 train 存下的 .keras 文件"
        ) from error
    expected = (None, classifier.PIXELS), (None, classifier.CLASSES)
    if shapes != expected:
        raise InputError(f"{path}：网络的输入、输出不对；见到 {shapes}；应为 {expected}")
    return classifier, model


def train(options: argparse.Namespace) -> None:
    """训练并存盘"""
    if options.out.suffix != ".keras" or not options.out.absolute().parent.is_dir():
        raise InputError(f"{options.out}：不能存到这里；应为已有文件夹里的 .keras 文件")
    (images, labels), _ = load_mnist(options.data)
    from mnist_lab import classifier  # 到用时才导入：TensorFlow 要好几秒

    model, _ = classifier.train(scale(flatten(images)), labels, seed=options.seed)
    classifier.save(model, options.out)
    print(f"已存到 {options.out}")


def evaluate(options: argparse.Namespace) -> None:
    """在全部测试图像上评估"""
    _, (images, labels) = load_mnist(options.data)
    classifier, model = load_model(options.model)
    loss, accuracy = classifier.evaluate(model, scale(flatten(images)), labels)
    print(f"测试集 {len(labels)} 张：损失 {loss:.4f}，准确率 {accuracy:.2%}")


def predict(options: argparse.Namespace) -> None:
    """读一张图像"""
    from mnist_lab.images import Refused, read_image  # 到用时才导入：训练和评估用不着 Pillow

    try:
        image = read_image(options.image)
    except Refused as error:
        raise InputError(f"{options.image}：{error.args[1]}") from error
    classifier, model = load_model(options.model)
    digit, probabilities = classifier.predict(model, image)
    print(f"{options.image}：认作 {digit}，概率 {probabilities[digit]:.4f}")


def arguments() -> Parser:
    """三个命令与各自的参数"""
    parser = Parser(prog="python -m mnist_lab", description="训练、评估、使用读手写数字的网络")
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="train | evaluate | predict"
    )
    data = Parser(add_help=False)
    data.add_argument("--data", type=Path, default=DATA, help="数据的路径，默认 %(default)s")
    model = Parser(add_help=False)
    model.add_argument("--model", type=Path, default=MODEL, help="训练好的网络，默认 %(default)s")

    command = commands.add_parser("train", parents=[data], help="训练并存盘")
    command.add_argument("--out", type=Path, default=MODEL, help="存到哪里，默认 %(default)s")
    command.add_argument("--seed", type=int, default=0, help="随机数种子，默认 %(default)s")
    command.set_defaults(run=train)
    commands.add_parser(
        "evaluate", parents=[data, model], help="在全部测试图像上评估"
    ).set_defaults(run=evaluate)
    command = commands.add_parser("predict", parents=[model], help="读一张图像")
    command.add_argument(
        "image", type=Path, metavar="IMAGE.png", help="图像，白纸黑字也行；会缩放、居中到 28×28"
    )
    command.set_defaults(run=predict)
    return parser


def main(argv: list[str] | None = None) -> int:
    """运行一个命令；输入不能用时返回 2"""
    options = arguments().parse_args(argv)
    try:
        options.run(options)
    except (InputError, MnistFileError) as error:
        print(f"错误：{error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

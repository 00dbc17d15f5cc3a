"""部署：把训练好的网络导出成三种文件，逐张核对，再用其中一种开一个不需要 TensorFlow 的服务"""

import sys

from mnist_lab.data import load_mnist
from mnist_lab.images import Refused, centre, decode, read_image
from mnist_lab.quiet import start_keras

if sys.argv[1:2] not in (["serve"], ["predict"]):
    start_keras()

# --8<-- [start:imports]
import io
import os
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx
import numpy as np
import psutil
import uvicorn
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from PIL import Image

# 都须在导入 keras 之前
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow 启动时少说几句
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")  # 矩阵很小，多线程只会互相等待
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
os.environ["KERAS_BACKEND"] = "tensorflow"  # 不管读者自己的 Keras 设置
LIGHT = sys.argv[1:2] in (["serve"], ["predict"])  # 用导出的文件认数字，用不着下面三个
if not LIGHT:
    import keras
    import onnxruntime
    import tensorflow as tf
# --8<-- [end:imports]

# --8<-- [start:settings]
EPOCHS = 3  # 轮次；这一页要的不是更高的准确率
BATCH_SIZE = 256  # 小批量的张数
RATE = 0.003  # Adam 的学习率
REPEATS = 50  # 一张一张地量用时，量几遍取中位数
CLIENTS = 4  # 压力测试：同时发请求的客户端
REQUESTS = 250  # 压力测试：每个客户端依次发几个请求
LARGEST = 1_000_000  # 一次上传最多的字节数
PRICE = 0.5  # 假设：租一台机器每小时几元
MILLION = 1_000_000  # 费用按答这么多次来算
MODEL = "mnist.tflite"  # 服务读的文件
# --8<-- [end:settings]


# --8<-- [start:train]
def train(images: np.ndarray, labels: np.ndarray, seed: int) -> "keras.Sequential":
    """训练一个自带预处理的网络：输入就是 uint8 的图像 (m, 28, 28)，用的人不会忘记除以 255"""
    keras.config.set_floatx("float32")  # 这三样，读者自己的 keras.json 里可能改过
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((28, 28), dtype="uint8"),
            keras.layers.Rescaling(1 / 255),  # uint8 0–255 → float32 0–1
            keras.layers.Flatten(),  # (m, 28, 28) → (m, 784)
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(RATE), "sparse_categorical_crossentropy")
    model.fit(images, labels, batch_size=BATCH_SIZE, epochs=EPOCHS, verbose=0)
    return model


# --8<-- [end:train]


# --8<-- [start:export]
def export(model: "keras.Sequential") -> dict[str, Path]:
    """导出到当前文件夹：SavedModel、ONNX、LiteRT、LiteRT int8（权重存成八位整数）"""
    paths = {"saved": "mnist", "onnx": "mnist.onnx", "litert": MODEL, "int8": "mnist-int8.tflite"}
    found = {name: Path(path) for name, path in paths.items()}
    model.export(found["saved"], verbose=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # Keras 的转换器问了一句 np.object
        model.export(found["onnx"], format="onnx", verbose=False)
    signature = [keras.InputSpec(shape=(None, 28, 28), dtype="uint8")]
    model.export(found["litert"], format="litert", verbose=False, input_signature=signature)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(found["saved"]))
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    found["int8"].write_bytes(converter.convert())
    return found


def size(path: Path) -> int:
    """文件的字节数；文件夹则是其中全部文件的字节数之和"""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)


# --8<-- [end:export]


# --8<-- [start:litert]
Predict = Callable[[np.ndarray], np.ndarray]


def open_litert(path: Path) -> Predict:
    """读入一个 LiteRT 文件，返回由图像 (m, 28, 28) 求概率 (m, 10) 的函数；不能几个线程同时用"""
    # 默认的加速器 XNNPACK 会在标准错误上报到，这样小的网络用不着它
    plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    model = Interpreter(str(path), num_threads=1, experimental_op_resolver_type=plain)
    model.allocate_tensors()
    return partial(run_litert, model)


def run_litert(model: Interpreter, images: np.ndarray) -> np.ndarray:
    """由图像 uint8 (m, 28, 28) 求概率 float32 (m, 10)"""
    source, target = model.get_input_details()[0], model.get_output_details()[0]
    if source["shape"][0] != len(images):  # 换了张数才重新分配内存
        model.resize_tensor_input(source["index"], images.shape)
        model.allocate_tensors()
    model.set_tensor(source["index"], images)
    model.invoke()
    return model.get_tensor(target["index"])


# --8<-- [end:litert]


# --8<-- [start:engines]
def engines(model: "keras.Sequential", paths: dict[str, Path]) -> dict[str, Predict]:
    """训练时的网络，与读回来的四种文件：每个都是由图像 (m, 28, 28) 求概率 (m, 10) 的函数"""
    saved = tf.saved_model.load(str(paths["saved"]))
    onnx = onnxruntime.InferenceSession(paths["onnx"])
    name = onnx.get_inputs()[0].name
    return {
        "keras": lambda images: model.predict(images, batch_size=1000, verbose=0),
        "saved": lambda images: saved.serve(images).numpy(),
        "onnx": lambda images: onnx.run(None, {name: images})[0],
        "litert": open_litert(paths["litert"]),
        "int8": open_litert(paths["int8"]),
    }


# --8<-- [end:engines]


# --8<-- [start:compare]
def seconds_each(predict: Predict, images: np.ndarray) -> float:
    """一张一张地认，每张用时的中位数，单位秒；第一次要分配内存，不算"""
    predict(images[:1])
    taken = []
    for place in range(REPEATS):
        start = time.perf_counter()
        predict(images[place : place + 1])
        taken.append(time.perf_counter() - start)
    return float(np.median(taken))


def compare(
    found: dict[str, Predict], images: np.ndarray, labels: np.ndarray
) -> dict[str, int | float]:
    """全部测试图像上，各种文件与训练时的网络差多少；images：uint8，(m, 28, 28)"""
    reference = found["keras"](images)  # (m, 10)
    numbers: dict[str, int | float] = {}
    for name, predict in found.items():
        start = time.perf_counter()
        p = predict(images)  # (m, 10)
        numbers[f"{name}_batch_seconds"] = time.perf_counter() - start
        numbers[f"{name}_one_seconds"] = seconds_each(predict, images)
        numbers[f"{name}_accuracy"] = float((p.argmax(axis=1) == labels).mean())
        differ = int((p.argmax(axis=1) != reference.argmax(axis=1)).sum())
        numbers[f"{name}_differ"] = differ
        print(f"{name:6s} 准确率 {numbers[f'{name}_accuracy']:.2%}，", end="")
        print(f"认得不同 {differ} 张，概率最多差 {np.abs(p - reference).max():.1e}")
    return numbers


# --8<-- [end:compare]


# --8<-- [start:service]
async def refuse(request: Request, error: Refused) -> JSONResponse:
    """不能认的请求，用它的状态码与消息回答"""
    status, message = error.args
    return JSONResponse({"error": message}, status)


async def health(request: Request) -> JSONResponse:
    """还活着；顺便说这个进程里有没有 TensorFlow"""
    return JSONResponse({"alive": True, "tensorflow": "tensorflow" in sys.modules})


async def answer(request: Request) -> JSONResponse:
    """收一张图像，答是哪个数字、概率多大；异常：Refused"""
    kind = request.headers.get("content-type", "")
    if kind not in ("image/png", "image/jpeg"):
        raise Refused(415, f"类型不对；见到 {kind!r}；应为 image/png 或 image/jpeg；请先转换")
    body = b""
    async for part in request.stream():  # 边收边数，太大就不再收
        body += part
        if len(body) > LARGEST:
            raise Refused(413, f"内容太大；应不超过 {LARGEST} 字节；请缩小图像")
    image = centre(decode(body))  # (28, 28)
    p = request.app.state.predict(image[np.newaxis])[0]  # (1, 28, 28) → (10,)
    return JSONResponse({"digit": int(p.argmax()), "probability": float(p.max())})


def create_service(model: Path) -> FastAPI:
    """一个服务：GET /health 说它活着，POST /predict 收一张图像，答是哪个数字"""
    service = FastAPI(exception_handlers={Refused: refuse})
    service.state.predict = open_litert(model)
    service.add_api_route("/health", health, methods=["GET"])
    service.add_api_route("/predict", answer, methods=["POST"])
    return service


def serve(port: int) -> int:
    """开服务，直到收到停止的信号；已收到的请求会先答完；端口不能用时返回 2"""
    try:
        listening = socket.create_server(("127.0.0.1", port))
    except OSError as error:
        print(f"端口 {port} 不能用（{error.strerror}）；请换一个，例如 {port + 1}", file=sys.stderr)
        return 2
    # 不设它，每个小的答复都要等对方确认，白等一会儿
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    settings = uvicorn.Config(create_service(Path(MODEL)), log_level="warning")
    uvicorn.Server(settings).run(sockets=[listening])
    return 0


# --8<-- [end:service]


# --8<-- [start:client]
def start(port: int) -> subprocess.Popen[bytes]:
    """在另一个进程里开服务，等到它答应为止；异常：RuntimeError"""
    process = subprocess.Popen([sys.executable, __file__, "serve", str(port)])
    for _ in range(300):
        try:
            httpx.get(f"http://127.0.0.1:{port}/health")
            return process
        except httpx.TransportError as error:
            if process.poll() is not None:
                raise RuntimeError(f"服务没有开起来，退出码 {process.returncode}") from error
            time.sleep(0.1)
    process.kill()
    raise RuntimeError("等了半分钟，服务没有答应")


def ask(address: str, bodies: list[bytes]) -> tuple[list[int], list[float]]:
    """一个客户端，依次发请求；返回各个答案，与各用了几秒"""
    digits, taken = [], []
    with httpx.Client(trust_env=False) as client:
        for body in bodies:
            start = time.perf_counter()
            answer = client.post(address, content=body, headers={"content-type": "image/png"})
            taken.append(time.perf_counter() - start)
            digits.append(answer.raise_for_status().json()["digit"])
    return digits, taken


# --8<-- [end:client]


# --8<-- [start:load]
def photograph(image: np.ndarray, rng: np.random.Generator) -> bytes:
    """把一张 MNIST 图像变成读者会上传的样子：放大三倍，白底黑字，偏在一边；PNG 的字节"""
    paper = np.full((140, 140), 255, np.uint8)
    top, left = rng.integers(0, 140 - 84, size=2)
    paper[top : top + 84, left : left + 84] = 255 - image.repeat(3, axis=0).repeat(3, axis=1)
    file = io.BytesIO()
    Image.fromarray(paper).save(file, "PNG")
    return file.getvalue()


def load_test(
    port: int, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator
) -> dict[str, int | float]:
    """几个客户端同时发请求；images：uint8，(m, 28, 28)，m 至少是 CLIENTS × REQUESTS"""
    count = CLIENTS * REQUESTS
    bodies = [photograph(image, rng) for image in images[:count]]
    shares = [bodies[place : place + REQUESTS] for place in range(0, count, REQUESTS)]
    address = f"http://127.0.0.1:{port}/predict"
    begin = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(lambda share: ask(address, share), shares))
    whole = time.perf_counter() - begin
    digits = np.concatenate([digits for digits, _ in answers])  # (count,)
    taken = np.concatenate([taken for _, taken in answers])
    return {
        "median_seconds": float(np.median(taken)),
        "p99_seconds": float(np.percentile(taken, 99)),
        "all_seconds": whole,
        "service_accuracy": float((digits == labels[:count]).mean()),
    }


def shrink(image: np.ndarray) -> np.ndarray:
    """对照：不居中，不反色，只缩小到 28 × 28"""
    return np.asarray(Image.fromarray(image).resize((28, 28)))


# --8<-- [end:load]


# --8<-- [start:try]
def try_service(
    images: np.ndarray, labels: np.ndarray, rng: np.random.Generator
) -> dict[str, int | float]:
    """开服务，做压力测试，量内存，请它停下"""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]  # 由系统给一个空着的端口
    process = start(port)
    try:
        numbers = load_test(port, images, labels, rng)
        memory = psutil.Process(process.pid).memory_info().rss / 1e6
    finally:
        process.terminate()
        process.wait(timeout=30)
    rate = CLIENTS * REQUESTS / numbers["all_seconds"]
    cost = MILLION / rate / 3600 * PRICE
    print(f"服务认对 {numbers['service_accuracy']:.2%}，每秒答 {rate:.0f} 个请求", end="，")
    print(f"内存 {memory:.0f} MB，每百万次约 {cost:.2f} 元")
    return numbers


# --8<-- [end:try]


# --8<-- [start:predict]
def predict(path: Path) -> int:
    """认一个图像文件，打印是哪个数字；文件不能用时返回 2"""
    try:
        image = read_image(path)  # (28, 28)
    except Refused as error:
        print(f"{path}：{error.args[1]}", file=sys.stderr)
        return 2
    p = open_litert(Path(MODEL))(image[np.newaxis])[0]  # (1, 28, 28) → (10,)
    print(f"{path}：认作 {p.argmax()}，概率 {p.max():.4f}")
    return 0


def command(name: str, argument: str = "") -> int:
    """serve 端口，或 predict 图像；返回退出码，参数不对或还没有网络时是 2"""
    if name == "serve" and not (argument.isdecimal() and int(argument) < 65536):
        print(f"端口不对；见到 {argument!r}；应为小于 65536 的整数，例如 8000", file=sys.stderr)
        return 2
    if not Path(MODEL).is_file():
        print(f"{MODEL}：没有这个文件；应为导出的网络；请先不带参数运行一次", file=sys.stderr)
        return 2
    return serve(int(argument)) if name == "serve" else predict(Path(argument))


# --8<-- [end:predict]


# --8<-- [start:main]
def main(seed: int = 0) -> dict[str, int | float]:
    """训练，导出，核对，开服务，压力测试"""
    (images, labels), (test_images, test_labels) = load_mnist()
    rng = np.random.default_rng(seed)
    model = train(images, labels, seed)
    paths = export(model)
    numbers: dict[str, int | float] = {
        f"{name}_kb": round(size(path) / 1000) for name, path in paths.items()
    }
    print("，".join(f"{name} {size(path) / 1000:.0f} kB" for name, path in paths.items()))
    numbers |= compare(engines(model, paths), test_images, test_labels)
    sample = test_images[: CLIENTS * REQUESTS], test_labels[: CLIENTS * REQUESTS]
    predict = open_litert(paths["litert"])
    same = predict(sample[0]).argmax(axis=1) == sample[1]
    numbers["same_accuracy"] = float(same.mean())
    changes: dict[str, Predict] = {
        "shrunk": shrink,
        "centred": centre,
        "half": partial(centre, middle=13.5),
    }
    uploads = [decode(photograph(image, rng)) for image in sample[0]]
    for name, change in changes.items():
        read = [change(upload) for upload in uploads]
        right = predict(np.stack(read)).argmax(axis=1) == sample[1]
        numbers[f"{name}_accuracy"] = float(right.mean())
    print(f"像读者上传的图像：只缩小，认对 {numbers['shrunk_accuracy']:.2%}", end="；")
    print(f"照 MNIST 的办法居中 {numbers['centred_accuracy']:.2%}", end="；")
    print(f"居中时差半个像素 {numbers['half_accuracy']:.2%}，原图 {numbers['same_accuracy']:.2%}")
    return numbers | try_service(*sample, rng)


# --8<-- [end:main]

# --8<-- [start:run]
if __name__ == "__main__":
    if LIGHT:
        sys.exit(command(*sys.argv[1:3]))
    results = main()
# --8<-- [end:run]

"""数据并行：几个进程各算一份梯度，加起来就是整批的梯度；只用 NumPy 与标准库"""

# --8<-- [start:threads]
import os

# 每个进程只用一个计算线程，免得互相抢核；要在导入 NumPy 之前设，工作进程会继承
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# --8<-- [end:threads]
# --8<-- [start:imports]
import multiprocessing
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

import numpy as np

# --8<-- [end:imports]
from mnist_lab.data import Pair, flatten, load_mnist, scale
from mnist_lab.network import Layer, accuracy, gradients, initialise

# --8<-- [start:settings]
SIZES = (784, 128, 10)  # 各层的单元数，与正文的网络相同
BATCH_SIZE = 250  # 每次更新看的图像张数：60,000 张恰好 240 批，这里只学一个轮次
LEARNING_RATE = 0.5  # 没有为这里调过：要看的是参数是否相同，不是准确率有多高
# --8<-- [end:settings]


# --8<-- [start:split]
def split_batches(count: int, workers: int, seed: int) -> list[np.ndarray]:
    """把 count 张图像打乱一次，切成小批量，再把每一批分给 workers 个进程

    count 须是 BATCH_SIZE 的倍数
    返回 workers 个下标数组，第 r 个的形状是（批数，第 r 个进程每批的张数）
    """
    order = np.random.default_rng(seed).permutation(count)
    batches = order.reshape(count // BATCH_SIZE, BATCH_SIZE)  # （批数，250）
    return np.array_split(batches, workers, axis=1)


# --8<-- [end:split]


# --8<-- [start:sum]
def contribution(layers: list[Layer], images: np.ndarray, labels: np.ndarray) -> list[Layer]:
    """一个进程对整批梯度的贡献：自己那份的平均梯度，乘以自己那份占整批的比例

    images：(每批的张数, 784)，float32，0–1；labels：(每批的张数,)；返回的形状与 layers 相同
    """
    share = len(labels) / BATCH_SIZE
    mean = gradients(layers, images, labels)
    return [(share * weights, share * bias) for weights, bias in mean]


def add(contributions: list[list[Layer]]) -> list[Layer]:
    """把各进程的贡献相加，得到整批的平均梯度"""
    total = contributions[0]
    for other in contributions[1:]:
        pairs = zip(total, other)
        total = [(weights + more[0], bias + more[1]) for (weights, bias), more in pairs]
    return total


def descend(layers: list[Layer], gradient: list[Layer]) -> None:
    """沿整批的梯度走一步，直接改写 layers"""
    for (weights, bias), (weights_slope, bias_slope) in zip(layers, gradient):
        weights -= LEARNING_RATE * weights_slope
        bias -= LEARNING_RATE * bias_slope


# --8<-- [end:sum]


# --8<-- [start:alone]
def train_alone(images: np.ndarray, labels: np.ndarray, seed: int) -> list[Layer]:
    """对照：一个进程按同样的次序看同样的批；images：(m, 784)，uint8；labels：(m,)"""
    layers = initialise(SIZES, np.random.default_rng(seed), np.float64)  # 双精度，舍入误差小
    (order,) = split_batches(len(labels), 1, seed)
    for chosen in order:
        descend(layers, gradients(layers, scale(images[chosen]), labels[chosen]))
    return layers


# --8<-- [end:alone]


# --8<-- [start:work]
def work(connection: Connection, images: np.ndarray, labels: np.ndarray, seed: int) -> None:
    """一个工作进程：自己存一份参数，送出自己的贡献，收回总和，走一步；最后交出参数

    images：（批数，每批的张数，784），uint8；labels：（批数，每批的张数）；只有自己那一份数据
    """
    layers = initialise(SIZES, np.random.default_rng(seed), np.float64)  # 种子相同，起点就相同
    for batch_images, batch_labels in zip(images, labels):
        connection.send(contribution(layers, scale(batch_images), batch_labels))
        descend(layers, connection.recv())
    connection.send(layers)


# --8<-- [end:work]


# --8<-- [start:supervise]
Worker = tuple[BaseProcess, Connection]  # 工作进程，与通到它的管道


class WorkerDied(RuntimeError):
    """有工作进程没做完就退出；消息说是哪一个、退出码是多少、怎么办"""


def start_workers(images: np.ndarray, labels: np.ndarray, workers: int, seed: int) -> list[Worker]:
    """启动 workers 个工作进程，各带一份数据；images：(m, 784)，uint8；labels：(m,)"""
    context = multiprocessing.get_context("spawn")  # Linux、macOS、Windows 都有的启动方式
    started: list[Worker] = []
    for rank, part in enumerate(split_batches(len(labels), workers, seed)):
        here, there = context.Pipe()
        arguments = (there, images[part], labels[part], seed)  # 只带自己那一份数据
        name = f"工作进程 {rank}"
        process = context.Process(target=work, args=arguments, name=name, daemon=True)
        process.start()
        there.close()  # 那一端只留给工作进程：它一退出，这一端的 recv 就报错，不会一直等下去
        started.append((process, here))
    return started


def supervise(started: list[Worker], steps: int) -> list[list[Layer]]:
    """收齐各进程的贡献，加起来发回去，共 steps 步；返回各进程最后的参数；异常：WorkerDied"""
    connections = [connection for _, connection in started]
    try:
        for _ in range(steps):
            total = add([connection.recv() for connection in connections])
            for connection in connections:
                connection.send(total)
        return [connection.recv() for connection in connections]
    except (EOFError, OSError) as error:  # 管道的另一端没有了
        raise WorkerDied(stop(started)) from error


def stop(started: list[Worker]) -> str:
    """有进程退出之后，让其余的也停下，返回给人看的说明"""
    ended = wait([process.sentinel for process, _ in started])
    dead = [process for process, _ in started if process.sentinel in ended]
    for process, _ in started:
        process.kill()
        process.join()
    found = "，".join(f"{process.name} 的退出码是 {process.exitcode}" for process in dead)
    return f"{found}；应为训练完才退出；其余进程已经停下，请重新训练"


# --8<-- [end:supervise]


# --8<-- [start:train]
def train(images: np.ndarray, labels: np.ndarray, workers: int, seed: int) -> list[list[Layer]]:
    """用 workers 个进程训练，返回各进程最后的参数；images：(m, 784)，uint8；labels：(m,)"""
    started = start_workers(images, labels, workers, seed)
    replicas = supervise(started, steps=len(labels) // BATCH_SIZE)
    for process, _ in started:
        process.join()
    return replicas


def largest_difference(first: list[Layer], second: list[Layer]) -> float:
    """两组参数里相差最多的那一个差多少"""
    pairs = zip(first, second)
    return max(float(np.abs(a - b).max()) for layers in pairs for a, b in zip(*layers))


# --8<-- [end:train]


# --8<-- [start:rehearse]
def rehearse_failure(images: np.ndarray, labels: np.ndarray, seed: int) -> None:
    """演习：启动两个进程，杀死其中一个，打印主进程得到的错误"""
    started = start_workers(images, labels, 2, seed)
    process, _ = started[1]
    process.kill()
    try:
        supervise(started, steps=1)
    except WorkerDied as error:
        print(f"演习：{error}")


# --8<-- [end:rehearse]


# --8<-- [start:main]
WORKERS = (1, 2, 3)  # 依次用几个进程训练


def compare(alone: list[Layer], replicas: list[list[Layer]], test: Pair) -> dict[str, float]:
    """几个进程训练的结果：准确率，与独自训练最多差多少，各进程之间最多差多少"""
    first = replicas[0]
    return {
        "accuracy": accuracy(first, *test),
        "difference_from_alone": largest_difference(alone, first),
        "difference_between_replicas": max(largest_difference(first, other) for other in replicas),
    }


def main(seed: int = 0) -> dict[str, float | list[float]]:
    """先由一个进程独自训练，再用 1、2、3 个进程各训练一遍，比较参数与准确率，最后演习一次故障"""
    (x_train, y_train), (x_test, y_test) = load_mnist()
    images = flatten(x_train)  # (60000, 784)
    test = scale(flatten(x_test)), y_test  # (10000, 784)
    alone = train_alone(images, y_train, seed)
    alone_accuracy = accuracy(alone, *test)
    print(f"独自训练：准确率 {alone_accuracy:.2%}")
    rows = []
    for workers in WORKERS:
        row = compare(alone, train(images, y_train, workers, seed), test)
        rows.append(row)
        off, apart = row["difference_from_alone"], row["difference_between_replicas"]
        print(f"{workers} 个进程：准确率 {row['accuracy']:.2%}", end="，")
        print(f"参数与独自训练最多差 {off:.0e}，彼此最多差 {apart:.0e}")
    rehearse_failure(images, y_train, seed)
    message = sum(array.nbytes for layer in alone for array in layer)  # 一次收或发的字节数
    return {
        "alone_accuracy": alone_accuracy,
        "message_bytes": message,
        "workers": list(WORKERS),
        **{key: [row[key] for row in rows] for key in rows[0]},
    }


# --8<-- [end:main]


# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]

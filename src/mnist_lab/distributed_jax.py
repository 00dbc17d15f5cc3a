"""第二个引擎：Keras 换用 JAX，两台设备、两个进程都直接用 fit，训练出的参数与一个进程的只差舍入"""

import sys

from mnist_lab.apart import use_jax
from mnist_lab.data import Pair, flatten, load_mnist, scale
from mnist_lab.workers import (
    Refused,
    WorkerFailed,
    free_addresses,
    meet,
    start_workers,
    supervise,
)

if sys.argv[1:2] == ["worker"]:
    use_jax()

# --8<-- [start:imports]
import json
import os
import shutil
import socket
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

# --8<-- [end:imports]

# --8<-- [start:settings]
IMAGES = 5_000  # 用训练集里多少张；要看的是参数是否相同，不是准确率有多高
BATCH_SIZE = 250  # 每一步全部设备合起来看的张数
RATE = 0.003  # Adam 的学习率
PATIENCE = 120  # 等其他进程到齐，最多多少秒
LAYOUTS = ((1, 1), (1, 2), (2, 1))  # 依次用几个进程，每个进程几台设备
# --8<-- [end:settings]


# --8<-- [start:job]
@dataclass(frozen=True)
class Job:
    """一次训练；写成 JSON，每个进程拿同样的一份"""

    addresses: list[str]  # 各进程的地址；第一个带头
    devices: int  # 每个进程几台设备
    folder: str  # 数据与结果都在这里
    seed: int
    patience: float  # 等大家到齐，最多多少秒


def read_job(path: str) -> Job:
    """从 JSON 文件读出一次训练；异常：Refused"""
    try:
        return Job(**json.loads(Path(path).read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        found = f"{path}：读不出来；见到 {error!r}"
        raise Refused(f"{found}；应为 Job 的各个字段，写成 JSON；请让主进程来写它") from error


def deal(job: Job, images: np.ndarray, labels: np.ndarray) -> None:
    """给每个进程写一个文件，里面只有它自己的那一份：每一批平分，第 r 个进程拿第 r 段

    images：(m, 784)，uint8；labels：(m,)；m 须是 BATCH_SIZE 的倍数
    """
    order = np.random.default_rng(job.seed).permutation(len(labels))
    batches = order.reshape(-1, BATCH_SIZE)  # （批数，250）
    for rank, mine in enumerate(np.split(batches, len(job.addresses), axis=1)):
        chosen = mine.reshape(-1)  # 一批接一批，仍按原来的次序
        path = Path(job.folder) / f"share-{rank}.npz"
        np.savez(path, images=scale(images[chosen]), labels=labels[chosen])


# --8<-- [end:job]


# --8<-- [start:start]
def find_own_name() -> None:
    """各进程按本机的名字找自己的地址，查不到时 JAX 只说装不上 cpu；异常：Refused"""
    name = socket.gethostname()
    try:
        socket.getaddrinfo(name, None)
    except OSError as error:
        found = f"本机的名字查不到地址；见到 {name}（{error}）；应为查得到"
        raise Refused(f"{found}；请在 /etc/hosts 里加一行 127.0.0.1 {name}") from error


def start(rank: int, job: Job) -> None:
    """让 Keras 用 JAX：定下这个进程有几台设备，与其他进程会合，说好怎样分；异常：Refused"""
    os.environ["KERAS_BACKEND"] = "jax"  # 不管读者自己的 Keras 设置，须在导入 keras 之前
    os.environ["JAX_PLATFORMS"] = "cpu"  # 有显卡也不用，好与记录比较
    os.environ.setdefault("NPROC", "8")  # 核少的机器上，两台设备会抢不到线程，互相等到超时
    import jax

    jax.config.update("jax_enable_x64", True)  # 双精度：与一个进程的差别只剩舍入，看得清楚
    jax.config.update("jax_num_cpu_devices", job.devices)  # 把处理器当作几台设备
    if len(job.addresses) > 1:
        find_own_name()
        meet(rank, job.addresses, job.patience)  # 缺了一个或端口被占，JAX 自己只会崩溃
        jax.distributed.initialize(job.addresses[0], len(job.addresses), rank)
    import keras

    if len(job.addresses) * job.devices > 1:  # 数据已经分好，不用 Keras 再分给各进程
        parallel = keras.distribution.DataParallel(auto_shard_dataset=False)
        keras.distribution.set_distribution(parallel)


# --8<-- [end:start]


# --8<-- [start:learn]
def learn(rank: int, job: Job) -> list[np.ndarray]:
    """一个进程：用 fit 训练，返回四个参数数组，与第一个数组放在几台设备上；异常：Refused"""
    start(rank, job)
    import keras

    keras.config.set_floatx("float64")
    keras.config.set_epsilon(1e-7)  # 读者自己的 keras.json 里可能改过
    keras.utils.set_random_seed(job.seed)  # 各进程的起点相同
    hidden = keras.layers.Dense(128, activation="relu")
    model = keras.Sequential([keras.Input((784,)), hidden, keras.layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(RATE), loss)
    size = BATCH_SIZE // len(job.addresses)  # 这个进程每步的张数
    with np.load(Path(job.folder) / f"share-{rank}.npz") as share:
        model.fit(share["images"], share["labels"], batch_size=size, shuffle=False, verbose=0)
    places = model.trainable_variables[0].value.sharding.device_set
    return [*model.get_weights(), np.array(len(places))]


# --8<-- [end:learn]


# --8<-- [start:command]
def run_worker(rank: str = "", path: str = "") -> int:
    """工作进程的命令：worker 编号 文件；返回退出码，不能开始时是 2"""
    try:
        job = read_job(path)
        if not (rank.isdecimal() and int(rank) < len(job.addresses)):
            expected = f"应为小于 {len(job.addresses)} 的整数"
            raise Refused(f"进程的编号不对；见到 {rank!r}；{expected}；请对照 {path}")
        np.savez(Path(job.folder) / f"{rank}.npz", *learn(int(rank), job))
    except ModuleNotFoundError as error:
        print(f"没有装 {error.name}；请在这个环境里运行 python -m pip install {error.name}")
        return 2
    except Refused as error:
        print(error)
        return 2
    return 0


# --8<-- [end:command]


# --8<-- [start:train]
def train(
    processes: int, devices: int, images: np.ndarray, labels: np.ndarray, seed: int
) -> list[list[np.ndarray]]:
    """在这台机器上启动全部进程，等它们做完，读出各自的结果；异常：WorkerFailed

    images：(m, 784)，uint8；labels：(m,)
    """
    folder = Path(tempfile.mkdtemp())
    job = Job(free_addresses(processes), devices, str(folder), seed, PATIENCE)
    deal(job, images, labels)
    path = folder / "job.json"
    path.write_text(json.dumps(asdict(job)), "utf-8")
    arguments = [["worker", str(rank), str(path)] for rank in range(processes)]
    supervise(start_workers(__file__, arguments, folder), folder)
    found = []
    for rank in range(processes):
        with np.load(folder / f"{rank}.npz") as file:
            found.append([file[name] for name in file.files])
    shutil.rmtree(folder)  # 失败时留着，好看各进程说了什么
    return found


# --8<-- [end:train]


# --8<-- [start:main]
def largest_difference(first: list[np.ndarray], second: list[np.ndarray]) -> float:
    """两组参数里相差最多的那一个数差多少"""
    return max(float(np.abs(a - b).max()) for a, b in zip(first[:4], second[:4]))


def accuracy(weights: list[np.ndarray], inputs: np.ndarray, labels: np.ndarray) -> float:
    """认对的比例；weights：两层的权重与偏置；inputs：(m, 784)，0–1；labels：(m,)"""
    hidden = np.maximum(inputs @ weights[0] + weights[1], 0)  # (m, 128)
    return float(((hidden @ weights[2] + weights[3]).argmax(axis=1) == labels).mean())


def compare(
    layout: tuple[int, int], alone: list[np.ndarray], found: list[list[np.ndarray]], test: Pair
) -> dict[str, float]:
    """一种分法的结果：准确率，参数放在几台设备上，与第一种最多差多少，各进程彼此最多差多少"""
    row = {
        "accuracy": accuracy(found[0], *test),
        "places": int(found[0][4]),
        "difference_from_alone": largest_difference(alone, found[0]),
        "difference_between_processes": largest_difference(found[0], found[-1]),
    }
    print(f"{layout[0]} 个进程，各 {layout[1]} 台设备：准确率 {row['accuracy']:.2%}", end="，")
    print(f"与一个进程一台设备的最多差 {row['difference_from_alone']:.0e}", end="，")
    print(f"彼此最多差 {row['difference_between_processes']:.0e}")
    return row


def main(seed: int = 0) -> dict[str, float | list[float]]:
    """同样的训练，依次用一台设备、一个进程里的两台设备、两个进程，比较最终的参数"""
    (x_train, y_train), (x_test, y_test) = load_mnist()
    images, labels = flatten(x_train[:IMAGES]), y_train[:IMAGES]  # (m, 784)
    test = scale(flatten(x_test)), y_test  # (m, 784)
    found = [train(*layout, images, labels, seed) for layout in LAYOUTS]
    rows = [compare(layout, found[0][0], one, test) for layout, one in zip(LAYOUTS, found)]
    return {
        "processes": [layout[0] for layout in LAYOUTS],
        "steps": len(labels) // BATCH_SIZE,
        **{key: [row[key] for row in rows] for key in rows[0]},
    }


# --8<-- [end:main]

# --8<-- [start:run]
if __name__ == "__main__":
    if sys.argv[1:2] == ["worker"]:
        sys.exit(run_worker(*sys.argv[2:4]))
    try:
        results = main()
    except WorkerFailed as error:
        sys.exit(str(error))
# --8<-- [end:run]

"""数据并行：几个工作进程各算一份梯度，加起来就是整批的梯度；用 TensorFlow 自己的分布式引擎"""

import os
import sys

from mnist_lab.data import Pair, flatten, load_mnist, scale
from mnist_lab.quiet import start_keras
from mnist_lab.workers import (
    Refused,
    WorkerFailed,
    free_addresses,
    meet,
    start_workers,
    supervise,
)

if sys.argv[1:2] != ["worker"]:  # 工作进程要先会合，才能用到设备
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")  # 与页面上的程序一样，在用到设备之前
    start_keras()

# --8<-- [start:imports]
import json
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

# 都须在导入 keras 之前
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow 启动时少说几句
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")  # 每个进程一个计算线程，免得互相抢核
os.environ["KERAS_BACKEND"] = "tensorflow"  # 不管读者自己的 Keras 设置
import keras
import tensorflow as tf

# --8<-- [end:imports]

# --8<-- [start:settings]
IMAGES = 10_000  # 用训练集里多少张；要看的是参数是否相同，不是准确率有多高
BATCH_SIZE = 250  # 每一步全部工作进程合起来看的张数
RATE = 0.003  # Adam 的学习率
SAVE_EVERY = 10  # 每隔几步存一次盘
DIES_AFTER = 25  # 演习：第二个工作进程做完这么多步就死
PATIENCE = 120  # 等其他工作进程到齐，最多多少秒
EPOCHS, DIES_IN = 2, 1  # 用 fit 演习：共几个轮次；从 0 数起，死在第几个
WORKERS = (1, 2, 4)  # 依次用几个工作进程训练
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


# --8<-- [start:build]
def build(seed: int) -> tuple[keras.Sequential, keras.optimizers.Optimizer]:
    """网络与优化器；种子相同，各进程的起点就相同；须在策略的 scope 里调用"""
    keras.config.set_floatx("float64")  # 双精度：与一个进程的差别只剩舍入，看得清楚
    keras.config.set_epsilon(1e-7)  # 读者自己的 keras.json 里可能改过
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((784,)),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10),  # 得分；softmax 并进损失里
        ]
    )
    optimizer = keras.optimizers.Adam(RATE)
    optimizer.build(model.trainable_variables)  # 等到 run 里再建就晚了
    return model, optimizer


# --8<-- [end:build]


# --8<-- [start:step]
Gradient = list[tf.Tensor]
Step = Callable[[np.ndarray, np.ndarray], None]


def contribution(model: keras.Sequential, images: tf.Tensor, labels: tf.Tensor) -> Gradient:
    """一个进程对整批梯度的贡献；images：(每批的张数, 784)，0–1；labels：(每批的张数,)"""
    with tf.GradientTape() as tape:
        each = keras.losses.sparse_categorical_crossentropy(labels, model(images), from_logits=True)
        share = tf.reduce_sum(each) / BATCH_SIZE  # 除以整批的张数，不是自己那份的张数
    return tape.gradient(share, model.trainable_variables)


def make_step(
    strategy: tf.distribute.Strategy,
    model: keras.Sequential,
    optimizer: keras.optimizers.Optimizer,
) -> Step:
    """返回走一步的函数：各进程给它自己那一份，它求和、更新自己存的那份参数"""

    def learn(images: tf.Tensor, labels: tf.Tensor) -> None:
        gradient = contribution(model, images, labels)
        # Keras 的优化器发现自己在策略里，就先 all-reduce 求和，再更新
        optimizer.apply_gradients(zip(gradient, model.trainable_variables))

    run = tf.function(lambda *share: strategy.run(learn, args=share))
    return lambda images, labels: run(tf.constant(images), tf.constant(labels))


def whole_gradient(
    strategy: tf.distribute.Strategy,
    model: keras.Sequential,
    images: np.ndarray,
    labels: np.ndarray,
) -> list[np.ndarray]:
    """整批的梯度：各进程的贡献之和"""
    parts = strategy.run(contribution, args=(model, tf.constant(images), tf.constant(labels)))
    return [strategy.reduce("SUM", part, axis=None).numpy() for part in parts]


# --8<-- [end:step]


# --8<-- [start:job]
@dataclass(frozen=True)
class Job:
    """一次训练；写成 JSON，每台机器拿同样的一份"""

    workers: list[str]  # 各工作进程的地址；第一个带头，由它存盘
    folder: str  # 数据、存盘与结果都在这里；几台机器时，须是大家都看得到的文件夹
    seed: int
    save_every: int  # 每隔几步存一次盘
    patience: float  # 等大家到齐，最多多少秒
    dies_after: int = -1  # 演习：第二个工作进程做完几步就死；−1 是不死
    tries_fit: bool = False  # 训练完再试一次 fit


def make_job(workers: int, folder: str, seed: int) -> Job:
    """在这台机器上用几个工作进程的一次训练"""
    return Job(free_addresses(workers), folder, seed, SAVE_EVERY, PATIENCE)


def read_job(path: str) -> Job:
    """从 JSON 文件读出一次训练；异常：Refused"""
    try:
        return Job(**json.loads(Path(path).read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        found = f"{path}：读不出来；见到 {error!r}"
        raise Refused(f"{found}；应为 Job 的各个字段，写成 JSON；请让主进程来写它") from error


def deal(job: Job, images: np.ndarray, labels: np.ndarray) -> None:
    """给每个工作进程写一个文件，里面只有它自己的那一份；images：(m, 784)，uint8；labels：(m,)"""
    for rank, mine in enumerate(split_batches(len(labels), len(job.workers), job.seed)):
        np.savez(Path(job.folder) / f"share-{rank}.npz", images=images[mine], labels=labels[mine])


def read_share(rank: int, job: Job) -> list[Pair]:
    """读出一个工作进程的那一份，一步一项：图像 (每批的张数, 784)，0–1，与标签；异常：Refused"""
    path = Path(job.folder) / f"share-{rank}.npz"
    try:
        with np.load(path) as file:
            return list(zip(scale(file["images"]), file["labels"]))
    except (OSError, ValueError, KeyError) as error:
        found = f"{path}：读不出来；见到 {error!r}；应为分给工作进程 {rank} 的数据"
        raise Refused(f"{found}；文件夹应是大家都看得到的") from error


# --8<-- [end:job]


# --8<-- [start:join]
def join(rank: int, job: Job) -> tf.distribute.Strategy:
    """与其他工作进程会合，等大家到齐；异常：Refused"""
    meet(rank, job.workers, job.patience)  # TensorFlow 自己会一直等，也不说缺谁
    cluster = {"cluster": {"worker": job.workers}, "task": {"type": "worker", "index": rank}}
    os.environ["TF_CONFIG"] = json.dumps(cluster)  # TensorFlow 从这里读出谁是谁
    return tf.distribute.MultiWorkerMirroredStrategy()


# --8<-- [end:join]


# --8<-- [start:checkpoint]
class Saved:
    """存盘：参数、优化器的状态、做完了几步，还有这是哪一次训练"""

    def __init__(self, job: Job, model: keras.Sequential, optimizer: keras.optimizers.Optimizer):
        self.run = f"seed {job.seed}, batch {BATCH_SIZE}, rate {RATE}"
        self.step = tf.Variable(0, dtype="int64")
        parts = {"model": model, "optimizer": optimizer, "step": self.step}
        checkpoint = tf.train.Checkpoint(**parts, run=tf.Variable(self.run))
        self.manager = tf.train.CheckpointManager(checkpoint, job.folder, max_to_keep=2)

    def restore(self) -> int:
        """接上最近的一次存盘，返回做完了几步；没有存盘就是 0；异常：Refused"""
        latest = self.manager.latest_checkpoint
        if latest is None:
            return 0
        name = "run/.ATTRIBUTES/VARIABLE_VALUE"
        reader = tf.train.load_checkpoint(latest)
        found = reader.get_tensor(name).decode() if reader.has_tensor(name) else "别的程序"
        if found != self.run:  # 例如上次换过种子，忘了换文件夹
            expected = f"存盘属于另一次训练；见到 {found}；应为 {self.run}"
            raise Refused(f"{latest}：{expected}；请换一个文件夹，或删掉这个存盘")
        self.manager.checkpoint.restore(latest).assert_consumed()
        return int(self.step)

    def save(self, done: int) -> None:
        """记下做完了 done 步"""
        self.step.assign(done)
        self.manager.save(checkpoint_number=done)


# --8<-- [end:checkpoint]


# --8<-- [start:work]
def work(rank: int, job: Job) -> None:
    """一个工作进程：会合，接上存盘，训练，写出参数；异常：Refused、tf.errors.OpError"""
    shares = read_share(rank, job)
    strategy = join(rank, job)
    with strategy.scope():
        model, optimizer = build(job.seed)
    gradient = whole_gradient(strategy, model, *shares[0])  # 起点处的梯度，留给主进程核对
    saved = Saved(job, model, optimizer)
    start = saved.restore()
    step = make_step(strategy, model, optimizer)
    for done in range(start, len(shares)):
        if rank == 1 and done == job.dies_after:
            os._exit(9)  # 不打招呼就没了，如同断电
        step(*shares[done])
        if rank == 0 and (done + 1) % job.save_every == 0:
            saved.save(done + 1)
    result = [*model.get_weights(), *gradient, np.array(start)]
    np.savez(Path(job.folder) / f"{rank}.npz", *result)
    if job.tries_fit:
        try_fit(strategy, model, *shares[0])


def try_fit(
    strategy: tf.distribute.Strategy,
    model: keras.Sequential,
    images: np.ndarray,
    labels: np.ndarray,
) -> None:
    """在几个工作进程里用 fit，打印结果：Keras 3 至今不行"""
    with strategy.scope():
        model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    try:
        model.fit(images, labels, verbose=0)
        print("用 fit 训练做完了")
    except ValueError as error:
        print(f"用 fit 训练失败：ValueError: {str(error).splitlines()[0]}")


# --8<-- [end:work]


# --8<-- [start:command]
def run_worker(rank: str = "", path: str = "") -> int:
    """工作进程的命令：worker 编号 文件；返回退出码，不能开始时是 2，中途断了是 3"""
    try:
        job = read_job(path)
        if not (rank.isdecimal() and int(rank) < len(job.workers)):
            expected = f"应为小于 {len(job.workers)} 的整数"
            raise Refused(f"工作进程的编号不对；见到 {rank!r}；{expected}；请对照 {path}")
        work(int(rank), job)
    except Refused as error:
        print(error)
        return 2
    except tf.errors.OpError as error:  # 别的工作进程没了，这一步的求和做不成
        text = str(error)
        reason = text[max(text.find("Collective ops"), 0) :].splitlines()[0]
        print(f"训练中断：{reason}")
        return 3
    return 0


# --8<-- [end:command]


# --8<-- [start:train]
@dataclass(frozen=True)
class Result:
    """一个工作进程写出的结果"""

    weights: list[np.ndarray]  # 最终的参数，四个数组
    gradient: list[np.ndarray]  # 起点处整批的梯度，形状与参数相同
    start: int  # 从第几步开始


def train(job: Job) -> list[Result]:
    """在这台机器上启动全部工作进程，等它们做完，读出各自的结果；异常：WorkerFailed"""
    folder = Path(job.folder)
    path = folder / "job.json"
    path.write_text(json.dumps(asdict(job)), "utf-8")
    arguments = [["worker", str(rank), str(path)] for rank in range(len(job.workers))]
    supervise(start_workers(__file__, arguments, folder), folder)
    return [read_result(folder / f"{rank}.npz") for rank in range(len(job.workers))]


def read_result(path: Path) -> Result:
    """读出一个工作进程写下的结果"""
    with np.load(path) as file:
        arrays = [file[name] for name in file.files]
    return Result(arrays[:4], arrays[4:8], int(arrays[8]))


def train_alone(images: np.ndarray, labels: np.ndarray, seed: int) -> Result:
    """对照：一个进程，按同样的次序看同样的批；images：(m, 784)，uint8；labels：(m,)"""
    strategy = tf.distribute.get_strategy()  # 默认的策略，什么也不做
    model, optimizer = build(seed)
    (order,) = split_batches(len(labels), 1, seed)
    gradient = whole_gradient(strategy, model, scale(images[order[0]]), labels[order[0]])
    step = make_step(strategy, model, optimizer)
    for chosen in order:
        step(scale(images[chosen]), labels[chosen])
    return Result(model.get_weights(), gradient, 0)


def largest_difference(first: list[np.ndarray], second: list[np.ndarray]) -> float:
    """两组数组里相差最多的那一个数差多少"""
    return max(float(np.abs(a - b).max()) for a, b in zip(first, second))


# --8<-- [end:train]


# --8<-- [start:ring]
def ring_all_reduce(vectors: list[np.ndarray]) -> tuple[list[np.ndarray], int]:
    """环形 all-reduce：各家围成一圈，每次只向下一家发一段

    vectors：每家一个向量，长度相同；返回各家最后手里的总和，与发得最多的一家发出的字节数
    """
    count = len(vectors)
    held = [[part.copy() for part in np.array_split(vector, count)] for vector in vectors]
    sent = [0] * count
    for turn in range(2 * (count - 1)):  # 前一半的次数边传边加，后一半把加好的传一圈
        for rank in range(count):
            place = (rank - turn) % count
            part, target = held[rank][place], held[(rank + 1) % count]
            target[place] = target[place] + part if turn < count - 1 else part
            sent[rank] += part.nbytes
    return [np.concatenate(parts) for parts in held], max(sent)


def add_up(images: np.ndarray, labels: np.ndarray, seed: int) -> tuple[list[np.ndarray], int]:
    """第一批分成四份，各算各的贡献，围成一圈相加"""
    model, _ = build(seed)
    vectors = []
    for mine in split_batches(len(labels), WORKERS[-1], seed):
        parts = contribution(model, scale(images[mine[0]]), labels[mine[0]])
        vectors.append(np.concatenate([part.numpy().reshape(-1) for part in parts]))
    return ring_all_reduce(vectors)


# --8<-- [end:ring]


# --8<-- [start:rehearse]
def rehearse(job: Job) -> list[Result]:
    """演习：两个工作进程，第二个中途死掉；看第一个怎么说，再从存盘接着来"""
    try:
        train(replace(job, dies_after=DIES_AFTER))
    except WorkerFailed:
        said = (Path(job.folder) / "0.out").read_text("utf-8").partition(" by: ")[0]
        print(f"演习：第二个工作进程死了，第一个说：{said.strip()}")
    return train(replace(job, workers=free_addresses(2)))


# --8<-- [end:rehearse]


# --8<-- [start:backup]
class PowerCut(Exception):
    """演习用的断电"""


def cut_power(epoch: int, logs: object) -> None:
    """到第 DIES_IN 个轮次开头就断电"""
    if epoch == DIES_IN:
        raise PowerCut


def fit(
    images: np.ndarray, labels: np.ndarray, seed: int, folder: Path, *, dies: bool = False
) -> Result:
    """一个进程用 fit 训练，每个轮次存一次盘；images：(m, 784)，uint8；异常：PowerCut"""
    model, optimizer = build(seed)
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    callbacks = [keras.callbacks.BackupAndRestore(folder)]  # 有存盘就接上，做完了就删掉
    if dies:
        callbacks.append(keras.callbacks.LambdaCallback(on_epoch_begin=cut_power))
    options = {"batch_size": BATCH_SIZE, "epochs": EPOCHS, "shuffle": False, "verbose": 0}
    history = model.fit(scale(images), labels, callbacks=callbacks, **options)
    return Result(model.get_weights(), [], history.epoch[0])


def rehearse_fit(
    images: np.ndarray, labels: np.ndarray, seed: int, folder: Path
) -> tuple[Result, Result]:
    """演习：用 fit 训练，中途断电，重建网络，从存盘接着来；返回没有断过的，与接着来的"""
    whole = fit(images, labels, seed, folder / "whole")
    try:
        fit(images, labels, seed, folder / "backup", dies=True)
    except PowerCut:
        print(f"演习：用 fit 训练，到第 {DIES_IN} 个轮次断电")
    return whole, fit(images, labels, seed, folder / "backup")


# --8<-- [end:backup]


# --8<-- [start:main]
def accuracy(weights: list[np.ndarray], inputs: np.ndarray, labels: np.ndarray) -> float:
    """认对的比例；weights：两层的权重与偏置；inputs：(m, 784)，0–1；labels：(m,)"""
    hidden = np.maximum(inputs @ weights[0] + weights[1], 0)  # (m, 128)
    return float(((hidden @ weights[2] + weights[3]).argmax(axis=1) == labels).mean())


def compare(alone: Result, found: list[Result], test: Pair) -> dict[str, float]:
    """几个工作进程训练的结果：准确率，与独自训练最多差多少，各进程之间最多差多少"""
    first, *others = found
    row = {
        "accuracy": accuracy(first.weights, *test),
        "gradient_difference": largest_difference(alone.gradient, first.gradient),
        "difference_from_alone": largest_difference(alone.weights, first.weights),
        "difference_between_replicas": max(
            [largest_difference(first.weights, other.weights) for other in others], default=0.0
        ),
    }
    print(f"{len(found)} 个工作进程：准确率 {row['accuracy']:.2%}", end="，与独自训练最多差 ")
    print(
        f"{row['gradient_difference']:.0e}（梯度）、{row['difference_from_alone']:.0e}（参数）",
        end="，",
    )
    print(f"彼此最多差 {row['difference_between_replicas']:.0e}")
    return row


def run_cluster(count: int, images: np.ndarray, labels: np.ndarray, seed: int) -> list[Result]:
    """用 count 个工作进程训练一遍；两个的时候再试一次 fit，打印它怎么说"""
    with tempfile.TemporaryDirectory() as folder:
        job = replace(make_job(count, folder, seed), tries_fit=count == 2)
        deal(job, images, labels)
        found = train(job)
        print((Path(folder) / "0.out").read_text("utf-8"), end="")
    return found


def drill(unbroken: Result, images: np.ndarray, labels: np.ndarray, seed: int) -> dict[str, float]:
    """两次演习，一次是两个工作进程，一次是 fit；接着来的与没有断过的比较"""
    with tempfile.TemporaryDirectory() as folder:
        job = make_job(2, folder, seed)
        deal(job, images, labels)
        resumed = rehearse(job)[0]
    with tempfile.TemporaryDirectory() as folder:
        whole, fitted = rehearse_fit(images, labels, seed, Path(folder))
    off = largest_difference(unbroken.weights, resumed.weights)
    fit_off = largest_difference(whole.weights, fitted.weights)
    print(f"从第 {resumed.start} 步接着来，与没有断过的最多差 {off:.0e}", end="；")
    print(f"fit 从第 {fitted.start} 个轮次接着来，最多差 {fit_off:.0e}")
    return {
        "resumed_at": resumed.start,
        "resumed_difference": off,
        "fit_resumed_in": fitted.start,
        "fit_resumed_difference": fit_off,
    }


def main(seed: int = 0) -> dict[str, float | list[float]]:
    """独自训练，再用 1、2、4 个工作进程各训练一遍，比较；最后演习两次故障"""
    (x_train, y_train), (x_test, y_test) = load_mnist()
    images, labels = flatten(x_train[:IMAGES]), y_train[:IMAGES]  # (10000, 784)
    test = scale(flatten(x_test)), y_test  # (10000, 784)
    alone = train_alone(images, labels, seed)
    alone_accuracy = accuracy(alone.weights, *test)
    print(f"独自训练：准确率 {alone_accuracy:.2%}")
    sums, ring_bytes = add_up(images, labels, seed)
    whole = np.concatenate([part.reshape(-1) for part in alone.gradient])
    clusters, rows = {}, []
    for count in WORKERS:
        clusters[count] = run_cluster(count, images, labels, seed)
        rows.append(compare(alone, clusters[count], test))
    return {
        "workers": list(WORKERS),
        "steps": len(labels) // BATCH_SIZE,
        "save_every": SAVE_EVERY,
        "died_after": DIES_AFTER,
        "alone_accuracy": alone_accuracy,
        "gradient_bytes": whole.nbytes,
        "ring_bytes": ring_bytes,
        "ring_difference": max(float(np.abs(total - whole).max()) for total in sums),
        **{key: [row[key] for row in rows] for key in rows[0]},
        **drill(clusters[2][0], images, labels, seed),
    }


# --8<-- [end:main]

# --8<-- [start:run]
if __name__ == "__main__":
    if sys.argv[1:2] == ["worker"]:
        sys.exit(run_worker(*sys.argv[2:4]))
    results = main()
# --8<-- [end:run]

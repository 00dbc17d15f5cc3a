"""GAN：生成器造数字，判别器辨真假；造得怎样，由一个先量过的分类器来评"""

# --8<-- [start:environment]
import os

# 都须在导入 keras 之前
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow 启动时少说几句
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")  # 网络很小，多线程只会互相等待
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
os.environ["KERAS_BACKEND"] = "tensorflow"  # 不管读者自己的 Keras 设置

# --8<-- [end:environment]
from mnist_lab.data import load_mnist, scale
from mnist_lab.quiet import start_keras

start_keras()

# --8<-- [start:imports]
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

# 这三样也可能在读者自己的 keras.json 里改过，这里取默认值
keras.config.set_floatx("float32")
keras.config.set_epsilon(1e-7)
keras.config.set_image_data_format("channels_last")
# TensorFlow 的这一步改写对下面的网络不成，只在标准错误上报错；关掉它，结果一样
tf.config.optimizer.set_experimental_options({"remapping": False})

# --8<-- [end:imports]

# --8<-- [start:settings]
NOISE = 64  # 噪声的维数：生成器的输入
BATCH_SIZE = 64  # 小批量的张数
RATE = 0.001  # 两个网络的学习率
MOMENTUM = 0.5  # Adam 的梯度滑动平均保留的比例；默认值更大，两边会追来追去
REAL = 0.9  # 判别器学到的「真」；不取 1，它就不会过于自信
FRAMES = (0, 100, 400, 1200, 4000)  # 胶片：更新几次之后各拍一格；最后一个就是更新的总次数
SHOWN = 6  # 胶片每一格的张数
JUDGED = 2000  # 评价时用的张数
JUDGE_EPOCHS = 2  # 分类器的轮次
GREEDY_RATE = 0.02  # 诱发坍缩：生成器的学习率大二十倍
GREEDY_STEPS = 600  # 诱发坍缩：更新的次数
# --8<-- [end:settings]


# --8<-- [start:networks]
def build_generator() -> keras.Sequential:
    """生成器：噪声 (m, NOISE) → 图像 (m, 28, 28, 1)，0–1"""
    return keras.Sequential(
        [
            keras.Input((NOISE,)),
            keras.layers.Dense(7 * 7 * 16, use_bias=False),  # 批归一化自带偏置
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
            keras.layers.Reshape((7, 7, 16)),
            keras.layers.Conv2DTranspose(8, 4, 2, "same", use_bias=False),  # → (m, 14, 14, 8)
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
            keras.layers.Conv2DTranspose(1, 4, 2, "same", activation="sigmoid"),
        ]
    )


def build_discriminator() -> keras.Sequential:
    """判别器：图像 (m, 28, 28, 1) → 得分 (m, 1)，越大越像真的"""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(16, 4, 2, "same"),  # → (m, 14, 14, 16)
            keras.layers.LeakyReLU(0.2),
            keras.layers.Conv2D(32, 4, 2, "same"),  # → (m, 7, 7, 32)
            keras.layers.LeakyReLU(0.2),
            keras.layers.Flatten(),
            keras.layers.Dense(1),
        ]
    )


# --8<-- [end:networks]


# --8<-- [start:update]
@dataclass(frozen=True)
class Gan:  # 两个网络，与各自的优化器
    generator: keras.Sequential
    discriminator: keras.Sequential
    generator_adam: keras.optimizers.Adam
    discriminator_adam: keras.optimizers.Adam


def new_gan(generator_rate: float = RATE) -> Gan:
    """还没有训练的一对网络；优化器先建好变量，编译后的函数里不能再建"""
    generator, discriminator = build_generator(), build_discriminator()
    forger = keras.optimizers.Adam(generator_rate, beta_1=MOMENTUM)
    detective = keras.optimizers.Adam(RATE, beta_1=MOMENTUM)
    forger.build(generator.trainable_variables)
    detective.build(discriminator.trainable_variables)
    return Gan(generator, discriminator, forger, detective)


def against(target: float, score: tf.Tensor) -> tf.Tensor:
    """得分与目标（1 为真，0 为假）之间的交叉熵，对小批量取平均"""
    loss = tf.nn.sigmoid_cross_entropy_with_logits(tf.fill(tf.shape(score), target), score)
    return tf.reduce_mean(loss)


def update(gan: Gan, real: tf.Tensor, noise: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """两个网络各更新一次，返回更新之前判别器与生成器的损失

    real：(m, 28, 28, 1)，0–1；noise：(m, NOISE)
    """
    with tf.GradientTape() as detective, tf.GradientTape() as forger:
        fake = gan.generator(noise, training=True)  # (m, 28, 28, 1)
        said_real = gan.discriminator(real, training=True)  # (m, 1)
        said_fake = gan.discriminator(fake, training=True)
        caught = against(REAL, said_real) + against(0.0, said_fake)  # 判别器要认出真假
        fooled = against(1.0, said_fake)  # 生成器要假的被当成真的
    weights = gan.discriminator.trainable_variables
    gan.discriminator_adam.apply(detective.gradient(caught, weights), weights)
    weights = gan.generator.trainable_variables
    gan.generator_adam.apply(forger.gradient(fooled, weights), weights)
    return caught, fooled


# --8<-- [end:update]


# --8<-- [start:generate]
def generate(gan: Gan, noise: np.ndarray) -> np.ndarray:
    """由噪声 (m, NOISE) 造图像，(m, 28, 28, 1)，0–1"""
    return np.asarray(gan.generator(noise, training=False))


# --8<-- [end:generate]


# --8<-- [start:train]
def train(gan: Gan, images: np.ndarray, frames: tuple[int, ...], seed: int) -> list[np.ndarray]:
    """训练到 frames 的最后一个次数，途中用同一份噪声拍胶片；返回各格的图像，每格 (SHOWN, 28, 28, 1)

    images：(m, 28, 28, 1)，float32，0–1
    """
    rng = np.random.default_rng(seed)
    fixed = rng.standard_normal((SHOWN, NOISE), dtype=np.float32)
    compiled, film = tf.function(update), []
    for step in range(frames[-1]):
        if step in frames:
            film.append(generate(gan, fixed))
        real = images[rng.integers(len(images), size=BATCH_SIZE)]  # (64, 28, 28, 1)
        noise = rng.standard_normal((BATCH_SIZE, NOISE), dtype=np.float32)
        compiled(gan, tf.constant(real), tf.constant(noise))
    return [*film, generate(gan, fixed)]


# --8<-- [end:train]


# --8<-- [start:judge]
def train_judge(images: np.ndarray, labels: np.ndarray) -> keras.Sequential:
    """评判用的分类器：一个小卷积网络；images：(m, 28, 28, 1)，0–1"""
    judge = keras.Sequential([keras.Input((28, 28, 1))])
    for filters, size in ((16, 5), (32, 3), (64, 3)):
        judge.add(keras.layers.Conv2D(filters, size, 2, use_bias=False))
        judge.add(keras.layers.BatchNormalization())
        judge.add(keras.layers.ReLU())
    judge.add(keras.layers.Flatten())
    judge.add(keras.layers.Dense(10, activation="softmax"))
    steps = JUDGE_EPOCHS * -(-len(images) // 128)  # 向上取整
    adam = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.006, steps))
    judge.compile(adam, "sparse_categorical_crossentropy")
    judge.fit(images, labels, batch_size=128, epochs=JUDGE_EPOCHS, verbose=0)
    return judge


# --8<-- [end:judge]


# --8<-- [start:measure]
def measure(judge: keras.Sequential, images: np.ndarray) -> dict[str, float]:
    """分类器怎样看这些图像，它们彼此又差多少；images：(m, 28, 28, 1)，0–1

    confidence：最大的概率，平均；sure：最大的概率超过 0.9 的比例
    evenness：十个数字的平均概率的熵 ÷ log 10，均匀为 1；rarest：认得最少的数字占的比例
    distance：相邻两张图像的像素之差，均方根，平均
    """
    p = np.asarray(judge(images, training=False))  # (m, 10)
    top, mean = p.max(axis=1), p.mean(axis=0, dtype=np.float64)
    counts = np.bincount(p.argmax(axis=1), minlength=10)  # (10,)
    gaps = np.sqrt(np.square(images[1:] - images[:-1]).mean(axis=(1, 2, 3)))  # (m − 1,)
    return {
        "confidence": float(top.mean()),
        "sure": float((top > 0.9).mean()),
        "evenness": float(-(mean * np.log(mean + 1e-12)).sum() / np.log(10)),
        "rarest": float(counts.min() / len(images)),
        "distance": float(gaps.mean()),
    }


# --8<-- [end:measure]


# --8<-- [start:film]
def pack(images: np.ndarray) -> list[list[int]]:
    """图像化为 0–9 十级灰度，每 8 个像素写成一个八位数：记录里 98 个数就是一张，(m, 98)"""
    levels = np.rint(images * 9).astype(int).reshape(len(images), -1, 8)  # (m, 98, 8)
    return (levels @ 10 ** np.arange(7, -1, -1)).tolist()


# --8<-- [end:film]


# --8<-- [start:report]
def report(name: str, measured: dict[str, float]) -> dict[str, float]:
    """打印一行，返回以 name 开头的各个数"""
    print(
        f"{name:10s} 确信 {measured['confidence']:.3f}，均匀 {measured['evenness']:.3f}", end="，"
    )
    print(f"最少的数字 {measured['rarest']:.3f}，相差 {measured['distance']:.3f}")
    return {f"{name}_{key}": value for key, value in measured.items()}


# --8<-- [end:report]


# --8<-- [start:main]
def main(seed: int = 0) -> dict[str, Any]:
    """训练分类器并量它，训练 GAN 并评它，再诱发一次模式坍缩"""
    (x_train, y_train), (x_test, y_test) = load_mnist()
    images, test = scale(x_train[..., np.newaxis]), scale(x_test[..., np.newaxis])
    keras.utils.set_random_seed(seed)
    judge = train_judge(images, y_train)
    guesses = judge.predict(test, batch_size=500, verbose=0).argmax(axis=1)  # (10000,)
    numbers: dict[str, Any] = {"judge_accuracy": float((guesses == y_test).mean())}
    print(f"分类器在测试集上的准确率：{numbers['judge_accuracy']:.2%}")
    rng = np.random.default_rng(seed)
    numbers |= report("real", measure(judge, test[:JUDGED]))
    snow = rng.random((JUDGED, 28, 28, 1), dtype=np.float32)
    numbers |= report("snow", measure(judge, snow))
    noise = rng.standard_normal((JUDGED, NOISE), dtype=np.float32)
    gan = new_gan()
    film = train(gan, images, FRAMES, seed)
    numbers |= report("fake", measure(judge, generate(gan, noise)))
    greedy = new_gan(GREEDY_RATE)
    (stuck,) = train(greedy, images, (GREEDY_STEPS,), seed)
    numbers |= report("collapsed", measure(judge, generate(greedy, noise)))
    numbers["film"] = [pack(frame) for frame in film]
    numbers["stuck"] = pack(stuck)
    numbers["parameters"] = [gan.generator.count_params(), gan.discriminator.count_params()]
    return numbers


# --8<-- [end:main]

# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]

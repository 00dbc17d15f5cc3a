"""§5.2 的程序，从头到尾一段；导入本模块就会训练，所以只作为程序运行"""

from mnist_lab.quiet import start_keras

start_keras()

# --8<-- [start:listing]
import os

os.environ["KERAS_BACKEND"] = "tensorflow"  # 由 TensorFlow 计算，须在导入 keras 之前

import keras
import numpy as np

# 读者自己的 Keras 设置也许不同，这里取默认值
keras.config.set_floatx("float32")
keras.config.set_epsilon(1e-7)
keras.utils.set_random_seed(0)  # 同一台机器上，每次运行的结果相同

# 定义模型：输入 784，隐藏层 128，输出 10
model = keras.Sequential(
    [
        keras.Input(shape=(784,)),
        keras.layers.Dense(128, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)

# 编译模型：标签是 0–9 的整数，所以损失函数带 sparse
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

# 加载数据：当前文件夹里的 mnist.npz
with np.load("mnist.npz") as mnist:
    x_train, y_train = mnist["x_train"], mnist["y_train"]
    x_test, y_test = mnist["x_test"], mnist["y_test"]

# 数据预处理：28 × 28 的图像展平成 784 个数，0–255 除以 255
x_train = x_train.reshape(-1, 784).astype("float32") / 255
x_test = x_test.reshape(-1, 784).astype("float32") / 255

# 训练模型：全部训练图像看五个轮次
model.fit(x_train, y_train, epochs=5)

# 评估模型：训练时没有用过的图像
loss, accuracy = model.evaluate(x_test, y_test)
# --8<-- [end:listing]

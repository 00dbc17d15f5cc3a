"""导入 keras 而不让 TensorFlow 的启动信息写到标准错误；本模块不在任何页面上"""

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

# TensorFlow 的 C++ 部分在日志系统就绪之前写的行，没有环境变量管得到；最后一种说的是这台机器没有显卡
CHATTER = re.compile(
    r"WARNING: All log messages before absl::InitializeLog\(\)"
    r"|I\d{4} \d\d:\d\d:|E\d{4} \d\d:\d\d:.* failed call to cuInit"
)


@contextmanager
def quiet_start() -> Iterator[None]:
    """其间写到标准错误的内容，去掉 TensorFlow 的启动信息，其余照原样写出"""
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(stderr, 2)
            os.close(stderr)
            held.seek(0)
            for line in held.read().decode(errors="replace").splitlines(keepends=True):
                if not CHATTER.match(line):
                    sys.stderr.write(line)


def start_keras() -> None:
    """导入 keras，并第一次用到设备：两处都有启动信息"""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ["KERAS_BACKEND"] = "tensorflow"  # 页面上的程序也这样设
    with quiet_start():
        import keras

        keras.ops.zeros(1, "float32")

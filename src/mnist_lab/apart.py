"""本站的测试环境里，JAX 另装一处：TensorFlow 见到它会一起导入，慢得多；本模块不在任何页面上"""

import sys
from pathlib import Path

# scripts/setup.py 照 requirements-jax.txt 装在这里
FOLDER = Path(__file__).resolve().parents[2] / ".cache" / "jax"


def use_jax() -> None:
    """在当前进程里能导入 JAX，不能导入 TensorFlow：读者照页面装的环境就是这样"""
    sys.path.append(str(FOLDER))
    sys.modules["tensorflow"] = None  # type: ignore[assignment]  # Keras 见到它也会一起导入

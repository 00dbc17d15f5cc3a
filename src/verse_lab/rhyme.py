"""押韵：有一个注意力头看着韵脚，模型却还不会押韵；在训练好的权重上量，只用 NumPy"""

# --8<-- [start:threads]
import os

# 矩阵不大，多线程等待的时间比计算还长，线程数还会改变结果的末几位；要在导入 NumPy 之前设
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# --8<-- [end:threads]
# --8<-- [start:imports]
from typing import Any

import numpy as np

# --8<-- [end:imports]
from verse_lab.data import SIGNS, Sounds, Vocabulary, load_poems, load_sounds
from verse_lab.inference import load_weights
from verse_lab.measures import rhymes
from verse_lab.transformer import Parameters, count_layers, forward, log_probabilities


# --8<-- [start:places]
def ends_of(size: int) -> tuple[int, int]:
    """第二句与第四句末字的位置；size 是一句几个字，位置 0 是体裁"""
    return 2 * size + 1, 4 * size + 3


# --8<-- [end:places]


# --8<-- [start:look]
def looks(parameters: Parameters, ids: np.ndarray) -> np.ndarray:
    """各层各头的注意力，对诗取平均，(layers, heads, t, t)；ids：(m, t)"""
    _, kept = forward(parameters, ids)
    # 每层留下四样，第二样是注意力的，其中第五个是注意力的权重 (m, heads, t, t)
    layers = [kept[4 * layer + 1][4] for layer in range(count_layers(parameters))]
    return np.stack([weights.mean(axis=0) for weights in layers])


# --8<-- [end:look]


# --8<-- [start:mass]
def rhyme_mass(
    parameters: Parameters, ids: np.ndarray, ends: tuple[int, int], groups: np.ndarray
) -> tuple[float, float]:
    """写最后一个字时，与第二句押韵的字的总概率，以及与另一首诗的第二句押韵的字的总概率

    ids：同一体裁的诗 (m, t)；groups：字表里每个字的韵 (signs,)，不知道的是 -1
    """
    second, last = ends
    vectors = forward(parameters, ids[:, :last])[0][:, -1]
    chances = np.exp(log_probabilities(parameters, vectors))  # (m, signs)
    found = []
    for signs in (ids[:, second], np.roll(ids[:, second], 1)):
        same = groups[signs][:, None] == groups[None, :]  # (m, signs)
        same[np.arange(len(signs)), signs] = False  # 同一个字不算押韵
        found.append(float((chances * same).sum(axis=1).mean()))
    return found[0], found[1]


def groups_of(vocabulary: Vocabulary, sounds: Sounds) -> np.ndarray:
    """字表里每个字的韵，不知道的是 -1"""
    return np.array([sounds.groups.get(sign, -1) for sign in vocabulary.signs])


# --8<-- [end:mass]


# --8<-- [start:main]
def main(seed: int = 0) -> dict[str, Any]:
    """五言、七言各量一遍：每个头看韵脚多少，押韵的字有多大概率；没有随机的东西，seed 用不上"""
    parameters, vocabulary = load_weights()
    sounds = load_sounds()
    groups = groups_of(vocabulary, sounds)
    poems = [poem for _, poem in load_poems()["测试"] if rhymes(poem, sounds)]
    ids = vocabulary.encode(poems)
    numbers: dict[str, Any] = {"poems": len(poems)}
    for size in (5, 7):
        same = ids[ids[:, 0] == SIGNS.index(str(size))]
        ends = ends_of(size)
        same = same[groups[same[:, ends[0]]] >= 0]  # 第二句末字是 □ 的，不知道是什么韵
        weights = looks(parameters, same[:, : ends[1]])
        gaze = weights[:, :, -1, ends[0]].ravel()  # 写最后一个字之前，看第二句末字多少
        mass, other = rhyme_mass(parameters, same, ends, groups)
        numbers |= {
            f"poems_{size}": len(same),
            f"gaze_{size}": gaze.tolist(),
            f"most_{size}": float(gaze.max()),
            f"even_{size}": 1 / ends[1],
            f"mass_{size}": mass,
            f"other_{size}": other,
        }
        print(f"{size} 言：看韵脚最多的头 {gaze.max():.2f}，平均分是 {1 / ends[1]:.2f}")
        print(f"押韵的字的概率 {mass:.3f}，换一首诗的韵 {other:.3f}")
    numbers["picture"] = weights.reshape(-1, *weights.shape[2:])[int(gaze.argmax())].tolist()
    return numbers


# --8<-- [end:main]


# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]

"""只有解码器的 Transformer，GPT 那一种：前向、反向、优化器；只用 NumPy"""

# --8<-- [start:imports]
import math

import numpy as np

# --8<-- [end:imports]
from verse_lab.data import LENGTH, UNKNOWN, split

# --8<-- [start:initialise]
HEAD_WIDTH = 16  # 每个注意力头的宽度；头数是宽度除以它
EPSILON = 1e-5  # 防止除以零

Parameters = dict[str, np.ndarray]
Kept = tuple[np.ndarray, ...]  # 前向的一步留给反向的中间结果


def initialise(signs: int, width: int, layers: int, rng: np.random.Generator) -> Parameters:
    """初始的参数，float32；signs 是字表的大小"""
    small = 1 / math.sqrt(2 * layers)  # 每层往残差上加两次，加得小些，总和才不随层数变大
    parameters = {
        "token": rng.normal(0, 0.02, (signs, width)),
        "place": rng.normal(0, 0.02, (LENGTH - 1, width)),
        "norm.gain": np.ones(width),
        "norm.shift": np.zeros(width),
    }
    for layer in range(layers):
        parameters |= {
            f"{layer}.norm_1.gain": np.ones(width),
            f"{layer}.norm_1.shift": np.zeros(width),
            f"{layer}.query_key_value": random_matrix(width, 3 * width, rng),
            f"{layer}.mix": random_matrix(width, width, rng) * small,
            f"{layer}.norm_2.gain": np.ones(width),
            f"{layer}.norm_2.shift": np.zeros(width),
            f"{layer}.widen": random_matrix(width, 4 * width, rng),
            f"{layer}.narrow": random_matrix(4 * width, width, rng) * small,
        }
    return {name: value.astype(np.float32) for name, value in parameters.items()}


def random_matrix(rows: int, columns: int, rng: np.random.Generator) -> np.ndarray:
    """随机的权重，标准差是行数的平方根分之一：输入各自独立时，输出与输入一样大"""
    return rng.normal(0, 1 / math.sqrt(rows), (rows, columns))


def count_layers(parameters: Parameters) -> int:
    """层数"""
    return sum(name.endswith(".mix") for name in parameters)


# --8<-- [end:initialise]


# --8<-- [start:norm]
def normalise(x: np.ndarray, parameters: Parameters, name: str) -> tuple[np.ndarray, Kept]:
    """层归一化：每个位置减去均值、除以标准差，再乘上增益、加上偏移；形状不变"""
    centred = x - x.mean(axis=-1, keepdims=True)
    scale = 1 / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPSILON)
    unit = centred * scale
    return unit * parameters[f"{name}.gain"] + parameters[f"{name}.shift"], (unit, scale)


# --8<-- [end:norm]


# --8<-- [start:attention]
def attention(x: np.ndarray, parameters: Parameters, layer: int) -> tuple[np.ndarray, Kept]:
    """因果自注意力：每个位置只看自己与前面的位置；x：(m, t, width)，形状不变"""
    m, t, width = x.shape
    heads = width // HEAD_WIDTH
    joined = x @ parameters[f"{layer}.query_key_value"]  # (m, t, 3 × width)
    parts = joined.reshape(m, t, 3, heads, HEAD_WIDTH).transpose(2, 0, 3, 1, 4)
    queries, keys, values = parts  # 各 (m, heads, t, HEAD_WIDTH)
    scores = queries @ keys.swapaxes(2, 3) / math.sqrt(HEAD_WIDTH)  # (m, heads, t, t)
    scores[:, :, np.triu(np.ones((t, t), bool), k=1)] = -np.inf  # 后面的字还没写出来，不能看
    weights = softmax(scores)
    mixed = (weights @ values).swapaxes(1, 2).reshape(m, t, width)
    return mixed @ parameters[f"{layer}.mix"], (x, queries, keys, values, weights, mixed)


def softmax(scores: np.ndarray) -> np.ndarray:
    """最后一维化成概率，形状不变"""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


# --8<-- [end:attention]


# --8<-- [start:forward]
def forward(parameters: Parameters, inputs: np.ndarray) -> tuple[np.ndarray, list[Kept]]:
    """编号 (m, t) → 每个位置的向量 (m, t, width)，以及反向传播要用的中间结果"""
    x = parameters["token"][inputs] + parameters["place"][: inputs.shape[1]]
    kept: list[Kept] = []
    for layer in range(count_layers(parameters)):
        normal, norm_1 = normalise(x, parameters, f"{layer}.norm_1")
        change, attended = attention(normal, parameters, layer)
        x = x + change
        normal, norm_2 = normalise(x, parameters, f"{layer}.norm_2")
        wide = np.maximum(normal @ parameters[f"{layer}.widen"], 0)  # ReLU，(m, t, 4 × width)
        x = x + wide @ parameters[f"{layer}.narrow"]
        kept += [norm_1, attended, norm_2, (normal, wide)]
    x, norm = normalise(x, parameters, "norm")
    return x, [*kept, norm]


def log_probabilities(parameters: Parameters, vectors: np.ndarray) -> np.ndarray:
    """向量 (..., width) → 下一个字的对数概率 (..., signs)；输出与词向量共用一个矩阵"""
    logits = vectors @ parameters["token"].T
    logits -= logits.max(axis=-1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def losses_of(parameters: Parameters, ids: np.ndarray, batch: int = 64) -> np.ndarray:
    """每一位的损失，单位奈特，(m, 33)；补齐的位置为 0"""
    found = np.zeros((len(ids), LENGTH - 1), np.float32)
    for start in range(0, len(ids), batch):
        inputs, targets, real = split(ids[start : start + batch])
        vectors = forward(parameters, inputs)[0][real]
        logs = log_probabilities(parameters, vectors)
        found[start : start + batch][real] = -logs[np.arange(len(logs)), targets[real]]
    return found


# --8<-- [end:forward]


# --8<-- [start:backward]
def product(x: np.ndarray, change: np.ndarray) -> np.ndarray:
    """y = x @ 权重 时权重的梯度：各位置的外积之和"""
    return x.reshape(-1, x.shape[-1]).T @ change.reshape(-1, change.shape[-1])


def normalise_back(
    change: np.ndarray, kept: Kept, parameters: Parameters, name: str, found: Parameters
) -> np.ndarray:
    """层归一化的反向：记下增益、偏移的梯度，返回输入的梯度"""
    unit, scale = kept
    found[f"{name}.gain"] = (change * unit).sum(axis=(0, 1))
    found[f"{name}.shift"] = change.sum(axis=(0, 1))
    change = change * parameters[f"{name}.gain"]
    along = unit * (change * unit).mean(axis=-1, keepdims=True)
    return scale * (change - change.mean(axis=-1, keepdims=True) - along)


def attention_back(
    change: np.ndarray, kept: Kept, parameters: Parameters, layer: int, found: Parameters
) -> np.ndarray:
    """注意力的反向：记下两个矩阵的梯度，返回输入的梯度"""
    x, queries, keys, values, weights, mixed = kept
    m, heads, t, _ = queries.shape
    found[f"{layer}.mix"] = product(mixed, change)
    change = change @ parameters[f"{layer}.mix"].T
    change = change.reshape(m, t, heads, HEAD_WIDTH).swapaxes(1, 2)
    slopes = change @ values.swapaxes(2, 3)  # 对注意力权重的导数，(m, heads, t, t)
    slopes = weights * (slopes - (slopes * weights).sum(axis=-1, keepdims=True))  # softmax 的反向
    slopes /= math.sqrt(HEAD_WIDTH)
    parts = np.stack(
        [slopes @ keys, slopes.swapaxes(2, 3) @ queries, weights.swapaxes(2, 3) @ change]
    )
    joined = parts.transpose(1, 3, 0, 2, 4).reshape(m, t, -1)  # (m, t, 3 × width)
    found[f"{layer}.query_key_value"] = product(x, joined)
    return joined @ parameters[f"{layer}.query_key_value"].T


def backward(
    parameters: Parameters, change: np.ndarray, kept: list[Kept]
) -> tuple[np.ndarray, Parameters]:
    """由输出向量的梯度 (m, t, width) 倒着走，返回词向量处的梯度与各参数的梯度"""
    found: Parameters = {}
    change = normalise_back(change, kept[-1], parameters, "norm", found)
    for layer in reversed(range(count_layers(parameters))):
        norm_1, attended, norm_2, (normal, wide) = kept[4 * layer : 4 * layer + 4]
        found[f"{layer}.narrow"] = product(wide, change)
        inner = (change @ parameters[f"{layer}.narrow"].T) * (wide > 0)
        found[f"{layer}.widen"] = product(normal, inner)
        inner = inner @ parameters[f"{layer}.widen"].T
        change = change + normalise_back(inner, norm_2, parameters, f"{layer}.norm_2", found)
        inner = attention_back(change, attended, parameters, layer, found)
        change = change + normalise_back(inner, norm_1, parameters, f"{layer}.norm_1", found)
    return change, found


def gradients(parameters: Parameters, ids: np.ndarray) -> tuple[float, Parameters]:
    """一批诗 (m, 34) 的平均损失（标点与结束也算）与每个参数的梯度"""
    inputs, targets, real = split(ids)
    vectors, kept = forward(parameters, inputs)
    logs = log_probabilities(parameters, vectors[real])  # (n, signs)，n 是真有的位置数
    chosen = np.arange(len(logs)), targets[real]
    loss = -float(logs[chosen].mean(dtype=np.float64))
    slopes = np.exp(logs)  # softmax 与交叉熵合起来，对得分的导数是 p - y
    slopes[chosen] -= 1
    slopes /= len(logs)
    change = np.zeros_like(vectors)
    change[real] = slopes @ parameters["token"]
    change, found = backward(parameters, change, kept)
    found["place"] = np.zeros_like(parameters["place"])
    found["place"][: inputs.shape[1]] = change.sum(axis=0)
    found["token"] = slopes.T @ vectors[real]
    np.add.at(found["token"], inputs, change)  # 词向量用了两次：输入一次，输出一次
    return loss, found


# --8<-- [end:backward]


# --8<-- [start:optimise]
class Adam:
    """Adam，加上权重衰减与梯度裁剪；每个参数按自己梯度的大小调整步长"""

    def __init__(self, parameters: Parameters, decay: float = 0.01) -> None:
        """decay：矩阵每步乘上 1 - 学习率 × decay；增益与偏移不衰减"""
        self.parameters, self.decay, self.steps = parameters, decay, 0
        self.means = {name: np.zeros_like(value) for name, value in parameters.items()}
        self.squares = {name: np.zeros_like(value) for name, value in parameters.items()}

    def update(self, found: Parameters, rate: float) -> None:
        """就地更新全部参数；梯度的总长超过 1 就缩到 1"""
        self.steps += 1
        length = math.sqrt(sum(float((value**2).sum()) for value in found.values()))
        shrink = min(1, 1 / (length + 1e-12))
        for name, value in self.parameters.items():
            slope = found[name] * np.float32(shrink)
            self.means[name] += 0.1 * (slope - self.means[name])
            self.squares[name] += 0.01 * (slope**2 - self.squares[name])
            mean = self.means[name] / (1 - 0.9**self.steps)
            size = np.sqrt(self.squares[name] / (1 - 0.99**self.steps)) + 1e-8
            value *= 1 - rate * self.decay * (value.ndim > 1)
            value -= rate * mean / size


def rate_at(step: int, steps: int, highest: float, warm_up: int = 50) -> float:
    """第 step 步的学习率（从 0 数）：先线性升到最高，再按余弦降到最高的百分之五"""
    if step < warm_up:
        return highest * (step + 1) / warm_up
    done = (step - warm_up) / max(1, steps - warm_up)
    return highest * (0.05 + 0.95 * (1 + math.cos(math.pi * done)) / 2)


# --8<-- [end:optimise]


# --8<-- [start:write]
def write(
    parameters: Parameters, start: np.ndarray, temperature: float, rng: np.random.Generator
) -> np.ndarray:
    """接着 start (m, t) 写到 34 位，一次写 m 首；返回编号 (m, 34)

    temperature：得分除以它再取概率，越低越保守；0 是每次都取概率最大的字
    """
    ids = np.asarray(start, np.int32)
    while ids.shape[1] < LENGTH:
        vectors = forward(parameters, ids)[0][:, -1]  # 只要最后一个位置，(m, width)
        logs = log_probabilities(parameters, vectors)
        logs[:, UNKNOWN] = -np.inf  # □ 不是字，不写
        chosen = choose(logs, temperature, rng.random(len(ids)))
        ids = np.concatenate([ids, chosen[:, None].astype(np.int32)], axis=1)
    return ids


def choose(logs: np.ndarray, temperature: float, points: np.ndarray) -> np.ndarray:
    """按对数概率 (m, signs) 各抽一个字，返回编号 (m,)；points 是 0–1 之间的随机数 (m,)"""
    if temperature == 0:
        return logs.argmax(axis=-1)
    sums = np.cumsum(softmax(logs.astype(np.float64) / temperature), axis=-1)
    return (sums < points[:, None] * sums[:, -1:]).sum(axis=-1)


# --8<-- [end:write]

"""算一笔账：训练一个大模型要多少次运算、多少天、多少内存、多少钱；调用、微调、自己训练三条路各花多少"""

# --8<-- [start:imports]
import json
import math
from pathlib import Path
from typing import Any

# --8<-- [end:imports]

# --8<-- [start:constants]
OPERATIONS = 6  # 每个参数、每个词元训练一次的浮点运算：前向 2 次，反向 4 次
FORWARD = 2  # 使用时只有前向
STATE_BYTES = 16  # 训练时每个参数占的字节：半精度的参数与梯度，单精度的参数副本与 Adam 的两个平均
WEIGHT_BYTES = 2  # 使用时每个参数占的字节：只有半精度的参数
HOUR = 3600  # 秒
DAY = 24  # 小时
MONTH = 365 * 24 / 12  # 小时
PRICED = 1e6  # API 的单价按这么多词元报
DEVICES = ["V100", "A100", "H100"]
PEAKS = [125e12, 312e12, 989.5e12]  # 每秒浮点运算的峰值，半精度，不按稀疏算
MEMORIES = [32e9, 80e9, 80e9]  # 每台的内存，字节
# --8<-- [end:constants]

# --8<-- [start:runs]
RUNS = ["LLaMA-65B", "Llama 2 70B", "BLOOM"]  # 都用 A100 训练
RUN_PARAMETERS = [65.2e9, 70e9, 176e9]
RUN_TOKENS = [1.4e12, 2e12, 366e9]
RUN_HOURS = [2048 * 21 * 24, 1_720_320, 1_082_990]  # 设备小时：台数 × 小时
# --8<-- [end:runs]


# --8<-- [start:training]
def operations(parameters: float, tokens: float) -> float:
    """训练的浮点运算次数 C = 6ND；parameters 是处理一个词元时真正参与计算的参数"""
    return OPERATIONS * parameters * tokens


def device_hours(work: float, *, peak: float, utilisation: float) -> float:
    """一台设备独自算完 work 次运算要几小时；utilisation 是实际速度与峰值之比，0–1"""
    return work / (peak * utilisation) / HOUR


def days(hours: float, devices: int) -> float:
    """几台设备一起算要几天；通信的损失已经算在利用率里"""
    return hours / devices / DAY


def implied_utilisation(parameters: float, tokens: float, *, hours: float, peak: float) -> float:
    """从公布的设备小时倒推利用率，0–1"""
    return operations(parameters, tokens) / (hours * HOUR * peak)


def devices_to_hold(parameters: float, *, each: float, bytes_each: float) -> int:
    """装下全部参数至少要几台；中间结果不算在内，所以只是下限"""
    return math.ceil(parameters * bytes_each / each)


# --8<-- [end:training]


# --8<-- [start:ways]
def request_price(read: float, written: float, *, read_price: float, written_price: float) -> float:
    """调用一次 API 的钱：读入 read 个词元，写出 written 个，单价按 PRICED 个词元报"""
    return (read * read_price + written * written_price) / PRICED


def devices_to_serve(
    parameters: float, tokens: float, *, peak: float, utilisation: float, each: float
) -> int:
    """一个月处理 tokens 个词元至少要几台：算得完，也装得下；高峰要另加"""
    busy = device_hours(FORWARD * parameters * tokens, peak=peak, utilisation=utilisation) / MONTH
    return max(math.ceil(busy), devices_to_hold(parameters, each=each, bytes_each=WEIGHT_BYTES))


def total(once: float, monthly: float, months: float) -> float:
    """一次付清的与按月付的，合计"""
    return once + monthly * months


def break_even(once: float, *, months: float, request: float, idle: float, busy: float) -> float:
    """每月多少次请求时，自己部署与调用 API 花钱一样多；量再大也不划算时是无穷大

    request：调用一次 API 的钱；idle：设备再闲也要付的月租；busy：设备全忙时，一次请求的租金
    """
    if request <= busy:
        return math.inf
    few = (once / months + idle) / request  # 最少的几台就够用
    many = once / months / (request - busy)  # 不够用，随请求加设备
    return max(few, many)


# --8<-- [end:ways]


# --8<-- [start:settings]
# 小工具怎样读写大数：后缀与倍数
NAMES = {"万亿": 1e12, "亿": 1e8, "万": 1e4}
SHORT = {"T": 1e12, "B": 1e9, "M": 1e6, "K": 1e3}
# 小工具打开时填好的是 LLaMA-65B 那一次；单价没有默认值
FILLED = {"n": "652亿", "d": "1.4万亿", "g": "A100", "k": "2048", "u": "47"}


def settings(shares: list[float]) -> dict[str, Any]:
    """网页上的小工具读的常数：它自己一个数字也不写"""
    runs = zip(RUNS, RUN_PARAMETERS, RUN_TOKENS, RUN_HOURS, shares)
    return {
        "operations": OPERATIONS,
        "forward": FORWARD,
        "stateBytes": STATE_BYTES,
        "weightBytes": WEIGHT_BYTES,
        "hour": HOUR,
        "day": DAY,
        "month": MONTH,
        "priced": PRICED,
        "hundred": 100,
        "ten": 10,
        "digits": 3,  # 结果保留几位有效数字
        "giga": 1e9,
        "devices": [
            {"name": name, "peak": peak, "memory": memory}
            for name, peak, memory in zip(DEVICES, PEAKS, MEMORIES)
        ],
        "runs": [
            dict(zip(("name", "parameters", "tokens", "hours", "share"), run)) for run in runs
        ],
        "names": NAMES,
        "suffixes": NAMES | SHORT,
        "filled": FILLED,
    }


# --8<-- [end:settings]


# --8<-- [start:main]
def main(seed: int = 0) -> dict[str, list[float]]:
    """把公布的几次训练倒推一遍；没有随机数，seed 不影响结果"""
    peak, each = PEAKS[DEVICES.index("A100")], MEMORIES[DEVICES.index("A100")]
    shares: list[float] = []
    needed: list[float] = []  # 台数
    for name, parameters, tokens, hours in zip(RUNS, RUN_PARAMETERS, RUN_TOKENS, RUN_HOURS):
        shares.append(implied_utilisation(parameters, tokens, hours=hours, peak=peak))
        needed.append(devices_to_hold(parameters, each=each, bytes_each=STATE_BYTES))
        count = f"{operations(parameters, tokens):.3g} 次运算，{hours:,} 设备小时"
        print(f"{name}：{count}，利用率 {shares[-1]:.1%}，参数至少占 {needed[-1]} 台 A100")
    Path("account.json").write_text(json.dumps(settings(shares), ensure_ascii=False), "utf-8")
    return {
        "run_operations": [operations(*pair) for pair in zip(RUN_PARAMETERS, RUN_TOKENS)],
        "run_utilisation": shares,
        "run_memory_gb": [parameters * STATE_BYTES / 1e9 for parameters in RUN_PARAMETERS],
        "run_devices": needed,
    }


# --8<-- [end:main]


# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]

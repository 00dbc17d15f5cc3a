"""训练要多少次浮点运算：照着矩阵的形状数我们的网络，再用 6ND 估计 GPT-3"""

# --8<-- [start:constants]
HIDDEN = 128  # 隐藏层的单元数
RUN_IMAGES = 5 * 60_000  # 一次训练看过的图像：5 个轮次，每轮 60,000 张
GPT3_PARAMETERS = 174.6e9  # 参数个数，Brown 等（2020）表 D.1
GPT3_TOKENS = 300e9  # 训练用的词元数，Brown 等（2020）表 D.1
# --8<-- [end:constants]


# --8<-- [start:count]
def parameter_count(hidden: int) -> int:
    """784 → hidden → 10 的网络有多少个权重与偏置"""
    return 784 * hidden + hidden + hidden * 10 + 10


def flops_per_image(hidden: int) -> int:
    """一张图像训练一次的浮点运算次数，只数矩阵乘法，乘与加各算一次"""
    first, second = 2 * 784 * hidden, 2 * hidden * 10
    forward = first + second
    weight_gradients = first + second  # 权重的梯度与前向同样多
    input_gradient = second  # 误差只从输出层传回隐藏层，图像本身不需要梯度
    return forward + weight_gradients + input_gradient


def rule_of_six(parameters: float, examples: float) -> float:
    """大模型通用的估计 C ≈ 6ND（Kaplan 等，2020）：前向 2ND，反向 4ND"""
    return 6 * parameters * examples


# --8<-- [end:count]


# --8<-- [start:main]
def main(seed: int = 0) -> dict[str, float]:
    """数出我们的网络与 GPT-3 的训练运算量；没有随机数，seed 不影响结果"""
    parameters = parameter_count(HIDDEN)
    per_run = flops_per_image(HIDDEN) * RUN_IMAGES
    rule_per_run = rule_of_six(parameters, RUN_IMAGES)
    gpt3_rule = rule_of_six(GPT3_PARAMETERS, GPT3_TOKENS)
    print(f"我们的网络：{parameters:,} 个参数，每张图像 {flops_per_image(HIDDEN):,} 次浮点运算")
    rule = f"按 6ND 估计是 {rule_per_run:.3g} 次，是实际次数的 {rule_per_run / per_run:.2f} 倍"
    print(f"训练一次：{per_run:.3g} 次；{rule}")
    print(f"GPT-3：{GPT3_PARAMETERS:.4g} 个参数，按 6ND 估计 {gpt3_rule:.3g} 次")
    return {
        "parameters": parameters,
        "per_image": flops_per_image(HIDDEN),
        "per_run": per_run,
        "rule_per_run": rule_per_run,
        "rule_ratio": rule_per_run / per_run,
        "gpt3_parameters": GPT3_PARAMETERS,
        "gpt3_rule": gpt3_rule,
        "parameter_ratio": GPT3_PARAMETERS / parameters,
        "run_ratio": gpt3_rule / per_run,
    }


# --8<-- [end:main]


# --8<-- [start:run]
if __name__ == "__main__":
    results = main()
# --8<-- [end:run]

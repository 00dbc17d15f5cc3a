"""The count of floating-point operations, against the matrix products that the network really makes."""

import runpy
from typing import Any

import numpy as np
import pytest

from mnist_lab import flops as lab
from mnist_lab import network


class Counted(np.ndarray):
    """An array that counts the multiplications and additions of every matrix product it takes part in."""

    operations = 0

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        plain = [each.view(np.ndarray) if isinstance(each, Counted) else each for each in inputs]
        if "out" in options:
            options["out"] = tuple(each.view(np.ndarray) for each in options["out"])
        if ufunc is np.matmul:
            (rows, inner), (_, columns) = plain[0].shape, plain[1].shape
            Counted.operations += 2 * rows * inner * columns
        result = getattr(ufunc, method)(*plain, **options)
        return result.view(Counted) if isinstance(result, np.ndarray) else result


@pytest.mark.parametrize("hidden", [2, 128])
def test_the_count_is_what_the_network_does(hidden: int) -> None:
    layers = network.initialise((784, hidden, 10), np.random.default_rng(0))
    layers = [(weights.view(Counted), bias) for weights, bias in layers]
    Counted.operations = 0
    network.gradients(layers, np.ones((3, 784), np.float32).view(Counted), np.array([1, 2, 3]))
    assert Counted.operations == 3 * lab.flops_per_image(hidden)


def test_the_numbers_of_the_article() -> None:
    assert lab.parameter_count(128) == 101_770
    assert lab.flops_per_image(128) == 409_088
    assert lab.parameter_count(2) == network.count_parameters(network.initialise((784, 2, 10), np.random.default_rng()))
    assert lab.rule_of_six(2.0, 5.0) == 60
    assert (lab.GPT3_PARAMETERS, lab.GPT3_TOKENS) == (174_600_000_000, 300_000_000_000)


def test_main(capsys: pytest.CaptureFixture[str]) -> None:
    result = lab.main()
    assert result == lab.main(seed=7)
    assert lab.main.__defaults__ == (0,)
    assert (result["parameters"], result["per_image"], result["per_run"]) == (101_770, 409_088, 122_726_400_000)
    assert result["rule_per_run"] == 6 * 101_770 * 300_000
    assert result["rule_ratio"] == pytest.approx(1.4927, abs=1e-4)
    assert result["gpt3_parameters"] == 174.6e9
    assert result["gpt3_rule"] == pytest.approx(3.1428e23, rel=1e-4)
    assert result["parameter_ratio"] == pytest.approx(174.6e9 / 101_770)
    assert result["run_ratio"] == pytest.approx(result["gpt3_rule"] / 122_726_400_000)
    assert len(result) == 9
    capsys.readouterr()
    runpy.run_path(lab.__file__, run_name="__main__")
    assert capsys.readouterr().out.splitlines() == [
        "我们的网络：101,770 个参数，每张图像 409,088 次浮点运算",
        "训练一次：1.23e+11 次；按 6ND 估计是 1.83e+11 次，是实际次数的 1.49 倍",
        "GPT-3：1.746e+11 个参数，按 6ND 估计 3.14e+23 次",
    ]

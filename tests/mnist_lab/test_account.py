"""The account: by hand, backwards from published trainings, and what it writes for the widget."""

import json
import math
import runpy
from pathlib import Path

import pytest

from mnist_lab import account as lab
from mnist_lab.flops import GPT3_PARAMETERS, GPT3_TOKENS, rule_of_six

A100 = {"peak": 312e12, "utilisation": 0.5}


def test_operations_are_those_of_the_rule() -> None:
    assert lab.operations(GPT3_PARAMETERS, GPT3_TOKENS) == rule_of_six(GPT3_PARAMETERS, GPT3_TOKENS)
    assert lab.operations(2.0, 5.0) == 60


def test_hours_and_days_by_hand() -> None:
    assert lab.device_hours(312e12 * 0.5 * 3600 * 7, **A100) == pytest.approx(7)
    assert lab.days(480.0, 2) == 10


def test_the_utilisation_that_a_training_implies_gives_its_hours_back() -> None:
    share = lab.implied_utilisation(3e9, 7e10, hours=12345.0, peak=125e12)
    assert 0 < share < 1
    assert lab.device_hours(lab.operations(3e9, 7e10), peak=125e12, utilisation=share) == pytest.approx(12345)


def test_devices_to_hold_are_rounded_up() -> None:
    assert lab.devices_to_hold(10e9, each=80e9, bytes_each=16) == 2
    assert lab.devices_to_hold(10e9 + 1, each=80e9, bytes_each=16) == 3


def test_a_request_by_hand() -> None:
    assert lab.request_price(1000, 300, read_price=2.0, written_price=8.0) == pytest.approx((2000 + 2400) / 1e6)


def test_serving_needs_room_and_speed() -> None:
    assert lab.devices_to_serve(70e9, 1.0, each=80e9, **A100) == 2  # 140 GB
    month = 156e12 * 3600 * 730 / (2 * 1e9)  # tokens that one device handles for 1e9 parameters
    assert lab.devices_to_serve(1e9, 0.99 * month, each=80e9, **A100) == 1
    assert lab.devices_to_serve(1e9, 2.5 * month, each=80e9, **A100) == 3


def test_total() -> None:
    assert lab.total(100.0, 7.0, 12) == 184


@pytest.mark.parametrize(
    ("once", "idle", "busy", "expected"),
    [
        (1200.0, 50.0, 0.0, 1500.0),  # (100 + 50) / 0.1
        (1200.0, 50.0, 0.05, 2000.0),  # 1500 requests keep more than the least devices busy: 100 / (0.1 − 0.05)
        (1200.0, 50.0, 0.1, math.inf),
        (1200.0, 150.0, 0.06, 2500.0),  # exactly as many as the least devices serve
    ],
)
def test_break_even(once: float, idle: float, busy: float, expected: float) -> None:
    found = lab.break_even(once, months=12, request=0.1, idle=idle, busy=busy)
    assert found == pytest.approx(expected)
    if found < math.inf:  # there both ways cost the same
        assert lab.total(once, max(idle, found * busy), 12) == pytest.approx(12 * found * 0.1)


def test_constants() -> None:
    assert (lab.OPERATIONS, lab.FORWARD, lab.STATE_BYTES, lab.WEIGHT_BYTES) == (6, 2, 16, 2)
    assert (lab.HOUR, lab.DAY, lab.MONTH, lab.PRICED) == (3600, 24, 730, 1_000_000)
    assert dict(zip(lab.DEVICES, zip(lab.PEAKS, lab.MEMORIES, strict=True), strict=True)) == {
        "V100": (125e12, 32e9),
        "A100": (312e12, 80e9),
        "H100": (1979e12 / 2, 80e9),
    }
    runs = zip(lab.RUNS, lab.RUN_PARAMETERS, lab.RUN_TOKENS, lab.RUN_HOURS, strict=True)
    assert list(runs) == [
        ("LLaMA-65B", 65_200_000_000, 1_400_000_000_000, 1_032_192),
        ("Llama 2 70B", 70_000_000_000, 2_000_000_000_000, 1_720_320),
        ("BLOOM", 176_000_000_000, 366_000_000_000, 1_082_990),
    ]


def test_main_works_the_published_trainings_backwards(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = lab.main()
    assert result == lab.main(seed=7)
    assert lab.main.__defaults__ == (0,)
    assert result["run_utilisation"] == pytest.approx([0.4724, 0.4347, 0.3177], abs=1e-4)
    assert result["run_operations"] == pytest.approx([5.4768e23, 8.4e23, 3.86496e23])
    assert result["run_memory_gb"] == pytest.approx([1043.2, 1120, 2816])
    assert result["run_devices"] == [14, 14, 36]
    assert len(result) == 4
    written = (tmp_path / "account.json").read_text("utf-8")
    assert "万亿" in written
    assert json.loads(written) == lab.settings(result["run_utilisation"])
    capsys.readouterr()
    runpy.run_path(lab.__file__, run_name="__main__")
    assert capsys.readouterr().out.splitlines() == [
        "LLaMA-65B：5.48e+23 次运算，1,032,192 设备小时，利用率 47.2%，参数至少占 14 台 A100",
        "Llama 2 70B：8.4e+23 次运算，1,720,320 设备小时，利用率 43.5%，参数至少占 14 台 A100",
        "BLOOM：3.86e+23 次运算，1,082,990 设备小时，利用率 31.8%，参数至少占 36 台 A100",
    ]


def test_the_widget_gets_every_constant() -> None:
    settings = lab.settings([0.5, 0.25, 0.125])
    assert settings["devices"][1] == {"name": "A100", "peak": 312e12, "memory": 80e9}
    assert settings["runs"][2] == {"name": "BLOOM", "parameters": 176e9, "tokens": 366e9, "hours": 1_082_990, "share": 0.125}
    numbers = {key: value for key, value in settings.items() if not isinstance(value, dict | list)}
    assert numbers == {
        "operations": 6,
        "forward": 2,
        "stateBytes": 16,
        "weightBytes": 2,
        "hour": 3600,
        "day": 24,
        "month": 730,
        "priced": 1e6,
        "hundred": 100,
        "ten": 10,
        "digits": 3,
        "giga": 1e9,
    }
    assert settings["names"] == {"万亿": 1e12, "亿": 1e8, "万": 1e4}
    assert settings["suffixes"] == settings["names"] | {"T": 1e12, "B": 1e9, "M": 1e6, "K": 1e3}
    assert settings["filled"] == {"n": "652亿", "d": "1.4万亿", "g": "A100", "k": "2048", "u": "47"}
    assert len(settings) == 17

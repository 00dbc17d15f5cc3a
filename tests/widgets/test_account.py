"""The account in Chromium: its arithmetic against mnist_lab.account, what is typed, the address, keyboard, a small screen."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from visiting import Visit, answer

from mnist_lab import account as lab

SETTINGS = json.loads((Path(__file__).parents[2] / "docs/assets/data/account.json").read_text("utf-8"))
WAYS = "?account=n_7B*d_140B*g_H100*k_64*u_35*p_20*q_300万*m_12*i_800*o_200*r_2*w_8*f_5000万*e_20万*h_300万*tab_1"
# N, N of all, D, peak, memory, devices, utilisation, price, as the widget names them
TRAININGS = [
    {"n": 65.2e9, "all": 65.2e9, "d": 1.4e12, "peak": 312e12, "memory": 80e9, "k": 2048, "u": 0.47, "price": 2.5},
    {"n": 37e9, "all": 671e9, "d": 14.8e12, "peak": 989.5e12, "memory": 80e9, "k": 2048, "u": 0.35, "price": 13.7},
    {"n": 101_770, "all": 101_770, "d": 300_000, "peak": 93e9, "memory": 16e9, "k": 1, "u": 0.06, "price": 0.1},
]
USES = [
    {"requests": 3e6, "read": 800, "written": 200, "readPrice": 2, "writtenPrice": 8, "serving": None, "months": 12},
    {"requests": 4e9, "read": 1500, "written": 700, "readPrice": 20, "writtenPrice": 60, "serving": None, "months": 24},
    {"requests": 50_000, "read": 10, "written": 2000, "readPrice": 0.5, "writtenPrice": 1.5, "serving": 6, "months": 3},
]
ONCE = {"tuned": 5e7, "tuning": 2e5, "making": 3e6}
CORE = """async ([name, ...values]) => {
  const core = await import("./assets/js/account-sums.js");
  const settings = await (await fetch("assets/data/account.json")).json();
  const numbers = values.map(value => value === null || typeof value !== "object" ? value
    : Object.fromEntries(Object.entries(value).map(([key, each]) => [key, each === null ? NaN : each])));
  return core[name](...numbers, settings);
}"""


def trained(training: dict[str, Any], tokens: float) -> dict[str, float]:
    """Return what the lab makes of a training on so many tokens."""
    work = lab.operations(training["n"], tokens)
    hours = lab.device_hours(work, peak=training["peak"], utilisation=training["u"])
    return {
        "operations": work,
        "hours": hours,
        "days": lab.days(hours, training["k"]),
        "bytes": training["all"] * lab.STATE_BYTES,
        "devices": lab.devices_to_hold(training["all"], each=training["memory"], bytes_each=lab.STATE_BYTES),
        "money": hours * training["price"],
    }


def test_a_training_costs_what_the_lab_says(page: Page) -> None:
    for training in TRAININGS:
        assert page.evaluate(CORE, ["trained", training]) == pytest.approx(trained(training, training["d"]), rel=1e-12)


@pytest.mark.parametrize("training", [TRAININGS[0], TRAININGS[2]], ids=["LLaMA-65B", "ours"])
@pytest.mark.parametrize("use", USES, ids=["some requests", "many requests", "devices as typed"])
def test_the_ways_cost_what_the_lab_says(training: dict[str, Any], use: dict[str, Any], page: Page) -> None:
    found = page.evaluate(CORE, ["ways", training, use | ONCE])
    speed = {"peak": training["peak"], "utilisation": training["u"]}
    request = lab.request_price(use["read"], use["written"], read_price=use["readPrice"], written_price=use["writtenPrice"])
    tokens = use["read"] + use["written"]
    hold = lab.devices_to_serve(training["n"], 0, each=training["memory"], **speed)
    least = lab.devices_to_serve(training["n"], use["requests"] * tokens, each=training["memory"], **speed)
    rent = lab.MONTH * training["price"]
    idle, monthly = ((use["serving"] or devices) * rent for devices in (hold, least))
    busy = lab.device_hours(lab.FORWARD * training["n"] * tokens, **speed) * training["price"]
    expected = {"request": request, "least": least, "busy": busy}
    assert {key: found[key] for key in expected} == pytest.approx(expected, rel=1e-12)
    assert found["api"]["total"] == pytest.approx(lab.total(0, use["requests"] * request, use["months"]), rel=1e-12)
    for name, tokens_seen, other in (("tuned", ONCE["tuned"], ONCE["tuning"]), ("own", training["d"], ONCE["making"])):
        once = trained(training, tokens_seen)["money"] + other
        even = lab.break_even(once, months=use["months"], request=request, idle=idle, busy=busy)
        expected = {"once": once, "monthly": monthly, "total": lab.total(once, monthly, use["months"]), "even": even}
        assert found[name] == pytest.approx(expected, rel=1e-12)


def test_the_break_even_of_every_kind_is_met(page: Page) -> None:
    few, many, never = (page.evaluate(CORE, ["breakEven", 100, 0.1, 50, busy]) for busy in (0, 0.05, 0.1))
    assert (few, many, never) == (pytest.approx(1500), pytest.approx(2000), math.inf)


READ = {
    "65.2B": 65.2e9, "652亿": 652e8, "1.4 万亿": 1.4e12, "1.4T": 1.4e12, "7b": 7e9, "3,660亿": 3660e8, "12k": 12e3, ".5": 0.5,
    "6.52e10": 6.52e10, "１２万": 12e4, "2048": 2048, "0": 0, "47%": 47, "￥20": 20, "7亿元": 7e8,
}  # fmt: skip
NO_NUMBERS = ["", "abc", "亿", "1.2.3", "-5", "7亿人", ".", "e5"]
SHOWN = {
    5.4768e23: "5.48 × 10²³", 1e15: "1.00 × 10¹⁵", 1.4e12: "1.4 万亿", 652e8: "652 亿", 1_032_192: "103 万", 2816: "2,820",
    21.107: "21.1", 60_150: "6.02 万", 1e-7: "0.0000001", 0.0022: "0.0022", 0: "0", math.inf: "—",
}  # fmt: skip


def test_what_is_typed_is_read(page: Page) -> None:
    for text, expected in READ.items():
        assert page.evaluate(CORE, ["parsed", text]) == pytest.approx(expected, rel=1e-12), text
    for text in NO_NUMBERS:
        assert math.isnan(page.evaluate(CORE, ["parsed", text])), text


def test_numbers_are_shown_as_a_reader_says_them(page: Page) -> None:
    assert {value: page.evaluate(CORE, ["shown", value]) for value in SHOWN} == SHOWN


def test_it_opens_with_a_published_training_and_no_price(served: Callable[..., Visit]) -> None:
    visit = served("account")
    training = answer(visit.page)["training"]
    assert training["days"] == pytest.approx(21, abs=0.2)  # what its authors report
    assert training["money"] is None
    assert visit.page.get_by_label("每台每小时的价钱").input_value() == ""
    assert "account" not in visit.page.url  # nothing was chosen yet
    assert [name for name in visit.requests if name.endswith("account.json")]
    assert visit.console == []


def test_a_calculation_can_be_sent(served: Callable[..., Visit]) -> None:
    page = served("account").page
    answer(page)
    page.get_by_label("参数 N").fill("7B")
    page.locator("[name=g]").select_option("其他")
    page.get_by_label("其他设备的峰值").fill("200T")
    page.get_by_label("其他设备的内存").fill("24B")
    page.get_by_label("每台每小时的价钱").fill("3.5")
    page.get_by_role("tab", name="选哪条路").click()
    page.get_by_label("每月请求").fill("10万")
    first, sent = answer(page), page.url
    expected = trained({"n": 7e9, "all": 7e9, "peak": 200e12, "memory": 24e9, "k": 2048, "u": 0.47, "price": 3.5}, 1.4e12)
    assert first["training"] == pytest.approx(expected, rel=1e-12)
    again = served("account", query=sent[sent.index("?") :]).page
    assert answer(again) == first
    assert again.get_by_label("每月请求").input_value() == "10万"
    assert again.get_by_role("tab", name="选哪条路").get_attribute("aria-selected") == "true"


def test_each_published_training_fills_the_fields(served: Callable[..., Visit]) -> None:
    page = served("account").page
    for run in SETTINGS["runs"]:
        page.get_by_role("button", name=f"填入 {run['name']}").tap()
        found = answer(page)["training"]
        assert found["operations"] == pytest.approx(6 * run["parameters"] * run["tokens"], rel=1e-12)
        assert found["hours"] == pytest.approx(run["hours"], rel=2e-3)  # the utilisation is typed with one decimal


def test_numbers_that_are_none_are_marked(served: Callable[..., Visit]) -> None:
    page = served("account").page
    answer(page)
    page.get_by_label("台数").fill("两千")
    page.get_by_label("利用率").fill("147")
    assert page.locator("[aria-invalid=true]").evaluate_all("fields => fields.map(field => field.name)") == ["k", "u"]
    assert "这里要一个数" in (page.get_by_label("台数").get_attribute("title") or "")
    assert page.locator(".account-sums").inner_text().count("—") >= 2
    page.get_by_label("台数").fill("4")
    assert "台数不够" in page.locator(".account-wrong").inner_text()


def test_tabs_by_keyboard_and_what_is_read_aloud(served: Callable[..., Visit]) -> None:
    page = served("account", query=WAYS).page
    answer(page)
    page.get_by_role("tab", selected=True).focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("tab", name="训练一次").evaluate("tab => tab === document.activeElement")
    assert page.get_by_role("tabpanel").count() == 1
    page.get_by_text("运算 5.88 × 10²¹ 次").wait_for(state="attached")
    page.keyboard.press("ArrowLeft")
    page.get_by_text("合计最少的是").wait_for(state="attached")
    assert "account-least" in (page.locator("tbody tr").first.get_attribute("class") or "")


def test_a_screen_of_360_px_is_enough(served: Callable[..., Visit]) -> None:
    page = served("account", query=WAYS).page
    page.set_viewport_size({"width": 360, "height": 740})
    answer(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("tab", name="训练一次").tap()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

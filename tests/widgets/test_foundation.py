"""What all widgets stand on, docs/assets/js/widgets.js and parts.js: when a widget loads, what it reads, says and remembers."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from visiting import Visit

from verbatim.proof.tensors import converted

DICE = """export function show(element) {
  element.append(document.createElement("canvas"));
  element.dataset.answer = "6";
}
"""
READ = """async name => {
  const {tensors} = await import("./assets/js/parts.js");
  const found = Object.entries(await tensors(name));
  return Object.fromEntries(found.map(([key, {shape, values}]) => [key, [values.constructor.name, shape, [...values]]]));
}"""


def test_a_widget_loads_when_the_reader_comes_near(folder: Path, served: Callable[..., Visit]) -> None:
    (folder / "assets/js/dice.js").write_text(DICE)
    visit = served("dice", above=4000)
    assert [name.rpartition("/")[2] for name in visit.requests if "assets/js" in name] == ["widgets.js"]
    assert visit.page.locator("canvas").count() == 0
    visit.page.mouse.wheel(0, 3000)  # not yet on the screen, less than a screen away
    visit.page.locator("[data-answer='6'] canvas").wait_for(state="attached")
    assert [name.rpartition("/")[2] for name in visit.requests if "assets/js" in name] == ["widgets.js", "dice.js"]
    assert visit.console == []


def test_a_widget_on_the_first_screen_loads_at_once(folder: Path, served: Callable[..., Visit]) -> None:
    (folder / "assets/js/dice.js").write_text(DICE)
    served("dice").page.locator("[data-answer='6'] canvas").wait_for(state="attached")


@pytest.mark.parametrize("script", [None, "export function show() { throw new Error('broken'); }", "export const x = 1;"])
def test_a_widget_that_does_not_start_says_so(script: str | None, folder: Path, served: Callable[..., Visit]) -> None:
    if script:
        (folder / "assets/js/dice.js").write_text(script)
    visit = served("dice")
    visit.page.get_by_role("alert").wait_for()
    assert "请检查网络，再刷新本页" in visit.page.get_by_role("alert").inner_text()
    assert visit.console != []


def saved(folder: Path, **arrays: np.ndarray) -> Path:
    """Write arrays as `record` does; return where their bytes lie."""
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]  # NumPy's types take ** for its option allow_pickle
    (folder / "assets/data").mkdir(exist_ok=True)
    for name, content in converted("sample.npz", file.getvalue()).items():
        (folder / "assets/data" / name).write_bytes(content)
    return folder / "assets/data/sample.bin"


def test_arrays_arrive_as_they_were_saved(folder: Path, served: Callable[..., Visit]) -> None:
    kinds = ["uint8", "int8", "uint16", "int16", "int32", "float32", "float64"]
    arrays = {kind: (np.arange(6).reshape(2, 3) * 7 % 5).astype(kind) for kind in kinds} | {"single": np.array(3, "uint8")}
    saved(folder, **arrays)
    found = served("none").page.evaluate(READ, "sample")
    assert found == {
        key: [f"{value.dtype.name.capitalize()}Array", list(value.shape), value.ravel().tolist()] for key, value in arrays.items()
    }


@pytest.mark.parametrize("broken", [lambda data: data[:-1] + b"\x7f", lambda data: data[:-1]])
def test_other_bytes_are_refused(broken: Callable[[bytes], bytes], folder: Path, served: Callable[..., Visit]) -> None:
    path = saved(folder, values=np.arange(9, dtype=np.int8))
    path.write_bytes(broken(path.read_bytes()))
    told = served("none").page.evaluate(f"name => ({READ})(name).catch(String)", "sample")
    assert told.startswith("Error: sample.bin: not what sample.shapes.json tells; expected")


def test_a_file_that_is_not_there_is_named(folder: Path, served: Callable[..., Visit]) -> None:
    told = served("none").page.evaluate(f"name => ({READ})(name).catch(String)", "nothing")
    assert told.startswith("Error: nothing.")
    assert ": 404; expected a file of this site" in told


def test_the_address_remembers(served: Callable[..., Visit]) -> None:
    page = served("none", query="?rate=0.5&q=1#here").page
    run = "async values => { const m = await import('./assets/js/parts.js'); m.remember(values); return m.recall('rate'); }"
    assert page.evaluate(run, {}) == "0.5"
    assert page.evaluate(run, {"rate": "1e-3", "seed": ""}) == "1e-3"
    assert page.url.endswith("?rate=1e-3&q=1#here")
    assert page.evaluate(run, {"rate": ""}) == ""
    assert page.url.endswith("?q=1#here")


def test_only_the_last_of_several_results_is_read_aloud(served: Callable[..., Visit]) -> None:
    page = served("none").page
    page.evaluate("""async () => {
      const {announcer} = await import("./assets/js/parts.js");
      const [line, say] = announcer();
      document.body.append(line);
      window.heard = [];
      new MutationObserver(() => heard.push(line.textContent)).observe(line, {childList: true});
      for (const text of ["甲", "乙", "丙"]) say(text);
    }""")
    page.get_by_text("丙").wait_for(state="attached")
    assert page.evaluate("heard") == ["丙"]
    assert page.locator("[aria-live=polite]").inner_text() == "丙"

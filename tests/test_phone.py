"""The phone of the benchmarks counts what its own site sends and what its own thread does."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from loading import module_of

phone = module_of(Path(__file__).parents[1] / "benchmarks/phone.py")
ADDRESS = "http://127.0.0.1:1/"


def test_a_file_counts_as_it_is_sent(tmp_path: Path) -> None:
    (tmp_path / "labs").mkdir()
    for name in ("labs/index.html", "字.js", "a.woff2"):
        (tmp_path / name).write_text("一" * 1000, "utf-8")
    site, packed = phone.Served(tmp_path, ADDRESS), len(gzip.compress(("一" * 1000).encode(), 9))
    assert site.sent(f"{ADDRESS}labs/#top") == {"labs/index.html": packed}
    assert site.sent(f"{ADDRESS}%E5%AD%97.js?v=1") == {"字.js": packed}
    assert site.sent(f"{ADDRESS}a.woff2") == {"a.woff2": 3000}
    assert site.sent("https://cdn.invalid/a.js") == {}
    with pytest.raises(FileNotFoundError):
        site.sent(f"{ADDRESS}nowhere.css")


def test_a_trace_without_frames_is_refused() -> None:
    with pytest.raises(ValueError, match="no frame"):
        phone.drawing_thread([])


def test_only_the_tasks_of_the_drawing_thread_count() -> None:
    def event(thread: int, name: str, **more: Any) -> dict[str, Any]:
        return {"pid": 1, "tid": thread, "name": name, **more}

    tasks = [event(thread, "RunTask", ph="X", tdur=1000 * thread) for thread in (1, 2)]
    thread = phone.drawing_thread([event(2, "PrePaint"), *tasks])
    assert phone.tasks_of(tasks, thread) == [2 * phone.SLOWED]

"""What asks a real nginx or Caddy sees what a server gets wrong; here the server is Python's, which is no good one."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
from hosting import hosted
from loading import module_of

from verbatim.site.servers import headers_of

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def trying() -> ModuleType:
    return module_of(ROOT / "scripts/try_server.py")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    files = {
        "index.html": "<!doctype html><title>x</title>" + "x" * 600,
        "404.html": "lost",
        "labs/index.html": "x",
        "font.woff2": "x",
        "a.01234567.min.js": "0",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def test_a_bare_server_is_told_everything(trying: ModuleType, small: Path) -> None:
    with hosted(small) as address:
        found = list(trying.faults(small, address))
    assert sum("Content-Security-Policy: None" in text for text in found) == 6
    assert any("index.html: Content-Encoding: None, expected 'gzip'" in text for text in found)
    assert any(text.startswith("font.woff2: Cache-Control: None, expected 'max-age=2592000'") for text in found)
    assert any("a.01234567.min.js: Cache-Control: None, expected 'max-age=31536000, immutable'" in text for text in found)
    assert any("not the site's own page of errors" in text for text in found)
    assert any("asked for again: answered 200, expected 304" in text for text in found)


def test_what_the_headers_set_right_is_not_told(trying: ModuleType, small: Path) -> None:
    with hosted(small, headers_of(small)) as address:
        found = list(trying.faults(small, address))
    assert not any("Policy" in text for text in found)
    assert any("Cache-Control" in text for text in found)


def test_a_changed_file_is_told(trying: ModuleType, small: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "index.html").write_text("y", "utf-8")
    with hosted(other) as address:
        assert "index.html: 1 bytes that are not the file's 631" in list(trying.faults(small, address))


def test_a_server_that_is_not_here_is_told(
    trying: ModuleType, small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(small))
    assert trying.main(["nginx", str(small)]) == 2
    assert capsys.readouterr().err == "try_server: no nginx here; install it, or say where it is with --program\n"

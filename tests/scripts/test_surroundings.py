"""What of the user's own settings reaches pip, uv and npm: mirrors and the way to them, each for all, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from loading import module_of

SCRIPT = Path(__file__).parents[2] / "scripts/surroundings.py"
surroundings = module_of(SCRIPT)


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python that has pip, as the set-up makes it for uv."""
    folder = tmp_path_factory.mktemp("tools")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    return str(folder / "bin/python")


def prepared(folder: Path, python: str, monkeypatch: pytest.MonkeyPatch, **variables: str) -> dict[str, str]:
    """Return the environment for a user whose home is `folder`."""
    monkeypatch.setattr(Path, "home", lambda: folder)
    (folder / "cache").mkdir(exist_ok=True)
    environment: dict[str, str] = surroundings.prepared(
        {"HOME": str(folder), "PATH": "/usr/bin:/bin"} | variables, python, folder / "cache"
    )
    return environment


@pytest.mark.parametrize(
    ("setting", "value", "variable", "expected"),
    [
        ("index-url", "https://mirror.example/simple", "UV_DEFAULT_INDEX", "https://mirror.example/simple"),
        ("extra-index-url", "https://a.example https://b.example", "UV_INDEX", "https://a.example https://b.example"),
        ("find-links", "/a /b", "UV_FIND_LINKS", "/a,/b"),
        ("trusted-host", "mirror.example", "UV_INSECURE_HOST", "mirror.example"),
        ("proxy", "http://proxy.example:3128", "HTTPS_PROXY", "http://proxy.example:3128"),
        ("cert", "/etc/mine.pem", "SSL_CERT_FILE", "/etc/mine.pem"),
        ("client-cert", "/etc/me.pem", "SSL_CLIENT_CERT", "/etc/me.pem"),
        ("timeout", "180", "UV_HTTP_TIMEOUT", "180"),
    ],
)
@pytest.mark.parametrize("place", ["file", "install section", "variable", "file of PIP_CONFIG_FILE"])
def test_what_pip_is_told_uv_is_told_too(
    tmp_path: Path, python: str, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, variable: str, expected: str, place: str
) -> None:
    name, variables = f"PIP_{setting.upper().replace('-', '_')}", {}
    if place == "variable":
        variables = {name: value}
    else:
        file = tmp_path / ("mine.conf" if place.endswith("FILE") else ".config/pip/pip.conf")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"[{'install' if place == 'install section' else 'global'}]\n{setting} = {value}\nuser = true\n")
        variables = {"PIP_CONFIG_FILE": str(file)} if place.endswith("FILE") else {}
    found = prepared(tmp_path, python, monkeypatch, **variables)
    assert (found[variable], found[name]) == (expected, value)
    assert found["PIP_CONFIG_FILE"] != variables.get("PIP_CONFIG_FILE"), "what else the file says must not be read"
    assert "PIP_USER" not in found


UV_FILE = """
offline = true
native-tls = true
[pip]
target = "/elsewhere"
extra-index-url = ["https://more.example/simple"]
[[index]]
name = "mirror"
url = "https://mirror.example/simple"
default = true
[[index]]
name = "second"
url = "https://second.example/simple"
[[index]]
name = "torch"
url = "https://torch.example/simple"
explicit = true
"""


def test_what_uv_is_told_pip_is_told_too(tmp_path: Path, python: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".config/uv").mkdir(parents=True)
    (tmp_path / ".config/uv/uv.toml").write_text(UV_FILE)
    found = prepared(tmp_path, python, monkeypatch)
    assert found["UV_DEFAULT_INDEX"] == found["PIP_INDEX_URL"] == "https://mirror.example/simple"
    assert found["UV_INDEX"] == "second=https://second.example/simple https://more.example/simple"
    assert found["PIP_EXTRA_INDEX_URL"] == "https://second.example/simple https://more.example/simple"
    assert found["UV_SYSTEM_CERTS"] == found["UV_NO_CONFIG"] == "1"
    assert not {"UV_OFFLINE", "UV_TARGET", "PIP_TARGET"} & set(found)
    found = prepared(tmp_path, python, monkeypatch, UV_DEFAULT_INDEX="https://said.example")
    assert found["UV_DEFAULT_INDEX"] == found["PIP_INDEX_URL"] == "https://said.example"


@pytest.mark.parametrize("text", ["not toml [", "index = 1 = 2"])
def test_a_broken_uv_file_is_as_none(tmp_path: Path, python: str, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    (tmp_path / "uv.toml").write_text(text)
    assert "UV_DEFAULT_INDEX" not in prepared(tmp_path, python, monkeypatch, UV_CONFIG_FILE=str(tmp_path / "uv.toml"))


def test_a_broken_pip_file_is_as_none(tmp_path: Path, python: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pip.conf").write_text("no section\n")
    assert "UV_DEFAULT_INDEX" not in prepared(tmp_path, python, monkeypatch, PIP_CONFIG_FILE=str(tmp_path / "pip.conf"))


@pytest.mark.parametrize(("said", "expected"), [("true", True), ("1", True), ("false", False), ("0", False)])
def test_no_index_is_a_yes_or_no(tmp_path: Path, python: str, monkeypatch: pytest.MonkeyPatch, said: str, expected: bool) -> None:
    assert ("PIP_NO_INDEX" in prepared(tmp_path, python, monkeypatch, PIP_NO_INDEX=said)) is expected


def test_npm_keeps_where_packages_come_from(tmp_path: Path, python: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = ["registry=https://npm.example/", "https-proxy = http://proxy.example", "cafile=/etc/mine.pem", "strict-ssl=false"]
    kept += ["//npm.example/:_authToken=${TOKEN}"]
    lost = ["global=true", "prefix=/elsewhere", "ignore-scripts=true", "offline=true", "dry-run=true", "; registry=no", "omit=dev"]
    (tmp_path / ".npmrc").write_text("\n".join([*lost, *kept]))
    variables = {"npm_config_global": "true", "NPM_CONFIG_REGISTRY": "https://said.example/", "npm_config_https_proxy": "http://p"}
    found = prepared(tmp_path, python, monkeypatch, **variables)
    assert Path(found["npm_config_userconfig"]).read_text().splitlines() == kept
    assert found["NPM_CONFIG_REGISTRY"] == "https://said.example/"
    assert found["npm_config_https_proxy"] == "http://p"
    assert "npm_config_global" not in found


def test_python_node_and_conda_do_not_follow() -> None:
    foreign = ["PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONUSERBASE", "PYTHONNOUSERSITE", "PYTHONWARNINGS", "VIRTUAL_ENV"]
    foreign += ["CONDA_PREFIX", "NODE_OPTIONS", "NODE_PATH", "PIP_TARGET", "UV_PYTHON", "npm_config_prefix", "NPM_CONFIG_GLOBAL"]
    kept = ["PATH", "HOME", "HTTPS_PROXY", "no_proxy", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "LANG"]
    assert sorted(surroundings.clean(dict.fromkeys([*foreign, *kept], "x"))) == sorted(kept)

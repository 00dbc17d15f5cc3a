"""The environment of what the set-up starts: deaf to the user's own Python, pip, uv, npm and Node, but for mirrors.

A mirror, a proxy or a certificate is no matter of taste: without it nothing can be fetched. What the user has set for one of pip
and uv serves the other too. Everything else that variables and configuration files say (`user = true`, `global=true`, …) is
meant for the user's own work and stays out of ours.
"""

import json
import os
import re
import subprocess
from pathlib import Path

FOREIGN = re.compile(r"(PYTHON|PIP_|UV_|NPM_CONFIG_|CONDA_|VIRTUAL_ENV|NODE_(OPTIONS|PATH)$|__PYVENV_LAUNCHER__$)")
OF_PIP = ["index-url", "extra-index-url", "find-links", "no-index", "trusted-host", "proxy", "cert", "client-cert"]
OF_PIP += ["timeout", "default-timeout", "retries", "keyring-provider"]
OF_UV = re.compile(
    r"UV_(DEFAULT_INDEX|INDEX|INDEX_URL|EXTRA_INDEX_URL|INDEX_\w+_(USERNAME|PASSWORD)|FIND_LINKS|INSECURE_HOST"
    r"|KEYRING_PROVIDER|NATIVE_TLS|SYSTEM_CERTS|HTTP_\w+|\w+_MIRROR(_URL)?|PYTHON_DOWNLOADS_JSON_URL)$"
)
# Keys of an .npmrc, or of variables where they are written with _: where packages come from, and how to get there
OF_NPM = re.compile(
    r"(npm_config_)?(registry|(https?[-_])?proxy|noproxy|ca(file|\[\])?|cert|key|strict[-_]ssl|fetch[-_][\w-]+|//.+)$",
    re.IGNORECASE,
)


def clean(environment: "dict[str, str]") -> "dict[str, str]":
    """Return `environment` without all that steers the user's own Python, pip, uv, npm and Node."""
    return {name: value for name, value in environment.items() if not FOREIGN.match(name.upper())}


def prepared(environment: "dict[str, str]", python: str, cache: Path) -> "dict[str, str]":
    """Return the environment for pip, uv and npm, which keep their caches in `cache`; `python` has pip, to tell its settings."""
    pip, uv = pip_settings(environment, python), uv_settings(environment)
    npmrc = cache / "npmrc"
    npmrc.write_text("".join(f"{line}\n" for line in npm_settings(environment)), encoding="utf-8")
    own = {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_NO_CACHE_DIR": "1"}
    own.update(UV_NO_CONFIG="1", UV_CACHE_DIR=str(cache / "uv"), UV_PYTHON_INSTALL_DIR=str(cache / "python"))
    # As pip does it: the best of all indexes, wherever it lies
    own.update(UV_INDEX_STRATEGY="unsafe-best-match")
    own.update(npm_config_userconfig=str(npmrc), npm_config_cache=str(cache / "npm"))
    own.update((name, value) for name, value in environment.items() if OF_NPM.match(name) and name[:4].lower() == "npm_")
    own.update(("PIP_" + name.upper().replace("-", "_"), value) for name, value in {**for_pip(uv), **pip}.items())
    return {**clean(environment), **own, **for_uv(pip), **uv}


# Not `pip config list`, to which `user = true` in a file means: tell of the user's file alone
ASK_PIP = """
import contextlib, json, sys
from pip._internal.configuration import Configuration
from pip._internal.exceptions import PipError
said, found = Configuration(isolated=False), {}
with contextlib.suppress(PipError):
    said.load()
    for key in sys.argv[1:]:
        for section in "global", "install":
            with contextlib.suppress(PipError):
                found[key] = said.get_value(section + "." + key)
print(json.dumps(found))
"""


def pip_settings(environment: "dict[str, str]", python: str) -> "dict[str, str]":
    """Return what pip's configuration files and variables say of mirrors and the way to them."""
    asked = {**clean(environment), **{name: value for name, value in environment.items() if name == "PIP_CONFIG_FILE"}}
    told = subprocess.run([python, "-Esc", ASK_PIP, *OF_PIP], env=asked, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL).stdout
    settings: dict[str, str] = json.loads(told.decode() or "{}")
    variables = {key: environment.get("PIP_" + key.upper().replace("-", "_")) for key in OF_PIP}
    settings.update((key, value) for key, value in variables.items() if value)
    if settings.get("no-index", "no").lower() not in {"1", "true", "yes", "on"}:
        settings.pop("no-index", None)
    return settings


def uv_settings(environment: "dict[str, str]") -> "dict[str, str]":
    """Return what uv's variables and configuration files say of mirrors and the way to them, as variables."""
    home = Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    places = [environment.get("UV_CONFIG_FILE"), home / "uv/uv.toml", Path(environment.get("APPDATA", "")) / "uv/uv.toml"]
    file = next((Path(path) for path in [*places, "/etc/uv/uv.toml"] if path and Path(path).is_file()), None)
    from_file = uv_file(file) if file else {}
    return {**from_file, **{name: value for name, value in environment.items() if OF_UV.match(name)}}


def uv_file(file: Path) -> "dict[str, str]":
    """Return a uv.toml's mirrors as variables; nothing where Python is too old to read TOML, or the file is none."""
    try:
        import tomllib

        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except (ImportError, ValueError):
        return {}
    said = {**said.get("pip", {}), **said}
    indexes = [index for index in said.get("index", []) if not index.get("explicit")]
    named = [
        f"{index['name']}={index['url']}" if "name" in index else index["url"] for index in indexes if not index.get("default")
    ]
    found = {
        "UV_DEFAULT_INDEX": next((index["url"] for index in indexes if index.get("default")), said.get("index-url")),
        "UV_INDEX": " ".join([*named, *said.get("extra-index-url", [])]),
        "UV_FIND_LINKS": ",".join(said.get("find-links", [])),
        "UV_INSECURE_HOST": " ".join(said.get("allow-insecure-host", [])),
        "UV_SYSTEM_CERTS": "1" if said.get("system-certs") or said.get("native-tls") else "",
        "UV_KEYRING_PROVIDER": said.get("keyring-provider"),
        "UV_PYTHON_INSTALL_MIRROR": said.get("python-install-mirror"),
    }
    return {name: value for name, value in found.items() if value}


def for_uv(pip: "dict[str, str]") -> "dict[str, str]":
    """Return pip's settings as uv's variables."""
    timeout = pip.get("timeout") or pip.get("default-timeout")
    found = {
        "UV_DEFAULT_INDEX": pip.get("index-url"),
        "UV_INDEX": " ".join(pip.get("extra-index-url", "").split()),
        "UV_FIND_LINKS": ",".join(pip.get("find-links", "").split()),
        "UV_INSECURE_HOST": " ".join(pip.get("trusted-host", "").split()),
        "UV_HTTP_TIMEOUT": str(int(float(timeout))) if timeout else "",
        "UV_KEYRING_PROVIDER": "subprocess" if pip.get("keyring-provider") == "subprocess" else "",
        "SSL_CERT_FILE": pip.get("cert"),
        "SSL_CLIENT_CERT": pip.get("client-cert"),
        "HTTP_PROXY": pip.get("proxy"),
        "HTTPS_PROXY": pip.get("proxy"),
    }
    return {name: value for name, value in found.items() if value}


def for_pip(uv: "dict[str, str]") -> "dict[str, str]":
    """Return uv's indexes as pip's settings."""
    addresses = [part.rpartition("=")[2] if re.match(r"[\w-]+=", part) else part for part in uv.get("UV_INDEX", "").split()]
    found = {
        "index-url": uv.get("UV_DEFAULT_INDEX") or uv.get("UV_INDEX_URL"),
        "extra-index-url": " ".join(addresses) or uv.get("UV_EXTRA_INDEX_URL"),
        "find-links": uv.get("UV_FIND_LINKS", "").replace(",", " "),
        "trusted-host": uv.get("UV_INSECURE_HOST"),
    }
    return {name: value for name, value in found.items() if value}


def npm_settings(environment: "dict[str, str]") -> "list[str]":
    """Return the lines of the user's own .npmrc that say where packages come from, and how to get there."""
    names = {name.lower(): value for name, value in environment.items()}
    files = [names.get("npm_config_globalconfig"), names.get("npm_config_userconfig", Path.home() / ".npmrc")]
    found = [Path(file) for file in files if file and Path(file).is_file()]
    lines = [line.strip() for file in found for line in file.read_text(encoding="utf-8", errors="replace").splitlines()]
    return [line for line in lines if "=" in line and OF_NPM.match(line.partition("=")[0].strip())]

"""Serves the built site with a real nginx or Caddy, by the configuration that `verbatim server` makes, and asks for every file.

    python scripts/try_server.py nginx [SITE]

Needs that server on this machine (Debian: apt-get install nginx); `make test` does not run it, its own test asks another server.
"""

from __future__ import annotations

import argparse
import gzip
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from verbatim.site.servers import SERVERS, compressible, headers_of, keeps, kinds_of, with_charset

NOWHERE = "no/such/page/"
SMALL = 512  # bytes: less is not worth compressing
WAIT = 10  # seconds for a server to start
AROUND = "pid {folder}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n    access_log off;\n    include {folder}/site.conf;\n}}\n"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments: object) -> None:
        """Follow nothing: where a server sends the reader is what is asked."""


def ask(address: str, **headers: str) -> Answer:
    """Return the answer to a request, whatever its status."""
    asked = urllib.request.Request(address, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.build_opener(Stay).open(asked, timeout=WAIT) as told:
            return Answer(told.status, told.headers, told.read())
    except urllib.error.HTTPError as told:
        return Answer(told.code, told.headers, told.read())


def faults(site: Path, address: str) -> Iterator[str]:
    """Yield all that is wrong with a site as a server at `address` serves it."""
    fixed, kinds = headers_of(site), kinds_of(site)
    packed = compressible(kinds)
    for path in sorted(path for path in site.rglob("*") if path.is_file()):
        name, kind = path.relative_to(site).as_posix(), kinds[path.suffix.lower()]
        answer = ask(address + name.removesuffix("index.html"), Accept_Encoding="gzip")
        expected = fixed | {"Content-Type": with_charset(kind), "Cache-Control": keeps(name)}
        if len(path.read_bytes()) > SMALL and kind in ["text/html", *packed]:
            expected["Content-Encoding"] = "gzip"
        yield from wrong(name, answer, 200, expected)
        body = gzip.decompress(answer.body) if answer.headers["Content-Encoding"] == "gzip" else answer.body
        if body != path.read_bytes():
            yield f"{name}: {len(body)} bytes that are not the file's {path.stat().st_size}"
    yield from faults_of_ways(site, address, fixed)


def faults_of_ways(site: Path, address: str, fixed: dict[str, str]) -> Iterator[str]:
    """Yield what is wrong with addresses that lead to no file, or lead to one again."""
    lost = ask(address + NOWHERE)
    yield from wrong(NOWHERE, lost, 404, fixed | {"Content-Type": "text/html; charset=utf-8"})
    if lost.body != (site / "404.html").read_bytes():
        yield f"{NOWHERE}: not the site's own page of errors"
    again = ask(address, If_None_Match=ask(address).headers["ETag"] or "none")
    yield from wrong("the article, asked for again", again, 304, {})
    folder = next(path.parent for path in sorted(site.rglob("*/index.html"))).relative_to(site).as_posix()
    bare = ask(address + folder)
    place = bare.headers["Location"] or ""
    if bare.status not in (301, 308) or not address.endswith(place.removesuffix(f"{folder}/").removeprefix(address)):
        yield f"{folder}: answered {bare.status} to {place!r}; expected a way to {folder}/"


def wrong(name: str, answer: Answer, status: int, headers: dict[str, str]) -> Iterator[str]:
    """Yield how an answer differs from what it should be."""
    if answer.status != status:
        yield f"{name}: answered {answer.status}, expected {status}"
    for header, value in headers.items():
        if (told := answer.headers[header]) != value:
            yield f"{name}: {header}: {told!r}, expected {value!r}"


@contextmanager
def running(server: str, program: str, site: Path) -> Iterator[str]:
    """Start a server on a free port with the configuration made for a site; yield its address; end it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "site.conf").write_text(SERVERS[server](site, root=str(site.resolve()), port=port, under="/"), "utf-8")
        (folder / "nginx.conf").write_text(AROUND.format(folder=folder), "utf-8")
        commands = {
            "nginx": [program, "-c", str(folder / "nginx.conf"), "-g", "daemon off;"],
            "caddy": [program, "run", "--adapter", "caddyfile", "--config", str(folder / "site.conf")],
        }
        with subprocess.Popen(commands[server]) as process:
            try:
                wait_for(port, process)
                yield f"http://127.0.0.1:{port}/"
            finally:
                process.terminate()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until somebody listens on `port`; raises TimeoutError where the server ended, or nobody does."""
    end = time.monotonic() + WAIT
    while process.poll() is None and time.monotonic() < end:
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("the server does not start; what it says stands above")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server", choices=sorted(SERVERS))
    parser.add_argument("site", type=Path, nargs="?", default=Path("site"))
    parser.add_argument("--program", help="where the server's program is, if not on the PATH")
    given = parser.parse_args(arguments)
    program = given.program or shutil.which(given.server)
    if not program:
        print(f"try_server: no {given.server} here; install it, or say where it is with --program", file=sys.stderr)
        return 2
    with running(given.server, program, given.site) as address:
        found = list(faults(given.site, address))
    print(*(found or [f"try_server: {given.server} serves {given.site} as it should"]), sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""Serves a built site as a web server would: compressed, connections kept open (HTTP/1.1), with headers of one's choice."""

from __future__ import annotations

import functools
import gzip
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from phone import PACKED, Served

from verbatim.site.servers import headers_of, keeps, kinds_of, with_charset

Headers = Callable[[str], dict[str, str]]  # by the name of a file in the site


class Compressing(SimpleHTTPRequestHandler):
    """Sends the files of a folder, and with each the headers that `headers` tells."""

    protocol_version = "HTTP/1.1"
    headers_for: Headers = staticmethod(lambda name: {})

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(404)
            return
        content = packed(path, path.stat().st_mtime_ns)
        headers = {"Content-Type": self.guess_type(str(path)), "Content-Length": str(len(content))}
        headers |= {} if path.suffix in PACKED else {"Content-Encoding": "gzip"}
        self.send_response(200)
        for name, value in {**headers, **self.headers_for(path.relative_to(self.directory).as_posix())}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    def handle_error(self, *arguments: Any) -> None:
        """Say nothing of a browser that ended before it had all."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(*arguments)


@functools.cache
def packed(path: Path, changed: int) -> bytes:
    """Return a file as it is sent; kept, so that compressing is no part of what is measured."""
    return path.read_bytes() if path.suffix in PACKED else gzip.compress(path.read_bytes(), 9)


def recipe(site: Path) -> Headers:
    """Return the headers that `python -m verbatim server` sets: policy and its like, for how long a file keeps, its type."""
    always, kinds = headers_of(site), kinds_of(site)
    return lambda name: {**always, "Cache-Control": keeps(name), "Content-Type": with_charset(kinds[Path(name).suffix.lower()])}


@contextmanager
def serving(site: Path, headers: Headers = Compressing.headers_for) -> Iterator[Served]:
    """Serve a folder on a free port."""
    handler = type("Here", (Compressing,), {"headers_for": staticmethod(headers)})
    with Server(("127.0.0.1", 0), functools.partial(handler, directory=str(site))) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield Served(site, f"http://127.0.0.1:{server.server_port}/")
        finally:
            server.shutdown()
            thread.join()

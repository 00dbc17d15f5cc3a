"""Serves a folder as a host does that sends headers of its own, or that keeps the site below a path."""

from __future__ import annotations

import contextlib
import functools
import http.server
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from server import Quiet


class Host(Quiet):
    sent: Mapping[str, str] = {}
    under = "/"

    def end_headers(self) -> None:
        for name, value in self.sent.items():
            self.send_header(name, value)
        super().end_headers()

    def translate_path(self, path: str) -> str:
        """Return the file of an address; of one that is not below `under`, a file that does not exist."""
        inside = path.startswith(self.under)
        return super().translate_path(path.removeprefix(self.under.rstrip("/")) if inside else "/outside")


@contextlib.contextmanager
def hosted(folder: Path, headers: Mapping[str, str] | None = None, under: str = "/") -> Iterator[str]:
    """Serve `folder` on a free port, below the path `under`, with `headers` on every answer; yield its address, with a slash."""
    kind = type("Here", (Host,), {"sent": headers or {}, "under": under})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(kind, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}{under}"
        finally:
            server.shutdown()
            thread.join()

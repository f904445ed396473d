"""The cloud of boxes that the example provider reads: a server on this machine that answers nothing but reads."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

BOXES = [
    {
        "id": "box-1",
        "region": "north",
        "name": "dossiers",
        "labels": {"data": "health"},
        "key": "k1",
        "mirror": "box-2",
    },
    {"id": "box-2", "region": "south", "name": "copie", "labels": {}, "key": "", "mirror": ""},
    {"id": "box-3", "region": "north", "name": "perdu", "labels": {}, "key": "k2", "mirror": "box-9"},
]
KEYS = {"k1": {"id": "k1", "region": "north", "made_by": "customer"}}


class Boxes(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []
        self.fault = ""
        """`denied`, `reset` or `malformed`: what happens to every request."""

    def answer(self, path: str) -> Any:
        """The body for a path; None when there is nothing."""
        parts = urlsplit(path)
        room, _, id_ = parts.path.lstrip("/").partition("/")
        if room == "whoami":
            return {"account": "acme", "regions": ["north", "south"]}
        if room == "boxes" and not id_:
            return [box for box in BOXES if box["region"] == parse_qs(parts.query)["region"][0]]
        return KEYS.get(id_) if room == "keys" else next((box for box in BOXES if box["id"] == id_), None)


class _Handler(BaseHTTPRequestHandler):
    server: Boxes

    def do_GET(self) -> None:
        self.server.asked.append(f"GET {self.path}")
        if self.server.fault == "reset":
            self.close_connection = True
            return
        found = self.server.answer(self.path)
        status = 403 if self.server.fault == "denied" else 404 if found is None else 200
        body = b'{"half' if self.server.fault == "malformed" else json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _write(self) -> None:
        self.server.asked.append(f"{self.command} {self.path}")
        self.send_error(405)

    do_POST = do_PUT = do_PATCH = do_DELETE = _write  # noqa: N815 - names that the library looks for

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def boxes() -> Iterator[Boxes]:
    server = Boxes()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()

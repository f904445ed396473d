"""The child process: one HTTP server on the loopback interface, ended when its parent is.

    python -m scanner.demo.aws.server

prints one line of JSON with its port when it can answer, and ends when its standard input does: a parent that is
killed cannot leave it behind. `/_simulated/…` is the door for tests (`control`); everything else is AWS.
"""

import contextlib
import json
import logging
import os
import socket
import struct
import sys
import threading
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from scanner.demo.aws import control
from scanner.demo.aws.front import DrippedError, Front, SeveredError
from scanner.demo.aws.wire import Reply


class Server(ThreadedWSGIServer):
    """Keeps connections open, and closes them without ceremony."""

    daemon_threads = True
    front: Front

    def shutdown_request(self, request: Any) -> None:
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients may leave at any time."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class Handler(MotoRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def run_wsgi(self) -> None:
        """Answer one request of this connection (werkzeug's own method never keeps a connection)."""
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        environ = self.make_environ()
        environ["RAW_URI"] = self.path
        body = self._body(environ)
        if environ["PATH_INFO"].startswith(control.PREFIX):
            self._send(control.answer(self.server.front, environ["PATH_INFO"], body))
            return
        try:
            self._send(self.server.front.answer(environ, body))
        except SeveredError as end:
            self._sever(end)
        except DrippedError as drip:
            self._drip(drip)

    def _body(self, environ: dict[str, Any]) -> bytes:
        if environ.get("wsgi.input_terminated"):
            return bytes(environ["wsgi.input"].read())
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionAbortedError("the client left in the middle of a request")
        return body

    def _send(self, reply: Reply, length: int | None = None) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)
        self.wfile.flush()

    def _sever(self, end: SeveredError) -> None:
        self.close_connection = True
        if end.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if end.part is not None:
            half = end.part.body[: len(end.part.body) // 2]
            self._send(Reply(end.part.status, end.part.headers, half), length=len(end.part.body))

    def _drip(self, drip: DrippedError) -> None:
        self._send(Reply(drip.reply.status, drip.reply.headers, b""), length=len(drip.reply.body))
        for byte in drip.reply.body:
            self.server.front.closing.wait(drip.seconds / len(drip.reply.body))
            self.wfile.write(bytes([byte]))
            self.wfile.flush()

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The `Date` of an answer, by the simulation's clock."""
        return super().date_time_string(self.server.front.sessions.now() if timestamp is None else timestamp)

    def log_request(self, *_arguments: Any) -> None:
        """The front keeps the log."""


def _end_with_parent(server: Server) -> None:
    with contextlib.suppress(OSError):
        sys.stdin.buffer.read()
    server.front.closing.set()
    os._exit(0)


def main() -> None:
    """Serve until standard input ends."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    announce = sys.stdout
    sys.stdout = sys.stderr  # moto prints; standard output is for the one line below
    server = Server("127.0.0.1", 0, lambda *_: [], handler=Handler)
    server.front = Front()
    threading.Thread(target=_end_with_parent, args=(server,), daemon=True).start()
    announce.write(json.dumps({"port": server.server_address[1]}) + "\n")
    announce.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()

"""HTTP and TLS around a simulated cloud, on this machine only.

Two listeners. One speaks TLS: sign-in and Resource Manager under 127.0.0.1, and any key store by its Host header. The
other speaks plain HTTP: the two managed-identity endpoints, and a CONNECT proxy through which a client reaches the key
stores under their own names (`https://NAME.vault.azure.net`), as from behind any corporate proxy; Resource Manager and
sign-in too, where the world gives them names. The proxy leads nowhere else: a host that is not part of the simulated
cloud gets 502 and a violation in the log.
"""

import ssl
import struct
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SO_LINGER, SOL_SOCKET
from threading import Event, Thread
from typing import Any
from urllib.parse import unquote, urlsplit

from scanner.demo.azure.cloud import SimulatedCloud
from scanner.demo.azure.faults import Fault, Faults
from scanner.demo.azure.message import Answer, Clock, Request
from scanner.demo.azure.request_log import Entry
from scanner.demo.azure.world import Cloud


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, cloud: SimulatedCloud, faults: Faults, clock: Clock, tls: ssl.SSLContext, *, secure: bool
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.cloud = cloud
        self.faults = faults
        self.clock = clock
        self.tls = tls
        self.closing = Event()
        if secure:
            # The handshake belongs to the connection's own thread, not to the one that accepts.
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.secure = secure

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle of a request is ordinary here; any other fault is this server's own."""
        fault = sys.exc_info()[1]
        if not isinstance(fault, OSError):
            self.cloud.log.violate(f"the simulated Azure failed: {fault!r}")
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "simulated-azure"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Listener

    _tunnel = ""

    def do_CONNECT(self) -> None:
        """Open a tunnel to a key store of this cloud and answer in its place."""
        host = self.path.rpartition(":")[0].lower()
        cloud = self.server.cloud
        if self.server.secure or not cloud.serves(host):
            if not self.server.secure and not _in_cloud(host, cloud.world.cloud):
                cloud.log.violate(f"CONNECT {self.path}")
            self._record("CONNECT", host, "", "", 502, "")
            self.send_error(502, "No such host")
            self.close_connection = True
            return
        self.send_response(200, "Connection established")
        self.end_headers()
        self.wfile.flush()
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb", -1)
        self.wfile = self.connection.makefile("wb", -1)
        self._tunnel = host
        self.close_connection = False

    def finish(self) -> None:
        super().finish()
        if self._tunnel:
            self.connection.close()

    def _serve(self) -> None:
        request = self._request()
        if not self.server.secure and not self._tunnel:
            self._send(request, self._managed_identity(request), None)
            return
        fault = self.server.faults.pick(request)
        if fault is not None and fault.do in ("slow", "hang"):
            self.server.closing.wait(fault.seconds)
        if fault is not None and fault.do == "reset":
            # With a linger time of nothing, closing breaks the connection off instead of ending it.
            self.connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        if fault is not None and fault.do in ("close", "reset", "hang"):
            self._record(request.method, request.host, request.path, request.raw_query, 0, fault.do)
            self.close_connection = True
            return
        replaced = fault is not None and fault.do == "answer"
        answer = Answer() if replaced else self.server.cloud.answer(request)
        if fault is not None:
            answer = fault.spoil(request, answer, f"https://{request.headers.get('host', '')}{self.path}")
        self._send(request, answer, fault)
        if fault is not None and fault.do == "expire_tokens":
            self.server.cloud.tokens.expire_all()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve  # noqa: N815

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(
            method=self.command,
            host=headers.get("host", "").rpartition(":")[0].lower() or headers.get("host", "").lower(),
            path=unquote(parts.path),
            raw_query=parts.query,
            headers=headers,
            body=self.rfile.read(length) if length else b"",
        )

    def _managed_identity(self, request: Request) -> Answer:
        if request.method == "GET" and request.path == "/metadata/identity/oauth2/token":
            return self.server.cloud.sign_in.virtual_machine(request)
        if request.method == "GET" and request.path == "/msi/token":
            return self.server.cloud.sign_in.app_service(request)
        return Answer(status=404, body={"error": "not_found", "error_description": "No such endpoint"})

    def _send(self, request: Request, answer: Answer, fault: Fault | None) -> None:
        body = answer.encoded()
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in {"Content-Type": "application/json; charset=utf-8", **answer.headers}.items():
            self.send_header(name, value)
        if fault is not None and fault.do == "drip":
            self._record(request.method, request.host, request.path, request.raw_query, answer.status, fault.do)
            self._drip(body, fault.seconds)
            return
        self.end_headers()
        if fault is not None and fault.do == "half_body":
            body = body[: len(body) // 2]
            self.close_connection = True
        # Before the client can see the answer: a test that has it may look at the log.
        error = answer.body.get("error", {}) if isinstance(answer.body, dict) else {}
        code = error.get("code", "") if isinstance(error, dict) else str(error)
        self._record(request.method, request.host, request.path, request.raw_query, answer.status, code)
        self.wfile.write(body)
        self.wfile.flush()

    def _drip(self, body: bytes, seconds: float) -> None:
        """The headers waiting in the buffer and `body`, a byte at a time, until the client has had enough."""
        waiting = b"".join(self._headers_buffer)
        self._headers_buffer: list[bytes] = []
        self.close_connection = True
        for byte in waiting + b"\r\n" + body:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if self.server.closing.wait(seconds):
                return

    def _record(self, method: str, host: str, path: str, query: str, status: int, error: str) -> None:
        entry = Entry(
            at=self.server.clock(), method=method, host=host, path=path, query=query, status=status, error=error
        )
        self.server.cloud.log.add(entry)

    def log_message(self, format: str, *args: object) -> None:
        """The request log takes the place of http.server's lines on standard error."""


class Server:
    """Both listeners of one cloud."""

    def __init__(self, cloud: SimulatedCloud, faults: Faults, clock: Clock, tls: ssl.SSLContext) -> None:
        self._secure = _Listener(cloud, faults, clock, tls, secure=True)
        self._plain = _Listener(cloud, faults, clock, tls, secure=False)
        cloud.settle(f"https://127.0.0.1:{self._secure.server_address[1]}")
        self.base = cloud.base
        self.plain_base = f"http://127.0.0.1:{self._plain.server_address[1]}"
        self._threads = [
            Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
            for listener in (self._secure, self._plain)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        for listener in (self._secure, self._plain):
            listener.closing.set()
            listener.shutdown()
            listener.server_close()
        for thread in self._threads:
            thread.join()


def _in_cloud(host: str, cloud: Cloud) -> bool:
    """Whether a host has one of the cloud's own suffixes: such a name may be asked for, and may not exist."""
    return host.endswith((f".{cloud.vault_suffix}", f".{cloud.managed_hsm_suffix}"))

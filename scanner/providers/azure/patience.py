"""How long one call may take in all.

The time limit of the HTTP libraries is for silence: it starts anew with every byte. An answer that drips, a byte every
few seconds, would hold a worker for hours. Here each answer has an end, from its first byte expected to its last.
"""

import http.client
import io
import socket
import time
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool


class _Ending(io.RawIOBase):
    """A socket's stream that is silent for good once `until` has come. Timeouts are raised as the socket's own are."""

    def __init__(self, stream: io.RawIOBase, sock: socket.socket, until: float) -> None:
        self._stream = stream
        self._sock = sock
        self._until = until
        self._silence = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long in all")
        self._sock.settimeout(left if self._silence is None else min(left, self._silence))
        return self._stream.readinto(buffer)

    def close(self) -> None:
        """Let go of the stream; the connection may be used again, with its own time limit."""
        if not self.closed:
            if self._sock.fileno() >= 0:
                self._sock.settimeout(self._silence)
            self._stream.close()
            super().close()


def adapter(seconds: float, connections: int) -> HTTPAdapter:
    """An adapter for https whose answers end after `seconds`, with so many connections kept for a host."""

    class Response(http.client.HTTPResponse):
        def __init__(self, sock: socket.socket, *more: Any, **named: Any) -> None:
            super().__init__(sock, *more, **named)
            stream = self.fp.detach()
            self.fp = io.BufferedReader(_Ending(stream, sock, time.monotonic() + seconds))

    class Connection(HTTPSConnection):
        response_class = Response

    class Pool(HTTPSConnectionPool):
        ConnectionCls = Connection

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *more: Any, **named: Any) -> None:
            super().init_poolmanager(*more, **named)
            self.poolmanager.pool_classes_by_scheme = {**self.poolmanager.pool_classes_by_scheme, "https": Pool}

        def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
            manager = super().proxy_manager_for(proxy, **named)
            manager.pool_classes_by_scheme = {**manager.pool_classes_by_scheme, "https": Pool}
            return manager

    return Adapter(pool_maxsize=connections)

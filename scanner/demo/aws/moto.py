"""moto's server application, called in the same process, and what its answers mean.

moto says "not implemented" in four ways (no backend, no route, no method, `NotImplementedError`), none of them in AWS's
terms; they are told apart here from answers and from crashes.
"""

import io
import threading
from collections.abc import Mapping
from typing import Any

from moto.backends import get_backend
from moto.iam.models import get_account_id_from
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from scanner.demo.aws.models import in_moto
from scanner.demo.aws.wire import Call, Reply

_HOP = {"connection", "transfer-encoding", "content-length", "date", "server"}


class NotInMotoError(Exception):
    """moto does not implement the operation."""


class Moto:
    """The application that `moto_server` serves."""

    def __init__(self) -> None:
        self._application = DomainDispatcherApplication(create_backend_app)
        self._lacking: set[str] = set()
        self._first = threading.Lock()
        self._door("seed", "a=2021")

    def account_of(self, access_key: str) -> str:
        """Account of an access key: a key of twelve digits is its own account, others are looked up in moto's IAM."""
        return access_key if len(access_key) == 12 and access_key.isdigit() else str(get_account_id_from(access_key))

    def backend(self, service: str, account: str, region: str) -> Any:
        """moto's own state of one service."""
        return get_backend(service)[account][region]  # type: ignore[call-overload]

    def answer(self, environ: Mapping[str, Any], body: bytes, call: Call) -> Reply:
        """moto's answer to a request; NotInMotoError when it has none. Any other exception is a bug of moto's."""
        if call.name in self._lacking or not in_moto(call.service):
            raise NotInMotoError(call.name)
        scoped = {
            **environ,
            "wsgi.input": io.BytesIO(body),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_X_MOTO_ACCOUNT_ID": call.account,
        }
        scoped.pop("HTTP_TRANSFER_ENCODING", None)
        try:
            reply = self._send(scoped)
        except NotImplementedError:
            self._lacking.add(call.name)
            raise NotInMotoError(call.name) from None
        no_route = reply.status == 404 and reply.headers.get("Content-Type", "").startswith("text/html")
        if no_route and (not reply.body or b"<title>404 Not Found</title>" in reply.body) and call.service != "s3":
            self._lacking.add(call.name)
            raise NotInMotoError(call.name)
        return reply

    def reset(self) -> None:
        """Forget everything, and begin the ids again: two accounts built by the same calls are the same."""
        self._door("reset")
        self._door("seed", "a=2021")

    def _door(self, verb: str, query: str = "") -> None:
        self._send(
            {
                "REQUEST_METHOD": "POST",
                "PATH_INFO": f"/moto-api/{verb}",
                "QUERY_STRING": query,
                "SERVER_NAME": "127.0.0.1",
                "SERVER_PORT": "80",
                "HTTP_HOST": "127.0.0.1",
                "wsgi.url_scheme": "http",
                "wsgi.input": io.BytesIO(b""),
                "CONTENT_LENGTH": "0",
            }
        )

    def _send(self, environ: dict[str, Any]) -> Reply:
        if not environ["PATH_INFO"].startswith("/moto-api"):
            host = self._application.infer_service_region_host(environ, environ["PATH_INFO"])
            if host is not None and self._application.get_backend_for_host(host) is None:
                raise NotImplementedError(host)
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Any:
            started[:] = [int(status.split()[0]), headers]
            return lambda _data: None

        with self._first:
            application = self._application.get_application(environ)
        chunks = application(environ, start_response)
        try:
            body = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        status, headers = started
        return Reply(status, {name: value for name, value in headers if name.lower() not in _HOP}, body)

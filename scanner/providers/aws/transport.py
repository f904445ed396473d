"""One pool of connections for every client of a scan, over one TLS context.

The SDK gives every client a pool of its own, and each of its connections reads the whole bundle of certificate
authorities again, which costs more than creating the client and making the call. A scan makes thousands of clients.
Its `before-send` event lets a handler answer in its place; this one sends through urllib3, which the SDK itself uses.

Certificates are checked against the bundle that the SDK would use (AWS_CA_BUNDLE, the profile's `ca_bundle`,
REQUESTS_CA_BUNDLE, else certifi's), and host names as ever. Requests that go through a proxy are left to the SDK.
See `docs/decisions/0013-connections.md`.
"""

import os
import ssl
import time
import urllib.request
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
    SSLError,
)
from botocore.httpsession import get_cert_path
from botocore.session import Session
from urllib3 import BaseHTTPResponse, PoolManager, Retry, Timeout
from urllib3 import exceptions as http

from scanner.errors import CannotRunError
from scanner.providers.contract import Limits

_CONNECTIONS = 8
"""Connections kept open to one host."""

_PIECE = 1 << 20
"""Most bytes of a body taken at once; fewer when fewer are there."""


class Transport:
    """Sends what clients prepared. Threads, accounts and regions can share it: every request is signed by itself."""

    def __init__(self, session: Session, limits: Limits) -> None:
        """CannotRunError when the bundle of certificate authorities cannot be read."""
        self._proxied = {scheme for scheme in urllib.request.getproxies() if scheme in ("http", "https")}
        self._call_timeout = limits.call_timeout
        self._pools = PoolManager(
            # Hosts of the units under way, and some more for the accounts that come to the same hosts.
            num_pools=2 * limits.workers,
            maxsize=_CONNECTIONS,
            timeout=Timeout(connect=limits.connect_timeout, read=limits.read_timeout),
            ssl_context=_context(bundle(session)),
        )

    def send(self, request: AWSPreparedRequest, **_: object) -> AWSResponse | None:
        """Handler of the SDK's `before-send` event; None leaves the request to the SDK.

        Raises the SDK's own exceptions, so that it retries as it would its own failures.
        """
        if self._goes_through_proxy(request.url):
            return None
        try:
            return self._sent(request)
        except http.SSLError as error:
            raise SSLError(endpoint_url=request.url, error=error) from error
        except (http.NewConnectionError, http.NameResolutionError) as error:
            raise EndpointConnectionError(endpoint_url=request.url, error=error) from error
        except http.ConnectTimeoutError as error:
            raise ConnectTimeoutError(endpoint_url=request.url, error=error) from error
        except (http.ReadTimeoutError, TimeoutError) as error:
            raise ReadTimeoutError(endpoint_url=request.url, error=error) from error
        except http.ProtocolError as error:
            raise ConnectionClosedError(endpoint_url=request.url, request=request, error=error) from error
        except (http.HTTPError, OSError) as error:
            raise HTTPClientError(request=request, error=error) from error

    def close(self) -> None:
        """End the connections."""
        self._pools.clear()

    def _sent(self, request: AWSPreparedRequest) -> AWSResponse:
        parts = urlsplit(request.url)
        raw = self._pools.connection_from_url(request.url).urlopen(
            request.method,
            (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
            body=request.body,
            headers=request.headers,
            retries=Retry(False),
            redirect=False,
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
            # A short body is for `intact` to notice, which says how much was missing.
            enforce_content_length=False,
        )
        answer = AWSResponse(request.url, raw.status, raw.headers, raw)
        if not request.stream_output:
            # Reads the body now, while failures still are failures of this request.
            answer._content = self._body(raw)
        return answer

    def _body(self, raw: BaseHTTPResponse) -> bytes:
        """The body, which has an end of its own: a limit on silence alone lets it drip for ever."""
        end = time.monotonic() + self._call_timeout
        pieces: list[bytes] = []
        while piece := raw.read1(_PIECE):
            pieces.append(piece)
            if time.monotonic() > end:
                raw.close()
                raise TimeoutError(f"still answering after {self._call_timeout:g} s")
        return b"".join(pieces)

    def _goes_through_proxy(self, url: str) -> bool:
        parts = urlsplit(url)
        return parts.scheme in self._proxied and not urllib.request.proxy_bypass(parts.hostname or "")


def bundle(session: Session) -> str:
    """The file of certificate authorities that the SDK's clients of this session check against."""
    named = session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE")
    return str(named or get_cert_path(True))


def _context(cafile: str) -> ssl.SSLContext:
    """TLS 1.2 or newer; certificates and host names are checked, as is the default of a client's context."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(cafile=cafile)
    except OSError as error:
        raise CannotRunError(f"The bundle of certificate authorities {cafile} cannot be read: {error}.") from None
    return context

"""Hosts of storage accounts: the one place where content is read, and the gate before it.

A host is asked only when Resource Manager named it as the account's own and it ends as accounts of this cloud do; each
gets a client of its own, whose gate knows that host and no other. Tokens are for the storage service, and for nothing
else.
"""

from collections.abc import Callable
from typing import Any

from azure.core import PipelineClient
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import (
    BearerTokenCredentialPolicy,
    ProxyPolicy,
    RequestIdPolicy,
    RetryPolicy,
    SansIOHTTPPolicy,
    UserAgentPolicy,
)
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest, HttpResponse

from scanner.providers.azure.call import Meter, Tally
from scanner.providers.azure.credential import Credential
from scanner.providers.azure.guard import RefusedError
from scanner.providers.azure.keyref import split
from scanner.providers.contract import Limits

SCOPE = "https://storage.azure.com/.default"
"""One for all clouds (learn.microsoft.com, Authorize access to blobs using Microsoft Entra ID)."""

_SUFFIXES = {
    "AzureCloud": ("core.windows.net", "storage.azure.net"),
    "AzureUSGovernment": ("core.usgovcloudapi.net",),
    "AzureChinaCloud": ("core.chinacloudapi.cn",),
}
"""How hosts of accounts end, by cloud; `storage.azure.net` is for endpoints in DNS zones (storage documentation)."""

Transport = Callable[[Limits], RequestsTransport]


class OneHost(SansIOHTTPPolicy[HttpRequest, HttpResponse]):
    """Lets GET pass to one host: lists, and blobs in ranges."""

    def __init__(self, host: str, sent: Callable[[], None]) -> None:
        self._host = host
        self._sent = sent

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        """Raise RefusedError, or count the request and let it pass."""
        message = request.http_request
        parts = split(message.url)
        if parts.scheme != "https" or parts.netloc.lower() != self._host:
            raise RefusedError(message.method, message.url, "the host is not that of the account")
        if message.method.upper() != "GET":
            raise RefusedError(message.method, message.url, "it could change something")
        if "comp=list" not in parts.query.split("&") and "x-ms-range" not in message.headers:
            raise RefusedError(message.method, message.url, "a blob is never read whole")
        self._sent()


class BlobHost:
    """One account's host, opened. Used by one thread; close it."""

    def __init__(self, host: str, client: PipelineClient[HttpRequest, HttpResponse], meter: Meter) -> None:
        self._address = f"https://{host}"
        self._client = client
        self._meter = meter

    def send(self, path: str, tally: Tally, operation: str, **more: Any) -> HttpResponse:
        """The answer, its body not yet read; `path` is quoted. Raises what the SDK raises."""
        self._meter.tally, self._meter.operation = tally, operation
        return self._client.send_request(HttpRequest("GET", f"{self._address}{path}", **more), stream=True)

    def close(self) -> None:
        self._client.close()


class BlobHosts:
    """Opens hosts of storage accounts for a scan that may sample."""

    def __init__(
        self,
        cloud: str,
        credential: Callable[[str], Credential],
        limits: Limits,
        meter: Meter,
        transport: Transport,
        pause: Callable[[float], None],
    ) -> None:
        self._suffixes = _SUFFIXES.get(cloud, ())
        self._credential = credential
        self._limits = limits
        self._meter = meter
        self._transport = transport
        self.pause = pause
        self.attempts = limits.attempts
        self.retry_after_cap = limits.retry_after_cap

    @property
    def known(self) -> bool:
        """Whether it is known how hosts of this cloud's accounts end."""
        return bool(self._suffixes)

    def belongs(self, host: str, account: str) -> bool:
        """Whether a host that Resource Manager named can be that of an account of this cloud."""
        ends = host.endswith(tuple(f".{suffix}" for suffix in self._suffixes))
        return ends and host.startswith(f"{account.lower()}.")

    def open(self, host: str, subscription: str) -> BlobHost:
        """A client for one host, with tokens of the tenant through which its subscription is read."""
        policies: list[Any] = [
            RequestIdPolicy(),
            UserAgentPolicy(),
            ProxyPolicy(),
            RetryPolicy(retry_total=0),
            OneHost(host, self._meter.sent),
            BearerTokenCredentialPolicy(self._credential(subscription), SCOPE),
        ]
        client: PipelineClient[HttpRequest, HttpResponse] = PipelineClient(
            f"https://{host}", policies=policies, transport=self._transport(self._limits)
        )
        return BlobHost(host, client, self._meter)

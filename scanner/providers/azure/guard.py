"""The last gate before the network: nothing that writes, and no host but the ones that were chosen.

Two habits of the SDK make it needed. On a 409 `MissingSubscriptionRegistration` its pipeline registers the resource
provider by itself (POST .../register). And it follows a `nextLink` to any host, with the bearer token. The guard is
given as `per_retry_policies`: below the stages that retry, redirect and register, above the one that attaches the
token, so it sees every request and a refused one never carries a token.
"""

from collections.abc import Callable

from azure.core.exceptions import AzureError
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.rest import HttpRequest, HttpResponse

from scanner.providers.azure.keyref import split

GRAPH_PATH = "/providers/microsoft.resourcegraph/resources"
"""The one POST of Resource Manager that reads: a query."""


class RefusedError(AzureError):
    """The guard refused a request; it was not sent."""

    def __init__(self, method: str, url: str, why: str) -> None:
        self.method = method
        self.path = split(url).path
        self.host = split(url).netloc
        super().__init__(f"{method} {self.host}{self.path} was not sent: {why}")

    @property
    def was_registration(self) -> bool:
        """The SDK wanted to register a resource provider for us."""
        return self.method == "POST" and self.path.lower().endswith("/register")


class Guard(SansIOHTTPPolicy[HttpRequest, HttpResponse]):
    """`host` with its port, as in an address; `suffixes`: further hosts that end so, each beginning with a dot.
    `search`: path of the one POST that those further hosts may be sent; empty: none."""

    def __init__(self, host: str, suffixes: tuple[str, ...], sent: Callable[[], None], search: str = "") -> None:
        self._host = host.lower()
        self._suffixes = suffixes
        self._sent = sent
        self._search = search

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        """Raise RefusedError, or count the request and let it pass."""
        message = request.http_request
        method, parts = message.method.upper(), split(message.url)
        host = parts.netloc.lower()
        if parts.scheme != "https":
            raise RefusedError(method, message.url, "only https is used")
        if host != self._host and not (self._suffixes and host.partition(":")[0].endswith(self._suffixes)):
            raise RefusedError(method, message.url, "the host is not the one that was chosen for this scan")
        query = GRAPH_PATH if host == self._host else self._search
        if method != "GET" and not (method == "POST" and query and parts.path.lower() == query):
            raise RefusedError(method, message.url, "it could change something")
        self._sent()

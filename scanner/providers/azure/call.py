"""One way to read: paging, retries, time limits, quotas, counting; every failure a RefusalError that says why.

Requests go through the SDK's own client (`send_request`), so sign-in, TLS, proxies and continuous-access challenges
are the SDK's. Its retries are switched off: they obey a Retry-After of any length, each thread for itself, and do not
repeat a throttled query. Operations are named `NAMESPACE:METHOD type/path`: `Microsoft.Storage:GET storageAccounts`.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import msgspec
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    DecodeError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.rest import HttpRequest, HttpResponse
from urllib3.exceptions import ReadTimeoutError

from scanner.model import GapReason
from scanner.providers.azure import armid, keyref, pace, refusal
from scanner.providers.azure.guard import RefusedError
from scanner.providers.azure.refusal import RefusalError
from scanner.providers.contract import Calls, Limits

Json = dict[str, Any]
_RETRIED = frozenset({408, 429, 500, 502, 503, 504})
_SILENCE = (ServiceRequestTimeoutError, ServiceResponseTimeoutError)
"""An endpoint that lets a request time out costs its time limit once, not once for every attempt."""
_FIRST_WAIT = 0.5
"""Seconds before the second attempt when Azure names no time; doubled from then on."""
_WHOLE_SUBSCRIPTION = "subscriptionrequeststhrottled"


class Client(Protocol):
    """What of the SDK's clients is used here."""

    def send_request(self, request: HttpRequest, *, stream: bool = False, **kwargs: Any) -> HttpResponse: ...


Clients = Callable[[str], Client]
"""The client whose token reads an account: a subscription, a tenant, or empty for the tenant that was signed in to."""


class Tally:
    """Requests of one unit by operation. A unit is worked on by one thread."""

    def __init__(self) -> None:
        self._by_operation: dict[str, int] = {}

    def add(self, operation: str) -> None:
        self._by_operation[operation] = self._by_operation.get(operation, 0) + 1

    def add_all(self, other: "Tally") -> None:
        for operation, count in other._by_operation.items():
            self._by_operation[operation] = self._by_operation.get(operation, 0) + count

    def calls(self) -> Calls:
        return Calls(by_operation=dict(sorted(self._by_operation.items())))


class Meter(threading.local):
    """Tells the guard, which sees every request, for whom and as what this thread is asking."""

    tally: Tally | None = None
    operation: str = ""

    def sent(self) -> None:
        if self.tally is not None:
            self.tally.add(self.operation)


def operation_of(method: str, path: str) -> str:
    """`NAMESPACE:METHOD type/path` of a path below an ARM endpoint."""
    plain = path.partition("?")[0]
    parts = plain.strip("/").split("/")
    lowered = [part.lower() for part in parts]
    if "providers" in lowered:
        last = len(lowered) - 1 - lowered[::-1].index("providers")
        rest = parts[last + 1 :]
        return f"{rest[0]}:{method} {'/'.join(rest[1::2])}" if rest else f"Microsoft.Resources:{method} providers"
    return f"Microsoft.Resources:{method} {'/'.join(parts[0::2])}"


class Reader:
    """Reads of one endpoint, each with the token for the subscription in its path, or for `account` where the path has
    none. Safe for several threads."""

    def __init__(self, clients: Clients, meter: Meter, limits: Limits, pacing: pace.Pace) -> None:
        self._clients = clients
        self._meter = meter
        self._limits = limits
        self._pace = pacing

    def get(
        self,
        path: str,
        tally: Tally,
        *,
        api_version: str,
        permission: str = "",
        expand: str = "",
        operation: str = "",
        account: str = "",
    ) -> Json:
        """One object. `permission` is what the call needs, for the gap when it is refused."""
        params = {"api-version": api_version, **({"$expand": expand} if expand else {})}
        name = operation or operation_of("GET", path)
        request = HttpRequest("GET", path, params=params)
        return _object(self._send(request, path, name, permission, tally, account), name)

    def items(
        self,
        path: str,
        tally: Tally,
        *,
        api_version: str,
        permission: str = "",
        operation: str = "",
        account: str = "",
    ) -> Iterator[Json]:
        """Every element of a list, page by page. RefusalError may come after some elements were given."""
        operation = operation or operation_of("GET", path)
        request = HttpRequest("GET", path, params={"api-version": api_version})
        seen: set[str] = set()
        while True:
            page = _object(self._send(request, path, operation, permission, tally, account), operation)
            elements = page.get("value")
            if not isinstance(elements, list) or not all(isinstance(element, dict) for element in elements):
                raise RefusalError(GapReason.MALFORMED, "the list has no array 'value' of objects", operation=operation)
            yield from elements
            following = page.get("nextLink")
            if following is None or following == "":
                return
            if not isinstance(following, str) or not keyref.split(following).netloc:
                raise RefusalError(GapReason.TRUNCATED, "the list's next page is no address", operation=operation)
            if following in seen:
                raise RefusalError(GapReason.TRUNCATED, "the list points to a page it gave before", operation=operation)
            seen.add(following)
            request = HttpRequest("GET", following)

    def query(self, path: str, body: Json, tally: Tally, *, api_version: str) -> Json:
        """A Resource Graph query; its `subscriptions` are read with one token, see `together`."""
        operation = operation_of("POST", path)
        request = HttpRequest("POST", path, params={"api-version": api_version}, json=body)
        return _object(self._send(request, path, operation, "", tally, body["subscriptions"][0]), operation)

    def search(
        self, url: str, body: Json, tally: Tally, *, api_version: str, operation: str, permission: str, account: str
    ) -> Json:
        """A search of Purview's map, with the token for the subscription `account`."""
        request = HttpRequest("POST", url, params={"api-version": api_version}, json=body)
        return _object(self._send(request, url, operation, permission, tally, account), operation)

    def together(self, subscriptions: Sequence[str]) -> list[tuple[str, ...]]:
        """The subscriptions in groups that one token reads, in the order given."""
        groups: dict[int, list[str]] = {}
        for one in subscriptions:
            groups.setdefault(id(self._clients(one)), []).append(one)
        return [tuple(group) for group in groups.values()]

    def any(self, path: str, tally: Tally, *, operation: str) -> Any:
        """Whatever JSON is at `path`."""
        return _parsed(self._send(HttpRequest("GET", path), path, operation, "", tally, ""), operation)

    def _send(
        self, request: HttpRequest, path: str, operation: str, permission: str, tally: Tally, account: str
    ) -> HttpResponse:
        client = self._clients(account or armid.subscription_of(path))
        buckets = _buckets(request.method, path)
        self._meter.tally, self._meter.operation = tally, operation
        for attempt in range(1, self._limits.attempts + 1):
            for bucket in buckets:
                self._pace.wait(bucket)
            last = attempt == self._limits.attempts
            try:
                response = client.send_request(request)
            except AzureError as error:
                failure = _failure(error, operation)
                if last or failure.reason is not GapReason.UNREACHABLE or _was_silence(error):
                    raise failure from error
                self._pace.pause(self._growing(attempt))
                continue
            if response.status_code < 400:
                self._pace.learn(buckets[0], response.headers, self._limits.retry_after_cap)
                return response
            failure = refusal.from_answer(
                response.status_code, _text(response), operation=operation, permission=permission
            )
            if response.status_code not in _RETRIED or last:
                raise failure
            self._back_off(response, failure, buckets, attempt)
        raise AssertionError("attempts is at least 1")

    def _back_off(self, response: HttpResponse, failure: RefusalError, buckets: tuple[str, ...], attempt: int) -> None:
        asked = pace.retry_after(response.headers)
        if asked is None:
            asked = pace.resets_after(response.headers)
        if asked is not None and asked > self._limits.retry_after_cap:
            raise RefusalError(
                failure.reason,
                f"{failure.detail} (asked to wait {asked:.0f} s; this scan waits at most"
                f" {self._limits.retry_after_cap:.0f} s)",
                operation=failure.operation,
                code=failure.code,
            )
        seconds = self._growing(attempt) if asked is None else asked
        if response.status_code == 429:
            # A provider's own limit holds that provider's reads; the subscription's holds all of them.
            whole = failure.code.lower() == _WHOLE_SUBSCRIPTION or len(buckets) == 1
            self._pace.hold(buckets[0] if whole else buckets[1], seconds)
        else:
            self._pace.pause(seconds)

    def _growing(self, attempt: int) -> float:
        return min(self._limits.retry_after_cap, _FIRST_WAIT * 2.0 ** (attempt - 1))


def _buckets(method: str, path: str) -> tuple[str, ...]:
    if method == "POST":
        return ("purview",) if "://" in path else ("graph",)
    subscription = armid.subscription_of(path)
    if not subscription:
        return ("tenant",)
    namespace = armid.type_of(path).partition("/")[0]
    return (subscription, f"{subscription}/{namespace}") if namespace else (subscription,)


def _failure(error: AzureError, operation: str) -> RefusalError:
    """What became of a request that got no usable answer."""
    if isinstance(error, RefusedError):
        if error.was_registration:
            return RefusalError(
                GapReason.NOT_ENABLED,
                "the resource provider is not registered in this subscription; registering it is left to its owner",
                operation=operation,
            )
        return RefusalError(GapReason.TRUNCATED, str(error), operation=operation)
    if isinstance(error, IncompleteReadError | ServiceRequestError | ServiceResponseError):
        return RefusalError(GapReason.UNREACHABLE, _first_line(error), operation=operation)
    if isinstance(error, ClientAuthenticationError):
        return RefusalError(GapReason.EXPIRED, f"no token: {_first_line(error)}", operation=operation)
    if isinstance(error, DecodeError):
        return RefusalError(GapReason.MALFORMED, "the answer is not JSON", operation=operation)
    return RefusalError(GapReason.PROVIDER_ERROR, _first_line(error), operation=operation)


def _was_silence(error: AzureError) -> bool:
    """Whether a time limit was met, before the answer or in the middle of it, which the SDK calls a broken one."""
    inner = error.inner_exception
    return isinstance(error, _SILENCE) or any(isinstance(one, ReadTimeoutError) for one in getattr(inner, "args", ()))


def _first_line(error: AzureError) -> str:
    return str(error).strip().partition("\n")[0]


def _text(response: HttpResponse) -> str:
    return response.content.decode(errors="replace")


def _parsed(response: HttpResponse, operation: str) -> Any:
    try:
        return msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise RefusalError(GapReason.MALFORMED, "the answer is not JSON", operation=operation) from None


def _object(response: HttpResponse, operation: str) -> Json:
    body = _parsed(response, operation)
    if not isinstance(body, dict):
        raise RefusalError(GapReason.MALFORMED, "the answer is not a JSON object", operation=operation)
    return body

"""Azure's limits on reading, against a clock that a test may hold or hurry.

Resource Manager: a token bucket for each subscription and principal, and one for the subscription's principals together
(learn.microsoft.com request-limits-and-throttling). Storage's own provider: reads and lists in five minutes. Resource
Graph: queries in five seconds for each principal (guidance-for-throttled-requests).
"""

import math
from threading import Lock

from msgspec import Struct

from scanner.demo.azure.arm_error import ArmError
from scanner.demo.azure.message import Clock


class Limits(Struct, frozen=True, kw_only=True):
    """Azure's own figures. Windows in seconds, rates in requests a second."""

    reads_deep: int = 250
    reads_rate: float = 25.0
    all_principals: int = 15
    """The subscription's bucket is this many times as deep and as fast as a principal's."""
    storage_reads: int = 800
    storage_lists: int = 100
    storage_window: float = 300.0
    graph_queries: int = 15
    graph_window: float = 5.0
    retry_after: bool = True
    """Whether Resource Manager's 429 carries Retry-After; Resource Graph's never does here."""


class Left(Struct, frozen=True, kw_only=True):
    """What the quota headers of an answer say is left."""

    principal: int
    everyone: int


class _Bucket:
    def __init__(self, depth: float, rate: float, now: float) -> None:
        self._depth, self._rate, self._level, self._at = depth, rate, depth, now

    def take(self, now: float) -> tuple[bool, float, float]:
        """Whether one was there, how many are left, and in how many seconds there is one more."""
        self._level = min(self._depth, self._level + (now - self._at) * self._rate)
        self._at = now
        if self._level < 1:
            return False, 0, (1 - self._level) / self._rate
        self._level -= 1
        return True, self._level, 0


class _Window:
    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds, self._count, self._started = most, seconds, 0, -math.inf

    def take(self, now: float) -> tuple[bool, int, float]:
        """Whether one was left, how many are left now, and seconds until the window starts again."""
        if now - self._started >= self._seconds:
            self._count, self._started = 0, now
        resets = self._seconds - (now - self._started)
        if self._count >= self._most:
            return False, 0, resets
        self._count += 1
        return True, self._most - self._count, resets


class Throttle:
    """One for the whole server. Methods may be called from several threads at once."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._windows: dict[tuple[str, str, str], _Window] = {}
        self._lock = Lock()

    def read(self, scope: str, principal: str) -> Left:
        """Count a read of a subscription (or of the tenant, `scope` empty); ArmError 429 when there is none left."""
        limits = self._limits
        with self._lock:
            own = self._bucket(scope, principal, 1)
            everyone = self._bucket(scope, "*", limits.all_principals)
            granted, left, wait = own.take(self._clock())
            granted_all, left_all, wait_all = everyone.take(self._clock())
        if not (granted and granted_all):
            seconds = max(1, math.ceil(max(wait, wait_all)))
            raise ArmError(
                429,
                "SubscriptionRequestsThrottled",
                f"Number of 'read' requests for subscription '{scope}' actor '{principal}' exceeded. Please try again"
                f" after '{seconds}' seconds after additional tokens are available."
                " Refer to https://aka.ms/arm-throttling for additional information.",
                headers={"Retry-After": str(seconds)} if limits.retry_after else {},
            )
        return Left(principal=int(left), everyone=int(left_all))

    def storage(self, scope: str, principal: str, *, listing: bool) -> None:
        """Count a read of storage accounts against the provider's own limit; ArmError 429 when there is none left."""
        limits = self._limits
        kind, most = ("List", limits.storage_lists) if listing else ("Read", limits.storage_reads)
        with self._lock:
            granted, _, resets = self._window(scope, principal, kind, most, limits.storage_window).take(self._clock())
        if not granted:
            raise ArmError(
                429,
                "TooManyRequests",
                "The request is being throttled as the limit has been reached for operation type -"
                f" {kind}_ObservationWindow_00:05:00. For more information, see - https://aka.ms/srpthrottlinglimits",
                headers={"Retry-After": str(math.ceil(resets))} if limits.retry_after else {},
            )

    def graph(self, principal: str) -> dict[str, str]:
        """Count a query and return its quota headers; ArmError 429 when there is none left."""
        limits = self._limits
        with self._lock:
            window = self._window("graph", principal, "query", limits.graph_queries, limits.graph_window)
            granted, left, resets = window.take(self._clock())
        seconds = math.ceil(resets)
        headers = {
            "x-ms-user-quota-remaining": str(left),
            "x-ms-user-quota-resets-after": f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}",
        }
        if not granted:
            message = (
                "Client application has been throttled and should not attempt to repeat the request until an amount of"
                " time has elapsed. Please see https://aka.ms/resourcegraph-throttling for help."
            )
            detail = {"code": "RateLimiting", "message": message}
            raise ArmError(429, "RateLimiting", message, details=[detail], headers=headers)
        return headers

    def _bucket(self, scope: str, principal: str, times: int) -> _Bucket:
        key = (scope.lower(), principal)
        if key not in self._buckets:
            limits = self._limits
            self._buckets[key] = _Bucket(limits.reads_deep * times, limits.reads_rate * times, self._clock())
        return self._buckets[key]

    def _window(self, scope: str, principal: str, kind: str, most: int, seconds: float) -> _Window:
        return self._windows.setdefault((scope.lower(), principal, kind), _Window(most, seconds))

"""One limiter for all threads: what Azure said about its quotas, remembered until the moment it named.

Resource Manager keeps a bucket for each subscription, Resource Graph a window for each user. A 429, or a quota that has
come to nothing, holds every thread that would ask the same bucket.
"""

import re
import time
from collections.abc import Callable, Mapping
from threading import Lock

_READS = ("x-ms-ratelimit-remaining-subscription-reads", "x-ms-ratelimit-remaining-tenant-reads")
_REFILL = 25.0
"""Reads a second that come back into a bucket (learn.microsoft.com request-limits-and-throttling)."""
_RESERVE = 8
"""Reads left at which threads start to queue: some are already under way when the answer comes."""


class Pace:
    """`clock` gives seconds that only go forward."""

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._until: dict[str, float] = {}
        self._lock = Lock()

    def wait(self, bucket: str) -> None:
        """Return when `bucket` may be asked."""
        with self._lock:
            left = self._until.get(bucket, 0.0) - self._clock()
        if left > 0:
            self._sleep(left)

    def pause(self, seconds: float) -> None:
        """Hold this thread alone."""
        self._sleep(seconds)

    def hold(self, bucket: str, seconds: float) -> None:
        """Nobody asks `bucket` for so long."""
        with self._lock:
            self._until[bucket] = max(self._until.get(bucket, 0.0), self._clock() + seconds)

    def learn(self, bucket: str, headers: Mapping[str, str], cap: float) -> None:
        """Slow down before Azure refuses, by the quota headers of a good answer; never for longer than `cap`."""
        if headers.get("x-ms-user-quota-remaining") == "0":
            self.hold(bucket, min(cap, resets_after(headers) or 1.0))
        left = [int(headers[name]) for name in _READS if headers.get(name, "").isdigit()]
        if left and min(left) < _RESERVE:
            with self._lock:
                now = self._clock()
                self._until[bucket] = min(now + cap, max(self._until.get(bucket, 0.0), now) + 1 / _REFILL)


def resets_after(headers: Mapping[str, str]) -> float | None:
    """Seconds until Resource Graph's window starts again; None when the header is missing or unreadable."""
    match = re.fullmatch(r"(\d+):(\d{2}):(\d{2})(?:\.\d+)?", headers.get("x-ms-user-quota-resets-after", ""))
    return None if match is None else int(match[1]) * 3600.0 + int(match[2]) * 60.0 + int(match[3])


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of a Retry-After header; None when there is none. A date counts as not given: clocks differ."""
    for name, scale in (("retry-after-ms", 0.001), ("x-ms-retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "")
        if re.fullmatch(r"\d+(\.\d+)?", value):
            return float(value) * scale
    return None

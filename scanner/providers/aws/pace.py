"""Token buckets for the quotas that several clients of an account draw on together."""

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Literal

from msgspec import Struct

from scanner import strictyaml

_FILE = Path(__file__).parent / "catalog" / "quotas.yaml"


class Quota(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often something may be asked."""

    service: str
    per_second: float
    scope: Literal["account", "region"]
    """What one bucket is for: the whole account, or one region of it."""
    source: str
    operation: str = ""
    """As AWS spells it; empty: all operations of the service together."""


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    source: str
    as_of: str
    quotas: tuple[Quota, ...]


@cache
def quotas() -> tuple[Quota, ...]:
    """The quotas of `catalog/quotas.yaml`. SourceError if the file is not as declared."""
    return strictyaml.load_file(_FILE, _File, _FILE.name).value.quotas


class Pace:
    """The buckets of one account. A full one holds a second's worth; who finds it empty waits for his turn."""

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """`clock` gives seconds that only go forward."""
        self._clock = clock
        self._sleep = sleep
        self._lock = Lock()
        self._due: dict[tuple[str, str, str], float] = {}
        """When the bucket would be full again."""

    def wait(self, service: str, operation: str, region: str) -> None:
        """Return when the request may be sent; at once where there is no quota."""
        for quota in quotas():
            if quota.service == service and quota.operation in ("", operation):
                self._take(quota, region if quota.scope == "region" else "")

    def _take(self, quota: Quota, region: str) -> None:
        bucket = (quota.service, quota.operation, region)
        with self._lock:
            now = self._clock()
            due = max(now, self._due.get(bucket, now)) + 1 / quota.per_second
            self._due[bucket] = due
        # A second's worth may go at once; what is due later than that has to wait.
        if due - now > 1:
            self._sleep(due - now - 1)

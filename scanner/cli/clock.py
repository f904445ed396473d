"""When a scan runs and what it is called: by the clock and at random, or so that two runs give the same bytes."""

import os
import time
import uuid
from datetime import UTC, datetime, timedelta

from scanner.errors import UsageError


class Clock:
    """Times and ids of one run."""

    def __init__(self, *, reproducible: bool) -> None:
        """With `reproducible`, time stands still: at SOURCE_DATE_EPOCH, or at the beginning of this day (UTC).

        The day decides which statements and waivers are in force, and it is told in the report.
        """
        self._still = reproducible
        self.started = _epoch() if reproducible else datetime.now(UTC)
        self._begun = time.monotonic()

    def now(self) -> str:
        """The time, and never less than has passed since the start: somebody may set the clock back meanwhile."""
        if self._still:
            return rfc3339(self.started)
        return rfc3339(max(datetime.now(UTC), self.started + timedelta(seconds=time.monotonic() - self._begun)))

    def scan_id(self, scope: str) -> str:
        """A random id; or one that follows from what is scanned and when."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{scope} {rfc3339(self.started)}") if self._still else uuid.uuid4())


def rfc3339(moment: datetime) -> str:
    """A moment in UTC as the document writes it, to the second."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _epoch() -> datetime:
    text = os.environ.get("SOURCE_DATE_EPOCH")
    if not text:
        return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"SOURCE_DATE_EPOCH takes seconds since 1970, not '{text}'.") from None

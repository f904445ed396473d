"""Why and when a scan ends before its end."""

import time
from collections.abc import Callable

INTERRUPTED = "the scan was interrupted"
DEADLINE = "the deadline passed"


class Stop:
    """Set by a signal, or by itself when the deadline passes. Safe to set from a signal handler."""

    GRACE = 10.0
    """Seconds that units under way are given after a signal, to be complete and kept. A deadline gives none."""

    def __init__(self, deadline: float | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """`deadline` is in seconds from now, by a clock that nobody sets (`monotonic`)."""
        self._clock = clock
        self._ends = None if deadline is None else clock() + deadline
        self._patience: float | None = None
        self.why = ""
        """Empty while the scan goes on."""

    def set(self) -> None:
        """Let what is under way come to its end, and begin nothing more."""
        self.why = self.why or INTERRUPTED
        if self._patience is None:
            self._patience = self._clock() + self.GRACE

    def is_set(self) -> bool:
        if not self.why and self._ends is not None and self._clock() >= self._ends:
            self.why = DEADLINE
            self._patience = self._ends
        return bool(self.why)

    @property
    def is_over(self) -> bool:
        """True when units that are still under way are to be left."""
        return self.is_set() and self._patience is not None and self._clock() >= self._patience

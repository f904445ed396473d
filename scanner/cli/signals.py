"""Ctrl-C and SIGTERM, which end a scan early and keep what is complete."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from scanner.scan.stop import Stop


class Signals:
    """The signal that came first, if any; a second one ends the process at once."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop
        self.number: int | None = None

    def handle(self, number: int, _: FrameType | None) -> None:
        if self.number is not None:
            os._exit(128 + number)
        self.number = number
        self._stop.set()


@contextmanager
def stopping(stop: Stop) -> Iterator[Signals]:
    """Let the signals of this block set `stop`."""
    signals = Signals(stop)
    before = {number: signal.signal(number, signals.handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def leave(exit_code: int) -> None:
    """End the process with `exit_code`, without waiting for calls that were given up and still hang."""
    if any(thread is not threading.current_thread() and not thread.daemon for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(exit_code)
    sys.exit(exit_code)

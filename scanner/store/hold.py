"""Holding a file for one process: a lock beside it, that is gone when the process is."""

import fcntl
import os
from pathlib import Path


class HeldError(Exception):
    """Another process holds it."""


class Hold:
    """The lock `PATH.lock`. The system lets go of it when the process dies, however that happens.

    SQLite's own lock is not enough where a finished journal is deleted: a process that opened it just before would go
    on in a file that has no name any more, or find a log without its database.
    """

    def __init__(self, path: Path) -> None:
        """HeldError when another has it; OSError when there is no room, or no right, for a file beside `path`."""
        self._path = Path(f"{path}.lock")
        self._handle: int | None = self._taken()

    def _taken(self) -> int:
        while True:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Who held it before may have removed the file after it was opened here; then it holds nothing.
                if self._path.stat().st_ino == os.fstat(handle).st_ino:
                    return handle
            except FileNotFoundError:
                pass
            except BlockingIOError:
                os.close(handle)
                raise HeldError from None
            except BaseException:
                os.close(handle)
                raise
            os.close(handle)

    def release(self) -> None:
        """Let go, and leave no file behind. Doing it again does nothing."""
        if self._handle is not None:
            self._path.unlink(missing_ok=True)
            fcntl.flock(self._handle, fcntl.LOCK_UN)  # also for a child that was forked meanwhile
            os.close(self._handle)
            self._handle = None

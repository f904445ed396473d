"""What was asked of the server, and what should never have been."""

from fnmatch import fnmatchcase
from threading import Lock

from msgspec import Struct


class Entry(Struct, frozen=True, kw_only=True):
    """One request. `at`: seconds by the server's clock. `status` 0: no answer was given."""

    at: float
    method: str
    host: str
    path: str
    query: str
    status: int
    error: str = ""
    """Azure's error code, of a refusal."""


class RequestLog:
    """Every request in the order of its answers. May be called from several threads at once."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._violations: list[str] = []
        self._lock = Lock()

    def add(self, entry: Entry) -> None:
        with self._lock:
            self._entries.append(entry)

    def violate(self, what: str) -> None:
        """Remember something that no reader of an account may do."""
        with self._lock:
            self._violations.append(what)

    @property
    def entries(self) -> list[Entry]:
        with self._lock:
            return list(self._entries)

    @property
    def violations(self) -> list[str]:
        """Writes, and connections to hosts that are not part of the simulated cloud; each as one line."""
        with self._lock:
            return list(self._violations)

    def matching(self, method: str = "*", path: str = "*") -> list[Entry]:
        """Entries by method and by a glob over the path, any letter case."""
        return [
            entry
            for entry in self.entries
            if fnmatchcase(entry.method, method) and fnmatchcase(entry.path.lower(), path.lower())
        ]

"""What a handler is given: the call, our own state, and moto's answer on request."""

import threading
from collections.abc import Callable
from typing import Any, Protocol

from scanner.demo.aws.wire import AwsError, Call


class State:
    """Tables of our own, by service, account and region."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tables: dict[tuple[str, str, str], dict[str, dict[str, Any]]] = {}

    def table(self, call: Call, name: str, region: str = "") -> dict[str, dict[str, Any]]:
        """Records of the call's account and region (or of another region), by id."""
        with self._lock:
            return self._tables.setdefault((name, call.account, region or call.region), {})

    def clear(self) -> None:
        with self._lock:
            self._tables.clear()


class Moto(Protocol):
    """moto behind a handler."""

    ask: Callable[[], dict[str, Any]]
    backend: Callable[[str, str, str], Any]


Handler = Callable[[Call, State, Moto], dict[str, Any]]


def page(records: list[dict[str, Any]], call: Call, size: str, token: str) -> tuple[list[dict[str, Any]], str]:
    """One page of `records` and the token of the next (empty at the end); tokens are positions."""
    given = str(call.params.get(token, "") or "0")
    if not given.isdigit():
        raise AwsError("ValidationException", f"Invalid {token}", 400)
    start, limit = int(given), int(call.params.get(size, 100))
    more = start + limit < len(records)
    return records[start : start + limit], str(start + limit) if more else ""


def found(table: dict[str, dict[str, Any]], key: str, code: str = "ResourceNotFoundException") -> dict[str, Any]:
    """A record, or AWS's error."""
    if key not in table:
        raise AwsError(code, f"{key} was not found", 404 if code == "ResourceNotFoundException" else 400)
    return table[key]


def stable_id(*parts: str, length: int = 32) -> str:
    """An id that depends only on what it names, so that two seedings give one account."""
    import hashlib

    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:length]

"""What the first pass came across of the few types that the second pass looks things up in.

Without it each of them would be asked of Resource Graph a second time. Only what is whole counts: a resumed scan, a
shard or a worker elsewhere has not seen every unit, and asks.
"""

from collections.abc import Mapping
from threading import Lock

from scanner.providers.azure.call import Json
from scanner.providers.azure.graph import Counts

_WANTED: Mapping[str, tuple[str, ...]] = {
    "microsoft.keyvault/vaults": ("id", "type", "location", "sku", "properties"),
    "microsoft.keyvault/managedhsms": ("id", "type", "location", "sku", "properties"),
    "microsoft.storage/storageaccounts": ("name", "location", "subscriptionId"),
}
"""Columns that are kept, by type."""


class Shown:
    """Rows by type. `counts`: what Resource Graph said that there is; None when it did not say. Safe for threads."""

    def __init__(self, counts: Counts | None) -> None:
        self._expected = dict.fromkeys(_WANTED, 0) if counts is not None else {}
        for (_, type_), size in (counts or {}).items():
            if type_ in self._expected:
                self._expected[type_] += size
        self._rows: dict[str, list[Json]] = {wanted: [] for wanted in _WANTED}
        self._lock = Lock()

    def note(self, type_: str, row: Json) -> None:
        """Remember a row, when somebody may look for it. `type_`: in lower case."""
        columns = _WANTED.get(type_)
        if columns is not None:
            kept = {column: row.get(column) for column in columns}
            with self._lock:
                self._rows[type_].append(kept)

    def rows(self, *types: str) -> list[Json] | None:
        """Every row of these types; None when not all that were counted have come by."""
        with self._lock:
            if any(len(self._rows[one]) < self._expected.get(one, 1) for one in types):
                return None
            return [row for one in types for row in self._rows[one]]

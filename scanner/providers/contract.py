"""What every provider plugin answers: what is in scope, which units, what is in a unit, what do these references mean.

A provider is an object with `name` and `open`. It is registered under the entry-point group `lexloci.providers`; our
own are registered the same way. `tests/contract/` is the suite that every provider passes.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from msgspec import Struct

from scanner.model import Coverage, Unit
from scanner.model.records import Calls, Discovery, Place, Record, Reference, TagSet

__all__ = ["Calls", "Collector", "Discovery", "Limits", "Place", "Provider", "Record", "Reference", "TagSet"]


class Limits(Struct, frozen=True, kw_only=True):
    """How hard a scan may press. Seconds."""

    workers: int = 16
    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    attempts: int = 5
    """Most times one request is sent, the first included."""
    retry_after_cap: float = 30.0
    """Longest wait a server may ask for; a longer one becomes a gap."""

    @property
    def call_timeout(self) -> float:
        """Longest time that one answer may take in all, however steadily it comes."""
        return 4 * self.read_timeout


class Collector(Protocol):
    """An opened scope: signed in, accounts and regions known. Methods may be called from several threads at once."""

    @property
    def scope(self) -> Mapping[str, Any]:
        """What was asked for and what it came to (identity, accounts, regions, filters), for the document's header."""

    def units(self) -> Iterator[Unit]:
        """Every unit in scope, in the order in which they are cheapest to scan."""

    def preliminary(self) -> Iterable[Coverage]:
        """Rows known without scanning: regions that are not enabled, accounts that cannot be entered."""

    def collect(self, unit: Unit) -> Iterator[Record]:
        """Scan one unit. Refusals and faults of the provider come out as gaps and coverage rows, never as exceptions.

        The last records are the unit's `Calls` and exactly one `Coverage` row for the whole unit (`type` empty).
        """

    def resolution_units(self, references: Iterable[Reference]) -> Iterator[tuple[Unit, tuple[Reference, ...]]]:
        """Group references into units of the second pass; the service of such a unit starts with `resolve:`."""

    def resolve(self, unit: Unit, references: tuple[Reference, ...]) -> Iterator[Record]:
        """Look up the references of one such unit: keys become `ObservedKey`, targets become `Place`."""

    def halt(self) -> None:
        """Told that the scan ends early. From here on `units` counts without asking the provider anything, and
        `preliminary` has a row for what it could not count."""

    def close(self) -> None:
        """Release connections."""


class Provider(Protocol):
    """One cloud."""

    name: str

    def open(self, options: Mapping[str, Any], limits: Limits) -> Collector:
        """Sign in and establish the scope; raise UsageError or CannotRunError with a sentence for the user."""

    def source(self, type_: str, fact: str) -> str:
        """The call that answers `fact` for a catalog type, as `service:Operation`; empty when it is not from a call.

        `key.external` asks for the call that shows a key to be outside the provider's key service. Needs no sign-in: it
        reads the catalog.
        """

"""A finished scan as its readers see it: read in streams, wherever it is kept."""

from collections.abc import Iterator
from typing import Protocol

from scanner.model.assessed import Key, Resource
from scanner.model.coverage import Coverage
from scanner.model.document import ScanHeader, Summary, Tool
from scanner.model.finding import Finding, Status


class FinishedScan(Protocol):
    """A scan after its verdicts. Iterators start anew at each call and come in a fixed order."""

    @property
    def tool(self) -> Tool: ...

    @property
    def header(self) -> ScanHeader: ...

    @property
    def summary(self) -> Summary: ...

    def coverage(self) -> Iterator[Coverage]:
        """By provider, account, region, service and type."""

    def resources(self) -> Iterator[Resource]:
        """By id."""

    def keys(self) -> Iterator[Key]:
        """By id."""

    def findings(self, status: Status | None = None) -> Iterator[Finding]:
        """By control and subject; with a status, only those, the most severe first."""

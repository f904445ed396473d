"""What every report is made from: a finished scan, read in streams, wherever it is kept."""

from collections.abc import Iterator
from typing import Protocol

from scanner.model import Coverage, Finding, Key, Resource, Status
from scanner.model.document import Document, ScanHeader, Summary, Tool


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


class DocumentScan:
    """A finished scan read back from its JSON document."""

    _RANK = ("critical", "high", "medium", "low", "info")

    def __init__(self, document: Document) -> None:
        self._document = document

    @property
    def document(self) -> Document:
        return self._document

    @property
    def tool(self) -> Tool:
        return self._document.tool

    @property
    def header(self) -> ScanHeader:
        return self._document.scan

    @property
    def summary(self) -> Summary:
        return self._document.summary

    def coverage(self) -> Iterator[Coverage]:
        return iter(self._document.coverage)

    def resources(self) -> Iterator[Resource]:
        return iter(self._document.resources)

    def keys(self) -> Iterator[Key]:
        return iter(self._document.keys)

    def findings(self, status: Status | None = None) -> Iterator[Finding]:
        if status is None:
            return iter(self._document.findings)
        chosen = [finding for finding in self._document.findings if finding.status is status]
        return iter(sorted(chosen, key=lambda f: (self._RANK.index(f.severity), f.control, f.resource, f.id)))

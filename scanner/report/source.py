"""What every report is made from: a finished scan, here one in its JSON document."""

from collections.abc import Iterator

from scanner.model import Coverage, Finding, Key, Resource, Status
from scanner.model.document import Document, ScanHeader, Summary, Tool


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

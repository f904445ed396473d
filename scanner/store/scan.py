"""A finished scan as it lies in its journal, for the reports to read in streams."""

from collections.abc import Iterator

import msgspec

from scanner.errors import CannotRunError
from scanner.model import Coverage, Finding, Key, Resource, Status
from scanner.model.document import ScanHeader, Summary, Tool
from scanner.store.journal import Journal


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a document that are one thing each; kept in the journal once everything else is."""

    tool: Tool
    header: ScanHeader
    summary: Summary


_NAME = "result"


def keep(journal: Journal, result: Result) -> None:
    """Store the result; from here on the journal is a finished scan."""
    journal.set_meta(_NAME, msgspec.json.encode(result).decode())


class JournalScan:
    """See `scanner.model.finished.FinishedScan`."""

    def __init__(self, journal: Journal) -> None:
        found = journal.meta(_NAME)
        if found is None:
            raise CannotRunError(f"The journal {journal.path} holds no finished scan.")
        self._journal = journal
        self._result = msgspec.json.decode(found, type=Result)

    @property
    def tool(self) -> Tool:
        return self._result.tool

    @property
    def header(self) -> ScanHeader:
        return self._result.header

    @property
    def summary(self) -> Summary:
        return self._result.summary

    def coverage(self) -> Iterator[Coverage]:
        return self._journal.coverage()

    def resources(self) -> Iterator[Resource]:
        return self._journal.resources()

    def keys(self) -> Iterator[Key]:
        return self._journal.keys()

    def findings(self, status: Status | None = None) -> Iterator[Finding]:
        return self._journal.findings(status)

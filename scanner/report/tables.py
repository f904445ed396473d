"""Three flat tables for dashboards: `scans`, `coverage`, `findings`. The same columns in every form they come in."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from scanner.model import Finding
from scanner.model.finished import FinishedScan
from scanner.report.state import state_of, why
from scanner.report.text import shorten
from scanner.report.whereabouts import Spot, whereabouts
from scanner.report.wire import encode

Cell = str | int
Row = tuple[Cell, ...]
Since = Callable[[Finding], str]
"""When a finding was first seen, in RFC 3339; empty where no history tells."""
_LONGEST_EVIDENCE = 300


class Table(Struct, frozen=True, kw_only=True):
    """One of the flat tables: its columns, and how its rows come out of a scan."""

    name: str
    columns: Mapping[str, type[str] | type[int]]
    """Names in order; truth values are 0 and 1."""
    key: tuple[str, ...]
    """Columns that together name a row, so that a table can hold many scans."""
    rows: Callable[[FinishedScan, Since], Iterator[Row]]


def unknown_since(_: Finding) -> str:
    """There is no history."""
    return ""


def _scans(scan: FinishedScan, _: Since) -> Iterator[Row]:
    header, summary = scan.header, scan.summary
    yield (
        header.id,
        scan.tool.version,
        scan.tool.facts_as_of,
        " ".join(f"{pack.id}@{pack.edition}" for pack in header.policies),
        str(header.scope.get("provider", "")),
        header.started_at,
        header.ended_at,
        int(header.complete),
        int(header.interrupted),
        summary.verdict,
        summary.resources,
        summary.stores,
        summary.health_stores,
        summary.unclassified_stores,
        summary.units_read,
        summary.units_wanted,
        header.calls.total,
    )


def _coverage(scan: FinishedScan, _: Since) -> Iterator[Row]:
    for number, row in enumerate(scan.coverage()):
        yield (
            scan.header.id,
            number,
            row.provider,
            row.partition,
            row.account,
            row.region,
            row.service,
            row.type,
            row.state.value,
            row.reason,
            row.permission,
            row.count,
        )


def _findings(scan: FinishedScan, since: Since) -> Iterator[Row]:
    with whereabouts(scan) as places:
        for finding in scan.findings():
            yield _finding(scan.header.id, finding, places.of(finding), since(finding))


def _finding(scan: str, finding: Finding, spot: Spot, first_seen: str) -> Row:
    waiver = finding.waiver
    return (
        scan,
        finding.id,
        finding.pack,
        finding.control,
        finding.title,
        finding.severity.value,
        finding.status.value,
        state_of(finding).value,
        waiver.reason if waiver else "",
        waiver.owner if waiver else "",
        waiver.expires if waiver else "",
        finding.assurance.value,
        spot.provider,
        spot.partition,
        finding.account,
        finding.region,
        spot.country,
        spot.parent_country,
        spot.custody,
        spot.rung,
        spot.health,
        finding.resource,
        spot.type,
        why(finding),
        _evidence(finding),
        finding.subjects,
        first_seen,
    )


def _evidence(finding: Finding) -> str:
    told = "; ".join(f"{item.fact}={encode(item.value).decode()} ({item.source})" for item in finding.evidence)
    return shorten(told, _LONGEST_EVIDENCE)


def _columns(text: str) -> dict[str, type[str] | type[int]]:
    """Column names in order; a name with `#` behind it holds a number."""
    return {name.rstrip("#"): int if name.endswith("#") else str for name in text.split()}


SCANS = Table(
    name="scans",
    columns=_columns(
        "scan tool_version facts_as_of policies provider started_at ended_at complete# interrupted# verdict "
        "resources# stores# health_stores# unclassified_stores# units_complete# units# calls#"
    ),
    key=("scan",),
    rows=_scans,
)
COVERAGE = Table(
    name="coverage",
    columns=_columns("scan number# provider partition account region service type state reason permission resources#"),
    key=("scan", "number"),
    rows=_coverage,
)
FINDINGS = Table(
    name="findings",
    columns=_columns(
        "scan fingerprint pack policy title severity status state waiver_reason waiver_owner waiver_expires assurance "
        "provider partition account region country jurisdiction custody rung health resource type why evidence "
        "subjects# first_seen"
    ),
    key=("scan", "fingerprint"),
    rows=_findings,
)
TABLES = (SCANS, COVERAGE, FINDINGS)


def records(table: Table, scan: FinishedScan, since: Since = unknown_since) -> Iterator[dict[str, Any]]:
    """The rows with their column names."""
    for row in table.rows(scan, since):
        yield dict(zip(table.columns, row, strict=True))

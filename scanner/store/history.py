"""A folder of finished scans as one history: the trend, and since when each open fail has been there."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from scanner.errors import UsageError
from scanner.model import Finding, Status
from scanner.model.finished import FinishedScan
from scanner.scratch import scratch
from scanner.store.manifest import is_sealed
from scanner.store.sealed import SealedScan


class Point(Struct, frozen=True, kw_only=True):
    """One scan in the trend, with what was measured beside what was found."""

    scan: str
    started_at: str
    path: str
    complete: bool
    verdict: str
    fails: int
    """Subjects that fail and are not waived."""
    waived: int
    unknown: int
    passes: int
    stores: int
    units_read: int
    units: int
    """Units that should have been read: what is not offered or not enabled is left out."""
    facts_as_of: str
    tool_version: str


class OpenFail(Struct, frozen=True, kw_only=True):
    """A fail of the latest scan that no waiver covers."""

    id: str
    control: str
    title: str
    severity: str
    resource: str
    account: str
    region: str
    first_seen: str
    """Start of the earliest scan in which it failed. It may be older than the history."""
    seen: int
    """Scans in which it failed, of those in the history."""


class Series(Struct, frozen=True, kw_only=True):
    """The scans of one scope, in order of time."""

    provider: str
    accounts: tuple[str, ...]
    points: tuple[Point, ...]
    scans: tuple[SealedScan, ...]

    def open_fails(self) -> Iterator[OpenFail]:
        """Those of the latest scan, the oldest of the most severe first; in a temporary file, however many."""
        with scratch() as database:
            database.execute(
                "create table fail (id text primary key, rank integer, body blob, first text, seen integer)"
            )
            latest = self.scans[-1]
            for rank, found in enumerate(latest.findings(Status.FAIL)):
                if found.waiver is None:
                    row = (found.id, rank, _encode(found), latest.header.started_at)
                    database.execute("insert or ignore into fail values (?, ?, ?, ?, 1)", row)
            for scan in reversed(self.scans[:-1]):
                database.executemany(
                    "update fail set first = ?, seen = seen + 1 where id = ?",
                    ((scan.header.started_at, found.id) for found in scan.findings(Status.FAIL)),
                )
            for body, first, seen in database.execute("select body, first, seen from fail order by rank"):
                found = _decode(body)
                yield OpenFail(
                    id=found.id,
                    control=found.control,
                    title=found.title,
                    severity=found.severity.value,
                    resource=found.resource,
                    account=found.account,
                    region=found.region,
                    first_seen=first,
                    seen=seen,
                )


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Finding).decode


@contextmanager
def first_seen(folder: Path, scan: FinishedScan) -> Iterator[Callable[[Finding], str]]:
    """A function that says since when a fail of `scan` has been there: the start of the earliest scan of its scope in
    `folder` in which it failed, or of `scan` itself; empty for what does not fail.

    UsageError when there is no folder of sealed scans, or one of them is damaged.
    """
    own = scan.header.started_at
    with scratch() as database:
        database.execute("create table fail (id text primary key, first text) without rowid")
        for series in read_history(folder):
            for earlier in series.scans:
                if (series.provider, series.accounts) == _scope(scan) and earlier.header.started_at < own:
                    fails = ((found.id, earlier.header.started_at) for found in earlier.findings(Status.FAIL))
                    database.executemany("insert or ignore into fail values (?, ?)", fails)

        def since(finding: Finding) -> str:
            if finding.status is not Status.FAIL:
                return ""
            row = database.execute("select first from fail where id = ?", (finding.id,)).fetchone()
            return own if row is None else str(row[0])

        yield since


def read_history(folder: Path) -> tuple[Series, ...]:
    """The sealed scans directly below `folder`, by scope. UsageError when there is none, or one is damaged."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder of sealed scans.")
    scans = [SealedScan(path) for path in sorted(folder.iterdir()) if path.is_dir() and is_sealed(path)]
    if not scans:
        raise UsageError(f"{folder} holds no sealed scan; make them with -o sealed={folder}/NAME.")
    scopes: dict[tuple[str, tuple[str, ...]], dict[str, SealedScan]] = {}
    for scan in sorted(scans, key=lambda scan: (scan.header.started_at, scan.header.id)):
        scopes.setdefault(_scope(scan), {}).setdefault(scan.header.id, scan)
    return tuple(_series(scope, tuple(of_scope.values())) for scope, of_scope in sorted(scopes.items()))


def _scope(scan: FinishedScan) -> tuple[str, tuple[str, ...]]:
    scope: dict[str, Any] = scan.header.scope
    return str(scope.get("provider", "")), tuple(sorted(str(account) for account in scope.get("accounts") or ()))


def _series(scope: tuple[str, tuple[str, ...]], scans: Sequence[SealedScan]) -> Series:
    return Series(
        provider=scope[0], accounts=scope[1], points=tuple(_point(scan) for scan in scans), scans=tuple(scans)
    )


def _point(scan: SealedScan) -> Point:
    header, summary = scan.header, scan.summary
    waived = sum(control.counts.get("waived", 0) for control in summary.controls)
    return Point(
        scan=header.id,
        started_at=header.started_at,
        path=str(scan.folder),
        complete=header.complete,
        verdict=summary.verdict,
        fails=summary.statuses.get("fail", 0) - waived,
        waived=waived,
        unknown=summary.statuses.get("unknown", 0),
        passes=summary.statuses.get("pass", 0),
        stores=summary.stores,
        units_read=summary.units_read,
        units=summary.units_wanted,
        facts_as_of=scan.tool.facts_as_of,
        tool_version=scan.tool.version,
    )

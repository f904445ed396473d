"""Blocks of the table: what is not established, and what was not read."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from scanner.model import Coverage, Status
from scanner.model.coverage import SETTLED
from scanner.model.finished import FinishedScan
from scanner.report.columns import MOST_ROWS, columns
from scanner.report.text import shorten

_LONGEST = 240
"""Characters of what a cloud said when it refused."""
_MOST_NAMED = 8


def lacking(scan: FinishedScan, width: int) -> list[str]:
    """What is missing, by how many results wait for it: the way from unknown to an answer."""
    waiting: Counter[tuple[str, str]] = Counter()
    controls: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for finding in scan.findings(Status.UNKNOWN):
        if finding.waiver is None:
            lacks = {(one.fact, one.permission or one.reason) for one in finding.missing} or {("", finding.reason)}
            waiting.update(lacks)
            for lack in lacks:
                controls[lack].add(finding.control)
    ordered = sorted(waiting.items(), key=lambda item: (-item[1], item[0]))
    rows = [
        (
            fact or "-",
            shorten(why.replace("_", " ") if ":" not in why and "/" not in why else why, _LONGEST),
            count,
            _some(controls[fact, why]),
        )
        for (fact, why), count in ordered[:MOST_ROWS]
    ]
    if not rows:
        return []
    lines = ["NOT ESTABLISHED   what is missing, by how many results wait for it"]
    lines.append(columns(rows, ("missing", "because", "results", "of"), width))
    if len(ordered) > MOST_ROWS:
        lines.append(f"… and {len(ordered) - MOST_ROWS} more; --format json has them all")
    return lines


def coverage(scan: FinishedScan, width: int) -> list[str]:
    """How many units were read completely, and what was not, by state, subject and reason."""
    summary = scan.summary
    lines = [
        f"COVERAGE   {summary.units_read} of {summary.units_wanted} units read completely; "
        f"{summary.units_closed} more are not offered or not enabled where they were looked for"
    ]
    ordered = sorted(_unread(scan.coverage()).items())
    rows = [
        (state, what, _some(regions), shorten(why, _LONGEST)) for (state, what, why), regions in ordered[:MOST_ROWS]
    ]
    if rows:
        lines.append(columns(rows, ("state", "what", "where", "why"), width))
    if len(ordered) > MOST_ROWS:
        lines.append(f"… and {len(ordered) - MOST_ROWS} more; --format json has them all")
    return lines


def _some(names: set[str]) -> str:
    """The first of them, and how many more there are."""
    more = len(names) - _MOST_NAMED
    return ", ".join(sorted(names)[:_MOST_NAMED]) + (f" +{more}" if more > 0 else "")


def _unread(rows: Iterator[Coverage]) -> dict[tuple[str, str, str], set[str]]:
    """Places by state, subject and reason of what was not read: regions, or accounts where there is no region.

    A unit's own row is told only when no call of it has one, or when it lacked another permission than they did: an
    account of which nothing could be listed must not hide behind a detail.
    """
    kept = [row for row in rows if row.state not in SETTLED]
    told: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in kept:
        if row.type:
            told[(row.account, row.service, row.region)].add(row.permission)
    gathered: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in kept:
        of_calls = told.get((row.account, row.service, row.region), set())
        if row.type or not of_calls or (row.permission and row.permission not in of_calls):
            why = row.permission or row.reason
            where = row.region if row.region not in ("", "global") else row.account or row.region
            gathered[(row.state.value, row.type or row.service or "scope", why)].add(where)
    return gathered

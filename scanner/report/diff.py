"""A comparison of two scans: for people, for a pull request, and as JSON for programs."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from scanner.model import Severity
from scanner.model.change import (
    LESS_KNOWN,
    WORSE,
    AnyChange,
    Change,
    CoverageChange,
    Moved,
    Read,
    ResourceChange,
    VerdictChange,
)
from scanner.model.finished import FinishedScan
from scanner.report.columns import WIDTH, fold
from scanner.report.markdown import code, prose
from scanner.report.text import printable, shorten
from scanner.report.wire import array, encode

MOST = 30
"""Most lines of a class for people; JSON holds all."""

_RANK = {severity.value: rank for rank, severity in enumerate(Severity)}

_TITLES = {
    Change.BROKEN: "FAILS NOW, and did not before",
    Change.ESTABLISHED_FAIL: "KNOWN TO FAIL NOW, was unknown",
    Change.OTHER_REASON: "FAILS AS BEFORE, for another reason",
    Change.LOST: "NO LONGER ESTABLISHED (not mended)",
    Change.UNSEEN: "NOT SEEN ANY MORE, where it was has not been read (not gone)",
    Change.NOT_ASKED: "NOT ASKED ANY MORE, the policies are others",
    Change.UNKNOWN: "NEW AND UNKNOWN",
    Change.WAIVED: "FAILS UNDER A WAIVER NOW",
    Change.MENDED: "MENDED, passes now",
    Change.ESTABLISHED_PASS: "KNOWN TO PASS NOW, was unknown",
    Change.NOT_APPLICABLE: "NO LONGER CONCERNED",
    Change.GONE: "GONE with its subject",
    Change.APPEARED: "NEW AND PASSES",
}
"""In the order in which they are told."""


class Totals:
    """Counts changes as they pass, and says what they mean together."""

    def __init__(self) -> None:
        self.verdicts: Counter[str] = Counter()
        self.resources: Counter[str] = Counter()
        self.coverage: Counter[str] = Counter()
        self.facts_lost = 0

    def passing(self, changes: Iterable[AnyChange]) -> Iterator[AnyChange]:
        for change in changes:
            if isinstance(change, VerdictChange):
                self.verdicts[change.change.value] += 1
            elif isinstance(change, ResourceChange):
                self.resources[change.change.value] += 1
                self.facts_lost += sum(moved.lost for moved in change.moved)
            else:
                self.coverage[change.change.value] += 1
            yield change

    @property
    def exit_code(self) -> int:
        """1: something fails that did not fail like this before. 3: not that, but less is known. 0: neither."""
        if any(self.verdicts[change] for change in WORSE):
            return 1
        less = any(self.verdicts[change] for change in LESS_KNOWN) or self.resources[Change.UNSEEN]
        return 3 if less or self.facts_lost or self.coverage[Read.WORSE] else 0

    def told(self) -> dict[str, Any]:
        return {
            "verdicts": dict(sorted(self.verdicts.items())),
            "resources": dict(sorted(self.resources.items())),
            "coverage": dict(sorted(self.coverage.items())),
            "facts_lost": self.facts_lost,
        }


def json(old: FinishedScan, new: FinishedScan, changes: Iterable[AnyChange], totals: Totals) -> Iterator[bytes]:
    """One object; an element a line, as in the document."""
    yield b'{"old":' + encode(_scan(old)) + b',\n"new":' + encode(_scan(new))
    groups = groupby(totals.passing(changes), type)
    kind, group = next(groups, (None, None))
    for expected, name in _NAMES.items():
        yield b',\n"' + name + b'":'
        if kind is expected and group is not None:
            yield from array(group)
            kind, group = next(groups, (None, None))
        else:
            yield b"[]"
    yield b',\n"totals":' + encode(totals.told()) + b',\n"exit_code":' + encode(totals.exit_code) + b"}\n"


_NAMES: dict[type, bytes] = {CoverageChange: b"coverage", ResourceChange: b"resources", VerdictChange: b"verdicts"}


def table(
    old: FinishedScan, new: FinishedScan, changes: Iterable[AnyChange], totals: Totals, width: int = WIDTH
) -> Iterator[bytes]:
    """Lines for a terminal, the worst first."""
    chosen = _Chosen(totals.passing(changes))
    lines = [f"{_when(old)}  ->  {_when(new)}", *_measured(old, new, totals), ""]
    for title, number, entries in chosen.classes():
        lines += [f"{title}: {number}", *(f"  {entry}" for entry in entries), *_more(number, entries), ""]
    if not chosen:
        lines += ["Nothing changed.", ""]
    yield ("\n".join(part for line in lines for part in fold(printable(line), width))).encode()


def markdown(old: FinishedScan, new: FinishedScan, changes: Iterable[AnyChange], totals: Totals) -> Iterator[bytes]:
    """A comment for a pull request or a job summary."""
    chosen = _Chosen(totals.passing(changes))
    lines = ["## What changed", "", prose(f"{_when(old)} → {_when(new)}"), ""]
    lines += [f"- {prose(line)}" for line in _measured(old, new, totals)] + [""]
    for title, number, entries in chosen.classes():
        lines += [f"### {prose(title)}: {number}", "", *(f"- {code(entry, 480)}" for entry in entries)]
        lines += [*(f"-{line}" for line in _more(number, entries)), ""]
    if not chosen:
        lines += ["Nothing changed.", ""]
    yield ("\n".join(lines)).encode()


class _Chosen:
    """The most severe of every class, and how many there are; memory does not grow with the changes."""

    def __init__(self, changes: Iterable[AnyChange]) -> None:
        self._kept: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
        self._number: Counter[str] = Counter()
        for change in changes:
            title, rank, line = _line(change)
            self._number[title] += 1
            kept = self._kept[title]
            kept.append((rank, line))
            if len(kept) > 4 * MOST:
                kept.sort(key=lambda entry: entry[0])
                del kept[MOST:]

    def __bool__(self) -> bool:
        return bool(self._number)

    def classes(self) -> Iterator[tuple[str, int, list[str]]]:
        """Title, number and lines of every class that is not empty."""
        for title in [*_TITLES.values(), *_WHERE.values(), *_COVERAGE.values()]:
            if self._number[title]:
                kept = sorted(self._kept[title], key=lambda entry: entry[0])[:MOST]
                yield title, self._number[title], [line for _, line in kept]


_WHERE = {
    Change.MOVED: "MOVED: data, copies, keys or operators",
    Change.APPEARED: "NEW RESOURCES",
    Change.UNSEEN: "RESOURCES NOT SEEN ANY MORE, where they were has not been read",
    Change.GONE: "RESOURCES GONE",
}
_COVERAGE = {
    Read.WORSE: "READ WORSE THAN BEFORE",
    Read.LEFT: "NOT IN SCOPE ANY MORE, and was not read before",
    Read.OTHERWISE: "OTHERWISE THAN BEFORE, with as much read",
    Read.ENTERED: "NOT IN SCOPE BEFORE",
    Read.BETTER: "READ BETTER THAN BEFORE",
}


def _line(change: AnyChange) -> tuple[str, int, str]:
    """Class, rank within it, and the line."""
    if isinstance(change, VerdictChange):
        became = f"{change.old or 'nothing'} -> {change.new or 'nothing'}"
        told = f"{change.severity:8}  {change.control}  {_short(change.resource)}: {became}"
        return _TITLES[change.change], _RANK[change.severity], f"{told}  {shorten(change.why, 160)}".rstrip()
    if isinstance(change, ResourceChange):
        where = f"{_short(change.resource)} ({change.country or 'country not established'})"
        moved = "; ".join(_told(moved) for moved in change.moved)
        return _WHERE[change.change], int(not change.is_store), f"{where}: {moved}" if moved else where
    where = " ".join(word for word in (change.account, change.region, change.type or change.service) if word)
    told = f"{where}: {change.old or 'nothing'} -> {change.new or 'nothing'}  {shorten(change.reason, 120)}"
    return _COVERAGE[change.change], 0, told.rstrip()


def _told(moved: Moved) -> str:
    lost = " (no longer established)" if moved.lost else ""
    return f"{moved.property} {_value(moved.old)} -> {_value(moved.new)}{lost}"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return shorten(", ".join(value), 160) or "none"
    return "not established" if value is None else shorten(str(value), 100) or "none"


def _short(resource: str) -> str:
    return shorten(resource, 90)


def _more(number: int, entries: list[str]) -> list[str]:
    return [f"  … and {number - len(entries)} more; --format json has all"] if number > len(entries) else []


def _measured(old: FinishedScan, new: FinishedScan, totals: Totals) -> Iterator[str]:
    """What both looked at, so that fewer fails are not taken for an improvement when less was read."""
    for word, scan in (("before", old), ("now", new)):
        summary, statuses = scan.summary, scan.summary.statuses
        fails, unknown = statuses.get("fail", 0), statuses.get("unknown", 0)
        yield (
            f"{word}: {fails} fail, {unknown} unknown; {summary.units_read} of {summary.units_wanted} units read"
            f"{'' if scan.header.complete else ', not everything in scope'}"
        )
    if old.tool != new.tool:
        yield (
            f"the tool or its facts changed: {old.tool.version} ({old.tool.facts_as_of}) -> "
            f"{new.tool.version} ({new.tool.facts_as_of})"
        )
    packs = [{pack.id: pack.digest for pack in scan.header.policies} for scan in (old, new)]
    changed = sorted(id_ for id_ in packs[0] | packs[1] if packs[0].get(id_) != packs[1].get(id_))
    if changed:
        yield f"policies that are not the same text: {', '.join(changed)}"
    if totals.facts_lost:
        yield f"facts that are no longer established: {totals.facts_lost}"


def _scan(scan: FinishedScan) -> dict[str, Any]:
    header = scan.header
    return {
        "id": header.id,
        "started_at": header.started_at,
        "complete": header.complete,
        "verdict": scan.summary.verdict,
        "statuses": scan.summary.statuses,
        "units": scan.summary.units,
        "tool": scan.tool,
        "policies": {pack.id: pack.digest for pack in header.policies},
    }


def _when(scan: FinishedScan) -> str:
    return f"{scan.header.started_at} ({scan.header.id[:8]})"

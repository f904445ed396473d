"""A history of scans: for people as tables, for programs as JSON."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Protocol

from scanner.report.columns import WIDTH, columns, fold, under
from scanner.report.text import printable, shorten
from scanner.report.wire import array, encode

MOST = 50
"""Most open fails that are shown to people; JSON holds all."""


class Series(Protocol):
    """See `scanner.store.history.Series`."""

    @property
    def provider(self) -> str: ...

    @property
    def accounts(self) -> tuple[str, ...]: ...

    @property
    def points(self) -> Sequence[Any]: ...

    def open_fails(self) -> Iterator[Any]: ...


def json(history: Iterable[Series]) -> Iterator[bytes]:
    """An array of series: scope, trend, open fails."""
    separator = b"["
    for series in history:
        scope = {"provider": series.provider, "accounts": series.accounts}
        yield separator + b'{"scope":' + encode(scope) + b',\n"trend":'
        yield from array(series.points)
        yield b',\n"open_fails":'
        yield from array(series.open_fails())
        yield b"}"
        separator = b",\n"
    yield b"]\n"


def table(history: Iterable[Series], width: int = WIDTH) -> Iterator[bytes]:
    """For each scope the trend, with what was read beside what was found, and the open fails of the latest scan."""
    for series in history:
        title = f"{series.provider} {shorten(', '.join(series.accounts), 80)}"
        yield ("\n".join(fold(printable(title), width)) + "\n\n").encode()
        rows = [
            (
                point.started_at,
                point.verdict.replace("_", " "),
                point.fails,
                point.waived,
                point.unknown,
                point.passes,
                point.stores,
                f"{point.units_read} of {point.units}",
                "yes" if point.complete else "NO",
            )
            for point in series.points
        ]
        heads = ("scan of", "verdict", "fail", "waived", "unknown", "pass", "stores", "units read", "complete")
        yield f"{columns(rows, heads, width)}\n".encode()
        fails = series.open_fails()
        shown = list(islice(fails, MOST))
        if shown:
            since = [(f.first_seen, f"{f.seen} of {len(series.points)}", f.severity, f.control) for f in shown]
            names = ("failing since", "in scans", "severity", "control")
            yield f"\n{under([f.resource for f in shown], since, names, width)}\n".encode()
        more = sum(1 for _ in fails)
        yield f"… and {more} more; --format json has all\n\n".encode() if more else b"\n"

"""JSON Lines: a header, one record a line, and a trailer, so that a cut file is recognised by its missing end."""

from collections.abc import Iterable, Iterator

from scanner.model.document import SCHEMA_VERSION
from scanner.model.finished import FinishedScan
from scanner.report.wire import encode


def render(scan: FinishedScan) -> Iterator[bytes]:
    """Lines with a `record` field: header, coverage, resource, key, finding, and last the trailer with its counts."""
    yield _line("header", {"schema_version": SCHEMA_VERSION, "tool": scan.tool, "scan": scan.header})
    counts: dict[str, int] = {}
    streams: tuple[tuple[str, Iterable[object]], ...] = (
        ("coverage", scan.coverage()),
        ("resource", scan.resources()),
        ("key", scan.keys()),
        ("finding", scan.findings()),
    )
    for name, items in streams:
        counts[name] = 0
        for item in items:
            counts[name] += 1
            yield _line(name, item)
    yield _line("trailer", {"complete": scan.header.complete, "records": counts, "summary": scan.summary})


def _line(record: str, body: object) -> bytes:
    return b'{"record":' + encode(record) + b',"body":' + encode(body) + b"}\n"

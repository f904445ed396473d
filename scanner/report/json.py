"""The JSON document, written as a stream: its size is bounded by the disk, not by memory."""

from collections.abc import Iterable, Iterator

from scanner.model.document import SCHEMA_VERSION
from scanner.model.finished import FinishedScan
from scanner.report.wire import array, encode


def render(scan: FinishedScan) -> Iterator[bytes]:
    """The document of `scanner.model.document.Document`, one element a line, so that two scans can be compared."""
    yield b'{"schema_version":' + encode(SCHEMA_VERSION)
    yield b',\n"tool":' + encode(scan.tool)
    yield b',\n"scan":' + encode(scan.header)
    yield b',\n"summary":' + encode(scan.summary)
    yield from _array("coverage", scan.coverage())
    yield from _array("resources", scan.resources())
    yield from _array("keys", scan.keys())
    yield from _array("findings", scan.findings())
    yield b"}\n"


def _array(name: str, items: Iterable[object]) -> Iterator[bytes]:
    yield b',\n"' + name.encode() + b'":'
    yield from array(items)

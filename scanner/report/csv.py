"""CSV (RFC 4180, UTF-8): the findings table, for a spreadsheet."""

import csv
import io
from collections.abc import Iterator

from scanner.model.finished import FinishedScan
from scanner.report.tables import FINDINGS, Cell, Since, Table, unknown_since
from scanner.report.text import printable

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""A cell that begins like this is run as a formula by a spreadsheet; the wide forms too, in some locales."""


def render(scan: FinishedScan) -> Iterator[bytes]:
    """One row a finding; cells are guarded as in `table`."""
    return table(FINDINGS, scan)


def table(flat: Table, scan: FinishedScan, since: Since = unknown_since) -> Iterator[bytes]:
    """One flat table with its header. A cell that would be run as a formula begins with an apostrophe, and characters
    that no spreadsheet shows are replaced; the exact text is in the JSON formats."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_MINIMAL)
    writer.writerow(flat.columns)
    for row in flat.rows(scan, since):
        writer.writerow([_guarded(cell) for cell in row])
        yield _taken(buffer)
    yield _taken(buffer)


def _guarded(cell: Cell) -> Cell:
    if isinstance(cell, int):
        return cell
    text = printable(cell)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()

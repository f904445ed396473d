"""Rows under headers, as the terminal shows them."""

from collections.abc import Sequence

from tabulate import tabulate

from scanner.report.text import printable

MOST_ROWS = 15
"""Rows of a block before the rest is only counted; the machine formats hold them all."""


def columns(rows: Sequence[Sequence[object]], headers: Sequence[str], widest: int | None = None) -> str:
    """A table of cells made safe to show; with `widest`, columns are wrapped to that many characters."""
    cells = [[printable(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    lengths = [max((len(str(row[index])) for row in cells), default=0) for index in range(len(headers))]
    widths = [widest if widest is not None and length > widest else None for length in lengths]
    # disable_numparse: tabulate would print an identifier like 1e5 as 100000.
    return tabulate(cells, headers=headers, tablefmt="simple", disable_numparse=True, maxcolwidths=widths)

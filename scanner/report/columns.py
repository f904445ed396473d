"""Rows under headers, as the terminal shows them."""

import re
from collections.abc import Sequence

from tabulate import tabulate

from scanner.report.text import printable

MOST_ROWS = 15
"""Rows of a block before the rest is only counted; the machine formats hold them all."""

_COMMAND = re.compile(r"^\s*::")


def columns(rows: Sequence[Sequence[object]], headers: Sequence[str]) -> str:
    cells = [[printable(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    # A build machine runs a line that begins with `::`, and the first cell begins one.
    cells = [[_COMMAND.sub("\N{REPLACEMENT CHARACTER}:", str(first)), *others] for first, *others in cells]
    # disable_numparse: tabulate would print an identifier like 1e5 as 100000.
    return tabulate(cells, headers=headers, tablefmt="simple", disable_numparse=True)

"""Rows under headers, and lines, no wider than the place they are shown in."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from tabulate import SEPARATING_LINE, tabulate

from scanner.report.text import printable, shorten

MOST_ROWS = 15
"""Rows of a block before the rest is only counted; the machine formats hold them all."""

WIDTH = 120
"""Columns of a text report where nothing says how many there are: in a file, in a pipe."""

NARROWEST = 60
"""Columns below which a report is not squeezed; a narrower terminal breaks its lines."""

_GAP = "  "
_LEAST = 5
_LONGEST = 1000
"""Characters of a cell or a name, above those of any identifier that a cloud gives out for a store of data."""


def columns(rows: Sequence[Sequence[object]], headers: Sequence[str], width: int = WIDTH) -> str:
    """A table of cells made safe to show, at most `width` wide: cells that do not fit are wrapped, not cut."""
    if not headers:
        return ""
    table = _cells(rows, headers)
    return _ruled(table, _fitting(table, width))


def listed(rows: Sequence[Sequence[object]], headers: Sequence[str], width: int = WIDTH) -> str:
    """The same where it breaks no word; where it would, a block of lines for each row, one a header."""
    if not headers:
        return ""
    table = _cells(rows, headers)
    widths = _fitting(table, width)
    if all(now >= least for now, least in zip(widths, _words(table), strict=True)):
        return _ruled(table, widths)
    name = max(map(len, table[0]))
    widths = [name, width - len(_GAP) - name]
    return "\n\n".join("\n".join(_aligned(list(zip(table[0], row, strict=True)), widths)) for row in table[1:])


def under(names: Sequence[str], rows: Sequence[Sequence[object]], headers: Sequence[str], width: int = WIDTH) -> str:
    """The same with a line of its own above each row, for a name that must stay whole to be copied."""
    table = _cells(rows, headers)
    widths = _fitting(table, width - len(_GAP))
    lines = iter(_aligned([table[0], SEPARATING_LINE, *table[1:]], widths))
    heights = [len(_aligned([row], widths)) for row in table]
    shown = [f"{_GAP}{next(lines)}" for _ in range(heights[0] + 1)]
    for name, height in zip(names, heights[1:], strict=True):
        shown += [shorten(printable(name), _LONGEST), *(f"{_GAP}{next(lines)}" for _ in range(height))]
    return "\n".join(shown)


def fold(line: str, width: int, hang: int | None = None) -> Iterator[str]:
    """The line, in as many as it takes, broken at blanks; where there is none, after a `:` or `/` of the identifier.

    What follows the first is indented by `hang`, or by four more than the line itself.
    """
    start = len(line) - len(line.lstrip())
    indent = " " * (start + 4 if hang is None else hang)
    while len(line) > width:
        at = line.rfind(" ", start + 1, width + 1)
        if at < 0:
            at = max(line.rfind(sign, start + 1, width) for sign in ":/") + 1
        yield printable(line[: at or width].rstrip())
        line, start = indent + line[at or width :].lstrip(), len(indent)
    yield printable(line)  # again: a break can put what was harmless at the beginning of a line


def _cells(rows: Sequence[Sequence[object]], headers: Sequence[str]) -> list[list[str]]:
    return [[shorten(printable(str(cell)), _LONGEST) for cell in row] for row in (headers, *rows)]


def _aligned(rows: Sequence[Sequence[str] | str], widths: Sequence[int]) -> list[str]:
    # Tabulate guesses what a text stands for: it would print the identifier 1e5 as 100000 and, where it wraps cells
    # itself, the word False as True. The headers are a row like the others, as those of its own take two blanks more
    # than a column needs; so there is a rule above and below, which are left out.
    wrapped = [row if row == SEPARATING_LINE else list(map(_wrapped, row, widths)) for row in rows]
    table = tabulate(wrapped, tablefmt="simple", disable_numparse=True)
    return [printable(line).rstrip() for line in table.splitlines()[1:-1]]


def _wrapped(cell: str, width: int) -> str:
    return "\n".join(wrap(cell, width, break_on_hyphens=False))


def _ruled(table: Sequence[Sequence[str]], widths: Sequence[int]) -> str:
    return "\n".join(_aligned([table[0], SEPARATING_LINE, *table[1:]], widths))


def _words(table: Sequence[Sequence[str]]) -> list[int]:
    """Length of the longest word of each column."""
    return [max(len(word) for cell in column for word in (cell.split() or [""])) for column in zip(*table, strict=True)]


def _fitting(table: Sequence[Sequence[str]], width: int) -> list[int]:
    """Widths of the columns that fit together: the widest gives way first, and no word is broken while it can be."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    room = width - len(_GAP) * (len(widths) - 1)
    for least in (_words(table), [_LEAST] * len(widths)):
        while sum(widths) > room and any(now > low for now, low in zip(widths, least, strict=True)):
            widest = max(range(len(widths)), key=lambda index: (widths[index] > least[index], widths[index]))
            widths[widest] -= 1
    return [max(1, one) for one in widths]

"""Columns of a text: of delimited lines, and of the members of JSON objects.

Values are held only while a text is looked at. Every text is read to its end once, whatever it is.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable

_DELIMITERS = ";,\t|"
_LOOKED_AT = 20
"""Lines by which the delimiter is chosen."""
_FEWEST = 3
"""Lines from which on delimited text has columns."""
_WIDEST = 200
"""Columns of a line beyond which nothing is read."""
_LONGEST = 64
"""Characters of a value or of a name that are kept; no number of a person has more."""

_MEMBER = re.compile(r'"([^"\\\r\n]{1,64})"\s{0,4}:\s{0,4}(?:"([^"\\\r\n]{0,64})"|(\d{1,20})(?![\w.]))')

Columns = list[tuple[str, list[str]]]
"""Name and values; the name is empty where there is none."""


def columns(text: str) -> Columns:
    """The columns of a text; none where it has no rows that are alike."""
    if text.lstrip()[:1] in ("{", "["):
        return _members(text)
    # The last line may be cut off where the reading ended.
    lines = [line for line in text.splitlines() if line.strip()]
    delimiter = _delimiter(lines[:_LOOKED_AT])
    return _delimited(lines, delimiter) if len(lines) >= _FEWEST else []


def _members(text: str) -> Columns:
    found: dict[str, list[str]] = {}
    for name, quoted, number in _MEMBER.findall(text):
        if name in found or len(found) < _WIDEST:
            found.setdefault(name, []).append(quoted or number)
    return list(found.items())


def _delimiter(lines: list[str]) -> str:
    """The delimiter that most lines have equally often; empty when each line is one value."""
    best, most = "", 0
    for delimiter in _DELIMITERS:
        counts = Counter(line.count(delimiter) for line in lines)
        if not counts:
            continue
        (times, alike), *_ = counts.most_common(1)
        if times and 2 * alike > len(lines) and alike > most:
            best, most = delimiter, alike
    return best


def _delimited(lines: list[str], delimiter: str) -> Columns:
    rows = _rows(lines, delimiter) if delimiter else [[line.strip()[:_LONGEST]] for line in lines]
    width = Counter(map(len, rows)).most_common(1)[0][0]
    alike = [row for row in rows if len(row) == width]
    if len(alike) < _FEWEST or width > _WIDEST:
        return []
    head = alike[0] if _is_heading(alike[0]) else [""] * width
    return [(head[index], [row[index] for row in alike]) for index in range(width)]


def _rows(lines: Iterable[str], delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    for line in lines:
        try:
            # Line by line, so that a quote which is never closed costs one line and not the rest.
            cells = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:
            continue
        rows.append([cell.strip()[:_LONGEST] for cell in cells])
    return rows


def _is_heading(row: Iterable[str]) -> bool:
    """Names, and no values: every cell has a letter and begins with none of the digits."""
    return all(re.search(r"[^\W\d_]", cell) and not cell[:1].isdigit() for cell in row)

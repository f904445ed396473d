"""Where in a YAML file a character of a scalar's value stands.

Folding, quoting and indentation change white space, and quoting writes some characters with two; everything else of a
value stands in the file in the same order. So the n-th visible character of the value is the n-th one of the scalar.
"""

import re
from collections.abc import Iterator

_SIMPLE = {"0": "\0", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b"}
_CODE = {"x": 2, "u": 4, "U": 8}
_BLOCK = re.compile(r"[|>][-+0-9]*[ \t]*(?:#[^\n]*)?\n")


def place(text: str, start: tuple[int, int], value: str, offset: int) -> tuple[int, int]:
    """Line and column (from 1) in `text` of `value[offset]`, for the scalar that begins at `start`.

    An offset at white space or at the end gives the place after the visible character before it.
    """
    lines = text.split("\n")
    begin = sum(len(line) + 1 for line in lines[: start[0] - 1]) + start[1] - 1
    visible = sum(not character.isspace() for character in value[:offset])
    at_end = offset >= len(value) or value[offset].isspace()
    index = begin
    for count, (where, width) in enumerate(_visible(text, begin)):
        if count == visible and not at_end:
            index = where
            break
        if count == visible - 1 and at_end:
            index = where + width
            break
    line = text.count("\n", 0, index) + 1
    return line, index - (text.rfind("\n", 0, index) + 1) + 1


def _visible(text: str, begin: int) -> Iterator[tuple[int, int]]:
    """Index and width of each visible character of the scalar that begins at `begin`, in order."""
    quote = text[begin] if text[begin : begin + 1] in ("'", '"') else ""
    block = None if quote else _BLOCK.match(text, begin)
    index = block.end() if block else begin + len(quote)
    while index < len(text):
        width, shown = 1, text[index]
        if quote == "'" and text.startswith("''", index):
            width = 2
        elif quote == '"' and shown == "\\":
            width, shown = _escape(text, index)
        elif shown == quote:
            return
        if not shown.isspace():
            yield index, width
        index += width


def _escape(text: str, index: int) -> tuple[int, str]:
    letter = text[index + 1]
    if letter in _CODE:
        digits = text[index + 2 : index + 2 + _CODE[letter]]
        return 2 + len(digits), chr(int(digits, 16))
    return 2, _SIMPLE.get(letter, letter)

"""Text from an account, made safe to show: names and tags are written by strangers."""

import re

_CONTROL = re.compile(
    # C0 and C1 controls; marks that hide or reorder what is read; halves of characters and non-characters.
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_LOG_COMMAND = re.compile(r"##(?=\[|vso\[)")
"""GitHub and Azure DevOps run `##[…` and `##vso[…` as commands wherever they stand in a log line."""
_LINE_COMMAND = re.compile(r"(?:^|(?<=\s))::")
"""GitHub runs a line that begins with `::`, after blanks too. Any text can begin one; where it is wrapped, any word."""


def printable(text: str) -> str:
    """`text` on one line without control characters, terminal escapes, log commands or what reorders reading."""
    plain = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text.replace("\n", " ").replace("\t", " "))
    plain = _LINE_COMMAND.sub("\N{REPLACEMENT CHARACTER}:", plain)
    return _LOG_COMMAND.sub("#\N{REPLACEMENT CHARACTER}", plain)


def shorten(text: str, width: int) -> str:
    """`text` cut in the middle to `width` characters, since the ends of an identifier tell the most."""
    if len(text) <= width:
        return text
    head = (width - 1) // 2
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"

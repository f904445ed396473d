"""The beginning of an object made readable: unpacked as far as a limit goes, and as text where it is text.

Only a beginning is there, so what is read here never asks for the end of anything: archives are read from their front,
and text may stop in the middle of a character. Nothing here raises on any bytes.
"""

import zlib

UNPACKED = 256 * 1024
"""Most bytes that an archive may unfold to. What a bomb holds beyond them is never made."""

_LAYERS = 3
"""Archives in archives that are opened: `.tar.gz` has two."""

_GZIP = b"\x1f\x8b\x08"
_ZIP = b"PK\x03\x04"
_ZIP_HEADER = 30
_BLOCK = 512
"""A tar header, and what its content is aligned to."""
_TEXT_CONTROLS = frozenset("\t\n\r\x0b\x0c\x1c\x1d\x1e\x1f")
_ODD = 0.05
"""Share of characters without a meaning in text from which on bytes are no text."""


def unpacked(data: bytes) -> bytes:
    """What is in the archive that `data` is the beginning of: the first file of it. `data` itself when it is none.

    Empty where the archive cannot be opened: encrypted, of another method, broken.
    """
    for _ in range(_LAYERS):
        if data.startswith(_GZIP):
            data = _inflated(data, 31)
        elif data.startswith(_ZIP):
            data = _first_in_zip(data)
        elif data[257:262] == b"ustar":
            size = data[124:136].strip(b"\0 ")
            data = data[_BLOCK : _BLOCK + (int(size, 8) if _is_octal(size) else 0)]
        else:
            break
    return data


def text_of(data: bytes) -> str | None:
    """`data` as text; None when it is none."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    else:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
        if text.count("\N{REPLACEMENT CHARACTER}") > _ODD * len(text):
            text = data.decode("latin-1")
    odd = sum(1 for char in text if (char < " " and char not in _TEXT_CONTROLS) or "\x7f" <= char < "\xa0")
    return text if text and odd + text.count("\N{REPLACEMENT CHARACTER}") <= _ODD * len(text) else None


def _inflated(data: bytes, window: int) -> bytes:
    try:
        return zlib.decompressobj(window).decompress(data, UNPACKED)
    except zlib.error:
        return b""


def _first_in_zip(data: bytes) -> bytes:
    """The first file, by its local header: the directory stands at the end, which is not there."""
    if len(data) < _ZIP_HEADER:
        return b""
    flags, method = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    names = int.from_bytes(data[26:28], "little") + int.from_bytes(data[28:30], "little")
    content = data[_ZIP_HEADER + names :]
    if flags & 1:
        return b""
    if method == 8:
        return _inflated(content, -15)
    size = int.from_bytes(data[18:22], "little")
    return content[: size or len(content)] if method == 0 else b""


def _is_octal(digits: bytes) -> bool:
    return digits.isdigit() and not set(digits) & {0x38, 0x39}

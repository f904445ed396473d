"""What a unit gave, until it is stored: a few records in memory, and more than that in a file.

A unit may be a service with a hundred thousand resources, and is stored in one transaction once all of it was read.
"""

import struct
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, get_args

import msgspec

from scanner.model.records import Record

KEPT = 500
"""Records held in memory, about a megabyte."""

_KINDS: tuple[type[Any], ...] = get_args(Record)
_HEAD = struct.Struct("<BI")
"""Number of the kind of a record, and the length of what follows."""

_encode = msgspec.msgpack.Encoder().encode


class NoRoomError(Exception):
    """The file cannot be written."""


class Held:
    """Records in the order in which they came. The file has no name, and is gone with this object or this process."""

    def __init__(self, folder: Path | None) -> None:
        """`folder` is where the file may be; None holds everything in memory, to be sent to another process."""
        self._folder = folder
        self._last: list[Record] = []
        self._file: IO[bytes] | None = None

    def add(self, record: Record) -> None:
        """NoRoomError when the disk is full, or the folder cannot be written."""
        if len(self._last) >= KEPT and self._folder is not None:
            self._write(self._folder)
        self._last.append(record)

    def __iter__(self) -> Iterator[Record]:
        """Every record from the first on; as often as one likes, one at a time."""
        if self._file is not None:
            yield from _read(self._file)
        yield from self._last

    def _write(self, folder: Path) -> None:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed with this object
                weakref.finalize(self, self._file.close)
            for record in self._last:
                body = _encode(record)
                self._file.write(_HEAD.pack(_KINDS.index(type(record)), len(body)) + body)
            self._file.flush()
        except OSError as error:
            raise NoRoomError(f"{folder} cannot be written: {error}") from error
        self._last = []


def _read(file: IO[bytes]) -> Iterator[Record]:
    decoders = [msgspec.msgpack.Decoder(kind) for kind in _KINDS]
    file.seek(0)
    while head := file.read(_HEAD.size):
        kind, length = _HEAD.unpack(head)
        yield decoders[kind].decode(file.read(length))

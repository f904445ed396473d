"""What a unit gave, until it is stored: a few records in memory, and more than that in a file, or packed.

A unit may be a service with a hundred thousand resources, and is stored in one transaction once all of it was read.
"""

import io
import struct
import tempfile
import weakref
import zlib
from collections.abc import Iterable, Iterator
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
        """`folder` is where the file may be. None: to be sent to another process, which has no use for a file here;
        what is more than a few is packed in memory."""
        self._folder = folder
        self._last: list[Record] = []
        self._packed: list[bytes] = []
        self._file: IO[bytes] | None = None

    def add(self, record: Record) -> None:
        """NoRoomError when the disk is full, or the folder cannot be written."""
        if len(self._last) >= KEPT:
            written = _written(self._last)
            if self._folder is None:
                self._packed.append(zlib.compress(written, level=1))
            else:
                self._append(self._folder, written)
            self._last = []
        self._last.append(record)

    def __iter__(self) -> Iterator[Record]:
        """Every record from the first on; as often as one likes, one at a time."""
        if self._file is not None:
            self._file.seek(0)
            yield from _read(self._file)
        for block in self._packed:
            yield from _read(io.BytesIO(zlib.decompress(block)))
        yield from self._last

    def _append(self, folder: Path, written: bytes) -> None:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed with this object
                weakref.finalize(self, self._file.close)
            self._file.write(written)
            self._file.flush()
        except OSError as error:
            raise NoRoomError(f"{folder} cannot be written: {error}") from error


def _written(records: Iterable[Record]) -> bytes:
    bodies = ((_KINDS.index(type(record)), _encode(record)) for record in records)
    return b"".join(_HEAD.pack(kind, len(body)) + body for kind, body in bodies)


def _read(file: IO[bytes]) -> Iterator[Record]:
    decoders = [msgspec.msgpack.Decoder(kind) for kind in _KINDS]
    while head := file.read(_HEAD.size):
        kind, length = _HEAD.unpack(head)
        yield decoders[kind].decode(file.read(length))

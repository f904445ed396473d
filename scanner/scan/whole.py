"""Text that can be stored. JSON can spell half of a character (`\\ud800`), and names and tags are written by strangers;
UTF-8, and so every store and report, has no place for it."""

import re
from typing import Any, TypeVar

import msgspec

Record = TypeVar("Record", bound=msgspec.Struct)

_HALF = re.compile("[\ud800-\udfff]")
_encode = msgspec.msgpack.Encoder().encode


def whole(record: Record) -> Record:
    """`record` itself, or a copy with U+FFFD for every half of a character in it."""
    try:
        _encode(record)
    except UnicodeEncodeError:
        return msgspec.convert(_replaced(msgspec.to_builtins(record)), type(record))
    return record


def _replaced(value: Any) -> Any:
    if isinstance(value, str):
        return _HALF.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, dict):
        return {_replaced(key): _replaced(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_replaced(entry) for entry in value]
    return value

"""The checked syntax tree of a CEL expression, read from its standard serialized form.

The form is the protocol buffer `cel.expr.CheckedExpr` of the CEL specification (github.com/google/cel-spec,
`proto/cel/expr/checked.proto` and `syntax.proto`); its field numbers are fixed for good. The few messages needed are
read here directly, because the binding gives bytes and a protobuf runtime would be a dependency for forty lines.
"""

from collections.abc import Iterator

from msgspec import Struct


class Node(Struct, frozen=True):
    offset: int
    """Where the node is in the text, in code points; for a selection and a call, its dot or operator."""


class Constant(Node, frozen=True):
    value: str | int | float | bool | bytes | None


class Name(Node, frozen=True):
    name: str


class Field(Node, frozen=True):
    of: Node
    name: str


class Call(Node, frozen=True):
    function: str
    arguments: tuple[Node, ...]


class ListOf(Node, frozen=True):
    items: tuple[Node, ...]


class Mapping(Node, frozen=True):
    """A map or message literal; the language profile has no use for it."""


class Quantifier(Node, frozen=True):
    """`all` or `exists`, expanded by the compiler."""

    variable: str
    over: Node
    steps: tuple[Node, ...]


Tree = Node
_Fields = dict[int, list[int | bytes]]


def tree(serialized: bytes) -> Tree:
    """Decode a serialized checked expression, bare or packed in a `google.protobuf.Any`."""
    top = _fields(serialized)
    checked = _fields(_bytes(top, 2)) if _bytes(top, 1).startswith(b"type.googleapis.com/") else top
    source = _fields(_bytes(checked, 5))
    offsets = {}
    for entry in source.get(4, []):
        pair = _fields(_as_bytes(entry))
        offsets[_int(pair, 1)] = _int(pair, 2)
    return _node(_bytes(checked, 4), offsets)


def dotted(node: Node) -> str | None:
    """`a.b.c` for a chain of selections on a name, None for anything else."""
    if isinstance(node, Name):
        return node.name.removeprefix(".")
    if isinstance(node, Field) and (prefix := dotted(node.of)) is not None:
        return f"{prefix}.{node.name}"
    return None


def _node(data: bytes, offsets: dict[int, int]) -> Node:
    fields = _fields(data)
    at = offsets.get(_int(fields, 2), 0)
    if 3 in fields:
        return Constant(at, _constant(_bytes(fields, 3)))
    if 4 in fields:
        return Name(at, _text(_fields(_bytes(fields, 4)), 1))
    if 5 in fields:
        select = _fields(_bytes(fields, 5))
        return Field(at, _node(_bytes(select, 1), offsets), _text(select, 2))
    if 6 in fields:
        call = _fields(_bytes(fields, 6))
        arguments = [*call.get(1, []), *call.get(3, [])]
        return Call(at, _text(call, 2), tuple(_node(_as_bytes(argument), offsets) for argument in arguments))
    if 7 in fields:
        items = _fields(_bytes(fields, 7)).get(1, [])
        return ListOf(at, tuple(_node(_as_bytes(item), offsets) for item in items))
    if 9 in fields:
        loop = _fields(_bytes(fields, 9))
        steps = tuple(_node(_bytes(loop, number), offsets) for number in (4, 5, 6, 7) if number in loop)
        return Quantifier(at, _text(loop, 1), _node(_bytes(loop, 2), offsets), steps)
    return Mapping(at)


def _constant(data: bytes) -> str | int | float | bool | bytes | None:
    for number, value in _pairs(data):
        if number == 2 and isinstance(value, int):
            return bool(value)
        if number == 3 and isinstance(value, int):
            return value - (1 << 64) if value >= 1 << 63 else value
        if number == 6 and isinstance(value, bytes):
            return value.decode()
        return value if number != 1 else None
    return None


def _fields(data: bytes) -> _Fields:
    found: _Fields = {}
    for number, value in _pairs(data):
        found.setdefault(number, []).append(value)
    return found


def _pairs(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Field number and value of each entry of one message, as the wire format lays them out."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        wire = tag & 7
        if wire == 0:
            number, at = _varint(data, at)
            yield tag >> 3, number
            continue
        if wire == 2:
            size, at = _varint(data, at)
        else:
            size = 8 if wire == 1 else 4
        if at + size > len(data):
            raise ValueError("a checked expression ends in the middle of a field")
        yield tag >> 3, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def _as_bytes(value: int | bytes) -> bytes:
    if not isinstance(value, bytes):
        raise ValueError("a checked expression holds a number where a message belongs")
    return value


def _bytes(fields: _Fields, number: int) -> bytes:
    return _as_bytes(fields[number][-1]) if number in fields else b""


def _int(fields: _Fields, number: int) -> int:
    value = fields[number][-1] if number in fields else 0
    if not isinstance(value, int):
        raise ValueError("a checked expression holds a message where a number belongs")
    return value


def _text(fields: _Fields, number: int) -> str:
    return _bytes(fields, number).decode()

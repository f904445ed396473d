"""JSON as it goes over the wire, or into the log of a build machine."""

from collections.abc import Iterable, Iterator

import msgspec

_encode = msgspec.json.Encoder(order="deterministic").encode


def encode(value: object) -> bytes:
    """`value` as JSON on one line, its strings exact.

    GitHub and Azure DevOps run `##[…` and `##vso[…` as commands wherever they stand in a log, so the sign before the
    bracket is written as its JSON escape. It can stand nowhere but in a string.
    """
    return _encode(value).replace(b"#[", b"\\u0023[").replace(b"#vso[", b"\\u0023vso[")


def array(items: Iterable[object]) -> Iterator[bytes]:
    """A JSON array, one element a line."""
    yield b"["
    separator = b"\n"
    for item in items:
        yield separator + encode(item)
        separator = b",\n"
    yield b"]"

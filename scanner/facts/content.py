"""The table of signs of health data in content: signatures of formats, and numbers of persons."""

import re
from collections.abc import Iterator
from functools import cache

from msgspec import Struct

from scanner.facts.sourced import Sourced
from scanner.facts.tables import Problem, read, refuse, repeated
from scanner.strictyaml import Source

STRENGTHS = ("strong", "medium", "weak")


class Signature(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A format that is known by its bytes."""

    id: str
    title: str
    strength: str
    at: int = 0
    bytes: str = ""
    """These bytes at place `at`; empty for a format of text."""
    begins: str = ""
    holds: tuple[str, ...] = ()
    unless: str = ""
    """Another signature which says the same and more; where that is found this one is not told."""


class Identifier(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number that a state or an insurance gives to a person."""

    id: str
    title: str
    check: str
    """Module of python-stdnum below `stdnum.`, or `kvnr`."""
    shape: str
    words: tuple[str, ...]
    """Words of a column's name that speak of it, without separators."""
    health: bool
    """Given for care or its insurance. The others number every citizen, and alone are no sign of health data."""
    alone: bool = False
    """The number is long enough to be told by itself, under whatever name of the column."""
    example: str


class Column(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From when on the valid values of a column are no accident."""

    distinct: int
    percent: int


class ContentTable(Sourced, frozen=True, kw_only=True, gc=False):
    signatures: tuple[Signature, ...]
    column: Column
    identifiers: tuple[Identifier, ...]


def check(source: Source[ContentTable]) -> None:
    """Refuse patterns that are none, words that cannot match, and entries that point nowhere."""
    refuse(source, _problems(source.value))


def _problems(value: ContentTable) -> Iterator[Problem]:
    yield from repeated("signatures", (entry.id for entry in value.signatures))
    yield from repeated("identifiers", (entry.id for entry in value.identifiers))
    known = {entry.id for entry in value.signatures}
    for index, entry in enumerate(value.signatures):
        if entry.strength not in STRENGTHS:
            yield ("signatures", index, "strength"), f"'{entry.strength}' is none of {', '.join(STRENGTHS)}"
        if entry.unless and entry.unless not in known:
            yield ("signatures", index, "unless"), f"there is no signature '{entry.unless}'"
        if bool(entry.bytes) is bool(entry.begins or entry.holds):
            yield ("signatures", index), "either bytes at a place, or patterns of text"
        yield from _patterns(("signatures", index), (entry.begins, *entry.holds))
    for index, identifier in enumerate(value.identifiers):
        yield from _patterns(("identifiers", index), (identifier.shape,))
        for word in identifier.words:
            if not re.fullmatch(r"[a-z0-9]+", word):
                yield ("identifiers", index, "words"), f"'{word}' could never match"
        if not identifier.words:
            yield ("identifiers", index), "no column could be known by its name"


def _patterns(place: tuple[str | int, ...], patterns: tuple[str, ...]) -> Iterator[Problem]:
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            yield place, f"'{pattern}' is no pattern: {error}"


@cache
def table() -> ContentTable:
    source = read("content.yaml", ContentTable)
    check(source)
    return source.value

"""Signs of health data in content: from bytes to the names of rules, and from those to signs on the ladder.

What goes in are bytes of somebody's data; what comes out are words of our own table, and never a part of what went in.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache

from msgspec import Struct

from scanner.assess.columns import columns
from scanner.assess.excerpts import text_of, unpacked
from scanner.assess.health_signs import name_signals
from scanner.assess.identifiers import identifiers_in
from scanner.facts.content import Signature, table
from scanner.model import HealthSignal

CONTENT = "content"
SCHEMA = "schema"
_COLUMN = "column"
"""Second part of the rules about a column's name: `schema.column.patient`."""


class Signs(Struct, frozen=True, kw_only=True):
    """What the beginning of one object showed."""

    rules: frozenset[str] = frozenset()
    """`content.dicom`, `content.fr-nir`, `schema.column.patient`."""
    opaque: bool = False
    """Neither text nor a format of the table: encrypted, compressed in another way, an image. It shows nothing."""


def signs_in(data: bytes) -> Signs:
    """The signs in the beginning of an object. Raises on no bytes, and takes a time that its limits bound."""
    data = unpacked(data)
    at = {f"{CONTENT}.{entry.id}" for entry in table().signatures if _is_at(entry, data)}
    text = text_of(data)
    if text is None:
        return Signs(rules=frozenset(at), opaque=not at)
    found = {entry.id for entry in table().signatures if _is_in(entry, text)}
    kept = {entry.id for entry in table().signatures if entry.id in found and entry.unless not in found}
    rules = {f"{CONTENT}.{id_}" for id_ in kept}
    for name, values in columns(text):
        kinds = identifiers_in(name, values)
        rules.update(f"{CONTENT}.{kind.id}" for kind in kinds)
        rules.update(_named(name))
        # That a column is called after a number of the health insurance, and holds such numbers, are two things.
        rules.update(f"{SCHEMA}.{_COLUMN}.{kind.id}" for kind in kinds if kind.health)
    return Signs(rules=frozenset(at | rules))


def signals(rules: Mapping[str, int], objects: int) -> tuple[HealthSignal, ...]:
    """Signs on the ladder, from how many of `objects` sampled objects showed each rule."""
    return tuple(
        HealthSignal(
            family=rule.partition(".")[0],
            strength=_strength(rule),
            value=f"{_title(rule)} in {count} of {objects} sampled",
            rule=rule,
        )
        for rule, count in sorted(rules.items())
    )


def _is_at(entry: Signature, data: bytes) -> bool:
    return bool(entry.bytes) and data[entry.at : entry.at + len(entry.bytes)] == entry.bytes.encode()


def _is_in(entry: Signature, text: str) -> bool:
    if entry.bytes or (entry.begins and not _pattern(entry.begins).match(text.lstrip(" \t\r\n"))):
        return False
    return all(_pattern(pattern).search(text) for pattern in entry.holds)


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _named(name: str) -> Iterable[str]:
    """Rules for a column's name, by the strong words of the table of names; nothing of the name itself is in them."""
    for signal in name_signals([name]):
        if signal.strength == "strong":
            yield f"{SCHEMA}.{_COLUMN}.{signal.rule.rpartition('.')[2]}"


@cache
def _titles() -> Mapping[str, tuple[str, str]]:
    """Title and strength of the rules about content. A number of a person is never more than medium."""
    found = {f"{CONTENT}.{entry.id}": (entry.title, entry.strength) for entry in table().signatures}
    numbers = {f"{CONTENT}.{entry.id}": (entry.title, "medium") for entry in table().identifiers}
    names = {
        f"{SCHEMA}.{_COLUMN}.{entry.id}": (f"a column named after {entry.title}", "medium")
        for entry in table().identifiers
    }
    return {**found, **numbers, **names}


def _title(rule: str) -> str:
    return _titles()[rule][0] if rule in _titles() else f"a column named {rule.rpartition('.')[2]}"


def _strength(rule: str) -> str:
    return _titles()[rule][1] if rule in _titles() else "medium"

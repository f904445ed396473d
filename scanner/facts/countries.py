"""Countries, the sets of them that frameworks speak of, and adequacy decisions."""

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from functools import cache

from msgspec import Struct

from scanner.facts.sourced import Sourced, is_confirmed
from scanner.facts.tables import Problem, read, refuse, repeated
from scanner.strictyaml import Source


class CountryNames(Sourced, frozen=True, kw_only=True, gc=False):
    names: dict[str, str]
    """English short names by ISO 3166-1 alpha-2 code."""
    otherwise: dict[str, str]
    """Codes in use that ISO 3166-1 gives no country, and the code that each stands for."""


class CountrySet(Sourced, frozen=True, kw_only=True, gc=False):
    id: str
    members: tuple[str, ...] = ()
    union_of: tuple[str, ...] = ()
    note: str = ""


class AdequacyStatus(StrEnum):
    ADEQUATE = "adequate"
    CONDITIONAL = "conditional"
    """Only for recipients inside the scope of the decision."""


class Adequacy(Sourced, frozen=True, kw_only=True, gc=False):
    """A decision under GDPR article 45 that clears transfers to a country; it says nothing about who controls whom."""

    country: str
    status: AdequacyStatus
    scope: str
    decision: str
    expires: date | None = None
    """None: no end is set."""
    note: str = ""


class CountryTable(Struct, frozen=True, forbid_unknown_fields=True):
    codes: CountryNames
    sets: tuple[CountrySet, ...]
    adequacy: tuple[Adequacy, ...]


def check(source: Source[CountryTable]) -> None:
    """Refuse a table that names an unknown country or set, or has two entries for one thing."""
    refuse(source, _problems(source.value))


def _problems(value: CountryTable) -> Iterator[Problem]:
    names = value.codes.names
    ids = {entry.id for entry in value.sets}
    yield from repeated("sets", (entry.id for entry in value.sets))
    yield from repeated("adequacy", (entry.country for entry in value.adequacy))
    for written, code in value.codes.otherwise.items():
        if written in names or code not in names:
            yield ("codes", "otherwise", written), f"'{written}' is a country's code, or '{code}' is none"
    for index, entry in enumerate(value.sets):
        for place, code in enumerate(entry.members):
            if code not in names:
                yield ("sets", index, "members", place), f"'{code}' is not a country code"
        for place, id_ in enumerate(entry.union_of):
            if id_ not in ids:
                yield ("sets", index, "union_of", place), f"there is no set '{id_}'"
    for index, decision in enumerate(value.adequacy):
        if decision.country not in names:
            yield ("adequacy", index, "country"), f"'{decision.country}' is not a country code"


_BY_DECISION = ("adequate", "conditionally_adequate")
"""Sets that are read from the adequacy decisions."""


@cache
def table() -> CountryTable:
    source = read("countries.yaml", CountryTable)
    check(source)
    return source.value


def names() -> Mapping[str, str]:
    """English short name of every country by its ISO 3166-1 alpha-2 code."""
    return table().codes.names


@cache
def spellings() -> Mapping[str, str]:
    """The code of every country by what people write for it, in capitals: the code itself, other codes, the name."""
    codes = table().codes
    written = {name.upper(): code for code, name in codes.names.items()}
    return written | codes.otherwise | {code: code for code in codes.names}


def problem(code: str) -> str:
    """Why `code` is not that of a country, with the one that was probably meant; empty when it is one."""
    if code in names():
        return ""
    meant = spellings().get(code.strip().upper())
    return f"'{code}' is not a country code" + (f"; did you mean '{meant}'?" if meant else "")


@cache
def sets() -> dict[str, list[str]]:
    """Every named set with its countries in alphabetical order, unions worked out.

    `adequate` and `conditionally_adequate` are read from the adequacy decisions: the first holds countries with a
    decision that is confirmed, general and without an end, the second all other countries with a decision.
    """
    entries = {entry.id: entry for entry in table().sets}

    def members(id_: str) -> set[str]:
        entry = entries[id_]
        return set(entry.members).union(*(members(part) for part in entry.union_of))

    decided = {entry.country: _is_unconditional(entry) for entry in table().adequacy}
    return {
        **{id_: sorted(members(id_)) for id_ in entries},
        "adequate": sorted(country for country, unconditional in decided.items() if unconditional),
        "conditionally_adequate": sorted(country for country, unconditional in decided.items() if not unconditional),
    }


@cache
def doubtful_sets(today: date) -> tuple[str, ...]:
    """Names of the sets of which a part is unconfirmed or out of date on `today`."""
    entries = {entry.id: entry for entry in table().sets}

    def founded(id_: str) -> bool:
        entry = entries[id_]
        return is_confirmed(entry, today) and all(founded(part) for part in entry.union_of)

    decisions = () if all(is_confirmed(entry, today) for entry in table().adequacy) else _BY_DECISION
    return (*(id_ for id_ in entries if not founded(id_)), *decisions)


def set_entry(name: str) -> Sourced:
    """The table entry behind a set: its own, or of the adequacy decisions the one that was read the longest ago."""
    own = next((entry for entry in table().sets if entry.id == name), None)
    return own if own is not None else min(table().adequacy, key=lambda entry: entry.as_of)


def _is_unconditional(entry: Adequacy) -> bool:
    return entry.confirmed and entry.status is AdequacyStatus.ADEQUATE and entry.expires is None


def adequacy(country: str) -> Adequacy | None:
    """The decision in force for `country`; None when the Commission's list has none.

    Raises KeyError for something that is not a country code: a typo must not read as "no decision".
    """
    if country not in names():
        raise KeyError(country)
    return next((entry for entry in table().adequacy if entry.country == country), None)

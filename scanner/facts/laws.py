"""Laws that can compel an operator or reach data abroad."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from enum import StrEnum
from functools import cache

from msgspec import Struct

from scanner.errors import UsageError
from scanner.facts import countries
from scanner.facts.sourced import Sourced
from scanner.facts.tables import Problem, read, refuse, repeated
from scanner.strictyaml import Source


class Reach(StrEnum):
    """What a law follows."""

    PARENT = "parent"
    """The corporate group: possession, custody or control."""
    PRESENCE = "presence"
    """Any establishment or offer in the country."""
    TERRITORY = "territory"
    """Data or lines on the territory."""


class LawStatus(StrEnum):
    IN_FORCE = "in_force"
    LAPSED_GRANDFATHERED = "lapsed_grandfathered"
    """Lapsed, while acts made under it still run. Kept as an exposure, with this status printed."""


class Law(Sourced, frozen=True, kw_only=True, gc=False):
    id: str
    aliases: tuple[str, ...] = ()
    country: str
    """ISO 3166-1 alpha-2, or `EU` for Union law."""
    name: str
    """What people call it, short enough for a table."""
    title: str
    instrument: str = ""
    binds: str = ""
    reach: Reach
    data: str = ""
    status: LawStatus
    status_note: str = ""
    what_defeats_it: str = ""
    note: str = ""


class Attachment(Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Laws that attach to a group through a country."""

    country: str
    parent: tuple[str, ...]
    """When the ultimate parent is there."""
    presence: tuple[str, ...]
    """When the group merely has a subsidiary there; never more than arguable for data elsewhere."""
    note: str = ""


class LawTable(Struct, frozen=True, forbid_unknown_fields=True):
    laws: tuple[Law, ...]
    attach: tuple[Attachment, ...]


def check(source: Source[LawTable]) -> None:
    """Refuse a table with an unknown country, a dangling law, or one name for two laws."""
    refuse(source, _problems(source.value))


def _problems(value: LawTable) -> Iterator[Problem]:
    ids = {entry.id for entry in value.laws}
    yield from repeated("laws", (entry.id for entry in value.laws))
    yield from repeated("attach", (entry.country for entry in value.attach))
    taken = set(ids)
    for index, entry in enumerate(value.laws):
        if entry.country != "EU" and (problem := countries.problem(entry.country)):
            yield ("laws", index, "country"), problem
        for place, alias in enumerate(entry.aliases):
            if alias in taken:
                yield ("laws", index, "aliases", place), f"'{alias}' already names a law"
            taken.add(alias)
    for index, attachment in enumerate(value.attach):
        if problem := countries.problem(attachment.country):
            yield ("attach", index, "country"), problem
        for key in ("parent", "presence"):
            for place, id_ in enumerate(getattr(attachment, key)):
                if id_ not in ids:
                    yield ("attach", index, key, place), f"there is no law '{id_}'"


@cache
def table() -> LawTable:
    source = read("laws.yaml", LawTable)
    check(source)
    return source.value


@cache
def laws() -> Mapping[str, Law]:
    """Every law by id, in the order of the table."""
    return {entry.id: entry for entry in table().laws}


@cache
def _names() -> Mapping[str, Law]:
    return {name: entry for entry in table().laws for name in (entry.id, *entry.aliases)}


def law(name: str) -> Law:
    """The law called `name`: an id or alias, in any case, with hyphens or underscores; UsageError otherwise."""
    wanted = name.strip().lower().replace("-", "_")
    found = _names().get(wanted)
    if found is None:
        near = get_close_matches(wanted, _names(), n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise UsageError(f"There is no law '{name}' in the fact tables.{hint} Known: {', '.join(laws())}.")
    return found


def laws_of(country: str) -> tuple[Law, ...]:
    """Every law of one country."""
    return tuple(entry for entry in table().laws if entry.country == country)


def attachment(country: str) -> Attachment:
    """Which laws attach through `country`; empty when none is recorded, which is not the same as none."""
    found = next((entry for entry in table().attach if entry.country == country), None)
    return found or Attachment(country=country, parent=(), presence=())


def is_third_country(entry: Law) -> bool:
    """True for a law of a country outside the European Union."""
    return entry.country != "EU" and entry.country not in countries.sets()["eu"]

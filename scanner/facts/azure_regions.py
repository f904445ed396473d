"""Azure: regions, the names that look like regions and are not, and the pairs that data is copied to."""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from msgspec import Struct

from scanner.facts.located import GLOBAL, Located, Pair, country_problems, located_globally, unknown
from scanner.facts.sourced import Sourced
from scanner.facts.tables import Problem, read, refuse, repeated
from scanner.model import Gap, GapReason
from scanner.strictyaml import Source


class _Row(Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    pass


class Cloud(_Row, frozen=True, kw_only=True, gc=False):
    id: str
    login: str
    arm: str = ""
    """Base URL of the resource manager; empty when it is not published."""
    country: str = ""
    """Where every region of the cloud is; empty when that cannot be said."""
    note: str = ""


class Region(_Row, frozen=True, kw_only=True, gc=False):
    name: str
    cloud: str
    display: str = ""
    country: str
    place: str = ""
    geography: str = ""
    pair: str = ""
    pair_one_way: bool = False
    vault_copy: bool = True
    """False: Key Vault does not copy to the pair although there is one."""
    restricted: bool = False
    """Open on request only, as a place to recover in."""
    internal: bool = False
    confirmed: bool = True
    note: str = ""


class AzureTable(Sourced, frozen=True, kw_only=True, gc=False):
    clouds: tuple[Cloud, ...]
    logical: tuple[str, ...]
    regions: tuple[Region, ...]


def check(source: Source[AzureTable]) -> None:
    """Refuse a table with an unknown country, cloud or pair, or two rows for one name."""
    refuse(source, _problems(source.value))


def _problems(value: AzureTable) -> Iterator[Problem]:
    clouds = {row.id for row in value.clouds}
    by_name = {row.name: row for row in value.regions}
    yield from repeated("clouds", (row.id for row in value.clouds))
    yield from repeated("regions", (row.name for row in value.regions))
    yield from country_problems("clouds", [row.country for row in value.clouds])
    yield from country_problems("regions", [row.country or "-" for row in value.regions])
    for index, row in enumerate(value.regions):
        if row.cloud not in clouds:
            yield ("regions", index, "cloud"), f"there is no cloud '{row.cloud}'"
        if row.name in value.logical:
            yield ("regions", index, "name"), f"'{row.name}' is listed as not a place"
        if not row.pair:
            continue
        if row.pair not in by_name:
            yield ("regions", index, "pair"), f"there is no region '{row.pair}'"
        elif (by_name[row.pair].pair == row.name) is row.pair_one_way:
            yield ("regions", index, "pair"), f"pair_one_way does not agree with the row of '{row.pair}'"


@cache
def table() -> AzureTable:
    source = read("azure_regions.yaml", AzureTable)
    check(source)
    return source.value


@cache
def regions() -> Mapping[str, Region]:
    return {row.name: row for row in table().regions}


def normal(region: str) -> str:
    """The canonical form of a location: `France Central` and `FranceCentral` are `francecentral`."""
    return re.sub(r"[^a-z0-9]", "", region.lower())


def locate(partition: str, region: str, zone: str = "") -> Located:
    """See `scanner.facts.regions.locate`. `partition` is the cloud's name; zones are numbers."""
    name = normal(region)
    if name == GLOBAL:
        return located_globally(table().as_of)
    if zone and not re.fullmatch(rf"(?:{re.escape(name)}-az)?\d", zone):
        return _unknown(GapReason.UNMAPPED, f"the place of the edge zone '{zone}' is not in the table")
    row = regions().get(name)
    if row is not None and partition and partition != row.cloud:
        return _unknown(GapReason.CONFLICT, f"{name} belongs to {row.cloud}, not {partition}")
    if row is not None:
        return Located(
            country=row.country,
            confirmed=row.confirmed and table().confirmed,
            source=table().source,
            entry=f"regions/azure/{row.name}",
            as_of=table().as_of,
            note=row.note,
        )
    if name in table().logical:
        return _unknown(GapReason.INVISIBLE, f"'{region}' is a geography or a stage, not a place")
    cloud = next((row for row in table().clouds if row.id == partition), None)
    if cloud is None or not cloud.country or not name:
        return _unknown(GapReason.UNMAPPED, f"the region '{region}' is not in the table")
    return Located(
        country=cloud.country,
        source=table().source,
        entry=f"clouds/{cloud.id}",
        as_of=table().as_of,
        note=f"the region '{region}' is not in the table; every region of {cloud.id} is in this country",
    )


def pair_of(partition: str, region: str) -> Pair:
    """See `scanner.facts.regions.pair_of`."""
    row = regions().get(normal(region))
    if row is None or (partition and partition != row.cloud):
        gap = Gap(fact="copies", reason=GapReason.UNMAPPED, detail=f"the region '{region}' is not in the table")
        return Pair(region=None, gap=gap)
    if not row.pair:
        return Pair(region="")
    country = regions()[row.pair].country
    return Pair(region=row.pair, country=country, one_way=row.pair_one_way, vault_copy=row.vault_copy)


def _unknown(reason: GapReason, detail: str) -> Located:
    return unknown(reason, detail, table().as_of, table().source)

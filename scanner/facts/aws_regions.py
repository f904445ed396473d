"""AWS: regions, Local Zones and what else stands elsewhere than its region says."""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from msgspec import Struct

from scanner.facts.located import GLOBAL, Located, country_problems, located_globally, unknown
from scanner.facts.sourced import Sourced
from scanner.facts.tables import Problem, read, refuse, repeated
from scanner.model import GapReason
from scanner.strictyaml import Source


class _Row(Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    pass


class Partition(_Row, frozen=True, kw_only=True, gc=False):
    id: str
    dns: str
    pattern: str
    """Shape of the region names, for a region newer than the table."""
    country: str = ""
    """Where every region of the partition is; empty when that cannot be said."""
    note: str = ""


class Announced(_Row, frozen=True, kw_only=True, gc=False):
    """A region that the kit names and that nobody can use yet: left without a country on purpose."""

    name: str
    partition: str
    display: str


class Region(_Row, frozen=True, kw_only=True, gc=False):
    name: str
    partition: str
    display: str
    country: str
    place: str
    opt_in: bool = False
    confirmed: bool = True
    note: str = ""


class LocalZone(_Row, frozen=True, kw_only=True, gc=False):
    place: str
    """The three letters in the middle of the zone's name."""
    city: str
    country: str
    parents: tuple[str, ...]


class AwsTable(Sourced, frozen=True, kw_only=True, gc=False):
    partitions: tuple[Partition, ...]
    announced: tuple[Announced, ...]
    aliases: dict[str, str]
    regions: tuple[Region, ...]
    local_zones: tuple[LocalZone, ...]


def check(source: Source[AwsTable]) -> None:
    """Refuse a table with an unknown country, partition or parent region, or two rows for one name."""
    refuse(source, _problems(source.value))


def _problems(value: AwsTable) -> Iterator[Problem]:
    partitions = {row.id for row in value.partitions}
    names = {row.name for row in value.regions}
    yield from repeated("partitions", (row.id for row in value.partitions))
    yield from repeated("regions", (row.name for row in value.regions))
    yield from repeated("local_zones", (row.place for row in value.local_zones))
    yield from country_problems("partitions", [row.country for row in value.partitions])
    yield from country_problems("regions", [row.country or "-" for row in value.regions])
    yield from country_problems("local_zones", [row.country or "-" for row in value.local_zones])
    for index, region in enumerate(value.regions):
        if region.partition not in partitions:
            yield ("regions", index, "partition"), f"there is no partition '{region.partition}'"
    for index, zone in enumerate(value.local_zones):
        for place, parent in enumerate(zone.parents):
            if parent not in names:
                yield ("local_zones", index, "parents", place), f"there is no region '{parent}'"
    for alias, target in value.aliases.items():
        if target not in names:
            yield ("aliases", alias), f"there is no region '{target}'"


@cache
def table() -> AwsTable:
    source = read("aws_regions.yaml", AwsTable)
    check(source)
    return source.value


@cache
def regions() -> Mapping[str, Region]:
    return {row.name: row for row in table().regions}


_ZONE_OF_REGION = re.compile(r"[a-z]{2,6}\d-az\d+")
"""A zone id such as `euc1-az2`: a zone of the region itself."""
_LOCAL_ZONE = re.compile(r"(?P<parent>[a-z]+(?:-[a-z]+)+-\d)-(?P<place>[a-z]{3})-\d+[a-z]")
_LOCAL_ZONE_ID = re.compile(r"[a-z]{2,6}\d-(?P<place>[a-z]{3})\d+-az\d+")


def locate(partition: str, region: str, zone: str = "") -> Located:
    """See `scanner.facts.regions.locate`."""
    region = table().aliases.get(region, region)
    if region == GLOBAL or region.endswith("-global"):
        return located_globally(table().as_of)
    if zone in ("", region) or re.fullmatch(re.escape(region) + "[a-z]", zone) or _ZONE_OF_REGION.fullmatch(zone):
        return _locate_region(partition, region)
    return _locate_zone(region, zone)


def _locate_region(partition: str, region: str) -> Located:
    row = regions().get(region)
    if row is None:
        return _locate_by_partition(partition, region)
    if partition and partition != row.partition:
        detail = f"{region} belongs to the partition {row.partition}, not {partition}"
        return _unknown(GapReason.CONFLICT, detail)
    return Located(
        country=row.country,
        confirmed=row.confirmed and table().confirmed,
        source=table().source,
        entry=f"regions/aws/{row.name}",
        as_of=table().as_of,
        note=row.note,
    )


def _locate_by_partition(partition: str, region: str) -> Located:
    row = next((row for row in table().partitions if row.id == partition), None)
    if row is None or not row.country or not re.fullmatch(row.pattern.strip("^$"), region):
        return _unknown(GapReason.UNMAPPED, f"the region '{region}' is not in the table")
    return Located(
        country=row.country,
        source=table().source,
        entry=f"partitions/{row.id}",
        as_of=table().as_of,
        note=f"the region '{region}' is not in the table; every region of {row.id} is in this country",
    )


def _locate_zone(region: str, zone: str) -> Located:
    if zone.startswith(("arn:", "op-")):
        detail = "hardware on a site of the customer's; its country is where that site is, and only a statement says so"
        return _unknown(GapReason.NOT_DECLARED, detail)
    named = _LOCAL_ZONE.fullmatch(zone)
    if named is not None and named["parent"] != region:
        return _unknown(GapReason.CONFLICT, f"the zone '{zone}' does not belong to the region {region}")
    match = named or _LOCAL_ZONE_ID.fullmatch(zone)
    row = next((row for row in table().local_zones if match and row.place == match["place"]), None)
    if row is None or region not in row.parents:
        detail = f"the zone '{zone}' does not stand in its region, and its place is not in the table"
        return _unknown(GapReason.UNMAPPED, detail)
    return Located(
        country=row.country,
        confirmed=table().confirmed,
        source=table().source,
        entry=f"local_zones/{row.place}",
        as_of=table().as_of,
        note=f"Local Zone in {row.city}; the region in its ARN is {region}",
    )


def _unknown(reason: GapReason, detail: str) -> Located:
    return unknown(reason, detail, table().as_of, table().source)

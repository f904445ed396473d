"""The user's own fact file: entries in the form of the shipped tables, to add or to put in the place of shipped ones.

It is a file of its own and no part of `lexloci.yaml`: a fact has a source and a day on which it was read, a statement
somebody who answers for it and an end (`docs/decisions/0015-own-facts.md`).
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from scanner.facts import aws_regions, azure_regions
from scanner.facts.destinations import Accounts, Hosts
from scanner.facts.located import Located, country_problems
from scanner.facts.operators import Operator
from scanner.facts.sourced import Sourced
from scanner.facts.tables import Problem


class OwnRegion(Sourced, frozen=True, kw_only=True, gc=False):
    """Where a region or a zone stands that the shipped tables do not know, or know wrongly: that of a private cloud,
    hardware of the provider's on a site of the user's."""

    provider: str
    region: str
    country: str
    partition: str = ""
    """Empty: whatever partition the provider names."""
    zone: str = ""
    """A zone of the region that stands elsewhere: a Local Zone, an Outpost by its ARN. Empty: the region itself."""
    place: str = ""
    note: str = ""

    @property
    def name(self) -> str:
        return "/".join(part for part in (self.provider, self.region, self.zone) if part)


class OwnFacts(Struct, frozen=True, forbid_unknown_fields=True):
    """A whole fact file."""

    operators: tuple[Operator, ...] = ()
    regions: tuple[OwnRegion, ...] = ()
    destinations: tuple[Hosts, ...] = ()
    accounts: tuple[Accounts, ...] = ()


class OwnFile(Struct, frozen=True, kw_only=True):
    """The file that a registry's own entries come from."""

    name: str
    digest: str
    """SHA-256 of the file, so that a scan names the exact text it was judged with."""
    entries: tuple[str, ...]
    """References to its entries, as evidence names them without the file: `operators/ID`, `regions/aws/…`."""
    replaced: tuple[str, ...]
    """Those that stand in the place of a shipped entry."""


def region_problems(entries: Iterable[OwnRegion]) -> Iterator[Problem]:
    """A country that is none, and a place that two entries claim."""
    entries = tuple(entries)
    yield from country_problems("regions", [entry.country or "-" for entry in entries])
    seen: set[tuple[str, ...]] = set()
    for index, entry in enumerate(entries):
        place = (entry.partition, plain(entry.provider, entry.region), entry.zone)
        if (entry.provider, *place) in seen:
            yield ("regions", index), f"'{entry.name}' has an entry already"
        seen.add((entry.provider, *place))


def plain(provider: str, region: str) -> str:
    """A region's code as it is compared: Azure writes one name in several ways."""
    return azure_regions.normal(region) if provider == "azure" else region


def is_shipped(entry: OwnRegion) -> bool:
    """Whether the shipped tables have a row for the region itself."""
    if entry.zone:
        return False
    known = aws_regions.regions() if entry.provider == "aws" else azure_regions.regions()
    return entry.provider in ("aws", "azure") and plain(entry.provider, entry.region) in known


def located(entry: OwnRegion, reference: str) -> Located:
    """What a look-up that ends at `entry` answers."""
    return Located(
        country=entry.country,
        confirmed=entry.confirmed,
        source=entry.source,
        entry=reference,
        as_of=entry.as_of,
        note=entry.note,
    )

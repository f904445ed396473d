"""What a source of the first look says: an inventory of what it covers, or only that something is there."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from scanner.providers.aws.catalog import Type
from scanner.providers.aws.faults import Refused

SETTLED = timedelta(hours=48)
"""Age from which an inventory is believed. A new Resource Explorer index may take 36 hours to take in everything, and a
recorder of AWS Config that records once a day has then been through all of it (user guides of both)."""

Place = tuple[str, str]
"""Region and CloudFormation type of an inventory; region and namespace of a witness."""


class Inventory(Struct, frozen=True, kw_only=True):
    """What an inventory shows of one account, and what it could have shown."""

    name: str
    """In words: `Resource Explorer's index in eu-west-3`."""
    service: str
    region: str
    """Where it was asked."""
    as_of: str
    covers: Mapping[str, frozenset[str]]
    """By region, the CloudFormation types of which it would show every resource."""
    seen: frozenset[Place] = frozenset()
    """Region and CloudFormation type of everything that it shows."""
    count: int = 0
    """Resources that it shows."""
    late: str = "hours"
    """By how much it may be late, in words."""

    @property
    def reason(self) -> str:
        """Why something was left out, for its coverage row."""
        return f"left out, since {self.name} shows none here ({self.as_of}); it may be {self.late} late"


class Witness(Struct, frozen=True, kw_only=True):
    """What is there for certain, by service. What it does not show may be there as well."""

    service: str
    region: str
    """Where it was asked; empty when in several regions."""
    as_of: str
    seen: frozenset[Place] = frozenset()
    """Region and namespace (`lambda`, `elasticloadbalancing`), as ARNs and IAM actions have it."""
    unknown: tuple[str, ...] = ()
    """Names that it used and that we cannot map to a service."""

    def shows(self, type_: Type, region: str) -> bool:
        """Whether something of the type's service is in `region`."""
        return any((region, namespace) in self.seen for namespace in namespaces(type_))


class Unseen(Struct, frozen=True, kw_only=True):
    """A source that could not be had, and why; it then says nothing."""

    service: str
    region: str
    refused: Refused
    permission: str = ""
    """What would have allowed the call that was refused."""


def namespaces(type_: Type) -> frozenset[str]:
    """How ARNs may name the type's service: as its list permission does, or as its ARN is built."""
    names = {type_.list.permission.partition(":")[0]}
    if type_.fields.arn_template:
        names.add(type_.fields.arn_template.split(":")[2])
    return frozenset(names)


def minute(now: datetime) -> str:
    """A point in time as a coverage row says it."""
    return now.strftime("%Y-%m-%dT%H:%MZ")

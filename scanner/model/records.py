"""What a provider yields beside resources and keys, and what it is asked to look up once the inventory is complete."""

from msgspec import Struct

from scanner.model.coverage import Coverage
from scanner.model.observed import ObservedKey, ObservedResource
from scanner.model.sample import Sampled


class Place(Struct, frozen=True, kw_only=True, gc=False):
    """Where the target of a reference is. `None`: asked and not established; a coverage row says why."""

    target: str
    region: str | None
    account: str | None
    country: str = ""
    """Where the target stands on a site outside the provider's regions."""


class TagSet(Struct, frozen=True, kw_only=True, gc=False):
    """Tags that a call of its own gave for a resource listed elsewhere."""

    resource: str
    tags: dict[str, str]


class Discovery(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What a discovery service, which has looked into a resource, says that it found there."""

    resource: str
    """Id of the resource it speaks of, as its own listing gives it."""
    source: str
    """Catalog id of the answer: `macie2.finding`."""
    finding: str
    """Id of the answer, by which the account's owner finds it again."""
    kinds: tuple[str, ...] = ()
    """What was found, in the service's own words."""
    aside: tuple[str, ...] = ()
    """The same, where somebody has put the finding aside (archived, suppressed)."""
    words: tuple[str, ...] = ()
    """Names that the customer gave to what was found."""


class Calls(Struct, frozen=True, kw_only=True, gc=False):
    """How many requests a unit sent, by `service:Operation`, retries included."""

    by_operation: dict[str, int]


Record = ObservedResource | ObservedKey | Coverage | Place | TagSet | Discovery | Sampled | Calls


class Reference(Struct, frozen=True, kw_only=True, gc=False, order=True):
    """Something a resource names that must be looked up once the inventory is complete."""

    kind: str
    """`key`, or a `to_is` word of the catalog for the target of a copy."""
    target: str
    account: str
    """Account and region of the resource that names it."""
    region: str

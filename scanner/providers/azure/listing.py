"""The subscription itself: the proof that it answered, what Resource Graph left out, and the types nobody asks about.

Resource Graph leaves out what it may not read without a word. The generic list of resources is the second witness: each
type is counted there too, resources that only it shows are read one by one, and types without a catalog entry get a
coverage row with their number.
"""

from collections.abc import Iterator

from scanner.model import (
    CoverageState,
    EncryptionState,
    Gap,
    GapReason,
    Holds,
    KeyOwner,
    ObservedCopy,
    ObservedEgress,
    ObservedEncryption,
    ObservedResource,
)
from scanner.providers.azure import armid, findings, observe, resources
from scanner.providers.azure.call import Json
from scanner.providers.azure.declaration import ResourceType, catalog, types_without_data
from scanner.providers.azure.graph import Counts
from scanner.providers.azure.members import text
from scanner.providers.azure.places import ANYWHERE
from scanner.providers.azure.refusal import RefusalError
from scanner.providers.azure.resources import Surroundings
from scanner.providers.azure.sources import SUBSCRIPTION_TYPE
from scanner.providers.azure.versions import read
from scanner.providers.azure.visible import Subscription
from scanner.providers.azure.work import Work
from scanner.providers.contract import Record

_VERSION = "2025-04-01"
_PERMISSION = "Microsoft.Resources/subscriptions/resources/read"
_INDEX = "Azure Resource Graph"
"""Resource Graph stores and processes properties, names and tags of resources globally, and Resource Manager may too:
both are outside the EU Data Boundary (learn.microsoft.com privacy/eudb, partial transfers, 2026)."""


def records(around: Surroundings, work: Work, subscription: Subscription, counts: Counts) -> Iterator[Record]:
    """The subscription, the resources that Resource Graph does not show, and the last records of the unit."""
    yield _subscription(around, work, subscription)
    yield from findings.of_subscription(around.reader, work, subscription.id)
    listed: dict[str, int] = {}
    spelling: dict[str, str] = {}
    fatal: RefusalError | None = None
    path = f"/subscriptions/{subscription.id}/resources"
    try:
        for body in around.reader.items(path, work.tally, api_version=_VERSION, permission=_PERMISSION):
            written = text(body, "type")
            type_name = written.lower()
            listed[type_name] = listed.get(type_name, 0) + 1
            spelling.setdefault(type_name, written)
            type_ = catalog().get(type_name)
            if type_ is None or (type_.read == "graph" and counts.get((subscription.id, type_name))):
                continue
            try:
                whole, _ = read(around.reader, type_, text(body, "id"), work.tally)
            except RefusalError as error:
                work.refused(type_.type, error)
                work.found += 1
                yield _unread(around, type_, body, error)
                continue
            yield from resources.records(around, work, type_, whole, live=True)
    except RefusalError as error:
        fatal = error
    _compare(work, subscription, listed, spelling, counts)
    yield from work.end(fatal, known=1)


def _unread(around: Surroundings, type_: ResourceType, row: Json, error: RefusalError) -> ObservedResource:
    """A resource of which only its entry in the list is known: it is there, and what it is like stays open."""
    region = observe.region(type_, row, "")
    facts = ("encryption.state", "encryption.key", "copies", "egress", *(() if region else ("region",)))
    return ObservedResource(
        id=armid.canonical(text(row, "id")),
        type=type_.type,
        provider="azure",
        partition=around.partition,
        account=armid.subscription_of(text(row, "id")),
        region=region,
        name=armid.name_of(text(row, "id")),
        category=type_.category,
        holds=type_.holds,
        medical=type_.medical,
        tags=resources.tags(row),
        encryption=ObservedEncryption(state=EncryptionState.UNKNOWN, owner=KeyOwner.UNKNOWN),
        copies=None,
        egress=None,
        gaps=tuple(error.gap(fact) for fact in facts),
    )


def _compare(
    work: Work, subscription: Subscription, listed: dict[str, int], spelling: dict[str, str], counts: Counts
) -> None:
    for type_name, here in sorted(listed.items()):
        type_ = catalog().get(type_name)
        if type_ is None:
            if type_name in types_without_data():
                work.note(spelling[type_name], "the type keeps no data of its own", here)
            else:
                detail = "the catalog does not know this type"
                work.problem(spelling[type_name], CoverageState.SKIPPED, GapReason.UNSUPPORTED, detail, times=here)
            continue
        indexed = counts.get((subscription.id, type_name), 0)
        if type_.read == "graph" and 0 < indexed < here:
            reason = f"Resource Graph shows {indexed} of {here} listed resources"
            work.problem(type_.type, CoverageState.PARTIAL, GapReason.TRUNCATED, reason)


def _subscription(around: Surroundings, work: Work, subscription: Subscription) -> ObservedResource:
    path = f"/subscriptions/{subscription.id}"
    copies = [
        ObservedCopy(kind="control-plane-index", target=_INDEX, region=ANYWHERE, account=subscription.id),
    ]
    egress: list[ObservedEgress] = []
    gaps: list[Gap] = []
    try:
        settings = list(
            around.reader.items(
                f"{path}/providers/{resources.DIAGNOSTICS}",
                work.tally,
                api_version=resources.DIAGNOSTICS_VERSION,
                permission=f"{resources.DIAGNOSTICS}/read",
            )
        )
    except RefusalError as error:
        work.refused(resources.DIAGNOSTICS, error)
        gaps = [error.gap("copies"), error.gap("egress")]
    else:
        found, egress, gaps = resources.destinations(settings)
        copies += found
    return ObservedResource(
        id=path,
        type=SUBSCRIPTION_TYPE,
        provider="azure",
        partition=around.partition,
        account=subscription.id,
        region=ANYWHERE,
        name=subscription.name,
        category="account",
        holds=Holds.CONFIG,
        encryption=ObservedEncryption(state=EncryptionState.NOT_APPLICABLE, owner=KeyOwner.NOBODY),
        copies=tuple(copies),
        egress=tuple(egress),
        gaps=tuple(gaps),
    )

"""The first look: what an inventory of the account's own shows nothing of need not be listed.

The inventory is Resource Explorer's. It says itself which regions it covers and which types it knows, so that what it
does not show can be told from what it cannot show. It may be hours late, so "not seen" is not "not there": what is left
out gets a coverage row `skipped`, with which a scan is incomplete. Types that bear content, and settings, are listed
wherever they may be. See `docs/decisions/0012-first-look.md`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from scanner.model import GapReason, Holds
from scanner.providers.aws.call import Client, Open
from scanner.providers.aws.catalog import ListCall, Type
from scanner.providers.aws.faults import Refused

SERVICE = "resource-explorer-2"
OPERATIONS = (
    "get_default_view",
    "get_index",
    "get_view",
    "list_indexes",
    "list_resources",
    "list_supported_resource_types",
)
PERMISSIONS = (
    "resource-explorer-2:GetDefaultView",
    "resource-explorer-2:GetIndex",
    "resource-explorer-2:GetView",
    "resource-explorer-2:ListIndexes",
    "resource-explorer-2:ListResources",
    "resource-explorer-2:ListSupportedResourceTypes",
)
"""What a first look needs; a scan without one needs none of them."""

SETTLED = timedelta(hours=48)
"""Age from which an index is believed. AWS gives a new one 36 hours to take in everything."""


class Look(Struct, frozen=True, kw_only=True):
    """What an inventory shows, and what it could have shown."""

    asked: str = ""
    """Region whose index was asked."""
    as_of: str = ""
    regions: frozenset[str] = frozenset()
    """Regions that the index covers."""
    known: frozenset[str] = frozenset()
    """CloudFormation types that the index takes in."""
    seen: frozenset[tuple[str, str]] = frozenset()
    """Region and CloudFormation type of everything that it holds of the account."""
    count: int = 0
    refused: Refused | None = None
    """Why there was no look; then nothing is left out."""
    permission: str = ""
    """What would have allowed the call that was refused."""

    def left_out(self, types: Iterable[Type], region: str) -> frozenset[str]:
        """Which of `types`, those of one service, need not be listed in `region`.

        A type under which another is listed is left out only together with that.
        """
        types = tuple(types)
        out = {type_.id for type_ in types if self._lacks(type_, region)}
        # Parents come before their children, so one pass from the end sees every chain.
        for type_ in reversed(types):
            if type_.parent and type_.id not in out:
                out.discard(type_.parent)
        return frozenset(out)

    @property
    def reason(self) -> str:
        """Why something was left out, for its coverage row."""
        return (
            f"{GapReason.NOT_SCANNED.value}: left out, since Resource Explorer's index in {self.asked} shows none here "
            f"({self.as_of}); it may be hours late"
        )

    def _lacks(self, type_: Type, region: str) -> bool:
        if type_.scope != "regional" or type_.setting or type_.holds is Holds.CONTENT or type_.medical:
            return False
        return region in self.regions and type_.cfn in self.known and (region, type_.cfn) not in self.seen


def look(open_: Open, home: str, account: str, now: datetime) -> Look:
    """Ask the account's Resource Explorer, in the region of its aggregator index or else at home."""
    try:
        indexes = _all(open_, home, "list_indexes", "Indexes", {})
        found = {str(index["Region"]): index.get("Type") for index in indexes if index.get("Region")}
        asked = next((region for region, kind in found.items() if kind == "AGGREGATOR"), home)
        if asked not in found:
            raise Refused(GapReason.NOT_ENABLED, "Resource Explorer has no aggregator index, and none at home")
        client = open_(SERVICE, asked)
        try:
            return _looked(client, asked, account, now)
        finally:
            client.close()
    except _RefusedCall as refused:
        return Look(refused=refused, permission=f"{SERVICE}:{''.join(map(str.title, refused.op.split('_')))}")
    except Refused as refused:
        return Look(refused=refused)


def _looked(client: Client, asked: str, account: str, now: datetime) -> Look:
    regions = _covered(_call(client, "get_index"), asked, now)
    view = str(_call(client, "get_default_view").get("ViewArn") or "")
    if not view:
        raise Refused(GapReason.NOT_ENABLED, f"Resource Explorer has no default view in {asked}")
    shown = _call(client, "get_view", {"ViewArn": view}).get("View") or {}
    if (shown.get("Filters") or {}).get("FilterString"):
        raise Refused(GapReason.NOT_ENABLED, f"the default view of Resource Explorer in {asked} hides some resources")
    names: dict[str, set[str]] = defaultdict(set)
    for row in _pages(client, "list_supported_resource_types", "ResourceTypes", {}):
        names[str(row.get("ResourceType"))].update(row.get("CFNResourceTypes") or ())
    seen: set[tuple[str, str]] = set()
    count = 0
    for row in _pages(client, "list_resources", "Resources", {"ViewArn": view, "MaxResults": 1000}):
        if str(row.get("OwningAccountId")) == account:
            count += 1
            named = names[str(row.get("ResourceType"))] | {str(row.get("CfnResourceType") or "")}
            seen.update((str(row.get("Region")), name) for name in named)
    return Look(
        asked=asked,
        as_of=now.strftime("%Y-%m-%dT%H:%MZ"),
        regions=regions,
        known=frozenset().union(*names.values()),
        seen=frozenset(seen),
        count=count,
    )


def _covered(index: Mapping[str, Any], asked: str, now: datetime) -> frozenset[str]:
    """Regions that an index covers; Refused when it is not complete yet."""
    state, created = index.get("State"), index.get("CreatedAt")
    if state != "ACTIVE" or not isinstance(created, datetime):
        raise Refused(GapReason.NOT_ENABLED, f"the index of Resource Explorer in {asked} is {state or 'in no state'}")
    if now - created.astimezone(UTC) < SETTLED:
        raise Refused(GapReason.NOT_ENABLED, f"the index of Resource Explorer in {asked} is younger than two days")
    others = index.get("ReplicatingFrom") or () if index.get("Type") == "AGGREGATOR" else ()
    return frozenset((asked, *map(str, others)))


def _all(open_: Open, region: str, op: str, member: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    client = open_(SERVICE, region)
    try:
        return _pages(client, op, member, params)
    finally:
        client.close()


def _pages(client: Client, op: str, member: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    call = ListCall(op=op, permission="", items=f"{member}[]", paginator=True)
    try:
        return [row for page in client.pages(call, params) for row in page.get(member) or ()]
    except Refused as refused:
        raise _RefusedCall(op, refused) from refused


def _call(client: Client, op: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    try:
        return client.call(op, params)
    except Refused as refused:
        raise _RefusedCall(op, refused) from refused


class _RefusedCall(Refused):
    """A refusal that knows of which call."""

    def __init__(self, op: str, refused: Refused) -> None:
        super().__init__(refused.reason, refused.detail, refused.code)
        self.op = op

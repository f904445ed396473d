"""Resource Explorer as an inventory: its index says which regions and which types it takes in, and lists them all."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from scanner.model import GapReason
from scanner.providers.aws.call import Client, Open
from scanner.providers.aws.faults import Refused
from scanner.providers.aws.look.asking import answer, asked, rows
from scanner.providers.aws.look.inventory import SETTLED, Inventory, Unseen, minute

SERVICE = "resource-explorer-2"
OPERATIONS = {
    "get_default_view": "resource-explorer-2:GetDefaultView",
    "get_index": "resource-explorer-2:GetIndex",
    "get_view": "resource-explorer-2:GetView",
    "list_indexes": "resource-explorer-2:ListIndexes",
    "list_resources": "resource-explorer-2:ListResources",
    "list_supported_resource_types": "resource-explorer-2:ListSupportedResourceTypes",
}
"""What it is asked, and the permission for it."""


def index(open_: Open, home: str, account: str, now: datetime) -> Inventory | Unseen:
    """The account's index: the aggregator's, or else the one at home."""
    found = asked(open_, SERVICE, home, lambda client: rows(client, "list_indexes", "Indexes", {}))
    if isinstance(found, Unseen):
        return found
    kinds = {str(each["Region"]): each.get("Type") for each in found if each.get("Region")}
    region = next((region for region, kind in kinds.items() if kind == "AGGREGATOR"), home)
    if region not in kinds:
        why = Refused(GapReason.NOT_ENABLED, "Resource Explorer has no aggregator index, and none at home")
        return Unseen(service=SERVICE, region=home, refused=why)
    return asked(open_, SERVICE, region, lambda client: _shown(client, region, account, now))


def _shown(client: Client, asked_in: str, account: str, now: datetime) -> Inventory:
    regions = _covered(answer(client, "get_index"), asked_in, now)
    view = str(answer(client, "get_default_view").get("ViewArn") or "")
    if not view:
        raise Refused(GapReason.NOT_ENABLED, f"Resource Explorer has no default view in {asked_in}")
    shown = answer(client, "get_view", {"ViewArn": view}).get("View") or {}
    if (shown.get("Filters") or {}).get("FilterString"):
        raise Refused(
            GapReason.NOT_ENABLED, f"the default view of Resource Explorer in {asked_in} hides some resources"
        )
    names: dict[str, set[str]] = defaultdict(set)
    for row in rows(client, "list_supported_resource_types", "ResourceTypes", {}):
        names[str(row.get("ResourceType"))].update(row.get("CFNResourceTypes") or ())
    seen: set[tuple[str, str]] = set()
    count = 0
    for row in rows(client, "list_resources", "Resources", {"ViewArn": view, "MaxResults": 1000}):
        if str(row.get("OwningAccountId")) == account:
            count += 1
            named = names[str(row.get("ResourceType"))] | {str(row.get("CfnResourceType") or "")}
            seen.update((str(row.get("Region")), name) for name in named)
    known = frozenset().union(*names.values())
    return Inventory(
        name=f"Resource Explorer's index in {asked_in}",
        service=SERVICE,
        region=asked_in,
        as_of=minute(now),
        covers=dict.fromkeys(regions, known),
        seen=frozenset(seen),
        count=count,
    )


def _covered(found: Mapping[str, Any], asked_in: str, now: datetime) -> frozenset[str]:
    """Regions that an index covers; Refused when it is not complete yet."""
    state, created = found.get("State"), found.get("CreatedAt")
    if state != "ACTIVE" or not isinstance(created, datetime):
        raise Refused(
            GapReason.NOT_ENABLED, f"the index of Resource Explorer in {asked_in} is {state or 'in no state'}"
        )
    if now - created.astimezone(UTC) < SETTLED:
        raise Refused(GapReason.NOT_ENABLED, f"the index of Resource Explorer in {asked_in} is younger than two days")
    others = found.get("ReplicatingFrom") or () if found.get("Type") == "AGGREGATOR" else ()
    return frozenset((asked_in, *map(str, others)))

"""One resource as each road shows it: in full, in the generic list, as a row of Resource Graph."""

from scanner.demo.azure.estate import Record
from scanner.demo.azure.resource_types import table
from scanner.demo.azure.world import Json

_OPTIONAL = ("sku", "kind")
_EXPANDED = {
    "createdtime": ("createdTime", "2024-01-01T00:00:00.0000000Z"),
    "changedtime": ("changedTime", "2026-01-01T00:00:00.0000000Z"),
    "provisioningstate": ("provisioningState", "Succeeded"),
}


def in_full(record: Record, expand: str = "") -> Json:
    """What a GET of the id answers. Members that need `$expand` are left out unless it names them."""
    body: Json = {"id": record.id, "name": record.name.rpartition("/")[2], "type": record.type}
    body |= _envelope(record)
    body["properties"] = _properties(record, expand)
    return body


def in_generic_list(record: Record, expand: list[str]) -> Json:
    """What the generic list answers: no `properties`, ever; `expand` adds times and state only."""
    body: Json = {"id": record.id, "name": record.name, "type": record.type}
    body |= _envelope(record)
    for name in expand:
        member, value = _EXPANDED[name]
        body[member] = value
    return body


def can_expand(name: str) -> bool:
    return name in _EXPANDED


def in_graph(record: Record) -> Json:
    """A row of the `resources` table: `type` and `location` in lower case, every column there, empty or not."""
    resource = record.resource
    assert resource is not None, "only tracked resources have a row"
    return {
        "id": record.id,
        "name": record.name.rpartition("/")[2],
        "type": record.type.lower(),
        "tenantId": record.subscription.tenant,
        "kind": record.kind or "",
        "location": (record.location or "").lower().replace(" ", ""),
        "resourceGroup": record.group.lower(),
        "subscriptionId": record.subscription.id,
        "managedBy": resource.managed_by or "",
        "sku": record.sku,
        "plan": None,
        "properties": _properties(record, "") if resource.graph is None else resource.graph,
        "tags": resource.tags,
        "identity": resource.identity,
        "zones": resource.zones,
        "extendedLocation": resource.extended_location,
        "apiVersion": _latest_stable(record.type),
    }


def _latest_stable(type_: str) -> str:
    """Resource Graph reads each provider with its latest non-preview version."""
    versions = table()[type_.lower()].versions
    return max((version for version in versions if "preview" not in version), default=max(versions))


def _properties(record: Record, expand: str) -> Json:
    kept_back = [name for name in table()[record.type.lower()].expand if name.lower() != expand.lower()]
    return {name: value for name, value in record.properties.items() if name not in kept_back}


def _envelope(record: Record) -> Json:
    found: Json = {}
    if record.location is not None:
        found["location"] = record.location
    for name in _OPTIONAL:
        value = getattr(record, name)
        if value is not None:
            found[name] = value
    resource = record.resource
    if resource is not None:
        optional = {
            "tags": resource.tags,
            "identity": resource.identity,
            "zones": resource.zones,
            "extendedLocation": resource.extended_location,
            "managedBy": resource.managed_by,
        }
        found |= {name: value for name, value in optional.items() if value is not None}
    return found

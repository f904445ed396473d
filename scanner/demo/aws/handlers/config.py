"""The counts of AWS Config, which moto lacks: what moto holds of a few types, as if a recorder had seen it.

Whether a recorder runs is not asked: moto keeps recorders, and a test says how old one is. Shapes and paging: AWS
Config API reference, GetDiscoveredResourceCounts.
"""

from typing import Any

from scanner.demo.aws.handlers.registry import Handler, Moto, State, page
from scanner.demo.aws.handlers.resource_explorer_2 import HELD
from scanner.demo.aws.wire import Call

SERVICE = "config"


def get_discovered_resource_counts(call: Call, _state: State, moto: Moto) -> dict[str, Any]:
    counts = {
        cfn: len(list(arns(moto.backend(service, call.account, call.region)))) for cfn, service, arns in HELD.values()
    }
    asked = call.params.get("resourceTypes") or list(counts)
    records: list[dict[str, Any]] = [
        {"resourceType": cfn, "count": count} for cfn, count in sorted(counts.items()) if count and cfn in asked
    ]
    shown, token = page(records, call, "limit", "nextToken")
    total = sum(record["count"] for record in records)
    return {"totalDiscoveredResources": total, "resourceCounts": shown, **({"nextToken": token} if token else {})}


OPERATIONS: dict[str, Handler] = {"GetDiscoveredResourceCounts": get_discovered_resource_counts}

"""AWS Resource Explorer, which moto lacks: indexes, one default view a region, and what moto holds of a few types.

A new index is complete at once here, and for AWS may take 36 hours; `GetIndex` tells its age either way. Shapes and
rules: AWS Resource Explorer API reference, CreateIndex, UpdateIndexType, CreateView, ListResources.
"""

import datetime
from collections.abc import Callable, Iterator
from typing import Any

from scanner.demo.aws.handlers.registry import Handler, Moto, State, found, page, stable_id
from scanner.demo.aws.wire import AwsError, Call

SERVICE = "resource-explorer-2"

HELD: dict[str, tuple[str, str, Callable[[Any], Iterator[str]]]] = {
    "lambda:function": ("AWS::Lambda::Function", "lambda", lambda b: (f.function_arn for f in b.list_functions())),
    "secretsmanager:secret": ("AWS::SecretsManager::Secret", "secretsmanager", lambda b: _arns(b.secrets)),
    "sns:topic": ("AWS::SNS::Topic", "sns", lambda b: iter(b.topics)),
    "sqs:queue": ("AWS::SQS::Queue", "sqs", lambda b: (queue.queue_arn for queue in b.queues.values())),
    "kms:key": ("AWS::KMS::Key", "kms", lambda b: _arns(b.keys)),
}
"""Types that the simulated index takes in: CloudFormation name, moto's service, and the ARNs that moto holds."""


def create_index(call: Call, state: State, _moto: Moto) -> dict[str, Any]:
    table = _indexes(call, state)
    if call.region in table:
        raise AwsError("ConflictException", f"There is an index in {call.region}", 409)
    arn = f"arn:aws:resource-explorer-2:{call.region}:{call.account}:index/{_uuid(call, 'index')}"
    table[call.region] = {"Arn": arn, "Type": "LOCAL", "State": "ACTIVE", "CreatedAt": _now()}
    return {"Arn": arn, "State": "CREATING", "CreatedAt": table[call.region]["CreatedAt"]}


def update_index_type(call: Call, state: State, _moto: Moto) -> dict[str, Any]:
    table = _indexes(call, state)
    index = found(table, call.region)
    if index["Arn"] != call.params["Arn"]:
        raise AwsError("ResourceNotFoundException", call.params["Arn"], 404)
    wanted = call.params["Type"]
    if wanted == "AGGREGATOR" and any(other["Type"] == wanted for other in table.values() if other is not index):
        raise AwsError("ConflictException", "There is an aggregator index already", 409)
    index["Type"] = wanted
    return {"Arn": index["Arn"], "Type": wanted, "State": "UPDATING", "LastUpdatedAt": _now()}


def get_index(call: Call, state: State, _moto: Moto) -> dict[str, Any]:
    table = _indexes(call, state)
    index = dict(found(table, call.region))
    others = sorted(region for region in table if region != call.region)
    if index["Type"] == "AGGREGATOR":
        index["ReplicatingFrom"] = others
    return index


def list_indexes(call: Call, state: State, _moto: Moto) -> dict[str, Any]:
    rows = [
        {"Region": region, "Arn": index["Arn"], "Type": index["Type"]}
        for region, index in sorted(_indexes(call, state).items())
    ]
    shown, token = page(rows, call, "MaxResults", "NextToken")
    return {"Indexes": shown, **({"NextToken": token} if token else {})}


def create_view(call: Call, state: State, _moto: Moto) -> dict[str, Any]:
    found(_indexes(call, state), call.region)
    arn = f"arn:aws:resource-explorer-2:{call.region}:{call.account}:view/{call.params['ViewName']}/{_uuid(call, 'v')}"
    view = {
        "ViewArn": arn,
        "ViewName": call.params["ViewName"],
        "Owner": call.account,
        "LastUpdatedAt": _now(),
        "Scope": call.params.get("Scope", f"arn:aws:iam::{call.account}:root"),
        "IncludedProperties": call.params.get("IncludedProperties", []),
        "Filters": call.params.get("Filters", {"FilterString": ""}),
    }
    state.table(call, "explorer-views")[arn] = view
    return {"View": view}


def get_view(call: Call, state: State, _moto: Moto) -> dict[str, Any]:
    return {"View": found(state.table(call, "explorer-views"), call.params["ViewArn"]), "Tags": {}}


def associate_default_view(call: Call, state: State, _moto: Moto) -> dict[str, Any]:
    view = found(state.table(call, "explorer-views"), call.params["ViewArn"])
    state.table(call, "explorer-default")["default"] = view
    return {"ViewArn": view["ViewArn"]}


def get_default_view(call: Call, state: State, _moto: Moto) -> dict[str, Any]:
    default = state.table(call, "explorer-default").get("default")
    return {"ViewArn": default["ViewArn"]} if default else {}


def list_supported_resource_types(call: Call, _state: State, _moto: Moto) -> dict[str, Any]:
    rows = [
        {"Service": name.partition(":")[0], "ResourceType": name, "CFNResourceTypes": [cfn]}
        for name, (cfn, _, _) in HELD.items()
    ]
    shown, token = page(rows, call, "MaxResults", "NextToken")
    return {"ResourceTypes": shown, **({"NextToken": token} if token else {})}


def list_resources(call: Call, state: State, moto: Moto) -> dict[str, Any]:
    view = found(state.table(call, "explorer-views"), call.params["ViewArn"])
    if view["Filters"].get("FilterString"):
        raise AwsError("ValidationException", "views with a filter are not simulated", 400)
    aggregator = found(_indexes(call, state), call.region)["Type"] == "AGGREGATOR"
    regions = sorted(_indexes(call, state)) if aggregator else [call.region]
    rows = [
        {
            "Arn": arn,
            "OwningAccountId": call.account,
            "Region": region,
            "ResourceType": name,
            "Service": name.partition(":")[0],
            "CfnResourceType": cfn,
            "LastReportedAt": _now(),
        }
        for region in regions
        for name, (cfn, service, arns) in HELD.items()
        for arn in sorted(arns(moto.backend(service, call.account, region)))
    ]
    shown, token = page(rows, call, "MaxResults", "NextToken")
    return {"Resources": shown, "ViewArn": view["ViewArn"], **({"NextToken": token} if token else {})}


def _indexes(call: Call, state: State) -> dict[str, dict[str, Any]]:
    """The account's indexes by region."""
    return state.table(call, "explorer-indexes", "global")


def _arns(things: Any) -> Iterator[str]:
    return (str(thing.arn) for thing in things.values())


def _uuid(call: Call, what: str) -> str:
    text = stable_id(call.account, call.region, what, str(call.params.get("ViewName", "")))
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


OPERATIONS: dict[str, Handler] = {
    "CreateIndex": create_index,
    "UpdateIndexType": update_index_type,
    "GetIndex": get_index,
    "ListIndexes": list_indexes,
    "CreateView": create_view,
    "GetView": get_view,
    "AssociateDefaultView": associate_default_view,
    "GetDefaultView": get_default_view,
    "ListSupportedResourceTypes": list_supported_resource_types,
    "ListResources": list_resources,
}

"""HealthImaging data stores, which moto lacks. Shapes: AWS HealthImaging API reference."""

import datetime
from typing import Any

from scanner.demo.aws.handlers.registry import Handler, Moto, State, found, page, stable_id
from scanner.demo.aws.wire import Call

SERVICE = "medical-imaging"
_SUMMARY = ("datastoreId", "datastoreName", "datastoreStatus", "datastoreArn", "createdAt", "updatedAt")


def create(call: Call, state: State, _moto: Moto) -> dict[str, Any]:
    given = call.params
    store_id = stable_id(call.account, call.region, given.get("datastoreName", ""))
    now = datetime.datetime.now(datetime.UTC)
    properties = {
        "datastoreId": store_id,
        "datastoreName": given.get("datastoreName", store_id),
        "datastoreStatus": "ACTIVE",
        "datastoreArn": f"arn:aws:medical-imaging:{call.region}:{call.account}:datastore/{store_id}",
        "createdAt": now,
        "updatedAt": now,
    }
    if "kmsKeyArn" in given:
        properties["kmsKeyArn"] = given["kmsKeyArn"]
    state.table(call, "medical-imaging")[store_id] = {"properties": properties, "tags": given.get("tags", {})}
    return {"datastoreId": store_id, "datastoreStatus": "CREATING"}


def list_stores(call: Call, state: State, _moto: Moto) -> dict[str, Any]:
    records = [
        {name: record["properties"][name] for name in _SUMMARY}
        for record in state.table(call, "medical-imaging").values()
    ]
    shown, token = page(records, call, "maxResults", "nextToken")
    return {"datastoreSummaries": shown, **({"nextToken": token} if token else {})}


def get(call: Call, state: State, _moto: Moto) -> dict[str, Any]:
    record = found(state.table(call, "medical-imaging"), call.params["datastoreId"])
    return {"datastoreProperties": record["properties"]}


def tags(call: Call, state: State, _moto: Moto) -> dict[str, Any]:
    store_id = call.params["resourceArn"].rpartition("/")[2]
    return {"tags": found(state.table(call, "medical-imaging"), store_id)["tags"]}


OPERATIONS: dict[str, Handler] = {
    "CreateDatastore": create,
    "ListDatastores": list_stores,
    "GetDatastore": get,
    "ListTagsForResource": tags,
}

"""HealthLake FHIR data stores, which moto lacks. Shapes: AWS HealthLake API reference."""

import datetime
from typing import Any

from scanner.demo.aws.handlers.registry import Handler, Moto, State, found, page, stable_id
from scanner.demo.aws.wire import Call

SERVICE = "healthlake"


def create(call: Call, state: State, _moto: Moto) -> dict[str, Any]:
    given = call.params
    store_id = stable_id(call.account, call.region, given.get("DatastoreName", ""))
    arn = f"arn:aws:healthlake:{call.region}:{call.account}:datastore/fhir/{store_id}"
    endpoint = f"https://healthlake.{call.region}.amazonaws.com/datastore/{store_id}/r4/"
    encryption = given.get("SseConfiguration", {"KmsEncryptionConfig": {"CmkType": "AWS_OWNED_KMS_KEY"}})
    properties = {
        "DatastoreId": store_id,
        "DatastoreArn": arn,
        "DatastoreStatus": "ACTIVE",
        "CreatedAt": datetime.datetime.now(datetime.UTC),
        "DatastoreTypeVersion": given["DatastoreTypeVersion"],
        "DatastoreEndpoint": endpoint,
        "SseConfiguration": encryption,
    }
    if "DatastoreName" in given:
        properties["DatastoreName"] = given["DatastoreName"]
    state.table(call, "healthlake")[store_id] = {"properties": properties, "tags": given.get("Tags", [])}
    shown = {name: properties[name] for name in ("DatastoreId", "DatastoreArn", "DatastoreEndpoint")}
    return {**shown, "DatastoreStatus": "CREATING"}


def list_stores(call: Call, state: State, _moto: Moto) -> dict[str, Any]:
    records = [record["properties"] for record in state.table(call, "healthlake").values()]
    shown, token = page(records, call, "MaxResults", "NextToken")
    return {"DatastorePropertiesList": shown, **({"NextToken": token} if token else {})}


def describe(call: Call, state: State, _moto: Moto) -> dict[str, Any]:
    record = found(state.table(call, "healthlake"), call.params["DatastoreId"])
    return {"DatastoreProperties": record["properties"]}


def tags(call: Call, state: State, _moto: Moto) -> dict[str, Any]:
    store_id = call.params["ResourceARN"].rpartition("/")[2]
    return {"Tags": found(state.table(call, "healthlake"), store_id)["tags"]}


OPERATIONS: dict[str, Handler] = {
    "CreateFHIRDatastore": create,
    "ListFHIRDatastores": list_stores,
    "DescribeFHIRDatastore": describe,
    "ListTagsForResource": tags,
}

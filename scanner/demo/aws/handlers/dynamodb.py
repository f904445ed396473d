"""Replicas of DynamoDB global tables (version 2019.11.21), which moto accepts and forgets, and exports of all tables.

Source: DynamoDB API reference, UpdateTable (`ReplicaUpdates`) and DescribeTable (`Replicas`).
"""

from typing import Any

from scanner.demo.aws.handlers.registry import Handler, Moto, State
from scanner.demo.aws.wire import Call

SERVICE = "dynamodb"


def update_table(call: Call, state: State, moto: Moto) -> dict[str, Any]:
    answer = moto.ask()
    replicas = state.table(call, "replicas").setdefault(_name(call), {})
    for update in call.params.get("ReplicaUpdates", []):
        for action, given in update.items():
            if action == "Delete":
                replicas.pop(given["RegionName"], None)
            else:
                replicas[given["RegionName"]] = {
                    "RegionName": given["RegionName"],
                    "ReplicaStatus": "ACTIVE",
                    **({"KMSMasterKeyId": given["KMSMasterKeyId"]} if "KMSMasterKeyId" in given else {}),
                }
    return _with_replicas(answer, "TableDescription", call, state)


def describe_table(call: Call, state: State, moto: Moto) -> dict[str, Any]:
    return _with_replicas(moto.ask(), "Table", call, state)


def list_exports(call: Call, _state: State, moto: Moto) -> dict[str, Any]:
    """moto lists the exports of one table; without a table AWS lists those of all."""
    if "TableArn" in call.params:
        return moto.ask()
    exports = moto.backend("dynamodb", call.account, call.region).table_exports.values()
    names = {"ExportArn": "arn", "ExportStatus": "status", "ExportType": "export_type"}
    return {"ExportSummaries": [{to: getattr(export, name) for to, name in names.items()} for export in exports]}


def _with_replicas(answer: dict[str, Any], member: str, call: Call, state: State) -> dict[str, Any]:
    replicas = state.table(call, "replicas").get(_name(call), {})
    if replicas:
        answer[member]["Replicas"] = list(replicas.values())
        answer[member]["GlobalTableVersion"] = "2019.11.21"
    return answer


def _name(call: Call) -> str:
    return str(call.params["TableName"]).rpartition("/")[2]


OPERATIONS: dict[str, Handler] = {
    "DescribeTable": describe_table,
    "ListExports": list_exports,
    "UpdateTable": update_table,
}

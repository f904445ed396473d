"""RDS names `default_kms_key_id` for moto, a key that does not exist; AWS uses the account's `alias/aws/rds` key."""

from typing import Any

from scanner.demo.aws.handlers.registry import Handler, Moto, State
from scanner.demo.aws.wire import Call

SERVICE = "rds"
_LISTS = {
    "DescribeDBInstances": "DBInstances",
    "DescribeDBClusters": "DBClusters",
    "DescribeDBSnapshots": "DBSnapshots",
    "DescribeDBClusterSnapshots": "DBClusterSnapshots",
}


def _describe(call: Call, _state: State, moto: Moto) -> dict[str, Any]:
    answer = moto.ask()
    for record in answer.get(_LISTS[call.operation], []):
        if record.get("KmsKeyId") == "default_kms_key_id":
            record["KmsKeyId"] = _managed_key(call, moto)
    return answer


def _managed_key(call: Call, moto: Moto) -> str:
    kms = moto.backend("kms", call.account, call.region)
    existing = kms.get_key_id_from_alias("alias/aws/rds")
    return str(kms.keys[existing or kms._generate_default_keys("alias/aws/rds")].arn)


OPERATIONS: dict[str, Handler] = dict.fromkeys(_LISTS, _describe)

"""What moto leaves out of RDS: real keys, where a snapshot was copied from, and the facts of automated backups.

moto names `default_kms_key_id`, a key that does not exist; AWS uses the account's `alias/aws/rds` key. Members: Amazon
RDS API reference, DBSnapshot (`SourceRegion`, `SourceDBSnapshotIdentifier`) and DBInstanceAutomatedBackup.
"""

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


def describe(call: Call, _state: State, moto: Moto) -> dict[str, Any]:
    answer = moto.ask()
    for record in answer.get(_LISTS[call.operation], []):
        if record.get("KmsKeyId") == "default_kms_key_id":
            record["KmsKeyId"] = _managed_key(call, moto)
    return answer


def describe_snapshots(call: Call, state: State, moto: Moto) -> dict[str, Any]:
    answer = describe(call, state, moto)
    copied = state.table(call, "rds-copies")
    for record in answer.get("DBSnapshots", []):
        record.update(copied.get(record["DBSnapshotIdentifier"], {}))
    return answer


def copy_snapshot(call: Call, state: State, moto: Moto) -> dict[str, Any]:
    answer = moto.ask()
    source = call.params["SourceDBSnapshotIdentifier"]
    origin = {"SourceDBSnapshotIdentifier": source}
    region = source.split(":")[3] if source.startswith("arn:") else call.region
    if region != call.region:
        origin["SourceRegion"] = region
    state.table(call, "rds-copies")[call.params["TargetDBSnapshotIdentifier"]] = origin
    answer["DBSnapshot"].update(origin)
    return answer


def describe_automated_backups(call: Call, _state: State, moto: Moto) -> dict[str, Any]:
    answer = moto.ask()
    databases = moto.backend("rds", call.account, call.region).databases
    for record in answer.get("DBInstanceAutomatedBackups", []):
        database = databases.get(record["DBInstanceIdentifier"])
        if database is not None:
            record["Encrypted"] = bool(database.storage_encrypted)
            record["BackupRetentionPeriod"] = int(database.backup_retention_period)
            record["Region"] = call.region
            place = f"arn:aws:rds:{call.region}:{call.account}"
            record["DBInstanceAutomatedBackupsArn"] = f"{place}:auto-backup:ab-{database.dbi_resource_id.lower()}"
            if database.kms_key_id:
                managed = database.kms_key_id == "default_kms_key_id"
                record["KmsKeyId"] = _managed_key(call, moto) if managed else database.kms_key_id
    return answer


def _managed_key(call: Call, moto: Moto) -> str:
    kms = moto.backend("kms", call.account, call.region)
    existing = kms.get_key_id_from_alias("alias/aws/rds")
    return str(kms.keys[existing or kms._generate_default_keys("alias/aws/rds")].arn)


OPERATIONS: dict[str, Handler] = {
    **dict.fromkeys(_LISTS, describe),
    "CopyDBSnapshot": copy_snapshot,
    "DescribeDBInstanceAutomatedBackups": describe_automated_backups,
    "DescribeDBSnapshots": describe_snapshots,
}

"""What the tests of the first look share: an account's inventories over HTTP, and scans that ask them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from scanner.demo.aws.process import ACCOUNT
from scanner.model import Coverage, CoverageState
from scanner.providers.aws import provider
from scanner.providers.contract import Limits, Record
from tests.fixtures.aws import REGION, Aws

OTHER = "us-east-1"
TYPES = ("secretsmanager.secret", "kms.key", "lambda.function", "sns.topic", "dynamodb.table")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
ALL = {"allSupported": True, "recordingStrategy": {"useOnly": "ALL_SUPPORTED_RESOURCE_TYPES"}}


def ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def explore(aws: Aws, *, aged: bool = True, filter_: str = "") -> None:
    """Turn Resource Explorer on in two regions, with the aggregator in one."""
    aws.client("resource-explorer-2", OTHER).create_index()
    here = aws.client("resource-explorer-2")
    here.update_index_type(Arn=here.create_index()["Arn"], Type="AGGREGATOR")
    view = here.create_view(ViewName="all", Filters={"FilterString": filter_})["View"]["ViewArn"]
    here.associate_default_view(ViewArn=view)
    if aged:
        index = here.get_index()
        kept = {name: index[name] for name in ("Arn", "Type", "State", "ReplicatingFrom")}
        aws.given("resource-explorer-2", "GetIndex", {**kept, "CreatedAt": ago(9)}, region=REGION)


def record(
    aws: Aws,
    region: str,
    group: dict[str, Any] = ALL,
    *,
    role: str = ROLE,
    mode: str = "CONTINUOUS",
    days: float = 9,
    **state: Any,
) -> None:
    """Turn AWS Config on in a region; `days` ago it was started. moto's own recorders have no age and no mode."""
    recorder = {
        "name": "default",
        "roleARN": role,
        "recordingGroup": group,
        "recordingMode": {"recordingFrequency": mode},
    }
    status = {"name": "default", "recording": True, "lastStatus": "Success", "lastStartTime": ago(days), **state}
    aws.given("config", "DescribeConfigurationRecorders", {"ConfigurationRecorders": [recorder]}, region=region)
    aws.given(
        "config", "DescribeConfigurationRecorderStatus", {"ConfigurationRecordersStatus": [status]}, region=region
    )


def scanned(**options: Any) -> tuple[list[Record], list[Coverage]]:
    """A scan's records and what was said of the look; by Resource Explorer unless the options say otherwise."""
    asked = {"regions": (REGION, OTHER), "types": TYPES, "first_look_by": ("resource-explorer",), **options}
    collector = provider.open(asked, Limits(attempts=1))
    records = [record for unit in collector.units() for record in collector.collect(unit)]
    return records, list(collector.preliminary())


def skipped(records: Iterable[Record]) -> set[tuple[str, str]]:
    rows = [row for row in records if isinstance(row, Coverage) and row.state is CoverageState.SKIPPED]
    assert all(row.reason.startswith("not_scanned: left out, since ") for row in rows)
    return {(row.service, row.region) for row in rows}

"""AWS Config as an inventory: believed for what its recorder is known to record, and for nothing else."""

from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest

from scanner.model import Coverage, CoverageState, ObservedResource
from scanner.providers.aws.catalog import load
from scanner.providers.aws.look.recorder import recordable, recorded
from scanner.providers.contract import Calls
from tests.fixtures.aws import REGION, Aws
from tests.providers.aws.look.looking import ALL, OTHER, explore, record, scanned, skipped

BY = ("config",)
EVERYWHERE = {(service, region) for service in ("secretsmanager", "kms", "lambda") for region in (REGION, OTHER)}


def test_what_a_recorder_does_not_show_is_left_out_with_a_row(aws: Aws) -> None:
    record(aws, REGION)
    aws.client("secretsmanager").create_secret(Name="clef", SecretString="invented")
    aws.freeze()
    records, rows = scanned(first_look_by=BY)
    assert skipped(records) == {("kms", REGION), ("lambda", REGION)}
    assert {(row.region, row.state) for row in rows} == {
        (REGION, CoverageState.COMPLETE),
        (OTHER, CoverageState.NOT_ENABLED),
    }
    (left,) = (row for row in records if isinstance(row, Coverage) and (row.service, row.region) == ("kms", REGION))
    assert "AWS Config's recorder in eu-west-3 shows none here" in left.reason
    assert "may be hours late" in left.reason
    assert [each.type for each in records if isinstance(each, ObservedResource)] == ["secretsmanager.secret"]
    asked = [line["operation"] for line in aws.log() if (line["service"], line["region"]) == ("config", REGION)]
    assert len(asked) == 3


def test_a_type_that_the_recorder_excludes_is_listed(aws: Aws) -> None:
    group = {
        "allSupported": False,
        "exclusionByResourceTypes": {"resourceTypes": ["AWS::KMS::Key"]},
        "recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"},
    }
    record(aws, REGION, group)
    records, _ = scanned(first_look_by=BY)
    assert skipped(records) == {("secretsmanager", REGION), ("lambda", REGION)}


def test_only_a_type_that_the_recorder_includes_is_left_out(aws: Aws) -> None:
    group = {"resourceTypes": ["AWS::KMS::Key"], "recordingStrategy": {"useOnly": "INCLUSION_BY_RESOURCE_TYPES"}}
    record(aws, REGION, group)
    records, _ = scanned(first_look_by=BY)
    assert skipped(records) == {("kms", REGION)}


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"recording": False}, "is stopped"),
        ({"lastStatus": "Failure"}, "says Failure of its last recording"),
        ({"lastStatus": "Pending"}, "says Pending of its last recording"),
        ({"days": 1.5}, "started less than two days ago"),
        ({"role": "arn:aws:iam::123456789012:role/own"}, "a role that may not let it see all"),
        ({"group": {"resourceTypes": ["AWS::EC2::VPC"]}}, "records no type that we can rely on"),
    ],
)
def test_a_recorder_that_may_not_show_all_leaves_nothing_out(aws: Aws, how: dict[str, Any], reason: str) -> None:
    record(aws, REGION, **how)
    records, (row,) = scanned(first_look_by=BY, regions=(REGION,))
    assert skipped(records) == set()
    assert (row.state, row.permission) == (CoverageState.NOT_ENABLED, "")
    assert reason in row.reason


def test_what_is_recorded_once_a_day_may_be_a_day_late(aws: Aws) -> None:
    record(aws, REGION, mode="DAILY")
    records, _ = scanned(first_look_by=BY, types=("kms.key",))
    (left,) = (row for row in records if isinstance(row, Coverage) and row.state is CoverageState.SKIPPED)
    assert left.reason.endswith("it may be a day late")


@pytest.mark.parametrize(
    ("operation", "permission"),
    [
        ("DescribeConfigurationRecorders", "config:DescribeConfigurationRecorders"),
        ("DescribeConfigurationRecorderStatus", "config:DescribeConfigurationRecorderStatus"),
        ("GetDiscoveredResourceCounts", "config:GetDiscoveredResourceCounts"),
    ],
)
def test_a_recorder_that_may_not_be_asked_names_the_permission(aws: Aws, operation: str, permission: str) -> None:
    record(aws, REGION)
    aws.faults({"fault": "denied", "service": "config", "operation": operation})
    records, (row,) = scanned(first_look_by=BY, regions=(REGION,))
    assert skipped(records) == set()
    assert (row.state, row.permission) == (CoverageState.DENIED, permission)


def test_every_page_of_the_counts_is_read(aws: Aws) -> None:
    record(aws, REGION)
    second = {"totalDiscoveredResources": 2, "resourceCounts": [{"resourceType": "AWS::KMS::Key", "count": 1}]}
    first = {
        "totalDiscoveredResources": 2,
        "resourceCounts": [{"resourceType": "AWS::Lambda::Function", "count": 1}],
        "nextToken": "2",
    }
    aws.given("config", "GetDiscoveredResourceCounts", second, when={"nextToken": "2"})
    aws.given("config", "GetDiscoveredResourceCounts", first)
    records, (row,) = scanned(first_look_by=BY, regions=(REGION,))
    assert skipped(records) == {("secretsmanager", REGION)}
    assert row.count == 2


def test_a_page_that_comes_twice_is_no_inventory(aws: Aws) -> None:
    record(aws, REGION)
    aws.client("kms").create_key()
    aws.faults({"fault": "repeated_token", "service": "config", "operation": "GetDiscoveredResourceCounts"})
    records, (row,) = scanned(first_look_by=BY, regions=(REGION,))
    assert skipped(records) == set()
    assert row.state is CoverageState.PARTIAL


def test_content_is_listed_though_the_recorder_shows_none(aws: Aws) -> None:
    """An inventory that lies: it shows nothing, and there is a queue."""
    record(aws, REGION)
    aws.client("sqs").create_queue(QueueName="rendez-vous")
    aws.given("config", "GetDiscoveredResourceCounts", {"totalDiscoveredResources": 0, "resourceCounts": []})
    records, _ = scanned(first_look_by=BY, regions=(REGION,), types=("sqs.queue", "kms.key"))
    assert [each.type for each in records if isinstance(each, ObservedResource)] == ["sqs.queue"]
    assert skipped(records) == {("kms", REGION)}


def test_what_has_a_tag_is_listed_though_no_inventory_shows_it(aws: Aws) -> None:
    record(aws, REGION)
    tagged = {"ResourceARN": f"arn:aws:secretsmanager:{REGION}:123456789012:secret:clef-AbCdEf", "Tags": []}
    aws.given("resourcegroupstaggingapi", "GetResources", {"ResourceTagMappingList": [tagged]}, region=REGION)
    records, _ = scanned(first_look_by=BY)
    assert skipped(records) == {("kms", REGION), ("lambda", REGION)}


def test_the_tags_of_a_region_are_read_once_for_the_look_and_the_scan(aws: Aws) -> None:
    record(aws, REGION)
    aws.client("kms").create_key(Tags=[{"TagKey": "equipe", "TagValue": "soins"}])
    aws.given("config", "GetDiscoveredResourceCounts", {"totalDiscoveredResources": 0, "resourceCounts": []})
    records, _ = scanned(first_look_by=BY, types=("kms.key",))
    asked = [line["region"] for line in aws.log() if line["operation"] == "GetResources"]
    assert sorted(asked) == sorted((REGION, OTHER))
    counted = sum(each.by_operation.get("resourcegroupstaggingapi:GetResources", 0) for each in _calls(records))
    assert counted == 2
    assert [each.type for each in records if isinstance(each, ObservedResource)] == ["kms.key"]


def test_tags_of_many_pages_are_read_again_and_every_request_is_counted(aws: Aws) -> None:
    record(aws, REGION)
    name = f"arn:aws:kms:{REGION}:123456789012:key/"
    second = {"ResourceTagMappingList": [{"ResourceARN": f"{name}2", "Tags": []}]}
    first = {"ResourceTagMappingList": [{"ResourceARN": f"{name}1", "Tags": []}], "PaginationToken": "2"}
    aws.given("resourcegroupstaggingapi", "GetResources", second, when={"PaginationToken": "2"})
    aws.given("resourcegroupstaggingapi", "GetResources", first)
    records, _ = scanned(first_look_by=BY, regions=(REGION,))
    sent = len([line for line in aws.log() if line["operation"] == "GetResources"])
    counted = sum(each.by_operation.get("resourcegroupstaggingapi:GetResources", 0) for each in _calls(records))
    assert (sent, counted) == (4, 4)


def test_without_a_tagging_permission_the_units_row_says_so(aws: Aws) -> None:
    record(aws, REGION)
    aws.faults({"fault": "denied", "service": "resourcegroupstaggingapi"})
    records, _ = scanned(first_look_by=BY, regions=(REGION,))
    (row,) = (each for each in records if isinstance(each, Coverage) and each.service == "resourcegroupstaggingapi")
    assert (row.state, row.permission) == (CoverageState.DENIED, "tag:GetResources")


def test_both_inventories_together_cover_what_either_does_and_list_what_either_shows(aws: Aws) -> None:
    """Resource Explorer covers the other region; the recorder alone shows the key."""
    explore(aws)
    record(aws, REGION)
    counts = {"totalDiscoveredResources": 1, "resourceCounts": [{"resourceType": "AWS::KMS::Key", "count": 1}]}
    aws.given("config", "GetDiscoveredResourceCounts", counts)
    records, rows = scanned(first_look_by=(), first_look=True)
    assert skipped(records) == EVERYWHERE - {("kms", REGION)}
    assert {(row.service, row.region) for row in rows if row.state is CoverageState.COMPLETE} == {
        ("resource-explorer-2", REGION),
        ("config", REGION),
    }


@pytest.mark.parametrize(
    "group",
    [
        {},
        {"allSupported": False},
        {"allSupported": True, "recordingStrategy": {"useOnly": "A_NEW_STRATEGY"}},
        {"recordingStrategy": {"useOnly": "ALL_SUPPORTED_RESOURCE_TYPES"}},
        {"recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"}},
    ],
)
def test_a_recording_group_that_is_not_understood_records_nothing(group: dict[str, Any]) -> None:
    assert recorded({"recordingGroup": group}, REGION) == frozenset()


def test_a_recorder_is_believed_only_where_config_records_the_type() -> None:
    table = recordable()
    for region in (*table.regions, "mx-central-1"):
        for cfn in recorded({"recordingGroup": ALL}, region):
            assert region in table.regions
            assert region not in table.lacking[cfn]
    assert recorded({"recordingGroup": ALL}, "mx-central-1") == frozenset()
    assert "AWS::CodePipeline::Pipeline" not in recorded({"recordingGroup": ALL}, "me-south-1")


def test_the_table_names_types_of_the_sdk_and_of_the_catalog_and_regions_of_the_sdk() -> None:
    session = botocore.session.get_session()
    kinds = set(session.get_service_model("config").shape_for("ResourceType").enum)
    ours = {type_.cfn for type_ in load().types.values() if type_.scope == "regional"}
    table = recordable()
    assert set(table.lacking) <= kinds & ours
    known = {
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("config", partition)
    }
    assert set(table.regions) <= known
    assert all(set(lacking) < set(table.regions) for lacking in table.lacking.values())
    assert datetime.fromisoformat(table.as_of).replace(tzinfo=UTC) < datetime.now(UTC)


def _calls(records: list[Any]) -> list[Calls]:
    return [each for each in records if isinstance(each, Calls)]

"""Every fault of a cloud's answers, through the real collector over HTTP: a row that names it, never an empty pass."""

import time
from collections.abc import Iterable
from typing import Any

import pytest

from scanner.model import Coverage, CoverageState, GapReason, ObservedKey, ObservedResource
from scanner.providers.aws import provider
from scanner.providers.contract import Calls, Collector, Limits, Record, Reference, TagSet
from tests.fixtures.aws import REGION, Aws

TYPES = {
    "json": "kms.key",
    "query": "sns.topic",
    "ec2": "ec2.volume",
    "rest-json": "lambda.layer",
    "rest-xml": "s3.bucket",
    "json, paged by hand": "firehose.delivery_stream",
    "rest-json, answered by no emulator": "appflow.flow",
}
FAILED = CoverageState.FAILED
FAULTS: dict[str, tuple[CoverageState, set[GapReason]]] = {
    "denied": (CoverageState.DENIED, {GapReason.DENIED}),
    "denied_by_scp": (CoverageState.DENIED, {GapReason.DENIED_BY_ORGANIZATION}),
    "opt_in_required": (CoverageState.NOT_ENABLED, {GapReason.NOT_ENABLED}),
    "throttled": (FAILED, {GapReason.THROTTLED}),
    "server_error": (FAILED, {GapReason.PROVIDER_ERROR}),
    "expired": (FAILED, {GapReason.EXPIRED}),
    "reset": (FAILED, {GapReason.UNREACHABLE}),
    "hang": (FAILED, {GapReason.UNREACHABLE}),
    "html": (FAILED, {GapReason.PROVIDER_ERROR}),
    # The SDK's S3 client turns a body that it cannot parse into an error 500 of its own.
    "truncated": (FAILED, {GapReason.MALFORMED, GapReason.PROVIDER_ERROR}),
    "malformed": (FAILED, {GapReason.MALFORMED, GapReason.PROVIDER_ERROR}),
}


SILENCE = 1.5
"""Seconds of silence that a scan bears which is to meet one: enough for every ordinary answer of a busy machine."""


def opened(*types: str, fault: str = "", regions: tuple[str, ...] = (REGION,)) -> Collector:
    """A collector that tries once, and waits long enough for moto's own start unless it is to meet a hanging answer."""
    limits = Limits(connect_timeout=5.0, read_timeout=SILENCE if fault == "hang" else 30.0, attempts=1)
    return provider.open({"regions": regions, "types": types}, limits)


def scanned(collector: Collector, service: str) -> list[Record]:
    return [record for unit in collector.units() if unit.service == service for record in collector.collect(unit)]


def rows(records: Iterable[Record]) -> list[Coverage]:
    return [record for record in records if isinstance(record, Coverage)]


def warm(aws: Aws, type_: str) -> None:
    """One scan without faults: it is complete, and a short time limit later meets the fault and not moto's start."""
    records = scanned(opened(type_), type_.split(".")[0])
    assert rows(records)[-1].state is CoverageState.COMPLETE


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("type_", TYPES.values())
def test_a_list_that_fails_is_a_row_that_says_why(aws: Aws, type_: str, fault: str) -> None:
    service = type_.split(".")[0]
    warm(aws, type_)
    aws.faults({"fault": fault, "service": service, "seconds": 2 * SILENCE})
    records = scanned(opened(type_, fault=fault), service)
    of_type, whole = rows(records)
    state, reasons = FAULTS[fault]
    assert (of_type.type, of_type.state) == (type_, state)
    assert of_type.reason.split(":")[0] in reasons
    assert whole.state is state
    assert whole.type == ""
    assert bool(of_type.permission) is (state is CoverageState.DENIED)
    assert not any(isinstance(record, ObservedResource) for record in records)


@pytest.mark.parametrize("type_", ["kms.key", "sns.topic", "ec2.volume", "lambda.layer"])
def test_a_region_that_does_not_know_the_credentials_is_neither_empty_nor_settled(aws: Aws, type_: str) -> None:
    aws.faults({"fault": "region_disabled", "service": type_.split(".")[0]})
    of_type, whole = rows(scanned(opened(type_), type_.split(".")[0]))
    assert (of_type.state, whole.state) == (CoverageState.FAILED, CoverageState.FAILED)


@pytest.mark.parametrize(
    ("type_", "operation"),
    [
        ("kms.key", "ListKeys"),
        ("sns.topic", "ListTopics"),
        ("ec2.volume", "DescribeVolumes"),
        ("s3.bucket", "ListBuckets"),
        ("appflow.flow", "ListFlows"),
    ],
)
def test_pages_without_end_are_partial(aws: Aws, type_: str, operation: str) -> None:
    warm(aws, type_)
    aws.faults({"fault": "repeated_token", "operation": operation})
    of_type, whole = rows(scanned(opened(type_), type_.split(".")[0]))
    assert of_type.state is CoverageState.PARTIAL
    assert of_type.reason.startswith(GapReason.TRUNCATED)
    assert whole.state is CoverageState.PARTIAL


def test_what_was_listed_before_the_repeated_token_is_kept(aws: Aws) -> None:
    aws.client("sns").create_topic(Name="rappels")
    aws.faults({"fault": "repeated_token", "service": "sns", "operation": "ListTopics"})
    records = scanned(opened("sns.topic"), "sns")
    assert {record.name.rpartition(":")[2] for record in records if isinstance(record, ObservedResource)} == {"rappels"}


@pytest.mark.parametrize(("fails", "told"), [(None, "denied: 3 of 3 lists: "), (1, "denied: 1 of 3 lists: ")])
def test_lists_under_many_parents_that_are_refused_are_one_row(aws: Aws, fails: int | None, told: str) -> None:
    glue = aws.client("glue")
    for name in ("rdv", "labo", "imagerie"):
        glue.create_database(DatabaseInput={"Name": name})
        glue.create_table(DatabaseName=name, TableInput={"Name": "actes"})
    aws.faults({"fault": "denied", "operation": "GetTables", "after": 1, "times": fails})
    if fails is None:
        aws.faults({"fault": "denied", "operation": "GetTables"})
    records = scanned(opened("glue.database", "glue.table"), "glue")
    (row,) = (row for row in rows(records) if row.type == "glue.table")
    assert row.reason.startswith(told) and row.permission == "glue:GetTables"
    found = {record.id.rpartition("table/")[2] for record in records if isinstance(record, ObservedResource)}
    assert len([one for one in found if one.endswith("/actes")]) == (2 if fails else 0)
    assert rows(records)[-1].state is CoverageState.PARTIAL


@pytest.mark.parametrize("fault", FAULTS)
def test_a_detail_that_fails_is_a_gap_on_a_resource_that_stays(aws: Aws, fault: str) -> None:
    dynamodb = aws.client("dynamodb")
    dynamodb.create_table(
        TableName="rendez-vous",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    warm(aws, "dynamodb.table")
    aws.faults({"fault": fault, "service": "dynamodb", "operation": "DescribeTable", "seconds": 2 * SILENCE})
    records = scanned(opened("dynamodb.table", fault=fault), "dynamodb")
    table = next(record for record in records if isinstance(record, ObservedResource))
    assert table.name == "rendez-vous"
    gaps = {gap.fact: gap for gap in table.gaps if gap.reason in FAULTS[fault][1]}
    assert gaps["encryption.state"].operation == "dynamodb:DescribeTable"
    assert table.encryption.state == "unknown"
    assert table.copies is None
    if FAULTS[fault][0] is CoverageState.DENIED:
        assert gaps["encryption.state"].permission == "dynamodb:DescribeTable"
    gap = gaps["encryption.state"]
    rows = [row for row in records if isinstance(row, Coverage)]
    assert {(row.type, row.state, row.permission) for row in rows} == {
        ("dynamodb.table", CoverageState.PARTIAL, gap.permission),
        ("", CoverageState.PARTIAL, gap.permission),
    }
    assert all(row.reason.startswith(f"{gap.reason.value}: dynamodb:DescribeTable of 1 of 1") for row in rows)


@pytest.mark.parametrize(("fault", "expected"), [(fault, reasons) for fault, (_, reasons) in FAULTS.items()])
def test_a_key_that_cannot_be_described_is_a_key_with_gaps(aws: Aws, fault: str, expected: set[GapReason]) -> None:
    kms = aws.client("kms")
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    kms.describe_key(KeyId=arn)
    aws.faults({"fault": fault, "service": "kms", "operation": "DescribeKey", "seconds": 2 * SILENCE})
    collector = opened("kms.key", fault=fault)
    reference = Reference(kind="key", target=arn, account="123456789012", region=REGION)
    records = [
        record for unit, found in collector.resolution_units([reference]) for record in collector.resolve(unit, found)
    ]
    key = next(record for record in records if isinstance(record, ObservedKey))
    assert (key.id, key.origin, key.manager) == (arn, None, None)
    assert {gap.reason for gap in key.gaps} & expected
    assert rows(records)[-1].state is CoverageState.PARTIAL


def test_credentials_that_end_mid_scan_leave_what_was_read(aws: Aws) -> None:
    for name in ("a", "b", "c"):
        aws.client("sqs").create_queue(QueueName=name)
    warm(aws, "sqs.queue")
    aws.faults({"fault": "expired", "service": "sqs", "after": 2})
    records = scanned(opened("sqs.queue"), "sqs")
    queues = [record for record in records if isinstance(record, ObservedResource)]
    unread = [queue for queue in queues if any(gap.reason is GapReason.EXPIRED for gap in queue.gaps)]
    assert (len(queues), len(unread)) == (3, 2)


def test_a_throttle_that_ends_is_no_gap(aws: Aws) -> None:
    aws.client("sns").create_topic(Name="rappels")
    warm(aws, "sns.topic")
    aws.faults({"fault": "throttled", "service": "sns", "operation": "ListTopics", "times": 1})
    collector = provider.open({"regions": (REGION,), "types": ("sns.topic",)}, Limits(attempts=3))
    assert [row.state for row in rows(scanned(collector, "sns"))] == [CoverageState.COMPLETE]


def test_a_region_denied_by_the_organisation_leaves_the_others(aws: Aws) -> None:
    aws.faults({"fault": "denied_by_scp", "service": "sns", "region": "us-east-1"})
    collector = opened("sns.topic", regions=(REGION, "us-east-1"))
    found: dict[str, Any] = {row.region: row for row in rows(scanned(collector, "sns")) if not row.type}
    assert found[REGION].state is CoverageState.COMPLETE
    assert found["us-east-1"].state is CoverageState.DENIED
    assert "service control policy" in found["us-east-1"].reason


def test_no_scan_writes(aws: Aws) -> None:
    """The simulation counts every write after `freeze` as a violation, and the fixture fails a test that has one."""
    aws.client("sns").create_topic(Name="rappels")
    aws.freeze()
    collector = opened(*TYPES.values())
    for unit in collector.units():
        list(collector.collect(unit))
    assert aws.violations() == []


def test_services_whose_endpoint_rules_change_the_host_are_asked_at_the_users_endpoint(aws: Aws) -> None:
    records = scanned(opened("s3control.multi_region_access_point"), "s3control")
    assert rows(records)[-1].state is CoverageState.COMPLETE
    assert "s3control:ListMultiRegionAccessPoints" in aws.asked()


@pytest.mark.parametrize("type_", ["timestream-write.database", "timestream-query.scheduled_query", "sdb.domain"])
def test_an_endpoint_that_an_answer_names_is_not_gone_to_when_the_user_named_one(aws: Aws, type_: str) -> None:
    """Timestream's endpoints are discovered: the answer names a host of the real AWS."""
    service = type_.partition(".")[0]
    records = scanned(opened(type_, regions=("us-east-1",)), service)
    assert rows(records)[-1].state is CoverageState.COMPLETE
    assert any(line["service"] == service and line["operation"].startswith("List") for line in aws.log())


@pytest.mark.parametrize("fault", FAULTS)
def test_tags_that_cannot_be_read_are_a_row_of_their_own(aws: Aws, fault: str) -> None:
    """One call has the tags of a whole region; without it no resource counts as untagged."""
    warm(aws, "sns.topic")
    aws.client("resourcegroupstaggingapi").get_resources()
    aws.faults({"fault": fault, "service": "resourcegroupstaggingapi", "seconds": 2 * SILENCE})
    (whole,) = rows(scanned(opened("sns.topic", fault=fault), "resourcegroupstaggingapi"))
    state, reasons = FAULTS[fault]
    assert (whole.state, whole.type) == (state, "")
    assert whole.reason.split(":")[0] in reasons
    assert whole.permission == ("tag:GetResources" if state is CoverageState.DENIED else "")


def test_pages_of_tags_without_end_are_partial(aws: Aws) -> None:
    aws.faults({"fault": "repeated_token", "service": "resourcegroupstaggingapi"})
    (whole,) = rows(scanned(opened("sns.topic"), "resourcegroupstaggingapi"))
    assert whole.state is CoverageState.PARTIAL and whole.reason.startswith(GapReason.TRUNCATED)


@pytest.mark.parametrize(
    ("fault", "reason"), [("repeated_token", GapReason.TRUNCATED), ("region_disabled", GapReason.EXPIRED)]
)
@pytest.mark.parametrize(("operation", "fact"), [("ListGrants", "principals"), ("DescribeCustomKeyStores", "store")])
def test_a_question_about_a_key_that_is_not_answered_is_a_gap_on_its_fact(
    aws: Aws, operation: str, fact: str, fault: str, reason: GapReason
) -> None:
    kms = aws.client("kms")
    store = kms.create_custom_key_store(
        CustomKeyStoreName="hsm",
        CloudHsmClusterId="cluster-1a23b4cdefg",
        TrustAnchorCertificate="c",
        KeyStorePassword="password",
    )["CustomKeyStoreId"]
    kms.connect_custom_key_store(CustomKeyStoreId=store)
    arn = kms.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=store)["KeyMetadata"]["Arn"]
    aws.faults({"fault": fault, "service": "kms", "operation": operation})
    collector = opened("kms.key")
    reference = Reference(kind="key", target=arn, account="123456789012", region=REGION)
    ((unit, found),) = collector.resolution_units([reference])
    records = list(collector.resolve(unit, found))
    key = next(record for record in records if isinstance(record, ObservedKey))
    assert (fact, reason) in {(gap.fact, gap.reason) for gap in key.gaps}
    assert rows(records)[-1].state is CoverageState.PARTIAL


@pytest.mark.parametrize("part", ["list", "detail", "key", "tag"])
def test_a_slow_first_byte_is_waited_for(aws: Aws, part: str) -> None:
    """Slow is not silent: within the time limit the answer counts, and nothing is missing."""
    operations = {"list": "ListQueues", "detail": "GetQueueAttributes", "key": "DescribeKey", "tag": "GetResources"}
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    aws.client("sqs").create_queue(QueueName="rappels", Attributes={"KmsMasterKeyId": key})
    aws.faults({"fault": "slow", "operation": operations[part], "seconds": 0.2})
    collector = opened("sqs.queue")
    records = [record for unit in collector.units() for record in collector.collect(unit)]
    reference = Reference(kind="key", target=key, account="123456789012", region=REGION)
    for unit, found in collector.resolution_units([reference]):
        records += collector.resolve(unit, found)
    assert {row.state for row in rows(records)} == {CoverageState.COMPLETE}
    assert [record.origin for record in records if isinstance(record, ObservedKey)] == ["provider_kms"]


@pytest.mark.parametrize("operation", ["ListQueues", "GetQueueAttributes", "GetResources"])
def test_a_silent_endpoint_costs_its_time_limit_once(aws: Aws, operation: str) -> None:
    """However many attempts a request may have."""
    aws.client("sqs").create_queue(QueueName="rappels")
    warm(aws, "sqs.queue")
    aws.faults({"fault": "hang", "operation": operation, "seconds": 2 * SILENCE})
    limits = Limits(read_timeout=SILENCE, attempts=5)
    collector = provider.open({"regions": (REGION,), "types": ("sqs.queue",)}, limits)
    records = [record for unit in collector.units() for record in collector.collect(unit)]
    calls = [record.by_operation for record in records if isinstance(record, Calls)]
    assert [count for made in calls for name, count in made.items() if name.endswith(f":{operation}")] == [1]
    assert {row.state for row in rows(records)} >= {CoverageState.FAILED} or operation == "GetQueueAttributes"


@pytest.mark.parametrize("operation", ["ListQueues", "GetQueueAttributes", "GetResources"])
def test_an_answer_that_drips_has_the_time_of_one_call(aws: Aws, operation: str) -> None:
    """Each byte comes within the limit on silence, and the whole does not."""
    aws.client("sqs").create_queue(QueueName="rappels")
    warm(aws, "sqs.queue")
    aws.faults({"fault": "drip", "operation": operation, "seconds": 30.0})
    limits = Limits(read_timeout=0.75, attempts=5)
    collector = provider.open({"regions": (REGION,), "types": ("sqs.queue",)}, limits)
    begun = time.monotonic()
    records = [record for unit in collector.units() for record in collector.collect(unit)]
    assert time.monotonic() - begun < limits.call_timeout + 4
    calls = [record.by_operation for record in records if isinstance(record, Calls)]
    assert [count for made in calls for name, count in made.items() if name.endswith(f":{operation}")] == [1]
    assert any(row.reason.startswith("unreachable") for row in rows(records))


def test_an_answer_that_comes_steadily_is_read_even_if_it_takes_longer_than_a_silence_may(aws: Aws) -> None:
    aws.client("sqs").create_queue(QueueName="rappels")
    warm(aws, "sqs.queue")
    aws.faults({"fault": "drip", "operation": "ListQueues", "seconds": 2.0})
    limits = Limits(read_timeout=1.0, attempts=1)
    collector = provider.open({"regions": (REGION,), "types": ("sqs.queue",)}, limits)
    records = [record for unit in collector.units() for record in collector.collect(unit)]
    assert [record.name for record in records if isinstance(record, ObservedResource)] == ["rappels"]
    assert {row.state for row in rows(records)} == {CoverageState.COMPLETE}


@pytest.mark.parametrize("operation", ["ListAliases", "DescribeKey", "GetKeyPolicy", "ListGrants"])
@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_a_key_store_that_is_silent_costs_its_time_limit_once(aws: Aws, operation: str, fault: str) -> None:
    kms = aws.client("kms")
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    kms.describe_key(KeyId=arn)
    aws.faults({"fault": fault, "service": "kms", "operation": operation, "seconds": 30.0 if fault == "drip" else 3.0})
    limits = Limits(read_timeout=0.75, attempts=5)
    collector = provider.open({"regions": (REGION,), "types": ("kms.key",)}, limits)
    reference = Reference(kind="key", target=arn, account="123456789012", region=REGION)
    ((unit, found),) = collector.resolution_units([reference])
    begun = time.monotonic()
    records = list(collector.resolve(unit, found))
    assert time.monotonic() - begun < limits.call_timeout + 4
    (calls,) = (record.by_operation for record in records if isinstance(record, Calls))
    assert calls[f"kms:{operation}"] == 1
    assert rows(records)[-1].state is CoverageState.PARTIAL


@pytest.mark.parametrize("value", ["\x1b[31mrouge\x1b[0m", "é" * 250, "名前\u202e", "x" * 50_000])
def test_a_tag_of_any_content_is_kept_as_it_is(aws: Aws, value: str) -> None:
    """What is printed is cleaned where it is printed; the record says what the account says."""
    mapping = {"ResourceARN": f"arn:aws:sns:{REGION}:123456789012:rappels", "Tags": [{"Key": "note", "Value": value}]}
    aws.given("resourcegroupstaggingapi", "GetResources", {"ResourceTagMappingList": [mapping]})
    records = scanned(opened("sns.topic"), "resourcegroupstaggingapi")
    assert [record.tags for record in records if isinstance(record, TagSet)] == [{"note": value}]

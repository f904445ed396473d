"""Every fault of AWS's at every kind of question: list, detail, key, tags, and a list below a resource.

Each cell says which gap or coverage row is due. Nothing passes, and nothing disappears: what was found before the fault
is still there.
"""

import json
from typing import Any

import pytest
from msgspec import Struct

from scanner.model import Coverage, CoverageState, ObservedKey, ObservedResource
from scanner.providers.aws import provider
from scanner.providers.contract import Limits, Record, TagSet
from scanner.scan.work import references_of
from tests.fixtures.aws import ACCOUNT, REGION, Aws

DENIED, NOT_ENABLED = CoverageState.DENIED, CoverageState.NOT_ENABLED
FAILED, PARTIAL = CoverageState.FAILED, CoverageState.PARTIAL
FAULTS: dict[str, tuple[CoverageState, set[str]]] = {
    "denied": (DENIED, {"denied"}),
    "denied_by_scp": (DENIED, {"denied_by_organization"}),
    "region_disabled": (FAILED, {"expired"}),
    "throttled": (FAILED, {"throttled"}),
    "server_error": (FAILED, {"provider_error"}),
    "expired": (FAILED, {"expired"}),
    "reset": (FAILED, {"unreachable"}),
    "hang": (FAILED, {"unreachable"}),
    "drip": (FAILED, {"unreachable"}),
    "truncated": (FAILED, {"malformed", "provider_error"}),
    "malformed": (FAILED, {"malformed", "provider_error"}),
    "repeated_token": (PARTIAL, {"truncated"}),
}
"""By fault: the state of a list that meets it, and the reasons that may be given."""


class Part(Struct, frozen=True):
    """One kind of question."""

    service: str
    operation: str
    paged: str = ""
    """The operation of this kind that has pages, where that is another."""
    gap: str = ""
    """The fact that is missing then; empty: a coverage row of its own is all."""
    paged_gap: str = ""
    types: tuple[str, ...] = ()
    """Types to scan; those that are found whatever happens come first."""
    lost: int = 0
    """How many types, from the end, are not found when the question meets a fault."""


PARTS = {
    "list": Part("logs", "DescribeLogGroups", types=("sqs.queue", "logs.log_group"), lost=1),
    "detail": Part(
        "sqs",
        "GetQueueAttributes",
        "DescribeSubscriptionFilters",
        "encryption.state",
        "copies",
        ("sqs.queue", "logs.log_group"),
    ),
    "key": Part("kms", "DescribeKey", "ListGrants", "origin", "principals", ("sqs.queue",)),
    "tag": Part("resourcegroupstaggingapi", "GetResources", types=("sqs.queue",)),
    "child": Part("events", "ListRules", types=("events.event_bus", "events.rule"), lost=1),
}
CELLS = [(part, fault) for part in PARTS for fault in FAULTS]
_warm: set[str] = set()
"""Parts that this process's simulation has answered: it loads a service's models when it is first asked."""


def furnish(aws: Aws) -> None:
    """A queue under a key, a log group, and a bus with a rule."""
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    aws.client("sqs").create_queue(QueueName="rappels", Attributes={"KmsMasterKeyId": key})
    aws.client("logs").create_log_group(logGroupName="/ecs/rdv")
    events = aws.client("events")
    events.create_event_bus(Name="rdv")
    events.put_rule(Name="tout", EventBusName="rdv", EventPattern=json.dumps({"source": ["rdv"]}))
    aws.freeze()


def scanned(part: str, limits: Limits) -> list[Record]:
    """Both passes, as a scan makes them."""
    collector = provider.open({"regions": (REGION,), "types": PARTS[part].types}, limits)
    records = [record for unit in collector.units() for record in collector.collect(unit)]
    resources = [record for record in records if isinstance(record, ObservedResource)]
    references = {reference for one in resources for reference in references_of(one)}
    for unit, mine in collector.resolution_units(sorted(references)):
        records += collector.resolve(unit, mine)
    return records


def found(records: list[Record]) -> set[str]:
    return {record.type for record in records if isinstance(record, ObservedResource)}


def rows(records: list[Record]) -> list[Coverage]:
    return [record for record in records if isinstance(record, Coverage)]


def gaps(records: list[Record]) -> list[Any]:
    return [gap for one in records if isinstance(one, ObservedResource | ObservedKey) for gap in one.gaps]


@pytest.mark.parametrize(("part", "fault"), CELLS)
def test_a_fault_is_a_gap_or_a_row_and_never_silence(aws: Aws, part: str, fault: str) -> None:
    asked, (state, reasons) = PARTS[part], FAULTS[fault]
    furnish(aws)
    if part not in _warm:
        assert {row.state for row in rows(scanned(part, Limits(attempts=1)))} == {CoverageState.COMPLETE}
        _warm.add(part)
    paged = fault == "repeated_token" and asked.paged
    operation, fact = (asked.paged, asked.paged_gap) if paged else (asked.operation, asked.gap)
    aws.faults({"fault": fault, "operation": operation, "seconds": 30.0 if fault == "drip" else 3.0})
    records = scanned(part, Limits(attempts=1, read_timeout={"hang": 1.5, "drip": 0.75}.get(fault, 30.0)))
    told = [row for row in rows(records) if row.state is not CoverageState.COMPLETE]
    assert {row.reason.partition(":")[0] for row in told if row.state is not NOT_ENABLED} <= reasons | {"1 of 1 keys"}
    assert all(bool(row.permission) is (state is DENIED) for row in told)
    if fact:
        (gap,) = {gap.fact: gap for gap in gaps(records) if gap.fact == fact and gap.reason in reasons}.values()
        assert gap.operation.endswith(operation)
        assert bool(gap.permission) is (state is DENIED)
        assert {row.state for row in told} == {PARTIAL}
    else:
        lists = [row for row in told if row.type or part == "tag"]
        assert {row.state for row in lists} == {state}
        assert all(row.reason.partition(":")[0] in reasons for row in lists)
    kept = set(asked.types) if fault == "repeated_token" else set(asked.types[: len(asked.types) - asked.lost])
    assert found(records) == kept
    if part == "tag" and fault != "repeated_token":
        assert not any(isinstance(record, TagSet) for record in records)
    assert not any(row.state is CoverageState.COMPLETE and row.service == told[0].service for row in rows(records))
    assert told[0].account == ACCOUNT


@pytest.mark.parametrize("part", PARTS)
def test_a_slow_first_byte_is_waited_for(aws: Aws, part: str) -> None:
    furnish(aws)
    aws.faults({"fault": "slow", "operation": PARTS[part].operation, "seconds": 0.3})
    records = scanned(part, Limits(attempts=1))
    assert {row.state for row in rows(records)} == {CoverageState.COMPLETE}
    assert found(records) == set(PARTS[part].types)

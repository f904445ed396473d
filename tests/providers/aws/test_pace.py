"""Quotas that clients share, and endpoints that say nothing."""

import time

import pytest
from botocore.session import Session

from scanner.model import Coverage, CoverageState, GapReason, ObservedResource
from scanner.providers.aws import provider
from scanner.providers.aws.call import Clients
from scanner.providers.aws.pace import Pace, quotas
from scanner.providers.contract import Calls, Collector, Limits
from tests.fixtures.aws import REGION, Aws

TIMEOUT = 1.5


class Clock:
    """Time passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_quota_names_what_the_sdk_knows_and_its_source() -> None:
    for quota in quotas():
        model = Session().get_service_model(quota.service)
        assert not quota.operation or quota.operation in model.operation_names
        assert quota.source


def test_a_seconds_worth_goes_at_once_and_the_rest_at_its_rate() -> None:
    clock = Clock()
    pace = Pace(clock=clock, sleep=clock.sleep)
    for _ in range(5):
        pace.wait("kms", "DescribeCustomKeyStores", REGION)
    assert clock.now == pytest.approx(100.0)
    for _ in range(10):
        pace.wait("kms", "DescribeCustomKeyStores", REGION)
    assert clock.now == pytest.approx(102.0)


def test_regions_have_buckets_of_their_own_unless_the_quota_is_the_accounts() -> None:
    clock = Clock()
    pace = Pace(clock=clock, sleep=clock.sleep)
    for region in ("a", "b", "c"):
        for _ in range(5):
            pace.wait("kms", "DescribeCustomKeyStores", region)
    assert clock.now == pytest.approx(100.0)
    for region in ("a", "b", "c"):
        for _ in range(5):
            pace.wait("route53", "ListHostedZones", region)
    assert clock.now == pytest.approx(102.0)


def test_what_has_no_quota_waits_for_nothing() -> None:
    clock = Clock()
    pace = Pace(clock=clock, sleep=clock.sleep)
    for _ in range(1000):
        pace.wait("kms", "DescribeKey", REGION)
    assert clock.now == pytest.approx(100.0)


def test_clients_of_an_account_share_a_quota(aws: Aws) -> None:
    clients = Clients(Session(), Limits(attempts=1), {("kms", "describe_custom_key_stores")})
    clients.open("kms", REGION).call("describe_custom_key_stores")
    began = time.monotonic()
    for _ in range(8):
        clients.open("kms", REGION).call("describe_custom_key_stores")
    assert time.monotonic() - began > 0.6


def opened(type_: str) -> Collector:
    """A collector with a short time limit, after one without has met moto's slow start."""
    asked = {"regions": (REGION,), "types": (type_,)}
    collector = provider.open(asked, Limits(attempts=1))
    for unit in collector.units():
        list(collector.collect(unit))
    return provider.open(asked, Limits(read_timeout=TIMEOUT, attempts=5))


def test_a_list_that_hangs_costs_its_time_limit_once(aws: Aws) -> None:
    collector = opened("sns.topic")
    aws.faults({"fault": "hang", "service": "sns", "seconds": 4 * TIMEOUT})
    unit = next(unit for unit in collector.units() if unit.service == "sns")
    records = list(collector.collect(unit))
    rows = [record for record in records if isinstance(record, Coverage)]
    assert [record.by_operation for record in records if isinstance(record, Calls)] == [{"sns:ListTopics": 1}]
    assert {row.state for row in rows} == {CoverageState.FAILED}


def test_details_that_hang_are_given_up_together(aws: Aws) -> None:
    """Thirty silent answers, six at a time, would cost five time limits."""
    sqs = aws.client("sqs")
    for index in range(30):
        sqs.create_queue(QueueName=f"envois-{index}")
    collector = opened("sqs.queue")
    aws.faults({"fault": "hang", "service": "sqs", "operation": "GetQueueAttributes", "seconds": 4 * TIMEOUT})
    unit = next(unit for unit in collector.units() if unit.service == "sqs")
    records = list(collector.collect(unit))
    queues = [record for record in records if isinstance(record, ObservedResource)]
    (calls,) = (record.by_operation for record in records if isinstance(record, Calls))
    assert 2 <= calls["sqs:GetQueueAttributes"] <= 2 * 6
    assert len(queues) == 30
    assert all(any(gap.reason is GapReason.UNREACHABLE for gap in queue.gaps) for queue in queues)


def test_one_silence_among_answers_costs_one_resource(aws: Aws) -> None:
    sqs = aws.client("sqs")
    for index in range(12):
        sqs.create_queue(QueueName=f"envois-{index}")
    collector = opened("sqs.queue")
    aws.faults(
        {"fault": "hang", "service": "sqs", "operation": "GetQueueAttributes", "after": 4, "times": 1, "seconds": 9}
    )
    unit = next(unit for unit in collector.units() if unit.service == "sqs")
    queues = [record for record in collector.collect(unit) if isinstance(record, ObservedResource)]
    assert sum(any(gap.reason is GapReason.UNREACHABLE for gap in queue.gaps) for queue in queues) == 1

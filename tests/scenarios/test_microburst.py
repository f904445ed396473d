"""Faults made by somebody else's proxy, which reads botocore's models by itself: a second witness to our own faults.

microburst stands between the collector and the simulated AWS, and its record says what it did.
"""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.model import Coverage, CoverageState, ObservedKey, ObservedResource
from scanner.providers.aws import provider
from scanner.providers.contract import Limits, Record
from scanner.scan.work import references_of
from tests.fixtures.aws import REGION, Aws


class Microburst:
    """The proxy as a child process, and its control interface."""

    def __init__(self, upstream: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{port}"
        command = [Path(sys.executable).with_name("microburst"), "--upstream", upstream, "--host", "127.0.0.1"]
        self.child = subprocess.Popen(
            [*command, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 60
        while not self._answers():
            assert self.child.poll() is None and time.monotonic() < deadline, "microburst does not answer"
            time.sleep(0.1)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"{self.endpoint}/_microburst/{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def _answers(self) -> bool:
        try:
            self.control("GET", "health")
        except (OSError, urllib.error.URLError):
            return False
        return True


@pytest.fixture(scope="module")
def proxy(aws_process: Any) -> Iterator[Microburst]:
    found = Microburst(aws_process.endpoint)
    yield found
    found.child.terminate()
    found.child.wait(10)


@pytest.fixture
def burst(aws: Aws, proxy: Microburst, monkeypatch: pytest.MonkeyPatch) -> Microburst:
    """The proxy without rules, before an account with a queue under a key, which the collector reaches through it."""
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    aws.client("sqs").create_queue(QueueName="rappels", Attributes={"KmsMasterKeyId": key})
    aws.freeze()
    monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.endpoint)
    proxy.control("POST", "rules", [])
    proxy.control("DELETE", "fired")
    return proxy


def scanned(limits: Limits) -> list[Record]:
    collector = provider.open({"regions": (REGION,), "types": ("sqs.queue",)}, limits)
    records = [record for unit in collector.units() for record in collector.collect(unit)]
    resources = [record for record in records if isinstance(record, ObservedResource)]
    references = {reference for one in resources for reference in references_of(one)}
    for unit, mine in collector.resolution_units(sorted(references)):
        records += collector.resolve(unit, mine)
    return records


def unread(records: list[Record]) -> list[Coverage]:
    rows = [record for record in records if isinstance(record, Coverage)]
    return [row for row in rows if row.state is not CoverageState.COMPLETE]


FAULTS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "throttled": ({"error": {"code": "ThrottlingException"}}, {"throttled"}),
    "denied": ({"error": {"code": "AccessDeniedException"}}, {"denied"}),
    "expired": ({"error": {"code": "ExpiredTokenException"}}, {"expired"}),
    "server error": ({"error": {"code": "InternalFailure", "status": 500}}, {"provider_error"}),
    "reset": ({"reset": True}, {"unreachable"}),
    "cut": ({"response": {"truncate_frac": 0.5}}, {"malformed"}),
    "cut in mid-stream": ({"response": {"abort_frac": 0.3}}, {"malformed", "unreachable"}),
    "hang": ({"timeout_ms": 5000}, {"unreachable"}),
}
PARTS = {
    "list": ("sqs", "ListQueues"),
    "detail": ("sqs", "GetQueueAttributes"),
    "key": ("kms", "DescribeKey"),
    "tag": ("resourcegroupstaggingapi", "GetResources"),
}


def test_through_the_proxy_everything_is_read(burst: Microburst) -> None:
    records = scanned(Limits(attempts=1))
    assert unread(records) == []
    assert [key.origin for key in records if isinstance(key, ObservedKey)] == ["provider_kms"]
    assert burst.control("GET", "fired") == []


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("part", PARTS)
def test_a_fault_of_the_proxys_is_a_gap_or_a_row(burst: Microburst, part: str, fault: str) -> None:
    effect, reasons = FAULTS[fault]
    service, operation = PARTS[part]
    burst.control("POST", "rules", [{"service": service, "operation": operation, **effect}])
    records = scanned(Limits(attempts=1, read_timeout=2.0 if fault == "hang" else 30.0))
    fired = {line["operation"] for line in burst.control("GET", "fired")}
    assert fired == {operation}
    told = unread(records)
    assert told
    gaps = [gap for one in records if isinstance(one, ObservedResource | ObservedKey) for gap in one.gaps]
    said = {gap.reason.value for gap in gaps if gap.operation.endswith(operation)}
    said |= {row.reason.partition(":")[0] for row in told}
    assert said & reasons
    assert any(isinstance(record, ObservedResource) for record in records) is (part != "list")


def test_a_fault_that_passes_is_survived_by_asking_again(burst: Microburst) -> None:
    rule = {"service": "kms", "operation": "DescribeKey", "times": 2, "error": {"code": "ThrottlingException"}}
    burst.control("POST", "rules", [rule])
    records = scanned(Limits(attempts=5))
    assert len(burst.control("GET", "fired")) == 2
    assert unread(records) == []

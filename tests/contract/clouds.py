"""The clouds that the contract suite runs against, each behind the same few switches. Add yours here."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest

from scanner.demo.azure.faults import Fault
from scanner.demo.azure.simulation import Simulation
from scanner.demo.azure.world import read_world
from tests.contract.boxes import Boxes, boxes
from tests.fixtures.aws import REGION, Aws
from tests.fixtures.azure import StartArm
from tests.providers.azure.test_demo import DEMO

EXAMPLE = Path(__file__).parent / "example"
"""A folder as `pip install` would leave it: a module and the metadata that registers it."""


class Cloud(Protocol):
    """A running cloud with something in it: stores, keys that they name, copies whose place must be looked up."""

    provider: str
    """Name under the entry-point group."""
    options: dict[str, Any]
    facts: dict[str, str]
    """A catalog type that it holds, and a fact of that type which a call answers."""
    secrets: tuple[str, ...]
    """What no record may contain."""

    def break_with(self, fault: str) -> None:
        """From now on every request is `denied`, `reset` (the connection ends) or `malformed`."""

    def requests(self) -> int:
        """How many were made so far."""

    def writes(self) -> list[str]:
        """Those that would have changed something."""


class AwsCloud:
    provider = "aws"

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self.options = {"regions": (REGION, "us-east-1"), "services": ("s3", "sqs", "sns", "dynamodb", "kms")}
        self.facts = {"s3.bucket": "encryption.key", "dynamodb.table": "copies"}
        self.secrets = (aws.process.environment()["AWS_SECRET_ACCESS_KEY"],)
        key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
        for name in ("dossiers", "reprise"):
            aws.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        rule = {
            "ID": "r",
            "Status": "Enabled",
            "Priority": 1,
            "Filter": {"Prefix": ""},
            "DeleteMarkerReplication": {"Status": "Disabled"},
            "Destination": {"Bucket": "arn:aws:s3:::ailleurs"},
        }
        aws.client("s3").put_bucket_versioning(Bucket="dossiers", VersioningConfiguration={"Status": "Enabled"})
        aws.client("s3").put_bucket_replication(
            Bucket="dossiers", ReplicationConfiguration={"Role": "arn:aws:iam::123456789012:role/r", "Rules": [rule]}
        )
        aws.client("sqs").create_queue(QueueName="rappels", Attributes={"KmsMasterKeyId": key})
        aws.client("sns").create_topic(Name="rappels")
        aws.client("dynamodb").create_table(
            TableName="rdv",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
        )
        aws.freeze()

    def break_with(self, fault: str) -> None:
        self._aws.faults({"fault": fault})

    def requests(self) -> int:
        return len(self._aws.log())

    def writes(self) -> list[str]:
        return self._aws.violations()


class AzureCloud:
    provider = "azure"

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self.options: dict[str, Any] = {}
        self.facts = {"Microsoft.Storage/storageAccounts": "encryption.key"}
        self.secrets = (simulation.environment["AZURE_CLIENT_SECRET"],)

    def break_with(self, fault: str) -> None:
        rules = {
            "denied": Fault(
                do="answer", status=403, body={"error": {"code": "AuthorizationFailed", "message": "no"}}, times=None
            ),
            "reset": Fault(do="close", times=None),
            "malformed": Fault(do="not_json", times=None),
        }
        self._simulation.faults.add(rules[fault])

    def requests(self) -> int:
        return len(self._simulation.log.entries)

    def writes(self) -> list[str]:
        return self._simulation.log.violations


class ExampleCloud:
    provider = "example"

    def __init__(self, server: Boxes) -> None:
        self._server = server
        self.options: dict[str, Any] = {}
        self.facts = {"boxes.box": "encryption.key"}
        self.secrets: tuple[str, ...] = ()

    def break_with(self, fault: str) -> None:
        self._server.fault = fault

    def requests(self) -> int:
        return len(self._server.asked)

    def writes(self) -> list[str]:
        return [line for line in self._server.asked if not line.startswith("GET ")]


@contextmanager
def _example(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    monkeypatch.syspath_prepend(str(EXAMPLE))
    with boxes() as server:
        monkeypatch.setenv("EXAMPLE_CLOUD", f"http://127.0.0.1:{server.server_address[1]}")
        yield ExampleCloud(server)


@pytest.fixture(params=["aws", "azure", "example"])
def cloud(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """Each cloud in turn, started afresh."""
    if request.param == "aws":
        yield AwsCloud(request.getfixturevalue("aws"))
    elif request.param == "azure":
        start: StartArm = request.getfixturevalue("arm")
        yield AzureCloud(start(read_world(DEMO)))
    else:
        with _example(monkeypatch) as example:
            yield example

"""What is signed stays in the cloud it is signed for, whatever an answer says."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from botocore.session import Session

from scanner.model import Coverage, CoverageState
from scanner.providers.aws import provider
from scanner.providers.aws.call import Clients
from scanner.providers.aws.faults import Refused
from scanner.providers.aws.hosts import stay
from scanner.providers.contract import Limits
from tests.fixtures.aws import REGION, Aws


class Stranger:
    """A listener that nobody has a reason to ask. It notes who does, and with which headers."""

    def __init__(self) -> None:
        asked: list[dict[str, str]] = []

        class Handler(BaseHTTPRequestHandler):
            def _note(self) -> None:
                asked.append({"path": self.path, **dict(self.headers)})
                self.send_error(404)

            do_GET = do_POST = do_PUT = do_HEAD = _note  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:
                """Nothing on standard error."""

        self.asked = asked
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    found = Stranger()
    yield found
    found.close()


def asked_at(url: str, endpoint: str, partition: str = "aws") -> bool:
    try:
        stay(endpoint, partition)(SimpleNamespace(url=url))
    except Refused:
        return False
    return True


@pytest.mark.parametrize(
    ("url", "inside"),
    [
        ("https://s3.eu-west-3.amazonaws.com/", True),
        ("https://dossiers.s3.eu-central-1.amazonaws.com/?tagging", True),
        ("https://123456789012.ddb.eu-west-3.amazonaws.com/", True),
        ("https://s3.dualstack.eu-west-3.api.aws/", True),
        ("https://s3.eu-west-3.amazonaws.com.evil.example/", False),
        ("https://evil-amazonaws.com/", False),
        ("https://s3.eu-west-3.amazonaws.com@evil.example/", False),
        ("https://s3.cn-north-1.amazonaws.com.cn/", False),
        ("https://169.254.169.254/latest/meta-data/", False),
        ("http://s3.eu-west-3.amazonaws.com/", False),
    ],
)
def test_hosts_of_the_partition_are_inside_and_no_others(url: str, inside: bool) -> None:
    assert asked_at(url, "https://s3.eu-west-3.amazonaws.com") is inside


@pytest.mark.parametrize(
    ("url", "inside"),
    [
        ("https://vpce-1.kms.example:8443/", True),
        ("https://a.vpce-1.kms.example:8443/", True),
        ("https://kms.eu-west-3.amazonaws.com/", False),
        ("https://vpce-1.kms.example.evil/", False),
    ],
)
def test_an_endpoint_of_the_users_own_is_all_there_is(url: str, inside: bool) -> None:
    assert asked_at(url, "https://vpce-1.kms.example:8443") is inside


@pytest.mark.parametrize("service", ["sns", "s3", "kms", "ec2", "lambda"])
def test_a_redirect_is_not_followed(aws: Aws, stranger: Stranger, service: str) -> None:
    types = {"sns": "sns.topic", "s3": "s3.bucket", "kms": "kms.key", "ec2": "ec2.volume", "lambda": "lambda.layer"}
    collector = provider.open({"regions": (REGION,), "types": (types[service],)}, Limits(attempts=2))
    aws.faults({"fault": "redirect", "service": service, "location": f"{stranger.address}/"})
    rows = [
        record
        for unit in collector.units()
        if unit.service == service
        for record in collector.collect(unit)
        if isinstance(record, Coverage)
    ]
    assert stranger.asked == []
    assert {row.state for row in rows} == {CoverageState.FAILED}


@pytest.mark.parametrize("address", ["ingest-cell1.timestream.eu-west-1.amazonaws.com", "http://{stranger}"])
def test_a_cell_elsewhere_is_asked_at_the_users_own_endpoint(aws: Aws, stranger: Stranger, address: str) -> None:
    """Timestream answers where to ask; the SDK would take any address, and send the session token there."""
    address = address.format(stranger=stranger.address.removeprefix("http://"))
    for service in ("timestream-write", "timestream-query"):
        cell = {"Endpoints": [{"Address": address, "CachePeriodInMinutes": 5}]}
        aws.given(service, "DescribeEndpoints", cell)
    calls = {("timestream-write", "describe_endpoints"), ("timestream-write", "list_databases")}
    client = Clients(Session(), Limits(attempts=1), calls).open("timestream-write", "eu-west-1")
    try:
        assert client.call("list_databases")["Databases"] == []
    finally:
        client.close()
    assert stranger.asked == []


def test_an_address_among_the_resources_is_no_place_to_ask(aws: Aws, stranger: Stranger) -> None:
    aws.given("sqs", "ListQueues", {"QueueUrls": [f"{stranger.address}/123456789012/rappels"]})
    collector = provider.open({"regions": (REGION,), "types": ("sqs.queue",)}, Limits(attempts=1))
    for unit in collector.units():
        list(collector.collect(unit))
    assert stranger.asked == []


def test_the_metadata_service_is_asked_by_the_sdk_for_want_of_credentials_and_else_never(
    aws: Aws, stranger: Stranger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", stranger.address)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "false")
    collector = provider.open({"regions": (REGION,), "types": ("sns.topic",)}, Limits(attempts=1))
    for unit in collector.units():
        list(collector.collect(unit))
    assert stranger.asked == []

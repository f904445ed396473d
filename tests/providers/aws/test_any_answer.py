"""Whatever stands in an answer: no traceback, and never "nothing" where nothing could be read."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from botocore.session import Session
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.model import Coverage, CoverageState, ObservedResource, Unit
from scanner.providers.aws import arn, catalog
from scanner.providers.aws.call import Clients
from scanner.providers.aws.collect import Collection
from scanner.providers.aws.collector import allowed
from scanner.providers.contract import Limits, Record
from tests.fixtures.aws import ACCOUNT, REGION

CATALOG = catalog.load()
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["alias/aws/ebs", "arn:aws:kms:eu-west-3:1:key/x", "arn:", "auto", "true", "https://[", "2026"])
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
IN_JSON = {"ssm.parameter": "Parameters", "lambda.function": "Functions", "secretsmanager.secret": "SecretList"}
IN_XML = {"ec2.volume": "volumeSet", "sns.topic": "Topics", "s3.bucket": "Buckets", "rds.db_instance": "DBInstances"}


class Parrot:
    """Answers every request with one and the same body."""

    clients: Clients

    def __init__(self) -> None:
        self.body, self.kind = b"", "application/json"
        parrot = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _say(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(200)
                self.send_header("Content-Type", parrot.kind)
                self.send_header("Content-Length", str(len(parrot.body)))
                self.end_headers()
                self.wfile.write(parrot.body)

            do_GET = do_POST = do_HEAD = _say  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:
                """Nothing on standard error."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def say(self, body: bytes, kind: str) -> None:
        self.body, self.kind = body, kind

    def collected(self, type_: str) -> list[Record]:
        """One unit of one type, by the real SDK."""
        found = CATALOG.types[type_]
        unit = Unit(provider="aws", partition="aws", account=ACCOUNT, region=REGION, service=found.service)
        return list(Collection(unit, [found], CATALOG, self.clients.open, datetime.now(UTC)).run())


@pytest.fixture(scope="module")
def parrot() -> Iterator[Parrot]:
    with pytest.MonkeyPatch.context() as patch:
        found = Parrot()
        for name, value in {
            "AWS_ENDPOINT_URL": found.address,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "simulated",
            "AWS_CONFIG_FILE": "/nowhere",
            "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
        }.items():
            patch.setenv(name, value)
        found.clients = Clients(Session(), Limits(attempts=1, read_timeout=5.0), allowed(CATALOG))
        yield found
        found.server.shutdown()
        found.server.server_close()


def outcome(records: list[Record]) -> tuple[CoverageState, list[ObservedResource]]:
    whole = [record for record in records if isinstance(record, Coverage) and not record.type]
    assert len(whole) == 1
    return whole[0].state, [record for record in records if isinstance(record, ObservedResource)]


@pytest.mark.parametrize("type_", IN_JSON)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_json_is_resources_or_a_row_that_says_what_is_wrong(
    parrot: Parrot, type_: str, data: st.DataObject
) -> None:
    member = IN_JSON[type_]
    listed = data.draw(JSON | st.lists(st.dictionaries(st.sampled_from(["Name", "KeyId", "Tags", "ARN"]), JSON)))
    answer: Any = data.draw(st.sampled_from([listed, {member: listed}, {member: listed, "Other": 1}]))
    parrot.say(json.dumps(answer).encode(), "application/json")
    state, resources = outcome(parrot.collected(type_))
    if not resources and state is CoverageState.COMPLETE:
        # AWS leaves empty lists out, and its protocols drop what is null in a list.
        assert isinstance(answer, dict)
        assert answer.get(member) is None or (isinstance(answer[member], list) and not any(answer[member])), answer
    if isinstance(answer, dict) and isinstance(listed, list) and state is CoverageState.COMPLETE:
        assert len({id(one) for one in resources}) == len([one for one in listed if one is not None])


@pytest.mark.parametrize("type_", [*IN_JSON, *IN_XML])
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_bytes_that_are_no_answer_are_never_an_empty_list(parrot: Parrot, type_: str, body: bytes) -> None:
    parrot.say(body, "text/plain")
    state, resources = outcome(parrot.collected(type_))
    try:
        legible = json.loads(body) == {} and type_ in IN_JSON
    except ValueError:
        legible = False
    if not legible:
        assert state is not CoverageState.COMPLETE, body
        assert resources == []


@pytest.mark.parametrize("type_", IN_XML)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(["html", "Error", "DescribeDBInstancesResponse", "ListAllMyBucketsResult", "x"]),
    inner=st.sampled_from(["", "<a/>", "text", "<Buckets>x</Buckets>", "<volumeSet>x</volumeSet>", "<b><c/></b>"]),
)
def test_xml_of_another_kind_ends_in_a_row(parrot: Parrot, type_: str, name: str, inner: str) -> None:
    parrot.say(f"<{name}>{inner}</{name}>".encode(), "text/xml")
    state, resources = outcome(parrot.collected(type_))
    right = {"s3.bucket": ("ListAllMyBucketsResult", "x", "DescribeDBInstancesResponse")}
    if name not in right.get(type_, ("DescribeDBInstancesResponse",)):
        assert state is not CoverageState.COMPLETE
        assert resources == []


@given(st.text(max_size=80) | st.lists(st.text(max_size=9), max_size=9).map(":".join).map("arn:".__add__))
def test_any_text_is_an_arn_or_is_not(text: str) -> None:
    found = arn.parse(text)
    if found is not None:
        parts = (found.partition, found.service, found.region, found.account, found.resource)
        assert ":".join(("arn", *parts)) == text
    key = arn.key_reference(text, partition="aws", region=REGION, account=ACCOUNT)
    assert key is None or arn.parse(key) is not None
    assert "/" not in arn.bucket_of(text)

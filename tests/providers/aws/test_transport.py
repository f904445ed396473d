"""Connections are shared by all clients, and who is at the other end is checked as the SDK would check it."""

from pathlib import Path

import pytest
import trustme
from botocore.session import Session

from scanner.errors import CannotRunError
from scanner.model import Coverage, CoverageState
from scanner.providers.aws import provider
from scanner.providers.aws.call import Clients
from scanner.providers.aws.faults import Refused
from scanner.providers.contract import Collector, Limits
from tests.fixtures.aws import REGION, Aws
from tests.fixtures.tls import recording_proxy, relay, written

LIMITS = Limits(attempts=1)


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def opened() -> Collector:
    return provider.open({"regions": (REGION,), "types": ("sns.topic", "kms.key", "sqs.queue")}, LIMITS)


def test_clients_share_a_connection_over_tls(
    aws: Aws, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with relay(authority, aws.process.port) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        monkeypatch.setenv("AWS_CA_BUNDLE", written(authority, tmp_path / "ca.pem"))
        collector = opened()
        records = [record for unit in collector.units() for record in collector.collect(unit)]
        collector.close()
    states = {record.state for record in records if isinstance(record, Coverage)}
    assert states == {CoverageState.COMPLETE}
    assert len(aws.log()) > 4
    assert server.handshakes == 1


@pytest.mark.parametrize("named", ["nobody's", "another's"])
def test_an_authority_that_is_not_in_the_bundle_is_refused(
    named: str, aws: Aws, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    if named == "another's":
        monkeypatch.setenv("AWS_CA_BUNDLE", written(trustme.CA(), tmp_path / "ca.pem"))
    with relay(authority, aws.process.port) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        with pytest.raises(CannotRunError, match="CERTIFICATE_VERIFY_FAILED"):
            opened()
    assert server.handshakes == 0
    assert aws.log() == []


def test_a_certificate_for_another_host_is_refused(
    aws: Aws, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", written(authority, tmp_path / "ca.pem"))
    with relay(authority, aws.process.port, "sts.example.org") as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        with pytest.raises(CannotRunError, match=r"[Hh]ostname mismatch"):
            opened()
    assert aws.log() == []


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "profile"])
def test_the_bundle_is_named_where_the_sdk_looks(
    variable: str, aws: Aws, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(authority, tmp_path / "ca.pem")
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    if variable == "profile":
        (tmp_path / "config").write_text(f"[default]\nca_bundle = {path}\n", encoding="utf-8")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    else:
        monkeypatch.setenv(variable, path)
    with relay(authority, aws.process.port) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        assert opened().scope["accounts"]
    assert server.handshakes == 1


def test_a_bundle_that_is_not_there_ends_the_scan_before_it_begins(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere/ca.pem")
    with pytest.raises(CannotRunError, match=r"/nowhere/ca\.pem"):
        opened()
    assert aws.log() == []


def test_a_proxy_is_used_in_every_partition(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.delenv("NO_PROXY")
    with recording_proxy() as (url, lines):
        monkeypatch.setenv("HTTPS_PROXY", url)
        for region in ("eu-west-3", "eusc-de-east-1"):
            client = Clients(Session(), LIMITS, {("sns", "list_topics")}).open("sns", region)
            with pytest.raises(Refused, match="proxy"):
                client.call("list_topics")
    assert [line.rpartition(" ")[0] for line in lines] == [
        "CONNECT sns.eu-west-3.amazonaws.com:443",
        "CONNECT sns.eusc-de-east-1.amazonaws.eu:443",
    ]


def test_hosts_that_no_proxy_names_are_reached_directly(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    with recording_proxy() as (url, lines):
        monkeypatch.setenv("HTTP_PROXY", url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert opened().scope["accounts"]
    assert lines == []


def test_clients_beside_others_share_their_connections_and_may_call_no_more(aws: Aws) -> None:
    first = Clients(Session(), LIMITS, {("sns", "list_topics")})
    beside = first.beside(Session())
    assert (beside.transport, beside.loader) == (first.transport, first.loader)
    client = beside.open("sns", REGION)
    assert client.call("list_topics")["Topics"] == []
    with pytest.raises(Refused, match="sns:list_subscriptions is not among the declared read calls"):
        client.call("list_subscriptions")

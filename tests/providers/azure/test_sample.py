"""Reads of blobs over TLS: no more than the share, only what may be touched, and a gap for everything that fails."""

from typing import Any

import pytest
from azure.core.pipeline import PipelineContext, PipelineRequest
from azure.core.rest import HttpRequest
from msgspec.structs import replace

from scanner.demo.azure.faults import Fault
from scanner.demo.azure.world import Blob, Container, Resource
from scanner.model import Coverage, CoverageState, GapReason, Unit
from scanner.model.sample import Sampled, Share
from scanner.providers.azure.blob_hosts import OneHost
from scanner.providers.azure.guard import RefusedError
from scanner.providers.azure.sample import ACTION, DATA_ACTION
from scanner.providers.contract import Calls, Limits
from scanner.providers.sampling import Excerpt
from tests.fixtures.azure import (
    FIRST,
    OTHER_TENANT,
    SECOND,
    TENANT,
    StartArm,
    disks,
    resource_id,
    subscription,
    tenant,
    world,
)
from tests.providers.azure.scanning import Hours, opened

HOST = "acct.blob.core.windows.net"
DICOM = b"\0" * 128 + b"DICM" + b"x" * 200_000
NAME = "CANARY/Erika Müller & Söhne.dcm"


def account(*containers: Container, host: str = HOST, name: str = "acct", **more: Any) -> Resource:
    properties = {
        "encryption": {"keySource": "Microsoft.Storage", "services": {"blob": {"enabled": True}}},
        "primaryEndpoints": {"blob": f"https://{host}/", "file": f"https://{name}.file.core.windows.net/"},
    }
    defaults = {"location": "francecentral", "sku": {"name": "Standard_ZRS"}, "properties": properties}
    fields: dict[str, Any] = {**defaults, "data_plane": "full", "containers": list(containers), **more}
    return Resource(type="Microsoft.Storage/storageAccounts", name=name, **fields)


def container(name: str = "docs", **blobs: bytes) -> Container:
    return Container(name=name, blobs=[Blob(name=key, content=content) for key, content in blobs.items()])


class Read:
    """What came of one account."""

    def __init__(
        self, objects: int, size: int, timeout: float, *, subscription_id: str = FIRST, **options: Any
    ) -> None:
        limits = Limits(read_timeout=timeout, attempts=2, retry_after_cap=1.0)
        collector = opened(hours=Hours(), limits=limits, sample=10**6, **options)
        share = Share(
            resource=resource_id("Microsoft.Storage/storageAccounts", "acct", subscription_id),
            type="Microsoft.Storage/storageAccounts",
            account=subscription_id,
            region="francecentral",
            name="acct",
            objects=objects,
            bytes=size,
        )
        unit = Unit(
            provider="azure", partition="AzureCloud", account=subscription_id, region="global", service="sample:acct"
        )
        self.excerpts: list[bytes] = []
        try:
            assert collector.sampled_types == {"Microsoft.Storage/storageAccounts"}
            for record in collector.sample(unit, share):
                match record:
                    case Excerpt():
                        self.excerpts.append(record.data)
                    case Sampled():
                        self.sampled = record
                    case Coverage():
                        self.row = record
                    case Calls():
                        self.calls = record.by_operation
        finally:
            collector.close()

    @property
    def gaps(self) -> list[tuple[GapReason, str]]:
        return [(gap.reason, gap.permission) for gap in self.sampled.gaps]


def read(objects: int = 4, size: int = 8192, timeout: float = 10.0) -> Read:
    return Read(objects, size, timeout)


def test_the_beginnings_of_a_few_blobs_of_several_containers_are_read_and_no_more(arm: StartArm) -> None:
    containers = [container(f"c{c}", **{f"b{b}": bytes([c, b]) * 10_000 for b in range(5)}) for c in range(6)]
    simulation = arm(world(subscription(account(*containers))))
    found = read(objects=4, size=5000)
    assert [(data[0], data[1], len(data)) for data in found.excerpts] == [(c, 0, 5000) for c in (0, 1, 3, 4)]
    assert found.sampled.sample is not None
    assert (found.sampled.sample.objects, found.sampled.sample.bytes) == (4, 20_000)
    assert (found.gaps, found.row.state, found.row.count) == ([], CoverageState.COMPLETE, 4)
    assert found.calls == {
        "BlobStorage:GET blob": 4,
        "BlobStorage:GET blobs": 4,
        "BlobStorage:GET containers": 1,
        "Microsoft.Storage:GET storageAccounts": 1,
    }
    assert {entry.method for entry in simulation.log.entries if entry.host == HOST} <= {"GET", "CONNECT"}


def test_a_blob_is_found_by_whatever_name_it_has(arm: StartArm) -> None:
    names = [NAME, "a?b#c%20", "größe/+ +", "<x>&amp;"]
    arm(world(subscription(account(Container(name="docs", blobs=[Blob(name=n, content=b"abc") for n in names])))))
    assert (read(objects=8).excerpts, read(objects=8).gaps) == ([b"abc"] * 4, [])


@pytest.mark.parametrize("tier", ["Archive", "Cold", "Cool"])
def test_tiers_that_cost_or_change_are_not_touched(arm: StartArm, tier: str) -> None:
    old = Container(name="docs", blobs=[Blob(name="old", content=DICOM, tier=tier)])
    simulation = arm(world(subscription(account(old))))
    found = read()
    assert (found.excerpts, found.gaps) == ([], [(GapReason.NOT_SCANNED, "")])
    assert found.row.state is CoverageState.SKIPPED
    assert tier in found.sampled.gaps[0].detail
    assert not [entry for entry in simulation.log.entries if entry.path == "/docs/old"]


def test_an_account_without_blobs_or_without_anything_in_them_is_complete(arm: StartArm) -> None:
    arm(world(subscription(account(container(), container("more", empty=b"")))))
    found = read()
    assert (found.excerpts, found.gaps, found.row.state) == ([], [], CoverageState.COMPLETE)


EMPTY = {f"b{number:04}": b"" for number in range(1001)}


@pytest.mark.parametrize(
    "containers",
    [
        [container(**EMPTY)],
        [container(f"c{number:04}") for number in range(1001)],
        [container(f"c{number}") for number in range(5)],
    ],
    ids=["more blobs", "more pages of containers", "more containers than are looked into"],
)
def test_a_beginning_with_nothing_to_read_is_no_empty_account(arm: StartArm, containers: list[Container]) -> None:
    arm(world(subscription(account(*containers))))
    found = read(objects=4)
    assert (found.excerpts, found.gaps) == ([], [(GapReason.NOT_SCANNED, "")])
    assert "that was listed" in found.sampled.gaps[0].detail
    assert found.row.state is CoverageState.SKIPPED


def test_what_was_read_of_a_beginning_is_a_sample(arm: StartArm) -> None:
    arm(world(subscription(account(container(a=b"abc", **EMPTY)))))
    found = read()
    assert (found.excerpts, found.gaps, found.row.state) == ([b"abc"], [], CoverageState.COMPLETE)


@pytest.mark.parametrize("length", ["", "<Content-Length/>", "<Content-Length>\u00b2</Content-Length>", "9" * 5000])
def test_a_blob_without_a_length_is_a_gap(arm: StartArm, length: str) -> None:
    length = f"<Content-Length>{length}</Content-Length>" if length.isdigit() else length
    blobs = f"<Blob><Name>a</Name><Properties>{length}</Properties></Blob>"
    page = f"<EnumerationResults><Blobs>{blobs}</Blobs><NextMarker/></EnumerationResults>".encode()
    arm(world(subscription(account(container(a=DICOM)))), faults=[Fault(do="page", path="/docs", content=page)])
    found = read()
    assert (found.excerpts, found.gaps) == ([], [(GapReason.MALFORMED, "")])
    assert found.row.state is CoverageState.FAILED


def test_an_account_for_files_only_has_no_host_for_blobs(arm: StartArm) -> None:
    endpoints = {"primaryEndpoints": {"file": "https://acct.file.core.windows.net/"}}
    arm(world(subscription(account(properties=endpoints))))
    found = read()
    assert (found.gaps, found.row.state) == ([], CoverageState.COMPLETE)


@pytest.mark.parametrize(
    "host",
    [
        "acct.blob.core.windows.net.attacker.example",
        "attacker.example",
        "other.blob.core.windows.net",
        "acct.blob.core.windows.net@attacker.example",
        "acctblob.core.windows.net",
        "acct.blob.core.windows.net:8443",
    ],
)
def test_a_host_that_is_not_the_accounts_own_is_not_asked(arm: StartArm, host: str) -> None:
    simulation = arm(world(subscription(account(container(a=DICOM), host=host))))
    found = read()
    assert (found.excerpts, found.gaps) == ([], [(GapReason.UNSUPPORTED, "")])
    assert found.row.state is CoverageState.FAILED
    assert not [entry for entry in simulation.log.entries if entry.host not in ("127.0.0.1", "")]


FIREWALL = {"x-ms-error-code": "AuthorizationFailure"}
ELSEWHERE = {"Location": "https://attacker.example/"}
FAULTS: dict[str, tuple[dict[str, Any], GapReason]] = {
    "throttled": ({"do": "answer", "status": 429, "headers": {"Retry-After": "1"}}, GapReason.THROTTLED),
    "busy": ({"do": "answer", "status": 503}, GapReason.PROVIDER_ERROR),
    "gone": ({"do": "answer", "status": 404, "headers": {"x-ms-error-code": "BlobNotFound"}}, GapReason.GONE),
    "firewall": ({"do": "answer", "status": 403, "headers": FIREWALL}, GapReason.DENIED),
    "expired": ({"do": "answer", "status": 401}, GapReason.EXPIRED),
    "close": ({"do": "close"}, GapReason.UNREACHABLE),
    "reset": ({"do": "reset"}, GapReason.UNREACHABLE),
    "hang": ({"do": "hang", "seconds": 3.0}, GapReason.UNREACHABLE),
    "redirect": ({"do": "answer", "status": 307, "headers": ELSEWHERE}, GapReason.PROVIDER_ERROR),
    "page": ({"do": "not_json"}, GapReason.MALFORMED),
}
IN_CONTENT = {
    "half": ({"do": "half_body"}, GapReason.UNREACHABLE),
    "whole": ({"do": "whole"}, GapReason.MALFORMED),
}


@pytest.mark.parametrize("fault", [*FAULTS, *IN_CONTENT])
def test_a_blob_that_cannot_be_read_is_a_gap_and_no_sample(arm: StartArm, fault: str) -> None:
    rule, reason = {**FAULTS, **IN_CONTENT}[fault]
    simulation = arm(
        world(subscription(account(Container(name="docs", blobs=[Blob(name=NAME, content=DICOM)])))),
        faults=[Fault(path="/docs/*", times=None, **rule)],
    )
    found = read(timeout=0.5 if fault == "hang" else 10.0)
    assert (found.excerpts, [reason for reason, _ in found.gaps]) == ([], [reason])
    assert found.gaps[0][1] == (DATA_ACTION if reason is GapReason.DENIED else "")
    assert found.sampled.gaps[0].operation == "BlobStorage:GET blob"
    assert found.row.state not in (CoverageState.COMPLETE, CoverageState.PARTIAL)
    assert "Erika" not in str((found.sampled, found.row))
    assert not [entry for entry in simulation.log.entries if "attacker" in entry.host]


@pytest.mark.parametrize("fault", [*FAULTS, "half"])
@pytest.mark.parametrize("path", ["/", "/docs"], ids=["containers", "blobs"])
def test_an_account_that_cannot_be_listed_is_a_gap_and_not_an_empty_one(arm: StartArm, path: str, fault: str) -> None:
    rule, _ = {**FAULTS, **IN_CONTENT}[fault]
    arm(world(subscription(account(container(a=DICOM)))), faults=[Fault(path=path, times=None, **rule)])
    found = read(timeout=0.5 if fault == "hang" else 10.0)
    assert (found.excerpts, len(found.gaps)) == ([], 1)
    assert found.row.state not in (CoverageState.COMPLETE, CoverageState.PARTIAL)


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"<EnumerationResults>",
        b"<EnumerationResults/>",
        b"<html><body/></html>",
        b'<!DOCTYPE a [<!ENTITY b "cc">]><EnumerationResults><Containers/></EnumerationResults>',
        b"\xff\xfe\xff",
    ],
)
def test_a_list_that_is_no_list_is_a_gap(arm: StartArm, page: bytes) -> None:
    rule = Fault(do="page", path="/", content=page, times=None)
    arm(world(subscription(account(container(a=DICOM)))), faults=[rule])
    found = read()
    assert found.gaps == [(GapReason.MALFORMED, "")]
    assert found.row.state is CoverageState.FAILED


def test_without_the_role_the_gap_names_what_is_missing(arm: StartArm) -> None:
    arm(world(subscription(account(container(a=DICOM), data_plane="denied"))))
    found = read()
    assert (found.excerpts, found.gaps) == ([], [(GapReason.DENIED, ACTION)])
    assert (found.row.state, found.row.permission) == (CoverageState.DENIED, ACTION)


def test_what_the_service_refuses_about_one_blob_leaves_the_others(arm: StartArm) -> None:
    blobs = [Blob(name="a", content=DICOM, customer_key=True), Blob(name="b", content=b"abc")]
    arm(world(subscription(account(Container(name="docs", blobs=blobs)))))
    found = read()
    assert (found.excerpts, found.gaps) == ([b"abc"], [(GapReason.UNSUPPORTED, "")])
    assert found.row.state is CoverageState.PARTIAL


def test_an_account_that_is_gone_by_then_is_a_gap(arm: StartArm) -> None:
    arm(world(subscription(account(container(a=DICOM), access="gone"))))
    assert read().gaps == [(GapReason.GONE, "")]


def test_an_account_of_another_tenant_is_read_with_a_token_of_that_tenant(arm: StartArm) -> None:
    other = subscription(account(container(a=b"abc")), id_=SECOND, tenant_id=OTHER_TENANT)
    guest = replace(tenant(OTHER_TENANT), clients=tenant().clients)
    arm(world(subscription(*disks(1)), other, tenants=(tenant(), guest)))
    found = Read(4, 8192, 10.0, subscription_id=SECOND, tenants=(TENANT, OTHER_TENANT))
    assert (found.excerpts, found.gaps) == ([b"abc"], [])


def test_a_busy_service_is_asked_again(arm: StartArm) -> None:
    busy = Fault(do="answer", path="/docs/*", status=503, headers={"Retry-After": "1"}, times=1)
    arm(world(subscription(account(container(a=b"abc")))), faults=[busy])
    assert read().excerpts == [b"abc"]


def test_without_the_option_there_is_nobody_who_could_ask(arm: StartArm) -> None:
    arm(world(subscription(account(container(a=DICOM)))))
    collector = opened()
    try:
        assert collector.sampled_types == frozenset()
        assert collector._session.content is None
    finally:
        collector.close()


@pytest.mark.parametrize(
    ("method", "url", "headers", "passes"),
    [
        ("GET", f"https://{HOST}/?comp=list", {}, True),
        ("GET", f"https://{HOST}/c/b", {"x-ms-range": "bytes=0-9"}, True),
        ("GET", f"https://{HOST}/c/b", {}, False),
        ("GET", f"https://{HOST}/c/b?x=comp=list", {}, False),
        ("GET", f"http://{HOST}/?comp=list", {}, False),
        ("GET", f"https://{HOST}:8443/?comp=list", {}, False),
        ("GET", f"https://{HOST}@attacker.example/?comp=list", {}, False),
        ("GET", "https://other.blob.core.windows.net/?comp=list", {}, False),
        *((method, f"https://{HOST}/?comp=list", {}, False) for method in ("PUT", "POST", "DELETE", "PATCH", "HEAD")),
    ],
)
def test_the_gate_lets_lists_and_ranges_of_one_host_pass(
    method: str, url: str, headers: dict[str, str], passes: bool
) -> None:
    sent: list[int] = []
    request = PipelineRequest(HttpRequest(method, url, headers=headers), PipelineContext(None))  # type: ignore[arg-type]
    if passes:
        OneHost(HOST, lambda: sent.append(1)).on_request(request)
    else:
        with pytest.raises(RefusedError):
            OneHost(HOST, lambda: sent.append(1)).on_request(request)
    assert bool(sent) is passes

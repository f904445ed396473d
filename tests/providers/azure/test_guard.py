"""Nothing that writes and no foreign host, proven with the SDK's own habits against a real server."""

import pytest
from azure.core.pipeline import PipelineContext, PipelineRequest
from azure.core.rest import HttpRequest

from scanner.demo.azure.faults import Fault
from scanner.errors import CannotRunError
from scanner.model import GapReason
from scanner.providers.azure.call import Tally
from scanner.providers.azure.guard import Guard, RefusedError
from scanner.providers.azure.refusal import RefusalError
from scanner.providers.azure.session import Options, open_session
from scanner.providers.contract import Limits
from tests.fixtures.azure import FIRST, StartArm, disks, resource_id, subscription, world
from tests.providers.azure.scanning import scanned
from tests.providers.azure.test_keys import key, vault
from tests.providers.azure.test_scenarios import KEY, account

GRAPH = "/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01"


def passes(method: str, url: str, suffixes: tuple[str, ...] = (), search: str = "") -> bool:
    sent: list[int] = []
    guard = Guard("arm.example:8443", suffixes, lambda: sent.append(1), search)
    context = PipelineContext(None)  # type: ignore[arg-type]
    try:
        guard.on_request(PipelineRequest(HttpRequest(method, url), context))
    except RefusedError:
        assert not sent
        return False
    return bool(sent)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST", "HEAD", "OPTIONS"])
def test_every_method_but_get_is_refused(method: str) -> None:
    assert not passes(method, "https://arm.example:8443/subscriptions/x?api-version=1")


def test_only_the_query_may_be_posted() -> None:
    assert passes("POST", f"https://arm.example:8443{GRAPH}")
    assert not passes("POST", f"https://arm.example:8443/subscriptions/x{GRAPH}")
    assert not passes("POST", f"https://v.vault.example{GRAPH}", (".vault.example",))


def test_a_search_is_posted_to_its_path_on_its_hosts_only() -> None:
    there = ((".map.example",), "/search")
    assert passes("POST", "https://a.map.example/search?api-version=1", *there)
    assert not passes("POST", "https://a.map.example/search/run", *there)
    assert not passes("POST", "https://a.map.example/scan", *there)
    assert not passes("PUT", "https://a.map.example/search", *there)
    assert not passes("POST", "https://arm.example:8443/search", *there)
    assert not passes("POST", "https://amap.example/search", *there)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/subscriptions",
        "https://arm.example/subscriptions",
        "https://arm.example:8443@evil.example/subscriptions",
        "https://arm.example:8443.evil.example/",
        "http://arm.example:8443/subscriptions",
    ],
)
def test_every_other_host_and_plain_http_are_refused(url: str) -> None:
    assert not passes("GET", url)


def test_a_vault_is_let_through_by_its_declared_suffix_only() -> None:
    assert passes("GET", "https://v.vault.example/keys/k", (".vault.example",))
    assert not passes("GET", "https://vault.example.evil/keys/k", (".vault.example",))
    assert not passes("GET", "https://evilvault.example/keys/k", (".vault.example",))


def test_the_sdk_is_kept_from_registering_a_resource_provider(arm: StartArm) -> None:
    simulation = arm(world(subscription(*disks(1), unregistered=["Microsoft.Compute"])))
    session = open_session(Options(), Limits())
    try:
        with pytest.raises(RefusalError) as refused:
            session.arm.get(resource_id("Microsoft.Compute/disks", "disk-0000"), Tally(), api_version="2025-01-02")
    finally:
        session.close()
    assert refused.value.reason is GapReason.NOT_ENABLED
    assert simulation.log.matching("POST", "*/register") == []
    assert simulation.log.violations == []


def test_a_page_on_a_foreign_host_is_not_followed_and_the_scan_is_not_green(arm: StartArm) -> None:
    simulation = arm(
        world(subscription(*disks(3))), faults=[Fault(do="foreign_next_link", path=f"/subscriptions/{FIRST}/resources")]
    )
    result = scanned()
    row = next(row for row in result.rows if row.service == "Microsoft.Resources" and not row.type)
    assert row.state == "partial"
    assert "attacker.example" in row.reason
    assert simulation.log.violations == []
    assert [entry for entry in simulation.log.entries if "attacker" in entry.host] == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("path", ["*/encryptionScopes", "*/resources", "*/vaults/v/keys/k", "/keys/k*"])
def test_a_redirect_is_not_followed_and_carries_no_token(arm: StartArm, status: int, path: str) -> None:
    keyed = {"keySource": "Microsoft.Keyvault", "keyvaultproperties": KEY}
    elsewhere = {"Location": "https://attacker.example/take"}
    simulation = arm(
        world(subscription(account(properties={"encryption": keyed}), vault(key(kty="RSA-HSM"), data_plane="full"))),
        faults=[Fault(do="answer", path=path, status=status, headers=elsewhere, times=None)],
    )
    result = scanned()
    assert [entry for entry in simulation.log.entries if entry.status == status]
    assert [entry for entry in simulation.log.entries if "attacker" in entry.host] == []
    assert simulation.log.violations == []
    assert not result.green or any(gap.fact.startswith("native") for one in result.keys for gap in one.gaps)


def test_a_redirected_sign_in_shows_its_secret_to_nobody(arm: StartArm) -> None:
    elsewhere = {"Location": "https://attacker.example/take"}
    simulation = arm(
        world(subscription(*disks(1))),
        faults=[Fault(do="answer", path="*/oauth2/v2.0/token", status=307, headers=elsewhere, times=None)],
    )
    with pytest.raises(CannotRunError):
        open_session(Options(), Limits())
    assert [entry for entry in simulation.log.entries if "attacker" in entry.host] == []
    assert simulation.log.violations == []


def test_the_metadata_service_is_not_asked_when_the_environment_signs_in(arm: StartArm) -> None:
    simulation = arm(world(subscription(*disks(1))))
    assert scanned().green
    assert simulation.log.matching("GET", "/metadata/identity/*") == []
    assert simulation.log.matching("GET", "/msi/token") == []

"""Signing in and choosing what to scan, with azure-identity's own ways."""

import base64
import json
import os
import time
from pathlib import Path

import pytest

from scanner.demo.azure.faults import Fault
from scanner.demo.azure.world import Cloud, ManagementGroup
from scanner.errors import CannotRunError, UsageError
from scanner.model import Coverage, CoverageState
from scanner.providers.azure import provider
from scanner.providers.azure.clouds import endpoint
from scanner.providers.azure.credential import claims
from scanner.providers.contract import Limits
from tests.fixtures.azure import FIRST, OTHER_TENANT, SECOND, TENANT, StartArm, disks, subscription, tenant, world
from tests.providers.azure.scanning import opened, scanned


def token(**said: str) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
    return f"e30.{payload}.c2ln"


def test_claims_are_read_and_labelled_as_unverified() -> None:
    found = claims(token(oid="o", appid="a", tid="t", aud="x"))
    assert found == {
        "claims": "read from the token, not verified",
        "object_id": "o",
        "application_id": "a",
        "tenant_id": "t",
    }


@pytest.mark.parametrize("opaque", ["", "abc", "a.b", "a.!!.c", "a.e30x.c", "a.W10.c"])
def test_an_unreadable_token_is_called_opaque(opaque: str) -> None:
    assert claims(opaque) == {"claims": "the token is opaque"}


def test_a_service_principal_of_the_environment_wins_and_is_named(arm: StartArm) -> None:
    arm(world(subscription(*disks(1))))
    collector = opened()
    assert collector.scope["identity"]["credential"] == "EnvironmentCredential"
    collector.close()


def test_a_workload_identity_wins_when_there_is_no_secret(
    arm: StartArm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    arm(world(subscription(*disks(1))))
    (tmp_path / "token").write_text("federated")
    monkeypatch.delenv("AZURE_CLIENT_SECRET")
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(tmp_path / "token"))
    collector = opened()
    assert collector.scope["identity"]["credential"] == "WorkloadIdentityCredential"
    collector.close()


def test_a_managed_identity_wins_when_there_is_nothing_else(arm: StartArm, monkeypatch: pytest.MonkeyPatch) -> None:
    simulation = arm(world(subscription(*disks(1))))
    for name in ("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID"):
        monkeypatch.delenv(name)
    for name, value in simulation.managed_identity["app service"].items():
        monkeypatch.setenv(name, value)
    collector = opened()
    assert collector.scope["identity"]["credential"] == "ManagedIdentityCredential"
    collector.close()


def test_no_sign_in_is_a_sentence_and_not_a_traceback(arm: StartArm, monkeypatch: pytest.MonkeyPatch) -> None:
    arm(world(subscription(*disks(1))))
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "wrong")
    with pytest.raises(CannotRunError, match="az login"):
        provider.open({}, Limits())


def test_the_cloud_tells_its_own_addresses(arm: StartArm) -> None:
    other = Cloud(
        name="Bleu",
        audiences=["https://management.bleu.example/"],
        vault_suffix="vault.bleu.example",
        managed_hsm_suffix="managedhsm.bleu.example",
    )
    arm(world(subscription(*disks(1)), cloud=other))
    result = scanned()
    assert {one.partition for one in result.resources} == {"Bleu"}
    assert result.green


def test_an_endpoint_that_is_no_resource_manager_cannot_be_scanned(arm: StartArm) -> None:
    arm(world(subscription(*disks(1))), faults=[Fault(do="not_json", path="/metadata/endpoints", times=None)])
    with pytest.raises(CannotRunError, match="did not tell"):
        provider.open({}, Limits())


def test_an_authority_alone_does_not_name_a_cloud() -> None:
    with pytest.raises(UsageError, match="--arm-endpoint"):
        provider.open({"authority": "https://login.nobody.example"}, Limits())


@pytest.mark.parametrize(
    "written", ["http://arm.example", "https://arm.example/path", "https://user@arm.example", "ftp://x"]
)
def test_only_a_plain_https_address_is_an_endpoint(written: str) -> None:
    with pytest.raises(UsageError):
        endpoint(written, "ARM endpoint")


def test_subscriptions_by_id_by_name_and_by_tenant(arm: StartArm) -> None:
    foreign = subscription(id_=SECOND, tenant_id=OTHER_TENANT)
    arm(world(subscription(*disks(1)), foreign, tenants=(tenant(), tenant(OTHER_TENANT))))
    for asked in ({"subscriptions": (FIRST.upper(),)}, {"subscriptions": ("Subscription 1",)}, {"tenants": (TENANT,)}):
        collector = opened(**asked)  # type: ignore[arg-type]
        assert [one["id"] for one in collector.scope["subscriptions"]] == [FIRST]
        collector.close()


def test_a_management_group_limits_the_scan_to_what_is_below_it(arm: StartArm) -> None:
    group = ManagementGroup(id="health", display_name="Health", tenant=TENANT, subscriptions=[SECOND])
    arm(world(subscription(*disks(1)), subscription(*disks(2), id_=SECOND), management_groups=[group]))
    assert {one.account for one in scanned(management_group="health").resources} == {SECOND}


def test_a_subscription_below_the_group_that_cannot_be_seen_is_a_row(arm: StartArm) -> None:
    groups = [
        ManagementGroup(id="health", display_name="Health", tenant=TENANT, subscriptions=[FIRST]),
        ManagementGroup(id="prod", display_name="P", tenant=TENANT, parent="health", subscriptions=[SECOND]),
    ]
    hidden = subscription(*disks(2), id_=SECOND, access="none")
    arm(world(subscription(*disks(1)), hidden, management_groups=groups))
    result = scanned(management_group="health")
    assert {one.account for one in result.resources} == {FIRST}
    assert [(row.account, row.state) for row in result.rows if row.account == SECOND] == [(SECOND, "denied")]


def test_a_resource_has_the_name_of_its_subscription(arm: StartArm) -> None:
    arm(world(subscription(*disks(1))))
    assert {one.account_name for one in scanned().resources} == {"subscription 1"}


def test_an_unreadable_management_group_cannot_be_scanned(arm: StartArm) -> None:
    arm(world(subscription(*disks(1))))
    with pytest.raises(CannotRunError, match="management group"):
        provider.open({"management_group": "nowhere"}, Limits())


def test_a_deleted_subscription_is_a_row_and_a_disabled_one_is_read(arm: StartArm) -> None:
    arm(world(subscription(*disks(1), state="Disabled"), subscription(id_=SECOND, state="Deleted")))
    result = scanned()
    assert [one.name for one in result.stores] == ["disk-0000"]
    assert ("2", "", "not_enabled") in result.problems()


def test_the_tenants_promises_are_told_in_the_scope(arm: StartArm) -> None:
    arm(world(subscription(*disks(1)), tenants=(tenant(data_boundary="EU", customer_lockbox=True),)))
    collector = opened()
    assert collector.scope["tenant"]["data_boundary"] == {TENANT: {"value": "EU"}}
    assert collector.scope["tenant"]["customer_lockbox"] == {TENANT: {"value": "true"}}
    collector.close()


def test_an_unknown_option_is_the_users_error() -> None:
    with pytest.raises(UsageError, match="option"):
        provider.open({"subscription": "x"}, Limits())


def test_an_authority_given_as_an_option_is_where_a_workload_identity_signs_in(
    arm: StartArm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    simulation = arm(world(subscription(*disks(1))))
    (tmp_path / "token").write_text("federated")
    for name in ("AZURE_CLIENT_SECRET", "AZURE_AUTHORITY_HOST", "AZURE_ARM_ENDPOINT"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(tmp_path / "token"))
    collector = opened(arm_endpoint=simulation.base, authority=simulation.base)
    assert collector.scope["identity"]["credential"] == "WorkloadIdentityCredential"
    collector.close()
    assert "AZURE_AUTHORITY_HOST" not in os.environ


def test_a_silent_authority_costs_its_time_limit_once(arm: StartArm) -> None:
    simulation = arm(
        world(subscription(*disks(1))), faults=[Fault(do="hang", path="*/oauth2/v2.0/token", seconds=4, times=None)]
    )
    with pytest.raises(CannotRunError, match="No Azure sign-in"):
        provider.open({}, Limits(read_timeout=1.0))
    assert simulation.faults.applied == 1


def test_a_token_that_is_about_to_end_is_renewed_before_it_is_refused(arm: StartArm) -> None:
    """It lasts a second, and each answer of a list takes half of one; the server refuses the old one."""
    slow = Fault(do="slow", path="*/resources", seconds=0.6, times=None)
    many = [subscription(*disks(1), id_=FIRST), subscription(*disks(1), id_=SECOND)]
    simulation = arm(world(*many), faults=[slow], token_lifetime=1)
    assert scanned().green
    tokens = simulation.log.matching("POST", "*/oauth2/v2.0/token")
    assert len(tokens) > 2
    assert [entry for entry in simulation.log.entries if entry.status == 401] == []


def test_a_server_whose_clock_is_ahead_leaves_rows_that_say_so_and_nothing_is_green(arm: StartArm) -> None:
    """Or a clock here that was set back: tokens are over there that are good here."""
    ahead = [0.0]
    arm(world(subscription(*disks(1))), clock=lambda: time.time() + ahead[0])
    collector = opened()
    ahead[0] = 7200
    records = [record for unit in collector.units() for record in collector.collect(unit)]
    collector.close()
    rows = [record for record in records if isinstance(record, Coverage) and not record.type]
    assert rows
    assert {row.state for row in rows} == {CoverageState.FAILED}
    assert all(row.reason.startswith("expired:") for row in rows)


def test_a_tenant_without_an_id_in_the_list_is_not_left_out_in_silence(arm: StartArm) -> None:
    body = {"value": [{"tenantId": TENANT, "displayName": "Us"}, {"displayName": "Nobody can tell whom"}]}
    told = Fault(do="answer", path="/tenants", status=200, body=body, times=None)
    arm(world(subscription(*disks(1))), faults=[told])
    result = scanned()
    assert not result.green
    assert any("a tenant in the list has no id" in row.reason for row in result.rows)

"""Subscriptions of several tenants in one scan, through the installed command."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from scanner.demo.azure.faults import Fault
from scanner.demo.azure.simulation import simulated_azure
from scanner.demo.azure.world import Child, Client, Resource, World
from tests.fixtures.azure import FIRST, OTHER_TENANT, SECOND, TENANT, resource_id, subscription, tenant, world
from tests.providers.azure.test_keys import key, vault
from tests.scenarios.azure_estate import Document
from tests.scenarios.test_azure_sign_in import scan, signed_in_by_az

HEALTH = {"data-classification": "sante"}
APPLICATION = tenant().clients[0]
STORAGE = "Microsoft.Storage/storageAccounts"


def store(name: str, location: str = "francecentral", key_uri: str = "", **more: Any) -> Resource:
    encryption: dict[str, Any] = {"keySource": "Microsoft.Storage"}
    if key_uri:
        keyed = {"currentVersionedKeyIdentifier": key_uri}
        encryption = {"keySource": "Microsoft.Keyvault", "keyvaultproperties": keyed}
    return Resource(
        type=STORAGE,
        name=name,
        location=location,
        tags=HEALTH,
        sku={"name": "Standard_ZRS"},
        properties={"encryption": encryption, "allowCrossTenantReplication": True},
        **more,
    )


def two_tenants(client: Client = APPLICATION, **more: Any) -> World:
    """A hospital's tenant and a research institute's, with one identity known to both, and a copy between them."""
    policy = Child(
        type="objectReplicationPolicies",
        name="p",
        properties={"sourceAccount": "mine", "destinationAccount": "theirs"},
    )
    hospital = subscription(
        store("mine", children=[policy]), store("keyed", key_uri="https://w.vault.azure.net/keys/k")
    )
    away = vault(key("k", "RSA-HSM", platform="2"), name="w", sku="premium", data_plane="full")
    institute = subscription(store("theirs", "westeurope"), away, id_=SECOND, tenant_id=OTHER_TENANT)
    guest = replace(tenant(OTHER_TENANT), clients=[client], **more)
    return world(hospital, institute, tenants=(replace(tenant(), clients=[client]), guest))


BOTH = ("--tenant", f"{TENANT},{OTHER_TENANT}")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Document]:
    with simulated_azure(two_tenants()) as simulation:
        yield Document(scan(simulation, tmp_path_factory.mktemp("state"), {}, *BOTH))
        assert simulation.log.violations == []
        assert [entry for entry in simulation.log.entries if entry.status == 401] == []


def test_each_subscription_is_read_with_a_token_of_its_own_tenant(both: Document) -> None:
    assert both["scan"]["complete"]
    assert {one["id"]: one["tenant"] for one in both["scan"]["scope"]["subscriptions"]} == {
        FIRST: TENANT,
        SECOND: OTHER_TENANT,
    }
    assert [one["id"] for one in both["scan"]["scope"]["tenants"]] == [TENANT, OTHER_TENANT]


def test_the_tenant_stands_on_resources_and_findings(both: Document) -> None:
    assert both.resource("mine")["account_path"] == TENANT
    assert both.resource("theirs")["account_path"] == OTHER_TENANT
    told = [one for one in both["findings"] if one["account"] and one["status"] != "not_applicable"]
    about = {one["account"]: one["account_path"] for one in told}
    assert about == {FIRST: TENANT, SECOND: OTHER_TENANT}


def test_a_vault_of_the_other_tenant_is_read_on_its_own_host_too(both: Document) -> None:
    found = both.key_of("keyed")
    assert found["account"] == SECOND
    assert "native.hsm_platform" not in both.gaps(found)
    assert both.resource("keyed")["alongside"]["account"] is False


def test_a_copy_into_the_other_tenant_leads_to_its_account_and_country(both: Document) -> None:
    (copy,) = [one for one in both.resource("mine")["copies"] if one["kind"] == "object-replication"]
    assert (copy["account"], copy["country"]) == (SECOND, "NL")


def test_each_tenants_promises_are_told_apart(both: Document) -> None:
    assert {*both["scan"]["scope"]["tenant"]["data_boundary"]} == {TENANT, OTHER_TENANT}


def test_a_tenant_that_gives_no_token_is_a_row_and_the_other_is_read(tmp_path: Path) -> None:
    estate = two_tenants()
    strangers = replace(estate, tenants=[estate.tenants[0], tenant(OTHER_TENANT)])
    with simulated_azure(strangers) as simulation:
        document = scan(simulation, tmp_path, {}, *BOTH)
    assert document["scan"]["scope"]["accounts"] == [FIRST]
    (row,) = [one for one in document["coverage"] if one["account"] == OTHER_TENANT]
    assert row["state"] == "denied"
    assert "AADSTS700016" in row["reason"]
    assert not document["scan"]["complete"]


def test_a_tenant_whose_list_cannot_be_read_is_a_row(tmp_path: Path) -> None:
    broken = Fault(do="answer", path="/subscriptions", status=403, skip=1, times=None)
    with simulated_azure(two_tenants(), faults=[broken]) as simulation:
        document = scan(simulation, tmp_path, {}, *BOTH)
    rows = {one["account"]: one["state"] for one in document["coverage"] if one["account"] not in (FIRST, SECOND)}
    assert rows == {OTHER_TENANT: "denied"}


def test_a_tenant_that_shows_nothing_is_a_row(tmp_path: Path) -> None:
    estate = two_tenants()
    hidden = [estate.subscriptions[0], replace(estate.subscriptions[1], access="none")]
    with simulated_azure(replace(estate, subscriptions=hidden)) as simulation:
        document = scan(simulation, tmp_path, {}, *BOTH)
    (row,) = [one for one in document["coverage"] if one["account"] == OTHER_TENANT]
    assert (row["state"], "no subscription of this tenant" in row["reason"]) == ("denied", True)


def test_a_tenant_may_be_named_by_its_domain(tmp_path: Path) -> None:
    with simulated_azure(two_tenants()) as simulation:
        document = scan(simulation, tmp_path, {}, "--tenant", "0b.example")
    assert document["scan"]["scope"]["accounts"] == [SECOND]


def test_a_user_is_asked_about_every_tenant_he_may_enter(tmp_path: Path) -> None:
    user = replace(APPLICATION, kind="user")
    with simulated_azure(two_tenants(user)) as simulation:
        document = Document(scan(simulation, tmp_path, signed_in_by_az(simulation, tmp_path)))
        assert simulation.log.violations == []
    scope = document["scan"]["scope"]
    assert scope["accounts"] == [FIRST, SECOND]
    assert {one["identity"]["credential"] for one in scope["tenants"]} == {"AzureCliCredential"}
    assert document["scan"]["complete"]


def test_a_guests_tenant_that_refuses_the_user_is_a_row_unless_all_that_was_asked_for_is_there(tmp_path: Path) -> None:
    user = replace(APPLICATION, kind="user")
    refused = Fault(do="answer", path=f"/{OTHER_TENANT}/oauth2/v2.0/token", status=400, times=None)
    with simulated_azure(two_tenants(user), faults=[refused]) as simulation:
        az = signed_in_by_az(simulation, tmp_path)
        document = scan(simulation, tmp_path / "all", az)
        asked = scan(simulation, tmp_path / "one", az, "--subscription", FIRST)
    assert {one["account"]: one["state"] for one in document["coverage"]}[OTHER_TENANT] == "denied"
    assert not document["scan"]["complete"]
    assert OTHER_TENANT not in {one["account"] for one in asked["coverage"]}


def test_a_delegated_subscription_is_read_with_the_managing_tenants_token(tmp_path: Path) -> None:
    customer = subscription(store("delegated"), id_=SECOND, tenant_id=OTHER_TENANT, managed_by=[TENANT])
    estate = world(subscription(store("mine")), customer, tenants=(tenant(), tenant(OTHER_TENANT)))
    with simulated_azure(estate) as simulation:
        document = Document(scan(simulation, tmp_path, {}))
    about = {one["id"]: (one["tenant"], one["through"]) for one in document["scan"]["scope"]["subscriptions"]}
    assert about == {FIRST: (TENANT, ""), SECOND: (OTHER_TENANT, TENANT)}
    assert document.resource("delegated")["account_path"] == OTHER_TENANT


def test_tenants_that_cannot_be_listed_are_a_row(tmp_path: Path) -> None:
    with simulated_azure(two_tenants(), faults=[Fault(do="not_json", path="/tenants", times=None)]) as simulation:
        document = scan(simulation, tmp_path, {})
    rows = [one for one in document["coverage"] if "which other tenants" in one["reason"]]
    assert [one["state"] for one in rows] == ["failed"]
    assert not document["scan"]["complete"]
    assert resource_id(STORAGE, "mine").lower() in {one["id"] for one in document["resources"]}

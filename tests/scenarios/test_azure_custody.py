"""Keys and custody on Azure, each kind as an auditor would meet it, through the installed command."""

from collections.abc import Iterator
from typing import Any

import pytest

from scanner.demo.azure.world import Child, DeletedVault, LocalRole, Resource, RoleAssignment
from tests.fixtures.azure import FIRST, OTHER_TENANT, SECOND, TENANT, resource_id, subscription, tenant, world
from tests.providers.azure.test_keys import V1, hsm, key, vault
from tests.scenarios.azure_estate import Document, scan_of

HEALTH = {"data-classification": "sante"}
ELSEWHERE = "30000000-0000-4000-8000-000000000003"
HIDDEN = "40000000-0000-4000-8000-000000000004"


def store(name: str, key_uri: str = "", location: str = "westeurope") -> Resource:
    """A storage account, with a key of the customer's when one is named."""
    encryption: dict[str, Any] = {"keySource": "Microsoft.Storage", "services": {"blob": {"enabled": True}}}
    if key_uri:
        properties = {"currentVersionedKeyIdentifier": key_uri}
        encryption = {"keySource": "Microsoft.Keyvault", "keyvaultproperties": properties}
    return Resource(
        type="Microsoft.Storage/storageAccounts",
        name=name,
        location=location,
        tags=HEALTH,
        sku={"name": "Standard_ZRS"},
        properties={"encryption": encryption},
    )


def of(type_: str, name: str, **more: Any) -> Resource:
    return Resource(type=type_, name=name, location="westeurope", tags=HEALTH, **more)


def protector(kind: str, uri: str = "") -> Child:
    properties = {"serverKeyType": kind, **({"uri": uri} if uri else {})}
    return Child(type="encryptionProtector", name="current", properties=properties)


SET = resource_id("Microsoft.Compute/diskEncryptionSets", "des")
VAULT = resource_id("Microsoft.KeyVault/vaults", "v", SECOND)
HOST = "https://v.vault.azure.net/keys"
HSM_HOST = "https://h.managedhsm.azure.net/keys"
OWN = subscription(
    store("platform"),
    store("software", f"{HOST}/soft"),
    store("hardware", f"{HOST}/hard/{V1}"),
    store("imported", f"{HOST}/byok"),
    store("released", f"{HOST}/released"),
    store("managed", f"{HSM_HOST}/inside"),
    store("external", f"{HSM_HOST}/outside"),
    store("closed", "https://shut.vault.azure.net/keys/hard"),
    store("tenants", "https://theirs.vault.azure.net/keys/k"),
    store("forbidden", "https://hidden.vault.azure.net/keys/k"),
    store("deleted", "https://gone.vault.azure.net/keys/k"),
    store("china", "https://v.vault.azure.cn/keys/k"),
    store("private", "https://keys.hospital.example/keys/k"),
    store("dutch", "https://nl.vault.azure.net/keys/k"),
    store("italian", "https://it.vault.azure.net/keys/k", location="italynorth"),
    vault(key("k"), name="it", location="italynorth"),
    vault(key("k"), name="nl", location="westeurope"),
    vault(key("hard", "RSA-HSM", platform="2"), name="shut", sku="premium", data_plane="denied"),
    of("Microsoft.Compute/diskEncryptionSets", "des", properties={"activeKey": {"keyUrl": f"{HOST}/hard/{V1}"}}),
    of(
        "Microsoft.Compute/disks",
        "disk",
        properties={"encryption": {"type": "EncryptionAtRestWithCustomerKey", "diskEncryptionSetId": SET.upper()}},
    ),
    of("Microsoft.Sql/servers", "sql", children=[protector("AzureKeyVault", f"{HOST}/soft")]),
    of("Microsoft.Sql/servers/databases", "sql/inherits"),
    of("Microsoft.Sql/servers/databases", "sql/own", properties={"encryptionProtector": f"{HOST}/hard/{V1}"}),
    of("Microsoft.Sql/servers", "plain", properties={"keyId": f"{HOST}/soft"}),
    of("Microsoft.Sql/servers/databases", "plain/hinted"),
    of(
        "Microsoft.Sql/servers/databases",
        "plain/open",
        children=[Child(type="transparentDataEncryption", name="current", properties={"state": "Disabled"})],
    ),
    deleted_vaults=[
        DeletedVault(
            name="gone",
            group="rg",
            location="westeurope",
            deletion_date="2026-11-01T00:00:00Z",
            purge_date="2027-01-30T00:00:00Z",
        )
    ],
)
KEYS = subscription(
    vault(
        key("soft"),
        key("hard", "RSA-HSM", platform="2"),
        key("byok", "RSA-HSM", platform="2", origin="imported"),
        key("released", "RSA-HSM", exportable=True, release_policy={"data": "cG9saWN5"}),
        sku="premium",
        location="francecentral",
        data_plane="full",
        more={"enableRbacAuthorization": True},
    ),
    hsm(
        key("inside", "RSA-HSM"),
        key("outside", "RSA-HSM", external_key="their-key"),
        data_plane="full",
        external_key_manager={"host": "ekm.hospital.example"},
        local_roles=[LocalRole(role="Managed HSM Crypto User", principal="officer", scope="/keys/inside")],
    ),
    id_=SECOND,
)


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Document]:
    theirs = subscription(vault(key("k"), name="theirs"), id_=ELSEWHERE, tenant_id=OTHER_TENANT)
    hidden = subscription(vault(key("k"), name="hidden"), id_=HIDDEN, access="none")
    partner = RoleAssignment(
        scope=VAULT, role="Key Vault Crypto Officer", principal="partner", principal_type="ForeignGroup"
    )
    estate = world(
        OWN,
        KEYS,
        theirs,
        hidden,
        tenants=(tenant(customer_lockbox=True, data_boundary="EU"), tenant(OTHER_TENANT)),
        role_assignments=[partner],
    )
    yield from scan_of(estate, tmp_path_factory.mktemp("state"))


@pytest.mark.parametrize(
    ("name", "rung", "custody"),
    [
        ("platform", "K1", "provider_shared"),
        ("software", "K2", "customer_managed_in_provider_kms"),
        ("hardware", "K2", "customer_managed_in_provider_kms"),
        ("imported", "K2", "customer_managed_in_provider_kms"),
        ("managed", "K3", "provider_hsm"),
        ("external", "K4?", "external_holder_not_established"),
        # The host name proves that Microsoft's vault service keeps it; everything else about it is open.
        ("tenants", "K2", "customer_managed_in_provider_kms"),
        ("forbidden", "K2", "customer_managed_in_provider_kms"),
        ("deleted", "K2", "customer_managed_in_provider_kms"),
        ("china", "-", "unknown"),
        ("private", "-", "unknown"),
        ("disk", "K2", "customer_managed_in_provider_kms"),
        ("inherits", "K2", "customer_managed_in_provider_kms"),
        ("own", "K2", "customer_managed_in_provider_kms"),
        ("hinted", "K1", "provider_shared"),
        ("open", "K0", "none"),
    ],
)
def test_the_rung_of_each_kind_of_key(scan: Document, name: str, rung: str, custody: str) -> None:
    encryption = scan.resource(name)["encryption"]
    assert (encryption["rung"], encryption["custody"]) == (rung, custody)


@pytest.mark.parametrize("name", ["tenants", "forbidden", "china", "private", "external"])
def test_a_key_that_nobody_established_never_passes(scan: Document, name: str) -> None:
    for control in ("CORE-20", "CORE-22", "CORE-23"):
        assert "pass" not in scan.statuses(control, name)


@pytest.mark.parametrize("name", ["platform", "software", "hardware", "imported", "managed", "open"])
def test_a_key_with_the_provider_fails(scan: Document, name: str) -> None:
    assert scan.statuses("CORE-20", name) == {"fail"}


@pytest.mark.parametrize(
    ("name", "country", "copies"),
    [
        ("dutch", "NL", ["IE"]),
        ("italian", "IT", []),
        ("software", "FR", ["FR"]),
        ("managed", "GB", ["US"]),
        ("deleted", "NL", ["IE"]),
    ],
)
def test_a_key_is_where_its_store_is_and_where_that_is_copied_to(
    scan: Document, name: str, country: str, copies: list[str]
) -> None:
    found = scan.key_of(name)
    assert (found["country"], [one["country"] for one in found["replicas"]]) == (country, copies)


@pytest.mark.parametrize("name", ["software", "hardware", "imported"])
def test_no_answer_tells_an_imported_key_from_another_and_the_result_says_so(scan: Document, name: str) -> None:
    assert scan.gaps(scan.key_of(name))["origin"]["reason"] == "invisible"


@pytest.mark.parametrize(
    ("name", "fact", "reason", "words"),
    [
        ("tenants", "region", "unresolved", "another tenant"),
        ("forbidden", "region", "unresolved", "another subscription"),
        ("deleted", "protection", "gone", "deleted"),
        ("china", "origin", "unresolved", "AzureChinaCloud"),
        ("private", "origin", "unmapped", "suffix of no known key store"),
        ("closed", "native.hsm_platform", "denied", "Key Vault Reader"),
        ("external", "holder", "not_declared", ""),
    ],
)
def test_what_is_not_known_of_a_key_has_its_reason(
    scan: Document, name: str, fact: str, reason: str, words: str
) -> None:
    gap = scan.gaps(scan.key_of(name))[fact]
    assert gap["reason"] == reason
    assert words in f"{gap['detail']} {gap.get('permission', '')}"


def test_an_external_key_names_the_proxy_and_not_its_holder(scan: Document) -> None:
    found = scan.key_of("external")
    assert found["endpoint"] == "ekm.hospital.example"
    assert found["holder"] is None


def test_who_outside_may_decrypt_by_a_role_is_listed(scan: Document) -> None:
    (found,) = scan.key_of("software")["decrypt_principals"]
    assert (found["id"], found["external"], found["via"]) == ("partner", True, "role")


def test_who_may_decrypt_by_a_local_role_of_a_managed_hsm_is_listed(scan: Document) -> None:
    (found,) = scan.key_of("managed")["decrypt_principals"]
    assert (found["id"], found["via"]) == ("officer", "role")
    assert scan.key_of("external")["decrypt_principals"] == []


def test_a_disk_and_the_databases_of_a_server_lead_to_their_own_keys(scan: Document) -> None:
    assert scan.key_of("disk")["id"] == f"{HOST}/hard"
    assert scan.key_of("inherits")["id"] == f"{HOST}/soft"
    assert scan.key_of("own")["id"] == f"{HOST}/hard"


@pytest.mark.parametrize(("name", "same"), [("closed", True), ("software", False)])
def test_beside_the_data_or_in_another_subscription(scan: Document, name: str, same: bool) -> None:
    alongside = scan.resource(name)["alongside"]
    assert (alongside["account"], alongside["operator"]) == (same, True)


def test_the_tenants_promises_are_in_the_header_and_lift_nothing(scan: Document) -> None:
    told = scan["scan"]["scope"]["tenant"]
    assert told["customer_lockbox"] == {TENANT: {"value": "true"}}
    assert told["data_boundary"] == {TENANT: {"value": "EU"}}
    assert scan.statuses("CORE-21", "platform") == {"fail"}
    assert FIRST in scan["scan"]["scope"]["accounts"]

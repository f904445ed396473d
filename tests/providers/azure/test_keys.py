"""Second pass: from references to keys, with everything that can stand in the way."""

from typing import Any

import pytest
from msgspec.structs import replace

from scanner.assess.custody import custody_of_key
from scanner.demo.azure.world import DeletedVault, Key, Resource
from scanner.model import Custody, GapReason, KeyManager, KeyOrigin
from tests.fixtures.azure import FIRST, OTHER_TENANT, SECOND, TENANT, StartArm, resource_id, subscription, tenant, world
from tests.providers.azure.scanning import Result, scanned

V1, V2 = "0" * 31 + "1", "0" * 31 + "2"
VAULT_KEY = "https://v.vault.azure.net/keys/k"
HSM_KEY = "https://h.managedhsm.azure.net/keys/k"


def key(name: str = "k", kty: Any = "RSA", **more: Any) -> Key:
    return Key(name=name, kty=kty, versions=[V1, V2], **more)


def vault(
    *keys: Key,
    name: str = "v",
    sku: str = "standard",
    location: str = "westeurope",
    more: dict[str, Any] | None = None,
    **world_more: Any,
) -> Resource:
    properties = {
        "tenantId": TENANT,
        "sku": {"family": "A", "name": sku},
        "vaultUri": f"https://{name}.vault.azure.net/",
        "enablePurgeProtection": True,
        **(more or {}),
    }
    return Resource(
        type="Microsoft.KeyVault/vaults",
        name=name,
        location=location,
        properties=properties,
        keys=list(keys),
        **world_more,
    )


def hsm(*keys: Key, **more: Any) -> Resource:
    properties = {
        "tenantId": TENANT,
        "hsmUri": "https://h.managedhsm.azure.net/",
        "regions": [{"name": "UK South", "isPrimary": True}, {"name": "West Central US", "isPrimary": False}],
        "securityDomainProperties": {"activationStatus": "Active"},
    }
    return Resource(
        type="Microsoft.KeyVault/managedHSMs",
        name="h",
        location="uksouth",
        sku={"family": "B", "name": "Standard_B1"},
        properties=properties,
        keys=list(keys),
        **more,
    )


def account(uri: str, name: str = "acct") -> Resource:
    properties = {
        "encryption": {"keySource": "Microsoft.Keyvault", "keyvaultproperties": {"currentVersionedKeyIdentifier": uri}}
    }
    return Resource(
        type="Microsoft.Storage/storageAccounts",
        name=name,
        location="westeurope",
        sku={"name": "Standard_ZRS"},
        properties=properties,
    )


def facts(result: Result, reference: str) -> dict[str, GapReason]:
    return {gap.fact: gap.reason for gap in result.key(reference).gaps}


def test_a_key_of_a_vault_with_its_silent_copy_over_the_border(arm: StartArm) -> None:
    arm(world(subscription(account(f"{VAULT_KEY}/{V1}"), vault(key()))))
    found = scanned().key(f"{VAULT_KEY}/{V1}")
    assert (found.id, found.region, found.replicas) == (VAULT_KEY, "westeurope", ("northeurope",))
    assert (found.manager, found.protection, found.state) == (KeyManager.CUSTOMER, "software", "enabled")


@pytest.mark.parametrize(
    ("region", "copies"), [("italynorth", ()), ("westus3", ()), ("francecentral", ("francesouth",))]
)
def test_vaults_without_a_pair_or_by_exception_have_no_copy(
    arm: StartArm, region: str, copies: tuple[str, ...]
) -> None:
    arm(world(subscription(account(VAULT_KEY), vault(key(), location=region))))
    assert scanned().key(VAULT_KEY).replicas == copies


@pytest.mark.parametrize("origin", ["generated", "imported"])
def test_an_imported_key_looks_like_any_other_and_the_result_says_so(arm: StartArm, origin: Any) -> None:
    arm(world(subscription(account(VAULT_KEY), vault(key(kty="RSA-HSM", origin=origin), sku="premium"))))
    result = scanned()
    assert facts(result, VAULT_KEY)["origin"] is GapReason.INVISIBLE
    assert custody_of_key(result.key(VAULT_KEY), None) is Custody.CUSTOMER_MANAGED_IN_PROVIDER_KMS


def test_several_spellings_and_versions_of_one_key_are_one_key(arm: StartArm) -> None:
    first, second = account(f"https://V.vault.azure.net:443/keys/k/{V1}", "a"), account(f"{VAULT_KEY}/{V2}", "b")
    simulation = arm(world(subscription(first, second, account(f"{VAULT_KEY}/", "c"), vault(key()))))
    result = scanned()
    assert [one.id for one in result.keys] == [VAULT_KEY]
    assert result.keys[0].aliases == (f"{VAULT_KEY}/{V1}", f"{VAULT_KEY}/{V2}")
    assert len(simulation.log.matching("GET", "*/vaults/v/keys/k")) == 1


def test_a_disk_leads_to_the_key_of_its_disk_encryption_set(arm: StartArm) -> None:
    set_id = resource_id("Microsoft.Compute/diskEncryptionSets", "des")
    disk = Resource(
        type="Microsoft.Compute/disks",
        name="disk",
        location="westeurope",
        properties={"encryption": {"type": "EncryptionAtRestWithCustomerKey", "diskEncryptionSetId": set_id.upper()}},
    )
    set_ = Resource(
        type="Microsoft.Compute/diskEncryptionSets",
        name="des",
        location="westeurope",
        properties={"encryptionType": "EncryptionAtRestWithCustomerKey", "activeKey": {"keyUrl": f"{VAULT_KEY}/{V1}"}},
    )
    arm(world(subscription(disk, set_, vault(key()))))
    result = scanned()
    (reference,) = result.named("disk").encryption.keys
    assert reference == set_id.lower()
    assert result.key(reference).id == VAULT_KEY


def test_a_denied_list_of_keys_still_shows_the_vaults_tier(arm: StartArm) -> None:
    arm(world(subscription(account(VAULT_KEY), vault(key(), access="denied"))))
    result = scanned()
    found = result.key(VAULT_KEY)
    assert (found.protection, found.origin) == ("software", KeyOrigin.PROVIDER_KMS)
    gap = next(gap for gap in found.gaps if gap.fact == "state")
    assert (gap.reason, gap.permission) == (GapReason.DENIED, "Microsoft.KeyVault/vaults/keys/read")
    assert not result.green


def test_a_key_that_is_gone_from_its_vault(arm: StartArm) -> None:
    arm(world(subscription(account(VAULT_KEY), vault(key("another")))))
    assert facts(scanned(), VAULT_KEY)["state"] is GapReason.GONE


def test_a_vault_in_another_subscription(arm: StartArm) -> None:
    arm(world(subscription(account(VAULT_KEY)), subscription(vault(key()), id_=SECOND)))
    assert scanned().key(VAULT_KEY).account == SECOND


@pytest.mark.parametrize("where", ["tenant", "forbidden"])
def test_a_vault_out_of_sight_is_kept_by_the_cloud_and_nobody_knows_where(arm: StartArm, where: str) -> None:
    if where == "tenant":
        other = subscription(vault(key()), id_=SECOND, tenant_id=OTHER_TENANT)
    else:
        other = subscription(vault(key()), id_=SECOND, access="listed")
    arm(world(subscription(account(VAULT_KEY)), other, tenants=(tenant(), tenant(OTHER_TENANT))))
    result = scanned()
    found = result.key(VAULT_KEY)
    assert (found.account, found.region, found.replicas) == ("", "", None)
    assert found.origin is KeyOrigin.PROVIDER_KMS
    assert {"region", "account", "replicas", "origin"} <= facts(result, VAULT_KEY).keys()


def test_a_deleted_vault_still_tells_its_region(arm: StartArm) -> None:
    gone = DeletedVault(
        name="v",
        group="rg",
        location="westeurope",
        deletion_date="2026-11-01T00:00:00Z",
        purge_date="2027-01-30T00:00:00Z",
    )
    arm(world(subscription(account(VAULT_KEY), deleted_vaults=[gone])))
    found = scanned().key(VAULT_KEY)
    assert (found.state, found.region, found.replicas) == ("vault_deleted", "westeurope", ("northeurope",))


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("v.vault.azure.cn", GapReason.UNRESOLVED),
        ("v.managedhsm.usgovcloudapi.net", GapReason.UNRESOLVED),
        ("v.privatelink.example", GapReason.UNMAPPED),
        ("v.vault.azure.net.evil.example", GapReason.UNMAPPED),
    ],
)
def test_a_key_on_another_suffix_is_nobodys_until_somebody_says_so(arm: StartArm, host: str, reason: GapReason) -> None:
    simulation = arm(world(subscription(account(f"https://{host}/keys/k"))))
    result = scanned()
    found = result.key(f"https://{host}/keys/k")
    assert (found.origin, found.manager) == (None, None)
    assert facts(result, found.id)["origin"] is reason
    assert custody_of_key(found, None) is Custody.UNKNOWN
    assert simulation.log.violations == []


def test_a_managed_hsm_holds_its_key_in_both_its_regions(arm: StartArm) -> None:
    arm(world(subscription(account(HSM_KEY), hsm(key(kty="RSA-HSM"), data_plane="full"))))
    found = scanned().key(HSM_KEY)
    assert found.origin is KeyOrigin.PROVIDER_HSM
    assert found.replicas == ("westcentralus",)
    assert found.store is not None
    assert (found.store.kind, found.store.state) == ("managed_hsm", "Active")


@pytest.mark.parametrize(
    ("regions", "access", "expected"),
    [
        ([{"name": "UK South"}, {"name": "West Central US"}], "full", ("westcentralus",)),
        ([], "full", ()),
        ("UK South", "full", None),
        ([{"name": "UK South"}], "denied", None),
    ],
)
def test_a_graph_that_knows_of_no_regions_of_an_hsm_is_not_taken_at_its_silence(
    arm: StartArm, regions: Any, access: Any, expected: tuple[str, ...] | None
) -> None:
    store = hsm(key(kty="RSA-HSM"), data_plane="full", access=access)
    older = {name: value for name, value in store.properties.items() if name != "regions"}
    store = replace(store, properties={**older, "regions": regions}, graph=older)
    arm(world(subscription(account(HSM_KEY), store)))
    result = scanned()
    assert result.key(HSM_KEY).replicas == expected
    assert ("replicas" in facts(result, HSM_KEY)) is (expected is None)


def test_an_external_key_is_outside_and_its_proxy_is_named(arm: StartArm) -> None:
    external = key(kty="RSA-HSM", external_key="my-hsm-key")
    store = hsm(external, data_plane="full", external_key_manager={"host": "ekm.hospital.example"})
    arm(world(subscription(account(HSM_KEY), store)))
    found = scanned().key(HSM_KEY)
    assert found.origin is KeyOrigin.EXTERNAL_STORE
    assert found.native["external_key"] == "my-hsm-key"
    assert found.store is not None
    assert found.store.endpoint == "ekm.hospital.example"
    assert custody_of_key(found, None) is Custody.EXTERNAL_HOLDER_NOT_ESTABLISHED


@pytest.mark.parametrize("switched_off", [True, False])
def test_without_the_hsms_own_role_nobody_knows_where_the_key_is(arm: StartArm, switched_off: bool) -> None:
    arm(world(subscription(account(HSM_KEY), hsm(key(kty="RSA-HSM", external_key="x"), data_plane="denied"))))
    result = scanned(data_plane=not switched_off)
    found = result.key(HSM_KEY)
    gap = next(gap for gap in found.gaps if gap.fact == "origin")
    assert found.origin is None
    assert "Managed HSM Crypto Auditor" in gap.permission
    assert gap.reason is (GapReason.NOT_SCANNED if switched_off else GapReason.DENIED)


def test_the_hsm_platform_is_asked_of_the_vault_and_its_refusal_names_the_role(arm: StartArm) -> None:
    strong = key(kty="RSA-HSM", platform="2")
    arm(world(subscription(account(VAULT_KEY), vault(strong, sku="premium", data_plane="full"))))
    assert scanned().key(VAULT_KEY).native["hsm_platform"] == "FIPS 140-3 level 3"


def test_a_refused_data_plane_of_a_vault_is_a_gap_with_the_role(arm: StartArm) -> None:
    arm(world(subscription(account(VAULT_KEY), vault(key(kty="RSA-HSM"), sku="premium", data_plane="denied"))))
    gap = next(gap for gap in scanned().key(VAULT_KEY).gaps if gap.fact == "native.hsm_platform")
    assert (gap.reason, gap.permission) == (GapReason.DENIED, "Key Vault Reader (role on the vault)")


def test_key_release_and_export_are_told(arm: StartArm) -> None:
    released = key(kty="RSA-HSM", exportable=True, release_policy={"data": "cG9saWN5"})
    arm(world(subscription(account(VAULT_KEY), vault(released, sku="premium"))))
    found = scanned().key(VAULT_KEY)
    assert (found.exportable, found.native["release_policy"]) == (True, "set")


def test_access_policies_tell_who_may_decrypt(arm: StartArm) -> None:
    def policy(object_id: str, tenant_id: str, *permissions: str) -> dict[str, Any]:
        return {"objectId": object_id, "tenantId": tenant_id, "permissions": {"keys": list(permissions)}}

    policies = [policy("a", TENANT, "get"), policy("b", TENANT, "unwrapKey"), policy("c", OTHER_TENANT, "Decrypt")]
    arm(world(subscription(account(VAULT_KEY), vault(key(), more={"accessPolicies": policies}))))
    result = scanned()
    assert [(one.id, one.external) for one in result.key(VAULT_KEY).principals or ()] == [("b", False), ("c", True)]
    assert facts(result, VAULT_KEY)["principals"] is GapReason.INVISIBLE


def test_the_protector_is_the_truth_and_the_servers_hint_is_not(arm: StartArm) -> None:
    server = Resource(
        type="Microsoft.Sql/servers", name="sql", location="westeurope", properties={"keyId": f"{VAULT_KEY}/{V1}"}
    )
    database = Resource(type="Microsoft.Sql/servers/databases", name="sql/db", location="westeurope")
    arm(world(subscription(server, database, vault(key()))))
    result = scanned()
    assert result.named("sql").encryption.keys == ()
    assert result.named("db").encryption == result.named("sql").encryption


def test_nobody_outside_the_cloud_is_asked_about_a_key(arm: StartArm) -> None:
    simulation = arm(world(subscription(account("https://v.evil.example/keys/k"), id_=FIRST)))
    scanned()
    assert {entry.host for entry in simulation.log.entries} == {"127.0.0.1"}

from typing import Any

import pytest

from scanner.model import EncryptionState, GapReason, KeyOwner
from scanner.providers.azure import observe
from scanner.providers.azure.declaration import catalog
from scanner.providers.azure.places import Pairs, normalise

PAIRS = Pairs(
    "AzureCloud", {"francecentral": "francesouth", "westeurope": "northeurope", "italynorth": "", "westus3": "eastus"}
)
ACCOUNT = catalog()["microsoft.storage/storageaccounts"]
ID = "/subscriptions/s/resourcegroups/g/providers/microsoft.storage/storageaccounts/a"


def encryption_of(type_name: str, body: dict[str, Any], *, proves: bool = True, resource_id: str = ID) -> observe.Seen:
    return observe.encryption(
        catalog()[type_name.lower()],
        body,
        resource_id=resource_id,
        vault_suffix="vault.azure.net",
        absence_proves=proves,
    )


def copies_of(type_name: str, body: dict[str, Any], home: str = "francecentral") -> list[tuple[str, str | None]]:
    found, _ = observe.copies(catalog()[type_name.lower()], body, home=home, own_id=ID, pairs=PAIRS)
    return [(copy.kind, copy.region) for copy in found]


@pytest.mark.parametrize(
    "written", ["francecentral", "France Central", "FranceCentral", "france-central", " France Central "]
)
def test_one_region_in_many_spellings(written: str) -> None:
    assert normalise(written) == "francecentral"


@pytest.mark.parametrize("block", ["keyvaultproperties", "KeyVaultProperties", "keyVaultProperties"])
def test_letter_case_of_members_makes_no_difference(block: str) -> None:
    key = {"KeyVaultUri": "https://v.vault.azure.net/", "KeyName": "k"}
    body = {"Properties": {"Encryption": {"KeySource": "microsoft.keyvault", block: key}}}
    assert encryption_of("Microsoft.Storage/storageAccounts", body).encryption.keys == (
        "https://v.vault.azure.net/keys/k",
    )


def test_a_platform_source_is_the_platforms_key_even_beside_a_forgotten_reference() -> None:
    old = {"keyvaulturi": "https://v.vault.azure.net", "keyname": "k"}
    body = {"properties": {"encryption": {"keySource": "Microsoft.Storage", "keyvaultproperties": old}}}
    assert encryption_of("Microsoft.Storage/storageAccounts", body).encryption.owner is KeyOwner.PROVIDER_SHARED


def test_a_customer_source_without_a_key_is_not_established() -> None:
    seen = encryption_of(
        "Microsoft.Storage/storageAccounts", {"properties": {"encryption": {"keySource": "Microsoft.Keyvault"}}}
    )
    assert seen.encryption.owner is KeyOwner.UNKNOWN
    assert [gap.fact for gap in seen.gaps] == ["encryption.key"]


def test_an_unknown_source_is_not_established() -> None:
    seen = encryption_of(
        "Microsoft.Storage/storageAccounts", {"properties": {"encryption": {"keySource": "Microsoft.Moon"}}}
    )
    assert seen.encryption.state is EncryptionState.UNKNOWN
    assert seen.gaps[0].reason is GapReason.UNSUPPORTED


def test_absence_proves_the_platforms_key_only_in_a_complete_answer() -> None:
    body: dict[str, Any] = {"properties": {}}
    assert encryption_of("Microsoft.DocumentDB/databaseAccounts", body).encryption.owner is KeyOwner.PROVIDER_SHARED
    unproven = encryption_of("Microsoft.DocumentDB/databaseAccounts", body, proves=False)
    assert unproven.encryption.owner is KeyOwner.UNKNOWN
    assert unproven.gaps


def test_data_lake_can_really_be_plain() -> None:
    seen = encryption_of("Microsoft.DataLakeStore/accounts", {"properties": {"encryptionState": "Disabled"}})
    assert seen.encryption.state is EncryptionState.PLAIN


def test_a_search_service_keeps_its_keys_where_nobody_looks() -> None:
    seen = encryption_of("Microsoft.Search/searchServices", {"properties": {}})
    assert (seen.encryption.owner, seen.gaps[0].reason) == (KeyOwner.UNKNOWN, GapReason.INVISIBLE)


def test_a_child_asks_its_parent() -> None:
    pool = "/subscriptions/s/resourcegroups/g/providers/microsoft.netapp/netappaccounts/n/capacitypools/p"
    seen = encryption_of("Microsoft.NetApp/netAppAccounts/capacityPools", {"properties": {}}, resource_id=pool)
    assert seen.ask == pool.removesuffix("/capacitypools/p")


@pytest.mark.parametrize("sku", ["Standard_GRS", "standard_ragrs", "Standard_GZRS", "StandardV2_GRS"])
def test_geo_redundant_storage_is_in_the_pair(sku: str) -> None:
    assert copies_of("Microsoft.Storage/storageAccounts", {"sku": {"name": sku}}) == [("geo-redundancy", "francesouth")]


def test_local_storage_is_nowhere_else() -> None:
    assert copies_of("Microsoft.Storage/storageAccounts", {"sku": {"name": "Standard_ZRS"}}) == []


def test_the_secondary_that_the_account_names_wins_over_the_table() -> None:
    body = {"sku": {"name": "Standard_GRS"}, "properties": {"secondaryLocation": "North Europe"}}
    assert copies_of("Microsoft.Storage/storageAccounts", body) == [("geo-redundancy", "northeurope")]


def test_the_pair_of_an_unknown_region_is_a_gap() -> None:
    found, gaps = observe.copies(ACCOUNT, {"sku": {"name": "Standard_GRS"}}, home="southeamyia", own_id=ID, pairs=PAIRS)
    assert (found, [gap.reason for gap in gaps]) == ([], [GapReason.UNMAPPED])


@pytest.mark.parametrize(
    ("home", "copies"),
    [("westeurope", [("vault-replica", "northeurope")]), ("italynorth", []), ("westus3", [])],
)
def test_a_vault_is_copied_to_the_pair_except_where_it_is_not(home: str, copies: list[tuple[str, str]]) -> None:
    assert copies_of("Microsoft.KeyVault/vaults", {}, home) == copies


def test_cosmos_regions_and_its_default_backup() -> None:
    body = {"properties": {"locations": [{"locationName": "France Central"}, {"locationName": "North Europe"}]}}
    assert copies_of("Microsoft.DocumentDB/databaseAccounts", body) == [
        ("account-region", "northeurope"),
        ("geo-backup", "francesouth"),
    ]
    continuous = {"properties": {"backupPolicy": {"type": "Continuous"}}}
    assert copies_of("Microsoft.DocumentDB/databaseAccounts", continuous) == []


def test_notification_hubs_go_to_the_pair_by_default_or_to_a_named_region() -> None:
    assert copies_of("Microsoft.NotificationHubs/namespaces", {}) == [("geo-redundancy", "francesouth")]
    assert copies_of("Microsoft.NotificationHubs/namespaces", {"properties": {"replicationRegion": "None"}}) == []
    named = {"properties": {"replicationRegion": "WestUs2"}}
    assert copies_of("Microsoft.NotificationHubs/namespaces", named) == [("geo-redundancy", "westus2")]


def test_object_replication_names_the_other_account_only() -> None:
    type_ = catalog()["microsoft.storage/storageaccounts/objectreplicationpolicies"]
    other = ID.replace("/a", "/b")
    body = {"properties": {"sourceAccount": ID.upper().replace("/A", "/a"), "destinationAccount": other}}
    found, _ = observe.copies(type_, body, home="francecentral", own_id=ID, pairs=PAIRS)
    assert [(copy.target, copy.inbound) for copy in found] == [(other, False)]


def deployment(name: str, sku: str, overflow: str = "") -> dict[str, Any]:
    return {"name": name, "sku": {"name": sku}, "properties": {"spilloverDeploymentName": overflow} if overflow else {}}


def test_prompts_of_a_regional_deployment_stay() -> None:
    assert observe.deployments({}, [deployment("a", "Standard")], ID) == ([], [])


def test_prompts_that_overflow_to_a_global_deployment_are_computed_anywhere() -> None:
    found, gaps = observe.deployments(
        {}, [deployment("a", "Standard", "b"), deployment("b", "GlobalStandard", "a")], ID
    )
    assert {(copy.target, copy.region) for copy in found} == {
        ("a (overflow to b, GlobalStandard)", "global"),
        ("b (GlobalStandard)", "global"),
    }
    assert gaps == []


@pytest.mark.parametrize("children", [[deployment("a", "Standard", "gone")], [deployment("a", "MoonStandard")]])
def test_a_deployment_that_computes_nobody_knows_where_is_a_gap(children: list[dict[str, Any]]) -> None:
    found, gaps = observe.deployments({}, children, ID)
    assert (found, [gap.reason for gap in gaps]) == ([], [GapReason.UNSUPPORTED])


def test_a_foundry_account_may_compute_without_any_deployment() -> None:
    found, gaps = observe.deployments({"kind": "AIServices"}, [], ID)
    assert (found, [gap.reason for gap in gaps]) == ([], [GapReason.INVISIBLE])


def test_the_clouds_own_list_of_locations_wins_over_the_table() -> None:
    live = [
        {"name": "francecentral", "metadata": {"regionType": "Physical", "pairedRegion": [{"name": "Sweden Central"}]}}
    ]
    pairs = Pairs.of("AzureCloud", live)
    assert pairs.of_region("francecentral") == "swedencentral"
    assert pairs.of_region("westeurope") == "northeurope"
    assert pairs.of_region("southeamyia") is None
    assert pairs.of_vault("westus3") == ""


def test_a_disk_tells_what_is_reserved_and_a_silent_one_is_a_gap() -> None:
    disk = catalog()["microsoft.compute/disks"]
    size, gaps = observe.size(disk, {"properties": {"diskSizeBytes": 34359738368}})
    assert size is not None and (size.bytes, size.items, size.allotted, gaps) == (32 * 1024**3, None, True, ())
    size, gaps = observe.size(disk, {"properties": {}})
    assert size is None and [(gap.fact, gap.reason) for gap in gaps] == [("size", GapReason.INVISIBLE)]
    server = catalog()["microsoft.dbforpostgresql/flexibleservers"]
    size, _ = observe.size(server, {"properties": {"storage": {"storageSizeGB": 128}}})
    assert size is not None and size.bytes == 128 * 1024**3
    assert observe.size(ACCOUNT, {"properties": {}}) == (None, ())

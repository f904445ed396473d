"""Copies, processing and ways out on Azure, each kind in one estate, through the installed command."""

from collections.abc import Iterator
from typing import Any

import pytest

from scanner.demo.azure.world import Child, Resource
from tests.fixtures.azure import FIRST, SECOND, resource_id, subscription, world
from tests.scenarios.azure_estate import Document, scan_of

HEALTH = {"data-classification": "sante"}
WORKSPACE = resource_id("Microsoft.OperationalInsights/workspaces", "journal", SECOND)
FAR = resource_id("Microsoft.Storage/storageAccounts", "far", SECOND)
RULE = resource_id("Microsoft.ServiceBus/namespaces", "bus", SECOND) + "/authorizationrules/RootManageSharedAccessKey"
RECOVERY = "Microsoft.RecoveryServices/vaults"
STORAGE = "Microsoft.Storage/storageAccounts"


def of(type_: str, name: str, location: str = "francecentral", **more: Any) -> Resource:
    return Resource(type=type_, name=name, location=location, tags=HEALTH, **more)


def storage(name: str, sku: str, location: str = "francecentral", **more: Any) -> Resource:
    properties = {"encryption": {"keySource": "Microsoft.Storage"}, **more.pop("properties", {})}
    return of(STORAGE, name, location, sku={"name": sku}, properties=properties, **more)


def child(type_: str, name: str, location: str | None = None, **properties: Any) -> Child:
    return Child(type=type_, name=name, location=location, properties=properties)


def backup_vault(name: str, restore: str) -> Resource:
    properties = {
        "storageSettings": [{"datastoreType": "VaultStore", "type": "GeoRedundant"}],
        "featureSettings": {"crossRegionRestoreSettings": {"state": restore}},
    }
    return of("Microsoft.DataProtection/backupVaults", name, "westeurope", properties=properties)


def deployment(name: str, sku: str, overflow: str = "") -> Child:
    properties = {"spilloverDeploymentName": overflow} if overflow else {}
    return Child(type="deployments", name=name, sku={"name": sku}, properties=properties)


def ai(name: str, *deployments: Child, kind: str = "OpenAI") -> Resource:
    return of("Microsoft.CognitiveServices/accounts", name, kind=kind, children=list(deployments))


def logged_to(**properties: str) -> list[Child]:
    return [child("diagnosticSettings", "logs", **properties)]


ESTATE = [
    storage("lrs", "Standard_LRS"),
    storage("zrs", "Standard_ZRS"),
    storage("grs", "Standard_GRS", "westeurope"),
    storage("ragrs", "Standard_RAGRS", "westeurope", properties={"secondaryLocation": "northeurope"}),
    storage("gzrs", "Standard_GZRS", "eastasia"),
    storage("brazil", "Standard_GRS", "brazilsouth"),
    storage("paired", "Standard_GRS"),
    storage("nowhere", "Standard_GRS", "southeamyia"),
    storage("newer", "Standard_XRS"),
    of(STORAGE, "skuless", properties={"encryption": {"keySource": "Microsoft.Storage"}}),
    storage("edge", "Standard_LRS", extended_location={"type": "EdgeZone", "name": "losangeles"}),
    storage(
        "replicated",
        "Standard_ZRS",
        properties={"allowCrossTenantReplication": True},
        children=[
            child(
                "objectReplicationPolicies",
                "p",
                sourceAccount=resource_id(STORAGE, "replicated"),
                destinationAccount=FAR,
            )
        ],
    ),
    storage(
        "abroad",
        "Standard_ZRS",
        children=[
            child("objectReplicationPolicies", "p", sourceAccount="abroad", destinationAccount="othertenantaccount")
        ],
    ),
    storage("logged", "Standard_ZRS", diagnostics=logged_to(workspaceId=WORKSPACE)),
    storage("queued", "Standard_ZRS", diagnostics=logged_to(workspaceId=WORKSPACE, serviceBusRuleId=RULE)),
    storage(
        "partnered",
        "Standard_ZRS",
        diagnostics=logged_to(marketplacePartnerId=f"/subscriptions/{FIRST}/resourceGroups/rg/providers/Datadog.X/m/n"),
    ),
    of(
        "Microsoft.Sql/servers",
        "sql",
        children=[
            child(
                "failoverGroups",
                "f",
                replicationRole="Primary",
                partnerServers=[
                    {"id": resource_id("Microsoft.Sql/servers", "other", SECOND), "location": "North Europe"}
                ],
            )
        ],
    ),
    of("Microsoft.Sql/servers/databases", "sql/geobackup", properties={"currentBackupStorageRedundancy": "Geo"}),
    of("Microsoft.Sql/servers/databases", "sql/localbackup", properties={"currentBackupStorageRedundancy": "Local"}),
    of(
        "Microsoft.DBforPostgreSQL/flexibleServers",
        "pg",
        "westeurope",
        properties={"backup": {"geoRedundantBackup": "Enabled"}},
    ),
    of(
        "Microsoft.DocumentDB/databaseAccounts",
        "cosmos",
        properties={
            "locations": [{"locationName": "France Central"}, {"locationName": "East US 2"}],
            "backupPolicy": {"type": "Continuous"},
        },
    ),
    of(
        "Microsoft.DocumentDB/databaseAccounts",
        "elsewhere",
        properties={
            "locations": [{"locationName": "France Central"}],
            "backupPolicy": {"type": "Periodic", "periodicModeProperties": {"backupStorageRedundancy": "Moon"}},
        },
    ),
    of(
        "Microsoft.DBforPostgreSQL/flexibleServers",
        "undecided",
        properties={"backup": {"geoRedundantBackup": "Sometimes"}},
    ),
    of(
        RECOVERY,
        "invalid",
        properties={"redundancySettings": {"standardTierStorageRedundancy": "Invalid"}},
    ),
    of("Microsoft.ContainerRegistry/registries", "registry", sku={"name": "Premium"}),
    of("Microsoft.ContainerRegistry/registries/replications", "registry/swedencentral", "swedencentral"),
    of(
        "Microsoft.AppConfiguration/configurationStores",
        "config",
        children=[child("replicas", "r", location="ukwest")],
    ),
    of(
        RECOVERY,
        "backups",
        "westeurope",
        properties={
            "redundancySettings": {"standardTierStorageRedundancy": "GeoRedundant", "crossRegionRestore": "Enabled"}
        },
    ),
    of(
        RECOVERY,
        "plainbackups",
        "westeurope",
        properties={"redundancySettings": {"standardTierStorageRedundancy": "GeoRedundant"}},
    ),
    of(
        RECOVERY,
        "oldbackups",
        "westeurope",
        children=[
            child(
                "backupstorageconfig",
                "vaultstorageconfig",
                storageModelType="GeoRedundant",
                crossRegionRestoreFlag=True,
            )
        ],
    ),
    of(
        RECOVERY,
        "localbackups",
        "westeurope",
        children=[child("backupstorageconfig", "vaultstorageconfig", storageModelType="LocallyRedundant")],
    ),
    backup_vault("restorable", "Enabled"),
    backup_vault("unrestorable", "Disabled"),
    of(
        "Microsoft.ApiManagement/service",
        "gateway",
        properties={"additionalLocations": [{"location": "East US"}]},
    ),
    of("Microsoft.Cdn/profiles", "door", "global"),
    of("Microsoft.Network/frontDoors", "olddoor", "Global"),
    of("Microsoft.KeyVault/vaults", "vault", "westeurope", properties={"vaultUri": "https://vault.vault.azure.net/"}),
    ai("regional", deployment("d", "Standard")),
    ai("zoned", deployment("d", "DataZoneStandard")),
    ai("worldwide", deployment("d", "GlobalStandard")),
    ai("batch", deployment("d", "GlobalBatch")),
    ai("overflowing", deployment("d", "ProvisionedManaged", "e"), deployment("e", "GlobalStandard")),
    ai("unheard", deployment("d", "MoonStandard")),
    ai("foundry", deployment("d", "Standard"), kind="AIServices"),
]


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Document]:
    logs = of("Microsoft.OperationalInsights/workspaces", "journal", "westeurope")
    bus = of("Microsoft.ServiceBus/namespaces", "bus", "eastus")
    others = subscription(logs, bus, storage("far", "Standard_LRS", "eastus"), id_=SECOND)
    estate = world(subscription(*ESTATE), others)
    allowed = "core.allowed_countries=FR,NL,HK,BR"
    yield from scan_of(estate, tmp_path_factory.mktemp("state"), "--param", allowed)


def copies(scan: Document, name: str) -> set[tuple[str, str | None]]:
    """Kind and country of each copy; where there is no country, its region."""
    return {
        (one["kind"], one["country"] or one["region"])
        for one in scan.resource(name)["copies"]
        if not one.get("inbound")
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lrs", set()),
        ("zrs", set()),
        ("grs", {("geo-redundancy", "IE")}),
        ("ragrs", {("geo-redundancy", "IE")}),
        ("gzrs", {("geo-redundancy", "SG")}),
        ("brazil", {("geo-redundancy", "US")}),
        ("paired", {("geo-redundancy", "FR")}),
        ("replicated", {("object-replication", "US")}),
        ("logged", {("log-destination", "NL")}),
        ("queued", {("log-destination", "NL"), ("log-destination", "US")}),
        ("sql", {("failover-group", "IE")}),
        ("geobackup", {("geo-backup", "FR")}),
        ("localbackup", set()),
        ("pg", {("geo-backup", "IE")}),
        ("cosmos", {("account-region", "US")}),
        ("config", {("replica", "GB")}),
        # Who may restore in the pair, and not only when the region is lost, is told apart from the copy there.
        ("backups", {("geo-redundancy", "IE"), ("cross-region-restore", "IE")}),
        ("plainbackups", {("geo-redundancy", "IE")}),
        ("oldbackups", {("geo-redundancy", "IE"), ("cross-region-restore", "IE")}),
        ("localbackups", set()),
        ("restorable", {("geo-redundancy", "IE"), ("cross-region-restore", "IE")}),
        ("unrestorable", {("geo-redundancy", "IE")}),
        ("gateway", {("gateway-location", "US")}),
        ("door", {("edge-cache", "global")}),
        ("olddoor", {("edge-cache", "global")}),
        ("vault", {("vault-replica", "IE")}),
        ("regional", set()),
        ("zoned", {("processing", "datazone")}),
        ("worldwide", {("processing", "global")}),
        ("batch", {("processing", "global")}),
        ("overflowing", {("processing", "global")}),
        ("foundry", set()),
    ],
)
def test_where_each_kind_of_copy_is(scan: Document, name: str, expected: set[tuple[str, str | None]]) -> None:
    assert copies(scan, name) == expected


def test_a_replica_of_a_registry_is_a_store_of_its_own(scan: Document) -> None:
    assert scan.resource("swedencentral")["country"] == "SE"


@pytest.mark.parametrize("name", ["grs", "gzrs", "brazil", "replicated", "cosmos", "worldwide", "overflowing"])
def test_a_copy_in_another_country_fails(scan: Document, name: str) -> None:
    assert scan.statuses("CORE-30", name) == {"fail"}


@pytest.mark.parametrize("name", ["lrs", "zrs", "paired", "logged", "localbackup", "regional"])
def test_what_stays_in_the_allowed_countries_passes(scan: Document, name: str) -> None:
    assert scan.statuses("CORE-30", name) == {"pass"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nowhere", "unmapped"),
        ("zoned", "unmapped"),
        ("unheard", "unsupported"),
        ("newer", "unsupported"),
        ("skuless", "unsupported"),
        ("elsewhere", "unsupported"),
        ("undecided", "unsupported"),
        ("invalid", "unsupported"),
        ("foundry", "invisible"),
        ("abroad", "unresolved"),
    ],
)
def test_a_copy_that_is_nowhere_to_be_found_is_a_gap_and_no_pass(scan: Document, name: str, reason: str) -> None:
    reasons = {gap["reason"] for gap in scan.resource(name)["gaps"] if gap["fact"].startswith("copies")}
    assert reason in reasons
    assert "pass" not in scan.statuses("CORE-30", name)


def test_an_edge_zone_is_not_in_the_country_of_its_region(scan: Document) -> None:
    found = scan.resource("edge")
    assert (found["region"], found["country"]) == ("francecentral", None)
    assert scan.gaps(found)["country"]["reason"] == "unmapped"
    assert "pass" not in scan.statuses("CORE-30", "edge")


def test_a_copy_that_may_be_in_another_tenant_says_so(scan: Document) -> None:
    (why,) = [row["reason"] for row in scan["coverage"] if "othertenantaccount" in row["reason"]]
    assert "another tenant's" in why


def test_logs_that_leave_for_a_partner_are_a_way_out(scan: Document) -> None:
    assert [one["kind"] for one in scan.resource("partnered")["egress"]] == ["log-partner"]


def test_the_index_of_resource_graph_is_a_finding_of_its_own_on_each_subscription(scan: Document) -> None:
    found = [one for one in scan["resources"] if one["type"] == "Microsoft.Resources/subscriptions"]
    assert {one["account"] for one in found} == {FIRST, SECOND}
    for one in found:
        assert ("control-plane-index", "global") in {(copy["kind"], copy["region"]) for copy in one["copies"]}
    about = {f["resource"]: f["status"] for f in scan["findings"] if f["control"] == "CORE-31"}
    assert {about[one["id"]] for one in found} == {"fail"}
    assert {about.get(one["id"], "not_applicable") for one in scan["resources"] if one not in found} == {
        "not_applicable"
    }

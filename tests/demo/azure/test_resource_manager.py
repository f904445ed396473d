import uuid

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.core.rest import HttpRequest

from scanner.demo.azure.paging import PageSizes
from scanner.demo.azure.world import Child, DeletedVault, Group, ManagementGroup, Resource
from tests.demo.azure.clients import Raw, error_code, resources_client, subscriptions_client
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

STORAGE = "Microsoft.Storage/storageAccounts"
ACCOUNT = Resource(
    type=STORAGE,
    name="Entrepot",
    location="France Central",
    sku={"name": "Standard_GRS"},
    kind="StorageV2",
    tags={"Env": "prod"},
    properties={"primaryLocation": "francecentral", "geoReplicationStats": {"status": "Live"}},
    children=[Child(type="encryptionScopes", name="scope", properties={"source": "Microsoft.Storage"})],
    diagnostics=[Child(type="diagnosticSettings", name="logs", properties={"workspaceId": "/x"})],
)
LIST = f"/subscriptions/{FIRST}/resources"
VERSION = "2025-04-01"


def test_subscriptions_come_with_their_states_and_only_those_that_the_caller_sees(arm: StartArm) -> None:
    arm(
        world(
            subscription(),
            subscription(id_=SECOND, state="Disabled", access="listed"),
            subscription(id_="30000000-0000-4000-8000-000000000003", access="none"),
            subscription(id_="40000000-0000-4000-8000-000000000004", tenant_id=OTHER_TENANT),
            tenants=(tenant(), tenant(OTHER_TENANT)),
        )
    )
    client = subscriptions_client()
    found = {one.subscription_id: one.state for one in client.subscriptions.list()}
    assert found == {FIRST: "Enabled", SECOND: "Disabled"}
    assert [one.tenant_id for one in client.tenants.list()] == [TENANT]


def test_locations_have_pairs_where_azure_has_them(arm: StartArm) -> None:
    arm(world(subscription()))
    found = {one.name: one for one in subscriptions_client().subscriptions.list_locations(FIRST)}
    assert [pair.name for pair in found["westeurope"].metadata.paired_region] == ["northeurope"]
    assert found["westeurope"].metadata.physical_location == "Netherlands"
    assert not found["italynorth"].metadata.paired_region


def test_the_generic_list_never_has_properties(arm: StartArm) -> None:
    arm(world(subscription(ACCOUNT)))
    listed = Raw().get(LIST, VERSION, **{"$expand": "createdTime,provisioningState"}).json()["value"]
    assert listed[0].keys() >= {"id", "name", "type", "location", "sku", "kind", "tags", "provisioningState"}
    assert "properties" not in listed[0] and "changedTime" not in listed[0]


def test_two_thousand_five_hundred_and_one_resources_are_three_pages_of_the_generic_list(arm: StartArm) -> None:
    simulation = arm(world(subscription(*disks(2501))))
    names = [one.name for one in resources_client().resources.list()]
    assert len(names) == len(set(names)) == 2501
    assert len(simulation.log.matching("GET", LIST)) == 3


def test_an_empty_page_with_a_next_link_stands_in_a_long_list(arm: StartArm) -> None:
    simulation = arm(world(subscription(*disks(9))), sizes=PageSizes(generic=2, blank_after=2))
    assert len(list(resources_client().resources.list())) == 9
    assert len(simulation.log.matching("GET", LIST)) == 6
    raw = Raw()
    body = raw.get(LIST, VERSION).json()
    sizes = [len(body["value"])]
    while "nextLink" in body:
        assert "%24skiptoken=" in body["nextLink"]
        body = raw.session.get(body["nextLink"], timeout=10).json()
        sizes.append(len(body["value"]))
    assert sizes == [2, 2, 0, 2, 2, 1]


def test_a_skip_token_of_another_list_is_refused(arm: StartArm) -> None:
    arm(world(subscription(*disks(5)), subscription(*disks(5), id_=SECOND)), sizes=PageSizes(generic=2))
    raw = Raw()
    link = raw.get(LIST, VERSION).json()["nextLink"]
    moved = raw.session.get(link.replace(FIRST, SECOND), timeout=10)
    assert (moved.status_code, error_code(moved)) == (400, "InvalidSkipToken")


def test_the_generic_list_filters_by_type_and_refuses_other_filters(arm: StartArm) -> None:
    arm(world(subscription(ACCOUNT, *disks(2))))
    raw = Raw()
    filtered = raw.get(LIST, VERSION, **{"$filter": "resourceType eq 'microsoft.storage/storageaccounts'"})
    assert [one["name"] for one in filtered.json()["value"]] == ["Entrepot"]
    assert error_code(raw.get(LIST, VERSION, **{"$filter": "substringof('x', name)"})) == "InvalidFilterInQueryString"
    assert error_code(raw.get(LIST, VERSION, **{"$top": "5000"})) == "InvalidTopInQueryString"


def test_a_list_of_one_type_has_properties_and_pages(arm: StartArm) -> None:
    arm(world(subscription(ACCOUNT, *disks(5))), sizes=PageSizes(by_type=2))
    raw = Raw()
    body = raw.get(f"/subscriptions/{FIRST}/providers/Microsoft.Compute/disks", "2025-01-02").json()
    assert [one["name"] for one in body["value"]] == ["disk-0000", "disk-0001"]
    assert body["value"][0]["properties"]["diskState"] == "Unattached"
    assert "nextLink" in body


def test_ids_are_compared_without_case_and_answered_as_stored(arm: StartArm) -> None:
    group = Group(name="RG-Two", location="francecentral", resources=[ACCOUNT], spelling="resourcegroups")
    one = subscription()
    arm(world(type(one)(id=FIRST, name="s", tenant=TENANT, groups=[group])))
    asked = f"/SUBSCRIPTIONS/{FIRST}/resourceGroups/rg-two/PROVIDERS/microsoft.storage/STORAGEACCOUNTS/ENTREPOT"
    found = resources_client().resources.get_by_id(asked, api_version="2025-06-01")
    assert found.id == f"/subscriptions/{FIRST}/resourcegroups/RG-Two/providers/{STORAGE}/Entrepot"
    assert found.location == "France Central"


def test_members_that_need_expand_come_only_with_it(arm: StartArm) -> None:
    arm(world(subscription(ACCOUNT)))
    raw, id_ = Raw(), resource_id(STORAGE, "Entrepot")
    assert "geoReplicationStats" not in raw.get(id_, "2025-06-01").json()["properties"]
    expanded = raw.get(id_, "2025-06-01", **{"$expand": "geoReplicationStats"}).json()
    assert expanded["properties"]["geoReplicationStats"] == {"status": "Live"}
    assert raw.get(id_, "2025-06-01", **{"$expand": "everything"}).status_code == 400


def test_children_extensions_and_singletons_are_read_through_their_parent(arm: StartArm) -> None:
    server = Resource(type="Microsoft.Sql/servers", name="sql", location="francecentral")
    database = Resource(type="Microsoft.Sql/servers/databases", name="sql/db", location="francecentral")
    group = Resource(
        type="Microsoft.Sql/locations/instanceFailoverGroups",
        name="westeurope/pair",
        location="westeurope",
        properties={"partnerRegions": [{"location": "North Europe"}]},
    )
    arm(world(subscription(ACCOUNT, server, database, group)))
    raw = Raw()
    account, sql = resource_id(STORAGE, "Entrepot"), resource_id("Microsoft.Sql/servers", "sql")
    scopes = raw.get(f"{account}/encryptionScopes", "2025-06-01").json()["value"]
    assert [(one["name"], one["type"]) for one in scopes] == [("scope", f"{STORAGE}/encryptionScopes")]
    settings = raw.get(f"{account}/providers/Microsoft.Insights/diagnosticSettings", "2021-05-01-preview").json()
    assert [one["name"] for one in settings["value"]] == ["logs"]
    protector = raw.get(f"{sql}/encryptionProtector/current", "2025-01-01").json()
    assert protector["properties"]["serverKeyType"] == "ServiceManaged"
    tde = raw.get(f"{sql}/databases/db/transparentDataEncryption/current", "2025-01-01").json()
    assert tde["properties"] == {"state": "Enabled"}
    assert raw.get(f"{sql}/failoverGroups", "2025-01-01").json() == {"value": []}
    pairs = raw.get(sql.replace("servers/sql", "locations/westeurope/instanceFailoverGroups"), "2025-01-01").json()
    assert pairs["value"][0]["name"] == "pair"
    listed = {one["type"] for one in raw.get(LIST, VERSION).json()["value"]}
    assert listed == {STORAGE, "Microsoft.Sql/servers", "Microsoft.Sql/servers/databases"}


def test_gone_denied_and_missing_are_three_answers(arm: StartArm) -> None:
    gone = Resource(type=STORAGE, name="gone", location="francecentral", access="gone")
    denied = Resource(type=STORAGE, name="denied", location="francecentral", access="denied")
    arm(world(subscription(gone, denied)))
    client = resources_client()
    assert {one.name for one in client.resources.list()} == {"gone", "denied"}
    with pytest.raises(ResourceNotFoundError) as missing:
        client.resources.get_by_id(resource_id(STORAGE, "gone"), api_version="2025-06-01")
    assert missing.value.error is not None and missing.value.error.code == "ResourceNotFound"
    with pytest.raises(HttpResponseError) as refused:
        client.resources.get_by_id(resource_id(STORAGE, "denied"), api_version="2025-06-01")
    assert refused.value.status_code == 403
    assert "does not have authorization to perform action 'Microsoft.Storage/storageAccounts/read'" in str(
        refused.value
    )
    child = client.send_request(
        HttpRequest("GET", f"{resource_id(STORAGE, 'denied')}/encryptionScopes", params={"api-version": "2025-06-01"})
    )
    assert child.status_code == 403
    elsewhere = resource_id(STORAGE, "gone").replace("/rg/", "/nowhere/")
    assert error_code(Raw().get(elsewhere, "2025-06-01")) == "ResourceGroupNotFound"


def test_a_forbidden_a_foreign_and_an_unknown_subscription_are_three_answers(arm: StartArm) -> None:
    arm(
        world(
            subscription(access="listed"),
            subscription(id_=SECOND, tenant_id=OTHER_TENANT),
            tenants=(tenant(), tenant(OTHER_TENANT)),
        )
    )
    with pytest.raises(HttpResponseError, match="AuthorizationFailed"):
        list(resources_client(FIRST).resources.list())
    with pytest.raises(ClientAuthenticationError, match="InvalidAuthenticationTokenTenant"):
        list(resources_client(SECOND).resources.list())
    with pytest.raises(ResourceNotFoundError, match="SubscriptionNotFound"):
        list(resources_client(str(uuid.UUID(int=1))).resources.list())


def test_an_unregistered_provider_is_a_conflict_and_the_sdk_then_tries_to_register_it(arm: StartArm) -> None:
    simulation = arm(world(subscription(unregistered=["Microsoft.HealthBot"])), violations=True)
    path = f"/subscriptions/{FIRST}/providers/Microsoft.HealthBot/healthBots"
    assert error_code(Raw().get(path, "2025-05-25")) == "MissingSubscriptionRegistration"
    with pytest.raises(HttpResponseError):
        answer = resources_client().send_request(HttpRequest("GET", path, params={"api-version": "2025-05-25"}))
        answer.raise_for_status()
    assert [line.partition("/")[0].split()[0] for line in simulation.log.violations] == ["POST"]
    assert simulation.log.violations[0].endswith("/providers/Microsoft.HealthBot/register")
    states = {one.namespace: one.registration_state for one in resources_client().providers.list()}
    assert states["Microsoft.HealthBot"] == "NotRegistered" and states["Microsoft.Storage"] == "Registered"


def test_provider_list_has_versions_newest_first_with_previews_among_them(arm: StartArm) -> None:
    arm(world(subscription()))
    types = {
        one.resource_type: one.api_versions for one in resources_client().providers.get("Microsoft.Sql").resource_types
    }
    assert types["servers"] == sorted(types["servers"], reverse=True)
    assert any(version.endswith("-preview") for version in types["servers"])


def test_management_groups_give_their_descendants(arm: StartArm) -> None:
    groups = [
        ManagementGroup(id="top", display_name="Top", tenant=TENANT, subscriptions=[FIRST]),
        ManagementGroup(id="below", display_name="Below", tenant=TENANT, parent="top", subscriptions=[SECOND]),
    ]
    arm(world(subscription(), subscription(id_=SECOND), management_groups=groups))
    raw, path = Raw(), "/providers/Microsoft.Management/managementGroups"
    below = raw.get(f"{path}/Top/descendants", "2020-05-01").json()["value"]
    assert [one["name"] for one in below] == [FIRST, "below", SECOND]
    assert [one["name"] for one in raw.get(f"{path}/below/subscriptions", "2020-05-01").json()["value"]] == [SECOND]
    assert error_code(raw.get(f"{path}/unknown", "2020-05-01")) == "AuthorizationFailed"


def test_tenant_settings_and_deleted_vaults_are_served(arm: StartArm) -> None:
    vault = DeletedVault(
        name="old", group="rg", location="francecentral", deletion_date="2026-01-01", purge_date="2026-04-01"
    )
    arm(world(subscription(deleted_vaults=[vault]), tenants=(tenant(data_boundary="EU", customer_lockbox=True),)))
    raw = Raw()
    boundary = raw.get("/providers/Microsoft.Resources/dataBoundaries/default", "2024-08-01").json()
    assert boundary["properties"]["dataBoundary"] == "EU"
    lockbox = f"/providers/Microsoft.CustomerLockbox/tenantOptedIn/{TENANT}"
    assert raw.get(lockbox, "2018-02-28-preview").json() == {"isOptedIn": True}
    deleted = raw.get(f"/subscriptions/{FIRST}/providers/Microsoft.KeyVault/deletedVaults", "2025-05-01").json()
    assert [one["name"] for one in deleted["value"]] == ["old"]


def test_every_answer_carries_ids_and_quota(arm: StartArm) -> None:
    arm(world(subscription()))
    raw = Raw()
    raw.session.headers["x-ms-correlation-request-id"] = "corr"
    inside, above = raw.get(LIST, VERSION), raw.get("/subscriptions", "2022-12-01")
    assert inside.headers["x-ms-correlation-request-id"] == "corr"
    assert inside.headers["x-ms-request-id"] != above.headers["x-ms-request-id"]
    assert int(inside.headers["x-ms-ratelimit-remaining-subscription-reads"]) == 249
    assert int(inside.headers["x-ms-ratelimit-remaining-subscription-global-reads"]) == 3749
    assert "x-ms-ratelimit-remaining-tenant-reads" in above.headers

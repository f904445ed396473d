"""The fiction holds what it says it holds, and says that it is one."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

import scanner.demo.azure
from scanner.demo.azure.estate import Estate, Record
from scanner.demo.azure.world import World, read_world
from tests.demo.azure.clients import Raw, resources_client, subscriptions_client
from tests.fixtures.azure import StartArm

FILE = Path(scanner.demo.azure.__file__).with_name("health_data_hub.yaml")


@pytest.fixture(scope="module")
def platform() -> World:
    return read_world(FILE)


def records(estate: Estate) -> dict[str, Record]:
    return {record.name: record for id_ in estate.subscriptions for record in estate.tracked(id_)}


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for member in value.values():
            yield from texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from texts(member)
    elif isinstance(value, str):
        yield value


def test_it_is_labelled_a_fiction_and_separates_the_published_from_the_invented(platform: World) -> None:
    assert platform.about.banner.startswith("FICTION.")
    assert len(platform.about.published) >= 5 and len(platform.about.invented) >= 12
    assert all(statement.source for statement in platform.about.published)
    assert any(not statement.confirmed for statement in platform.about.published)


def test_every_resource_id_in_it_leads_to_a_resource(platform: World) -> None:
    estate = Estate(platform)
    found = [text.partition("/authorizationRules/")[0] for text in texts(msgspec.to_builtins(platform.subscriptions))]
    ids = [text for text in found if text.startswith("/subscriptions/")]
    assert len(ids) >= 6
    assert [id_ for id_ in ids if estate.record(id_) is None] == []


def test_every_key_address_leads_to_a_key_but_the_one_in_another_tenant(platform: World) -> None:
    estate = Estate(platform)
    keys = {
        (host, key.name): key.versions
        for host, record in estate.vaults()
        if record.resource is not None
        for key in record.resource.keys
    }
    dangling = set()
    for record in records(estate).values():
        for text in texts(record.properties):
            named = re.fullmatch(r"https://([^/]+)/keys/([^/]+)(?:/(.+))?", text)
            if named is None:
                continue
            versions = keys.get((named[1], named[2]))
            if versions is None:
                dangling.add(named[1])
            else:
                assert named[3] is None or named[3] in versions
    assert dangling == {"pf-partenaire.vault.azure.net"}


def test_what_reality_adds_is_there(platform: World) -> None:
    estate = Estate(platform)
    found = records(estate)
    assert found["pfentrepot"].sku == {"name": "Standard_RAGRS", "tier": "Standard"}
    assert found["pfentrepot"].properties["secondaryLocation"] == "francesouth"
    assert found["pfexports"].properties["encryption"]["keySource"] == "Microsoft.Storage"
    regions = [one["locationName"] for one in found["pf-metadonnees"].properties["locations"]]
    assert regions == ["France Central", "North Europe"]
    groups = estate.members(found["pf-catalogue"].id, "Microsoft.Sql/servers/failoverGroups")
    assert groups[0].properties["partnerServers"][0]["location"] == "North Europe"
    deployments = estate.members(found["pf-assistant"].id, "Microsoft.CognitiveServices/accounts/deployments")
    assert {(one.sku or {})["name"] for one in deployments} == {"GlobalStandard", "Standard"}
    assert found["pf-journaux"].location == "westeurope"
    assert "Microsoft.HealthcareApis/workspaces/fhirservices" in {one.type for one in found.values()}


def test_the_real_clients_find_it_and_not_the_subscription_that_cannot_be_read(arm: StartArm, platform: World) -> None:
    simulation = arm(platform)
    assert "invented" in simulation.banner
    names = {one.subscription_id: one.display_name for one in subscriptions_client().subscriptions.list()}
    assert len(names) == 4
    readable = {id_: name for id_, name in names.items() if name != "plateforme-partenaires"}
    raw = Raw()
    query = "resources | project id, subscriptionId | order by id asc"
    rows = raw.query({"subscriptions": list(names), "query": query}).json()["data"]
    assert {row["subscriptionId"] for row in rows} == set(readable)
    listed = {one.id for id_ in readable for one in resources_client(id_).resources.list()}
    assert {row["id"] for row in rows} == listed


def test_only_the_data_plane_tells_the_external_key(arm: StartArm, platform: World) -> None:
    arm(platform)
    raw = Raw(audience="https://managedhsm.azure.net")
    body = raw.session.get(
        "https://pf-hsm.managedhsm.azure.net/keys/cle-recherche?api-version=2026-01-01-preview", timeout=10
    )
    assert body.json()["attributes"]["external_key"] == {"id": "recherche-2026"}

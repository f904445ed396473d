"""The fiction of a health data platform, read by the real provider over TLS."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import scanner.demo.azure
from scanner.demo.azure.world import read_world
from scanner.model import KeyOrigin
from tests.fixtures.azure import StartArm
from tests.providers.azure.scanning import Result, scanned

DEMO = Path(scanner.demo.azure.__file__).with_name("health_data_hub.yaml")


@pytest.fixture
def demo(arm: StartArm) -> Iterator[Result]:
    arm(read_world(DEMO))
    yield scanned()


def copies(result: Result, name: str) -> set[tuple[str, str | None]]:
    return {(copy.kind, copy.region) for copy in result.named(name).copies or ()}


def test_the_platform_as_the_provider_sees_it(demo: Result) -> None:
    assert ("geo-redundancy", "francesouth") in copies(demo, "pfentrepot")
    assert ("geo-redundancy", "northeurope") in copies(demo, "pfarchives")
    assert demo.key("https://pf-cles-archives.vault.azure.net/keys/cle-archives").replicas == ("northeurope",)
    assert ("processing", "global") in copies(demo, "pf-assistant")
    assert ("failover-group", "northeurope") in copies(demo, "pf-catalogue")
    assert ("account-region", "northeurope") in copies(demo, "pf-metadonnees")
    assert demo.key("https://pf-hsm.managedhsm.azure.net/keys/cle-recherche").origin is KeyOrigin.EXTERNAL_STORE


def test_logs_go_to_another_country(demo: Result) -> None:
    places = {place.target.rpartition("/")[2]: place.region for place in demo.places}
    assert places["pf-journaux"] == "westeurope"
    assert places["pfexports"] == "francecentral"


def test_a_contractors_group_may_use_the_keys(demo: Result) -> None:
    principals = demo.key("https://pf-cles.vault.azure.net/keys/cle-entrepot").principals or ()
    assert sorted((one.via, one.external) for one in principals) == [("role", False), ("role", True)]


def test_the_subscription_that_cannot_be_read_is_denied(demo: Result) -> None:
    denied = {row.account for row in demo.rows if row.state == "denied" and not row.type}
    assert len(denied) == 1


def test_two_scans_of_one_state_are_equal(arm: StartArm) -> None:
    arm(read_world(DEMO))
    first, second = scanned(), scanned()
    assert first.resources == second.resources
    assert first.keys == second.keys
    assert first.rows == second.rows
    assert first.calls == second.calls

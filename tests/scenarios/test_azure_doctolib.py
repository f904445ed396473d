"""What `doctolib-2021` concludes on Azure, and what it cannot, through the installed command.

The order was about AWS. Its circumstances are asked of any host; on Azure the evidence reaches location, copies,
flows, keys and the retention of log workspaces. What stands in a contract, or happens in the application, is stated or
unknown.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from scanner.demo.azure.world import Child, Resource, World
from tests.fixtures.azure import FIRST, SECOND, resource_id, subscription, world
from tests.providers.azure.test_keys import hsm, key, vault
from tests.scenarios.azure_estate import Document, scan_of
from tests.scenarios.test_azure_copies import ai, child, deployment, logged_to, of, storage
from tests.scenarios.test_azure_custody import store

PACK = ("--policy", "doctolib-2021")
WORKSPACE = "Microsoft.OperationalInsights/workspaces"
PARTNER = f"/subscriptions/{FIRST}/resourceGroups/rg/providers/Datadog.X/m/n"
EXTERNAL = "https://h.managedhsm.azure.net/keys/outside"
STATED = """
key_holders:
- endpoint: ekm.hospital.example
  operator: thales-ciphertrust
  country: FR
  by: A. Martin, CISO
  on: 2020-01-01
  until: 2099-12-31
  document: DPA 1
attestations:
"""
ATTESTATIONS = (
    "contract_with_eu_entity",
    "hds_certificate_covers_service",
    "contract_excludes_transfers",
    "application_deletes_in_time",
    "service_has_accounts",
    "account_deletion_works",
    "foreign_request_clause",
    "subprocessors_listed",
)


def estate() -> World:
    replicated = child(
        "objectReplicationPolicies",
        "p",
        sourceAccount="mirrored",
        destinationAccount=resource_id("Microsoft.Storage/storageAccounts", "far", SECOND),
    )
    return world(
        subscription(
            store("external", EXTERNAL, "francecentral"),
            store("software", "https://v.vault.azure.net/keys/k", "francecentral"),
            storage("paris", "Standard_ZRS"),
            storage("frankfurt", "Standard_GRS", "germanywestcentral"),
            storage("amsterdam", "Standard_ZRS", "westeurope"),
            storage("mirrored", "Standard_ZRS", children=[replicated]),
            storage(
                "partnered", "Standard_ZRS", diagnostics=logged_to(marketplacePartnerId=f"/subscriptions/{FIRST}/x")
            ),
            storage("nowhere", "Standard_ZRS", "southeamyia"),
            ai("worldwide", deployment("d", "GlobalStandard")),
            ai("zoned", deployment("d", "DataZoneStandard")),
            of(WORKSPACE, "month", properties={"retentionInDays": 30}),
            of(WORKSPACE, "years", properties={"retentionInDays": 730}),
            Resource(
                type="Microsoft.Sql/servers/databases",
                name="sql/plain",
                location="francecentral",
                tags={"data-classification": "sante"},
                children=[Child(type="transparentDataEncryption", name="current", properties={"state": "Disabled"})],
            ),
            vault(key(), location="francecentral"),
            hsm(
                key("outside", "RSA-HSM", external_key="their-key"),
                data_plane="full",
                external_key_manager={"host": "ekm.hospital.example"},
            ),
        ),
        subscription(storage("far", "Standard_LRS", "eastus"), id_=SECOND),
    )


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Document]:
    """Nothing is stated."""
    yield from scan_of(estate(), tmp_path_factory.mktemp("state"), *PACK)


@pytest.fixture(scope="module")
def stated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Document]:
    """Everything that can be stated is."""
    folder = tmp_path_factory.mktemp("state")
    config = folder / "lexloci.yaml"
    config.write_text(statements(), encoding="utf-8")
    yield from scan_of(estate(), folder, *PACK, "--config", str(config))


def statements() -> str:
    signed = "{{name: {}, value: true, by: B. Durand DPO, on: 2020-01-01, until: 2099-12-31, document: D 2}}"
    return STATED + "".join(f"- {signed.format(name)}\n" for name in ATTESTATIONS)


def verdict(scan: Document, control: str) -> str:
    (found,) = [one["status"] for one in scan["summary"]["controls"] if one["control"] == control]
    return str(found)


@pytest.mark.parametrize(
    ("control", "name", "status"),
    [
        ("D21-02", "paris", "unknown"),
        ("D21-03", "paris", "pass"),
        ("D21-03", "frankfurt", "pass"),
        ("D21-03", "amsterdam", "fail"),
        ("D21-03", "mirrored", "fail"),
        ("D21-03", "worldwide", "fail"),
        # Of an EU data zone no single country is told, and of a region that is in no table none at all.
        ("D21-03", "zoned", "unknown"),
        ("D21-03", "nowhere", "unknown"),
        # Where the data is says nothing of what the contract allows.
        ("D21-04", "paris", "unknown"),
        ("D21-04", "mirrored", "fail"),
        ("D21-04", "worldwide", "fail"),
        # The data is in Paris; the managed HSM with its key has a second region in the United States.
        ("D21-04", "external", "fail"),
        ("D21-05", "paris", "unknown"),
        ("D21-06", "month", "pass"),
        ("D21-06", "years", "fail"),
        ("D21-06", "paris", "unknown"),
        ("D21-09", "paris", "fail"),
        ("D21-09", "software", "fail"),
        ("D21-09", "plain", "fail"),
        ("D21-09", "external", "unknown"),
        ("D21-10", "software", "fail"),
        ("D21-10", "external", "unknown"),
        ("D21-11", "partnered", "unknown"),
        ("D21-11", "paris", "not_applicable"),
    ],
)
def test_what_the_account_alone_tells(silent: Document, control: str, name: str, status: str) -> None:
    assert (silent.statuses(control, name) or {"not_applicable"}) == {status}


@pytest.mark.parametrize("control", ["D21-01", "D21-07", "D21-08"])
def test_contract_and_application_are_unknown_until_somebody_states_them(
    silent: Document, stated: Document, control: str
) -> None:
    assert (verdict(silent, control), verdict(stated, control)) == ("unknown", "pass")


def test_the_host_is_a_subsidiary_as_in_the_order(silent: Document) -> None:
    assert verdict(silent, "D21-00") == "pass"


@pytest.mark.parametrize(
    ("control", "name", "status"),
    [
        ("D21-02", "paris", "pass"),
        ("D21-04", "paris", "pass"),
        ("D21-06", "paris", "pass"),
        ("D21-09", "external", "pass"),
        # No statement outweighs what the account shows.
        ("D21-03", "amsterdam", "fail"),
        ("D21-04", "mirrored", "fail"),
        ("D21-04", "external", "fail"),
        ("D21-06", "years", "fail"),
        ("D21-09", "software", "fail"),
        # Content is not looked into, and a key outside keeps no running service from reading.
        ("D21-05", "paris", "unknown"),
        ("D21-10", "external", "unknown"),
    ],
)
def test_what_statements_settle_and_what_they_do_not(stated: Document, control: str, name: str, status: str) -> None:
    assert stated.statuses(control, name) == {status}


def test_a_pass_on_a_statement_is_declared_and_names_who_made_it(stated: Document) -> None:
    about = stated.resource("external")["id"]
    (found,) = [one for one in stated["findings"] if (one["control"], one["resource"]) == ("D21-09", about)]
    assert found["assurance"] == "declared"
    sources = {one["fact"]: one["source"] for one in found["evidence"]}
    assert sources["key.holder_country"] == "A. Martin, CISO, until 2099-12-31"
    assert sources["key.custody"] == "ManagedHSM:GET keys; A. Martin, CISO, until 2099-12-31"


def test_the_overall_reading_fails_with_any_of_the_circumstances(silent: Document, stated: Document) -> None:
    assert (verdict(silent, "D21-99"), verdict(stated, "D21-99")) == ("fail", "fail")


def test_the_best_azure_can_show_is_still_not_established(tmp_path: Path) -> None:
    store_ = hsm(
        key("outside", "RSA-HSM", external_key="their-key"),
        data_plane="full",
        external_key_manager={"host": "ekm.hospital.example"},
    )
    at_home = replace(store_, location="francecentral", properties={**store_.properties, "regions": []})
    best = world(subscription(store("external", EXTERNAL, "francecentral"), at_home))
    (tmp_path / "lexloci.yaml").write_text(statements(), encoding="utf-8")
    (scan,) = scan_of(best, tmp_path, *PACK, "--config", str(tmp_path / "lexloci.yaml"))
    about = {one["control"]: one["status"] for one in scan["summary"]["controls"]}
    assert "fail" not in about.values()
    assert {control for control, status in about.items() if status == "unknown"} == {"D21-05", "D21-10", "D21-99"}

"""Azure through the installed command: a child process, given only environment variables, against the strict server."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from scanner.demo.azure.faults import Fault
from scanner.demo.azure.paging import PageSizes
from scanner.demo.azure.world import DeletedVault, Resource
from scanner.report.document import schema
from tests.fixtures.azure import FIRST, OTHER_TENANT, SECOND, StartArm, disks, subscription, tenant, world
from tests.providers.azure.test_keys import key, vault
from tests.providers.azure.test_scenarios import GRAPH, KEY, ROWS, SAME_KEY, account, named, too_many
from tests.report.weight import light

COMMAND = str(Path(sys.executable).with_name("lexloci"))
HEALTH = {"data-classification": "sante"}
GONE = DeletedVault(
    name="v",
    group="rg",
    location="westeurope",
    deletion_date="2026-11-01T00:00:00Z",
    purge_date="2027-01-30T00:00:00Z",
)


def scan(tmp_path: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit code and document. What is in the environment was put there by the simulation."""
    command = [COMMAND, "scan", "azure", "-q", "--format", "json", *arguments]
    state = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False, env=state)
    assert "Traceback" not in done.stderr, done.stderr
    document = json.loads(done.stdout) if done.stdout else {}
    if document:
        jsonschema.Draft202012Validator(schema()).validate(document)
        assert document["scan"]["complete"] or done.returncode != 0
    return done.returncode, document


def names(document: dict[str, Any]) -> set[str]:
    return {r["name"] for r in document["resources"] if r["type"] != "Microsoft.Resources/subscriptions"}


def problems(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for row in document["coverage"] if row["state"] not in ("complete", "not_enabled")]


def statuses(document: dict[str, Any], control: str) -> set[str]:
    return {f["status"] for f in document["findings"] if f["control"] == control} - {"not_applicable"}


def resource(document: dict[str, Any], name: str) -> dict[str, Any]:
    return next(r for r in document["resources"] if r["name"] == name)


def test_a_forbidden_subscription_is_a_denied_row_and_the_other_is_read(arm: StartArm, tmp_path: Path) -> None:
    arm(world(subscription(account()), subscription(account("other"), id_=SECOND, access="listed")))
    code, document = scan(tmp_path)
    assert code == 1
    assert names(document) == {"acct"}
    assert {(row["account"], row["state"]) for row in problems(document)} >= {(SECOND, "denied")}
    assert statuses(document, "CORE-01") == {"unknown"}


def test_a_subscription_that_resource_graph_leaves_out_is_noticed(arm: StartArm, tmp_path: Path) -> None:
    arm(world(subscription(account()), subscription(account("x"), id_=SECOND, access="none")))
    _, document = scan(tmp_path, "--subscription", f"{FIRST},{SECOND}")
    assert not document["scan"]["complete"]
    assert SECOND in {row["account"] for row in problems(document)}


def test_nothing_visible_cannot_run(arm: StartArm, tmp_path: Path) -> None:
    arm(world(subscription(account(), access="none")))
    assert scan(tmp_path) == (4, {})


@pytest.mark.parametrize(("arguments", "code"), [((), 0), (("--fail-on", "info"), 1)])
def test_what_is_only_stated_fails_no_job_unless_asked(
    arm: StartArm, tmp_path: Path, arguments: tuple[str, ...], code: int
) -> None:
    arm(world(subscription(named("Microsoft.Network/virtualNetworks", "n"))))
    found, document = scan(tmp_path, *arguments)
    assert {one["control"] for one in document["findings"] if one["status"] == "fail"} == {"CORE-31"}
    assert found == code


def test_2501_resources_come_in_three_pages(arm: StartArm, tmp_path: Path) -> None:
    simulation = arm(world(subscription(*disks(2501))))
    _, document = scan(tmp_path)
    assert names(document) == {f"disk-{number:04}" for number in range(2501)}
    assert len(simulation.log.matching("POST", GRAPH)) == 1 + 3


def test_the_list_of_resources_leads_to_the_same_set_in_three_pages(arm: StartArm, tmp_path: Path) -> None:
    """The other road: Resource Graph refuses, and every listed resource is read by its id."""
    denied = {"error": {"code": "AccessDenied", "message": "no"}}
    simulation = arm(
        world(subscription(*disks(25))),
        sizes=PageSizes(generic=10),
        faults=[Fault(do="answer", path=GRAPH, status=403, body=denied, times=None)],
    )
    _, document = scan(tmp_path)
    assert names(document) == {f"disk-{number:04}" for number in range(25)}
    assert len(simulation.log.matching("GET", f"/subscriptions/{FIRST}/resources")) == 3
    assert not document["scan"]["complete"]


REFUSED = {"error": {"code": "ReadOnlyDisabledSubscription", "message": "disabled"}}


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ({"do": "answer", "status": 409, "body": REFUSED}, "provider_error"),
        ({"do": "answer", "status": 500}, "provider_error"),
        ({"do": "half_body"}, "unreachable"),
        ({"do": "close"}, "unreachable"),
        ({"do": "not_json"}, "malformed"),
        ({"do": "answer", "status": 200, "body": {"value": "text"}}, "malformed"),
        ({"do": "foreign_next_link"}, "truncated"),
    ],
)
def test_a_read_that_goes_wrong_is_a_gap_with_its_reason_and_never_green(
    arm: StartArm, tmp_path: Path, fault: dict[str, Any], word: str
) -> None:
    arm(
        world(subscription(account(tags=HEALTH))),
        faults=[Fault(path="*/objectReplicationPolicies", times=None, **fault)],
    )
    code, document = scan(tmp_path)
    assert code != 0
    assert word in {gap["reason"] for gap in resource(document, "acct")["gaps"] if gap["fact"] == "copies"}
    assert word in {row["reason"].partition(":")[0] for row in document["coverage"]}
    assert not document["scan"]["complete"]
    assert "pass" not in statuses(document, "CORE-30")


def test_a_cut_answer_without_a_token_is_never_whole(arm: StartArm, tmp_path: Path) -> None:
    cut = {"totalRecords": 9, "count": 0, "data": [], "facets": [], "resultTruncated": "true"}
    arm(world(subscription(*disks(3))), faults=[Fault(do="answer", path=GRAPH, contains=ROWS, status=200, body=cut)])
    _, document = scan(tmp_path)
    assert any(row["reason"].startswith("truncated") for row in problems(document))


@pytest.mark.parametrize(
    ("headers", "whole"), [({"Retry-After": "1"}, True), ({}, True), ({"Retry-After": "86400"}, False)]
)
def test_being_asked_to_slow_down(arm: StartArm, tmp_path: Path, headers: dict[str, str], whole: bool) -> None:
    arm(world(subscription(*disks(1))), faults=[too_many(headers)])
    _, document = scan(tmp_path)
    assert document["scan"]["complete"] is whole
    assert whole or any("86400" in row["reason"] for row in problems(document))


def test_a_token_that_expires_between_pages_leaves_the_rest_as_a_row(arm: StartArm, tmp_path: Path) -> None:
    arm(world(subscription(*disks(2501))), faults=[Fault(do="expire_tokens", path=GRAPH, contains="$skipToken")])
    _, document = scan(tmp_path)
    assert len(names(document)) < 2501
    assert any(row["reason"].startswith("expired") for row in problems(document))


def test_gone_unknown_and_nowhere_are_each_told(arm: StartArm, tmp_path: Path) -> None:
    gone = Resource(
        type="Microsoft.DBforMySQL/flexibleServers", name="gone", location="francecentral", access="gone", tags=HEALTH
    )
    strange = named("Microsoft.Quantum/Workspaces", "strange")
    nowhere = account("nowhere", location="southeamyia", tags=HEALTH)
    arm(world(subscription(gone, strange, nowhere)))
    _, document = scan(tmp_path)
    assert {gap["reason"] for gap in resource(document, "gone")["gaps"]} >= {"gone"}
    assert resource(document, "gone")["encryption"]["custody"] == "unknown"
    assert resource(document, "nowhere")["country"] is None
    assert {gap["reason"] for gap in resource(document, "nowhere")["gaps"]} >= {"unmapped"}
    assert "Microsoft.Quantum/Workspaces" in {row["type"] for row in problems(document)}
    about = {f["resource"]: f["status"] for f in document["findings"] if f["control"] == "CORE-30"}
    assert about[resource(document, "nowhere")["id"]] == "unknown"


def test_one_resource_in_two_spellings_has_one_verdict(arm: StartArm, tmp_path: Path) -> None:
    one = account(
        location="France Central",
        tags=HEALTH,
        properties={"encryption": {"keySource": "Microsoft.Keyvault", "keyvaultproperties": KEY}},
        graph={"Encryption": {"KeySource": "microsoft.keyvault", "KeyVaultProperties": SAME_KEY}, "networkAcls": None},
    )
    arm(world(subscription(one, vault(key()))))
    by_graph, by_get = scan(tmp_path / "a")[1], scan(tmp_path / "b", "--verify-live")[1]
    about = [f for f in by_graph["findings"] if f["resource"] == resource(by_graph, "acct")["id"]]
    assert about
    assert about == [f for f in by_get["findings"] if f["resource"] == resource(by_get, "acct")["id"]]


def test_a_stale_row_is_overruled_when_the_resource_itself_is_asked(arm: StartArm, tmp_path: Path) -> None:
    fresh = {"encryption": {"keySource": "Microsoft.Storage"}}
    stale = {"encryption": {"keySource": "Microsoft.Keyvault", "keyvaultproperties": KEY}}
    arm(world(subscription(account(properties=fresh, graph=stale), vault(key()))))
    assert resource(scan(tmp_path / "a")[1], "acct")["encryption"]["rung"] == "K2"
    assert resource(scan(tmp_path / "b", "--verify-live")[1], "acct")["encryption"]["rung"] == "K1"


def with_key(uri: str, name: str = "k") -> Resource:
    keyed = {"keySource": "Microsoft.Keyvault", "keyvaultproperties": {"keyvaulturi": uri, "keyname": name}}
    return account(tags=HEALTH, properties={"encryption": keyed})


def test_a_vault_in_another_subscription_is_found(arm: StartArm, tmp_path: Path) -> None:
    arm(world(subscription(with_key("https://v.vault.azure.net/")), subscription(vault(key()), id_=SECOND)))
    _, document = scan(tmp_path)
    found = resource(document, "acct")
    assert found["encryption"]["rung"] == "K2"
    assert found["alongside"]["account"] is False
    assert {replica["country"] for k in document["keys"] for replica in k["replicas"]} == {"IE"}


def test_a_vault_of_another_tenant_a_deleted_one_and_a_foreign_host_are_not_established(
    arm: StartArm, tmp_path: Path
) -> None:
    elsewhere = "30000000-0000-4000-8000-000000000003"
    arm(
        world(
            subscription(with_key("https://v.vault.azure.net"), deleted_vaults=[GONE]),
            subscription(vault(key()), id_=elsewhere, tenant_id=OTHER_TENANT),
            tenants=(tenant(), tenant(OTHER_TENANT)),
        )
    )
    _, document = scan(tmp_path)
    assert statuses(document, "CORE-20") <= {"unknown", "fail"}
    assert "pass" not in statuses(document, "CORE-22")


@pytest.mark.parametrize("uri", ["https://keys.internal.example/", "https://v.vault.azure.cn"])
def test_a_key_on_another_clouds_or_a_private_suffix_is_nobodys(arm: StartArm, tmp_path: Path, uri: str) -> None:
    arm(world(subscription(with_key(uri))))
    _, document = scan(tmp_path)
    assert resource(document, "acct")["encryption"]["custody"] in ("unknown", "customer_managed_in_provider_kms")
    assert "pass" not in statuses(document, "CORE-20")


@pytest.mark.parametrize(
    "uri", ["https://v.vault.azure.net", "https://v.vault.azure.net/", "https://V.VAULT.azure.net:443/"]
)
def test_spellings_of_a_vault_lead_to_the_same_key(arm: StartArm, tmp_path: Path, uri: str) -> None:
    arm(world(subscription(with_key(uri), vault(key()))))
    _, document = scan(tmp_path)
    assert resource(document, "acct")["encryption"]["key"] == "https://v.vault.azure.net/keys/k"


def test_no_verdict_of_the_fiction_is_green_where_something_was_not_read() -> None:
    done = subprocess.run(
        [COMMAND, "demo", "health-data-hub", "--format", "json", "-q"],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    document = json.loads(done.stdout)
    assert "FICTION" in done.stderr
    assert done.returncode == 0
    assert not document["scan"]["complete"]
    light(document["findings"])
    assert "pass" not in {control["status"] for control in document["summary"]["controls"]}
    assert statuses(document, "HDH-01") >= {"fail"}
    assert {r["country"] for r in document["resources"]} >= {"FR", "NL", "IE"}


def test_the_subscription_that_cannot_be_read_is_named_to_people() -> None:
    command = [COMMAND, "demo", "health-data-hub", "--format", "table", "-q"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    denied = [line.split() for line in done.stdout.splitlines() if line.startswith("denied ")]
    assert {words[2] for words in denied} == {"3b0e6a10-52c7-4d0f-9c11-8e2d7f4a0004"}
    assert "Microsoft.Resources" in {words[1] for words in denied}

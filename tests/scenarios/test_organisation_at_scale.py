"""The fleet of the benchmark, small: accounts that are nowhere kept, through roles, pages, throttles and keys."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.fleet import AZURE, estate, organisation, scan
from benchmarks.fleet_server import MANAGEMENT, PAGE, REGION, SHARES

ACCOUNTS, EACH, THROTTLED = 10, 200, 40


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Any], dict[str, int], Path]]:
    folder = tmp_path_factory.mktemp("fleet")
    with organisation(ACCOUNTS, EACH, THROTTLED) as (environment, asked):
        child, *_ = scan(environment, folder)
        assert child.returncode in (0, 1, 3)
        yield json.loads((folder / "scan.json").read_text()), asked()["asked"], folder


def test_every_resource_of_every_account_comes_once(scanned: tuple[dict[str, Any], dict[str, int], Path]) -> None:
    document, _, _ = scanned
    ids = [found["id"] for found in document["resources"]]
    assert len(ids) == len(set(ids)) == ACCOUNTS * EACH
    accounts = {str(int(MANAGEMENT) + index) for index in range(ACCOUNTS)}
    assert {found["account"] for found in document["resources"]} == accounts
    assert {found["region"] for found in document["resources"]} == {REGION}
    assert document["scan"]["complete"], [row for row in document["coverage"] if row["state"] != "complete"]
    assert len(document["keys"]) == 2 * ACCOUNTS
    assert {found["encryption"]["custody"] for found in document["resources"]} == {"customer_managed_in_provider_kms"}


def test_pages_roles_and_throttles_were_met(scanned: tuple[dict[str, Any], dict[str, int], Path]) -> None:
    document, requests, _ = scanned
    assert requests["AssumeRole"] == ACCOUNTS - 1
    each_page = -(-EACH * SHARES["function"] // 100 // PAGE["function"])
    assert requests["ListFunctions"] >= ACCOUNTS * each_page
    assert requests["GetQueueAttributes"] >= ACCOUNTS * EACH * SHARES["queue"] // 100
    # What was throttled was asked again; the document counts every attempt of a unit.
    by_operation = document["scan"]["calls"]["by_operation"]
    assert by_operation["sqs:GetQueueAttributes"] == requests["GetQueueAttributes"]
    assert sum(requests.values()) > sum(requests.values()) // THROTTLED > 0


def test_the_journal_holds_each_unit_once(scanned: tuple[dict[str, Any], dict[str, int], Path]) -> None:
    _, _, folder = scanned
    with sqlite3.connect(folder / "journal") as journal:
        [units] = journal.execute("select count(*) from unit").fetchone()
        [resources] = journal.execute("select count(*) from resource").fetchone()
    assert resources == ACCOUNTS * EACH
    # Four services, tags, keys: in each account.
    assert units == 6 * ACCOUNTS


def test_every_resource_of_every_azure_subscription_comes_once(tmp_path: Path) -> None:
    with estate(ACCOUNTS, EACH, 10) as (environment, asked):
        child, *_ = scan(environment, tmp_path, AZURE)
        requests = asked()["asked"]
    assert child.returncode in (0, 1, 3)
    document = json.loads((tmp_path / "scan.json").read_text())
    ids = [found["id"] for found in document["resources"] if found["type"] != "Microsoft.Resources/subscriptions"]
    assert len(ids) == len(set(ids)) == ACCOUNTS * EACH
    assert len({found["account"] for found in document["resources"]}) == ACCOUNTS
    assert document["scan"]["complete"], [row for row in document["coverage"] if row["state"] != "complete"]
    abroad = [found for found in document["resources"] if found["country"] == "US"]
    assert len(abroad) == ACCOUNTS * EACH // 100
    # What was refused for its rate was asked again.
    assert sum(count for kind, count in requests.items() if kind.endswith(" 429")) >= 2


def test_many_accounts_are_entered_once_for_each_pass(tmp_path: Path) -> None:
    accounts = 60
    with organisation(accounts, 20, 0) as (environment, asked):
        child, *_ = scan(environment, tmp_path)
        requests = asked()["asked"]
    assert child.returncode in (0, 1, 3)
    assert json.loads((tmp_path / "scan.json").read_text())["scan"]["complete"]
    # More accounts than are held open: once for what is in them, and once for their keys.
    assert requests["AssumeRole"] <= 2 * (accounts - 1)

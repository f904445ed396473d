"""What an inventory of the account's own shows nothing of is left out, and said to be."""

import pytest

from scanner.errors import UsageError
from scanner.model import CoverageState, Holds, ObservedResource
from scanner.providers.aws.catalog import load
from scanner.providers.aws.look import Look
from scanner.providers.aws.look.inventory import Inventory
from tests.fixtures.aws import REGION, Aws
from tests.providers.aws.look.looking import OTHER, explore, scanned, skipped


def test_what_the_index_does_not_show_is_left_out_with_a_row(aws: Aws) -> None:
    explore(aws)
    aws.client("secretsmanager").create_secret(Name="clef", SecretString="invented")
    aws.client("kms", OTHER).create_key()
    aws.freeze()
    records, (row,) = scanned()
    # Topics and tables bear content.
    assert skipped(records) == {
        ("secretsmanager", OTHER),
        ("kms", REGION),
        ("lambda", REGION),
        ("lambda", OTHER),
    }
    assert (row.service, row.state, row.count) == ("resource-explorer-2", CoverageState.COMPLETE, 2)
    names = {record.type for record in records if isinstance(record, ObservedResource)}
    assert names == {"secretsmanager.secret", "kms.key"}
    lists = {(line["operation"], line["region"]) for line in aws.log()}
    assert {("ListSecrets", REGION), ("ListKeys", OTHER), ("ListTopics", OTHER), ("ListTables", OTHER)} <= lists
    assert not {("ListSecrets", OTHER), ("ListKeys", REGION), ("ListFunctions", REGION)} & lists


def test_a_region_without_an_index_is_listed(aws: Aws) -> None:
    explore(aws)
    records, _ = scanned(regions=("eu-central-1",))
    assert skipped(records) == set()


def test_without_first_look_all_is_listed_and_nobody_is_asked(aws: Aws) -> None:
    explore(aws)
    aws.process.control("forget")
    records, rows = scanned(first_look_by=())
    assert (skipped(records), rows) == (set(), [])
    assert not [line for line in aws.log() if line["service"] == "resource-explorer-2"]


@pytest.mark.parametrize(
    ("case", "reason"),
    [("none", "no aggregator index"), ("young", "younger than two days"), ("filtered", "hides some resources")],
)
def test_an_index_that_may_not_show_all_leaves_nothing_out(aws: Aws, case: str, reason: str) -> None:
    if case != "none":
        explore(aws, aged=case != "young", filter_="service:sns" if case == "filtered" else "")
    records, (row,) = scanned()
    assert skipped(records) == set()
    assert row.state is CoverageState.NOT_ENABLED
    assert reason in row.reason


def test_a_look_that_was_denied_names_the_permission_and_leaves_nothing_out(aws: Aws) -> None:
    explore(aws)
    aws.faults({"fault": "denied", "service": "resource-explorer-2", "operation": "ListResources"})
    records, (row,) = scanned()
    assert skipped(records) == set()
    assert (row.state, row.permission) == (CoverageState.DENIED, "resource-explorer-2:ListResources")


def test_a_page_that_fails_is_no_inventory(aws: Aws) -> None:
    """Half of an inventory would leave out what stood in the other half."""
    explore(aws)
    aws.client("sns").create_topic(Name="rappels")
    aws.faults({"fault": "repeated_token", "service": "resource-explorer-2", "operation": "ListResources"})
    records, (row,) = scanned()
    assert skipped(records) == set()
    assert row.state is CoverageState.PARTIAL


def test_an_unknown_source_is_told_before_anything_is_asked(aws: Aws) -> None:
    with pytest.raises(UsageError, match=r"--first-look-by takes resource-explorer, config.*, not 'macie'"):
        scanned(first_look_by=("macie",))
    assert aws.log() == []


def test_content_settings_and_parents_of_what_is_listed_are_never_left_out() -> None:
    catalog = load()
    every = frozenset(type_.cfn for type_ in catalog.types.values())
    shown = Inventory(name="it", service="it", region=REGION, as_of="", covers={REGION: every})
    look = Look(inventories=(shown,))
    for types in catalog.by_service.values():
        out = look.left_out(types, REGION)
        for type_ in types:
            if type_.holds is Holds.CONTENT or type_.setting or type_.medical or type_.scope == "global":
                assert type_.id not in out
            if type_.id not in out and type_.parent:
                assert type_.parent not in out
    assert look.left_out(catalog.by_service["sns"], OTHER) == {}

"""What an inventory of the account's own shows nothing of is left out, and said to be."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scanner.model import Coverage, CoverageState, Holds, ObservedResource
from scanner.providers.aws import provider
from scanner.providers.aws.catalog import load
from scanner.providers.aws.firstlook import Look
from scanner.providers.contract import Limits, Record
from tests.fixtures.aws import REGION, Aws

OTHER = "us-east-1"
TYPES = ("secretsmanager.secret", "kms.key", "lambda.function", "sns.topic", "dynamodb.table")


def explore(aws: Aws, *, aged: bool = True, filter_: str = "") -> None:
    """Turn Resource Explorer on in two regions, with the aggregator in one."""
    aws.client("resource-explorer-2", OTHER).create_index()
    here = aws.client("resource-explorer-2")
    here.update_index_type(Arn=here.create_index()["Arn"], Type="AGGREGATOR")
    view = here.create_view(ViewName="all", Filters={"FilterString": filter_})["View"]["ViewArn"]
    here.associate_default_view(ViewArn=view)
    if aged:
        index = here.get_index()
        old = (datetime.now(UTC) - timedelta(days=9)).isoformat()
        kept = {name: index[name] for name in ("Arn", "Type", "State", "ReplicatingFrom")}
        aws.given("resource-explorer-2", "GetIndex", {**kept, "CreatedAt": old}, region=REGION)


def scanned(**options: Any) -> tuple[list[Record], list[Coverage]]:
    asked = {"regions": (REGION, OTHER), "types": TYPES, "first_look": True, **options}
    collector = provider.open(asked, Limits(attempts=1))
    records = [record for unit in collector.units() for record in collector.collect(unit)]
    return records, list(collector.preliminary())


def skipped(records: Iterable[Record]) -> set[tuple[str, str]]:
    rows = [row for row in records if isinstance(row, Coverage) and row.state is CoverageState.SKIPPED]
    assert all(row.reason.startswith("not_scanned: left out, since Resource Explorer") for row in rows)
    return {(row.service, row.region) for row in rows}


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
    records, rows = scanned(first_look=False)
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


def test_content_settings_and_parents_of_what_is_listed_are_never_left_out() -> None:
    catalog = load()
    every = frozenset(type_.cfn for type_ in catalog.types.values())
    look = Look(asked=REGION, regions=frozenset({REGION}), known=every)
    for types in catalog.by_service.values():
        out = look.left_out(types, REGION)
        for type_ in types:
            if type_.holds is Holds.CONTENT or type_.setting or type_.medical or type_.scope == "global":
                assert type_.id not in out
            if type_.id not in out and type_.parent:
                assert type_.parent not in out
    assert look.left_out(catalog.by_service["sns"], OTHER) == frozenset()

"""How much a store holds, from the calls that a scan makes anyway."""

import pytest

from scanner.model import GapReason, ObservedResource, Size
from scanner.providers.aws import provider
from scanner.providers.aws.catalog import SizeRule, load
from scanner.providers.aws.expression import Document
from scanner.providers.aws.faults import Refused
from scanner.providers.aws.size import size_of
from scanner.providers.contract import Limits
from tests.fixtures.aws import REGION, Aws


def test_a_table_tells_bytes_and_items_and_a_database_what_is_reserved(aws: Aws) -> None:
    dynamodb, rds = aws.client("dynamodb"), aws.client("rds")
    key = {"AttributeName": "id", "KeyType": "HASH"}
    dynamodb.create_table(
        TableName="rdv",
        KeySchema=[key],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for number in range(3):
        dynamodb.put_item(TableName="rdv", Item={"id": {"S": str(number)}})
    account = {"MasterUsername": "u", "MasterUserPassword": "password1", "DBInstanceClass": "db.t3.small"}
    rds.create_db_instance(DBInstanceIdentifier="dossiers", Engine="postgres", AllocatedStorage=20, **account)
    aws.freeze()
    options = {"regions": (REGION,), "services": ("dynamodb", "rds")}
    collector = provider.open(options, Limits())
    found = {
        record.name: record.size
        for unit in collector.units()
        for record in collector.collect(unit)
        if isinstance(record, ObservedResource)
    }
    table = found["rdv"]
    assert table is not None and table.items == 3 and not table.allotted
    assert table.basis == "table.Table.TableSizeBytes, table.Table.ItemCount"
    assert found["dossiers"] == Size(bytes=20 * 1024**3, allotted=True, basis=found["dossiers"].basis)


def test_auroras_one_is_no_size() -> None:
    rule = load().types["rds.db_instance"].size
    aurora = Document({"item": {"Engine": "aurora-postgresql", "AllocatedStorage": 1}})
    size, gaps = size_of(rule, aurora)
    assert size is None and [(gap.fact, gap.reason) for gap in gaps] == [("size", GapReason.INVISIBLE)]


@pytest.mark.parametrize("told", [None, -1, "many"])
def test_a_number_that_is_none_is_a_gap(told: object) -> None:
    size, gaps = size_of(
        SizeRule(bytes="item.size", items="item.count"), Document({"item": {"size": told, "count": 4}})
    )
    assert size == Size(items=4, basis="item.count")
    assert [gap.detail for gap in gaps] == ["no answer tells the bytes"]


def test_what_was_refused_is_not_told_as_zero() -> None:
    document = Document({"item": {}, "table": None})
    document.refused["table"] = (Refused(GapReason.DENIED, "no"), "dynamodb:DescribeTable", "dynamodb:DescribeTable")
    size, gaps = size_of(SizeRule(bytes="table.Table.TableSizeBytes"), document)
    assert size is None and [(gap.reason, gap.permission) for gap in gaps] == [("denied", "dynamodb:DescribeTable")]


def test_a_type_without_such_a_question_has_no_gap() -> None:
    assert size_of(None, Document({"item": {}})) == (None, ())

"""Rows for listing and showing the tables."""

from datetime import date

import msgspec
import pytest

from scanner.errors import UsageError
from scanner.facts import rows
from scanner.facts.registry import shipped

TODAY = date(2026, 11, 24)


def test_every_table_lists_as_plain_json() -> None:
    registry = shipped()
    for table in (rows.operator_rows(registry, TODAY), rows.region_rows(registry, TODAY), rows.law_rows(TODAY)):
        assert len({tuple(row) for row in table}) == 1, "every row has the same columns"
        msgspec.json.encode(table)


def test_an_operator_shows_its_hosts_and_accounts() -> None:
    shown = rows.operator_detail(shipped(), "datadog", TODAY)
    assert shown["hosts"]["datadoghq.eu"] == "DE"
    assert "464622532012" in shown["accounts"]
    assert shown["as_of"] == "2026-11-22"


def test_an_old_entry_is_listed_as_unconfirmed() -> None:
    fresh = {row["id"]: row["confirmed"] for row in rows.operator_rows(shipped(), TODAY)}
    old = {row["id"]: row["confirmed"] for row in rows.operator_rows(shipped(), date(2027, 11, 24))}
    assert fresh["aws-emea"] and not any(old.values())


def test_a_region_shows_eu_and_eea_apart() -> None:
    (norway,) = rows.region_detail(shipped(), "Norway East", TODAY)
    assert (norway["country"], norway["eu"], norway["eea"], norway["adequacy"]) == ("NO", False, True, "member")
    (zurich,) = rows.region_detail(shipped(), "eu-central-2", TODAY)
    assert (zurich["eea"], zurich["adequacy"]) == (False, "adequate")


def test_a_law_shows_by_alias() -> None:
    assert rows.law_detail("us-fisa-702", TODAY)["status"] == "lapsed_grandfathered"


def test_an_unknown_name_is_a_usage_error_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean 'ovhcloud'"):
        rows.operator_detail(shipped(), "ovh-cloud", TODAY)
    with pytest.raises(UsageError, match="Did you mean 'eu-west-3'"):
        rows.region_detail(shipped(), "eu-west-33", TODAY)

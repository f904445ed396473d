"""Lists of the installed command: what people read is what programs read."""

import json
from functools import cache
from typing import Any

import pytest

from tests.cli.command import SIGNED_OUT, lexloci

LISTS = (
    "regions list",
    "regions show af-south-1",
    "operators list",
    "operators show aws-emea",
    "laws list",
    "laws show us-cloud-act",
    "policies list",
    "policies show core",
    "config show",
)


def cells(value: Any) -> list[Any]:
    """Every single value below a value of JSON."""
    if isinstance(value, dict):
        return [cell for one in value.values() for cell in cells(one)]
    return [cell for one in value for cell in cells(one)] if isinstance(value, list) else [value]


@cache
def as_json(list_: str) -> list[Any]:
    return cells(json.loads(lexloci(*list_.split(), "--format", "json").stdout))


def words(text: str) -> list[str]:
    return text.replace(",", " ").replace(";", " ").split()


@pytest.mark.parametrize("list_", LISTS)
def test_the_table_of_a_list_says_what_its_json_says(list_: str) -> None:
    told = words(" ".join(map(str, as_json(list_))))
    shown = words(lexloci(*list_.split(), environment={**SIGNED_OUT, "COLUMNS": "400"}).stdout)
    assert set(told) - {"None"} <= set(shown)
    for word in ("True", "False"):
        assert shown.count(word) == told.count(word)


@pytest.mark.parametrize("width", [60, 120])
@pytest.mark.parametrize("list_", LISTS)
def test_a_list_is_no_wider_than_the_terminal_and_loses_nothing(list_: str, width: int) -> None:
    shown = lexloci(*list_.split(), environment={**SIGNED_OUT, "COLUMNS": str(width)}).stdout
    assert max(map(len, shown.splitlines())) <= width
    letters = "".join(shown.split())
    for word in words(" ".join(map(str, as_json(list_)))):
        assert word == "None" or len(word) > 20 or word in letters

"""How old the tables are."""

from collections.abc import Iterable, Iterator
from datetime import date

from scanner.facts import aws_regions, azure_regions, content, countries, health, laws
from scanner.facts.registry import Registry
from scanner.facts.sourced import Sourced


def oldest(registry: Registry) -> date:
    """Date of the entry that nobody has looked at for the longest time, over every table."""
    return min(dates(registry).values())


def dates(registry: Registry) -> dict[str, date]:
    """Of each table, the date of the entry that nobody has looked at for the longest time."""
    return {name: min(entry.as_of for entry in entries) for name, entries in _tables(registry)}


def _tables(registry: Registry) -> Iterator[tuple[str, Iterable[Sourced]]]:
    yield "regions of AWS", [aws_regions.table()]
    yield "regions of Azure", [azure_regions.table()]
    yield "countries", [countries.table().codes, *countries.table().sets, *countries.table().adequacy]
    yield "laws", laws.table().laws
    yield "operators", registry.operators.values()
    yield "destinations", registry.destinations
    yield "accounts", registry.accounts
    yield "signs of health data", [health.table()]
    yield "signs of health data in content", [content.table()]

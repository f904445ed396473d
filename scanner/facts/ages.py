"""How old the tables are."""

from collections.abc import Iterator
from datetime import date

from scanner.facts import aws_regions, azure_regions, countries, health, laws
from scanner.facts.registry import Registry
from scanner.facts.sourced import Sourced


def oldest(registry: Registry) -> date:
    """Date of the entry that nobody has looked at for the longest time, over every table."""
    return min(entry.as_of for entry in _entries(registry))


def _entries(registry: Registry) -> Iterator[Sourced]:
    yield from (aws_regions.table(), azure_regions.table(), health.table(), countries.table().codes)
    yield from countries.table().sets
    yield from countries.table().adequacy
    yield from laws.table().laws
    yield from registry.operators.values()
    yield from registry.destinations
    yield from registry.accounts

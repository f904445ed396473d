"""The tables as plain rows, for listing and showing them."""

from datetime import date
from difflib import get_close_matches
from typing import Any

import msgspec

from scanner.errors import UsageError
from scanner.facts import aws_regions, azure_regions, countries, laws
from scanner.facts.operators import Operator
from scanner.facts.own import plain
from scanner.facts.registry import Registry
from scanner.facts.sourced import is_confirmed

Row = dict[str, Any]


def operator_rows(registry: Registry, today: date) -> list[Row]:
    """One row an operator, in alphabetical order. An entry older than 180 days is not `confirmed`."""
    return [_operator_row(registry, registry.operators[id_], today) for id_ in sorted(registry.operators)]


def _operator_row(registry: Registry, entry: Operator, today: date) -> Row:
    return {
        "id": entry.id,
        "brand": entry.brand,
        "legal_entity": entry.legal_entity,
        "hq_country": entry.hq_country,
        "ultimate_parent": entry.ultimate_parent,
        "parent_country": entry.ultimate_parent_country,
        "laws": [f"{reached.law} ({reached.strength.value})" for reached in entry.exposure],
        "confirmed": is_confirmed(entry, today),
        "as_of": entry.as_of.isoformat(),
        "entry": registry.reference(entry.id),
    }


def operator_detail(registry: Registry, id_: str, today: date) -> Row:
    """Everything recorded of one operator; UsageError when there is none with this id."""
    entry = registry.operator(id_.strip().lower())
    if entry is None:
        raise UsageError(_unknown("operator", id_, list(registry.operators)))
    hosts = {
        host: seat
        for known in registry.destinations
        if known.operator == entry.id
        for host, seat in known.hosts.items()
    }
    accounts = [number for known in registry.accounts if known.operator == entry.id for number in known.accounts]
    return {
        **msgspec.to_builtins(entry),
        "confirmed": is_confirmed(entry, today),
        "entry": registry.reference(entry.id),
        "hosts": hosts,
        "accounts": accounts,
    }


def region_rows(registry: Registry, today: date) -> list[Row]:
    """One row a region of every provider known; the user's own first, and those in whose place they stand left out."""
    own = [
        _region_row(entry.provider, entry.partition, entry.region, entry.zone, entry.country, entry.place)
        | {
            "pair": "",
            "confirmed": is_confirmed(entry, today),
            "as_of": entry.as_of.isoformat(),
            "note": entry.note,
            "entry": registry.region_reference(entry),
        }
        for entry in registry.regions
    ]
    replaced = {(entry.provider, plain(entry.provider, entry.region)) for entry in registry.regions if not entry.zone}
    return [*own, *(row for row in _shipped_rows(today) if (row["provider"], row["region"]) not in replaced)]


def _shipped_rows(today: date) -> list[Row]:
    aws, azure = aws_regions.table(), azure_regions.table()
    return [
        *(
            _region_row("aws", row.partition, row.name, row.display, row.country, row.place)
            | {
                "pair": "",
                "confirmed": row.confirmed and is_confirmed(aws, today),
                "as_of": aws.as_of.isoformat(),
                "note": row.note,
                "entry": f"regions/aws/{row.name}",
            }
            for row in aws.regions
        ),
        *(
            _region_row("azure", row.cloud, row.name, row.display, row.country, row.place)
            | {
                "pair": row.pair,
                "confirmed": row.confirmed and is_confirmed(azure, today),
                "as_of": azure.as_of.isoformat(),
                "note": row.note,
                "entry": f"regions/azure/{row.name}",
            }
            for row in azure.regions
        ),
    ]


def _region_row(provider: str, partition: str, name: str, display: str, country: str, place: str) -> Row:
    sets = countries.sets()
    return {
        "provider": provider,
        "partition": partition,
        "region": name,
        "display": display,
        "country": country,
        "place": place,
        "eu": country in sets["eu"],
        "eea": country in sets["eea"],
        "adequacy": _adequacy(country),
    }


def _adequacy(country: str) -> str:
    if country in countries.sets()["eea"]:
        return "member"
    decision = countries.adequacy(country)
    return "none" if decision is None else decision.status.value


def region_detail(registry: Registry, name: str, today: date, provider: str = "") -> list[Row]:
    """The rows of one region: one a provider, since two providers may use one name. UsageError when there is none."""
    rows = region_rows(registry, today)
    plain = azure_regions.normal(name)
    found = [row for row in rows if azure_regions.normal(row["region"]) == plain and provider in ("", row["provider"])]
    if not found:
        raise UsageError(_unknown("region", name, [row["region"] for row in rows]))
    return found


def law_rows(today: date) -> list[Row]:
    """One row a law."""
    return [
        {
            "id": entry.id,
            "country": entry.country,
            "title": entry.title,
            "reach": entry.reach.value,
            "status": entry.status.value,
            "third_country": laws.is_third_country(entry),
            "confirmed": is_confirmed(entry, today),
            "as_of": entry.as_of.isoformat(),
            "entry": f"laws/{entry.id}",
        }
        for entry in laws.laws().values()
    ]


def law_detail(name: str, today: date) -> Row:
    """Everything recorded of one law, by id or alias; UsageError when there is none."""
    entry = laws.law(name)
    return {
        **msgspec.to_builtins(entry),
        "third_country": laws.is_third_country(entry),
        "confirmed": is_confirmed(entry, today),
        "entry": f"laws/{entry.id}",
    }


def _unknown(kind: str, name: str, known: list[str]) -> str:
    near = get_close_matches(name.strip().lower(), known, n=1)
    return f"There is no {kind} '{name}' in the fact tables." + (f" Did you mean '{near[0]}'?" if near else "")

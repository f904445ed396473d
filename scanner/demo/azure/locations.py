"""Azure's regions as `GET /subscriptions/{id}/locations` answers them."""

from functools import cache
from pathlib import Path

from msgspec import Struct

from scanner.demo.azure.world import Json
from scanner.strictyaml import load_file


class _Location(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    display: str
    geography: str
    place: str | None = None
    pair: str | None = None


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    source: str
    as_of: str
    locations: list[_Location]


@cache
def _locations() -> tuple[_Location, ...]:
    return tuple(load_file(Path(__file__).with_name("locations.yaml"), _File).value.locations)


@cache
def display_names() -> tuple[str, ...]:
    return tuple(location.display for location in _locations())


def location_list(subscription: str) -> list[Json]:
    """The members of `value`, each with its pair where it has one."""
    return [_body(subscription, location) for location in _locations()]


def _body(subscription: str, location: _Location) -> Json:
    metadata: Json = {
        "regionType": "Physical",
        "geography": location.geography,
        "pairedRegion": [],
    }
    if location.place is not None:
        metadata["physicalLocation"] = location.place
    if location.pair is not None:
        metadata["pairedRegion"] = [
            {"name": location.pair, "id": f"/subscriptions/{subscription}/locations/{location.pair}"}
        ]
    return {
        "id": f"/subscriptions/{subscription}/locations/{location.name}",
        "name": location.name,
        "type": "Region",
        "displayName": location.display,
        "regionalDisplayName": f"({location.geography}) {location.display}",
        "metadata": metadata,
    }

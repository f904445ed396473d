"""The two maps of the page as shapes to draw: data, copies and keys by country, and the seat of who runs them."""

import math
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import TypedDict

import msgspec
from msgspec import Struct

from scanner.report.html.gathered import NOWHERE, Place

_LARGEST = 13.0
"""Radius of the largest mark."""


class Shape(Struct, frozen=True, kw_only=True):
    d: str
    at: tuple[float, float]
    dot: bool = False


class Outlines(Struct, frozen=True, kw_only=True):
    """See scripts/world_map.py, which wrote them."""

    about: dict[str, str]
    world: dict[str, Shape]
    europe: dict[str, Shape]
    names_fr: dict[str, str]


class Land(Struct, frozen=True, kw_only=True):
    code: str
    d: str
    level: int
    """0: nothing there; 1 to 3: a third of the largest number of stores each."""


class Mark(Struct, frozen=True, kw_only=True):
    code: str
    x: float
    y: float
    r: float
    place: Place


class Arc(TypedDict):
    d: str
    seat: str
    country: str
    stores: int


class Map(Struct, frozen=True, kw_only=True):
    view: str
    lands: tuple[Land, ...]
    marks: tuple[Mark, ...]
    arcs: tuple[Arc, ...] = ()


@cache
def outlines() -> Outlines:
    text = (resources.files("scanner.report.html") / "maps.json").read_bytes()
    return msgspec.json.decode(text, type=Outlines)


def world(places: Mapping[str, Place], seats: Mapping[tuple[str, str], int]) -> Map:
    shapes = outlines().world
    arcs = tuple(
        Arc(d=_arc(shapes[seat].at, shapes[country].at), seat=seat, country=country, stores=stores)
        for (seat, country), stores in sorted(seats.items())
        if seat != country and seat in shapes and country in shapes
    )
    return Map(view="40 15 885 420", lands=_lands(shapes, places), marks=_marks(shapes, places), arcs=arcs)


def europe(places: Mapping[str, Place]) -> Map:
    shapes = outlines().europe
    return Map(view="55 75 450 340", lands=_lands(shapes, places), marks=_marks(shapes, places))


def undrawn(places: Mapping[str, Place]) -> tuple[str, ...]:
    """Countries that the map has no place for; the table below it has them all."""
    return tuple(code for code in places if code and code not in outlines().world)


def _lands(shapes: Mapping[str, Shape], places: Mapping[str, Place]) -> tuple[Land, ...]:
    most = max((place.stores for code, place in places.items() if code != NOWHERE), default=0)
    return tuple(Land(code=code, d=shape.d, level=_level(places.get(code), most)) for code, shape in shapes.items())


def _level(place: Place | None, most: int) -> int:
    return math.ceil(3 * place.stores / most) if place and place.stores else 0


def _marks(shapes: Mapping[str, Shape], places: Mapping[str, Place]) -> tuple[Mark, ...]:
    most = max((place.stores for code, place in places.items() if code != NOWHERE), default=0) or 1
    return tuple(
        Mark(
            code=code,
            x=shapes[code].at[0],
            y=shapes[code].at[1],
            r=round(4 + (_LARGEST - 4) * math.sqrt(place.stores / most), 1),
            place=place,
        )
        for code, place in places.items()
        if code in shapes and (place.stores or place.copies or place.keys)
    )


def _arc(a: tuple[float, float], b: tuple[float, float]) -> str:
    """A curve that rises with the distance, so that arcs of one seat fan out."""
    (x1, y1), (x2, y2) = a, b
    rise = 0.22 * math.hypot(x2 - x1, y2 - y1)
    return f"M{x1:.1f} {y1:.1f}Q{(x1 + x2) / 2:.1f} {min(y1, y2) - rise:.1f} {x2:.1f} {y2:.1f}"

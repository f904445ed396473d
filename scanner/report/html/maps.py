"""The two maps of the page as shapes to draw: data, copies and keys by country, and the seat of who runs them."""

import math
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

import msgspec
from msgspec import Struct

from scanner.report.html.gathered import NOWHERE, Place

_SMALLEST, _LARGEST = 10.0, 17.0
"""Radius of a mark that carries a number."""

_WORLD = (60.0, 18.0, 850.0, 392.0)
_EUROPE = (55.0, 75.0, 450.0, 340.0)
"""What is shown of the outlines: left, top, width, height."""

FRAME = (418.0, 38.0, 127.0, 96.0)
"""Where the inset of Europe lies on the map of the world."""


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
    inset: bool = False
    """It is drawn in full on the inset, so that the world shows a point only."""


class Arc(Struct, frozen=True, kw_only=True):
    """From the seat of a parent to the stores that its operators run in a country."""

    d: str
    seat: str
    country: str
    stores: int
    width: float


class Map(Struct, frozen=True, kw_only=True):
    view: str
    lands: tuple[Land, ...]
    marks: tuple[Mark, ...]
    arcs: tuple[Arc, ...] = ()
    seats: tuple[tuple[str, float, float], ...] = ()
    """Code and place of the seats that an arc begins at."""


@cache
def outlines() -> Outlines:
    text = (resources.files("scanner.report.html") / "maps.json").read_bytes()
    return msgspec.json.decode(text, type=Outlines)


def world(places: Mapping[str, Place], seats: Mapping[str, Mapping[str, int]]) -> Map:
    """The whole, with an arc from the seat of a parent to each other country where its operators keep stores."""
    shapes = outlines().world
    arcs = tuple(_arcs(shapes, seats))
    begin = sorted({arc.seat for arc in arcs})
    return Map(
        view=_view(_WORLD),
        lands=_lands(shapes, places),
        marks=_marks(shapes, places, inset=True),
        arcs=arcs,
        seats=tuple((code, *shapes[code].at) for code in begin),
    )


def europe(places: Mapping[str, Place]) -> Map:
    shapes = outlines().europe
    return Map(view=_view(_EUROPE), lands=_lands(shapes, places), marks=_marks(shapes, places, inset=False))


def undrawn(places: Mapping[str, Place]) -> tuple[str, ...]:
    """Countries that the map has no place for; the table below it has them all."""
    return tuple(code for code in places if code and code not in outlines().world)


def _view(box: tuple[float, float, float, float]) -> str:
    return " ".join(f"{number:g}" for number in box)


def _lands(shapes: Mapping[str, Shape], places: Mapping[str, Place]) -> tuple[Land, ...]:
    most = max((place.stores for code, place in places.items() if code != NOWHERE), default=0)
    return tuple(Land(code=code, d=shape.d, level=_level(places.get(code), most)) for code, shape in shapes.items())


def _level(place: Place | None, most: int) -> int:
    return math.ceil(3 * place.stores / most) if place and place.stores else 0


def _marks(shapes: Mapping[str, Shape], places: Mapping[str, Place], *, inset: bool) -> tuple[Mark, ...]:
    most = max((place.stores for code, place in places.items() if code != NOWHERE), default=0) or 1
    return tuple(
        Mark(
            code=code,
            x=shapes[code].at[0],
            y=shapes[code].at[1],
            r=round(_SMALLEST + (_LARGEST - _SMALLEST) * math.sqrt(place.stores / most), 1),
            place=place,
            inset=inset and _in_inset(code),
        )
        for code, place in places.items()
        if code in shapes and (place.stores or place.copies or place.keys)
    )


def _in_inset(code: str) -> bool:
    shape = outlines().europe.get(code)
    left, top, width, height = _EUROPE
    return shape is not None and left < shape.at[0] < left + width and top < shape.at[1] < top + height


def _arcs(shapes: Mapping[str, Shape], seats: Mapping[str, Mapping[str, int]]) -> Iterator[Arc]:
    most = max((stores for counts in seats.values() for stores in counts.values()), default=1)
    for seat, counts in sorted(seats.items()):
        for country, stores in sorted(counts.items()):
            if seat != country and seat in shapes and country in shapes:
                way = _arc(shapes[seat].at, shapes[country].at)
                width = round(1 + 1.6 * math.sqrt(stores / most), 1)
                yield Arc(d=way, seat=seat, country=country, stores=stores, width=width)


def _arc(a: tuple[float, float], b: tuple[float, float]) -> str:
    """A curve that rises with the distance, so that arcs of one seat fan out."""
    (x1, y1), (x2, y2) = a, b
    rise = 0.22 * math.hypot(x2 - x1, y2 - y1)
    return f"M{x1:.1f} {y1:.1f}Q{(x1 + x2) / 2:.1f} {min(y1, y2) - rise:.1f} {x2:.1f} {y2:.1f}"

"""What orders under a law could reach and would yield, as text."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.report.columns import WIDTH, fold, under
from scanner.report.volume import told

if TYPE_CHECKING:
    from scanner.model.reach import StoreUnderLaw, UnderLaw

_YIELDS = {
    "cleartext": "cleartext",
    "external_key": "ciphertext while the key is withheld, cleartext in use",
    "ciphertext": "ciphertext only",
    "not_established": "not established",
}
_REACHED = {
    "established": "yes",
    "exercised": "exercised through a subsidiary",
    "arguable": "arguable",
    "technology_only": "technology only",
    "none_recorded": "none recorded",
    "not_established": "not established",
}
_BOUND = ("established", "exercised", "arguable", "not_established")
"""Reaches for which it matters what an order would yield."""


def lines(answer: "UnderLaw", width: int = WIDTH) -> Iterator[str]:
    """The law, the totals, each store, and what all that assumes; no line is longer than `width`."""
    for line in _told(answer, width):
        yield from fold(line, width)


def _told(answer: "UnderLaw", width: int) -> Iterator[str]:
    totals = answer.totals
    status = "" if answer.status == "in_force" else f"   {answer.status.replace('_', ' ')}"
    yield f"WHAT AN ORDER COULD READ   {answer.name} ({answer.country}){status}"
    yield (
        f"It reaches the operator of {totals.stores_reached} of {totals.stores} stores, and of {totals.health_reached} "
        f"of {totals.health_stores} with health data; {totals.unclassified_stores} carry no sign that decides."
    )
    yield "An order to an operator that it reaches would yield, of the stores with health data:"
    yield f"  cleartext         {totals.cleartext}"
    yield (
        f"  external key      {totals.external_key}   (ciphertext while it is withheld, cleartext in use; "
        f"for {totals.external_key_and_holder_reached} the law reaches the key's holder too)"
    )
    yield f"  ciphertext only   {totals.ciphertext}"
    yield f"  not established   {totals.key_not_established}   (who can use the key could not be read)"
    yield told(totals.volume)
    for word, volume in totals.volume_by_yield.items():
        if volume.filled or volume.counted or volume.allotted:
            yield f"  {_YIELDS[word]}: {told(volume)[0].lower()}{told(volume)[1:]}"
    yield (
        f"Whether it reaches the operator of the other stores with health data: {totals.health_arguable} arguable, "
        f"{totals.health_technology_only} technology only, {totals.health_none_recorded} none recorded, "
        f"{totals.health_not_established} not established."
    )
    if answer.stores:
        yield ""
        headers = ("country", "operator", "reached", "key custody", "an order would yield")
        yield from under(
            [store.id for store in answer.stores], [_row(store) for store in answer.stores], headers, width
        ).splitlines()
    yield ""
    if answer.instrument:
        yield f"Instrument: {answer.instrument}"
    if answer.what_defeats_it:
        yield f"What defeats it: {answer.what_defeats_it}"
    yield "This assumes:"
    for assumption in answer.assumptions:
        yield f"  - {assumption}"


def _row(store: "StoreUnderLaw") -> tuple[str, ...]:
    reached = _REACHED[store.reached] + (f", via {store.via}" if store.via else "")
    yields = _YIELDS[store.yields] if store.reached in _BOUND else "-"
    if store.reached in _BOUND and store.yields == "external_key" and store.key_holder_reached is not None:
        reached_too = f"{store.key_holder}, reached: {_REACHED[store.key_holder_reached]}"
        yields = f"{yields} (key holder: {reached_too if store.key_holder else 'not established'})"
    return (
        store.country or "not established",
        store.operator or "not established",
        reached,
        store.custody,
        yields,
    )

"""What a store's neighbours say of it: medical software that uses it, or that is kept together with it.

A neighbour is one family of signs however many there are, so that by itself it lists a store for classification and
fails nothing. Only what shows health data by a declaration or by being medical is a neighbour; a name is not passed on.
"""

from collections.abc import Iterator, Mapping

from scanner.facts.health import table
from scanner.model import Health, HealthSignal, ObservedResource

_KEPT = 2
"""Neighbours remembered of one place: one of them may be the store itself, and one is enough to be named."""

Place = tuple[str, str, str, str]
"""Kind, account, region (empty where the id is unique without them), id."""


class Neighbours:
    """Resources with strong signs of their own, by where they are and what they name."""

    def __init__(self) -> None:
        self._near: dict[Place, list[str]] = {}

    def add(self, observed: ObservedResource, tags: Mapping[str, str] | None, health: Health) -> None:
        """Note a resource with its own signs, which must hold nothing that came from a neighbour."""
        if not any(_counts(signal) for signal in health.signals):
            return
        for place in (*_places(observed, tags), ("itself", "", "", observed.id), _named(observed, observed.name)):
            self._note(place, observed.id)
        for target in _names(observed):
            self._note(("named", "", "", target), observed.id)
            self._note(_named(observed, target), observed.id)

    def signals(self, observed: ObservedResource, tags: Mapping[str, str] | None) -> tuple[HealthSignal, ...]:
        """What the neighbours of a store say of it; nothing for what keeps no data."""
        if not observed.holds.is_store or not self._near:
            return ()
        found = {signal.rule: signal for signal in self._signals(observed, tags)}
        return tuple(found[rule] for rule in sorted(found))

    def _signals(self, observed: ObservedResource, tags: Mapping[str, str] | None) -> Iterator[HealthSignal]:
        named = [("named", "", "", observed.id), _named(observed, observed.name)]
        named += [place for name in _names(observed) for place in (("itself", "", "", name), _named(observed, name))]
        for kind, place in (*(("named", place) for place in named), *((p[0], p) for p in _places(observed, tags))):
            other = next((id_ for id_ in self._near.get(place, ()) if id_ != observed.id), None)
            if other is not None:
                strength = table().neighbours.strength[kind]
                yield HealthSignal(family="neighbour", strength=strength, value=other[-80:], rule=f"neighbours.{kind}")

    def _note(self, place: Place, id_: str) -> None:
        self._near[place] = sorted({*self._near.get(place, ()), id_})[:_KEPT]


def _counts(signal: HealthSignal) -> bool:
    return (signal.strength == "declaration" and signal.family in ("tag", "discovery")) or (
        signal.strength == "strong" and signal.family in ("service", "discovery", "content")
    )


def _places(observed: ObservedResource, tags: Mapping[str, str] | None) -> Iterator[Place]:
    for kind, id_ in observed.ties.within:
        yield kind, "", "", id_
    for key in table().neighbours.tags:
        value = (tags or {}).get(key)
        if value:
            yield "stack", observed.account, observed.region, f"{key}={value}"


def _names(observed: ObservedResource) -> Iterator[str]:
    """What a resource names: other resources it uses, and the other ends of its copies."""
    yield from observed.ties.uses
    yield from (copy.target for copy in observed.copies or () if copy.target)


def _named(observed: ObservedResource, name: str) -> Place:
    return "named", observed.account, observed.region, name

"""The table of signs of health data: tags, names, traps, services."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache

from msgspec import Struct

from scanner.facts.sourced import Sourced
from scanner.facts.tables import Problem, read, refuse
from scanner.strictyaml import Source

Words = tuple[str, ...]


class TagSigns(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    keys: Words
    health: Words
    flags: Words
    affirmative: Words
    negative: Words
    denials: Words
    template: Words
    personal: Words
    none: Words


class NameSigns(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    strong: Words
    medium: Words
    weak: Words
    beside: dict[str, Words]


class Traps(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    phrases: Words
    paths: Words
    ambiguous: dict[str, str]


class ServiceSigns(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    images: Words
    ports: dict[str, str]
    registered: Words


class NeighbourSigns(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    tags: Words
    """Tags whose value is the same for resources that were made together."""
    strength: dict[str, str]
    """By what makes two resources neighbours."""


class DiscoverySource(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer of a discovery service, by the catalog id under which it is read."""

    vocabulary: str
    of: Words = ()
    """Types of the resources that it can speak of: where it was refused, their signs are not all known."""
    words: str = "medium"
    """How much it says that the customer gave what was found a name that stands for health data."""


class Vocabulary(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a service calls what it found; `*` stands for any characters."""

    declaration: Words = ()
    """Chosen by the customer from the service's own list."""
    strong: Words = ()
    """A type of health data."""
    medium: Words = ()
    """The same, guessed from names alone."""
    weak: Words = ()
    """A national number, which is also used for care, or a term that has other meanings."""

    def strength(self, kind: str) -> str:
        """What it weighs that `kind` was found; empty: nothing."""
        for strength in ("declaration", "strong", "medium", "weak"):
            if any(fnmatchcase(kind, word) for word in getattr(self, strength)):
                return strength
        return ""


class DiscoverySigns(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    sources: dict[str, DiscoverySource]
    vocabularies: dict[str, Vocabulary]


class HealthTable(Sourced, frozen=True, kw_only=True, gc=False):
    tags: TagSigns
    names: NameSigns
    traps: Traps
    services: ServiceSigns
    neighbours: NeighbourSigns
    discovery: DiscoverySigns


def check(source: Source[HealthTable]) -> None:
    """Refuse words that contradict each other or that could never match."""
    refuse(source, _problems(source.value))


def _problems(value: HealthTable) -> Iterator[Problem]:
    tags = value.tags
    for word in sorted(set(tags.health) & {*tags.none, *tags.template, *tags.personal}):
        yield ("tags", "health"), f"'{word}' also stands for something that is not a declaration"
    for word in sorted({*tags.flags, *tags.denials} & set(tags.personal)):
        yield ("tags", "personal"), f"'{word}' cannot be a flag for health data as well"
    listed: set[str] = set()
    for strength in ("strong", "medium", "weak"):
        for place, token in enumerate(getattr(value.names, strength)):
            if token in listed:
                yield ("names", strength, place), f"'{token}' is listed twice"
            listed.add(token)
    for word in value.traps.ambiguous:
        if word not in listed:
            yield ("traps", "ambiguous", word), f"'{word}' is no sign in the first place"
    for kind, strength in value.neighbours.strength.items():
        if strength not in ("medium", "weak"):
            yield ("neighbours", "strength", kind), "a neighbour is a medium or a weak sign, never more"
    yield from _discovery_problems(value.discovery)
    for port in value.services.registered:
        if port not in value.services.ports:
            yield ("services", "registered"), f"the port {port} has no entry"


def _discovery_problems(value: DiscoverySigns) -> Iterator[Problem]:
    for id_, source in value.sources.items():
        if source.vocabulary not in value.vocabularies:
            yield ("discovery", "sources", id_), f"there is no vocabulary '{source.vocabulary}'"
        if source.words not in ("declaration", "medium", "weak"):
            yield ("discovery", "sources", id_), f"'{source.words}' is no strength of a name"
    for name, vocabulary in value.vocabularies.items():
        seen: set[str] = set()
        for word in (*vocabulary.declaration, *vocabulary.strong, *vocabulary.medium, *vocabulary.weak):
            if word in seen:
                yield ("discovery", "vocabularies", name), f"'{word}' is listed twice"
            seen.add(word)


@cache
def table() -> HealthTable:
    source = read("health.yaml", HealthTable)
    check(source)
    return source.value

"""Which table entries the facts about a resource rest on: how well each is founded, and which are the user's own."""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache

from msgspec import Struct

from scanner.assess.resource import Assessed
from scanner.facts import countries
from scanner.facts.registry import Registry
from scanner.facts.sourced import Dated, is_confirmed
from scanner.model import Key
from scanner.policy.schema import SCHEMA
from scanner.policy.vocabulary import SET_PREFIX

_OPERATOR = tuple(name for name in SCHEMA if name.startswith("operator."))
_HOLDER = ("key.holder_parent_country", "key.holder_exposure", "alongside.exposure", "alongside.parent")


class Entry(Struct, frozen=True, kw_only=True):
    """An entry that was looked up, and the facts that it decided."""

    reference: str
    """`operators/ID`, `regions/aws/eu-west-3`…, with the user's file in front when it is theirs."""
    facts: tuple[str, ...]
    """Facts of the schema; `FACT.FIELD` for a field of a list of records."""
    confirmed: bool
    """Read in its source, and not longer ago than entries stay fresh."""
    as_of: date


def entries_behind(assessed: Assessed, registry: Registry, today: date) -> tuple[Entry, ...]:
    """Every entry behind a fact of the resource. One that is not in the tables is a gap, and not here."""
    return tuple(dict.fromkeys(_entries(assessed, registry, today)))


def unconfirmed(behind: Iterable[Entry], today: date) -> frozenset[str]:
    """Facts of the resource, and sets of countries, that may support a fail and never a pass."""
    return frozenset(fact for entry in behind if not entry.confirmed for fact in entry.facts) | unconfirmed_sets(today)


def unconfirmed_sets(today: date) -> frozenset[str]:
    """`sets.NAME` for each set of countries that is unconfirmed or out of date."""
    return frozenset(f"{SET_PREFIX}{name}" for name in countries.doubtful_sets(today))


def own_entries(behind: Iterable[Entry], registry: Registry) -> tuple[str, ...]:
    """References to entries of the user's file that decided something about the resource."""
    if registry.own is None:
        return ()
    return tuple(sorted({entry.reference for entry in behind if registry.is_own(entry.reference)}))


def _entries(assessed: Assessed, registry: Registry, today: date) -> Iterator[Entry]:
    resource, located, operator = assessed.resource, assessed.located, assessed.runs.operator
    if located.entry:
        yield _entry(located.entry, ("location.country",), located, today)
    if operator is not None:
        yield from _operator(operator.id, _OPERATOR, registry, today)
    for copy in resource.copies or ():
        if copy.region is not None:
            yield from _place(resource.provider, resource.partition, copy.region, "copies", registry, today)
    for way in resource.egress or ():
        known = registry.destination(way.target, way.kind)
        if known.by is not None:
            yield _entry(known.entry, ("egress.operator", "egress.country"), known.by, today)
            yield from _operator(known.operator, ("egress.parent_country",), registry, today)
    if assessed.key is not None:
        yield from _of_key(assessed.key, assessed, registry, today)


def _of_key(key: Key, assessed: Assessed, registry: Registry, today: date) -> Iterator[Entry]:
    partition = assessed.resource.partition
    holder = key.holder
    if holder is not None:
        # Whom a statement names is stated; only what the table knows of them can be doubtful.
        facts = _HOLDER if holder.basis == "declared" else ("key.holder", "alongside.operator", *_HOLDER)
        yield from _operator(holder.operator, facts, registry, today)
    if holder is not None and holder.basis == "provider":
        located = registry.locate(key.provider, partition, key.region)
        if located.entry:
            yield _entry(located.entry, ("key.country", "key.holder_country"), located, today)
    if holder is not None and holder.basis == "indicated":
        yield from _suggesting(key, registry, today)
    for replica in key.replicas or ():
        yield from _place(key.provider, partition, replica.region or "", "key.replicas", registry, today)
    for principal in key.decrypt_principals or ():
        if principal.external and principal.account:
            known = registry.account_holder(key.provider, principal.account)
            if known.by is not None:
                yield _entry(known.entry, ("key.decrypt_principals.operator",), known.by, today)
                yield from _operator(known.operator, ("key.decrypt_principals.parent_country",), registry, today)


def _suggesting(key: Key, registry: Registry, today: date) -> Iterator[Entry]:
    """The entries of the host name and of the account that suggest who holds a key."""
    host = registry.destination(key.endpoint) if key.endpoint else None
    owner = registry.account_holder(key.provider, key.service_owner) if key.service_owner else None
    if host is not None and host.by is not None:
        yield _entry(host.entry, ("key.holder", "key.holder_country"), host.by, today)
    if owner is not None and owner.by is not None:
        yield _entry(owner.entry, ("key.holder",), owner.by, today)


@lru_cache(maxsize=4096)
def _place(provider: str, partition: str, region: str, fact: str, registry: Registry, today: date) -> tuple[Entry, ...]:
    located = registry.locate(provider, partition, region)
    here = (_entry(located.entry, (f"{fact}.country",), located, today),) if located.entry else ()
    operator = registry.operator_of(provider, partition, region).operator
    return here if operator is None else (*here, *_operator(operator.id, (f"{fact}.operator",), registry, today))


@lru_cache(maxsize=4096)
def _operator(id_: str | None, facts: tuple[str, ...], registry: Registry, today: date) -> tuple[Entry, ...]:
    """The operator's entry, if there is one."""
    entry = registry.operator(id_ or "")
    return () if entry is None else (_entry(registry.reference(entry.id), facts, entry, today),)


def _entry(reference: str, facts: tuple[str, ...], dated: Dated, today: date) -> Entry:
    return Entry(reference=reference, facts=facts, confirmed=is_confirmed(dated, today), as_of=dated.as_of)

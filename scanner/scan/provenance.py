"""Where the value of a fact comes from: the call, the table entry, or whoever stated it."""

from collections.abc import Callable, Iterable
from datetime import date

from scanner.assess.custody import EXTERNAL
from scanner.assess.health import STATEMENT
from scanner.assess.resource import Assessed
from scanner.facts import countries
from scanner.facts.registry import Registry
from scanner.facts.sourced import is_confirmed
from scanner.facts.statements import Attestation, StatedCertificate
from scanner.model import Assurance
from scanner.policy.schema import SCHEMA, Provenance
from scanner.policy.vocabulary import SET_PREFIX
from scanner.scan.entries import entries_behind

_LOOKED_UP = ("copies", "egress", "key.replicas", "key.decrypt_principals")
"""Lists of records that are read from the account, with countries and operators from the tables."""

_KEY_CALLS = {"key.replicas": "kms:DescribeKey", "key.decrypt_principals": "kms:GetKeyPolicy, kms:ListGrants"}

_MOST_NAMED = 4
"""Entries named in one piece of evidence; the user's own come first."""

Source = Callable[[str, str], str]
"""The call that answers a fact of a resource type."""


def of_attestation(stated: Attestation) -> Provenance:
    """A statement of the user's, with who made it and until when."""
    source = f"{stated.by}, until {stated.until}"
    return Provenance(source=source, assurance=Assurance.DECLARED, as_of=stated.on.isoformat())


def of_certificates(stated: Iterable[StatedCertificate], table: Provenance) -> Provenance:
    """The operator's recorded certificates with those that the user states beside them: as weak as a statement."""
    told = "; ".join(f"{item.scheme} for {item.offer} by {item.by}, until {item.until}" for item in stated)
    return Provenance(
        source=f"{table.source}; {told}", assurance=Assurance.DECLARED, confirmed=table.confirmed, as_of=table.as_of
    )


def of_fact(fact: str, assessed: Assessed, registry: Registry, today: date, source: Source) -> Provenance:
    """Provenance of one fact of a resource, of a field of its records (`egress.country`), or of a set of countries."""
    if fact.startswith(SET_PREFIX):
        return of_set(fact, today)
    if any(fact == records or fact.startswith(f"{records}.") for records in _LOOKED_UP):
        return _of_records(fact, assessed, registry, today, source)
    declared = SCHEMA[fact].assurance if fact in SCHEMA else Assurance.DECLARED
    resource = assessed.resource
    if fact == "location.country":
        return Provenance(
            source=assessed.located.entry or "regions",
            assurance=declared,
            confirmed=is_confirmed(assessed.located, today),
            as_of=assessed.located.as_of.isoformat(),
        )
    if fact.startswith("operator."):
        return _of_entry(assessed.runs.operator.id if assessed.runs.operator else "", registry, today, declared)
    holder = assessed.key.holder if assessed.key is not None else None
    if fact.startswith(("key.holder", "alongside.exposure", "alongside.parent", "alongside.operator")):
        if holder is not None and holder.basis == "declared":
            stated = f"{holder.declared_by}, until {holder.until}"
            return Provenance(source=stated, assurance=Assurance.DECLARED)
        held = holder.operator if holder is not None else (assessed.runs.operator.id if assessed.runs.operator else "")
        return _of_entry(held or "", registry, today, Assurance.INDICATED)
    if fact in ("key.custody", "key.country") and resource.encryption.custody in EXTERNAL:
        stated_holder = holder is not None and holder.basis == "declared"
        assurance = Assurance.DECLARED if stated_holder else declared
        return Provenance(source="kms:DescribeKey", assurance=assurance)
    if fact.startswith("key.") and assessed.key is not None and resource.provider == "aws":
        return Provenance(source="kms:DescribeKey", assurance=declared)
    statement = next((signal for signal in resource.health.signals if signal.family == STATEMENT), None)
    rests_on_it = fact == "data.declared_none" or (fact == "data.health" and resource.health.level == "none_declared")
    if statement is not None and rests_on_it:
        return Provenance(source=f"stated {statement.value}", assurance=Assurance.DECLARED)
    if fact == "data.health":
        declared = Assurance.DECLARED if resource.health.level in ("declared", "none_declared") else declared
    field = "tags" if fact.startswith("data.") else fact
    return Provenance(source=source(resource.type, field) or "catalog", assurance=declared)


def _of_records(fact: str, assessed: Assessed, registry: Registry, today: date, source: Source) -> Provenance:
    """A list read from the account of which some fields were looked up: the call, and the entries of the tables."""
    records = next(name for name in _LOOKED_UP if fact == name or fact.startswith(f"{name}."))
    behind = [
        entry
        for entry in entries_behind(assessed, registry, today)
        if any(decided == fact or decided.startswith(f"{fact}.") for decided in entry.facts)
    ]
    references = sorted({entry.reference for entry in behind}, key=lambda name: (not registry.is_own(name), name))
    more = len(references) - _MOST_NAMED
    shown = [*references[:_MOST_NAMED], *([f"and {more} more"] if more > 0 else [])]
    own_call = _KEY_CALLS.get(records, "") if assessed.resource.provider == "aws" else ""
    call = own_call or source(assessed.resource.type, records) or "catalog"
    return Provenance(
        source="; ".join([call, *shown]),
        assurance=SCHEMA[records].assurance,
        confirmed=all(entry.confirmed for entry in behind),
        as_of=min(entry.as_of for entry in behind).isoformat() if behind else "",
    )


def of_set(name: str, today: date) -> Provenance:
    """Provenance of a set of countries, `sets.NAME`."""
    entry = countries.set_entry(name.removeprefix(SET_PREFIX))
    return Provenance(
        source=f"countries/{name.removeprefix(SET_PREFIX)}",
        assurance=Assurance.INDICATED,
        confirmed=is_confirmed(entry, today),
        as_of=entry.as_of.isoformat(),
    )


def _of_entry(id_: str, registry: Registry, today: date, assurance: Assurance) -> Provenance:
    entry = registry.operator(id_)
    if entry is None:
        return Provenance(source="operators", assurance=assurance, confirmed=False)
    return Provenance(
        source=registry.reference(id_),
        assurance=assurance,
        confirmed=is_confirmed(entry, today),
        as_of=entry.as_of.isoformat(),
    )

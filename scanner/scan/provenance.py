"""Where the value of a fact comes from: the call, the table entry, or whoever stated it."""

from collections.abc import Callable, Iterable
from datetime import date

from msgspec import Struct

from scanner.assess.custody import EXTERNAL
from scanner.assess.examined import examined_by
from scanner.assess.health import STATEMENT
from scanner.assess.resource import Assessed
from scanner.facts import countries
from scanner.facts.located import Located
from scanner.facts.registry import Registry
from scanner.facts.sourced import is_confirmed
from scanner.facts.statements import Attestation, StatedCertificate
from scanner.model import Assurance, HealthLevel, Holder
from scanner.policy.schema import SCHEMA, Provenance
from scanner.policy.vocabulary import SET_PREFIX
from scanner.scan.entries import Entry

_LOOKED_UP = ("copies", "egress", "key.replicas", "key.decrypt_principals")
"""Lists of records that are read from the account, with countries and operators from the tables."""

_KEY_CALLS = {"key.replicas": "kms:DescribeKey", "key.decrypt_principals": "kms:GetKeyPolicy, kms:ListGrants"}

EXTERNAL_KEY = "key.external"
"""The word by which a provider is asked for the call that shows a key to be outside its key service."""

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


class Grounds(Struct, frozen=True, kw_only=True, gc=False):
    """All that the provenance of a resource's facts depends on. Many resources have the same."""

    provider: str
    type: str
    located: Located
    operator: str
    """Who runs the service, empty when that is not known."""
    holder: Holder | None
    """Of the deciding key."""
    has_key: bool
    """The deciding key is in the scan."""
    external: bool
    """The key is outside the provider's key service."""
    health: HealthLevel | None
    examined_by: tuple[str, ...]
    """Who looked into the content."""
    stated_without: str
    """Who says that there is no health data, empty when nobody does."""
    certified: tuple[StatedCertificate, ...]
    looked_up: tuple[Entry, ...]
    """The entries behind fields of lists of records."""


def grounds_of(assessed: Assessed, behind: Iterable[Entry], certified: tuple[StatedCertificate, ...] = ()) -> Grounds:
    """The grounds of one resource; `behind` are the entries behind its facts."""
    resource, key, operator = assessed.resource, assessed.key, assessed.runs.operator
    statement = next((signal.value for signal in resource.health.signals if signal.family == STATEMENT), "")
    return Grounds(
        provider=resource.provider,
        type=resource.type,
        located=assessed.located,
        operator=operator.id if operator is not None else "",
        holder=key.holder if key is not None else None,
        has_key=key is not None,
        external=resource.encryption.custody in EXTERNAL,
        health=resource.health.level,
        examined_by=examined_by(resource),
        stated_without=statement,
        certified=certified,
        looked_up=tuple(entry for entry in behind if entry.facts[0].startswith(_LOOKED_UP)),
    )


def of_fact(fact: str, grounds: Grounds, registry: Registry, today: date, source: Source) -> Provenance:
    """Provenance of one fact of a resource, of a field of its records (`egress.country`), or of a set of countries."""
    if fact.startswith(SET_PREFIX):
        return of_set(fact, today)
    if any(fact == records or fact.startswith(f"{records}.") for records in _LOOKED_UP):
        return _of_records(fact, grounds, registry, source)
    declared = SCHEMA[fact].assurance if fact in SCHEMA else Assurance.DECLARED
    if fact == "location.country":
        return Provenance(
            source=grounds.located.entry or grounds.located.source or "regions",
            assurance=declared,
            confirmed=is_confirmed(grounds.located, today),
            as_of=grounds.located.as_of.isoformat(),
        )
    if fact.startswith("operator."):
        recorded = _of_entry(grounds.operator, registry, today, declared)
        certified = fact == "operator.certifications" and grounds.certified
        return of_certificates(grounds.certified, recorded) if certified else recorded
    holder = grounds.holder
    if fact.startswith(("key.holder", "alongside.exposure", "alongside.parent", "alongside.operator")):
        if holder is not None and holder.basis == "declared":
            stated = f"{holder.declared_by}, until {holder.until}"
            return Provenance(source=stated, assurance=Assurance.DECLARED)
        held = holder.operator if holder is not None else grounds.operator
        return _of_entry(held or "", registry, today, Assurance.INDICATED)
    if fact in ("key.custody", "key.country") and grounds.external:
        call = "kms:DescribeKey" if grounds.provider == "aws" else source(grounds.type, EXTERNAL_KEY)
        if holder is not None and holder.basis == "declared":  # the call shows that it is outside, the statement whose
            stated = f"{call or 'catalog'}; {holder.declared_by}, until {holder.until}"
            return Provenance(source=stated, assurance=Assurance.DECLARED)
        return Provenance(source=call or "catalog", assurance=declared)
    if fact.startswith("key.") and grounds.has_key and grounds.provider == "aws":
        return Provenance(source="kms:DescribeKey", assurance=declared)
    rests_on_it = fact == "data.declared_none" or (fact == "data.health" and grounds.health == "none_declared")
    if grounds.stated_without and rests_on_it:
        return Provenance(source=f"stated {grounds.stated_without}", assurance=Assurance.DECLARED)
    if fact == "data.health":
        declared = Assurance.DECLARED if grounds.health in ("declared", "none_declared") else declared
    if fact == "data.content_examined":
        return Provenance(source=" and ".join(grounds.examined_by) or "the scan's own record", assurance=declared)
    field = "tags" if fact.startswith("data.") else fact
    return Provenance(source=source(grounds.type, field) or "catalog", assurance=declared)


def _of_records(fact: str, grounds: Grounds, registry: Registry, source: Source) -> Provenance:
    """A list read from the account of which some fields were looked up: the call, and the entries of the tables."""
    records = next(name for name in _LOOKED_UP if fact == name or fact.startswith(f"{name}."))
    behind = [
        entry
        for entry in grounds.looked_up
        if any(decided == fact or decided.startswith(f"{fact}.") for decided in entry.facts)
    ]
    references = sorted({entry.reference for entry in behind}, key=lambda name: (not registry.is_own(name), name))
    more = len(references) - _MOST_NAMED
    shown = [*references[:_MOST_NAMED], *([f"and {more} more"] if more > 0 else [])]
    own_call = _KEY_CALLS.get(records, "") if grounds.provider == "aws" else ""
    call = own_call or source(grounds.type, records) or "catalog"
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

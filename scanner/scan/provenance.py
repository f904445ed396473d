"""Where the value of a fact comes from: the call, the table entry, or whoever stated it."""

from collections.abc import Callable, Iterable
from datetime import date

from scanner.assess.custody import EXTERNAL
from scanner.assess.health import STATEMENT
from scanner.assess.resource import Assessed
from scanner.facts.registry import Registry
from scanner.facts.sourced import is_confirmed
from scanner.facts.statements import Attestation, StatedCertificate
from scanner.model import Assurance
from scanner.policy.schema import SCHEMA, Provenance

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
    """Provenance of one fact of a resource."""
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
        call = "kms:GetKeyPolicy, kms:ListGrants" if fact == "key.decrypt_principals" else "kms:DescribeKey"
        return Provenance(source=call, assurance=declared)
    statement = next((signal for signal in resource.health.signals if signal.family == STATEMENT), None)
    rests_on_it = fact == "data.declared_none" or (fact == "data.health" and resource.health.level == "none_declared")
    if statement is not None and rests_on_it:
        return Provenance(source=f"stated {statement.value}", assurance=Assurance.DECLARED)
    if fact == "data.health":
        declared = Assurance.DECLARED if resource.health.level in ("declared", "none_declared") else declared
    field = "tags" if fact.startswith("data.") else fact
    return Provenance(source=source(resource.type, field) or "catalog", assurance=declared)


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

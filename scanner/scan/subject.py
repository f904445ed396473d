"""A resource in the words of the fact schema: what is established is bound, what is not is left out with its gaps."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache, lru_cache
from typing import Any

from scanner.assess.certificates import stated_for
from scanner.assess.resource import Assessed, by_fact
from scanner.facts.registry import Registry
from scanner.facts.statements import Attestation, StatedCertificate
from scanner.model import Custody, Gap, GapReason
from scanner.policy.schema import ATTESTATION_PREFIX, SCHEMA, Provenance
from scanner.policy.subject import Subject
from scanner.policy.vocabulary import SET_PREFIX
from scanner.scan.bound import bound
from scanner.scan.entries import Entry, entries_behind, unconfirmed
from scanner.scan.provenance import Grounds, Source, grounds_of, of_attestation, of_fact

_UNLIMITED = Gap(
    fact="retention",
    reason=GapReason.INVISIBLE,
    detail="no setting of the provider's ends it, and what the application deletes no API shows",
)
_NO_KEY = Gap(fact="encryption.key", reason=GapReason.UNRESOLVED, detail="the data is not encrypted: there is no key")

_FIELDS = {
    "location.country": ("country",),
    "operator.id": ("operator",),
    "operator.country": ("operator",),
    "operator.parent_country": ("operator", "parent_country"),
    "operator.exposure": ("operator", "parent_country"),
    "operator.certifications": ("operator",),
    "data.health": ("health.level", "tags"),
    "data.classification": ("tags", "health.level"),
    "data.signals": ("tags", "health.signals"),
    "data.declared_none": ("tags",),
    "encryption.state": ("encryption.state",),
    "encryption.at_rest": ("encryption.state",),
    "key.id": ("encryption.key", "encryption.state"),
    "key.custody": ("encryption.key", "encryption.state", "key.manager", "key.origin", "key.store"),
    "key.country": ("key.country", "encryption.key"),
    "key.region": ("key.region", "encryption.key", "key.manager"),
    "key.replicas": ("key.replicas", "encryption.key"),
    "key.holder": ("key.holder", "encryption.key", "key.origin"),
    "key.holder_country": ("key.holder", "key.country", "encryption.key"),
    "key.holder_parent_country": ("key.holder", "encryption.key"),
    "key.holder_exposure": ("key.holder", "encryption.key"),
    "key.decrypt_principals": ("key.principals", "encryption.key"),
    "alongside.operator": ("key.holder", "encryption.key", "operator"),
    "alongside.parent": ("key.holder", "encryption.key", "parent_country"),
    "alongside.exposure": ("key.holder", "encryption.key", "parent_country"),
    "alongside.account": ("key.account", "encryption.key", "key.manager"),
    "alongside.region": ("key.region", "encryption.key", "key.manager"),
    "copies": ("copies", "copies.account"),
    "egress": ("egress", "egress.operator"),
    "retention.limited": ("retention",),
    "retention.days": ("retention",),
}
"""Fields of the document whose gaps explain why a fact is not bound."""

_FACTS = {
    field: tuple(fact for fact, fields in _FIELDS.items() if field in fields)
    for fields in _FIELDS.values()
    for field in fields
}
"""The other way round."""

_SHARED = 1024
"""Provenances held; an account has some dozens."""


class Subjects:
    """Makes the subjects of one scan, and has those with the same grounds share one provenance."""

    def __init__(
        self,
        registry: Registry,
        today: date,
        source: Source,
        attested: Mapping[str, Attestation] | None = None,
        certificates: Iterable[StatedCertificate] = (),
    ) -> None:
        """`attested` holds the attestations in force, by name, `certificates` the certificates that the user states."""
        self._registry = registry
        self._today = today
        self._source = source
        self._stated = attested or {}
        self._attested = {ATTESTATION_PREFIX + name: stated.value for name, stated in self._stated.items()}
        self._certificates = tuple(certificates)
        self._provenance = lru_cache(maxsize=_SHARED)(self._make_provenance)

    def of(self, assessed: Assessed, behind: tuple[Entry, ...] | None = None) -> Subject:
        """The subject that policies are evaluated on; `behind` are its `entries_behind` where they are at hand."""
        if behind is None:
            behind = entries_behind(assessed, self._registry, self._today)
        resource = assessed.resource
        certified = stated_for(resource, assessed.runs.operator, self._certificates)
        values = {**bound(assessed, certified), **self._attested}
        return Subject(
            kind="resource",
            id=resource.id,
            provider=resource.provider,
            partition=resource.partition,
            account=resource.account,
            account_name=resource.account_name,
            account_path=resource.account_path,
            region=resource.region,
            values=values,
            missing=_missing(assessed, values),
            unconfirmed=unconfirmed(behind, self._today),
            provenance=self._provenance(grounds_of(assessed, behind, certified)),
        )

    def _make_provenance(self, grounds: Grounds) -> Callable[[str], Provenance]:
        # Controls share facts, and ask for the provenance of each.
        @cache
        def provenance(fact: str) -> Provenance:
            if fact.startswith(ATTESTATION_PREFIX):
                return of_attestation(self._stated[fact.removeprefix(ATTESTATION_PREFIX)])
            return of_fact(fact, grounds, self._registry, self._today, self._source)

        return provenance


def _missing(assessed: Assessed, values: Mapping[str, Any]) -> dict[str, tuple[Gap, ...]]:
    """The gaps behind each fact that is not bound, or is a list and may be known in part only."""
    gaps = dict(by_fact(assessed.resource.gaps))
    retention = assessed.resource.retention
    if (retention is None or retention.days is None) and "retention" not in gaps:
        gaps["retention"] = (_UNLIMITED,)
    if assessed.resource.encryption.custody is Custody.NONE:
        gaps.setdefault("encryption.key", (_NO_KEY,))
    facts = {fact: None for field in gaps for fact in _FACTS.get(field, ())}
    return {
        fact: tuple(gap for field in _FIELDS[fact] for gap in gaps.get(field, ()))
        for fact in facts
        if fact not in values or isinstance(values[fact], list)
    }


def scan_subject(
    *,
    account: str,
    provider: str,
    partition: str,
    complete: bool,
    incomplete: tuple[Gap, ...],
    operator: Mapping[str, Any],
    no_operator: tuple[Gap, ...],
    attested: Mapping[str, Attestation],
    provenance: Callable[[str], Provenance],
    unconfirmed: frozenset[str],
) -> Subject:
    """The scan as a whole. `operator` binds `operator.*`; `no_operator` says why when it does not."""
    values: dict[str, Any] = dict(operator)
    missing: dict[str, tuple[Gap, ...]] = {} if complete else {"coverage.complete": incomplete}
    missing |= {fact: no_operator for fact in SCHEMA if fact.startswith("operator.") and fact not in values}
    if complete:
        values["coverage.complete"] = True
    for name, attestation in attested.items():
        values[ATTESTATION_PREFIX + name] = attestation.value

    def of(fact: str) -> Provenance:
        if fact.startswith(ATTESTATION_PREFIX):
            return of_attestation(attested[fact.removeprefix(ATTESTATION_PREFIX)])
        if fact.startswith(("operator.", SET_PREFIX)):
            return provenance(fact)
        return Provenance(source="the scan's own record", assurance=SCHEMA[fact].assurance)

    return Subject(
        kind="scan",
        id="scan",
        provider=provider,
        partition=partition,
        account=account,
        values=values,
        missing=missing,
        unconfirmed=unconfirmed,
        provenance=of,
    )

"""The companies that run services: who owns them, which laws reach them, what they are certified for."""

from collections.abc import Iterable, Iterator
from enum import StrEnum

from msgspec import Struct

from scanner.facts import countries, laws
from scanner.facts.sourced import Basis, Sourced
from scanner.facts.tables import Problem


class Via(StrEnum):
    """Through what a law reaches an operator."""

    PARENT = "parent"
    ENTITY = "entity"
    """The operating company itself."""
    OPERATOR = "operator"
    """Another company that runs the machines for it."""
    SUBSIDIARY = "subsidiary"
    MINORITY = "minority"
    TECHNOLOGY = "technology"


class Strength(StrEnum):
    """How firmly it is known that a law reaches an operator."""

    ESTABLISHED = "established"
    """The operator or a controlling parent is organised or headquartered there."""
    EXERCISED = "exercised"
    """Publicly known use of the law against the group through a subsidiary, whatever came of it."""
    ARGUABLE = "arguable"
    """A subsidiary, listing, minority holding or fund owner is there."""
    TECHNOLOGY_ONLY = "technology_only"
    """Foreign technology without control: about availability and updates, not about disclosure."""


class CertificateStatus(StrEnum):
    CERTIFIED = "certified"
    QUALIFIED = "qualified"
    ELIGIBLE = "eligible"
    """Winner of the Commission's call of 17 April 2026, at least SEAL-2; not a certificate."""
    IN_PROGRESS = "in_progress"
    CLAIMED = "claimed"
    """Asserted by the operator; the certificate was not read."""
    SELF_ASSESSED = "self_assessed"
    NOT_CERTIFIED = "not_certified"
    NOT_ELIGIBLE = "not_eligible"
    """The ownership test cannot be met."""
    UNKNOWN = "unknown"


class ReachedBy(Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """A law that reaches an operator. Country and status are the law's own, in the table of laws."""

    law: str
    via: Via
    strength: Strength
    reason: str


class Certificate(Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """A certificate of some of an operator's services. It covers a scope, never the company."""

    scheme: str
    status: CertificateStatus
    version: str = ""
    scope: str = ""
    valid_from: str = ""
    """Year, month or day, as far as known."""
    valid_until: str = ""
    source: str = ""
    confirmed: bool
    basis: Basis


class Runs(Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """A part of a cloud that an operator runs."""

    provider: str
    partition: str
    regions: tuple[str, ...] = ()
    """Empty: all of the partition."""
    other_entities: tuple[str, ...] = ()
    """Operators of the same group that may be the contracting entity instead; no API shows which one is."""


class Operator(Sourced, frozen=True, kw_only=True, gc=False):
    """One operating company or offer, not a brand. `confirmed` covers the ownership."""

    id: str
    brand: str
    legal_entity: str
    kind: tuple[str, ...]
    hq_country: str
    """Seat of the legal entity."""
    ultimate_parent: str
    ultimate_parent_country: str | None
    """Seat of whoever controls it in the end, not of where a subsidiary is incorporated. None: not established."""
    runs: tuple[Runs, ...] = ()
    ownership: str
    exposure: tuple[ReachedBy, ...]
    """Empty: none recorded, which is not the same as none."""
    certifications: tuple[Certificate, ...]


def problems(key: str, entries: Iterable[Operator], known: set[str]) -> Iterator[Problem]:
    """What is wrong with a list of operators, beyond its shape. `known` are the ids that may be referred to."""
    for index, entry in enumerate(entries):
        here = (key, index)
        for field in ("hq_country", "ultimate_parent_country"):
            code = getattr(entry, field)
            if code is not None and (problem := countries.problem(code)):
                yield (*here, field), f"{problem} (write null when it is not established)"
        for place, reached in enumerate(entry.exposure):
            if reached.law not in laws.laws():
                yield (*here, "exposure", place, "law"), f"there is no law '{reached.law}'"
            if (reached.via is Via.TECHNOLOGY) is not (reached.strength is Strength.TECHNOLOGY_ONLY):
                message = "via technology and strength technology_only go together: technology is not control"
                yield (*here, "exposure", place), message
        for place, runs in enumerate(entry.runs):
            for other in runs.other_entities:
                if other not in known:
                    yield (*here, "runs", place, "other_entities"), f"there is no operator '{other}'"

"""Which laws reach an operator, and how firmly. Exposure is a fact about an operator, not a breach of anything."""

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from scanner.facts.laws import LawStatus, is_third_country, laws
from scanner.facts.operators import Operator, ReachedBy, Strength, Via
from scanner.facts.registry import OperatorFact
from scanner.facts.sourced import is_confirmed
from scanner.model import Exposure, Gap, GapReason

CONTROL = frozenset({Via.PARENT, Via.ENTITY, Via.OPERATOR})
"""Ways on which an established law binds whoever holds the data. A subsidiary, a minority holding or a supplier of
technology holds nothing by itself."""


class Exposed(Struct, frozen=True, kw_only=True, gc=False):
    """The laws that reach whoever runs something."""

    exposures: tuple[Exposure, ...]
    complete: bool
    """False: the operator or its ultimate parent is not established, so that there may be more. `gaps` says which."""
    confirmed: bool
    """True when the entry it rests on is confirmed and fresh. An empty list that is not confirmed clears nobody."""
    as_of: date
    gaps: tuple[Gap, ...] = ()


def exposure_of(fact: OperatorFact, today: date) -> Exposed:
    """Exposure of whoever runs a part of a cloud.

    When several entities of one group may be the contracting one, only the laws that reach all of them count: they
    hold whichever it is.
    """
    operator = fact.operator
    if operator is None:
        return Exposed(
            exposures=(), complete=False, confirmed=False, as_of=date.min, gaps=(fact.gap,) if fact.gap else ()
        )
    common = set.intersection(*({_key(reached) for reached in entry.exposure} for entry in fact.candidates))
    reached = [reached for reached in operator.exposure if _key(reached) in common]
    return _exposed(operator, reached, fact.candidates, today)


def exposure_of_operator(operator: Operator, today: date) -> Exposed:
    """Exposure of one operator, such as the holder of an external key or the receiver of data."""
    return _exposed(operator, operator.exposure, (operator,), today)


def established_laws(exposed: Exposed) -> frozenset[str] | None:
    """Third-country laws that are established for whoever controls the data; None when the list may lack some."""
    if not exposed.complete:
        return None
    return frozenset(entry.law for entry in exposed.exposures if is_established(entry))


def is_established(exposure: Exposure) -> bool:
    """True when the law binds the operator itself, through its parent, its own seat or whoever runs its machines."""
    return (
        exposure.strength == Strength.ESTABLISHED and exposure.via in CONTROL and is_third_country(laws()[exposure.law])
    )


def _exposed(
    operator: Operator, reached: Iterable[ReachedBy], candidates: tuple[Operator, ...], today: date
) -> Exposed:
    unknown = [entry for entry in candidates if entry.ultimate_parent_country is None]
    gaps = tuple(
        Gap(
            fact="parent_country",
            reason=GapReason.UNMAPPED,
            detail=f"the ultimate parent of {entry.id} is not established ({entry.ultimate_parent})",
        )
        for entry in unknown
    )
    return Exposed(
        exposures=tuple(_exposure(entry) for entry in reached),
        complete=not unknown,
        confirmed=is_confirmed(operator, today),
        as_of=operator.as_of,
        gaps=gaps,
    )


def _exposure(reached: ReachedBy) -> Exposure:
    law = laws()[reached.law]
    return Exposure(
        law=law.id,
        country=law.country,
        via=reached.via.value,
        strength=reached.strength.value,
        status="" if law.status is LawStatus.IN_FORCE else law.status.value,
        reason=reached.reason,
    )


def _key(reached: ReachedBy) -> tuple[str, Strength, bool]:
    """What must agree for a law to reach two entities alike: the way may differ, the grip may not."""
    return reached.law, reached.strength, reached.via in CONTROL

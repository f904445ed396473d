"""What an order under a law could reach, and what it would yield there. Two questions, never merged.

Whether the order binds the operator is a fact about the operator; what the operator could hand over is a fact about
the key. Neither says that an order was made, would be lawful, or would be obeyed.
"""

from scanner.assess.custody import EXTERNAL, PROVIDER_HELD
from scanner.assess.exposure import CONTROL, Exposed
from scanner.facts.laws import Law, Reach, is_third_country
from scanner.facts.operators import Strength
from scanner.model import Custody, Exposure, HealthLevel
from scanner.model.reach import Grip, Yield

HEALTH_LEVELS = frozenset({HealthLevel.DECLARED, HealthLevel.CONFIRMED, HealthLevel.LIKELY})
"""Levels at which a store counts as holding health data; `possible` asks for classification and decides nothing."""


_RANK = tuple(Grip)


def grip_of(exposed: Exposed, law: Law, country: str | None = None) -> tuple[Grip, Exposure | None]:
    """How firmly `law` binds whoever is `exposed`, with the entry that says so; `country` is where the data are.

    A law that follows the territory binds whoever has machines there. An operator that is known in part may be bound
    more firmly than what is recorded, so that only what suffices by itself counts; an entry that is unconfirmed or out
    of date clears nobody. Nor does the operator table clear anybody of the laws of the Union or its member states,
    because it records those of third countries.
    """
    recorded = sorted(((_grip(entry), entry) for entry in exposed.exposures if entry.law == law.id), key=_rank)
    if law.reach is Reach.TERRITORY and country == law.country:
        reason = f"the machines are in {law.country}"
        return Grip.ESTABLISHED, Exposure(
            law=law.id, country=law.country, via="territory", strength="established", reason=reason
        )
    if recorded and (exposed.complete or recorded[0][0] in (Grip.ESTABLISHED, Grip.EXERCISED)):
        return recorded[0]
    located = law.reach is not Reach.TERRITORY or country is not None
    if exposed.complete and exposed.confirmed and located and is_third_country(law):
        return Grip.NONE_RECORDED, None
    return Grip.NOT_ESTABLISHED, None


def _grip(entry: Exposure) -> Grip:
    """A law that is established for a subsidiary or a minority owner binds somebody who holds nothing by itself."""
    if entry.strength == Strength.ESTABLISHED and entry.via not in CONTROL:
        return Grip.ARGUABLE
    return Grip(entry.strength)


def _rank(found: tuple[Grip, Exposure]) -> int:
    return _RANK.index(found[0])


def what_an_order_yields(custody: Custody) -> Yield:
    """What an operator under order could hand over, by who can use the key."""
    if custody in PROVIDER_HELD:
        return Yield.CLEARTEXT
    if custody in EXTERNAL:
        return Yield.EXTERNAL_KEY
    return Yield.CIPHERTEXT if custody is Custody.CLIENT_SIDE else Yield.NOT_ESTABLISHED

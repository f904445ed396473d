"""How sure it is that a resource holds health data: the ladder.

    declared       a classification of the account's says so, in a tag or as a label of a column
    confirmed      a medical service with a store in it, or a discovery or content sign of a health type
    likely         signs of two families that do not depend on each other
    possible       a sign of one family; the resource is listed for classification, no control fails on it
    none_declared  a classification says that there is none, and nothing on the rungs above contradicts it
    no_signal      nothing found, which is not the same as no health data

Tags can raise a resource to the top rung, so while they are unread nothing below `likely` is established.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from msgspec.structs import replace

from scanner.assess.health_signs import Reading, name_signals, tag_reading
from scanner.model import Gap, GapReason, Health, HealthLevel, HealthSignal, Holds

STATEMENT = "statement"
"""Family of the one sign that speaks against health data: a statement of the user's about a whole account."""

_WEIGHT = {"declaration": 0, "strong": 1, "medium": 2, "weak": 3}


def classify(
    *,
    names: Iterable[str],
    tags: Mapping[str, str] | None,
    type_: str,
    holds: Holds,
    medical: bool = False,
    content_present: bool | None = None,
    others: Iterable[HealthSignal] = (),
    unread: Gap | None = None,
) -> tuple[Health, tuple[Gap, ...]]:
    """Classify a resource, and say what could not be established.

    `names` are the name and whatever else the customer named about the resource (aliases, databases, log groups).
    `tags` None: they could not be read, and `unread` is the gap that says why. `medical`: the type `type_` exists only
    to hold health data; a store of such a type counts as holding some unless `content_present` is known to be False.
    `others` are signs found elsewhere: container images, ports, schemas, neighbours, findings of discovery services,
    content signatures.
    """
    reading = tag_reading(tags) if tags is not None else Reading()
    found = [*reading.signals, *others]
    if medical:
        found.append(_medical(type_, holds, content_present))
    company = any(_WEIGHT[signal.strength] < _WEIGHT["weak"] for signal in found)
    found.extend(name_signals(names, company=company))
    level = _level(reading, found)
    gaps: tuple[Gap, ...] = ()
    if tags is None and level not in (HealthLevel.DECLARED, HealthLevel.CONFIRMED, HealthLevel.LIKELY):
        level = None
        cause = unread or Gap(fact="tags", reason=GapReason.NOT_SCANNED)
        gaps = (replace(cause, fact="health.level", detail="the tags, which could declare health data, were not read"),)
    classification = reading.classification if tags is not None else None
    return Health(level=level, signals=_in_order(found), classification=classification), gaps


def stated_without(health: Health, by: str, until: date) -> Health:
    """The same when somebody states that there is no health data in the account: worth as much as a tag that says so.

    What outweighs such a tag outweighs the statement, and unread tags leave open what they leave open without it. The
    statement stays among the signs either way, so that it shows where it was overruled.
    """
    told = f"until {until}: {by}"[:80]
    stated = HealthSignal(family=STATEMENT, strength="declaration", value=told, rule="stated_none")
    level = health.level
    if level in (HealthLevel.NO_SIGNAL, HealthLevel.POSSIBLE):
        level = HealthLevel.NONE_DECLARED
    return replace(health, level=level, signals=_in_order((*health.signals, stated)))


def _medical(type_: str, holds: Holds, content_present: bool | None) -> HealthSignal:
    in_use = content_present is True or (holds.is_store and content_present is not False)
    strength, rule = ("strong", "services.medical.in_use") if in_use else ("weak", "services.medical.empty")
    return HealthSignal(family="service", strength=strength, value=type_[:80], rule=rule)


def _level(reading: Reading, found: list[HealthSignal]) -> HealthLevel | None:
    if reading.declared or any(signal.family == "discovery" and signal.strength == "declaration" for signal in found):
        return HealthLevel.DECLARED
    if any(_confirms(signal) for signal in found):
        return HealthLevel.CONFIRMED
    if reading.likely or len({signal.family for signal in found}) > 1:
        return HealthLevel.LIKELY
    if reading.denied:
        return HealthLevel.NONE_DECLARED
    return HealthLevel.POSSIBLE if found else HealthLevel.NO_SIGNAL


def _confirms(signal: HealthSignal) -> bool:
    """A medical service in use, or a strong sign from somebody who has seen the content."""
    if signal.family in ("discovery", "content"):
        return signal.strength == "strong"
    return signal.rule == "services.medical.in_use"


def _in_order(found: Iterable[HealthSignal]) -> tuple[HealthSignal, ...]:
    """Strongest first, then by family, rule and value: the same in every scan."""
    unique = set(found)
    return tuple(sorted(unique, key=lambda s: (_WEIGHT[s.strength], s.family, s.rule, s.value)))

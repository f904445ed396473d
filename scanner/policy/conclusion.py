"""One control on one set of fact values: which conditions hold, and what follows. Pure, so that it can be remembered.

Many subjects have the same values for the facts a control reads, so a conclusion depends on those values alone; who
the subject is, where a fact came from and why one is missing are added afterwards (`scanner.policy.evaluate`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from scanner.model import Status
from scanner.policy.check import CheckedCondition, CheckedControl
from scanner.policy.engine import Undecided
from scanner.policy.schema import BOOL, INT, RECORDS, STRING, FactType
from scanner.policy.verdict import Truth, all_of, any_of, conclude

Frozen = str | bool | int | tuple[Any, ...]
"""A fact's value in a form that can be compared and remembered."""


class Conclusion(Struct, frozen=True):
    """What a control comes to on one subject, before waivers and evidence."""

    status: Status
    reason: str
    decided_by: tuple[tuple[CheckedCondition, ...], ...]
    """Groups of conditions, each of which is enough for the status; several only when several asserts are false."""
    undecided: tuple[CheckedCondition, ...]
    details: tuple[str, ...]
    """What the engine said about each undecided condition."""
    deciding: Mapping[str, tuple[int, ...]] = {}
    """For a fail, by fact: which entries of a list are each enough for it, where only some of them are."""


def conclude_control(control: CheckedControl, bound: Mapping[str, Any]) -> Conclusion:
    """Evaluate all conditions of `control`; `bound` holds usable facts and settings only."""
    match = _Group(control.match, bound)
    if (refusal := match.first(False)) is not None:
        return Conclusion(Status.NOT_APPLICABLE, refusal.reason, tuple((each,) for each in match.all(False)), (), ())
    asserts, doubts = _Group(control.asserts, bound), _Group(control.doubts, bound)
    status = conclude(match.conjunction, asserts.conjunction, doubts.disjunction)
    if status is Status.FAIL:
        refusals = asserts.all(False)
        groups = tuple((*control.match, each) for each in refusals)
        return Conclusion(status, refusals[0].reason, groups, (), (), _deciding(refusals, bound))
    if status is Status.PASS:
        return Conclusion(status, "all_conditions_hold", ((*control.match, *control.asserts, *control.doubts),), (), ())
    undecided = (*match.undecided, *asserts.undecided, *doubts.undecided)
    # A doubt that is established says more than a fact that is missing, once the control is known to apply.
    doubt = doubts.first(True) if match.conjunction is True else None
    reason = doubt.reason if doubt is not None else undecided[0][0].name
    known = (*control.match, *((doubt,) if doubt is not None else ()), *(condition for condition, _ in undecided))
    return Conclusion(
        status, reason, (known,), tuple(each for each, _ in undecided), tuple(said for _, said in undecided)
    )


def _deciding(refusals: Sequence[CheckedCondition], bound: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """The entries of each list that make a condition false when they are alone in it.

    A condition that is false for the empty list as well is not decided by an entry, but by something else it reads or
    by an entry that is not there; such a list is left whole.
    """
    found: dict[str, set[int]] = {}
    whole: set[str] = set()
    for condition in refusals:
        for fact in condition.facts:
            entries = bound.get(fact)
            if not isinstance(entries, list):
                continue
            if condition.expression.decide({**bound, fact: []}) is False:
                whole.add(fact)
                continue
            alone = (condition.expression.decide({**bound, fact: [entry]}) for entry in entries)
            found.setdefault(fact, set()).update(index for index, answer in enumerate(alone) if answer is False)
    return {fact: tuple(sorted(indices)) for fact, indices in found.items() if indices and fact not in whole}


class _Group:
    """The answers of one list of conditions."""

    def __init__(self, conditions: Sequence[CheckedCondition], bound: Mapping[str, Any]) -> None:
        answers = [(condition, condition.expression.decide(bound)) for condition in conditions]
        self._answers = answers
        self.undecided = [(condition, answer.detail) for condition, answer in answers if isinstance(answer, Undecided)]
        truths: list[Truth] = [None if isinstance(answer, Undecided) else answer for _, answer in answers]
        self.conjunction = all_of(truths)
        self.disjunction = any_of(truths)

    def all(self, value: bool) -> list[CheckedCondition]:
        return [condition for condition, answer in self._answers if answer is value]

    def first(self, value: bool) -> CheckedCondition | None:
        return next(iter(self.all(value)), None)


def freeze(value: Any, fact: FactType) -> Frozen | None:
    """A fact's value for remembering, or None when it cannot be used: absent, of the wrong type, or no known word.

    A value outside its vocabulary is treated like one that was never read, so that a word this version does not know
    leads to `unknown` and not to a comparison that happens to be false.
    """
    if fact.type == STRING:
        return value if isinstance(value, str) and (not fact.words or value in fact.words) else None
    if fact.type == BOOL:
        return value if isinstance(value, bool) else None
    if fact.type == INT:
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    if not isinstance(value, list | tuple):
        return None
    if fact.type == RECORDS:
        known = all(isinstance(record, Mapping) for record in value)
        return tuple(_freeze_record(record, fact) for record in value) if known else None
    return tuple(value) if all(isinstance(item, str) for item in value) else None


def thaw(value: Frozen, fact: FactType) -> Any:
    """The value as the engine takes it."""
    if fact.type == RECORDS and isinstance(value, tuple):
        return [dict(record) for record in value]
    return list(value) if isinstance(value, tuple) else value


def _freeze_record(record: Mapping[str, Any], fact: FactType) -> tuple[tuple[str, str], ...]:
    """Fields that are established, sorted; a field without a usable value is left out and so stays undecided."""
    return tuple(
        sorted(
            (key, value)
            for key, value in record.items()
            if isinstance(value, str) and (key not in fact.field_words or value in fact.field_words[key])
        )
    )

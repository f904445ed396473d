"""What the results of a control usually rest on, from the facts it reads. For lists and documentation.

Computed from the usual strength of each fact. On a real subject a fact may be stronger or weaker than usual (a key's
holder is stated, unless it is the provider itself): there `scanner.policy.evaluate` decides.
"""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from scanner.model import Assurance
from scanner.policy.check import CheckedCondition, CheckedControl
from scanner.policy.schema import ATTESTATION_PREFIX
from scanner.policy.verdict import strongest, weakest
from scanner.policy.vocabulary import Vocabulary


class Footing(StrEnum):
    """What an answer to a control stands on."""

    PROVEN = "proven"
    INDICATED = "indicated"
    DECLARED = "declared"
    OUT_OF_REACH = "out of reach"
    """Nothing of an account speaks to it: only a statement answers."""


class Footings(Struct, frozen=True):
    """The usual footing of each verdict."""

    pass_: Footing
    fail: Footing


def usual_footing(control: CheckedControl, names: Vocabulary) -> Footings:
    """A pass needs every fact of the control, a fail its match and the assert with the strongest facts."""
    caps = control.control.max_assurance
    passed = weakest(_usual((*control.match, *control.asserts, *control.doubts), names), caps.pass_)
    failed = weakest(
        [strongest(weakest(_usual((*control.match, each), names)) for each in control.asserts)],
        caps.fail,
    )
    return Footings(_footing(passed, control.asserts + control.doubts), _footing(failed, control.asserts))


def _usual(conditions: Iterable[CheckedCondition], names: Vocabulary) -> list[Assurance]:
    return [names[fact].assurance for condition in conditions for fact in condition.facts]


def _footing(assurance: Assurance, conditions: Iterable[CheckedCondition]) -> Footing:
    facts = [fact for condition in conditions for fact in condition.facts]
    if all(fact.startswith(ATTESTATION_PREFIX) for fact in facts):
        return Footing.OUT_OF_REACH
    return Footing(assurance.value)

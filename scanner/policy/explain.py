"""Why a control says what it says: its conditions one by one, with the facts they read and what they lack."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from scanner.errors import UsageError
from scanner.model import Missing, Status
from scanner.model.finding import Evidence
from scanner.policy.check import CheckedCondition, CheckedControl, CheckedPack
from scanner.policy.engine import Undecided
from scanner.policy.evaluate import Evaluator
from scanner.policy.footing import Footings, usual_footing
from scanner.policy.outcome import NotApplicable, Outcome, evidence, lacked
from scanner.policy.pack import Control, Pack
from scanner.policy.schema import ATTESTATION_PREFIX, Provenance
from scanner.policy.subject import Subject
from scanner.shape import did_you_mean


class FactNeeded(Struct, frozen=True, kw_only=True):
    """A fact that a control reads."""

    fact: str
    doc: str
    assurance: str
    """How strong it is when read in the usual way."""
    fields: tuple[str, ...]
    """Fields read of each entry, for lists of records."""
    words: tuple[str, ...]
    """The only values it can have; empty where it is free."""


class ConditionExplained(Struct, frozen=True, kw_only=True):
    """A condition as written."""

    role: str
    """`match`, `assert` or `doubt`."""
    name: str
    reason: str
    expr: str
    where: str
    """`file:line:column`."""
    facts: tuple[str, ...]
    settings: tuple[str, ...]


class ControlExplained(Struct, frozen=True, kw_only=True):
    """A control with everything needed to read it without its file."""

    pack: Pack
    control: Control
    conditions: tuple[ConditionExplained, ...]
    evidence_needed: tuple[FactNeeded, ...]
    settings: tuple[str, ...]
    """Parameters and sets of countries that its conditions name: `params.NAME`, `sets.NAME`."""
    parameters: Mapping[str, Any]
    """Values in force, by name; empty when the pack was only checked."""
    usual: Footings


class ConditionDecided(Struct, frozen=True, kw_only=True):
    """A condition on one subject."""

    condition: ConditionExplained
    value: str
    """`true`, `false` or `unknown`."""
    evidence: tuple[Evidence, ...]
    missing: tuple[Missing, ...]


class OutcomeExplained(Struct, frozen=True, kw_only=True):
    """The chain of one outcome, in the order of evaluation."""

    outcome: Outcome
    control: ControlExplained
    conditions: tuple[ConditionDecided, ...]


def find(packs: tuple[CheckedPack, ...], id_: str) -> tuple[CheckedPack, CheckedControl]:
    """The control with this id; raise UsageError with the nearest known id otherwise."""
    controls = {control.id: (pack, control) for pack in packs for control in pack.controls}
    if id_ not in controls:
        raise UsageError(f"No loaded pack has a control '{id_}'{did_you_mean(id_, controls)}")
    return controls[id_]


def explain_control(
    pack: CheckedPack, control: CheckedControl, settings: Mapping[str, Any] | None = None
) -> ControlExplained:
    """`settings` are the values of its parameters and sets, where an evaluation has them."""
    values = settings or {}
    return ControlExplained(
        pack=pack.pack,
        control=control.control,
        conditions=tuple(_as_written(role, condition) for role, condition in control.conditions),
        evidence_needed=tuple(_needed(pack, control)),
        settings=control.settings,
        usual=usual_footing(control, pack.vocabulary),
        parameters={name: values[name] for name in control.settings if name in values},
    )


def explain_outcome(evaluator: Evaluator, id_: str, subject: Subject) -> OutcomeExplained:
    """Evaluate one control on one subject and keep every step.

    Raises UsageError for an id that no pack has, and for a control about another kind of subject.
    """
    pack, control = find(evaluator.packs, id_)
    outcome = next(evaluator.evaluate(subject, frozenset({id_})), None)
    if outcome is None:
        raise UsageError(f"The control {id_} is about a {control.control.subject}, {subject.id} is a {subject.kind}.")
    values = evaluator.usable(subject)
    bound = evaluator.bound(evaluator.controls.index(control), values)
    conditions = []
    for role, condition in control.conditions:
        answer = condition.expression.decide(bound)
        conditions.append(
            ConditionDecided(
                condition=_as_written(role, condition),
                value="unknown" if isinstance(answer, Undecided) else str(answer).lower(),
                evidence=tuple(evidence(subject, fact) for fact in condition.facts if fact in values),
                missing=tuple(lacked(condition, answer.detail, pack.vocabulary, subject, values))
                if isinstance(answer, Undecided)
                else (),
            )
        )
    return OutcomeExplained(
        outcome=outcome, control=explain_control(pack, control, bound), conditions=tuple(conditions)
    )


def verdict(outcome: Outcome) -> tuple[Status, str]:
    """Status and deciding condition, also of what does not apply."""
    if isinstance(outcome, NotApplicable):
        return Status.NOT_APPLICABLE, outcome.reason
    return outcome.status, outcome.reason


def with_statements(subject: Subject, found: Iterable[Evidence]) -> Subject:
    """The subject with the attestations that a finding's evidence records, which no other part of a scan holds."""
    stated = {item.fact: item for item in found if item.fact.startswith(ATTESTATION_PREFIX)}

    def provenance(fact: str) -> Provenance:
        if fact not in stated:
            return subject.provenance(fact)
        item = stated[fact]
        return Provenance(source=item.source, assurance=item.assurance, confirmed=item.confirmed, as_of=item.as_of)

    values = {**subject.values, **{fact: item.value for fact, item in stated.items()}}
    return replace(subject, values=values, provenance=provenance)


def _as_written(role: str, condition: CheckedCondition) -> ConditionExplained:
    return ConditionExplained(
        role=role,
        name=condition.name,
        reason=condition.reason,
        expr=condition.text,
        where=condition.where,
        facts=condition.facts,
        settings=condition.settings,
    )


def _needed(pack: CheckedPack, control: CheckedControl) -> Iterator[FactNeeded]:
    for name in control.facts:
        fact = pack.vocabulary[name]
        read = {field for _, condition in control.conditions for field in condition.fields.get(name, ())}
        yield FactNeeded(
            fact=name, doc=fact.doc, assurance=fact.assurance.value, fields=tuple(sorted(read)), words=fact.words
        )

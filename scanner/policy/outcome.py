"""From a conclusion to the outcome for a subject: evidence, assurance, and what is missing where nothing follows."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from scanner.model import Assurance, Finding, Gap, GapReason, Missing, Status
from scanner.model.finding import Evidence
from scanner.policy.check import CheckedCondition, CheckedControl
from scanner.policy.conclusion import Conclusion, Frozen
from scanner.policy.schema import ATTESTATION_PREFIX, RECORDS
from scanner.policy.subject import Subject
from scanner.policy.verdict import strongest, weakest
from scanner.policy.vocabulary import Vocabulary

COVERAGE = "coverage.complete"
UNCONFIRMED = "unconfirmed"
COVERAGE_INCOMPLETE = "coverage_incomplete"
NOT_BOUND = "not_bound"
NOT_EVALUATED = "not_evaluated"


class NotApplicable(Struct, frozen=True, kw_only=True, gc=False):
    """A control that does not concern a subject. Counted, and printed in sum: one row a subject would hide the rest."""

    control: str
    pack: str
    reason: str
    assurance: Assurance


Outcome = Finding | NotApplicable
Values = Mapping[str, Frozen]


def outcome(
    control: CheckedControl,
    names: Vocabulary,
    subject: Subject,
    values: Values,
    conclusion: Conclusion,
    unsure: tuple[str, ...] = (),
) -> Outcome:
    """Make a conclusion the subject's own: evidence, assurance, and the three rules that hold back a verdict.

    A verdict that rests on an unconfirmed entry may be a fail, printed `indicated` at most, but neither a pass nor a
    reason to leave the subject out; `unsure` are the unconfirmed sets of countries that it needs. A control about the
    whole scan passes only when the whole scan was read.
    """
    doubtful = (*_unconfirmed(control, subject, conclusion), *unsure)
    if doubtful:
        missing = tuple(_unconfirmed_fact(subject, fact) for fact in doubtful)
        return _finding(control, subject, values, Status.UNKNOWN, UNCONFIRMED, control.facts, missing)
    if conclusion.status is Status.NOT_APPLICABLE:
        return NotApplicable(
            control=control.id,
            pack=control.pack.id,
            reason=conclusion.reason,
            assurance=_assurance(control, subject, values, conclusion),
        )
    if conclusion.status is Status.PASS and subject.kind == "scan" and subject.values.get(COVERAGE) is not True:
        missing = tuple(_missing_fact(subject, COVERAGE, names))
        return _finding(control, subject, values, Status.UNKNOWN, COVERAGE_INCOMPLETE, control.facts, missing)
    facts = [fact for group in conclusion.decided_by for condition in group for fact in condition.facts]
    if conclusion.status is Status.UNKNOWN:
        missing = tuple(_missing(conclusion, names, subject, values))
        return _finding(control, subject, values, conclusion.status, conclusion.reason, facts, missing)
    assurance = _assurance(control, subject, values, conclusion)
    return _finding(
        control, subject, values, conclusion.status, conclusion.reason, facts, (), assurance, conclusion.deciding
    )


def named(finding: Finding, subject: Subject) -> Finding:
    """A finding of a remembered row as one about `subject`."""
    return replace(
        finding,
        id=finding_id(
            finding.control, subject.provider, subject.partition, subject.account, subject.region, subject.id
        ),
        resource=subject.id,
        account=subject.account,
        account_name=subject.account_name,
        account_path=subject.account_path,
        region=subject.region,
    )


def finding_id(control: str, provider: str, partition: str, account: str, region: str, subject: str) -> str:
    """Stable across scans and machines: 24 hex digits over what the finding is about, never over what it says."""
    parts = (control, provider, partition, account, region, subject)
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:24]


def _finding(
    control: CheckedControl,
    subject: Subject,
    values: Values,
    status: Status,
    reason: str,
    facts: Sequence[str],
    missing: tuple[Missing, ...],
    assurance: Assurance | None = None,
    deciding: Mapping[str, tuple[int, ...]] | None = None,
) -> Finding:
    chosen = deciding or {}
    shown = tuple(evidence(subject, fact, chosen.get(fact)) for fact in dict.fromkeys(facts) if fact in values)
    if assurance is None:
        # An unknown result is no stronger than the weakest thing it saw; with nothing seen, as weak as can be.
        assurance = weakest(item.assurance for item in shown) if shown else Assurance.DECLARED
    return Finding(
        id=finding_id(control.id, subject.provider, subject.partition, subject.account, subject.region, subject.id),
        control=control.id,
        pack=control.pack.id,
        title=control.control.title,
        severity=control.control.severity,
        status=status,
        assurance=assurance,
        resource=subject.id,
        account=subject.account,
        account_name=subject.account_name,
        account_path=subject.account_path,
        region=subject.region,
        reason=reason,
        evidence=shown,
        missing=missing,
    )


def evidence(subject: Subject, fact: str, chosen: Sequence[int] | None = None) -> Evidence:
    """A bound fact as a finding prints it; of a list only the `chosen` entries, and how many there are."""
    origin, value, entries = subject.provenance(fact), subject.values[fact], 0
    if isinstance(value, list | tuple):
        # The empty record that marks a list as known in part is no entry of it.
        known = [item for item in value if item != {}]
        value = known if chosen is None else [value[index] for index in chosen]
        entries = len(known) if len(value) < len(known) else 0
    return Evidence(
        fact=fact,
        value=value,
        source=origin.source,
        assurance=origin.assurance,
        confirmed=origin.confirmed and not subject.is_unconfirmed(fact),
        as_of=origin.as_of,
        entries=entries,
    )


def _assurance(control: CheckedControl, subject: Subject, values: Values, conclusion: Conclusion) -> Assurance:
    """Weakest evidence of the strongest group that is enough by itself, within what the control allows."""
    caps = control.control.max_assurance
    cap = {Status.PASS: caps.pass_, Status.FAIL: caps.fail}.get(conclusion.status, Assurance.PROVEN)
    return weakest([strongest(_of_group(group, subject, values) for group in conclusion.decided_by)], cap)


def _of_group(group: Sequence[CheckedCondition], subject: Subject, values: Values) -> Assurance:
    facts = {fact for condition in group for fact in condition.facts if fact in values}
    cap = Assurance.INDICATED if _doubtful(group, subject) else Assurance.PROVEN
    return weakest((subject.provenance(fact).assurance for fact in facts), cap)


def _unconfirmed(control: CheckedControl, subject: Subject, conclusion: Conclusion) -> tuple[str, ...]:
    """Unconfirmed facts that hold this verdict back; none for fail and unknown.

    Not-applicable stands when at least one of the false conditions rests on confirmed facts alone.
    """
    if not subject.unconfirmed:
        return ()
    if conclusion.status is Status.PASS:
        return _doubtful([condition for _, condition in control.conditions], subject)
    if conclusion.status is Status.NOT_APPLICABLE:
        groups = [_doubtful(group, subject) for group in conclusion.decided_by]
        return groups[0] if all(groups) else ()
    return ()


def _doubtful(conditions: Iterable[CheckedCondition], subject: Subject) -> tuple[str, ...]:
    """What the conditions read that is unconfirmed: facts, and fields of records."""
    read = (
        name
        for condition in conditions
        for name in (
            *condition.facts,
            *(f"{fact}.{field}" for fact in condition.facts for field in condition.fields.get(fact, ())),
        )
    )
    return tuple(dict.fromkeys(name for name in read if name in subject.unconfirmed))


def _unconfirmed_fact(subject: Subject, fact: str) -> Missing:
    origin = subject.provenance(fact)
    dated = f", as of {origin.as_of}" if origin.as_of else ""
    return Missing(fact=fact, reason=UNCONFIRMED, detail=f"{origin.source} is not confirmed or out of date{dated}")


def _missing(conclusion: Conclusion, names: Vocabulary, subject: Subject, values: Values) -> Iterator[Missing]:
    """What each undecided condition lacked; every one of them is accounted for."""
    found = (
        missing
        for condition, detail in zip(conclusion.undecided, conclusion.details, strict=True)
        for missing in lacked(condition, detail, names, subject, values)
    )
    yield from dict.fromkeys(found)


def lacked(
    condition: CheckedCondition, detail: str, names: Vocabulary, subject: Subject, values: Values
) -> tuple[Missing, ...]:
    """What an undecided condition lacked, never nothing; `detail` is what the engine said."""
    found = tuple(missing for fact in condition.facts for missing in _lacked(condition, fact, names, subject, values))
    return found or (Missing(fact=condition.facts[0], reason=NOT_EVALUATED, detail=detail),)


def _lacked(
    condition: CheckedCondition, fact: str, names: Vocabulary, subject: Subject, values: Values
) -> Iterator[Missing]:
    if fact not in values:
        yield from _missing_fact(subject, fact, names)
        return
    records = values[fact]
    if names[fact].type != RECORDS or not isinstance(records, tuple):
        return
    if fact in subject.missing:
        yield from (_of_gap(fact, gap) for gap in subject.missing[fact])
        return
    for field in condition.fields.get(fact, ()):
        without = sum(1 for record in records if field not in dict(record))
        if without:
            told = f"{without} of {len(records)} entries do not say"
            yield Missing(fact=f"{fact}.{field}", reason=GapReason.UNRESOLVED, detail=told)


def _missing_fact(subject: Subject, fact: str, names: Vocabulary) -> Iterator[Missing]:
    value = subject.values.get(fact)
    if subject.missing.get(fact):
        yield from (_of_gap(fact, gap) for gap in subject.missing[fact])
    elif value is not None:
        yield Missing(fact=fact, reason=GapReason.UNSUPPORTED, detail=f"the value {value!r} is not one of the schema")
    elif fact.startswith(ATTESTATION_PREFIX):
        yield Missing(fact=fact, reason=GapReason.NOT_DECLARED, detail=names[fact].doc)
    else:
        yield Missing(fact=fact, reason=NOT_BOUND, detail="no value was established, and no reason was recorded")


def _of_gap(fact: str, gap: Gap) -> Missing:
    detail = gap.detail or gap.operation
    return Missing(fact=fact, reason=gap.reason, detail=detail, permission=gap.permission)

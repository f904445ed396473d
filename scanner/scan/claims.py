"""Public statements held against a finished scan.

A statement is written like a control, and its reading is that control over the whole scan. Nothing here evaluates by
itself: the engine, the facts and the rules about missing evidence are those of the policies.
"""

from collections import Counter
from datetime import date

from scanner.assess.resource import reassess
from scanner.facts.registry import Registry
from scanner.model import Finding, Gap, GapReason, Status
from scanner.model.claims import ClaimReading, Counterexample, Reading
from scanner.model.finished import FinishedScan
from scanner.policy.evaluate import Evaluator
from scanner.policy.outcome import named
from scanner.policy.rollup import Rollup, Tally, evaluate_scan
from scanner.policy.subject import Subject
from scanner.scan.entries import unconfirmed_sets
from scanner.scan.provenance import Source, of_set
from scanner.scan.subject import Subjects, scan_subject

_MOST_SHOWN = 50


def read_claims(
    scan: FinishedScan, evaluator: Evaluator, registry: Registry, today: date, source: Source
) -> tuple[ClaimReading, ...]:
    """The reading of every statement of the evaluator's packs, in their order."""
    tally = Tally()
    against: dict[str, list[Counterexample]] = {}
    missing: dict[str, Counter[tuple[str, str]]] = {}
    keys = {key.id: key for key in scan.keys()}
    subjects = Subjects(registry, today, source)
    for resource in scan.resources():
        assessed = reassess(resource, keys.get(resource.encryption.key or ""), registry, today)
        subject = subjects.of(assessed)
        row = evaluator.row(subject)
        tally.leave_out(row, subject)
        for found in row.findings:
            tally.add(found, subject)
            if found.status is Status.FAIL:
                against.setdefault(found.control, []).append(_counterexample(named(found, subject)))
            elif found.status is Status.UNKNOWN:
                lacks = missing.setdefault(found.control, Counter())
                lacks.update(_lacks(found))
    for outcome in evaluate_scan(evaluator, tally, _whole(scan, today)):
        if isinstance(outcome, Finding) and outcome.status is Status.UNKNOWN:
            missing.setdefault(outcome.control, Counter()).update(_lacks(outcome))
    return tuple(
        _reading(tally.rollup(control, complete=scan.header.complete), against, missing)
        for control in evaluator.controls
    )


def _whole(scan: FinishedScan, today: date) -> Subject:
    """The scan, for statements about what no single resource shows: contracts, procedures, people.

    No attestation is bound: what a party said in public is not supported by what it says in a file of its own.
    """
    return scan_subject(
        account="",
        provider=str(scan.header.scope.get("provider", "")),
        partition=str(scan.header.scope.get("partition", "")),
        complete=scan.header.complete,
        incomplete=(Gap(fact="coverage.complete", reason=GapReason.NOT_SCANNED, detail="see the coverage"),),
        operator={},
        no_operator=(Gap(fact="operator", reason=GapReason.UNRESOLVED, detail="asked of each resource"),),
        attested={},
        provenance=lambda fact: of_set(fact, today),
        unconfirmed=unconfirmed_sets(today),
    )


def _lacks(found: Finding) -> set[tuple[str, str]]:
    return {(lack.fact, lack.reason) for lack in found.missing} or {(found.reason, "")}


def _reading(
    rollup: Rollup, against: dict[str, list[Counterexample]], missing: dict[str, Counter[tuple[str, str]]]
) -> ClaimReading:
    control = rollup.control.control
    lacks = missing.get(control.id, Counter())
    counts = rollup.counts
    concerned = sum(counts.get(status, 0) for status in (Status.PASS, Status.FAIL, Status.UNKNOWN))
    ordered = sorted(lacks.items(), key=lambda lack: (-lack[1], lack[0]))
    shown = {f"{fact}: {reason}" if reason else fact: count for (fact, reason), count in ordered}
    if rollup.status is Status.UNKNOWN and not lacks:
        shown = {"parts of the account were not read, see the coverage": 1}
    found = against.get(control.id, [])
    return ClaimReading(
        id=control.id,
        statement=control.title,
        said=control.article,
        sources=control.references,
        reading=_word(rollup.status, {reason for _, reason in lacks}),
        speaks_of=concerned,
        agree=counts.get(Status.PASS, 0),
        against=tuple(found[:_MOST_SHOWN]),
        against_total=len(found),
        missing=shown,
        would_prove=control.pass_needs,
        does_not_mean=control.pass_does_not_mean,
    )


def _word(status: Status, lacks: set[str]) -> Reading:
    if status is Status.UNKNOWN:
        return Reading.NOT_PROVABLE if lacks == {GapReason.NOT_DECLARED} else Reading.NOT_ESTABLISHED
    return {
        Status.PASS: Reading.SUPPORTED,
        Status.FAIL: Reading.CONTRADICTED,
        Status.NOT_APPLICABLE: Reading.WITHOUT_OBJECT,
    }[status]


def _counterexample(finding: Finding) -> Counterexample:
    facts = {item.fact: item.value for item in finding.evidence if not item.fact.startswith(("resource.", "data."))}
    return Counterexample(resource=finding.resource, reason=finding.reason, facts=facts)

"""Controls over a whole scan: what holds for all subjects together, and the rows for those a control does not concern.

A control fails if it fails anywhere, is unknown if it is unknown anywhere, and passes only where nothing was left out.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

import msgspec
from msgspec import Struct

from scanner.model import Assurance, Finding, Status
from scanner.model.document import ControlSummary
from scanner.policy.check import CheckedControl
from scanner.policy.evaluate import COVERAGE, COVERAGE_INCOMPLETE, Evaluator, NotApplicable, Outcome, finding_id
from scanner.policy.subject import Subject
from scanner.policy.verdict import weakest

RESULTS = "results"
WAIVED = "waived"


class Rollup(Struct, frozen=True, kw_only=True):
    """One control over the whole scan."""

    control: CheckedControl
    status: Status
    reason: str
    """`coverage_incomplete` when nothing speaks against a better status but what was not read; else empty."""
    assurance: Assurance
    """Weakest among the outcomes that have the status."""
    counts: Mapping[str, int]
    """Subjects by status; waived fails are counted under `waived` too."""

    def summary(self) -> ControlSummary:
        return ControlSummary(
            control=self.control.id,
            pack=self.control.pack.id,
            title=self.control.control.title,
            severity=self.control.control.severity.value,
            status=self.status.value,
            assurance=self.assurance.value,
            counts=dict(self.counts),
            reason=self.reason,
            beside=self.control.control.beside,
        )


class Tally:
    """Counts outcomes as they stream by; memory grows with controls and accounts, not with resources."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}
        self._assurances: dict[tuple[str, Status], Assurance] = {}
        self._not_applicable: dict[tuple[str, str, str, str, str], tuple[int, Assurance]] = {}

    def add(self, outcome: Outcome) -> None:
        """Count one outcome; a finding after its waiver, if any, was attached."""
        status = outcome.status if isinstance(outcome, Finding) else Status.NOT_APPLICABLE
        counts = self._counts.setdefault(outcome.control, Counter())
        counts[status.value] += 1
        if isinstance(outcome, Finding) and outcome.waiver is not None and outcome.status is Status.FAIL:
            counts[WAIVED] += 1
        key = (outcome.control, status)
        self._assurances[key] = weakest([outcome.assurance], self._assurances.get(key, Assurance.PROVEN))
        if isinstance(outcome, NotApplicable):
            place = (outcome.control, outcome.reason, outcome.provider, outcome.partition, outcome.account)
            count, assurance = self._not_applicable.get(place, (0, Assurance.PROVEN))
            self._not_applicable[place] = (count + 1, weakest([outcome.assurance], assurance))

    def rollup(self, control: CheckedControl, *, complete: bool) -> Rollup:
        """`complete`: every unit in scope was read completely."""
        counts = self._counts.get(control.id, Counter())
        status, reason = roll_up(counts, complete=complete)
        return Rollup(
            control=control,
            status=status,
            reason=reason,
            assurance=self._assurances.get((control.id, status), Assurance.DECLARED),
            counts=dict(sorted(counts.items())),
        )

    def not_applicable(self, controls: Mapping[str, CheckedControl]) -> Iterator[Finding]:
        """One row a control, account and reason, in a fixed order."""
        for place, (count, assurance) in sorted(self._not_applicable.items()):
            id_, reason, provider, partition, account = place
            control = controls[id_]
            subject = f"account:{account}" if account else "scan"
            yield Finding(
                id=finding_id(id_, provider, partition, account, "", f"{subject}|{reason}"),
                control=id_,
                pack=control.pack.id,
                title=control.control.title,
                severity=control.control.severity,
                status=Status.NOT_APPLICABLE,
                assurance=assurance,
                resource=subject,
                account=account,
                region="",
                reason=reason,
                subjects=count,
            )


def roll_up(counts: Mapping[str, int], *, complete: bool) -> tuple[Status, str]:
    """Status over all subjects, and `coverage_incomplete` when only what was not read forbids a better one.

    "Not applicable" over the whole scan is a statement about everything in scope too, so it needs everything read.
    """
    if counts.get(Status.FAIL):
        return Status.FAIL, ""
    if counts.get(Status.UNKNOWN):
        return Status.UNKNOWN, ""
    if not complete:
        return Status.UNKNOWN, COVERAGE_INCOMPLETE
    return (Status.PASS if counts.get(Status.PASS) else Status.NOT_APPLICABLE), ""


def _as_it_is(finding: Finding) -> Finding:
    return finding


def evaluate_scan(
    evaluator: Evaluator, tally: Tally, subject: Subject, settle: Callable[[Finding], Finding] = _as_it_is
) -> Iterator[Outcome]:
    """Outcomes of the controls about the scan as a whole, added to `tally` (which holds those of the resources).

    Controls that read the results of the others come last. `subject` binds everything but `results`. `settle` attaches
    what was decided about a finding; the results that other controls read do not change by it.
    """
    complete = subject.values.get(COVERAGE) is True
    scan_wide = [control for control in evaluator.controls if control.control.subject == subject.kind]
    summaries = frozenset(control.id for control in scan_wide if RESULTS in control.facts)
    for found in evaluator.evaluate(subject, frozenset(control.id for control in scan_wide) - summaries):
        outcome = settle(found) if isinstance(found, Finding) else found
        tally.add(outcome)
        yield outcome
    others = [control for control in evaluator.controls if control.id not in summaries]
    results = [result(tally.rollup(control, complete=complete)) for control in others]
    for found in evaluator.evaluate(
        msgspec.structs.replace(subject, values={**subject.values, RESULTS: results}), summaries
    ):
        outcome = settle(found) if isinstance(found, Finding) else found
        tally.add(outcome)
        yield outcome


def result(rollup: Rollup) -> dict[str, str]:
    """A rollup as an entry of the fact `results`; an unknown one has no status, and so decides nothing."""
    if rollup.status is Status.UNKNOWN:
        return {"control": rollup.control.id}
    return {"control": rollup.control.id, "status": rollup.status.value}

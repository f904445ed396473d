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
from scanner.policy.evaluate import Evaluator, Row
from scanner.policy.outcome import COVERAGE, COVERAGE_INCOMPLETE, NotApplicable, Outcome, finding_id
from scanner.policy.subject import Subject
from scanner.policy.verdict import weakest

RESULTS = "results"
WAIVED = "waived"

_ROWS = 1_024
"""Rows counted before they are summed up."""

_Place = tuple[str, str, str]
"""Provider, partition and account."""


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
        self._outcomes: Counter[tuple[str, Status, Assurance]] = Counter()
        self._waived: Counter[str] = Counter()
        self._left_out: dict[_Place, Counter[NotApplicable]] = {}
        self._kinds: dict[NotApplicable, NotApplicable] = {}
        """One object for all that are equal, since every account has as many as there are controls."""
        self._rows: Counter[tuple[Row, _Place]] = Counter()

    def add(self, outcome: Outcome, subject: Subject) -> None:
        """Count one outcome; a finding after its waiver, if any, was attached."""
        if isinstance(outcome, Finding):
            self._outcomes[outcome.control, outcome.status, outcome.assurance] += 1
            if outcome.waiver is not None and outcome.status is Status.FAIL:
                self._waived[outcome.control] += 1
        else:
            self._leave_out(outcome, _place(subject), 1)

    def leave_out(self, row: Row, subject: Subject) -> None:
        """Count everything in `row` that does not concern `subject`."""
        self._rows[row, _place(subject)] += 1
        if len(self._rows) >= _ROWS:
            self._sum_up()

    def _sum_up(self) -> None:
        for (row, place), times in self._rows.items():
            for outcome in row.not_applicable:
                self._leave_out(outcome, place, times)
        self._rows.clear()

    def _leave_out(self, outcome: NotApplicable, place: _Place, times: int) -> None:
        self._outcomes[outcome.control, Status.NOT_APPLICABLE, outcome.assurance] += times
        self._left_out.setdefault(place, Counter())[self._kinds.setdefault(outcome, outcome)] += times

    def rollup(self, control: CheckedControl, *, complete: bool) -> Rollup:
        """`complete`: every unit in scope was read completely."""
        self._sum_up()
        graded = {
            (status, assurance): count
            for status in Status
            for assurance in Assurance
            if (count := self._outcomes[control.id, status, assurance])
        }
        counts: Counter[str] = Counter()
        for (of, _), count in graded.items():
            counts[of.value] += count
        if self._waived[control.id]:
            counts[WAIVED] = self._waived[control.id]
        status, reason = roll_up(counts, complete=complete)
        found = [assurance for of, assurance in graded if of is status]
        return Rollup(
            control=control,
            status=status,
            reason=reason,
            assurance=weakest(found) if found else Assurance.DECLARED,
            counts=dict(sorted(counts.items())),
        )

    def not_applicable(self, controls: Mapping[str, CheckedControl]) -> Iterator[Finding]:
        """One row a control, account and reason, in a fixed order."""
        self._sum_up()
        for place, counts in sorted(self._left_out.items()):
            graded: dict[tuple[str, str], dict[Assurance, int]] = {}
            for kind, count in counts.items():
                graded.setdefault((kind.control, kind.reason), {})[kind.assurance] = count
            for (id_, reason), by_grade in sorted(graded.items()):
                yield _row(controls[id_], place, reason, by_grade)


def _row(control: CheckedControl, place: _Place, reason: str, graded: Mapping[Assurance, int]) -> Finding:
    provider, partition, account = place
    subject = f"account:{account}" if account else "scan"
    return Finding(
        id=finding_id(control.id, provider, partition, account, "", f"{subject}|{reason}"),
        control=control.id,
        pack=control.pack.id,
        title=control.control.title,
        severity=control.control.severity,
        status=Status.NOT_APPLICABLE,
        assurance=weakest(graded),
        resource=subject,
        account=account,
        region="",
        reason=reason,
        subjects=sum(graded.values()),
    )


def _place(subject: Subject) -> _Place:
    return subject.provider, subject.partition, subject.account


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
        tally.add(outcome, subject)
        yield outcome
    others = [control for control in evaluator.controls if control.id not in summaries]
    results = [result(tally.rollup(control, complete=complete)) for control in others]
    for found in evaluator.evaluate(
        msgspec.structs.replace(subject, values={**subject.values, RESULTS: results}), summaries
    ):
        outcome = settle(found) if isinstance(found, Finding) else found
        tally.add(outcome, subject)
        yield outcome


def result(rollup: Rollup) -> dict[str, str]:
    """A rollup as an entry of the fact `results`; an unknown one has no status, and so decides nothing."""
    if rollup.status is Status.UNKNOWN:
        return {"control": rollup.control.id}
    return {"control": rollup.control.id, "status": rollup.status.value}

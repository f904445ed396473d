"""A control over the whole scan."""

import itertools
from collections.abc import Mapping

import msgspec
import pytest

from scanner.model import Assurance, Finding, Status, Waived
from scanner.policy.rollup import Tally, evaluate_scan, result, roll_up
from tests.policy.making import condition, control, evaluator, subject

PASS, FAIL, UNKNOWN, NA = Status.PASS, Status.FAIL, Status.UNKNOWN, Status.NOT_APPLICABLE
HELD = "alongside.account"
APPLIES = "encryption.at_rest"


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("present", [set(each) for size in range(5) for each in itertools.combinations(Status, size)])
def test_every_mixture_of_statuses(present: set[Status], complete: bool) -> None:
    if FAIL in present:
        expected = (FAIL, "")
    elif UNKNOWN in present:
        expected = (UNKNOWN, "")
    elif not complete:
        expected = (UNKNOWN, "coverage_incomplete")
    else:
        expected = (PASS if PASS in present else NA, "")
    assert roll_up(dict.fromkeys(present, 3), complete=complete) == expected


def test_a_count_of_nought_is_no_outcome() -> None:
    assert roll_up({FAIL: 0, UNKNOWN: 0, PASS: 1}, complete=True) == (PASS, "")


ONE = control(match=condition("applies", APPLIES, "not_concerned"), assert_=condition("held", HELD))


def tallied(*worlds: Mapping[str, object], grades: Mapping[str, Assurance] | None = None) -> tuple[Tally, object]:
    evaluating = evaluator(ONE)
    tally = Tally()
    for index, world in enumerate(worlds):
        about = subject(world, id=f"r{index}", assurance=grades)
        for outcome in evaluating.evaluate(about):
            tally.add(outcome, about)
    return tally, evaluating.controls[0]


def test_the_summary_counts_subjects_by_status() -> None:
    tally, one = tallied({APPLIES: True, HELD: True}, {APPLIES: True, HELD: True}, {APPLIES: False})
    summary = tally.rollup(one, complete=True).summary()
    assert (summary.control, summary.pack, summary.severity) == ("T-1", "test-pack", "high")
    assert (summary.status, summary.reason, summary.counts) == ("pass", "", {"not_applicable": 1, "pass": 2})


def test_a_pass_everywhere_is_unknown_over_a_scan_with_holes() -> None:
    tally, one = tallied({APPLIES: True, HELD: True})
    summary = tally.rollup(one, complete=False).summary()
    assert (summary.status, summary.reason) == ("unknown", "coverage_incomplete")


def test_a_control_without_subjects_does_not_apply_only_when_everything_was_read() -> None:
    tally, one = tallied()
    assert tally.rollup(one, complete=True).status is NA
    assert tally.rollup(one, complete=False).status is UNKNOWN


def test_the_assurance_is_the_weakest_among_the_outcomes_of_the_status() -> None:
    evaluating, tally = evaluator(ONE), Tally()
    for index, (held, grade) in enumerate(
        [(True, Assurance.DECLARED), (False, Assurance.INDICATED), (False, Assurance.PROVEN)]
    ):
        about = subject({APPLIES: True, HELD: held}, id=f"r{index}", assurance={HELD: grade})
        for outcome in evaluating.evaluate(about):
            tally.add(outcome, about)
    rollup = tally.rollup(evaluating.controls[0], complete=True)
    assert (rollup.status, rollup.assurance) == (FAIL, Assurance.INDICATED)


def test_a_waived_fail_is_counted_and_stays_a_fail() -> None:
    evaluating, tally = evaluator(ONE), Tally()
    about = subject({APPLIES: True, HELD: False})
    (finding,) = evaluating.evaluate(about)
    assert isinstance(finding, Finding)
    tally.add(msgspec.structs.replace(finding, waiver=Waived(reason="r", owner="o", expires="2027-01-01")), about)
    rollup = tally.rollup(evaluating.controls[0], complete=True)
    assert (rollup.status, rollup.counts) == (FAIL, {"fail": 1, "waived": 1})


def test_not_applicable_is_one_row_an_account_and_reason() -> None:
    evaluating, tally = evaluator(ONE), Tally()
    for index, account in enumerate(["1", "2", "1"]):
        about = subject({APPLIES: False}, id=f"r{index}", account=account)
        tally.leave_out(evaluating.row(about), about)
    rows = list(tally.not_applicable({"T-1": evaluating.controls[0]}))
    assert [(row.resource, row.account, row.reason, row.subjects) for row in rows] == [
        ("account:1", "1", "not_concerned", 2),
        ("account:2", "2", "not_concerned", 1),
    ]
    assert {row.status for row in rows} == {NA}
    assert len({row.id for row in rows}) == 2


LISTED = control(
    id="T-9",
    subject="scan",
    assert_=condition("one-passed", "results.exists(r, r.control == 'T-1' && r.status == 'pass')"),
)
SCANWIDE = control(id="T-5", subject="scan", assert_=condition("all", "results.all(r, r.status == 'pass')"))


@pytest.mark.parametrize(
    ("held", "coverage", "expected"),
    [(True, True, PASS), (False, True, FAIL), (None, True, UNKNOWN), (True, None, UNKNOWN)],
)
def test_controls_that_read_results_come_last_and_an_unknown_result_decides_nothing(
    held: bool | None, coverage: bool | None, expected: Status
) -> None:
    evaluating, tally = evaluator(LISTED, ONE), Tally()
    values = {APPLIES: True} | ({} if held is None else {HELD: held})
    about = subject(values)
    for outcome in evaluating.evaluate(about):
        tally.add(outcome, about)
    scan = subject({} if coverage is None else {"coverage.complete": coverage}, kind="scan", id="scan")
    (last,) = evaluate_scan(evaluating, tally, scan)
    assert isinstance(last, Finding)
    assert (last.control, last.status) == ("T-9", expected)
    assert tally.rollup(evaluating.controls[0], complete=True).counts == {expected.value: 1}


def test_results_hold_the_scan_wide_controls_too_but_no_summary() -> None:
    other = control(id="T-2", subject="scan", assert_=condition("held", HELD))
    evaluating, tally = evaluator(SCANWIDE, other), Tally()
    scan = subject({"coverage.complete": True, HELD: True}, kind="scan", id="scan")
    outcomes = list(evaluate_scan(evaluating, tally, scan))
    assert [outcome.control for outcome in outcomes] == ["T-2", "T-5"]
    last = outcomes[-1]
    assert isinstance(last, Finding)
    assert last.evidence[0].value == [{"control": "T-2", "status": "pass"}]


def test_an_unknown_result_has_no_status() -> None:
    tally, one = tallied({APPLIES: True})
    assert result(tally.rollup(one, complete=True)) == {"control": "T-1"}
    tally, one = tallied({APPLIES: True, HELD: False})
    assert result(tally.rollup(one, complete=True)) == {"control": "T-1", "status": "fail"}


def test_a_row_of_several_subjects_is_as_strong_as_the_weakest_of_them() -> None:
    evaluating, tally = evaluator(ONE), Tally()
    for grade in (Assurance.PROVEN, Assurance.DECLARED, Assurance.INDICATED):
        about = subject({APPLIES: False}, assurance={APPLIES: grade})
        for outcome in evaluating.evaluate(about):
            tally.add(outcome, about)
    (row,) = tally.not_applicable({"T-1": evaluating.controls[0]})
    assert (row.assurance, row.subjects) == (Assurance.DECLARED, 3)

from datetime import date

import pytest
from msgspec.structs import replace

from scanner.facts.waivers import Waiver
from scanner.model import Finding, Severity, Status, Waived
from scanner.scan.settle import Baseline, Settlement
from tests.report.sample_scan import FAIL, PASS, UNREAD, WAIVED, finding, sample

TODAY = date(2026, 11, 24)


def waiver(**changes: object) -> Waiver:
    made = Waiver(
        control=FAIL.control, resource=FAIL.resource, reason="moves in spring", owner="dpo", expires=date(2027, 3, 31)
    )
    return replace(made, **changes)


def settled(found: Finding, *waivers: Waiver, baseline: Baseline | None = None) -> tuple[Finding, Settlement]:
    settlement = Settlement(waivers, baseline, TODAY)
    return settlement.settle(found), settlement


def test_a_waived_fail_stays_a_fail_and_no_longer_counts() -> None:
    found, settlement = settled(FAIL, waiver())
    assert found == replace(FAIL, waiver=Waived(reason="moves in spring", owner="dpo", expires="2027-03-31"))
    assert (settlement.open_fails[Severity.HIGH], settlement.settled_fails) == (0, 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"control": "CORE-2"},
        {"resource": "arn:aws:s3:::dossier"},
        {"resource": "arn:aws:rds:*"},
        {"expires": date(2026, 11, 23)},
    ],
)
def test_a_waiver_for_something_else_or_ended_holds_nothing_back(changes: dict[str, object]) -> None:
    found, settlement = settled(FAIL, waiver(**changes))
    assert found == FAIL
    assert settlement.open_fails == {Severity.HIGH: 1}


def test_the_last_day_counts() -> None:
    found, _ = settled(FAIL, waiver(expires=TODAY))
    assert found.waiver is not None


def test_brackets_in_an_id_mean_themselves() -> None:
    named = replace(FAIL, resource="arn:x[1]")
    found, _ = settled(named, waiver(resource="arn:x[1]"))
    assert found.waiver is not None


@pytest.mark.parametrize("acknowledge", [True, False])
def test_an_unknown_is_acknowledged_at_most_and_never_a_pass(acknowledge: bool) -> None:
    found, settlement = settled(UNREAD, waiver(resource=UNREAD.resource, acknowledge_unknown=acknowledge))
    assert found.status is Status.UNKNOWN
    assert (found.waiver is not None, settlement.acknowledged) == (acknowledge, acknowledge)


def test_a_pass_uses_no_waiver() -> None:
    _, settlement = settled(PASS, waiver(resource="*"))
    assert [use.state for use in settlement.waivers()] == ["unused"]


@pytest.mark.parametrize(
    ("expires", "state"),
    [
        (date(2026, 11, 23), "expired"),
        (TODAY, "ends_soon"),
        (date(2026, 12, 24), "ends_soon"),
        (date(2026, 12, 25), "in_force"),
    ],
)
def test_a_waiver_tells_how_it_stands(expires: date, state: str) -> None:
    _, settlement = settled(FAIL, waiver(expires=expires))
    (use,) = settlement.waivers()
    assert (use.state, use.findings) == (state, 1)


def test_only_the_same_fail_for_the_same_reason_is_known() -> None:
    baseline = Baseline(sample())
    found, settlement = settled(FAIL, baseline=baseline)
    assert found == replace(FAIL, known=True)
    assert not settlement.open_fails
    use = settlement.baseline()
    assert use is not None and (use.known, use.gone) == (1, 0)

    worse, settlement = settled(replace(FAIL, reason="original_outside"), baseline=baseline)
    assert not worse.known
    assert settlement.open_fails == {Severity.HIGH: 1}
    use = settlement.baseline()
    assert use is not None and (use.known, use.gone) == (0, 1)


def test_what_was_waived_then_is_not_known_now() -> None:
    found, settlement = settled(replace(WAIVED, waiver=None), baseline=Baseline(sample()))
    assert not found.known
    assert settlement.open_fails == {Severity.CRITICAL: 1}


def test_an_unknown_that_becomes_a_fail_is_new() -> None:
    fail = finding(Status.FAIL, UNREAD.resource, id=UNREAD.id, reason=UNREAD.reason)
    found, _ = settled(fail, baseline=Baseline(sample()))
    assert not found.known

import pytest

from scanner.cli.options import Judging
from scanner.errors import UsageError
from scanner.model import Severity
from scanner.scan.outcome import outcome, threshold

USUAL = threshold(Judging().fail_on)


def decide(**changes):
    question = {
        "fails": {},
        "unknowns": 0,
        "measured": True,
        "complete": True,
        "fail_on": USUAL,
        "allow_incomplete": False,
    }
    return outcome(**{**question, **changes})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("nothing_found", 0)),
        ({"fails": {Severity.LOW: 1}}, ("violations", 1)),
        ({"fails": {Severity.INFO: 1}}, ("below_threshold", 0)),
        ({"fails": {Severity.INFO: 1}, "unknowns": 1}, ("not_established", 3)),
        ({"fails": {Severity.INFO: 1}, "fail_on": threshold("info")}, ("violations", 1)),
        ({"settled": 1}, ("below_threshold", 0)),
        ({"settled": 1, "unknowns": 1}, ("not_established", 3)),
        ({"unknowns": 2, "acknowledged": 1}, ("not_established", 3)),
        ({"unknowns": 2, "acknowledged": 2}, ("not_established", 0)),
        ({"unknowns": 2, "acknowledged": 2, "complete": False}, ("not_established", 3)),
        ({"unknowns": 2, "acknowledged": 2, "measured": False}, ("not_established", 3)),
        ({"fails": {Severity.LOW: 1}, "unknowns": 3, "complete": False}, ("violations", 1)),
        ({"fails": {Severity.LOW: 1}, "fail_on": threshold("high")}, ("below_threshold", 0)),
        ({"fails": {Severity.CRITICAL: 1}, "fail_on": threshold("none")}, ("below_threshold", 0)),
        ({"fails": {Severity.LOW: 1}, "fail_on": threshold("high"), "unknowns": 1}, ("not_established", 3)),
        ({"unknowns": 1}, ("not_established", 3)),
        ({"complete": False}, ("not_established", 3)),
        ({"measured": False}, ("not_established", 3)),
        ({"measured": False, "allow_incomplete": True}, ("not_established", 3)),
        ({"unknowns": 1, "allow_incomplete": True}, ("not_established", 0)),
    ],
)
def test_verdict_and_exit_code(changes, expected) -> None:
    assert decide(**changes) == expected


def test_an_unknown_threshold_is_refused_with_the_choices() -> None:
    with pytest.raises(UsageError, match="critical, high, medium, low, info, none, not 'severe'"):
        threshold("severe")


def test_a_threshold_includes_everything_above_it() -> None:
    assert threshold("medium") == {Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM}

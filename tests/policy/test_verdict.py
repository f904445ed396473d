"""The arithmetic of verdicts, row by row."""

import pytest

from scanner.model import Assurance, Status
from scanner.policy.verdict import all_of, any_of, conclude, strongest, weakest

T, F, U = True, False, None
PASS, FAIL, UNKNOWN, NA = Status.PASS, Status.FAIL, Status.UNKNOWN, Status.NOT_APPLICABLE

TRUTH_TABLE = [
    # match, assert, doubt, status
    (T, T, T, UNKNOWN),
    (T, T, F, PASS),
    (T, T, U, UNKNOWN),
    (T, F, T, FAIL),
    (T, F, F, FAIL),
    (T, F, U, FAIL),
    (T, U, T, UNKNOWN),
    (T, U, F, UNKNOWN),
    (T, U, U, UNKNOWN),
    (F, T, T, NA),
    (F, T, F, NA),
    (F, T, U, NA),
    (F, F, T, NA),
    (F, F, F, NA),
    (F, F, U, NA),
    (F, U, T, NA),
    (F, U, F, NA),
    (F, U, U, NA),
    (U, T, T, UNKNOWN),
    (U, T, F, UNKNOWN),
    (U, T, U, UNKNOWN),
    (U, F, T, UNKNOWN),
    (U, F, F, UNKNOWN),
    (U, F, U, UNKNOWN),
    (U, U, T, UNKNOWN),
    (U, U, F, UNKNOWN),
    (U, U, U, UNKNOWN),
]


def test_the_table_has_every_combination_once() -> None:
    assert len({row[:3] for row in TRUTH_TABLE}) == 27


@pytest.mark.parametrize(("match", "assert_", "doubt", "status"), TRUTH_TABLE)
def test_each_combination_has_the_status_of_the_table(
    match: bool | None, assert_: bool | None, doubt: bool | None, status: Status
) -> None:
    assert conclude(match, assert_, doubt) is status


@pytest.mark.parametrize(
    ("values", "conjunction", "disjunction"),
    [
        ((), T, F),
        ((T,), T, T),
        ((F,), F, F),
        ((U,), U, U),
        ((T, T), T, T),
        ((T, F), F, T),
        ((F, T), F, T),
        ((F, F), F, F),
        ((T, U), U, T),
        ((U, T), U, T),
        ((F, U), F, U),
        ((U, F), F, U),
        ((U, U), U, U),
        ((U, U, F), F, U),
        ((U, U, T), U, T),
    ],
)
def test_kleene_conjunction_and_disjunction(
    values: tuple[bool | None, ...], conjunction: bool | None, disjunction: bool | None
) -> None:
    assert all_of(values) is conjunction
    assert any_of(values) is disjunction


P, I, D = Assurance.PROVEN, Assurance.INDICATED, Assurance.DECLARED  # noqa: E741 - the three grades by initial


@pytest.mark.parametrize(
    ("grades", "cap", "expected"),
    [([], P, P), ([P], P, P), ([P, I], P, I), ([I, D, P], P, D), ([P], I, I), ([P], D, D), ([D], P, D), ([], D, D)],
)
def test_the_weakest_grade_decides_and_the_cap_limits_it(
    grades: list[Assurance], cap: Assurance, expected: Assurance
) -> None:
    assert weakest(grades, cap) is expected


@pytest.mark.parametrize(("grades", "expected"), [([], D), ([D], D), ([D, I], I), ([I, P, D], P), ([I], I), ([P], P)])
def test_the_strongest_of_several_grades(grades: list[Assurance], expected: Assurance) -> None:
    assert strongest(grades) is expected

"""A remembered row says of every subject what an evaluation of its own would say, and nothing about its neighbour."""

from collections import Counter
from functools import cache
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from scanner.model import Assurance, Finding, Gap, GapReason
from scanner.policy import evaluate
from scanner.policy.evaluate import Evaluator
from scanner.policy.outcome import NotApplicable, named
from scanner.policy.rollup import Tally
from scanner.policy.schema import SCHEMA, Provenance
from scanner.policy.subject import Subject
from tests.policy.making import condition, control, evaluator, subject

CONTROLS = (
    control(
        match=condition("kept", "resource.is_store"),
        assert_=condition("inside", "location.country in sets.eu"),
        doubt=condition("doubted", "data.declared_none"),
    ),
    control(id="T-2", assert_=condition("near", "copies.all(c, c.country in sets.eu)")),
    control(id="T-3", match=condition("kept", "resource.is_store"), assert_=condition("soon", "retention.days <= 30")),
)
EVALUATOR: Evaluator = evaluator(*CONTROLS)
"""One for all examples, so that most rows were made for another subject."""


@cache
def provenance(weak: frozenset[str]) -> Any:
    """One function for the subjects whose facts come from the same places, as `scanner.scan.subject` has it."""

    def of(fact: str) -> Provenance:
        usual = SCHEMA[fact].assurance if fact in SCHEMA else Assurance.PROVEN
        return Provenance(source="there" if weak else "here", assurance=Assurance.DECLARED if fact in weak else usual)

    return of


GAPS = st.sampled_from([Gap(fact="country", reason=reason, detail="why") for reason in (*GapReason,)[:3]])
COPY = st.sampled_from([{"country": "FR"}, {"country": "US"}, {"region": "eu-west-3"}, {}])
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "resource.is_store": st.booleans(),
        "resource.name": st.text(max_size=3),
        "location.country": st.sampled_from(["FR", "US", "DE", 1, True]),
        "data.declared_none": st.sampled_from([True, False, 1, 0, "no"]),
        "copies": st.lists(COPY, max_size=3),
        "retention.days": st.sampled_from([1, True, 30, 31]),
    },
)
UNCONFIRMED = st.frozensets(st.sampled_from(["location.country", "copies.country", "sets.eu"]))
WEAK = st.frozensets(st.sampled_from(["location.country", "copies", "resource.is_store"]), max_size=2)


@st.composite
def subjects(draw: st.DrawFn) -> Subject:
    made = subject(
        draw(VALUES),
        id=draw(st.sampled_from(["a", "b"])),
        account=draw(st.sampled_from(["1", "2"])),
        region=draw(st.sampled_from(["eu-west-3", "us-east-1"])),
        missing={
            fact: (draw(GAPS),) for fact in ("location.country", "copies", "coverage.complete") if draw(st.booleans())
        },
        unconfirmed=draw(UNCONFIRMED),
    )
    return replace(made, provenance=provenance(draw(WEAK)), account_name=made.account, account_path=made.region)


@given(st.lists(subjects(), min_size=1, max_size=6))
def test_a_row_is_the_evaluation(those: list[Subject]) -> None:
    by_row, one_by_one = Tally(), Tally()
    for about in those:
        row, outcomes = EVALUATOR.row(about), list(EVALUATOR.evaluate(about))
        by_row.leave_out(row, about)
        findings = [named(finding, about) for finding in row.findings]
        for finding in findings:
            by_row.add(finding, about)
        for outcome in outcomes:
            one_by_one.add(outcome, about)
        assert findings == [outcome for outcome in outcomes if isinstance(outcome, Finding)]
        assert list(row.not_applicable) == [outcome for outcome in outcomes if isinstance(outcome, NotApplicable)]
    controls = {each.id: each for each in EVALUATOR.controls}
    assert list(by_row.not_applicable(controls)) == list(one_by_one.not_applicable(controls))
    for each in EVALUATOR.controls:
        assert by_row.rollup(each, complete=True) == one_by_one.rollup(each, complete=True)


def test_those_of_which_the_same_is_known_share_a_row() -> None:
    first = replace(subject({"location.country": "FR", "resource.name": "a"}), provenance=provenance(frozenset()))
    other = replace(first, id="b", account="2", values={**first.values, "resource.name": "b"})
    assert EVALUATOR.row(first) is EVALUATOR.row(other)
    for changed in (
        replace(first, values={"location.country": "DE"}),
        replace(first, unconfirmed=frozenset({"location.country"})),
        replace(first, missing={"copies": (Gap(fact="copies", reason=GapReason.DENIED),)}),
        replace(first, provenance=provenance(frozenset({"copies"}))),
    ):
        assert EVALUATOR.row(first) is not EVALUATOR.row(changed)


def test_rows_are_bounded_and_those_used_last_are_kept() -> None:
    evaluating, source = evaluator(*CONTROLS), provenance(frozenset())
    made = [
        replace(subject({"retention.days": days}), provenance=source) for days in range(evaluate.ROWS + 1)
    ]  # one more than there is room for
    rows = [evaluating.row(about) for about in made[:-1]]
    assert evaluating.row(made[0]) is rows[0]
    evaluating.row(made[-1])
    kept = Counter(evaluating.row(made[index]) is rows[index] for index in (0, 2, 3))
    assert kept == {True: 3}
    assert evaluating.row(made[1]) is not rows[1]

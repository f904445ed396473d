"""Controls on subjects, through the real engine: verdict, reason, evidence, assurance, missing facts, identity."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import Assurance, Finding, Gap, GapReason, Missing, Status
from scanner.policy.evaluate import Evaluator
from scanner.policy.outcome import NotApplicable, Outcome
from scanner.policy.subject import Subject
from tests.policy.making import condition, control, evaluator, subject
from tests.policy.test_verdict import TRUTH_TABLE

MATCH, ASSERT, DOUBT = "encryption.at_rest", "alongside.account", "alongside.region"
THREE = control(
    match=condition("applies", MATCH), assert_=condition("holds", ASSERT), doubt=condition("doubted", DOUBT)
)


def only(evaluating: Evaluator, about: Subject) -> Outcome:
    (outcome,) = evaluating.evaluate(about)
    return outcome


def found(evaluating: Evaluator, about: Subject) -> Finding:
    outcome = only(evaluating, about)
    assert isinstance(outcome, Finding)
    return outcome


def status(outcome: Outcome) -> Status:
    return outcome.status if isinstance(outcome, Finding) else Status.NOT_APPLICABLE


def known(**facts: Any) -> dict[str, Any]:
    """Facts by name with `__` for the dot; None: not established."""
    return {name.replace("__", "."): value for name, value in facts.items() if value is not None}


@pytest.mark.parametrize(("match", "assert_", "doubt", "expected"), TRUTH_TABLE)
def test_the_truth_table_through_the_engine(
    match: bool | None, assert_: bool | None, doubt: bool | None, expected: Status
) -> None:
    facts = known(encryption__at_rest=match, alongside__account=assert_, alongside__region=doubt)
    assert status(only(evaluator(THREE), subject(facts))) is expected


@pytest.mark.parametrize(
    ("match", "assert_", "doubt", "reason"),
    [
        (True, True, False, "all_conditions_hold"),
        (True, False, None, "holds"),
        (False, None, None, "applies"),
        (None, False, True, "applies"),
        (True, None, False, "holds"),
        (True, None, None, "holds"),
        (True, True, None, "doubted"),
        (True, True, True, "doubted"),
        (True, None, True, "doubted"),
        (None, True, True, "applies"),
    ],
)
def test_the_reason_names_the_deciding_condition(
    match: bool | None, assert_: bool | None, doubt: bool | None, reason: str
) -> None:
    facts = known(encryption__at_rest=match, alongside__account=assert_, alongside__region=doubt)
    assert only(evaluator(THREE), subject(facts)).reason == reason


def test_a_reason_code_takes_the_place_of_the_name_when_a_condition_decides() -> None:
    coded = control(
        match=condition("applies", MATCH, "does_not_apply"),
        assert_=condition("holds", ASSERT, "broken"),
        doubt=condition("doubted", DOUBT, "doubtful"),
    )
    evaluating = evaluator(coded)

    def reason(match: bool, assert_: bool | None, doubt: bool) -> str:
        facts = known(encryption__at_rest=match, alongside__account=assert_, alongside__region=doubt)
        return only(evaluating, subject(facts)).reason

    assert reason(False, True, False) == "does_not_apply"
    assert reason(True, False, False) == "broken"
    assert reason(True, True, True) == "doubtful"
    assert reason(True, None, False) == "holds"


def test_the_first_false_condition_is_the_reason_even_behind_an_undecided_one() -> None:
    two = control(
        match=condition("first", MATCH) + ", " + condition("second", ASSERT), assert_=condition("holds", DOUBT)
    )
    assert only(evaluator(two), subject({ASSERT: False})).reason == "second"
    assert only(evaluator(two), subject({MATCH: False, ASSERT: False})).reason == "first"


def test_a_fail_stands_although_another_assert_is_undecided() -> None:
    two = control(assert_=condition("first", MATCH) + ", " + condition("second", ASSERT))
    finding = found(evaluator(two), subject({ASSERT: False}))
    assert (finding.status, finding.reason, finding.missing) == (Status.FAIL, "second", ())
    assert [item.fact for item in finding.evidence] == [ASSERT]


def test_evidence_shows_value_source_and_strength_of_each_fact_read() -> None:
    finding = found(evaluator(THREE), subject({MATCH: True, ASSERT: True, DOUBT: False}))
    assert [(item.fact, item.value, item.source, item.as_of) for item in finding.evidence] == [
        (MATCH, True, f"test:{MATCH}", "2026-01-01"),
        (ASSERT, True, f"test:{ASSERT}", "2026-01-01"),
        (DOUBT, False, f"test:{DOUBT}", "2026-01-01"),
    ]
    assert {item.entries for item in finding.evidence} == {0}, "what is no list has no entries"
    assert finding.missing == ()


def test_the_evidence_of_a_fail_leaves_out_what_did_not_decide() -> None:
    finding = found(evaluator(THREE), subject({MATCH: True, ASSERT: False, DOUBT: False}))
    assert [item.fact for item in finding.evidence] == [MATCH, ASSERT]


def test_missing_facts_come_with_the_reason_and_permission_of_their_gaps() -> None:
    gap = Gap(fact="encryption.key", reason=GapReason.DENIED, operation="kms:DescribeKey", permission="kms:DescribeKey")
    finding = found(evaluator(THREE), subject({MATCH: True, DOUBT: False}, missing={ASSERT: (gap,)}))
    assert finding.status is Status.UNKNOWN
    assert finding.missing == (
        Missing(fact=ASSERT, reason="denied", detail="kms:DescribeKey", permission="kms:DescribeKey"),
    )
    assert [item.fact for item in finding.evidence] == [MATCH]


def test_several_undecided_conditions_name_each_missing_fact_once() -> None:
    both = control(assert_=condition("a", f"{MATCH} && {ASSERT}") + ", " + condition("b", f"{ASSERT} || {DOUBT}"))
    finding = found(evaluator(both), subject({MATCH: True, DOUBT: False}))
    assert [(item.fact, item.reason) for item in finding.missing] == [(ASSERT, "not_bound")]


def test_a_missing_attestation_says_what_could_be_declared() -> None:
    attested = control(assert_=condition("tried", "attestation.tried"))
    finding = found(evaluator(attested, extra="attestations: {tried: somebody tried it}\n"), subject({}))
    assert finding.missing == (Missing(fact="attestation.tried", reason="not_declared", detail="somebody tried it"),)
    assert finding.assurance is Assurance.DECLARED


INSIDE = control(assert_=condition("inside", "copies.all(c, c.country in sets.eea)"))


def test_a_list_known_in_part_reports_its_gaps_and_hides_the_empty_record() -> None:
    gap = Gap(fact="copies", reason=GapReason.TRUNCATED, detail="the list did not end")
    finding = found(evaluator(INSIDE), subject({"copies": [{"country": "FR"}, {}]}, missing={"copies": (gap,)}))
    assert (finding.status, finding.missing[0].reason) == (Status.UNKNOWN, "truncated")
    assert finding.evidence[0].value == [{"country": "FR"}]


def test_an_entry_without_the_field_is_reported_by_field() -> None:
    copies = [{"country": "FR"}, {"kind": "snapshot"}, {"country": None}]
    finding = found(evaluator(INSIDE), subject({"copies": copies}))
    assert finding.missing == (Missing(fact="copies.country", reason="unresolved", detail="2 of 3 entries do not say"),)


def test_one_contrary_entry_fails_although_the_list_is_known_in_part() -> None:
    finding = found(evaluator(INSIDE), subject({"copies": [{"country": "US"}, {}]}))
    assert (finding.status, finding.missing) == (Status.FAIL, ())


def test_a_spent_budget_is_unknown_and_says_so() -> None:
    nested = control(assert_=condition("nested", "copies.all(a, copies.all(b, a.country != b.kind))"))
    many = [{"country": "FR", "kind": "x"}] * 150
    finding = found(evaluator(nested), subject({"copies": many}))
    assert (finding.status, finding.reason) == (Status.UNKNOWN, "nested")
    (missing,) = finding.missing
    assert (missing.fact, missing.reason) == ("copies", "not_evaluated")
    assert "budget" in missing.detail.lower()


@pytest.mark.parametrize("value", [5, True, ["FR"], {"a": "b"}])
def test_a_value_of_the_wrong_type_is_unknown(value: object) -> None:
    for expr in ("location.country == 'FR'", "location.country != 'FR'"):
        finding = found(evaluator(control(assert_=condition("there", expr))), subject({"location.country": value}))
        assert finding.status is Status.UNKNOWN
        assert finding.missing[0].reason == "unsupported"


@pytest.mark.parametrize("word", ["unknown", "a_word_of_tomorrow"])
def test_a_word_outside_the_vocabulary_is_unknown_on_both_sides_of_a_comparison(word: str) -> None:
    for expr in ("key.custody in ['none', 'provider_hsm']", "!(key.custody in ['none', 'provider_hsm'])"):
        finding = found(evaluator(control(assert_=condition("custody", expr))), subject({"key.custody": word}))
        assert finding.status is Status.UNKNOWN
        assert finding.missing[0].fact == "key.custody"


def test_a_field_word_outside_the_vocabulary_is_unknown() -> None:
    none = control(assert_=condition("none", "!operator.exposure.exists(x, x.strength == 'established')"))
    finding = found(evaluator(none), subject({"operator.exposure": [{"law": "l", "strength": "of_tomorrow"}]}))
    assert finding.status is Status.UNKNOWN
    assert finding.missing[0].fact == "operator.exposure.strength"


@pytest.mark.parametrize("value", [1, 0, "true"])
def test_a_number_is_no_truth_value_even_after_one_was_remembered(value: object) -> None:
    evaluating = evaluator(control(assert_=condition("encrypted", MATCH)))
    assert found(evaluating, subject({MATCH: True})).status is Status.PASS
    assert found(evaluating, subject({MATCH: False})).status is Status.FAIL
    assert found(evaluating, subject({MATCH: value})).status is Status.UNKNOWN


P, I, D = Assurance.PROVEN, Assurance.INDICATED, Assurance.DECLARED  # noqa: E741 - the three grades by initial


@pytest.mark.parametrize(
    ("match", "assert_", "doubt", "cap", "expected"),
    [(P, P, P, P, P), (P, I, P, P, I), (I, P, P, P, I), (P, P, D, P, D), (P, P, P, D, D), (P, P, P, I, I)],
)
def test_a_pass_is_as_strong_as_its_weakest_fact_within_the_cap(
    match: Assurance, assert_: Assurance, doubt: Assurance, cap: Assurance, expected: Assurance
) -> None:
    capped = THREE.replace("pass: proven", f"pass: {cap.value}")
    grades = {MATCH: match, ASSERT: assert_, DOUBT: doubt}
    finding = found(evaluator(capped), subject({MATCH: True, ASSERT: True, DOUBT: False}, assurance=grades))
    assert (finding.status, finding.assurance) == (Status.PASS, expected)


@pytest.mark.parametrize(
    ("match", "first", "second", "cap", "expected"),
    [(P, D, P, P, P), (P, P, D, P, P), (P, D, I, P, I), (I, P, P, P, I), (P, D, D, P, D), (P, P, P, I, I)],
)
def test_a_fail_is_as_strong_as_its_strongest_false_assert_with_the_match(
    match: Assurance, first: Assurance, second: Assurance, cap: Assurance, expected: Assurance
) -> None:
    two = control(
        match=condition("applies", MATCH),
        assert_=condition("first", ASSERT) + ", " + condition("second", DOUBT),
        cap_fail=cap.value,
    )
    grades = {MATCH: match, ASSERT: first, DOUBT: second}
    finding = found(evaluator(two), subject({MATCH: True, ASSERT: False, DOUBT: False}, assurance=grades))
    assert (finding.status, finding.reason, finding.assurance) == (Status.FAIL, "first", expected)


def test_a_fact_that_was_not_read_does_not_weaken_a_fail() -> None:
    one = control(assert_=condition("either", f"{MATCH} && {ASSERT}"))
    finding = found(evaluator(one), subject({MATCH: False}, assurance={ASSERT: D}))
    assert (finding.status, finding.assurance) == (Status.FAIL, P)


@pytest.mark.parametrize("fact", [MATCH, ASSERT, DOUBT])
def test_a_would_be_pass_on_an_unconfirmed_fact_is_unknown(fact: str) -> None:
    about = subject({MATCH: True, ASSERT: True, DOUBT: False}, unconfirmed=frozenset({fact}))
    finding = found(evaluator(THREE), about)
    assert (finding.status, finding.reason) == (Status.UNKNOWN, "unconfirmed")
    assert [(item.fact, item.reason) for item in finding.missing] == [(fact, "unconfirmed")]
    assert [item.detail for item in finding.missing] == [
        f"test:{fact} is not confirmed or out of date, as of 2026-01-01"
    ]
    assert [item.confirmed for item in finding.evidence if item.fact == fact] == [False]


def test_an_unconfirmed_fact_that_the_control_does_not_read_changes_nothing() -> None:
    about = subject({MATCH: True, ASSERT: True, DOUBT: False}, unconfirmed=frozenset({"location.country"}))
    assert found(evaluator(THREE), about).status is Status.PASS


def test_a_fail_on_an_unconfirmed_fact_stands_and_is_indicated_at_most() -> None:
    about = subject({MATCH: True, ASSERT: False}, unconfirmed=frozenset({ASSERT}))
    finding = found(evaluator(THREE), about)
    assert (finding.status, finding.assurance) == (Status.FAIL, I)
    assert [item.confirmed for item in finding.evidence] == [True, False]


def test_an_unconfirmed_fact_does_not_take_a_subject_out_of_a_control() -> None:
    finding = found(evaluator(THREE), subject({MATCH: False}, unconfirmed=frozenset({MATCH})))
    assert (finding.status, finding.reason) == (Status.UNKNOWN, "unconfirmed")


def test_not_applicable_stands_when_another_false_condition_is_confirmed() -> None:
    two = control(
        match=condition("first", MATCH) + ", " + condition("second", ASSERT), assert_=condition("holds", DOUBT)
    )
    about = subject({MATCH: False, ASSERT: False}, unconfirmed=frozenset({MATCH}))
    assert isinstance(only(evaluator(two), about), NotApplicable)


DOUBTED = frozenset({"sets.eea_non_eu"})


@pytest.mark.parametrize(
    ("expr", "country", "expected"),
    [
        ("location.country in sets.eea_non_eu", "NO", Status.UNKNOWN),
        ("location.country in sets.eea_non_eu", "US", Status.FAIL),
        ("location.country in sets.eea || location.country in sets.eea_non_eu", "NO", Status.PASS),
        ("location.country in sets.eu || location.country in sets.eea_non_eu", "FR", Status.PASS),
        ("location.country in sets.eu || location.country in sets.eea_non_eu", "NO", Status.UNKNOWN),
        ("location.country in sets.eu", "FR", Status.PASS),
    ],
)
def test_a_pass_that_only_an_unconfirmed_set_of_countries_gives_is_unknown(
    expr: str, country: str, expected: Status
) -> None:
    about = subject({"location.country": country}, unconfirmed=DOUBTED)
    finding = found(evaluator(control(assert_=condition("inside", expr))), about)
    assert finding.status is expected
    if expected is Status.UNKNOWN:
        assert (finding.reason, [lack.fact for lack in finding.missing]) == ("unconfirmed", ["sets.eea_non_eu"])


@pytest.mark.parametrize(("given", "expected"), [({}, Status.UNKNOWN), ({"where": ["NO"]}, Status.PASS)])
def test_a_parameter_that_was_left_at_an_unconfirmed_set_rests_on_it_and_one_that_was_given_does_not(
    given: dict[str, Any], expected: Status
) -> None:
    where = control(assert_=condition("inside", "location.country in params.where"))
    extra = "parameters:\n  where: {type: list<string>, default: sets.eea_non_eu, doc: d}\n"
    about = subject({"location.country": "NO"}, unconfirmed=DOUBTED)
    assert found(evaluator(where, extra=extra, given=given), about).status is expected


@pytest.mark.parametrize("expected", [Status.PASS, Status.FAIL])
def test_a_parameter_with_a_list_of_its_own_rests_on_no_set(expected: Status) -> None:
    where = control(assert_=condition("inside", "location.country in params.where"))
    extra = "parameters:\n  where: {type: list<string>, default: [NO], doc: d}\n"
    about = subject({"location.country": "NO" if expected is Status.PASS else "SE"}, unconfirmed=DOUBTED)
    assert found(evaluator(where, extra=extra), about).status is expected


SCAN = control(subject="scan", assert_=condition("holds", ASSERT))


@pytest.mark.parametrize("coverage", [None, False, "yes"])
def test_a_pass_about_the_whole_scan_needs_complete_coverage(coverage: object) -> None:
    gap = Gap(fact="coverage.complete", reason=GapReason.DENIED, detail="eu-west-3/s3", permission="s3:ListBuckets")
    about = subject({ASSERT: True, "coverage.complete": coverage}, kind="scan", missing={"coverage.complete": (gap,)})
    finding = found(evaluator(SCAN), about)
    assert (finding.status, finding.reason) == (Status.UNKNOWN, "coverage_incomplete")
    assert finding.missing[0].permission == "s3:ListBuckets"


def test_a_pass_about_the_whole_scan_with_complete_coverage() -> None:
    assert found(evaluator(SCAN), subject({ASSERT: True, "coverage.complete": True}, kind="scan")).status is Status.PASS


def test_a_fail_about_the_whole_scan_needs_no_coverage() -> None:
    assert found(evaluator(SCAN), subject({ASSERT: False}, kind="scan")).status is Status.FAIL


def test_a_resource_needs_no_coverage_for_its_own_pass() -> None:
    one = control(assert_=condition("holds", ASSERT))
    assert found(evaluator(one), subject({ASSERT: True})).status is Status.PASS


def test_controls_are_asked_about_their_own_kind_of_subject_only() -> None:
    evaluating = evaluator(SCAN, control(id="T-2", assert_=condition("holds", ASSERT)))
    assert [outcome.control for outcome in evaluating.evaluate(subject({ASSERT: True}))] == ["T-2"]
    assert [outcome.control for outcome in evaluating.evaluate(subject({ASSERT: True}, kind="scan"))] == ["T-1"]


def test_a_finding_keeps_its_id_while_its_facts_change() -> None:
    evaluating = evaluator(THREE)
    first = found(evaluating, subject({MATCH: True, ASSERT: True, DOUBT: False}))
    second = found(evaluating, subject({MATCH: True, ASSERT: False}))
    assert first.id == second.id == "c1ab3067f1539359ccfdc530"
    assert first.status is not second.status


def test_what_a_finding_is_about_makes_its_id() -> None:
    evaluating = evaluator(control(assert_=condition("a", ASSERT)), control(id="T-2", assert_=condition("a", ASSERT)))
    ids = {
        outcome.id
        for about in (
            subject({ASSERT: True}),
            subject({ASSERT: True}, id="arn:aws:s3:::other"),
            subject({ASSERT: True}, account="999988887777"),
            subject({ASSERT: True}, region="eu-central-1"),
        )
        for outcome in evaluating.evaluate(about)
        if isinstance(outcome, Finding)
    }
    assert len(ids) == 8


def test_settings_come_from_the_user_then_from_the_pack() -> None:
    where = control(assert_=condition("inside", "location.country in params.where"))
    extra = "parameters:\n  where: {type: list<string>, default: sets.eu, doc: d}\n"
    norway = subject({"location.country": "NO"})
    assert found(evaluator(where, extra=extra), norway).status is Status.FAIL
    assert found(evaluator(where, extra=extra, given={"where": ["NO"]}), norway).status is Status.PASS


def test_the_memo_is_bounded_and_gives_the_same_answers() -> None:
    remembering, bounded, forgetting = (evaluator(THREE, memo_entries=size) for size in (1000, 2, 0))
    worlds = [
        known(encryption__at_rest=a, alongside__account=b, alongside__region=c)
        for a, b, c in product((True, False, None), repeat=3)
    ] * 2
    answers = [
        [(status(outcome), outcome.reason) for world in worlds for outcome in evaluating.evaluate(subject(world))]
        for evaluating in (remembering, bounded, forgetting)
    ]
    assert answers[0] == answers[1] == answers[2]
    assert remembering.memo == (27, 27, 27)
    assert bounded.memo[2] == 2
    assert forgetting.memo == (0, 54, 0)


def test_the_memo_tells_lists_apart_by_all_their_entries() -> None:
    evaluating = evaluator(INSIDE)
    for copies, expected in (
        ([{"country": "FR"}], Status.PASS),
        ([{"country": "FR"}, {"country": "US"}], Status.FAIL),
        ([{"country": "FR"}, {}], Status.UNKNOWN),
        ([], Status.PASS),
        ([{"country": "FR", "kind": "x"}], Status.PASS),
    ):
        assert found(evaluating, subject({"copies": copies})).status is expected
    assert evaluating.memo == (0, 5, 5)


_FACTS = st.fixed_dictionaries(
    {},
    optional={
        MATCH: st.booleans(),
        ASSERT: st.booleans(),
        DOUBT: st.booleans(),
        "copies": st.lists(st.sampled_from([{}, {"country": "FR"}, {"country": "US"}]), max_size=3),
    },
)
_RICH = control(
    match=condition("applies", MATCH),
    assert_=condition("holds", f"{ASSERT} || copies.all(c, c.country in sets.eea)"),
    doubt=condition("doubted", f"{DOUBT} && copies.exists(c, c.country == 'US')"),
)
_EVALUATOR = evaluator(_RICH)


@settings(max_examples=300, deadline=None)
@given(_FACTS, st.data())
def test_taking_evidence_away_never_makes_a_pass_or_a_fail(facts: dict[str, Any], data: st.DataObject) -> None:
    """The promise of the whole: with less known a verdict stays or becomes unknown, and says what is missing."""
    kept = data.draw(st.sets(st.sampled_from(sorted(facts)))) if facts else set()
    full = only(_EVALUATOR, subject(facts))
    less = only(_EVALUATOR, subject({name: value for name, value in facts.items() if name in kept}))
    assert status(less) in (status(full), Status.UNKNOWN)
    if isinstance(less, Finding) and less.status is Status.UNKNOWN:
        assert less.missing or less.reason == "doubted"


PLACES = [{"country": "FR"}, {"country": "US"}, {"kind": "snapshot"}, {"country": "IN"}]
ALL_INSIDE = condition("inside", "copies.all(c, c.country in sets.eea)")
ONE_THERE = condition("there", "copies.exists(c, c.country == 'DE')")


def entries_shown(*conditions: str, **facts: Any) -> tuple[list[dict[str, str]], int]:
    judging = evaluator(control(match=condition("applies", MATCH), assert_=", ".join(conditions)))
    finding = found(judging, subject(known(encryption__at_rest=True, **facts)))
    assert finding.status is Status.FAIL
    (copies,) = [item for item in finding.evidence if item.fact == "copies"]
    return copies.value, copies.entries


def test_a_fail_shows_the_entries_that_decided_it_and_how_many_there_are() -> None:
    assert entries_shown(ALL_INSIDE, copies=PLACES) == ([{"country": "US"}, {"country": "IN"}], 4)


def test_a_list_known_in_part_counts_the_entries_that_are_known() -> None:
    assert entries_shown(ALL_INSIDE, copies=[{"country": "US"}, {"country": "FR"}, {}]) == ([{"country": "US"}], 2)


def test_a_fail_for_want_of_an_entry_shows_the_whole_list() -> None:
    places = [{"country": "FR"}, {"country": "US"}]
    assert entries_shown(ONE_THERE, copies=places) == (places, 0)
    assert entries_shown(ALL_INSIDE, ONE_THERE, copies=places) == (places, 0)


def test_a_fail_that_another_fact_decides_shows_the_whole_list() -> None:
    places = [{"country": "FR"}, {"country": "SE"}]
    both = condition("both", "copies.all(c, c.country in sets.eea) && alongside.account")
    assert entries_shown(both, copies=places, alongside__account=False) == (places, 0)

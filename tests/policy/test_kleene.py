"""Conformance suite of an expression engine: strong Kleene logic over facts that may be missing.

An engine that passes this file can stand behind `scanner.policy.engine.Engine`.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.policy.check import cel_engine
from scanner.policy.engine import Undecided
from scanner.policy.pack import parse
from scanner.policy.vocabulary import vocabulary
from tests.policy.making import condition, control, pack_text

NAMES = vocabulary(
    parse(pack_text(control(assert_=condition("encrypted", "encryption.at_rest"))), "kleene.yaml").pack, ["eea"]
)
ENGINE = cel_engine(NAMES)
EEA = ["DE", "FR"]

TRUE, FALSE = "encryption.at_rest", "alongside.account"
MISSING, MISSING_WORD = "alongside.region", "location.country"
KNOWN: Mapping[str, Any] = {"encryption.at_rest": True, "alongside.account": False, "sets.eea": EEA}


def decide(text: str, bound: Mapping[str, Any]) -> bool | None:
    answer = ENGINE.compile(text).decide(bound)
    return None if isinstance(answer, Undecided) else answer


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{FALSE} && {MISSING}", False),
        (f"{MISSING} && {FALSE}", False),
        (f"{TRUE} && {MISSING}", None),
        (f"{MISSING} && {TRUE}", None),
        (f"{TRUE} || {MISSING}", True),
        (f"{MISSING} || {TRUE}", True),
        (f"{FALSE} || {MISSING}", None),
        (f"{MISSING} || {FALSE}", None),
        (f"!{MISSING}", None),
        (f"!{TRUE}", False),
        (f"{MISSING} == {TRUE}", None),
        (f"{MISSING_WORD} == 'FR'", None),
        (f"{MISSING_WORD} != 'FR'", None),
        (f"{MISSING_WORD} == {MISSING_WORD}", None),
        (f"{MISSING_WORD} in sets.eea", None),
        (f"!({MISSING_WORD} in sets.eea)", None),
        (f"'FR' in ['FR', {MISSING_WORD}]", None),
        (f"{MISSING_WORD}.startsWith('F')", None),
        ("retention.days < 3", None),
        ("copies.all(c, c.country in sets.eea)", None),
        ("copies.exists(c, c.country in sets.eea)", None),
        (f"copies.all(c, c.country in sets.eea) && {FALSE}", False),
        (f"sets.eea.all(x, x == 'FR' || {MISSING})", None),
        (f"sets.eea.exists(x, x == 'FR' || {MISSING})", True),
    ],
)
def test_a_missing_fact_decides_nothing_and_hides_nothing(text: str, expected: bool | None) -> None:
    assert decide(text, KNOWN) is expected


FR, US, UNSAID, REST = {"country": "FR"}, {"country": "US"}, {"kind": "snapshot"}, {}


@pytest.mark.parametrize(
    ("copies", "all_inside", "one_outside"),
    [
        ([], True, False),
        ([FR], True, False),
        ([US], False, True),
        ([FR, US], False, True),
        ([REST], None, None),
        ([FR, REST], None, None),
        ([REST, FR], None, None),
        ([US, REST], False, True),
        ([REST, US], False, True),
        ([FR, UNSAID], None, None),
        ([UNSAID, US], False, True),
    ],
)
def test_a_list_known_in_part_is_never_taken_for_the_whole(
    copies: list[dict[str, str]], all_inside: bool | None, one_outside: bool | None
) -> None:
    bound = {**KNOWN, "copies": copies}
    assert decide("copies.all(c, c.country in sets.eea)", bound) is all_inside
    assert decide("copies.exists(c, !(c.country in sets.eea))", bound) is one_outside


@pytest.mark.parametrize("value", [None, 5, True, ["FR"], {"country": "FR"}, "\ud800", object()])
def test_a_value_of_the_wrong_type_decides_nothing(value: object) -> None:
    assert decide("location.country == 'FR'", {"location.country": value}) is None
    assert decide("location.country != 'FR'", {"location.country": value}) is None


def test_a_spent_budget_is_undecided_and_not_a_crash() -> None:
    many = [{"country": f"X{index}"} for index in range(150)]
    text = "copies.all(a, copies.all(b, a.country != 'FR' || b.country != 'FR'))"
    assert decide(text, {"copies": many[:5]}) is True
    assert decide(text, {"copies": many}) is None


Facts = Mapping[str, Any]
Reference = Callable[[Facts], bool | None]


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _and(left: bool | None, right: bool | None) -> bool | None:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _or(left: bool | None, right: bool | None) -> bool | None:
    return _not(_and(_not(left), _not(right)))


def _equal(fact: str, word: str) -> Reference:
    return lambda facts: None if fact not in facts else facts[fact] == word


def _inside(country: str | None) -> bool | None:
    return None if country is None else country in EEA


def _same(left: str, right: str) -> Reference:
    return lambda facts: None if left not in facts or right not in facts else facts[left] == facts[right]


def _all_copies(facts: Facts) -> bool | None:
    result: bool | None = True
    for copy in facts.get("copies", [{}]):
        result = _and(result, _inside(copy.get("country")))
    return result


def _copy_outside(facts: Facts) -> bool | None:
    result: bool | None = False
    for copy in facts.get("copies", [{}]):
        result = _or(result, _not(_inside(copy.get("country"))))
    return result


def _same_country(facts: Facts) -> bool | None:
    result: bool | None = False
    for copy in facts.get("copies", [{}]):
        here = (
            _same("a", "b")({"a": copy["country"], "b": facts["location.country"]})
            if ("country" in copy and "location.country" in facts)
            else None
        )
        result = _or(result, here)
    return result


ATOMS: list[tuple[str, Reference]] = [
    ("data.health == 'likely'", _equal("data.health", "likely")),
    ("data.health != 'possible'", lambda facts: _not(_equal("data.health", "possible")(facts))),
    (
        "key.custody in ['none', 'client_side']",
        lambda facts: None if "key.custody" not in facts else facts["key.custody"] in ("none", "client_side"),
    ),
    ("encryption.at_rest", lambda facts: facts.get("encryption.at_rest")),
    ("location.country in sets.eea", lambda facts: _inside(facts.get("location.country"))),
    ("location.country == key.country", _same("location.country", "key.country")),
    ("retention.days <= 92", lambda facts: None if "retention.days" not in facts else facts["retention.days"] <= 92),
    ("copies.all(c, c.country in sets.eea)", _all_copies),
    ("copies.exists(c, !(c.country in sets.eea))", _copy_outside),
    ("copies.exists(c, c.country == location.country)", _same_country),
]

EXPRESSIONS: st.SearchStrategy[tuple[str, Reference]] = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.one_of(
        inner.map(lambda e: (f"!({e[0]})", lambda facts, e=e: _not(e[1](facts)))),
        st.tuples(inner, inner).map(
            lambda p: (f"({p[0][0]}) && ({p[1][0]})", lambda facts, p=p: _and(p[0][1](facts), p[1][1](facts)))
        ),
        st.tuples(inner, inner).map(
            lambda p: (f"({p[0][0]}) || ({p[1][0]})", lambda facts, p=p: _or(p[0][1](facts), p[1][1](facts)))
        ),
    ),
    max_leaves=8,
)

_COUNTRIES = st.sampled_from(["DE", "FR", "US"])
_RECORDS = st.sampled_from([{}, {"country": "DE"}, {"country": "US"}, {"kind": "snapshot"}])
FACTS: st.SearchStrategy[Facts] = st.fixed_dictionaries(
    {"sets.eea": st.just(EEA)},
    optional={
        "data.health": st.sampled_from(["likely", "possible", "no_signal"]),
        "key.custody": st.sampled_from(["none", "client_side", "provider_hsm"]),
        "encryption.at_rest": st.booleans(),
        "location.country": _COUNTRIES,
        "key.country": _COUNTRIES,
        "retention.days": st.sampled_from([0, 92, 93]),
        "copies": st.lists(_RECORDS, max_size=3),
    },
)


@settings(max_examples=400, deadline=None)
@given(EXPRESSIONS, st.lists(FACTS, min_size=1, max_size=6))
def test_random_expressions_agree_with_kleene_logic(expression: tuple[str, Reference], worlds: list[Facts]) -> None:
    text, reference = expression
    compiled = ENGINE.compile(text)
    for facts in worlds:
        answer = compiled.decide(facts)
        assert (None if isinstance(answer, Undecided) else answer) is reference(facts), (text, facts)


@settings(max_examples=200, deadline=None)
@given(EXPRESSIONS, FACTS, st.data())
def test_learning_a_fact_never_reverses_a_decision(
    expression: tuple[str, Reference], facts: Facts, data: st.DataObject
) -> None:
    """What was decided with less stays decided: an answer never rests on a fact being absent."""
    compiled = ENGINE.compile(expression[0])
    kept = data.draw(st.sets(st.sampled_from(sorted(facts))))
    before = compiled.decide({name: value for name, value in facts.items() if name in kept})
    if not isinstance(before, Undecided):
        assert compiled.decide(facts) is before

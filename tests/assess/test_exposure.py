"""Which laws reach whoever runs something, and when that list is not the whole answer."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from scanner.assess.exposure import established_laws, exposure_of, exposure_of_operator, is_established
from scanner.facts.operators import Strength
from scanner.facts.registry import shipped
from scanner.model import GapReason

TODAY = date(2026, 11, 24)
OPERATORS = sorted(shipped().operators)


def test_a_european_subsidiary_of_a_us_group_is_reached_through_its_parent() -> None:
    exposed = exposure_of(shipped().operator_of("aws", "aws", "eu-west-3"), TODAY)
    assert established_laws(exposed) == {"cloud_act", "fisa_702"}
    assert exposed.confirmed and exposed.complete
    assert {(entry.law, entry.country, entry.status) for entry in exposed.exposures} == {
        ("cloud_act", "US", ""),
        ("fisa_702", "US", "lapsed_grandfathered"),
    }


def test_a_law_that_reaches_only_one_of_the_possible_entities_does_not_count() -> None:
    fact = shipped().operator_of("aws", "aws", "eu-west-3")
    usual, other = fact.candidates
    without = replace(other, exposure=tuple(entry for entry in other.exposure if entry.law != "fisa_702"))
    exposed = exposure_of(replace(fact, candidates=(usual, without)), TODAY)
    assert established_laws(exposed) == {"cloud_act"}


def test_a_subsidiary_abroad_and_foreign_technology_establish_nothing() -> None:
    for id_ in ("ovhcloud", "s3ns", "bleu"):
        exposed = exposure_of_operator(shipped().operators[id_], TODAY)
        assert exposed.exposures, "the exposure is recorded all the same"
        assert established_laws(exposed) == frozenset()


def test_the_order_against_ovh_is_exercised_and_not_established() -> None:
    exposed = exposure_of_operator(shipped().operators["ovhcloud"], TODAY)
    (order,) = [entry for entry in exposed.exposures if entry.law == "ca_production_order"]
    assert (order.strength, order.via, is_established(order)) == ("exercised", "subsidiary", False)


def test_only_an_established_strength_establishes() -> None:
    operator = shipped().operators["aws-emea"]
    for strength in (Strength.EXERCISED, Strength.ARGUABLE):
        weaker = tuple(replace(entry, strength=strength) for entry in operator.exposure)
        exposed = exposure_of_operator(replace(operator, exposure=weaker), TODAY)
        assert exposed.exposures and established_laws(exposed) == frozenset()


def test_an_unknown_parent_leaves_the_list_open() -> None:
    exposed = exposure_of_operator(shipped().operators["cloud-temple"], TODAY)
    assert exposed.exposures == () and not exposed.complete
    assert established_laws(exposed) is None
    assert exposed.gaps[0].fact == "parent_country"


def test_an_unknown_operator_is_not_an_unexposed_one() -> None:
    exposed = exposure_of(shipped().operator_of("aws", "aws-cn", "cn-south-1"), TODAY)
    assert established_laws(exposed) is None
    assert not exposed.confirmed
    assert exposed.gaps[0].reason is GapReason.UNMAPPED


def test_an_old_entry_confirms_nothing() -> None:
    operator = shipped().operators["scaleway"]
    assert exposure_of_operator(operator, operator.as_of + timedelta(days=180)).confirmed
    assert not exposure_of_operator(operator, operator.as_of + timedelta(days=181)).confirmed


def test_a_member_states_law_is_no_third_country_exposure() -> None:
    operator = shipped().operators["ovhcloud"]
    french = replace(shipped().operators["aws-emea"].exposure[0], law="fr_csi")
    exposed = exposure_of_operator(replace(operator, exposure=(french,)), TODAY)
    assert established_laws(exposed) == frozenset()


@given(st.sampled_from(OPERATORS))
def test_established_is_never_more_than_recorded(id_: str) -> None:
    operator = shipped().operators[id_]
    exposed = exposure_of_operator(operator, TODAY)
    laws = established_laws(exposed)
    assert (laws is None) is (operator.ultimate_parent_country is None)
    assert (laws or frozenset()) <= {entry.law for entry in operator.exposure if entry.strength == "established"}

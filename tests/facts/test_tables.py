"""The loaders refuse tables that contradict themselves, and say where."""

from datetime import date

import pytest

from scanner.errors import SourceError, UsageError
from scanner.facts import aws_regions, azure_regions, content, countries, health, laws
from scanner.facts.ages import oldest
from scanner.facts.registry import shipped
from scanner.facts.sourced import Basis, Sourced, is_confirmed
from scanner.facts.tables import TABLES
from scanner.strictyaml import load

CHECKS = {
    "aws_regions.yaml": (aws_regions.AwsTable, aws_regions.check),
    "azure_regions.yaml": (azure_regions.AzureTable, azure_regions.check),
    "countries.yaml": (countries.CountryTable, countries.check),
    "laws.yaml": (laws.LawTable, laws.check),
    "health.yaml": (health.HealthTable, health.check),
    "content.yaml": (content.ContentTable, content.check),
}


def load_changed(name: str, old: str, new: str) -> None:
    text = (TABLES / name).read_text(encoding="utf-8")
    assert old in text, "the table no longer holds what this test breaks"
    type_, check = CHECKS[name]
    check(load(text.replace(old, new, 1), name, type_))


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("aws_regions.yaml", "country: ZA", "country: XX", "'XX' is not a country code"),
        ("aws_regions.yaml", "name: ap-east-1,", "name: af-south-1,", "'af-south-1' has an entry already"),
        ("aws_regions.yaml", "partition: aws-eusc, display", "partition: aws-eu, display", "no partition 'aws-eu'"),
        ("aws_regions.yaml", "parents: [eu-north-1]", "parents: [eu-north-9]", "no region 'eu-north-9'"),
        ("aws_regions.yaml", "EU: eu-west-1", "EU: eu-west-9", "no region 'eu-west-9'"),
        ("aws_regions.yaml", "opt_in: true", "optin: true", "unknown field"),
        ("azure_regions.yaml", "pair: francesouth", "pair: francenorth", "no region 'francenorth'"),
        ("azure_regions.yaml", ", pair_one_way: true", "", "pair_one_way does not agree"),
        ("azure_regions.yaml", "country: FR", "country: fr", "'fr' is not a country code"),
        ("countries.yaml", "[IS, LI,", "[IS, XL,", "'XL' is not a country code"),
        ("countries.yaml", "union_of: [eu,", "union_of: [uE,", "there is no set 'uE'"),
        ("laws.yaml", "presence: [cloud_act,", "presence: [clod_act,", "there is no law 'clod_act'"),
        ("laws.yaml", "aliases: [us_cloud_act]", "aliases: [us_nsl]", "'us_nsl' already names a law"),
        ("laws.yaml", "status: in_force", "status: in force", "Invalid enum value"),
        ("laws.yaml", "id: fisa_702", "id: cloud_act", "'cloud_act' has an entry already"),
        ("health.yaml", "weak: [\n    rdv", "weak: [\n    patient", "'patient' is listed twice"),
        ("health.yaml", "template: [hipaa]", "template: [phi]", "'phi' also stands for"),
        ("health.yaml", "pacs: civil union in France", "pax: civil union", "'pax' is no sign"),
        ("content.yaml", "unless: hl7v2", "unless: hl7v3", "there is no signature 'hl7v3'"),
        ("content.yaml", "bytes: DICM", "bytes: ''", "either bytes at a place, or patterns"),
        ("content.yaml", "title: DICOM, strength: strong", "title: DICOM, strength: sure", "'sure' is none of"),
        ("content.yaml", "id: hprim", "id: cda", "'cda' has an entry already"),
        ("content.yaml", "begins: 'H\\|'", "begins: 'H(|'", "is no pattern"),
        ("content.yaml", "words: [bsn,", "words: [b-sn,", "'b-sn' could never match"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused_with_its_place(name: str, old: str, new: str, message: str) -> None:
    with pytest.raises(SourceError, match=message) as refused:
        load_changed(name, old, new)
    assert all(problem.startswith(f"{name}:") for problem in refused.value.problems)


def test_an_unquoted_no_stays_norway() -> None:
    text = (TABLES / "countries.yaml").read_text(encoding="utf-8")
    table = load(text.replace("'NO'", "NO"), "countries.yaml", countries.CountryTable)
    countries.check(table)
    assert "NO" in table.value.codes.names
    assert any("NO" in entry.members for entry in table.value.sets)


def test_sets_have_the_number_of_countries_that_the_treaties_have() -> None:
    assert len(countries.sets()["eu"]) == 27
    assert set(countries.sets()["eea"]) - set(countries.sets()["eu"]) == {"IS", "LI", "NO"}
    assert not {"CH", "GB"} & set(countries.sets()["eea"])


def test_adequacy_distinguishes_none_conditional_and_a_typo() -> None:
    assert countries.adequacy("CN") is None
    decision = countries.adequacy("US")
    assert decision is not None and decision.status is countries.AdequacyStatus.CONDITIONAL
    with pytest.raises(KeyError):
        countries.adequacy("UK")


@pytest.mark.parametrize("name", ["cloud_act", "us-cloud-act", "US-CLOUD-ACT", "us_cloud_act"])
def test_a_law_answers_to_its_id_and_aliases(name: str) -> None:
    assert laws.law(name).id == "cloud_act"


def test_an_unknown_law_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean 'cloud_act'"):
        laws.law("cloud-ac")


def test_union_law_and_member_state_law_are_not_third_country_law() -> None:
    assert not laws.is_third_country(laws.law("eu_eevidence"))
    assert not laws.is_third_country(laws.law("fr_csi"))
    assert laws.is_third_country(laws.law("ch_bupf_ndg"))


def test_the_tables_hold_every_law_and_operator_they_set_out_with() -> None:
    assert len(laws.laws()) >= 22
    assert len(shipped().operators) >= 91


@pytest.mark.parametrize(("age", "confirmed"), [(0, True), (180, True), (181, False)])
def test_a_confirmed_fact_goes_stale_after_180_days(age: int, confirmed: bool) -> None:
    day = date(2026, 1, 1)
    entry = Sourced(source="register", as_of=day, confirmed=True, basis=Basis.OFFICIAL)
    assert is_confirmed(entry, date.fromordinal(day.toordinal() + age)) is confirmed


def test_an_unconfirmed_fact_never_counts_as_confirmed() -> None:
    entry = Sourced(source="memory", as_of=date(2026, 1, 1), confirmed=False, basis=Basis.KNOWLEDGE)
    assert not is_confirmed(entry, date(2026, 1, 1))


def test_the_oldest_entry_dates_the_tables() -> None:
    assert oldest(shipped()) == min(entry.as_of for entry in countries.table().adequacy)


def test_what_rests_on_general_knowledge_is_never_confirmed() -> None:
    registry = shipped()
    entries = [*registry.operators.values(), *registry.destinations, *registry.accounts, *laws.laws().values()]
    assert not [entry for entry in entries if entry.basis is Basis.KNOWLEDGE and entry.confirmed]

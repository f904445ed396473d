"""The shipped packs: what they conclude about literal subjects, and what they never say."""

import re
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.packs import all_packs, country_sets
from scanner.model import Assurance, Finding, Status
from scanner.policy.check import CheckedControl, check
from scanner.policy.evaluate import Evaluator
from scanner.policy.outcome import NotApplicable, Outcome
from scanner.policy.pack import read_all, shipped
from scanner.policy.rollup import Tally, evaluate_scan
from tests.policy.making import SETS, subject

PACKS = check(read_all([shipped() / "core.yaml", shipped() / "doctolib-2021.yaml"]), SETS)
ALL = all_packs()
EVALUATOR = Evaluator(PACKS, {}, SETS)
CONTROLS = {control.id: control for control in EVALUATOR.controls}
PASS, FAIL, UNKNOWN, NA = Status.PASS, Status.FAIL, Status.UNKNOWN, Status.NOT_APPLICABLE

US_LAW = {"law": "cloud_act", "country": "US", "via": "parent", "strength": "established", "status": "in_force"}
HDS = {"scheme": "HDS", "status": "certified", "confirmed": "true"}

STORE: dict[str, Any] = {
    "resource.is_store": True,
    "resource.holds": "content",
    "resource.category": "database",
    "resource.provider_sees_plaintext": True,
    "location.country": "FR",
    "operator.id": "aws-emea",
    "operator.country": "LU",
    "operator.parent_country": "US",
    "operator.exposure": [US_LAW],
    "operator.certifications": [HDS],
    "data.health": "likely",
    "data.classification": "",
    "data.declared_none": False,
    "data.signals": [{"family": "name", "strength": "strong", "rule": "patient"}],
    "data.content_examined": False,
    "encryption.state": "encrypted",
    "encryption.at_rest": True,
    "key.id": "arn:aws:kms:eu-west-3:111122223333:key/k",
    "key.custody": "customer_managed_in_provider_kms",
    "key.replicas": [],
    "alongside.operator": True,
    "alongside.parent": True,
    "alongside.exposure": True,
    "copies": [],
    "egress": [],
    "retention.limited": True,
    "retention.days": 90,
}
"""An appointment database in Paris with the customer's key in the provider's key service."""

EXTERNAL = {
    "key.custody": "external_third_party",
    "key.holder": "atos-fr",
    "key.holder_country": "FR",
    "key.holder_parent_country": "FR",
    "key.holder_exposure": [],
    "alongside.operator": False,
    "alongside.parent": False,
    "alongside.exposure": False,
}
"""The same under an external key whose French holder was declared."""

UNDECLARED = {
    "key.custody": "external_holder_not_established",
    "alongside.operator": None,
    "alongside.parent": None,
    "alongside.exposure": None,
}

SEALED = {
    **EXTERNAL,
    "key.custody": "client_side",
    "key.id": "",
    "key.replicas": None,
    "key.holder_country": None,
    "resource.provider_sees_plaintext": False,
}
CLEAN = {"operator.id": "host-fr", "operator.parent_country": "FR", "operator.exposure": []}

US_COPY = {
    "kind": "snapshot-copy",
    "target": "t",
    "region": "us-east-1",
    "country": "US",
    "direction": "out",
    "extent": "place",
}
INDEX = {"kind": "control-plane-index", "target": "t", "direction": "out", "extent": "worldwide"}
ANYWHERE = {"kind": "processing", "target": "GlobalStandard", "direction": "out", "extent": "worldwide"}
FR_COPY = {**US_COPY, "region": "eu-west-3", "country": "FR"}
FROM_US = {**US_COPY, "direction": "in"}
NOWHERE = {"kind": "log-destination", "target": "t", "direction": "out"}
US_FLOW = {"kind": "http", "target": "intake.example", "operator": "x", "country": "US", "parent_country": "US"}
EU_FLOW = {**US_FLOW, "country": "DE", "parent_country": "DE"}
UNKNOWN_FLOW = {"kind": "http", "target": "10.0.0.1"}
VENDOR = {"id": "v", "kind": "account", "via": "policy", "restrained": "false"}
US_VENDOR = VENDOR | {"operator": "new-relic", "parent_country": "US"}
EVERYONE = VENDOR | {"id": "*", "kind": "public"}
US_KEY = [{"region": "us-east-1", "country": "US", "account": "111122223333"}]


def judge(control: str, changes: dict[str, Any], *, unconfirmed: frozenset[str] = frozenset()) -> tuple[Status, str]:
    """Status and reason of one control for the database with some facts changed; None takes a fact away."""
    values = {name: value for name, value in (STORE | changes).items() if value is not None}
    (outcome,) = EVALUATOR.evaluate(subject(values, unconfirmed=unconfirmed), frozenset({control}))
    return _seen(outcome)


def _seen(outcome: Outcome) -> tuple[Status, str]:
    return (NA if isinstance(outcome, NotApplicable) else outcome.status), outcome.reason


MEETS = "all_conditions_hold"


@pytest.mark.parametrize(
    ("control", "changes", "status", "reason"),
    [
        ("CORE-02", {}, FAIL, "no_classification"),
        ("CORE-02", {"data.classification": "health"}, PASS, MEETS),
        ("CORE-02", {"data.classification": None}, UNKNOWN, "has-a-classification"),
        ("CORE-02", {"resource.is_store": False}, NA, "not_a_store"),
        ("CORE-03", {}, NA, "no_declaration"),
        (
            "CORE-03",
            {"data.classification": "public", "data.declared_none": True},
            FAIL,
            "signs_contradict_declaration",
        ),
        ("CORE-03", {"data.declared_none": True}, FAIL, "signs_contradict_declaration"),
        ("CORE-03", {"data.declared_none": None}, UNKNOWN, "has-a-declaration"),
        ("CORE-03", {"data.declared_none": True, "data.health": "declared"}, UNKNOWN, "declarations_disagree"),
        ("CORE-03", {"data.classification": "internal"}, UNKNOWN, "declaration_silent_on_health"),
        ("CORE-03", {"data.classification": "health", "data.health": "declared"}, PASS, MEETS),
        (
            "CORE-03",
            {"data.classification": "public", "data.declared_none": True, "data.health": "none_declared"},
            UNKNOWN,
            "content_not_examined",
        ),
        (
            "CORE-03",
            {
                "data.classification": "public",
                "data.declared_none": True,
                "data.health": "none_declared",
                "data.content_examined": None,
            },
            UNKNOWN,
            "nothing-to-compare-with",
        ),
        (
            "CORE-03",
            {
                "data.classification": "public",
                "data.declared_none": True,
                "data.health": "none_declared",
                "data.content_examined": True,
            },
            PASS,
            MEETS,
        ),
        ("CORE-10", {}, FAIL, "established_exposure"),
        ("CORE-10", CLEAN, PASS, MEETS),
        ("CORE-10", CLEAN | {"operator.parent_country": "ZZ"}, UNKNOWN, "ultimate_parent_not_established"),
        ("CORE-10", CLEAN | {"operator.parent_country": None}, UNKNOWN, "ultimate-parent-not-established"),
        ("CORE-10", CLEAN | {"operator.exposure": None}, UNKNOWN, "no-established-exposure"),
        ("CORE-10", CLEAN | {"operator.exposure": [{}]}, UNKNOWN, "no-established-exposure"),
        (
            "CORE-10",
            CLEAN | {"operator.exposure": [US_LAW | {"strength": "exercised", "via": "subsidiary"}]},
            UNKNOWN,
            "exposure_exercised_or_arguable",
        ),
        (
            "CORE-10",
            CLEAN | {"operator.exposure": [US_LAW | {"via": "minority"}]},
            UNKNOWN,
            "exposure_exercised_or_arguable",
        ),
        (
            "CORE-10",
            CLEAN | {"operator.exposure": [US_LAW | {"via": "technology", "strength": "technology_only"}]},
            PASS,
            MEETS,
        ),
        ("CORE-10", {"resource.is_store": False, "resource.holds": "processing"}, FAIL, "established_exposure"),
        ("CORE-10", {"resource.is_store": False, "resource.holds": "route"}, NA, "holds_no_data"),
        ("CORE-10", {"data.health": "no_signal"}, NA, "no_signal"),
        ("CORE-10", {"data.health": "none_declared"}, NA, "declared_none"),
        ("CORE-10", {"data.health": "possible"}, NA, "only_possible"),
        ("CORE-10", {"data.health": None}, UNKNOWN, "has-a-sign-of-health-data"),
        ("CORE-10", {"data.health": "declared"}, FAIL, "established_exposure"),
        ("CORE-10", {"data.health": "confirmed"}, FAIL, "established_exposure"),
        ("CORE-11", {}, PASS, MEETS),
        (
            "CORE-11",
            {"operator.exposure": [US_LAW | {"via": "technology", "strength": "technology_only"}]},
            UNKNOWN,
            "technology_only",
        ),
        ("CORE-11", {"operator.id": None}, UNKNOWN, "operator-is-known"),
        ("CORE-20", {}, FAIL, "key_with_the_provider"),
        *[
            ("CORE-20", {"key.custody": custody}, FAIL, "key_with_the_provider")
            for custody in ("none", "provider_shared", "provider_managed", "customer_imported", "provider_hsm")
        ],
        ("CORE-20", EXTERNAL, PASS, MEETS),
        ("CORE-20", EXTERNAL | {"key.custody": "external_customer"}, PASS, MEETS),
        ("CORE-20", EXTERNAL | {"alongside.parent": True}, FAIL, "holder_of_the_same_group"),
        ("CORE-20", EXTERNAL | {"alongside.operator": True}, FAIL, "holder_of_the_same_group"),
        ("CORE-20", EXTERNAL | {"alongside.parent": None}, UNKNOWN, "holder-is-not-of-the-same-group"),
        ("CORE-20", UNDECLARED, UNKNOWN, "holder_not_declared"),
        ("CORE-20", {"key.custody": None}, UNKNOWN, "key-is-apart-from-the-provider"),
        ("CORE-20", {"key.custody": "unknown"}, UNKNOWN, "key-is-apart-from-the-provider"),
        ("CORE-20", SEALED | {"alongside.operator": None, "alongside.parent": None}, PASS, MEETS),
        ("CORE-21", {}, FAIL, "plaintext_at_runtime"),
        ("CORE-21", EXTERNAL, FAIL, "plaintext_at_runtime"),
        ("CORE-21", EXTERNAL | {"resource.provider_sees_plaintext": False}, UNKNOWN, "not_client_side"),
        ("CORE-21", SEALED, PASS, MEETS),
        ("CORE-21", SEALED | {"resource.provider_sees_plaintext": None}, UNKNOWN, "provider-handles-ciphertext-only"),
        ("CORE-22", {}, NA, "key_not_external"),
        ("CORE-22", EXTERNAL, PASS, MEETS),
        ("CORE-22", EXTERNAL | {"alongside.exposure": True}, FAIL, "same_law_reaches_both"),
        ("CORE-22", UNDECLARED, UNKNOWN, "holder_not_declared"),
        (
            "CORE-22",
            EXTERNAL | {"key.holder_exposure": [US_LAW | {"strength": "arguable"}]},
            UNKNOWN,
            "exposure_exercised_or_arguable",
        ),
        ("CORE-23", {}, NA, "key_not_external"),
        ("CORE-23", EXTERNAL, UNKNOWN, "cut-off-is-possible"),
        ("CORE-23", EXTERNAL | {"attestation.key_cutoff_path": True}, UNKNOWN, "cut-off-not-tried"),
        (
            "CORE-23",
            EXTERNAL | {"attestation.key_cutoff_path": True, "attestation.key_cutoff_tested": False},
            UNKNOWN,
            "cutoff_not_tested",
        ),
        (
            "CORE-23",
            EXTERNAL | {"attestation.key_cutoff_path": True, "attestation.key_cutoff_tested": True},
            PASS,
            MEETS,
        ),
        ("CORE-23", EXTERNAL | {"attestation.key_cutoff_path": False}, FAIL, "no_cutoff_path"),
        ("CORE-24", {"key.decrypt_principals": []}, PASS, MEETS),
        ("CORE-24", EXTERNAL | {"key.decrypt_principals": [US_VENDOR]}, FAIL, "decrypted_from_another_country"),
        ("CORE-24", {"key.decrypt_principals": [US_VENDOR | {"parent_country": "FR"}]}, PASS, MEETS),
        ("CORE-24", {"key.decrypt_principals": [VENDOR | {"operator": "customer"}]}, PASS, MEETS),
        (
            "CORE-24",
            {"key.decrypt_principals": [VENDOR | {"operator": "customer"}, US_VENDOR]},
            FAIL,
            "decrypted_from_another_country",
        ),
        ("CORE-24", {"key.decrypt_principals": [VENDOR | {"operator": "customer", "restrained": "true"}]}, PASS, MEETS),
        (
            "CORE-24",
            {"key.decrypt_principals": [US_VENDOR | {"restrained": "true"}]},
            UNKNOWN,
            "conditions_not_decided",
        ),
        ("CORE-24", {"key.decrypt_principals": [EVERYONE]}, FAIL, "anyone_may_decrypt"),
        ("CORE-24", {"key.decrypt_principals": [EVERYONE | {"restrained": "true"}]}, UNKNOWN, "conditions_not_decided"),
        ("CORE-24", {"key.decrypt_principals": [VENDOR]}, UNKNOWN, "not-for-a-company-of-another-country"),
        (
            "CORE-24",
            {"key.decrypt_principals": [VENDOR, US_VENDOR]},
            FAIL,
            "decrypted_from_another_country",
        ),
        ("CORE-24", {"key.decrypt_principals": [{}]}, UNKNOWN, "not-for-everyone"),
        ("CORE-24", {"key.decrypt_principals": [US_VENDOR, {}]}, FAIL, "decrypted_from_another_country"),
        ("CORE-24", {}, UNKNOWN, "not-for-everyone"),
        ("CORE-24", {"key.id": ""}, NA, "no_customers_key"),
        ("CORE-24", {"key.custody": "provider_managed", "key.decrypt_principals": []}, NA, "no_customers_key"),
        ("CORE-24", {"key.id": None}, UNKNOWN, "has-a-customers-key"),
        ("CORE-30", {}, PASS, MEETS),
        ("CORE-30", {"location.country": "NO"}, PASS, MEETS),
        ("CORE-30", {"location.country": "US"}, FAIL, "original_outside"),
        ("CORE-30", {"location.country": "CH"}, FAIL, "original_outside"),
        ("CORE-30", {"location.country": None}, UNKNOWN, "original-in-an-allowed-country"),
        ("CORE-30", {"copies": [FR_COPY, US_COPY]}, FAIL, "copy_outside"),
        ("CORE-30", {"copies": [FR_COPY, FROM_US]}, PASS, MEETS),
        ("CORE-30", {"copies": [FR_COPY, ANYWHERE]}, FAIL, "copy_outside"),
        ("CORE-30", {"copies": [FR_COPY, NOWHERE]}, UNKNOWN, "copies-in-an-allowed-country"),
        ("CORE-30", {"copies": [FR_COPY, {}]}, UNKNOWN, "copies-in-an-allowed-country"),
        ("CORE-30", {"egress": [US_FLOW]}, FAIL, "flow_outside"),
        ("CORE-30", {"egress": [EU_FLOW]}, PASS, MEETS),
        ("CORE-30", {"egress": [UNKNOWN_FLOW]}, UNKNOWN, "flows-to-an-allowed-country"),
        ("CORE-30", {"key.replicas": US_KEY}, FAIL, "key_replica_outside"),
        ("CORE-30", {"key.replicas": None}, UNKNOWN, "key-replicas-in-an-allowed-country"),
        ("CORE-30", {"key.replicas": None, "key.id": ""}, PASS, MEETS),
        ("CORE-30", {"resource.is_store": False}, NA, "holds_no_data"),
        ("CORE-30", {"resource.is_store": False, "egress": [US_FLOW]}, FAIL, "flow_outside"),
        ("CORE-30", {"resource.is_store": False, "copies": [FROM_US]}, NA, "holds_no_data"),
        ("CORE-31", {"copies": [INDEX]}, NA, "no_index_known"),
        ("CORE-31", {"resource.holds": "config", "copies": [INDEX]}, FAIL, "index_outside"),
        (
            "CORE-31",
            {"resource.holds": "config", "copies": [INDEX | {"extent": "place", "country": "FR"}]},
            PASS,
            MEETS,
        ),
        (
            "CORE-31",
            {"resource.holds": "config", "copies": [INDEX | {"extent": "place"}]},
            UNKNOWN,
            "index-in-an-allowed-country",
        ),
        ("D21-02", {}, UNKNOWN, "certificate-covers-the-service"),
        ("D21-02", {"attestation.hds_certificate_covers_service": True}, PASS, MEETS),
        ("D21-02", {"attestation.hds_certificate_covers_service": False}, FAIL, "service_not_covered"),
        ("D21-02", {"operator.certifications": [HDS | {"status": "not_certified"}]}, FAIL, "recorded_not_certified"),
        (
            "D21-02",
            {
                "operator.certifications": [HDS | {"status": "claimed"}],
                "attestation.hds_certificate_covers_service": True,
            },
            UNKNOWN,
            "no_confirmed_certificate",
        ),
        (
            "D21-02",
            {
                "operator.certifications": [HDS | {"confirmed": "false"}],
                "attestation.hds_certificate_covers_service": True,
            },
            UNKNOWN,
            "no_confirmed_certificate",
        ),
        ("D21-03", {}, PASS, MEETS),
        ("D21-03", {"location.country": "DE"}, PASS, MEETS),
        ("D21-03", {"location.country": "IE"}, FAIL, "original_outside"),
        ("D21-03", {"location.country": None}, UNKNOWN, "original-in-a-retained-country"),
        ("D21-03", {"copies": [US_COPY]}, FAIL, "copy_outside"),
        ("D21-03", {"copies": [ANYWHERE]}, FAIL, "copy_outside"),
        ("D21-03", {"copies": None}, UNKNOWN, "copies-in-a-retained-country"),
        ("D21-04", {}, UNKNOWN, "contract-excludes-transfers"),
        ("D21-04", {"attestation.contract_excludes_transfers": True}, PASS, MEETS),
        ("D21-04", {"attestation.contract_excludes_transfers": False}, FAIL, "contract_allows_transfers"),
        ("D21-04", {"attestation.contract_excludes_transfers": True, "copies": [US_COPY]}, FAIL, "copy_outside"),
        ("D21-04", {"attestation.contract_excludes_transfers": True, "egress": [US_FLOW]}, FAIL, "flow_outside"),
        ("D21-04", {"key.replicas": US_KEY}, FAIL, "key_replica_outside"),
        ("D21-05", {}, UNKNOWN, "content_not_examined"),
        ("D21-05", {"data.content_examined": True}, PASS, MEETS),
        (
            "D21-05",
            {"data.signals": [{"family": "service", "strength": "strong", "rule": "healthlake"}]},
            FAIL,
            "clinical_content",
        ),
        ("D21-05", {"data.content_examined": True, "data.signals": [{}]}, UNKNOWN, "no-clinical-content"),
        ("D21-06", {}, PASS, MEETS),
        ("D21-06", {"retention.days": 92}, PASS, MEETS),
        ("D21-06", {"retention.days": 93}, UNKNOWN, "ends-within-the-limit"),
        ("D21-06", {"retention.days": 93, "resource.holds": "log"}, FAIL, "kept_beyond_the_limit"),
        ("D21-06", {"retention.limited": False, "resource.category": "backup"}, FAIL, "kept_beyond_the_limit"),
        ("D21-06", {"retention.limited": False, "retention.days": None}, UNKNOWN, "ends-within-the-limit"),
        (
            "D21-06",
            {"retention.limited": False, "attestation.application_deletes_in_time": True},
            PASS,
            MEETS,
        ),
        (
            "D21-06",
            {"retention.limited": False, "resource.holds": "log", "attestation.application_deletes_in_time": True},
            FAIL,
            "kept_beyond_the_limit",
        ),
        (
            "D21-06",
            {"retention.limited": False, "attestation.application_deletes_in_time": False},
            FAIL,
            "kept_beyond_the_limit",
        ),
        ("D21-09", {}, FAIL, "key_with_the_host"),
        ("D21-09", {"key.custody": "none", "encryption.at_rest": False}, FAIL, "not_encrypted"),
        ("D21-09", EXTERNAL, PASS, MEETS),
        ("D21-09", UNDECLARED, UNKNOWN, "holder_not_declared"),
        ("D21-09", EXTERNAL | {"key.holder_country": "US"}, FAIL, "holder_outside"),
        ("D21-09", EXTERNAL | {"key.holder_country": None}, UNKNOWN, "holder-is-in-a-retained-country"),
        ("D21-09", EXTERNAL | {"key.custody": "external_customer"}, UNKNOWN, "no_third_party"),
        ("D21-09", SEALED, UNKNOWN, "no_third_party"),
        ("D21-09", {"key.custody": None}, UNKNOWN, "key-is-outside-the-host"),
        ("D21-10", {}, FAIL, "key_with_the_host"),
        ("D21-10", EXTERNAL, UNKNOWN, "plaintext_at_runtime"),
        ("D21-10", EXTERNAL | {"resource.provider_sees_plaintext": False}, UNKNOWN, "not_client_side"),
        ("D21-10", SEALED, PASS, MEETS),
        ("D21-11", {}, NA, "no_integration"),
        ("D21-11", {"egress": [US_FLOW]}, FAIL, "integration_outside"),
        ("D21-11", {"egress": [EU_FLOW]}, UNKNOWN, "integrations-not-all-known"),
        ("D21-11", {"egress": [EU_FLOW], "attestation.subprocessors_listed": True}, PASS, MEETS),
        (
            "D21-11",
            {"egress": [EU_FLOW | {"parent_country": "US"}], "attestation.subprocessors_listed": True},
            UNKNOWN,
            "integration_under_third_country_parent",
        ),
        ("D21-11", {"egress": [UNKNOWN_FLOW]}, UNKNOWN, "integrations-inside"),
        ("D21-11", {"egress": None}, UNKNOWN, "sends-data-to-an-integration"),
    ],
)
def test_a_control_on_the_appointment_database(
    control: str, changes: dict[str, Any], status: Status, reason: str
) -> None:
    assert judge(control, changes) == (status, reason)


def test_a_clean_entry_that_is_not_confirmed_does_not_pass() -> None:
    assert judge("CORE-10", CLEAN, unconfirmed=frozenset({"operator.exposure"})) == (UNKNOWN, "unconfirmed")


def test_an_exposure_from_an_unconfirmed_entry_still_fails() -> None:
    assert judge("CORE-10", {}, unconfirmed=frozenset({"operator.exposure"})) == (FAIL, "established_exposure")


def test_key_beside_data_is_proven_only_when_the_sign_of_health_data_is() -> None:
    def assurance(health: Assurance) -> Assurance:
        about = subject(STORE, assurance={"data.health": health})
        (finding,) = EVALUATOR.evaluate(about, frozenset({"CORE-20"}))
        return finding.assurance

    assert assurance(Assurance.PROVEN) is Assurance.PROVEN
    assert assurance(Assurance.INDICATED) is Assurance.INDICATED


SCAN: dict[str, Any] = {"coverage.complete": True, "operator.exposure": [US_LAW], "operator.country": "LU"}
ATTESTED = {
    f"attestation.{name}": True
    for name in (
        "contract_with_eu_entity",
        "hds_certificate_covers_service",
        "contract_excludes_transfers",
        "service_has_accounts",
        "account_deletion_works",
        "foreign_request_clause",
    )
}


def whole(stores: list[dict[str, Any]], scan: dict[str, Any]) -> dict[str, tuple[Status, str]]:
    """Outcomes of the scan-wide controls over some stores."""
    tally = Tally()
    for index, values in enumerate(stores):
        about = subject(values, id=f"r{index}")
        for outcome in EVALUATOR.evaluate(about):
            tally.add(outcome, about)
    about = subject({name: value for name, value in scan.items() if value is not None}, kind="scan", id="scan")
    return {outcome.control: _seen(outcome) for outcome in evaluate_scan(EVALUATOR, tally, about)}


IDEAL = STORE | EXTERNAL | ATTESTED | {"data.content_examined": True}


def test_the_architecture_as_told_in_2021_resembles_the_facts() -> None:
    outcomes = whole([IDEAL], SCAN | ATTESTED)
    assert {id_: status for id_, (status, _) in outcomes.items()} == dict.fromkeys(
        ("CORE-01", "D21-00", "D21-01", "D21-07", "D21-08", "D21-99"), PASS
    )


@pytest.mark.parametrize(
    ("store", "scan", "status", "reason"),
    [
        ({"copies": [US_COPY]}, {}, FAIL, "circumstance_contradicted"),
        ({"key.custody": "customer_imported"}, {}, FAIL, "circumstance_contradicted"),
        ({}, {"attestation.foreign_request_clause": False}, FAIL, "circumstance_contradicted"),
        ({}, {"attestation.foreign_request_clause": None}, UNKNOWN, "no-circumstance-is-contradicted"),
        ({"copies": [NOWHERE]}, {}, UNKNOWN, "no-circumstance-is-contradicted"),
        ({}, {"attestation.service_has_accounts": False}, UNKNOWN, "circumstance_not_applicable"),
        ({"data.health": "no_signal"}, {}, UNKNOWN, "circumstance_not_applicable"),
        ({}, {"coverage.complete": None}, UNKNOWN, "no-circumstance-is-contradicted"),
        ({"copies": [US_COPY]}, {"coverage.complete": None}, FAIL, "circumstance_contradicted"),
        ({}, {"operator.exposure": []}, NA, "no_third_country_parent"),
        ({}, {"operator.exposure": None}, UNKNOWN, "host-is-under-a-third-country-parent"),
    ],
)
def test_the_overall_reading(store: dict[str, Any], scan: dict[str, Any], status: Status, reason: str) -> None:
    assert whole([IDEAL, IDEAL | store] if "data.health" not in store else [IDEAL | store], SCAN | ATTESTED | scan)[
        "D21-99"
    ] == (status, reason)


def test_an_empty_account_is_no_pass_of_anything_but_coverage() -> None:
    outcomes = whole([], SCAN)
    assert outcomes["CORE-01"] == (PASS, MEETS)
    assert outcomes["D21-99"] == (UNKNOWN, "circumstance_not_applicable")


def test_coverage_cannot_fail() -> None:
    assert whole([], SCAN | {"coverage.complete": None})["CORE-01"] == (UNKNOWN, "everything-in-scope-was-read")


def test_without_any_fact_nothing_passes_fails_or_is_left_out() -> None:
    for kind in ("resource", "scan"):
        outcomes = list(EVALUATOR.evaluate(subject({}, kind=kind)))
        assert outcomes
        for outcome in outcomes:
            assert isinstance(outcome, Finding)
            assert outcome.status is UNKNOWN
            assert outcome.missing


OFFICIAL = re.compile(
    r"Cloud Sovereignty Framework|[\w ]+ sovereignty, ceiling|cloud computing compliance criteria",
    re.IGNORECASE,
)
"""Names that frameworks give themselves and their objectives."""


def test_no_text_of_a_pack_speaks_of_compliance() -> None:
    for path in shipped().glob("*.yaml"):
        assert not re.search(
            r"\b(non-)?complian(t|ce)\b|\bsovereign(ty)?\b", OFFICIAL.sub("", path.read_text()), re.I
        ), path


def test_a_full_pass_of_2021_says_what_it_does_not_mean() -> None:
    sentence = CONTROLS["D21-99"].control.pass_does_not_mean
    assert "resembles the facts on which suspension was refused on 12 March 2021" in sentence
    assert "not a finding of lawfulness" in sentence
    assert "C-21/23" in CONTROLS["D21-05"].control.pass_does_not_mean


@pytest.mark.parametrize(
    "control", [control for control in CONTROLS if CONTROLS[control].control.scope[-1:] == ("health",)]
)
@pytest.mark.parametrize(
    ("level", "reason"), [("no_signal", "no_signal"), ("none_declared", "declared_none"), ("possible", "only_possible")]
)
def test_every_control_about_health_data_says_why_it_does_not_apply(control: str, level: str, reason: str) -> None:
    changes = EXTERNAL | {"egress": [EU_FLOW], "data.health": level}
    assert judge(control, changes) == (NA, reason)


def test_every_control_of_the_list_is_in_its_pack_and_nowhere_else() -> None:
    lines = (Path(__file__).parent / "controls.txt").read_text(encoding="utf-8").splitlines()
    listed = [tuple(line.split()) for line in lines if not line.startswith("#")]
    shipped_ones = [(pack.pack.id, control.id) for pack in ALL for control in pack.controls]
    assert len(set(listed)) == len(listed) > 100
    assert sorted(shipped_ones) == sorted(listed)


@pytest.mark.parametrize("control", [c for pack in ALL for c in pack.controls], ids=lambda control: control.id)
def test_no_control_passes_without_a_fact(control: CheckedControl) -> None:
    evaluator = Evaluator([pack for pack in ALL if pack.pack.id == control.pack.id], {}, country_sets())
    kind = control.control.subject
    [found] = evaluator.evaluate(subject({}, kind=kind), only=frozenset({control.id}))
    assert isinstance(found, Finding)
    assert found.status is Status.UNKNOWN

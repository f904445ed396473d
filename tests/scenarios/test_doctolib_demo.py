"""The fiction through the installed command over HTTP: each deviation is a finding, nothing denied is a pass."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.demo.aws.simulation import Simulation, simulated_aws
from tests.report.weight import light, of_one

SERVICES = "s3,rds,dynamodb,kms,logs,firehose,medical-imaging,secretsmanager,sns,sqs"
COMMAND = Path(sys.executable).with_name("lexloci")


@pytest.fixture(scope="module")
def platform() -> Iterator[Simulation]:
    with simulated_aws("doctolib") as simulation:
        yield simulation
        assert simulation.aws.violations() == []


def scan(platform: Simulation) -> tuple[int, dict[str, Any]]:
    regions = ",".join(platform.regions)
    arguments = ["scan", "aws", "--regions", regions, "--services", SERVICES, "--policy", "core,doctolib-2021"]
    done = subprocess.run(
        [COMMAND, *arguments, "--format", "json", "-o", "-", "-q"], capture_output=True, check=False, timeout=110
    )
    assert b"Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout)


def findings(document: dict[str, Any], status: str) -> set[tuple[str, str, str]]:
    return {
        (finding["control"], finding["reason"], finding["resource"].rpartition(":")[2])
        for finding in document["findings"]
        if finding["status"] == status
    }


def test_every_deviation_is_found(platform: Simulation) -> None:
    code, document = scan(platform)
    failed = findings(document, "fail")
    images = next(r["id"] for r in document["resources"] if r["type"] == "medical-imaging.datastore").rpartition(":")[2]
    assert code == 1
    light(document["findings"])
    assert max(map(of_one, document["findings"])) < 1_500
    assert failed >= {
        ("D21-03", "copy_outside", "rdv-documents-patients"),
        ("D21-03", "original_outside", "rdv-documents-patients-reprise"),
        ("D21-03", "original_outside", "rdv-avant-migration-copie"),
        ("D21-03", "original_outside", images),
        ("D21-04", "key_replica_outside", "table/sessions-teleconsultation"),
        ("D21-04", "flow_outside", "deliverystream/journaux-rdv-observabilite"),
        ("D21-05", "clinical_content", images),
        ("D21-06", "kept_beyond_the_limit", "/ecs/teleconsultation-patients"),
        ("D21-09", "key_with_the_host", "ordonnances-patients-numerisees"),
        ("D21-09", "key_with_the_host", "table/historique-consultations-patients"),
        ("D21-09", "key_with_the_host", "statistiques-consultations-patients"),
        ("CORE-24", "decrypted_from_another_country", "statistiques-consultations-patients"),
    }
    vendors = {p.get("operator") for key in document["keys"] for p in key["decrypt_principals"] if p.get("external")}
    assert vendors == {"new-relic"}
    assert [name for control, _, name in failed if control == "CORE-24"] == ["statistiques-consultations-patients"]
    denied = [row for row in document["coverage"] if row["state"] == "denied"]
    assert {(row["service"], row["permission"]) for row in denied} == {("secretsmanager", "secretsmanager:ListSecrets")}


def test_what_was_claimed_is_neither_failed_nor_passed_without_a_holder(platform: Simulation) -> None:
    _, document = scan(platform)
    unknown = {(control, name) for control, _, name in findings(document, "unknown")}
    passed = {(control, name) for control, _, name in findings(document, "pass")}
    assert {("D21-03", "rdv-production"), ("D21-03", "comptes-production")} <= {
        (control, name.removeprefix("db:")) for control, name in passed
    }
    assert {("D21-09", "rdv-production"), ("D21-09", "comptes-production")} <= {
        (control, name.removeprefix("db:")) for control, name in unknown
    }
    assert not {name for control, name in passed if control == "D21-09"}


def test_machines_that_are_healthy_hold_no_health_data(platform: Simulation) -> None:
    _, document = scan(platform)
    levels = {resource["name"]: resource["health"]["level"] for resource in document["resources"]}
    assert levels["healthcheck-logs"] == "no_signal"


def test_without_any_answer_of_kms_every_verdict_on_a_named_key_is_unknown(platform: Simulation) -> None:
    secrets = {"fault": "denied", "service": "secretsmanager"}
    platform.aws.faults({"fault": "denied", "service": "kms"}, secrets)
    try:
        code, document = scan(platform)
    finally:
        platform.aws.faults(secrets)
    assert code in (1, 3)
    assert document["scan"]["complete"] is False
    named = {r["id"] for r in document["resources"] if r["encryption"].get("key")}
    about = [f for f in document["findings"] if f["control"] in ("D21-09", "D21-10") and f["resource"] in named]
    assert "unknown" in {finding["status"] for finding in about} <= {"unknown", "not_applicable"}
    assert "kms:DescribeKey" in {row["permission"] for row in document["coverage"]}


def test_the_report_says_how_its_packs_are_to_be_read(platform: Simulation) -> None:
    arguments = ["scan", "aws", "--regions", platform.regions[0], "--services", "s3", "-q", "-o", "table=-"]
    done = subprocess.run(
        [COMMAND, *arguments, "--policy", "doctolib-2021,hdh"], capture_output=True, text=True, check=False, timeout=110
    )
    said = " ".join(done.stdout.partition("HOW TO READ IT")[2].partition("NOT ESTABLISHED")[0].split())
    assert "doctolib-2021: A full pass only resembles the facts on which suspension was refused." in said
    assert "hdh: A full pass only resembles the facts on which the applications" in said
    assert "D21-05: Later case law reads the notion of health data more broadly" in said
    assert "C-184/20" in said and "C-21/23" in said


def test_what_no_name_shows_is_found_in_a_sample(platform: Simulation) -> None:
    """Log records that were not delivered lie in a bucket without a tag, and appointments are in them."""
    arguments = ["scan", "aws", "--regions", ",".join(platform.regions), "--services", "s3", "--format", "json", "-q"]
    levels = {}
    for more in ((), ("--sample", "1MB")):
        done = subprocess.run([COMMAND, *arguments, *more], capture_output=True, check=False, timeout=110)
        document = json.loads(done.stdout)
        (bucket,) = [one for one in document["resources"] if one["name"] == "journaux-non-remis"]
        levels[more] = bucket["health"]["level"]
    assert levels == {(): "no_signal", ("--sample", "1MB"): "confirmed"}
    sampling = document["scan"]["sampling"]
    assert (sampling["sampled"], sampling["with_signs"], sampling["already_known"]) == (1, 1, 5)

"""The installed command as a child process, given only environment variables, against the simulated AWS."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from scanner.report.document import schema
from tests.fixtures.aws import ACCOUNT, REGION, Aws

COMMAND = str(Path(sys.executable).with_name("lexloci"))
SERVICES = ("--services", "s3,sqs,secretsmanager,kms,logs")
HOSTILE = "\x1b[31mrouge\x1b[0m\n::set-output name=x::y"


@pytest.fixture
def platform(aws: Aws) -> Aws:
    """Two buckets and two queues with health data, one key of the account's own, and a name from a stranger."""
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    s3 = aws.client("s3")
    for name in ("rdv-patients", "dossiers-patients"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "data-classification", "Value": "sante"}]})
    # XML cannot carry a terminal escape; the services that speak JSON can.
    tags = [{"Key": "data-classification", "Value": "hds"}, {"Key": "note", "Value": HOSTILE}]
    aws.client("secretsmanager").create_secret(Name="clef-api", SecretString="invented", KmsKeyId=key, Tags=tags)
    for name in ("rappels", "exports"):
        aws.client("sqs").create_queue(QueueName=name, Attributes={"KmsMasterKeyId": key})
    aws.freeze()
    return aws


def environment(aws: Aws, **changes: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LEXLOCI_"))}
    return {**kept, **aws.process.environment(), **changes}


def run(aws: Aws, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    command = [COMMAND, "scan", "aws", "--regions", REGION, "-q", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=100, check=False, env=environment(aws, **changes)
    )


def document(aws: Aws, *arguments: str, **changes: str) -> tuple[int, dict[str, Any]]:
    done = run(aws, *SERVICES, "--format", "json", "-o", "-", *arguments, **changes)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout)


def body(whole: dict[str, Any]) -> dict[str, Any]:
    """Everything but what is about the run itself."""
    return {**whole, "scan": {k: v for k, v in whole["scan"].items() if k not in ("id", "started_at", "ended_at")}}


def test_two_scans_of_one_state_differ_only_in_their_header(platform: Aws, tmp_path: Path) -> None:
    first = document(platform, XDG_STATE_HOME=str(tmp_path))
    second = document(platform, XDG_STATE_HOME=str(tmp_path))
    assert first[0] == second[0] == 1
    assert body(first[1]) == body(second[1])
    assert first[1]["scan"]["id"] != second[1]["scan"]["id"]


def test_the_document_is_as_its_schema_says_and_every_null_has_a_gap(platform: Aws, tmp_path: Path) -> None:
    _, found = document(platform, XDG_STATE_HOME=str(tmp_path))
    jsonschema.Draft202012Validator(schema()).validate(found)
    assert {r["id"] for r in found["resources"] if r["holds"] == "content"} >= {"arn:aws:s3:::rdv-patients"}
    for resource in found["resources"]:
        facts = {gap["fact"].partition(".")[0] for gap in resource["gaps"]}
        for name in ("country", "tags", "copies", "egress"):
            assert resource[name] is not None or name in facts, (resource["id"], name)
        if resource["encryption"]["custody"] == "unknown":
            assert facts & {"encryption", "key"}, resource["id"]


def test_no_finding_is_larger_than_a_page(platform: Aws, tmp_path: Path) -> None:
    _, found = document(platform, "--policy", "core,doctolib-2021", XDG_STATE_HOME=str(tmp_path))
    sizes = sorted(len(json.dumps(finding)) for finding in found["findings"])
    assert sizes
    assert sum(sizes) / len(sizes) < 1500


def test_with_kms_denied_every_verdict_that_needs_a_key_is_unknown(platform: Aws, tmp_path: Path) -> None:
    platform.faults({"fault": "denied", "service": "kms"})
    code, found = document(platform, XDG_STATE_HOME=str(tmp_path))
    about_keys = [f for f in found["findings"] if f["control"] == "CORE-20" and f["status"] != "not_applicable"]
    assert code in (1, 3)
    assert about_keys
    assert {f["status"] for f in about_keys} == {"unknown"}
    assert all(any(m.get("permission") == "kms:DescribeKey" for m in f["missing"]) for f in about_keys)
    assert {row["permission"] for row in found["coverage"]} >= {"kms:ListKeys", "kms:ListAliases"}


def test_with_everything_denied_nothing_passes(platform: Aws, tmp_path: Path) -> None:
    services = ("s3", "sqs", "secretsmanager", "kms", "logs", "resourcegroupstaggingapi")
    platform.faults(*({"fault": "denied", "service": service} for service in services))
    code, found = document(platform, XDG_STATE_HOME=str(tmp_path))
    assert code == 3
    assert found["resources"] == []
    assert found["summary"]["verdict"] == "not_established"
    assert {control["status"] for control in found["summary"]["controls"]} == {"unknown"}
    assert not found["scan"]["complete"]


def test_names_and_tags_of_strangers_do_not_reach_the_terminal_as_they_are(platform: Aws, tmp_path: Path) -> None:
    done = run(platform, *SERVICES, XDG_STATE_HOME=str(tmp_path))
    assert "clef-api" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    assert "\n::set-output" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--types", "s3.bukket"), "no resource type 's3.bukket' in the catalog. Did you mean 's3.bucket'?"),
        (("--services", "s3", "--exclude-services", "s3"), "No resource type is left to scan"),
        (("--services", "s3", "--tag", "owner=nobody"), "No resource has the tag owner=nobody"),
        (("--policy", "cor"), "There is no policy pack 'cor'"),
        (("--fail-on", "severe"), "'--fail-on': Value error, 'severe' is not one of 'critical'"),
        (("--external-id", "x"), "--external-id goes with --role-arn"),
        (("--param", "core.allowed=FR"), "has no parameter 'allowed'"),
    ],
)
def test_a_request_that_means_nothing_is_an_error_of_one_line(
    platform: Aws, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = run(platform, *arguments, XDG_STATE_HOME=str(tmp_path))
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_region_of_no_partition_is_an_error(platform: Aws, tmp_path: Path) -> None:
    done = subprocess.run(
        [COMMAND, "scan", "aws", "--regions", "eu-wset-3x", "-q"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment(platform, XDG_STATE_HOME=str(tmp_path)),
    )
    assert done.returncode == 2
    assert "no partition with a region 'eu-wset-3x'" in done.stderr


def test_credentials_that_aws_does_not_know_end_before_anything_is_claimed(platform: Aws, tmp_path: Path) -> None:
    platform.faults({"fault": "region_disabled", "service": "sts"})
    done = run(platform, *SERVICES, XDG_STATE_HOME=str(tmp_path))
    assert done.returncode == 4
    assert "did not accept the credentials" in done.stderr
    assert done.stdout == ""


def test_an_interrupted_scan_resumes_to_the_same_document(platform: Aws, tmp_path: Path) -> None:
    whole = document(platform, XDG_STATE_HOME=str(tmp_path / "whole"))[1]
    platform.faults(
        {"fault": "slow", "seconds": 1.5, "service": "logs"}, {"fault": "slow", "seconds": 1.5, "service": "sqs"}
    )
    platform.process.control("forget")
    command = [COMMAND, "scan", "aws", "--regions", REGION, "-q", *SERVICES, "--workers", "1"]
    state = environment(platform, XDG_STATE_HOME=str(tmp_path / "cut"))
    child = subprocess.Popen([*command, "--format", "json"], env=state, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not any(line["service"] in ("logs", "sqs") for line in platform.log()) and time.monotonic() < deadline:
        time.sleep(0.05)
    child.send_signal(signal.SIGTERM)
    partial, complaint = child.communicate(timeout=60)
    assert child.returncode == 143, complaint
    cut = json.loads(partial)
    assert cut["scan"]["interrupted"]
    assert not cut["scan"]["complete"]
    assert [row for row in cut["coverage"] if row["state"] == "skipped"]

    platform.faults()
    done = subprocess.run(
        [*command, "--format", "json", "--resume"], env=state, capture_output=True, text=True, timeout=100, check=False
    )
    again = json.loads(done.stdout)
    assert done.returncode == 1, done.stderr
    for part in ("resources", "keys", "findings", "coverage", "summary"):
        assert again[part] == whole[part], part


def test_the_account_of_the_scan_is_the_one_that_signed_in(platform: Aws, tmp_path: Path) -> None:
    _, found = document(platform, XDG_STATE_HOME=str(tmp_path))
    assert found["scan"]["scope"]["accounts"] == [ACCOUNT]
    assert platform.violations() == []


def test_half_a_character_in_a_tag_costs_nothing(aws: Aws) -> None:
    """JSON can spell it, UTF-8 cannot: it is replaced, and the scan goes on."""
    aws.client("secretsmanager").create_secret(
        Name="clef-api", SecretString="invented", Tags=[{"Key": "note", "Value": "a\ud800b"}]
    )
    aws.freeze()
    _, found = document(aws)
    (secret,) = found["resources"]
    assert secret["tags"] == {"note": "a\ufffdb"}
    assert {row["state"] for row in found["coverage"]} == {"complete"}

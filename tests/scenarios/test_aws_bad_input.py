"""What goes wrong while the installed command scans AWS is a gap or a clear error: no pass, traceback or lost row."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.aws import REGION, Aws
from tests.policy.making import condition, control, pack_text
from tests.scenarios.test_installed_command import run

SCOPE = ("--services", "sqs,logs,secretsmanager", "--policy", "core", "--timeout", "3")


@pytest.fixture
def account(aws: Aws) -> Aws:
    """A queue, a log group with a subscription and a secret, tagged as health data, under one key."""
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    tags = {"data-classification": "sante"}
    aws.client("sqs").create_queue(QueueName="patients", Attributes={"KmsMasterKeyId": key}, tags=tags)
    aws.client("logs").create_log_group(logGroupName="/ecs/patients", kmsKeyId=key, tags=tags)
    pairs = [{"Key": name, "Value": value} for name, value in tags.items()]
    aws.client("secretsmanager").create_secret(Name="clef", SecretString="invented", KmsKeyId=key, Tags=pairs)
    aws.freeze()
    return aws


def scanned(aws: Aws, state: Path, *arguments: str) -> tuple[int, dict[str, Any], str]:
    done = run(aws, *SCOPE, "--format", "json", *arguments, XDG_STATE_HOME=str(state))
    assert "Traceback" not in done.stderr
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout), done.stderr


def test_without_a_fault_everything_is_read(account: Aws, tmp_path: Path) -> None:
    _, document, _ = scanned(account, tmp_path)
    assert {one["type"] for one in document["resources"]} == {"sqs.queue", "logs.log_group", "secretsmanager.secret"}
    assert document["scan"]["complete"]


SERVICE_FAULTS = [
    ("denied", "denied"),
    ("denied_by_scp", "denied"),
    ("opt_in_required", "not_enabled"),
    ("throttled", "failed"),
    ("server_error", "failed"),
    ("expired", "failed"),
    ("reset", "failed"),
    ("hang", "failed"),
    ("drip", "failed"),
    ("truncated", "failed"),
    ("malformed", "failed"),
    ("html", "failed"),
]


@pytest.mark.parametrize(("fault", "state"), SERVICE_FAULTS)
def test_a_service_that_fails_is_a_row_and_the_others_are_there(
    account: Aws, tmp_path: Path, fault: str, state: str
) -> None:
    account.faults({"fault": fault, "service": "sqs", "seconds": 8.0 if fault == "hang" else 120.0})
    # A drip has four times as long as a silence.
    code, document, _ = scanned(account, tmp_path, *(("--timeout", "1") if fault == "drip" else ()))
    assert code in (1, 3)
    (row,) = (row for row in document["coverage"] if row["type"] == "sqs.queue")
    assert row["state"] == state
    assert row["reason"]
    assert bool(row["permission"]) is (state == "denied")
    assert {one["type"] for one in document["resources"]} == {"logs.log_group", "secretsmanager.secret"}
    assert document["summary"]["verdict"] != "nothing_found"
    coverage = next(found for found in document["findings"] if found["control"] == "CORE-01")
    assert coverage["status"] == "unknown" or state == "not_enabled"


def test_one_call_that_is_denied_costs_its_facts_and_names_its_permission(account: Aws, tmp_path: Path) -> None:
    account.faults({"fault": "denied", "service": "sqs", "operation": "GetQueueAttributes"})
    code, document, _ = scanned(account, tmp_path)
    assert code in (1, 3)
    queue = next(one for one in document["resources"] if one["type"] == "sqs.queue")
    assert queue["encryption"]["custody"] == "unknown"
    permissions = {gap["permission"] for gap in queue["gaps"] if gap["fact"].startswith("encryption")}
    assert permissions == {"sqs:GetQueueAttributes"}
    verdicts = {f["control"]: f["status"] for f in document["findings"] if f["resource"] == queue["id"]}
    assert verdicts["CORE-20"] == "unknown"


def test_one_region_that_is_denied_leaves_the_other(account: Aws, tmp_path: Path) -> None:
    account.faults({"fault": "denied", "region": "eu-central-1", "service": "[!se]*"})
    done = run(account, *SCOPE, "--regions", f"{REGION},eu-central-1", "--format", "json", XDG_STATE_HOME=str(tmp_path))
    document = json.loads(done.stdout)
    states = {(row["region"], row["state"]) for row in document["coverage"] if row["type"] == "logs.log_group"}
    assert states == {("eu-central-1", "denied")}
    assert "logs.log_group" in {one["type"] for one in document["resources"]}


def test_a_region_that_is_not_opted_in_is_a_row_and_not_an_empty_region(account: Aws, tmp_path: Path) -> None:
    regions = [
        {"RegionName": REGION, "OptInStatus": "opt-in-not-required"},
        {"RegionName": "eu-south-1", "OptInStatus": "not-opted-in"},
    ]
    account.given("ec2", "DescribeRegions", {"Regions": regions})
    done = run(account, *SCOPE, "--regions", f"{REGION},eu-south-1", "--format", "json", XDG_STATE_HOME=str(tmp_path))
    document = json.loads(done.stdout)
    rows = [row for row in document["coverage"] if row["region"] == "eu-south-1"]
    assert [(row["service"], row["state"]) for row in rows] == [("", "not_enabled")]


def test_credentials_that_end_mid_scan_leave_what_was_read(account: Aws, tmp_path: Path) -> None:
    account.faults({"fault": "expired", "after": 12})
    code, document, _ = scanned(account, tmp_path, "--workers", "1")
    assert code in (1, 3)
    reasons = {row["reason"].split(":")[0] for row in document["coverage"] if row["state"] != "complete"}
    assert "expired" in reasons
    assert not document["scan"]["complete"]
    assert document["summary"]["statuses"]["pass"] == 0 or document["resources"]


def test_pages_without_end_of_a_detail_are_a_gap_beside_the_resource(account: Aws, tmp_path: Path) -> None:
    account.faults({"fault": "repeated_token", "operation": "DescribeSubscriptionFilters"})
    _, document, _ = scanned(account, tmp_path)
    group = next(one for one in document["resources"] if one["type"] == "logs.log_group")
    assert group["copies"] is None
    assert ("copies", "truncated") in {(gap["fact"], gap["reason"]) for gap in group["gaps"]}
    verdicts = {f["control"]: f["status"] for f in document["findings"] if f["resource"] == group["id"]}
    assert verdicts["CORE-30"] == "unknown"


def test_pages_without_end_of_a_list_are_partial_and_keep_what_came(account: Aws, tmp_path: Path) -> None:
    account.faults({"fault": "repeated_token", "operation": "DescribeLogGroups"})
    _, document, _ = scanned(account, tmp_path)
    (row,) = (row for row in document["coverage"] if row["type"] == "logs.log_group")
    assert (row["state"], row["reason"].split(":")[0]) == ("partial", "truncated")
    assert "logs.log_group" in {one["type"] for one in document["resources"]}


def test_a_type_that_the_catalog_does_not_know_is_refused_before_anything_is_asked(
    account: Aws, tmp_path: Path
) -> None:
    done = run(account, "--types", "sqs.qeue", XDG_STATE_HOME=str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "no resource type 'sqs.qeue' in the catalog. Did you mean 'sqs.queue'?" in done.stderr


def test_resources_of_a_type_that_the_catalog_does_not_know_do_not_disturb(account: Aws, tmp_path: Path) -> None:
    """The tagging API names whatever has tags."""
    mapping = {"ResourceARN": f"arn:aws:quantum:{REGION}:123456789012:qubit/1", "Tags": [{"Key": "a", "Value": "b"}]}
    account.given("resourcegroupstaggingapi", "GetResources", {"ResourceTagMappingList": [mapping]})
    _, document, _ = scanned(account, tmp_path)
    assert len(document["resources"]) == 3
    assert document["scan"]["complete"]


def test_a_region_that_no_table_knows_has_no_country_and_nothing_passes_by_it(aws: Aws, tmp_path: Path) -> None:
    regions = [{"RegionName": name, "OptInStatus": "opt-in-not-required"} for name in (REGION, "eu-west-9")]
    aws.given("ec2", "DescribeRegions", {"Regions": regions})
    aws.client("sqs", "eu-west-9").create_queue(QueueName="patients", tags={"data-classification": "sante"})
    aws.freeze()
    arguments = ("--types", "sqs.queue", "--regions", "eu-west-9", "--policy", "doctolib-2021", "--format", "json")
    done = run(aws, *arguments, XDG_STATE_HOME=str(tmp_path))
    document = json.loads(done.stdout)
    (queue,) = document["resources"]
    assert (queue["region"], queue["country"]) == ("eu-west-9", None)
    assert [gap["reason"] for gap in queue["gaps"] if gap["fact"] == "country"] == ["unmapped"]
    assert {f["status"] for f in document["findings"] if f["control"] == "D21-03"} == {"unknown"}


HERE = control(assert_=condition("here", "location.country in params.countries", "abroad"))
COUNTRIES = "parameters:\n  countries: {type: list<string>, default: [FR, NO], doc: where}\n"
PACK = pack_text(HERE, extra=COUNTRIES)
WRONG_PACKS = {
    "a key twice": (
        PACK.replace("issuer:", "title: again\nissuer:"),
        "the key 'title' is written twice",
    ),
    "a fact misspelt": (PACK.replace("location.country", "location.contry"), "did you mean 'location.country'?"),
    "a required parameter unset": (
        PACK.replace("default: [FR, NO], ", ""),
        "needs the parameter 'countries' (where); it is not set",
    ),
}


@pytest.mark.parametrize("name", WRONG_PACKS)
def test_a_wrong_policy_file_is_an_error_with_its_place_before_anything_is_asked(
    account: Aws, tmp_path: Path, name: str
) -> None:
    text, message = WRONG_PACKS[name]
    (tmp_path / "pack.yaml").write_text(text, encoding="utf-8")
    before = len(account.log())
    done = run(account, "--types", "sqs.queue", "--policy", str(tmp_path / "pack.yaml"), XDG_STATE_HOME=str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert re.search(r"pack.yaml:\d+:\d+: ", done.stderr) or "parameter" in message
    assert "Traceback" not in done.stderr
    assert len(account.log()) == before


def test_a_country_in_a_policy_file_may_be_norway(account: Aws, tmp_path: Path) -> None:
    """In YAML 1.1, `NO` is false."""
    (tmp_path / "pack.yaml").write_text(PACK.replace("[FR, NO]", "[NO]"), encoding="utf-8")
    arguments = ("--types", "sqs.queue", "--policy", str(tmp_path / "pack.yaml"), "--format", "json")
    done = run(account, *arguments, XDG_STATE_HOME=str(tmp_path))
    assert done.returncode == 1, done.stderr
    (finding,) = (f for f in json.loads(done.stdout)["findings"] if f["resource"].endswith(":patients"))
    assert (finding["status"], finding["reason"]) == ("fail", "abroad")

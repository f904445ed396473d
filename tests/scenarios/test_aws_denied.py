"""An account that says no to everything: every type has its row and its permission, and nothing passes."""

import json
from pathlib import Path

import pytest

from scanner.providers.aws.catalog import load
from tests.cli.command import lexloci
from tests.fixtures.aws import REGION, Aws
from tests.scenarios.test_installed_command import run

BUT_STS = tuple({"service": pattern} for pattern in ("[!s]*", "s[!t]*", "ste*", "sto*"))
"""Every service but sts, as shell patterns."""


@pytest.fixture
def account(aws: Aws) -> Aws:
    aws.client("sqs").create_queue(QueueName="patients", tags={"data-classification": "sante"})
    aws.freeze()
    return aws


@pytest.mark.parametrize("fault", ["denied", "denied_by_scp"])
def test_every_type_is_a_row_that_is_denied_and_names_its_permission(account: Aws, tmp_path: Path, fault: str) -> None:
    account.faults(*({"fault": fault, **which} for which in BUT_STS))
    document = tmp_path / "scan.json"
    done = run(account, "-o", f"json={document}", "-o", "table=-", XDG_STATE_HOME=str(tmp_path))
    assert (done.returncode, done.stderr) == (3, "")
    found = json.loads(document.read_bytes())
    rows = found["coverage"]
    elsewhere = {row["service"] for row in rows if row["state"] == "not_enabled"}
    assert all("no endpoint" in row["reason"] for row in rows if row["state"] == "not_enabled")
    asked = {id_ for id_, type_ in load().types.items() if type_.service not in elsewhere}
    assert len(asked) > 300
    assert {row["type"] for row in rows if row["type"] and row["state"] == "denied"} >= asked
    assert {row["state"] for row in rows} == {"denied", "not_enabled"}
    assert all(row["permission"] and row["reason"] for row in rows if row["state"] == "denied")
    assert (found["resources"], found["keys"], found["scan"]["complete"]) == ([], [], False)
    assert found["summary"]["verdict"] == "not_established"
    assert {control["status"] for control in found["summary"]["controls"]} == {"unknown"}
    assert {finding["status"] for finding in found["findings"]} == {"unknown"}
    assert "Findings: 0 pass, 0 fail" in done.stdout and "INCOMPLETE" in done.stdout
    granted = run_permissions(document)
    assert {"s3:ListAllMyBuckets", "rds:DescribeDBInstances", "kms:ListKeys", "sqs:ListQueues"} <= granted


def run_permissions(document: Path) -> set[str]:
    """What `lexloci permissions aws --from` says is to be granted."""
    done = lexloci("permissions", "aws", "--from", str(document))
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_without_the_right_to_ask_who_it_is_nothing_can_run(account: Aws, tmp_path: Path) -> None:
    account.faults({"fault": "denied"})
    report = tmp_path / "scan.json"
    done = run(account, "-o", f"json={report}", "-o", "table=-", XDG_STATE_HOME=str(tmp_path))
    assert (done.returncode, done.stdout, report.exists()) == (4, "", False)
    (line,) = done.stderr.splitlines()
    assert "sts:GetCallerIdentity" in line and "AccessDenied" in line


def test_a_region_that_the_organisation_closed_is_denied_row_by_row(account: Aws, tmp_path: Path) -> None:
    account.faults({"fault": "denied_by_scp", "region": "eu-central-1"})
    words = ("--regions", f"{REGION},eu-central-1", "--services", "sqs,logs,rds", "--format", "json")
    done = run(account, *words, XDG_STATE_HOME=str(tmp_path))
    assert done.returncode in (1, 3), done.stderr
    found = json.loads(done.stdout)
    closed = [row for row in found["coverage"] if row["region"] == "eu-central-1"]
    assert {row["service"] for row in closed} >= {"sqs", "logs", "rds"}
    assert {row["state"] for row in closed} == {"denied"}
    assert all(row["reason"].startswith("denied_by_organization") and row["permission"] for row in closed)
    assert {one["type"] for one in found["resources"]} == {"sqs.queue"}
    assert not found["scan"]["complete"]

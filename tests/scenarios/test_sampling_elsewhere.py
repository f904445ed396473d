"""`--sample` of an organisation, and with a cluster: the budget is one, and only the scan that was started reads."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import LEXLOCI
from tests.fixtures.aws import ACCOUNT, REGION, Aws
from tests.fixtures.organization import Organization
from tests.scenarios.dask_cluster import Cluster
from tests.scenarios.night import Night, body
from tests.scenarios.test_cluster_tls import overheard
from tests.scenarios.test_sampling import DICOM

BUDGET = 60_000
READS = {"s3:GetObject", "s3:ListObjectsV2", "s3:GetBucketRequestPayment"}


def bucket(aws: Aws, name: str, account: str = ACCOUNT) -> None:
    s3 = aws.client("s3", account=account)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=name, Key="a", Body=DICOM)


def found(night: Night, *arguments: str) -> dict[str, Any]:
    words = ["scan", "aws", "--regions", REGION, "--services", "s3", "-q", "--format", "json"]
    done = night.run([str(LEXLOCI), *words, "--sample", f"{BUDGET // 1000}kB", *arguments])
    assert done.stdout, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def reads(aws: Aws) -> dict[str, set[str]]:
    """Accounts in which content was listed or read, by operation."""
    asked: dict[str, set[str]] = {}
    for line in aws.log():
        if f"{line['service']}:{line['operation']}" in READS:
            asked.setdefault(line["operation"], set()).add(line["account"])
    return asked


def test_the_accounts_of_an_organisation_share_one_budget_and_each_is_read_as_itself(aws: Aws, tmp_path: Path) -> None:
    aws.may_sample()
    organization = Organization(aws)
    members = [organization.member(name) for name in ("rdv", "labo")]
    for account in members:
        for index in range(3):
            bucket(aws, f"magasin-{account}-{index}", account)
    aws.freeze()
    document = found(Night(aws, tmp_path), "--organization")
    sampling = document["scan"]["sampling"]
    assert (sampling["stores"], sampling["sampled"], sampling["beyond_budget"]) == (6, 6, 0)
    assert 0 < sampling["bytes"] <= BUDGET
    assert reads(aws) == {operation.partition(":")[2]: set(members) for operation in READS}
    buckets = [one for one in document["resources"] if one["type"] == "s3.bucket"]
    assert {(one["account"], one["health"]["level"]) for one in buckets} == {
        (account, "confirmed") for account in members
    }
    assert document["scan"]["complete"]


def test_an_account_whose_content_is_denied_costs_its_samples_and_not_those_of_others(aws: Aws, tmp_path: Path) -> None:
    aws.may_sample()
    organization = Organization(aws)
    open_, shut = organization.member("open"), organization.member("shut")
    for account in (open_, shut):
        bucket(aws, f"magasin-{account}", account)
    aws.freeze()
    aws.faults({"fault": "denied", "service": "s3", "operation": "ListObjectsV2", "account": shut})
    document = found(Night(aws, tmp_path), "--organization")
    by_account = {one["account"]: one for one in document["resources"] if one["type"] == "s3.bucket"}
    assert "sample" in by_account[open_]
    assert [(gap["reason"], gap["permission"]) for gap in by_account[shut]["gaps"] if gap["fact"] == "sample"] == [
        ("denied", "s3:ListBucket")
    ]
    assert not document["scan"]["complete"]


@pytest.mark.timeout(120)
def test_with_a_cluster_the_machine_that_started_the_scan_reads_the_samples(aws: Aws, tmp_path: Path) -> None:
    """The worker's requests are listened to: it lists buckets, and asks for no object."""
    aws.may_sample()
    for index in range(3):
        bucket(aws, f"magasin-{index}")
    aws.freeze()
    night = Night(aws, tmp_path)
    whole = found(night, "--journal", "whole")
    aws.process.control("forget")
    cluster = Cluster(night)
    try:
        with overheard(aws.process.port) as (port, heard):
            cluster.worker(AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}")
            document = found(night, "--journal", "j", "--executor", cluster.address)
    finally:
        cluster.close()
    assert body(document) == body(whole)
    assert document["scan"]["sampling"] == whole["scan"]["sampling"]
    assert document["scan"]["sampling"]["sampled"] == 3
    assert b"GET /magasin-0?" in heard
    assert b"GET /magasin-0/a" not in heard
    assert set(reads(aws)) == {operation.partition(":")[2] for operation in READS}

"""Units on a Dask cluster: a real scheduler, two worker processes, and one of them killed in the middle."""

import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.model import Unit
from scanner.providers.contract import Limits
from scanner.scan.remote import Job
from scanner.scan.work import Work
from tests.fixtures.aws import ACCOUNT, Aws
from tests.scenarios.dask_cluster import Cluster, worker_killed_in_the_middle
from tests.scenarios.night import Night, body, furnish


@pytest.fixture
def night(aws: Aws, tmp_path: Path) -> Night:
    furnish(aws)
    return Night(aws, tmp_path)


@pytest.fixture
def cluster(night: Night) -> Iterator[Cluster]:
    found = Cluster(night)
    yield found
    found.close()


@pytest.mark.timeout(240)
def test_a_worker_killed_in_the_middle_leaves_every_result_exactly_once(night: Night, cluster: Cluster) -> None:
    worker_killed_in_the_middle(night, cluster)


def test_a_worker_that_is_signed_in_elsewhere_gives_no_results(night: Night, cluster: Cluster) -> None:
    cluster.worker(AWS_ACCESS_KEY_ID="210987654321")
    found = night.document("--journal", "j", "--executor", cluster.address)
    assert found["resources"] == []
    reasons = {row["reason"] for row in found["coverage"] if row["state"] == "skipped"}
    assert len(reasons) == 1
    assert "credentials reach other accounts than those of the scan: 210987654321" in reasons.pop()
    assert found["summary"]["verdict"] == "not_established"


def test_what_a_cluster_lost_is_kept_open_and_asked_by_a_resumed_scan(night: Night, cluster: Cluster) -> None:
    """Also where nobody named the journal; and a part of a scan that lost units is not called complete."""
    whole = night.document("--journal", "whole")
    cluster.worker(AWS_ACCESS_KEY_ID="210987654321")
    loud = [word for word in night.scan("--format", "json", "--executor", cluster.address) if word != "-q"]
    assert "what is complete is kept, go on with --resume" in night.run(loud).stderr
    part = night.run(night.scan("--shard", "1/2", "--journal", "part", "--executor", cluster.address))
    assert part.returncode == 3 and "is complete" not in part.stderr
    assert body(night.document("--resume")) == body(whole)


@pytest.mark.parametrize(
    ("address", "code", "complaint"),
    [
        ("spark://here:1", 2, "--executor takes dask://"),
        ("dask://", 2, "--executor takes dask://"),
        ("dask://127.0.0.1:1", 4, "does not answer"),
    ],
)
def test_an_address_where_no_cluster_is(night: Night, address: str, code: int, complaint: str) -> None:
    done = night.run(night.scan("--journal", "j", "--executor", address))
    assert done.returncode == code
    assert complaint in done.stderr


def test_a_cluster_without_workers_is_told(night: Night, cluster: Cluster) -> None:
    done = night.run(night.scan("--journal", "j", "--executor", cluster.address))
    assert (done.returncode, done.stdout) == (4, "")
    assert "has no workers" in done.stderr


def test_what_travels_to_a_worker_names_accounts_and_signs_in_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    canary = "CANARYwJalrXUtnFEMIK7MDENG"
    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AZURE_CLIENT_SECRET"):
        monkeypatch.setenv(name, canary)
    scope = {"accounts": [ACCOUNT], "partition": "aws", "identity": "arn:aws:iam::1:user/x"}
    job = Job.of("aws", {"profile": "audit", "regions": ("eu-west-3",)}, Limits(), scope, plugins=True)
    unit = Unit(provider="aws", partition="aws", account=ACCOUNT, region="eu-west-3", service="s3")
    sent = pickle.dumps((job, Work(unit)))
    assert canary.encode() not in sent
    assert b"audit" in sent

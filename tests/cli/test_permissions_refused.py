"""`lexloci permissions aws --from`: what a scan was refused, and which verdicts wait for it."""

from pathlib import Path

from tests.cli.command import lexloci
from tests.cli.scanning import Command
from tests.fixtures.aws import REGION, Aws


def refused(aws: Aws, folder: Path, *faults: dict[str, str]) -> list[list[str]]:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="dossiers", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_tagging(Bucket="dossiers", Tagging={"TagSet": [{"Key": "data-classification", "Value": "sante"}]})
    aws.freeze()
    aws.faults(*faults)
    Command(aws, folder).run("--policy", "core", "-o", "json=scan.json")
    done = lexloci("permissions", "aws", "--from", str(folder / "scan.json"))
    assert done.returncode == 0, done.stderr
    return [line.split("  ") for line in done.stdout.splitlines()]


def test_a_refused_call_is_named_with_the_verdicts_that_wait_for_it(aws: Aws, tmp_path: Path) -> None:
    fault = {"fault": "denied", "service": "s3", "operation": "GetBucketEncryption"}
    (row,) = [line for line in refused(aws, tmp_path, fault) if line[0].startswith("s3:")]
    permission, where, waiting = [cell.strip() for cell in row if cell.strip()]
    assert (permission, REGION in where) == ("s3:GetEncryptionConfiguration", True)
    assert {"CORE-01", "CORE-20", "CORE-22"} <= set(waiting.split(", "))
    assert "CORE-02" not in waiting


def test_a_scan_that_nothing_was_refused_to_says_so(aws: Aws, tmp_path: Path) -> None:
    assert refused(aws, tmp_path) == [["No call of this scan was refused for a missing permission."]]

"""Public statements held against a live scan, and against the same scan from its document."""

from pathlib import Path

from tests.cli.command import lexloci
from tests.cli.scanning import Command
from tests.fixtures.aws import REGION, Aws


def test_a_live_scan_reads_the_statements_as_its_document_does(aws: Aws, tmp_path: Path) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="dossiers-patients", CreateBucketConfiguration={"LocationConstraint": REGION})
    tags = [{"Key": "data-classification", "Value": "health"}]
    s3.put_bucket_tagging(Bucket="dossiers-patients", Tagging={"TagSet": tags})
    aws.freeze()
    path = tmp_path / "scan.json"
    live = Command(aws, tmp_path).run("--claims", "doctolib-2021", "-o", "table=-", "-o", f"json={path}")
    later = lexloci("claims", "check", "doctolib-2021", "--from", str(path))
    assert "CONTRADICTED" in later.stdout and "keys are hosted in France" in later.stdout
    assert live.stdout.startswith(later.stdout.rstrip())


def test_a_claims_file_that_is_not_there_costs_no_scan(aws: Aws, tmp_path: Path) -> None:
    aws.freeze()
    done = Command(aws, tmp_path).run("--claims", "doctolib-2012")
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no claims file 'doctolib-2012'" in done.stderr and aws.asked() == set()

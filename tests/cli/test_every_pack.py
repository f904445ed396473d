"""Every shipped pack on a scan through the installed command: Paris, Virginia and one US-owned operator."""

from pathlib import Path

from scanner.policy.pack import shipped
from tests.cli.scanning import Command
from tests.fixtures.aws import Aws

PACKS = sorted(path.stem for path in shipped().glob("*.yaml"))
TAGS = {"TagSet": [{"Key": "data-classification", "Value": "sante"}]}


def bucket(aws: Aws, name: str, region: str) -> None:
    client = aws.client("s3", region)
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    client.create_bucket(Bucket=name, **where)
    client.put_bucket_tagging(Bucket=name, Tagging=TAGS)


def test_secnumcloud_and_the_law_see_the_place_and_the_owner_apart(aws: Aws, tmp_path: Path) -> None:
    bucket(aws, "dossiers-paris", "eu-west-3")
    bucket(aws, "dossiers-virginie", "us-east-1")
    policies = [argument for pack in PACKS for argument in ("--policy", pack)]
    code, document, _ = Command(aws, tmp_path).document("--regions", "us-east-1", *policies)
    found = {
        (finding["control"], finding["resource"].rpartition(":")[2]): finding["status"]
        for finding in document["findings"]
    }
    assert code == 1
    assert {pack["id"] for pack in document["scan"]["policies"]} == set(PACKS)
    assert found["SNC-19.2.b", "dossiers-paris"] == "pass"
    assert found["SNC-19.2.b", "dossiers-virginie"] == "fail"
    for name in ("dossiers-paris", "dossiers-virginie"):
        assert found["SNC-19.6.a", name] == "unknown"
        assert found["SNC-19.6.b", name] == "fail"
        assert found["SNC-19.6.c", name] == "fail"
        assert found["XT-CLOUD-ACT", name] == "fail"
        assert found["XT-CN", name] != "fail"
    assert found["CSP-R1111-9-1", "dossiers-paris"] == "pass"
    assert found["CSP-R1111-9-1", "dossiers-virginie"] == "fail"
    assert found["GDPR-44", "dossiers-virginie"] == "unknown"

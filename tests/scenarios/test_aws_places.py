"""Where data stands that an ARN places elsewhere, and where it goes: by the installed command, over HTTP."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.aws import ACCOUNT, REGION, Aws
from tests.scenarios.test_installed_command import run

OUTPOST = f"arn:aws:outposts:{REGION}:{ACCOUNT}:outpost/op-0a1b2c3d4e5f60718"
ELSEWHERE = f"arn:aws:outposts:{REGION}:999988887777:outpost/op-1a1b2c3d4e5f60718"
ON_OUTPOST: dict[str, tuple[str, str, dict[str, Any]]] = {
    "ec2.volume": ("ec2", "DescribeVolumes", {"Volumes": [{"VolumeId": "vol-1", "OutpostArn": OUTPOST}]}),
    "ec2.snapshot": ("ec2", "DescribeSnapshots", {"Snapshots": [{"SnapshotId": "snap-1", "OutpostArn": OUTPOST}]}),
    "ec2.instance": (
        "ec2",
        "DescribeInstances",
        {"Reservations": [{"Instances": [{"InstanceId": "i-1", "OutpostArn": OUTPOST}]}]},
    ),
    "rds.db_instance": (
        "rds",
        "DescribeDBInstances",
        {
            "DBInstances": [
                {
                    "DBInstanceIdentifier": "rdv",
                    "DBInstanceArn": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:rdv",
                    "AvailabilityZone": f"{REGION}a",
                    "DBSubnetGroup": {"Subnets": [{"SubnetOutpost": {"Arn": OUTPOST}}]},
                }
            ]
        },
    ),
    "s3control.outposts_bucket": (
        "s3control",
        "ListRegionalBuckets",
        {
            "RegionalBucketList": [
                {
                    "Bucket": "rdv",
                    "BucketArn": f"arn:aws:s3-outposts:{REGION}:{ACCOUNT}:outpost/op-0a1b2c3d4e5f60718/bucket/rdv",
                    "PublicAccessBlockEnabled": True,
                    "CreationDate": 0,
                    "OutpostId": "op-0a1b2c3d4e5f60718",
                }
            ]
        },
    ),
}


def an_outpost(aws: Aws, **site: str) -> None:
    """One Outpost of the account's own, in the hall of its site."""
    outpost = {"OutpostId": OUTPOST.rpartition("/")[2], "OutpostArn": OUTPOST, "SiteId": "os-0a1b2c3d4e5f60718"}
    aws.given("outposts", "ListOutposts", {"Outposts": [outpost]})
    if site:
        aws.given("outposts", "GetSite", {"Site": {"SiteId": "os-0a1b2c3d4e5f60718", **site}})


def scanned(aws: Aws, *types: str, state: Path, regions: str = REGION) -> dict[str, dict[str, Any]]:
    """Resources by type."""
    aws.freeze()
    arguments = ("--types", ",".join(types), "--regions", regions, "--format", "json")
    done = run(aws, *arguments, XDG_STATE_HOME=str(state))
    assert done.returncode in (0, 1, 3), done.stderr
    return {one["type"]: one for one in json.loads(done.stdout)["resources"]}


def gaps(one: dict[str, Any], fact: str) -> set[str]:
    return {gap["reason"] for gap in one.get("gaps", ()) if gap["fact"] == fact}


@pytest.mark.parametrize("type_", ON_OUTPOST)
def test_what_stands_on_an_outpost_is_in_the_country_of_its_site(aws: Aws, tmp_path: Path, type_: str) -> None:
    an_outpost(aws, OperatingAddressCountryCode="BE")
    aws.given(*ON_OUTPOST[type_])
    one = scanned(aws, type_, "outposts.outpost", state=tmp_path)[type_]
    assert (one["region"], one["zone"], one["country"]) == (REGION, OUTPOST, "BE")
    assert gaps(one, "country") == set()


@pytest.mark.parametrize("type_", ["ec2.volume", "rds.db_instance", "s3control.outposts_bucket"])
def test_an_outpost_whose_site_is_not_known_leaves_the_country_open(aws: Aws, tmp_path: Path, type_: str) -> None:
    an_outpost(aws)
    aws.given(*ON_OUTPOST[type_])
    one = scanned(aws, type_, "outposts.outpost", state=tmp_path)[type_]
    assert (one["zone"], one["country"]) == (OUTPOST, None)
    assert gaps(one, "country") == {"not_declared"}


def test_an_outpost_of_another_account_is_not_placed_by_ours(aws: Aws, tmp_path: Path) -> None:
    an_outpost(aws, OperatingAddressCountryCode="BE")
    aws.given("ec2", "DescribeVolumes", {"Volumes": [{"VolumeId": "vol-1", "OutpostArn": ELSEWHERE}]})
    one = scanned(aws, "ec2.volume", "outposts.outpost", state=tmp_path)["ec2.volume"]
    assert one["country"] is None
    assert gaps(one, "country") == {"not_declared"}


def test_a_snapshot_of_rds_kept_on_an_outpost_is_not_placed_in_the_region(aws: Aws, tmp_path: Path) -> None:
    arn = f"arn:aws:rds:{REGION}:{ACCOUNT}:snapshot:s"
    snapshot = {"DBSnapshotIdentifier": "s", "DBSnapshotArn": arn, "SnapshotTarget": "outposts"}
    aws.given("rds", "DescribeDBSnapshots", {"DBSnapshots": [{**snapshot, "AvailabilityZone": f"{REGION}a"}]})
    one = scanned(aws, "rds.db_snapshot", state=tmp_path)["rds.db_snapshot"]
    assert one["country"] is None
    assert gaps(one, "country") == {"unmapped"}


def test_a_snapshot_copied_across_regions_names_the_country_it_came_from(aws: Aws, tmp_path: Path) -> None:
    paris, virginia = aws.client("ec2"), aws.client("ec2", "us-east-1")
    volume = paris.create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"]
    snapshot = paris.create_snapshot(VolumeId=volume)["SnapshotId"]
    there = virginia.copy_snapshot(
        SourceRegion=REGION, SourceSnapshotId=snapshot, Description=f"[Copied {snapshot} from {REGION}] rdv"
    )["SnapshotId"]
    found = scanned(aws, "ec2.snapshot", state=tmp_path, regions="us-east-1")["ec2.snapshot"]
    assert found["id"].endswith(there)
    assert [(copy["target"], copy["region"], copy["country"], copy["inbound"]) for copy in found["copies"]] == [
        (snapshot, REGION, "FR", True)
    ]
    assert found["country"] == "US"


def test_logs_that_leave_by_way_of_a_stream_are_followed_to_the_service_that_gets_them(
    aws: Aws, tmp_path: Path
) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/lexloci"
    aws.client("s3").create_bucket(Bucket="repli", CreateBucketConfiguration={"LocationConstraint": REGION})
    stream = aws.client("firehose").create_delivery_stream(
        DeliveryStreamName="journaux",
        HttpEndpointDestinationConfiguration={
            "EndpointConfiguration": {"Url": "https://aws-kinesis-http-intake.logs.datadoghq.com/v1/input"},
            "S3Configuration": {"RoleARN": role, "BucketARN": "arn:aws:s3:::repli"},
        },
    )["DeliveryStreamARN"]
    logs = aws.client("logs")
    logs.create_log_group(logGroupName="/ecs/patients")
    logs.put_subscription_filter(
        logGroupName="/ecs/patients", filterName="f", filterPattern="", destinationArn=stream, roleArn=role
    )
    found = scanned(aws, "logs.log_group", "firehose.delivery_stream", "s3.bucket", state=tmp_path)
    (sent,) = found["logs.log_group"]["copies"]
    assert (sent["target"], sent["country"], sent["account"]) == (stream, "FR", ACCOUNT)
    (way,) = found["firehose.delivery_stream"]["egress"]
    assert (way["operator"], way["country"], way["parent_country"]) == ("datadog", "US", "US")
    (backup,) = found["firehose.delivery_stream"]["copies"]
    assert (backup["target"], backup["region"], backup["account"]) == ("arn:aws:s3:::repli", REGION, ACCOUNT)

"""Each partition of AWS, scanned by the installed command: its own ARNs, the company that runs it, and whose laws reach
that company. Outside the partition `aws` none of them is Amazon's company for Europe."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.fixtures.aws import ACCOUNT, Aws
from tests.scenarios.test_installed_command import COMMAND, environment

AMAZON = {"cloud_act", "fisa_702"}
PARTITIONS = [
    # region, partition, country, operator, seat of its ultimate parent, laws that bind it
    ("eu-west-3", "aws", "FR", "aws-emea", "US", AMAZON),
    ("eusc-de-east-1", "aws-eusc", "DE", "aws-eusc", "US", AMAZON),
    ("us-gov-west-1", "aws-us-gov", "US", "aws-inc", "US", AMAZON),
    ("cn-north-1", "aws-cn", "CN", "sinnet", "CN", {"cn_nil", "cn_dsl"}),
    ("cn-northwest-1", "aws-cn", "CN", "nwcd", "CN", {"cn_nil", "cn_dsl"}),
]


@pytest.mark.parametrize(("region", "partition", "country", "operator", "parent", "laws"), PARTITIONS)
def test_a_partition_has_its_own_operator_parent_and_laws(
    aws: Aws, tmp_path: Path, region: str, partition: str, country: str, operator: str, parent: str, laws: set[str]
) -> None:
    aws.client("sqs", region).create_queue(QueueName="rappels", tags={"data-classification": "sante"})
    s3 = aws.client("s3", region)
    s3.create_bucket(Bucket="dossiers", CreateBucketConfiguration={"LocationConstraint": region})
    aws.given("ec2", "DescribeRegions", {"Regions": [{"RegionName": region, "OptInStatus": "opt-in-not-required"}]})
    aws.freeze()
    there = environment(aws, AWS_REGION=region, AWS_DEFAULT_REGION=region, XDG_STATE_HOME=str(tmp_path))
    words = ["scan", "aws", "-q", "--services", "s3,sqs", "--format", "json"]
    done = subprocess.run([COMMAND, *words], env=there, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 1, done.stderr
    document = json.loads(done.stdout)
    assert (document["scan"]["complete"], document["scan"]["scope"]["regions"]) == (True, [region])
    assert document["scan"]["scope"]["identity"].startswith(f"arn:{partition}:")
    assert {one["id"] for one in document["resources"]} == {
        f"arn:{partition}:sqs:{region}:{ACCOUNT}:rappels",
        f"arn:{partition}:s3:::dossiers",
    }
    places = {(one["country"], one["operator"], one["parent_country"]) for one in document["resources"]}
    assert places == {(country, operator, parent)}
    assert {row["partition"] for row in document["coverage"]} == {partition}
    bound = {(row["law"], row["stores"], row["health_stores"]) for row in document["summary"]["reach"]}
    assert bound == {(law, 2, 1) for law in laws}

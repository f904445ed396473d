"""Cost of scanning AWS: `python -m benchmarks.scan [--resources 100,1000] [--regions 3,17] [--latency 0,0.04]`.

The installed command scans the simulated AWS over HTTP, as a child process of its own, so that the figures are the
scanner's alone: requests from the server's log, CPU and peak memory from the operating system. The account holds the
given number of resources of the types below, evenly over the regions, with the mix that accounts tend to have.
`--types all` scans the whole catalog, `--types same` (the default) only these types. With `--first-look` the account
has an index of Resource Explorer that takes in every type of the catalog, which AWS's own does not.
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tabulate import tabulate

from scanner.demo.aws.process import ACCOUNT, SimulatedAws
from scanner.providers.aws.catalog import load

_REGIONS = (
    *("eu-west-3", "eu-central-1", "us-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1"),
    *("ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "sa-east-1"),
    *("us-east-2", "us-west-1", "us-west-2"),
)

_MIX = {
    "logs.log_group": 30,
    "lambda.function": 15,
    "ec2.snapshot": 14,
    "ec2.volume": 10,
    "secretsmanager.secret": 7,
    "sqs.queue": 6,
    "sns.topic": 5,
    "s3.bucket": 5,
    "dynamodb.table": 4,
    "rds.db_instance": 4,
}
"""Types of the account and their share of it, in per cent."""

KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"


def main() -> None:
    """Run every combination and print one table."""
    asked = _arguments()
    rows = []
    with SimulatedAws() as aws:
        for count in asked.resources:
            for regions in asked.regions:
                for latency in asked.latency:
                    _fill(aws, count, _REGIONS[:regions], latency)
                    rows.append([count, regions, f"{latency * 1000:.0f} ms", *_scan(aws, _REGIONS[:regions], asked)])
    headers = [
        "resources",
        "regions",
        "latency",
        "calls",
        "CPU s",
        "wall s",
        "peak MB",
        "calls/resource",
        "CPU ms/resource",
    ]
    sys.stdout.write(tabulate(rows, headers=headers, floatfmt=".2f") + "\n")
    sys.stdout.write(f"\n{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--resources", type=_numbers, default=[100, 1000])
    parser.add_argument("--regions", type=_numbers, default=[3])
    parser.add_argument("--latency", type=_fractions, default=[0.0, 0.04])
    parser.add_argument("--types", choices=("same", "all"), default="same")
    parser.add_argument("--first-look", action="store_true")
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _fractions(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


def _scan(aws: SimulatedAws, regions: Sequence[str], asked: argparse.Namespace) -> list[Any]:
    """One scan in a process of its own: calls, CPU, wall, peak, and both per resource."""
    aws.control("forget")
    command = [str(Path(sys.executable).with_name("lexloci")), "scan", "aws", "--quiet", "--regions", ",".join(regions)]
    command += ["--policy", "core,doctolib-2021", "-o", "json=-"]
    if asked.first_look:
        _index(aws, regions)
        command.append("--first-look")
    if asked.types == "same":
        command += ["--services", ",".join(dict.fromkeys(name.partition(".")[0] for name in _MIX)) + ",kms"]
    environment = {**os.environ, **aws.environment()}
    started = time.perf_counter()
    child = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    assert child.stdout is not None
    found = sum(line.startswith(b'{"id":"arn') and b'"holds"' in line for line in child.stdout)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status) not in (0, 1, 3):
        raise SystemExit(f"the scan ended with {os.waitstatus_to_exitcode(status)}")
    calls = len(aws.log())
    cpu = usage.ru_utime + usage.ru_stime
    return [calls, cpu, wall, usage.ru_maxrss / 1024, calls / max(1, found), 1000 * cpu / max(1, found)]


def _fill(aws: SimulatedAws, count: int, regions: Sequence[str], latency: float) -> None:
    """Make the server answer the lists of an account with `count` resources."""
    aws.reset()
    if latency:
        aws.faults({"fault": "slow", "seconds": latency})
    for name, share in _MIX.items():
        total = max(1, count * share // 100)
        if name == "s3.bucket":
            _give(aws, name, total, regions[0], regions)
            continue
        for index, region in enumerate(regions):
            _give(aws, name, total // len(regions) + (index < total % len(regions)), region, regions)
    aws.freeze()


def _index(aws: SimulatedAws, regions: Sequence[str]) -> None:
    """Have the first region hold an old index of all regions, which shows the types of the account."""
    catalog = load().types
    arn = f"arn:aws:resource-explorer-2:{regions[0]}:{ACCOUNT}"
    index = {"Arn": f"{arn}:index/{KEY}", "Type": "AGGREGATOR"}
    supported = [
        {"Service": type_.service, "ResourceType": id_.replace(".", ":"), "CFNResourceTypes": [type_.cfn]}
        for id_, type_ in catalog.items()
        if type_.cfn
    ]
    shown = [
        {"Arn": arn, "OwningAccountId": ACCOUNT, "Region": region, "CfnResourceType": catalog[name].cfn}
        for name in _MIX
        for region in regions
    ]
    view = {"ViewArn": f"{arn}:view/all/{KEY}", "Filters": {"FilterString": ""}}
    answers: dict[str, dict[str, Any]] = {
        "ListIndexes": {"Indexes": [{"Region": regions[0], **index}]},
        "GetIndex": {
            **index,
            "State": "ACTIVE",
            "CreatedAt": "2026-01-01T00:00:00Z",
            "ReplicatingFrom": [*regions[1:]],
        },
        "GetDefaultView": {"ViewArn": view["ViewArn"]},
        "GetView": {"View": view, "Tags": {}},
        "ListSupportedResourceTypes": {"ResourceTypes": supported},
        "ListResources": {"Resources": shown, "ViewArn": view["ViewArn"]},
    }
    for operation, result in answers.items():
        aws.given("resource-explorer-2", operation, result, region=regions[0])


def _give(aws: SimulatedAws, name: str, total: int, region: str, regions: Sequence[str]) -> None:
    for service, operation, result in _answers(name, total, region, regions):
        where = {} if name == "s3.bucket" else {"region": region}
        aws.given(service, operation, result, **where)


def _answers(name: str, total: int, region: str, regions: Sequence[str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What the server answers about `total` resources of one type in one region: the list, and a detail for each."""
    key = f"arn:aws:kms:{region}:{ACCOUNT}:key/{KEY}"
    home = f"{region}:{ACCOUNT}"
    each = range(total)
    if name == "logs.log_group":
        groups = [
            {"logGroupName": f"/ecs/g{i}", "arn": f"arn:aws:logs:{home}:log-group:/ecs/g{i}:*", "retentionInDays": 30}
            for i in each
        ]
        yield "logs", "DescribeLogGroups", {"logGroups": groups}
    elif name == "lambda.function":
        functions = [
            {"FunctionName": f"f{i}", "FunctionArn": f"arn:aws:lambda:{home}:function:f{i}", "KMSKeyArn": key}
            for i in each
        ]
        yield "lambda", "ListFunctions", {"Functions": functions}
    elif name == "ec2.snapshot":
        snapshots = [{"SnapshotId": f"snap-{i:017x}", "Encrypted": True, "KmsKeyId": key} for i in each]
        yield "ec2", "DescribeSnapshots", {"Snapshots": snapshots}
    elif name == "ec2.volume":
        volumes = [
            {"VolumeId": f"vol-{i:017x}", "Encrypted": True, "KmsKeyId": key, "AvailabilityZone": f"{region}a"}
            for i in each
        ]
        yield "ec2", "DescribeVolumes", {"Volumes": volumes}
    elif name == "secretsmanager.secret":
        secrets = [
            {"ARN": f"arn:aws:secretsmanager:{home}:secret:s{i}-AbCdEf", "Name": f"s{i}", "KmsKeyId": key} for i in each
        ]
        yield "secretsmanager", "ListSecrets", {"SecretList": secrets}
    elif name == "sqs.queue":
        yield "sqs", "ListQueues", {"QueueUrls": [f"https://sqs.{region}.amazonaws.com/{ACCOUNT}/q{i}" for i in each]}
        attributes = {"KmsMasterKeyId": key, "MessageRetentionPeriod": "345600"}
        yield "sqs", "GetQueueAttributes", {"Attributes": attributes}
    elif name == "sns.topic":
        yield "sns", "ListTopics", {"Topics": [{"TopicArn": f"arn:aws:sns:{home}:t{i}"} for i in each]}
        yield "sns", "GetTopicAttributes", {"Attributes": {"KmsMasterKeyId": key}}
    elif name == "s3.bucket":
        buckets = [{"Name": f"b{i}", "BucketRegion": regions[i % len(regions)]} for i in each]
        yield "s3", "ListBuckets", {"Buckets": buckets}
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
        yield "s3", "GetBucketEncryption", {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}
        yield "s3", "GetBucketReplication", {}
        yield "s3", "GetBucketTagging", {"TagSet": [{"Key": "data-classification", "Value": "hds"}]}
        yield "s3", "GetBucketLifecycleConfiguration", {"Rules": []}
    elif name == "dynamodb.table":
        yield "dynamodb", "ListTables", {"TableNames": [f"t{i}" for i in each]}
        table = {"TableName": "t", "SSEDescription": {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": key}}
        yield "dynamodb", "DescribeTable", {"Table": table}
        yield "dynamodb", "DescribeTimeToLive", {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
    elif name == "rds.db_instance":
        instances = [
            {
                "DBInstanceIdentifier": f"db{i}",
                "DBInstanceArn": f"arn:aws:rds:{home}:db:db{i}",
                "Engine": "postgres",
                "StorageEncrypted": True,
                "KmsKeyId": key,
            }
            for i in each
        ]
        yield "rds", "DescribeDBInstances", {"DBInstances": instances}


if __name__ == "__main__":
    main()

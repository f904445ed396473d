"""A global cluster has members in other regions. One that a member names and nobody finds may have them too."""

import pytest

from scanner.model import GapReason, ObservedResource
from scanner.providers.aws import provider
from scanner.providers.contract import Limits
from tests.fixtures.aws import ACCOUNT, REGION, Aws


@pytest.mark.parametrize(("type_", "engine"), [("rds.db_cluster", "aurora-postgresql"), ("neptune.cluster", "neptune")])
def test_a_global_cluster_that_is_named_and_not_found_is_a_gap(aws: Aws, type_: str, engine: str) -> None:
    cluster = {
        "DBClusterIdentifier": "dossiers",
        "DBClusterArn": f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:dossiers",
        "Engine": engine,
        "StorageEncrypted": True,
        "GlobalClusterIdentifier": "nowhere",
    }
    aws.given("rds", "DescribeDBClusters", {"DBClusters": [cluster]})
    aws.faults({"fault": "gone", "operation": "DescribeGlobalClusters"})
    collector = provider.open({"regions": (REGION,), "types": (type_,)}, Limits(attempts=1))
    (found,) = [
        record
        for unit in collector.units()
        for record in collector.collect(unit)
        if isinstance(record, ObservedResource)
    ]
    gaps = {(gap.fact, gap.reason, gap.operation.partition(":")[2]) for gap in found.gaps}
    assert ("copies", GapReason.GONE, "DescribeGlobalClusters") in gaps, found

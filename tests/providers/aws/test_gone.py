"""What was deleted while the scan went on: nothing is known of it, least of all that a setting is absent."""

from scanner.model import GapReason, ObservedResource
from scanner.providers.aws import provider
from scanner.providers.contract import Limits
from tests.fixtures.aws import ACCOUNT, REGION, Aws


def test_nothing_is_known_of_a_table_bucket_that_is_gone(aws: Aws) -> None:
    bucket = {
        "arn": f"arn:aws:s3tables:{REGION}:{ACCOUNT}:bucket/dossiers",
        "name": "dossiers",
        "ownerAccountId": ACCOUNT,
        "createdAt": "2026-11-01T00:00:00Z",
    }
    aws.given("s3tables", "ListTableBuckets", {"tableBuckets": [bucket]})
    aws.faults({"fault": "gone", "service": "s3tables", "operation": "GetTableBucket*"})
    collector = provider.open({"regions": (REGION,), "types": ("s3tables.table_bucket",)}, Limits(attempts=1))
    (found,) = [
        record
        for unit in collector.units()
        for record in collector.collect(unit)
        if isinstance(record, ObservedResource)
    ]
    gaps = {(gap.fact, gap.reason) for gap in found.gaps}
    assert {(fact, GapReason.GONE) for fact in ("encryption.state", "encryption.key", "copies")} <= gaps, gaps
    assert found.copies is None
    assert found.encryption.state.value == "unknown"
    assert found.encryption.owner.value == "unknown"

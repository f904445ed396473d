"""Which call the evidence of a finding names for a fact."""

import pytest
from botocore.loaders import Loader

from scanner.providers.aws import provider
from scanner.providers.aws.catalog import load


@pytest.mark.parametrize(
    ("type_", "fact", "call"),
    [
        ("s3.bucket", "encryption.key", "s3:GetBucketEncryption"),
        ("s3.bucket", "location.country", "s3:ListBuckets"),
        ("s3.bucket", "copies", "s3:GetBucketReplication"),
        ("rds.db_instance", "encryption.key", "rds:DescribeDBInstances"),
        ("keyspaces.table", "encryption.key", "keyspaces:GetTable"),
        ("ec2.volume", "key.custody", "ec2:DescribeVolumes"),
        ("Microsoft.Compute/disks", "copies", ""),
    ],
)
def test_the_call_behind_a_fact(type_: str, fact: str, call: str) -> None:
    assert provider.source(type_, fact) == call


def test_every_call_is_spelled_as_the_sdk_spells_it() -> None:
    """Most names are taken from the permission, which has to be the operation's own name then, letter by letter."""
    loader, types = Loader(), load().types.values()
    named = {
        provider.source(type_.id, fact)
        for type_ in types
        for fact in ("id", "encryption.key", "copies", "egress", "retention.days")
    }
    known = {
        f"{service}:{operation}"
        for service in {call.partition(":")[0] for call in named}
        for operation in loader.load_service_model(service, "service-2")["operations"]
    }
    assert len(named) > len(types)
    assert named <= known, sorted(named - known)

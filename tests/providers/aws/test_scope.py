"""What a scan is about: filters that mean nothing are errors, and partitions come from the SDK."""

from typing import Any

import pytest
from botocore.session import Session

from scanner.errors import UsageError
from scanner.facts.regions import locate
from scanner.facts.registry import shipped
from scanner.providers.aws import provider
from scanner.providers.aws.session import partition_of, partition_regions
from scanner.providers.contract import Limits
from tests.fixtures.aws import REGION, Aws


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"types": ("s3.bukket",)}, "Did you mean 's3.bucket'"),
        ({"services": ("s4",)}, "no service 's4'"),
        ({"exclude_types": ("s3.bukket",)}, "no resource type 's3.bukket'"),
        ({"exclude_services": ("s4",)}, "no service 's4'"),
        ({"types": ("s3.bucket",), "exclude_types": ("s3.bucket",)}, "No resource type is left"),
        ({"services": ("sqs",), "exclude_services": ("sqs",)}, "No resource type is left"),
        ({"types": ("sqs.queue",), "exclude_services": ("sqs",)}, "No resource type is left"),
        ({"services": ("sqs",), "exclude_regions": (REGION,)}, "No region is left"),
        ({"services": ("sqs",), "regions": ("eu-west-99",)}, "names no region 'eu-west-99'"),
        ({"services": ("sqs",), "regions": ("cn-north-1",)}, "not in the partition aws"),
        ({"services": ("sqs",), "exclude_regions": ("eusc-de-east-1",)}, "not in the partition aws"),
    ],
)
def test_a_filter_that_matches_nothing_is_an_error(aws: Aws, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        provider.open({"regions": (REGION,), **options}, Limits(attempts=1))


@pytest.mark.parametrize(
    ("options", "services"),
    [
        ({"types": ("sqs.queue", "sns.topic")}, {"sns", "sqs"}),
        ({"services": ("sqs", "kms"), "exclude_services": ("kms",)}, {"sqs"}),
        ({"services": ("sns", "sqs"), "exclude_types": ("sqs.queue",)}, {"sns"}),
    ],
)
def test_filters_leave_the_units_that_they_name(aws: Aws, options: dict[str, Any], services: set[str]) -> None:
    collector = provider.open({"regions": (REGION,), **options}, Limits(attempts=1))
    assert {unit.service for unit in collector.units()} - {"resourcegroupstaggingapi"} == services


@pytest.mark.parametrize(
    ("region", "partition", "country", "parent"),
    [
        ("eu-west-3", "aws", "FR", "US"),
        ("eusc-de-east-1", "aws-eusc", "DE", "US"),
        ("us-gov-west-1", "aws-us-gov", "US", "US"),
        ("cn-north-1", "aws-cn", "CN", "CN"),
        ("cn-northwest-1", "aws-cn", "CN", "CN"),
    ],
)
def test_a_partition_of_the_sdk_leads_to_its_country_and_operator(
    region: str, partition: str, country: str, parent: str
) -> None:
    session = Session()
    assert partition_of(session, region) == partition
    assert region in partition_regions(session, partition)
    assert locate("aws", partition, region).country == country
    runs = shipped().operator_of("aws", partition, region)
    assert runs.operator is not None
    assert runs.parent_country == parent


def test_a_region_that_no_table_knows_has_no_country_and_a_gap() -> None:
    found = locate("aws", "aws", "eu-nowhere-1")
    assert found.country is None and found.gap is not None and found.gap.reason == "unmapped"

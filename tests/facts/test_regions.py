"""From region to country: mapped, or unknown for a stated reason, never guessed."""

import json
from pathlib import Path

import botocore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.facts import aws_regions, azure_regions, countries
from scanner.facts.regions import locate, pair_of
from scanner.model import GapReason


def botocore_regions() -> list[tuple[str, str]]:
    data = Path(botocore.__file__).parent / "data"
    found = set()
    for file, key in (("partitions.json", "id"), ("endpoints.json", "partition")):
        for partition in json.loads((data / file).read_text())["partitions"]:
            found |= {(partition[key], region) for region in partition["regions"]}
    return sorted(found)


@pytest.mark.parametrize(("partition", "region"), botocore_regions())
def test_every_region_of_the_sdk_is_mapped_or_left_out_on_purpose(partition: str, region: str) -> None:
    place = locate("aws", partition, region)
    announced = {row.name for row in aws_regions.table().announced}
    if region.endswith("-global"):
        assert place.gap is not None and place.gap.reason is GapReason.INVISIBLE
    elif region in announced:
        assert place.gap is not None and place.gap.reason is GapReason.UNMAPPED
    else:
        assert place.country is not None and place.gap is None
        assert place.entry == f"regions/aws/{region}"


@pytest.mark.parametrize(
    ("region", "zone", "country"),
    [
        ("eu-west-2", "", "GB"),
        ("eu-central-2", "", "CH"),
        ("eu-west-3", "eu-west-3", "FR"),
        ("eu-west-3", "eu-west-3a", "FR"),
        ("eu-central-1", "euc1-az2", "DE"),
        ("eu-central-1", "eu-central-1-ist-1a", "TR"),
        ("eu-central-1", "euc1-ist1-az1", "TR"),
        ("us-east-1", "us-east-1-bue-1a", "AR"),
        ("EU", "", "IE"),
    ],
)
def test_an_aws_place_has_the_country_of_its_machines(region: str, zone: str, country: str) -> None:
    place = locate("aws", "aws", region, zone)
    assert (place.country, place.gap) == (country, None)
    assert place.confirmed


@pytest.mark.parametrize(
    ("partition", "region", "zone", "reason"),
    [
        ("aws", "eu-west-9", "", GapReason.UNMAPPED),
        ("aws", "", "", GapReason.UNMAPPED),
        ("aws", "global", "", GapReason.INVISIBLE),
        ("aws-eusc", "eusc-de-east-2", "", GapReason.UNMAPPED),
        ("aws-cn", "eu-west-3", "", GapReason.CONFLICT),
        ("aws", "eu-central-1", "eu-central-1-xyz-1a", GapReason.UNMAPPED),
        ("aws", "eu-central-1", "eu-north-1-cph-1a", GapReason.CONFLICT),
        ("aws", "eu-west-1", "euc1-ist1-az1", GapReason.UNMAPPED),
        ("aws", "eu-west-3", "eu-west-3-cmn-wlz-1", GapReason.UNMAPPED),
        ("aws", "eu-west-3", "arn:aws:outposts:eu-west-3:111122223333:outpost/op-1", GapReason.NOT_DECLARED),
    ],
)
def test_an_aws_place_that_is_not_known_has_no_country(
    partition: str, region: str, zone: str, reason: GapReason
) -> None:
    place = locate("aws", partition, region, zone)
    assert place.country is None
    assert place.gap is not None and place.gap.reason is reason
    assert not place.confirmed


def test_a_new_region_of_a_one_country_partition_has_its_country_unconfirmed() -> None:
    place = locate("aws", "aws-us-gov", "us-gov-south-1")
    assert (place.country, place.confirmed) == ("US", False)
    assert locate("aws", "aws-us-gov", "eu-west-1").country is None


@pytest.mark.parametrize(
    ("region", "country"), [("France Central", "FR"), ("EastUs", "US"), ("norwayeast", "NO"), ("West US 3", "US")]
)
def test_azure_locations_are_known_however_they_are_written(region: str, country: str) -> None:
    assert locate("azure", "AzureCloud", region).country == country
    assert locate("azure", "", region, "2").country == country


@pytest.mark.parametrize(
    ("partition", "region", "zone", "reason"),
    [
        ("AzureCloud", "global", "", GapReason.INVISIBLE),
        ("AzureCloud", "Europe", "", GapReason.INVISIBLE),
        ("AzureCloud", "francenorth", "", GapReason.UNMAPPED),
        ("AzureCloud", "", "", GapReason.UNMAPPED),
        ("AzureCloud", "chinaeast2", "", GapReason.CONFLICT),
        ("AzureCloud", "westus", "losangeles", GapReason.UNMAPPED),
    ],
)
def test_an_azure_place_that_is_not_known_has_no_country(
    partition: str, region: str, zone: str, reason: GapReason
) -> None:
    place = locate("azure", partition, region, zone)
    assert place.country is None
    assert place.gap is not None and place.gap.reason is reason


def test_a_provider_without_a_table_is_a_gap() -> None:
    place = locate("ovhcloud", "", "GRA")
    assert place.gap is not None and place.gap.reason is GapReason.UNMAPPED


@pytest.mark.parametrize(
    ("region", "pair", "country", "one_way", "vault"),
    [
        ("westeurope", "northeurope", "IE", False, True),
        ("brazilsouth", "southcentralus", "US", True, False),
        ("France Central", "francesouth", "FR", False, True),
    ],
)
def test_pairs_cross_borders_where_the_table_says(
    region: str, pair: str, country: str, one_way: bool, vault: bool
) -> None:
    found = pair_of("azure", "AzureCloud", region)
    assert (found.region, found.country, found.one_way, found.vault_copy) == (pair, country, one_way, vault)


def test_no_pair_and_an_unknown_region_are_told_apart() -> None:
    assert pair_of("azure", "AzureCloud", "italynorth").region == ""
    unknown = pair_of("azure", "AzureCloud", "italysouth")
    assert unknown.region is None and unknown.gap is not None


@given(st.sampled_from(["aws", "azure", "gcp"]), st.text(max_size=20), st.text(max_size=30), st.text(max_size=30))
def test_locate_never_guesses(provider: str, partition: str, region: str, zone: str) -> None:
    place = locate(provider, partition, region, zone)
    assert (place.country is None) is (place.gap is not None)
    if place.country is not None:
        assert place.country in countries.names()
        known = aws_regions.regions() if provider == "aws" else azure_regions.regions()
        assert azure_regions.normal(region) in known or region in known or not place.confirmed


@given(st.sampled_from(sorted(aws_regions.regions())), st.text("abcdefghijklmnopqrstuvwxyz-0123456789", max_size=24))
def test_a_zone_is_never_lent_the_country_of_its_region(region: str, zone: str) -> None:
    place = locate("aws", "", region, zone)
    own = zone in ("", region) or zone[:-1] == region or "-az" in zone
    assert own or place.country is None or place.entry.startswith("local_zones/")

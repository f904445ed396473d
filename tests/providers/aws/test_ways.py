"""Copies and ways out, over HTTP, as far as their country; what cannot be placed is a gap."""

from datetime import date

import pytest

from scanner.assess.copies import copies_of, egress_of
from scanner.assess.location import location_of
from scanner.facts.registry import shipped
from scanner.model import Copy, Gap, GapReason, ObservedResource
from scanner.model.records import Place
from scanner.providers.aws import provider
from scanner.providers.contract import Limits, Record
from scanner.scan.work import references_of
from tests.fixtures.aws import ACCOUNT, REGION, Aws
from tests.providers.aws.seeds import SEEDS, Make


def scanned(*types: str, regions: tuple[str, ...] = (REGION,)) -> tuple[list[ObservedResource], dict[str, Place]]:
    """Resources, and where the second pass found what they point to."""
    collector = provider.open({"regions": regions, "types": types}, Limits(attempts=1))
    records: list[Record] = [record for unit in collector.units() for record in collector.collect(unit)]
    resources = [record for record in records if isinstance(record, ObservedResource)]
    references = {reference for one in resources for reference in references_of(one)}
    for unit, mine in collector.resolution_units(sorted(references)):
        records += collector.resolve(unit, mine)
    return resources, {record.target: record for record in records if isinstance(record, Place)}


def placed(one: ObservedResource, places: dict[str, Place]) -> tuple[tuple[Copy, ...], tuple[Gap, ...]]:
    copies, gaps = copies_of(one, places.get, shipped())
    assert copies is not None
    return copies, gaps


@pytest.mark.parametrize(
    ("type_", "country"),
    [
        ("s3.bucket", "US"),
        ("dynamodb.table", "US"),
        ("secretsmanager.secret", "US"),
        ("ecr.registry_replication", "US"),
        ("backup.plan", "US"),
        ("events.rule", "US"),
        ("logs.destination", "US"),
        ("logs.log_group", "FR"),
    ],
)
def test_a_copy_is_placed_in_its_country(aws: Aws, type_: str, country: str) -> None:
    expected = SEEDS[type_](Make(aws))
    resources, places = scanned(type_)
    one = next(resource for resource in resources if resource.id == expected.id)
    copies, gaps = placed(one, places)
    assert [copy.country for copy in copies] == [country]
    assert not [gap for gap in gaps if gap.fact == "copies"]


def test_a_bucket_that_is_nowhere_is_a_gap(aws: Aws) -> None:
    SEEDS["s3.bucket"](Make(aws))
    aws.client("s3", "us-east-1").delete_bucket(Bucket="reprise")
    resources, places = scanned("s3.bucket")
    copies, gaps = placed(resources[0], places)
    assert [copy.country for copy in copies] == [None]
    assert ("copies", GapReason.UNRESOLVED) in {(gap.fact, gap.reason) for gap in gaps}


def test_a_read_replica_names_the_original_in_its_region(aws: Aws) -> None:
    source = aws.client("rds", "us-east-1").create_db_instance(
        DBInstanceIdentifier="rdv",
        Engine="postgres",
        DBInstanceClass="db.t3.small",
        AllocatedStorage=10,
        MasterUsername="u",
        MasterUserPassword="mot-de-passe",
    )["DBInstance"]["DBInstanceArn"]
    aws.client("rds").create_db_instance_read_replica(
        DBInstanceIdentifier="lecture", SourceDBInstanceIdentifier=source, SourceRegion="us-east-1"
    )
    resources, places = scanned("rds.db_instance")
    copies, _ = placed(next(one for one in resources if one.name == "lecture"), places)
    assert [(copy.target, copy.country, copy.inbound) for copy in copies] == [(source, "US", True)]


@pytest.mark.parametrize(
    ("type_", "operator", "country"),
    [("firehose.delivery_stream", "new-relic", "US"), ("events.api_destination", "datadog", "US")],
)
def test_an_address_of_a_known_service_has_its_operator_and_country(
    aws: Aws, type_: str, operator: str, country: str
) -> None:
    SEEDS[type_](Make(aws))
    resources, _ = scanned(type_)
    ways, gaps = egress_of(resources[0], shipped())
    assert ways is not None
    assert [(way.operator, way.parent_country) for way in ways] == [(operator, country)]
    assert gaps == ()


def test_an_address_of_nobody_known_is_a_gap(aws: Aws) -> None:
    topic = aws.client("sns").create_topic(Name="rappels")["TopicArn"]
    aws.client("sns").subscribe(TopicArn=topic, Protocol="https", Endpoint="https://hopital.example/x")
    resources, _ = scanned("sns.subscription")
    ways, gaps = egress_of(resources[0], shipped())
    assert ways is not None and {way.operator for way in ways} == {None}
    assert {gap.reason for gap in gaps} == {GapReason.UNMAPPED}


@pytest.mark.parametrize(
    ("zone", "country"), [("eu-central-1-ist-1a", "TR"), ("eu-central-1a", "DE"), ("eu-central-1-xyz-1a", None)]
)
def test_a_local_zone_has_its_own_country_and_never_borrows_the_regions(
    aws: Aws, zone: str, country: str | None
) -> None:
    volume = {"VolumeId": "vol-0123456789abcdef0", "AvailabilityZone": zone, "Encrypted": False, "State": "available"}
    aws.given("ec2", "DescribeVolumes", {"Volumes": [volume]})
    resources, _ = scanned("ec2.volume", regions=("eu-central-1",))
    found = location_of(resources[0], {}.get, shipped(), date.today())
    assert found.country == country
    assert (found.gap is None) is (country is not None)


def test_an_inference_profile_names_every_region_that_may_compute(aws: Aws) -> None:
    models = [
        {"modelArn": f"arn:aws:bedrock:{region}::foundation-model/anthropic.claude"}
        for region in ("eu-west-3", "us-east-1")
    ]
    profile = {
        "inferenceProfileName": "partout",
        "inferenceProfileArn": f"arn:aws:bedrock:{REGION}:{ACCOUNT}:application-inference-profile/p",
        "inferenceProfileId": "p",
        "models": models,
        "status": "ACTIVE",
        "type": "APPLICATION",
    }
    aws.given("bedrock", "ListInferenceProfiles", {"inferenceProfileSummaries": [profile]})
    resources, places = scanned("bedrock.inference_profile")
    copies, _ = placed(resources[0], places)
    assert {copy.country for copy in copies} == {"FR", "US"}


@pytest.mark.parametrize(
    ("mode", "regions"),
    [
        ("SPECIFIED_REGIONS", ["eu-west-2"]),
        ("ALL_REGIONS", ["global"]),
        ("ALL_REGIONS_EXCEPT_SPECIFIED", ["global"]),
        ("NO_REGIONS", []),
    ],
)
def test_regions_that_an_aggregation_leaves_out_are_not_those_it_takes_from(
    aws: Aws, mode: str, regions: list[str]
) -> None:
    arn = f"arn:aws:securityhub:{REGION}:{ACCOUNT}:finding-aggregator/f"
    aws.given("securityhub", "ListFindingAggregators", {"FindingAggregators": [{"FindingAggregatorArn": arn}]})
    answer = {"FindingAggregatorArn": arn, "FindingAggregationRegion": REGION, "RegionLinkingMode": mode}
    aws.given("securityhub", "GetFindingAggregator", {**answer, "Regions": ["eu-west-2"]})
    ((one,), _) = scanned("securityhub.finding_aggregator")
    assert [copy.region for copy in one.copies or () if copy.inbound] == regions

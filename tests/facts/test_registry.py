"""Who is behind a cloud, a host name, a word, an account; and the user's own entries."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import SourceError
from scanner.facts import aws_regions, azure_regions
from scanner.facts.address import host_of
from scanner.facts.registry import OperatorFile, check, shipped
from scanner.facts.sourced import Basis
from scanner.strictyaml import load

OWN = """
operators:
- id: chu-keys
  brand: Key managers of the hospital
  legal_entity: CHU Exemple
  kind: [kms]
  hq_country: FR
  ultimate_parent: CHU Exemple
  ultimate_parent_country: FR
  ownership: Public hospital.
  exposure: []
  certifications: []
  source: own statutes
  as_of: '2026-11-01'
  confirmed: true
  basis: official
destinations:
- operator: chu-keys
  hosts: {hsm.chu-exemple.example: FR}
  source: own network plan
  as_of: '2026-11-01'
  confirmed: true
  basis: official
accounts:
- operator: chu-keys
  name: backups
  provider: aws
  accounts: ['111122223333']
  source: own inventory
  as_of: '2026-11-01'
  confirmed: true
  basis: official
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "facts.yaml"
    path.write_text(OWN)
    return path


@pytest.mark.parametrize("partition", [row.id for row in aws_regions.table().partitions])
def test_every_aws_region_has_an_operator(partition: str) -> None:
    for row in aws_regions.table().regions:
        if row.partition == partition:
            assert shipped().operator_of("aws", partition, row.name).operator is not None


def test_every_azure_region_has_an_operator() -> None:
    for row in azure_regions.table().regions:
        assert shipped().operator_of("azure", row.cloud, row.name).operator is not None


def test_the_group_is_established_and_the_contracting_entity_is_one_of_several() -> None:
    fact = shipped().operator_of("aws", "aws", "eu-west-3")
    assert [candidate.id for candidate in fact.candidates] == ["aws-emea", "aws-inc"]
    assert fact.parent_country == "US"
    assert fact.entry == "operators/aws-emea"


def test_the_regions_of_aws_in_china_have_different_operators() -> None:
    assert shipped().operator_of("aws", "aws-cn", "cn-north-1").entry == "operators/sinnet"
    assert shipped().operator_of("aws", "aws-cn", "cn-northwest-1").entry == "operators/nwcd"
    unknown = shipped().operator_of("aws", "aws-cn", "cn-south-1")
    assert unknown.operator is None and unknown.gap is not None and unknown.parent_country is None


@pytest.mark.parametrize(
    ("target", "kind", "operator", "country"),
    [
        ("https://aws-kinesis-http-intake.logs.datadoghq.eu/v1/input", "https", "datadog", "DE"),
        ("https://aws-kinesis-http-intake.logs.datadoghq.com/v1/input", "https", "datadog", "US"),
        ("https://aws-api.newrelic.com/metrics/v1", "https", "new-relic", "US"),
        ("https://aws-api.eu01.nr-data.net/metrics/v1", "https", "new-relic", None),
        ("https://collectors.de.sumologic.com/receiver", "https", "sumo-logic", "DE"),
        ("https://http-inputs-acme.splunkcloud.com:443", "splunk", "splunk", None),
        ("jdbc:postgresql://db.abc.eu-west-3.rds.amazonaws.com:5432/app", "jdbc", "aws-emea", "FR"),
        ("https://acme.west-europe.azure.snowflakecomputing.com", "snowflake", "snowflake", "NL"),
        ("SALESFORCE", "connector", "salesforce", None),
        ("MONGO_DB_ATLAS", "vector-store", "mongodb-atlas", None),
        ("Googleanalytics", "saas", "google", None),
        ("arn:aws:sns:eu-west-3:111122223333:app/APNS/reminders", "mobile-push", "apple", None),
        ("arn:aws:sns:eu-west-3:111122223333:app/BAIDU/reminders", "mobile-push", "baidu", None),
        ("aws.partner/datadog.com/acme/alerts", "partner-event-source", "datadog", None),
        ("ghcr.io/org/app:1.2", "container-image-registry", "github", None),
        ("nginx:1.27", "container-image-registry", "docker", None),
        ("git@github.com:org/repo.git", "source-repository", "github", None),
        ("s3://eu-west-1.bucket/prefix", "storage-uri", "aws-emea", "IE"),
    ],
)
def test_a_destination_is_recognised(target: str, kind: str, operator: str, country: str | None) -> None:
    found = shipped().destination(target, kind)
    assert (found.operator, found.country, found.gap) == (operator, country, None)


@pytest.mark.parametrize(
    "target",
    [
        "https://collector.hospital.example/in",
        "https://datadoghq.com.attacker.example",
        "notdatadoghq.com",
        "+33612345678",
        "10.0.0.4:9092",
        "",
        "https://[broken",
        "registry.local:5000/app",
    ],
)
def test_a_destination_that_nobody_recorded_is_a_gap(target: str) -> None:
    found = shipped().destination(target)
    assert found.operator is None and found.country is None and found.gap is not None


@given(st.text(max_size=60), st.sampled_from(["", "https", "container-image-registry"]))
def test_a_destination_is_an_operator_or_a_gap_for_any_text(target: str, kind: str) -> None:
    found = shipped().destination(target, kind)
    assert (found.operator is None) is (found.gap is not None)


def test_hosts_are_found_in_mail_addresses_and_left_alone_in_arns() -> None:
    assert host_of("alerts@acme.pagerduty.com") == "acme.pagerduty.com"
    assert host_of("arn:aws:lambda:eu-west-3:111122223333:function:a.b.com") == ""


def test_an_account_is_its_publisher_or_a_gap() -> None:
    assert shipped().account_holder("aws", "464622532012").operator == "datadog"
    stranger = shipped().account_holder("aws", "999999999999")
    assert stranger.operator is None and stranger.gap is not None


def test_a_look_up_is_as_well_founded_as_its_weakest_entry() -> None:
    found = shipped().destination("app.datadoghq.eu")
    datadog = shipped().operators["datadog"]
    assert found.confirmed is datadog.confirmed
    assert found.as_of == datadog.as_of


def test_the_users_entries_are_added_and_named_as_theirs(own: Path) -> None:
    registry = shipped().with_user_facts(own)
    assert registry.operators["chu-keys"].basis is Basis.USER
    assert registry.reference("chu-keys") == "facts.yaml: operators/chu-keys"
    assert registry.reference("aws-emea") == "operators/aws-emea"
    found = registry.destination("https://hsm.chu-exemple.example/kms/xks/v1")
    assert (found.operator, found.country, found.confirmed) == ("chu-keys", "FR", True)
    assert found.entry == "facts.yaml: destinations/hsm.chu-exemple.example"
    assert registry.account_holder("aws", "111122223333").name == "backups"
    assert shipped().operator("chu-keys") is None


def test_the_users_entry_takes_the_place_of_a_shipped_one(tmp_path: Path) -> None:
    path = tmp_path / "facts.yaml"
    text = OWN.split("destinations:")[0].replace("chu-keys", "cloud-temple")
    path.write_text(text)
    registry = shipped().with_user_facts(path)
    assert shipped().operators["cloud-temple"].ultimate_parent_country is None
    assert registry.operators["cloud-temple"].ultimate_parent_country == "FR"
    assert len(registry.operators) == len(shipped().operators)
    assert date(2026, 11, 1) == registry.operators["cloud-temple"].as_of


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("hq_country: FR", "hq_country: ZZ", r"facts\.yaml:7:\d+: 'ZZ' is not a country code"),
        ("operator: chu-keys\n  hosts", "operator: chu\n  hosts", r"facts\.yaml:18:\d+: there is no operator 'chu'"),
        ("hq_country: FR", "hq_country: UK", "'UK' is not a country code; did you mean 'GB'?"),
        (
            "exposure: []",
            "exposure: [{law: patriot, via: parent, strength: established, reason: x}]",
            "no law 'patriot'",
        ),
        (
            "exposure: []",
            "exposure: [{law: cloud_act, via: technology, strength: established, reason: x}]",
            "technology is not control",
        ),
        ("accounts: ['111122223333']", "accounts: ['1111']", "not an AWS account number"),
        ("confirmed: true\n  basis: official\ndest", "basis: official\ndest", "missing required field `confirmed`"),
        ("kind: [kms]", "kind: [kms]\n  colour: blue", "unknown field `colour`"),
    ],
)
def test_a_wrong_user_file_is_refused_with_its_place(own: Path, old: str, new: str, message: str) -> None:
    assert old in OWN
    own.write_text(OWN.replace(old, new, 1))
    with pytest.raises(SourceError, match=message):
        shipped().with_user_facts(own)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ("a", "a", "'a' has an entry in another file"),
        ("a", "b", "another operator is recorded there"),
    ],
)
def test_two_operator_files_must_not_claim_one_thing(first: str, second: str, message: str) -> None:
    text = OWN.split("destinations:")[0].replace("kind: [kms]", "kind: [kms]\n  runs: [{provider: aws, partition: p}]")
    files = [load(text.replace("chu-keys", id_), f"{n}.yaml", OperatorFile) for n, id_ in enumerate((first, second))]
    assert set(check(files[:1])) == {first}
    with pytest.raises(SourceError, match=message) as refused:
        check(files)
    assert all(problem.startswith("1.yaml:") for problem in refused.value.problems)

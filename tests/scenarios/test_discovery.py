"""What the account's own discovery services found, through the whole scan; they are read and never turned on."""

import json
from pathlib import Path
from typing import Any, Literal

import pytest

from scanner.demo.azure.world import Child, Resource
from tests.cli.scanning import Command
from tests.fixtures.aws import Aws
from tests.fixtures.azure import resource_id, subscription, world
from tests.scenarios.azure_estate import scan_of

FINDING = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
OTHER = "1" * 32


class Scan:
    """A scan of S3 and of the discovery services: its document, and what the account was asked."""

    def __init__(self, aws: Aws, folder: Path) -> None:
        aws.freeze()
        self.done = Command(aws, folder).run("--services", "s3,macie2,securityhub", "--format", "json")
        assert self.done.stdout, self.done.stderr
        self.document: dict[str, Any] = json.loads(self.done.stdout)
        assert aws.violations() == []

    def bucket(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = next(one for one in self.document["resources"] if one["name"] == name)
        return found

    def level(self, name: str) -> str:
        level: str = self.bucket(name)["health"]["level"]
        return level

    def signals(self, name: str) -> set[tuple[str, str, str, str]]:
        found = self.bucket(name)["health"]["signals"]
        return {(one["family"], one["strength"], one["rule"], one["value"]) for one in found}

    def rows(self, type_: str) -> list[dict[str, Any]]:
        return [row for row in self.document["coverage"] if row["type"] == type_]


def buckets(aws: Aws, *names: str) -> None:
    for name in names:
        aws.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})


def turned_on(aws: Aws, findings: list[dict[str, Any]] = [], buckets: list[dict[str, Any]] = []) -> None:  # noqa: B006
    """An account in which somebody has turned Macie on, and what it has found."""
    ids = [one["id"] for one in findings]
    aws.given("macie2", "ListFindings", {"findingIds": ids})
    aws.given("macie2", "GetFindings", {"findings": findings})
    aws.given("macie2", "DescribeBuckets", {"buckets": buckets})
    aws.given("macie2", "GetClassificationExportConfiguration", {})


def finding(bucket: str, *kinds: str, id_: str = FINDING, archived: bool = False, own: str = "") -> dict[str, Any]:
    detections = [{"type": kind, "count": 3} for kind in kinds]
    result: dict[str, Any] = {"sensitiveData": [{"category": "PERSONAL_INFORMATION", "detections": detections}]}
    if own:
        result["customDataIdentifiers"] = {"detections": [{"name": own, "count": 1}]}
    return {
        "id": id_,
        "archived": archived,
        "category": "CLASSIFICATION",
        "type": "SensitiveData:S3Object/Personal",
        "resourcesAffected": {"s3Bucket": {"arn": f"arn:aws:s3:::{bucket}", "name": bucket}},
        "classificationDetails": {"result": result},
    }


def test_a_health_type_confirms_the_bucket_and_names_the_finding(aws: Aws, tmp_path: Path) -> None:
    buckets(aws, "archive-1", "archive-2")
    turned_on(aws, [finding("archive-1", "FRANCE_HEALTH_INSURANCE_NUMBER", "NAME")])
    scan = Scan(aws, tmp_path)
    rule = "discovery.macie2.finding.FRANCE_HEALTH_INSURANCE_NUMBER"
    assert scan.signals("archive-1") == {("discovery", "strong", rule, FINDING)}
    assert scan.level("archive-1") == "confirmed"
    assert scan.level("archive-2") == "no_signal"


@pytest.mark.parametrize(
    ("bucket", "found", "level"),
    [
        ("archive", finding("archive", "FRANCE_NATIONAL_IDENTIFICATION_NUMBER"), "possible"),
        ("patients", finding("patients", "FRANCE_NATIONAL_IDENTIFICATION_NUMBER"), "likely"),
        ("archive", finding("archive", "UK_NHS_NUMBER", archived=True), "possible"),
        ("archive", finding("archive", "CREDIT_CARD_NUMBER"), "no_signal"),
        ("archive", finding("archive", own="Patient-Data"), "possible"),
        ("patients", finding("patients", own="Patient-Data"), "likely"),
    ],
    ids=["national number", "and a name", "put aside", "bank data", "own identifier", "own identifier and a name"],
)
def test_the_rung_follows_what_was_found(
    aws: Aws, tmp_path: Path, bucket: str, found: dict[str, Any], level: str
) -> None:
    buckets(aws, bucket)
    turned_on(aws, [found])
    assert Scan(aws, tmp_path).level(bucket) == level


def test_what_automated_discovery_has_summed_up_about_a_bucket(aws: Aws, tmp_path: Path) -> None:
    buckets(aws, "watched", "unwatched")
    arn = "arn:aws:s3:::watched"
    turned_on(
        aws,
        buckets=[
            {"bucketArn": arn, "automatedDiscoveryMonitoringStatus": "MONITORED"},
            {"bucketArn": "arn:aws:s3:::unwatched", "automatedDiscoveryMonitoringStatus": "NOT_MONITORED"},
        ],
    )
    detections = [
        {"type": "MANAGED", "id": "x", "name": "UK_NHS_NUMBER", "count": 9, "suppressed": False},
        {"type": "MANAGED", "id": "y", "name": "USA_NATIONAL_DRUG_CODE", "count": 1, "suppressed": True},
    ]
    aws.given("macie2", "ListResourceProfileDetections", {"detections": detections}, when={"resourceArn": arn})
    scan = Scan(aws, tmp_path)
    assert scan.signals("watched") == {
        ("discovery", "strong", "discovery.macie2.profile.UK_NHS_NUMBER", arn),
        ("discovery", "weak", "discovery.macie2.profile.USA_NATIONAL_DRUG_CODE.aside", arn),
    }
    asked = [line for line in aws.log() if line["operation"] == "ListResourceProfileDetections"]
    assert len(asked) == 1


def test_a_finding_that_macie_has_forwarded_to_security_hub(aws: Aws, tmp_path: Path) -> None:
    buckets(aws, "forwarded")
    found = [{"Category": "PERSONAL_INFORMATION", "Detections": [{"Type": "UK_NHS_NUMBER", "Count": 2}]}]
    item = {
        **dict.fromkeys(("SchemaVersion", "GeneratorId", "AwsAccountId", "CreatedAt", "UpdatedAt"), "-"),
        **dict.fromkeys(("ProductArn", "Title", "Description"), "-"),
        "Id": "hub-1",
        "RecordState": "ACTIVE",
        "Resources": [
            {"Type": "AwsS3Bucket", "Id": "arn:aws:s3:::forwarded"},
            {
                "Type": "AwsS3Object",
                "Id": "arn:aws:s3:::forwarded/2026/file.csv",
                "DataClassification": {"Result": {"SensitiveData": found}},
            },
        ],
    }
    aws.given("securityhub", "GetFindings", {"Findings": [item]})
    scan = Scan(aws, tmp_path)
    assert scan.level("forwarded") == "confirmed"
    assert {rule for _, _, rule, _ in scan.signals("forwarded")} == {"discovery.securityhub.finding.UK_NHS_NUMBER"}


def test_a_service_that_is_off_is_a_fact_and_neither_a_gap_nor_a_sign(aws: Aws, tmp_path: Path) -> None:
    buckets(aws, "archive")
    scan = Scan(aws, tmp_path)
    for type_ in ("macie2.finding", "macie2.profile"):
        (row,) = scan.rows(type_)
        assert (row["state"], row["permission"]) == ("not_enabled", "")
        assert row["reason"].startswith("not_enabled: ")
    assert [gap for gap in scan.bucket("archive")["gaps"] if gap["fact"].startswith("health")] == []
    assert scan.level("archive") == "no_signal"
    assert scan.document["scan"]["complete"] is True
    written = {line["operation"] for line in aws.log() if line["service"] in ("macie2", "securityhub")}
    assert all(operation.startswith(("Get", "List", "Describe")) for operation in written)


@pytest.mark.parametrize(
    ("operation", "fault", "reason"),
    [
        ("ListFindings", "denied", "denied"),
        ("GetFindings", "denied", "denied"),
        ("ListFindings", "throttled", "throttled"),
        ("DescribeBuckets", "denied", "denied"),
    ],
)
def test_findings_that_cannot_be_read_are_a_gap_on_every_bucket_and_no_silence(
    aws: Aws, tmp_path: Path, operation: str, fault: str, reason: str
) -> None:
    buckets(aws, "archive")
    turned_on(aws, [finding("archive", "UK_NHS_NUMBER")])
    aws.faults({"service": "macie2", "operation": operation, "fault": fault})
    scan = Scan(aws, tmp_path)
    gap = next(gap for gap in scan.bucket("archive")["gaps"] if gap["fact"] == "health.signals")
    permission = f"macie2:{operation}" if reason == "denied" else ""
    assert (gap["reason"], gap.get("permission", "")) == (reason, permission)
    type_ = "macie2.profile" if operation == "DescribeBuckets" else "macie2.finding"
    (row,) = scan.rows(type_)
    assert row["state"] != "complete" and row["permission"] == permission
    assert scan.document["scan"]["complete"] is False


def database(name: str, list_: str, kind: str, label: str = "") -> Resource:
    """A database with a label on one column, in one of its two lists."""
    told = {"schemaName": "dbo", "tableName": "t", "columnName": "c", "informationType": kind, "labelName": label}
    column = Child(type=f"{list_}SensitivityLabels", name="c", properties=told)
    return Resource(
        type="Microsoft.Sql/servers/databases", name=f"s/{name}", location="francecentral", children=[column]
    )


def azure_levels(folder: Path, *resources: Resource, alerts: tuple[Child, ...] = ()) -> dict[str, tuple[str, set[str]]]:
    """Level and rules by name, from a scan of a subscription with these resources and a database server."""
    server = Resource(type="Microsoft.Sql/servers", name="s", location="francecentral")
    there = world(subscription(server, *resources, diagnostics=list(alerts)))
    (scan,) = scan_of(there, folder)
    assert scan["scan"]["complete"] is True
    return {
        one["name"]: (one["health"]["level"], {sign["rule"] for sign in one["health"]["signals"]})
        for one in scan["resources"]
        if one["type"] not in ("Microsoft.Sql/servers", "Microsoft.Resources/subscriptions")
    }


def test_a_label_that_somebody_gave_a_column_declares(tmp_path: Path) -> None:
    found = azure_levels(
        tmp_path,
        database("built-in", "current", "Health"),
        database("own", "current", "Other", "Données de santé"),
    )
    rule = "discovery.Microsoft.Sql/servers/databases/currentSensitivityLabels"
    assert {name: level for name, (level, _) in found.items()} == {"built-in": "declared", "own": "declared"}
    assert f"{rule}.Health" in found["built-in"][1]
    assert f"{rule}.words.donnees-de-sante" in found["own"][1]


def test_a_proposed_label_and_a_national_number_ask_and_do_not_decide(tmp_path: Path) -> None:
    found = azure_levels(
        tmp_path,
        database("proposed", "recommended", "Health"),
        database("proposed-patients", "recommended", "Health"),
        database("numbers", "current", "National ID"),
    )
    levels = {name: level for name, (level, _) in found.items()}
    assert levels == {"proposed": "possible", "proposed-patients": "likely", "numbers": "possible"}


def test_what_defender_found_in_a_container_confirms_its_account(tmp_path: Path) -> None:
    store = Resource(type="Microsoft.Storage/storageAccounts", name="archive", location="francecentral")
    told = {"Sensitive information types": "UK National Health Service Number"}
    about = [{"azureResourceId": resource_id(store.type, store.name) + "/blobServices/default/containers/c"}]
    properties = {"status": "Active", "extendedProperties": told, "resourceIdentifiers": about}
    alert = Child(type="Microsoft.Security/alerts", name="alert-1", properties=properties)
    level, rules = azure_levels(tmp_path, store, alerts=(alert,))["archive"]
    assert level == "confirmed"
    assert rules == {"discovery.Microsoft.Security/alerts.UK National Health Service Number"}


def purview(data_plane: Literal["full", "denied"]) -> Resource:
    name = "https://archive.blob.core.windows.net/c/a.csv"
    kind = "MICROSOFT.GOVERNMENT.UK.NATIONAL_HEALTH_SERVICE_NUMBER"
    return Resource(
        type="Microsoft.Purview/accounts",
        name="carte",
        location="francecentral",
        properties={"endpoints": {"catalog": "https://carte.purview.azure.com/catalog"}},
        assets=[{"id": "1", "qualifiedName": name, "classification": [kind]}],
        data_plane=data_plane,
    )


@pytest.mark.parametrize("data_plane", ["full", "denied"])
def test_what_purview_has_classified_confirms_and_a_refusal_is_a_gap(
    tmp_path: Path, data_plane: Literal["full", "denied"]
) -> None:
    store = Resource(type="Microsoft.Storage/storageAccounts", name="archive", location="francecentral")
    for scan in scan_of(world(subscription(store, purview(data_plane))), tmp_path):
        found = scan.resource("archive")
        gap = scan.gaps(found).get("health.signals")
        if data_plane == "full":
            assert found["health"]["level"] == "confirmed" and gap is None
            assert found["health"]["signals"][0]["value"] == "https://archive.blob.core.windows.net/c/a.csv"
        else:
            assert found["health"]["level"] == "no_signal" and gap is not None
            assert (gap["reason"], gap["permission"].partition(" (")[0]) == ("denied", "Data Reader")
            assert scan["scan"]["complete"] is False

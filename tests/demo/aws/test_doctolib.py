"""The fiction of an appointment platform: the claims are built, and every deviation is, and is said to be invented."""

import os
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from scanner.demo.aws.doctolib.account import ACCOUNT, FRANKFURT, IRELAND, PARIS, VIRGINIA
from scanner.demo.aws.doctolib.deviations import DEVIATIONS, OBSERVABILITY, VENDOR_ACCOUNT
from scanner.demo.aws.doctolib.fiction import fiction
from scanner.demo.aws.simulation import Simulation, simulated_aws
from scanner.errors import UsageError


@pytest.fixture(scope="module")
def platform() -> Iterator[Simulation]:
    with simulated_aws("doctolib") as simulation:
        yield simulation
        assert simulation.aws.violations() == []


def client(platform: Simulation, service: str, region: str = PARIS) -> Any:
    config = Config(retries={"total_max_attempts": 1}, inject_host_prefix=False)
    return boto3.client(service, region_name=region, config=config)


def key_of(platform: Simulation, region: str, alias: str) -> dict[str, Any]:
    described = client(platform, "kms", region).describe_key(KeyId=f"alias/{alias}")
    return dict(described["KeyMetadata"])


def test_every_deviation_is_built_described_and_said_to_be_invented() -> None:
    story = fiction()
    assert [deviation.id for deviation in story.deviations] == list(DEVIATIONS)
    claims = {claim.id for claim in story.claims}
    assert all(deviation.touches and set(deviation.touches) <= claims for deviation in story.deviations)


def test_the_banner_says_what_it_is() -> None:
    banner = fiction().banner
    assert banner.startswith("FICTION.")
    assert "invented for this demo" in banner
    assert "nothing about the real accounts of any company" in banner


def test_the_root_keys_hang_on_a_store_whose_name_says_who_holds_it(platform: Simulation) -> None:
    for region, alias, place in ((PARIS, "rdv-racine", "paris"), (FRANKFURT, "comptes-racine", "francfort")):
        key = key_of(platform, region, alias)
        store = client(platform, "kms", region).describe_custom_key_stores()["CustomKeyStores"][0]
        assert key["Origin"] == "EXTERNAL_KEY_STORE"
        assert key["CustomKeyStoreId"] == store["CustomKeyStoreId"]
        assert store["CustomKeyStoreName"] == f"hebergeur-francais-hsm-{place}"


@pytest.mark.parametrize(
    ("region", "name", "alias"),
    [(PARIS, "rdv-production", "rdv-racine"), (FRANKFURT, "comptes-production", "comptes-racine")],
)
def test_databases_are_encrypted_with_the_root_keys(platform: Simulation, region: str, name: str, alias: str) -> None:
    database = client(platform, "rds", region).describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
    assert database["StorageEncrypted"]
    assert database["KmsKeyId"] == key_of(platform, region, alias)["Arn"]


def test_documents_replicate_to_virginia(platform: Simulation) -> None:
    s3 = client(platform, "s3")
    rules = s3.get_bucket_replication(Bucket="rdv-documents-patients")["ReplicationConfiguration"]["Rules"]
    target = rules[0]["Destination"]["Bucket"].rpartition(":")[2]
    regions = {bucket["Name"]: bucket["BucketRegion"] for bucket in s3.list_buckets(MaxBuckets=50)["Buckets"]}
    assert regions[target] == VIRGINIA


def test_a_snapshot_was_copied_to_virginia(platform: Simulation) -> None:
    copies = client(platform, "rds", VIRGINIA).describe_db_snapshots()["DBSnapshots"]
    assert [copy["SourceRegion"] for copy in copies] == [PARIS]


def test_prescriptions_use_the_providers_own_key(platform: Simulation) -> None:
    s3 = client(platform, "s3")
    found = s3.get_bucket_encryption(Bucket="ordonnances-patients-numerisees")["ServerSideEncryptionConfiguration"]
    assert found["Rules"][0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_our_key_is_an_imported_one(platform: Simulation) -> None:
    assert key_of(platform, PARIS, "notre-cle")["Origin"] == "EXTERNAL"


def test_the_key_of_video_consultations_is_in_virginia_too(platform: Simulation) -> None:
    configuration = key_of(platform, PARIS, "teleconsultation")["MultiRegionConfiguration"]
    assert [replica["Region"] for replica in configuration["ReplicaKeys"]] == [VIRGINIA]


def test_logs_leave_for_a_us_service(platform: Simulation) -> None:
    firehose = client(platform, "firehose")
    stream = firehose.describe_delivery_stream(DeliveryStreamName="journaux-rdv-observabilite")
    described = stream["DeliveryStreamDescription"]
    endpoint = described["Destinations"][0]["HttpEndpointDestinationDescription"]["EndpointConfiguration"]
    assert endpoint["Url"] == OBSERVABILITY
    filters = client(platform, "logs").describe_subscription_filters(logGroupName="/ecs/rdv-api")
    assert filters["subscriptionFilters"][0]["destinationArn"] == described["DeliveryStreamARN"]


def test_a_vendors_account_may_decrypt(platform: Simulation) -> None:
    key = key_of(platform, FRANKFURT, "statistiques")["KeyId"]
    document = client(platform, "kms", FRANKFURT).get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    assert VENDOR_ACCOUNT in document
    assert "kms:Decrypt" in document


def test_some_logs_are_kept_for_ever(platform: Simulation) -> None:
    groups = client(platform, "logs").describe_log_groups()["logGroups"]
    days = {group["logGroupName"]: group.get("retentionInDays") for group in groups}
    assert days == {"/ecs/rdv-api": 90, "/ecs/teleconsultation-patients": None}


def test_images_stand_in_ireland(platform: Simulation) -> None:
    stores = client(platform, "medical-imaging", IRELAND).list_datastores()["datastoreSummaries"]
    assert [store["datastoreName"] for store in stores] == ["imagerie-patients"]


@pytest.mark.parametrize("region", [PARIS, FRANKFURT])
def test_secrets_may_not_be_read(platform: Simulation, region: str) -> None:
    with pytest.raises(ClientError, match="not authorized"):
        client(platform, "secretsmanager", region).list_secrets()


def test_everything_is_in_one_account(platform: Simulation) -> None:
    assert client(platform, "sts").get_caller_identity()["Account"] == ACCOUNT
    assert {line["account"] for line in platform.aws.log()} == {ACCOUNT}


def test_two_buildings_give_one_account(platform: Simulation) -> None:
    first = key_of(platform, PARIS, "rdv-racine")["Arn"]
    with simulated_aws("doctolib") as again:
        assert key_of(again, PARIS, "rdv-racine")["Arn"] == first


def test_an_unknown_scenario_is_an_error() -> None:
    with pytest.raises(UsageError, match="doctolib"), simulated_aws("doctolip"):
        pass


def test_the_users_own_settings_are_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    before = dict(os.environ)
    with simulated_aws("doctolib") as simulation:
        assert "AWS_PROFILE" not in os.environ
        assert "HTTPS_PROXY" not in os.environ
        assert os.environ["AWS_ENDPOINT_URL"] == simulation.environment["AWS_ENDPOINT_URL"]
    assert dict(os.environ) == before

"""What moto lacks or gets wrong is as AWS documents it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fixtures.aws import Aws

XKS = {
    "CustomKeyStoreName": "cles-paris",
    "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
    "XksProxyUriEndpoint": "https://xks.example.fr",
    "XksProxyUriPath": "/kms/xks/v1",
    "XksProxyAuthenticationCredential": {"AccessKeyId": "A" * 20, "RawSecretAccessKey": "b" * 43},
}


def external_store(kms: Any, **more: str) -> str:
    return str(
        kms.create_custom_key_store(**XKS, **{"XksProxyConnectivity": "PUBLIC_ENDPOINT", **more})["CustomKeyStoreId"]
    )


def test_a_key_in_an_external_store_names_the_store_and_the_outside_key(aws: Aws) -> None:
    kms = aws.client("kms")
    store = external_store(kms)
    kms.connect_custom_key_store(CustomKeyStoreId=store)
    key = kms.create_key(Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId="patient-1")["KeyMetadata"]
    described = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    assert described["CustomKeyStoreId"] == store
    assert described["XksKeyConfiguration"] == {"Id": "patient-1"}
    assert described["Origin"] == "EXTERNAL_KEY_STORE"


def test_a_store_that_is_not_connected_takes_no_key(aws: Aws) -> None:
    kms = aws.client("kms")
    store = external_store(kms)
    with pytest.raises(ClientError, match="CustomKeyStoreInvalidStateException"):
        kms.create_key(Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId="patient-1")


def test_a_store_behind_an_endpoint_service_names_the_service_and_its_owner(aws: Aws) -> None:
    kms = aws.client("kms")
    external_store(
        kms,
        XksProxyConnectivity="VPC_ENDPOINT_SERVICE",
        XksProxyVpcEndpointServiceName="com.amazonaws.vpce.eu-west-3.vpce-svc-1",
        XksProxyVpcEndpointServiceOwner="210987654321",
    )
    proxy = kms.describe_custom_key_stores()["CustomKeyStores"][0]["XksProxyConfiguration"]
    assert proxy["Connectivity"] == "VPC_ENDPOINT_SERVICE"
    assert proxy["VpcEndpointServiceOwner"] == "210987654321"


def test_a_cloudhsm_store_and_its_key_name_the_cluster(aws: Aws) -> None:
    kms = aws.client("kms")
    store = kms.create_custom_key_store(
        CustomKeyStoreName="hsm",
        CloudHsmClusterId="cluster-1a23b4cdefg",
        TrustAnchorCertificate="cert",
        KeyStorePassword="password",
    )["CustomKeyStoreId"]
    kms.connect_custom_key_store(CustomKeyStoreId=store)
    key = kms.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=store)["KeyMetadata"]
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["CloudHsmClusterId"] == "cluster-1a23b4cdefg"


def test_key_stores_come_in_pages(aws: Aws) -> None:
    kms = aws.client("kms")
    for number in range(3):
        kms.create_custom_key_store(
            **{**XKS, "CustomKeyStoreName": f"store-{number}", "XksProxyConnectivity": "PUBLIC_ENDPOINT"}
        )
    pages = list(kms.get_paginator("describe_custom_key_stores").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["CustomKeyStores"]) for page in pages] == [2, 1]


def test_an_aws_managed_key_says_so(aws: Aws) -> None:
    kms = aws.client("kms")
    assert kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["KeyManager"] == "AWS"
    mine = kms.create_key()["KeyMetadata"]["KeyId"]
    assert kms.describe_key(KeyId=mine)["KeyMetadata"]["KeyManager"] == "CUSTOMER"


def test_imported_material_that_expires_says_when(aws: Aws) -> None:
    kms = aws.client("kms")
    key = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["KeyId"]
    wrapping = kms.get_parameters_for_import(
        KeyId=key, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_4096"
    )
    kms.import_key_material(
        KeyId=key, ImportToken=wrapping["ImportToken"], EncryptedKeyMaterial=b"x" * 32, ValidTo="2027-01-01T00:00:00Z"
    )
    described = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert described["ExpirationModel"] == "KEY_MATERIAL_EXPIRES"
    assert described["ValidTo"].year == 2027


def test_every_bucket_encrypts_and_says_where_it_is(aws: Aws) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="here", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    aws.client("s3", "us-east-1").create_bucket(Bucket="there")
    assert {b["Name"]: b["BucketRegion"] for b in s3.list_buckets(MaxBuckets=10)["Buckets"]} == {
        "here": "eu-west-3",
        "there": "us-east-1",
    }
    assert all("BucketRegion" not in bucket for bucket in s3.list_buckets()["Buckets"])
    rule = s3.get_bucket_encryption(Bucket="here")["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_a_bucket_that_is_not_there_has_no_encryption(aws: Aws) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        aws.client("s3").get_bucket_encryption(Bucket="nowhere")


def test_a_global_table_lists_its_replicas(aws: Aws) -> None:
    dynamodb = aws.client("dynamodb")
    dynamodb.create_table(
        TableName="rdv",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.update_table(TableName="rdv", ReplicaUpdates=[{"Create": {"RegionName": "us-east-1"}}])
    assert dynamodb.describe_table(TableName="rdv")["Table"]["Replicas"][0]["RegionName"] == "us-east-1"


def test_a_health_data_store_has_its_key_and_tags(aws: Aws) -> None:
    healthlake = aws.client("healthlake")
    made = healthlake.create_fhir_datastore(
        DatastoreName="fhir", DatastoreTypeVersion="R4", Tags=[{"Key": "data", "Value": "sante"}]
    )
    store = healthlake.list_fhir_datastores()["DatastorePropertiesList"][0]
    assert store["SseConfiguration"]["KmsEncryptionConfig"]["CmkType"] == "AWS_OWNED_KMS_KEY"
    assert healthlake.list_tags_for_resource(ResourceARN=made["DatastoreArn"])["Tags"][0]["Value"] == "sante"


def test_an_image_data_store_shows_its_key_only_when_asked_about(aws: Aws) -> None:
    imaging = aws.client("medical-imaging")
    key = "arn:aws:kms:eu-west-3:123456789012:key/1"
    made = imaging.create_datastore(clientToken="t", datastoreName="irm", kmsKeyArn=key)["datastoreId"]
    assert "kmsKeyArn" not in imaging.list_datastores()["datastoreSummaries"][0]
    assert imaging.get_datastore(datastoreId=made)["datastoreProperties"]["kmsKeyArn"] == key


def test_nobody_has_opted_out_of_ai_training_until_a_policy_says_so(aws: Aws) -> None:
    organizations = aws.client("organizations", "us-east-1")
    organizations.create_organization(FeatureSet="ALL")
    with pytest.raises(ClientError, match="EffectivePolicyNotFoundException"):
        organizations.describe_effective_policy(PolicyType="AISERVICES_OPT_OUT_POLICY")
    root = organizations.list_roots()["Roots"][0]["Id"]
    policy = organizations.create_policy(
        Content='{"services": {}}', Description="out", Name="out", Type="AISERVICES_OPT_OUT_POLICY"
    )["Policy"]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=policy, TargetId=root)
    effective = organizations.describe_effective_policy(PolicyType="AISERVICES_OPT_OUT_POLICY")["EffectivePolicy"]
    assert effective["PolicyContent"] == '{"services": {}}'


def test_an_encrypted_database_without_a_key_of_ones_own_uses_awss(aws: Aws) -> None:
    rds = aws.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="db",
        Engine="postgres",
        DBInstanceClass="db.t3.small",
        AllocatedStorage=10,
        MasterUsername="u",
        MasterUserPassword="password",
        StorageEncrypted=True,
    )
    key = rds.describe_db_instances()["DBInstances"][0]["KmsKeyId"]
    assert aws.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyManager"] == "AWS"


def test_a_bucket_is_paid_for_by_its_owner_until_it_says_otherwise(aws: Aws) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="dossiers", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    assert s3.get_bucket_request_payment(Bucket="dossiers")["Payer"] == "BucketOwner"
    s3.put_bucket_request_payment(Bucket="dossiers", RequestPaymentConfiguration={"Payer": "Requester"})
    assert s3.get_bucket_request_payment(Bucket="dossiers")["Payer"] == "Requester"

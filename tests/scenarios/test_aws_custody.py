"""Keys on AWS, each kind as an auditor would meet it, through the installed command and over HTTP."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import lexloci
from tests.cli.scanning import Command, day
from tests.fixtures.aws import ACCOUNT, REGION, Aws

PROXY = "https://cles.hopital.example"
FORTANIX = "https://xks.eu.smartkey.io"
SECRET = {"AccessKeyId": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "RawSecretAccessKey": "x" * 43}
NEW_RELIC, NOBODY_KNOWN = "754728514883", "999988887777"


class Vault:
    """The account's keys, and a bucket of health data under each."""

    def __init__(self, aws: Aws, folder: Path) -> None:
        self.aws = aws
        self.kms = aws.client("kms")
        self.command = Command(aws, folder)

    def bucket(self, name: str, key: str = "") -> None:
        s3 = self.aws.client("s3")
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "data-classification", "Value": "sante"}]})
        if key:
            rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
            s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})

    def key(self, **how: Any) -> str:
        return str(self.kms.create_key(**how)["KeyMetadata"]["Arn"])

    def external_key(self, endpoint: str = PROXY, name: str = "hebergeur", **reached: str) -> tuple[str, str]:
        """A key in an external key store, and the store. `reached`: how, where not at a public endpoint."""
        store = self.kms.create_custom_key_store(
            CustomKeyStoreName=name,
            CustomKeyStoreType="EXTERNAL_KEY_STORE",
            XksProxyUriEndpoint=endpoint,
            XksProxyUriPath="/kms/xks/v1",
            XksProxyAuthenticationCredential=SECRET,
            **(reached or {"XksProxyConnectivity": "PUBLIC_ENDPOINT"}),
        )["CustomKeyStoreId"]
        self.kms.connect_custom_key_store(CustomKeyStoreId=store)
        return self.key(Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId="racine"), store

    def scanned(self, *arguments: str, **statements: Any) -> dict[str, Any]:
        self.aws.freeze()
        (self.command.folder / "lexloci.yaml").write_text(json.dumps(statements), encoding="utf-8")
        return self.command.document(*arguments)[1]


@pytest.fixture
def vault(aws: Aws, tmp_path: Path) -> Vault:
    return Vault(aws, tmp_path)


def held_by(operator: str, until: int = 300, **what: Any) -> dict[str, Any]:
    signed = {"by": "A. Martin, CISO", "on": day(-30), "until": day(until)}
    return {"operator": operator, "country": "FR", **signed, **what}


def the_key(document: dict[str, Any]) -> dict[str, Any]:
    (key,) = document["keys"]
    return dict(key)


def verdict(document: dict[str, Any], control: str) -> tuple[str, str]:
    (found,) = (f for f in document["findings"] if f["control"] == control and f["resource"].startswith("arn:"))
    return found["status"], found["assurance"]


def test_who_holds_an_external_key_is_not_established_by_any_answer_of_aws(vault: Vault) -> None:
    arn, store = vault.external_key()
    vault.bucket("dossiers", arn)
    document = vault.scanned()
    key = the_key(document)
    assert (key["custody"], key["rung"], key["origin"]) == ("external_holder_not_established", "K4?", "external_store")
    assert (key["store"], key["endpoint"]) == (store, "cles.hopital.example")
    assert (key["connectivity"], key["service_owner"]) == ("public_endpoint", "")
    assert key["holder"] is None
    assert "not_declared" in {gap["reason"] for gap in key["gaps"] if gap["fact"] == "holder"}
    (bucket,) = document["resources"]
    assert bucket["encryption"]["custody"] == "external_holder_not_established"
    status, _ = verdict(document, "D21-09")
    assert status == "unknown"


@pytest.mark.parametrize(
    ("operator", "custody", "rung", "status"),
    [
        ("thales-ciphertrust", "external_third_party", "K4", "pass"),
        # Who owns the customer no table says, and D21-09 asks for a third party whose owner is known.
        ("customer", "external_customer", "K5", "unknown"),
    ],
)
def test_a_statement_makes_the_holder_a_declared_one_and_no_more(
    vault: Vault, operator: str, custody: str, rung: str, status: str
) -> None:
    arn, store = vault.external_key()
    vault.bucket("dossiers", arn)
    document = vault.scanned(key_holders=[held_by(operator, store=store)])
    key = the_key(document)
    assert (key["custody"], key["rung"], key["holder"]["basis"]) == (custody, rung, "declared")
    assert (key["holder"]["operator"], key["holder"]["country"]) == (operator, "FR")
    assert key["holder"]["declared_by"].startswith("A. Martin, CISO")
    (bucket,) = document["resources"]
    assert bucket["encryption"]["custody"] == custody
    assert bucket["alongside"]["operator"] is False
    assert verdict(document, "D21-09") == (status, "declared")


@pytest.mark.parametrize("changes", [{"store": "cks-00000000000000000"}, {"until": -1}])
def test_a_statement_about_another_store_or_ended_establishes_nothing(vault: Vault, changes: dict[str, Any]) -> None:
    arn, store = vault.external_key()
    vault.bucket("dossiers", arn)
    document = vault.scanned(key_holders=[held_by("thales-ciphertrust", **{"store": store, **changes})])
    assert the_key(document)["custody"] == "external_holder_not_established"


def test_a_host_name_suggests_a_holder_and_establishes_none(vault: Vault) -> None:
    arn, _ = vault.external_key(FORTANIX)
    vault.bucket("dossiers", arn)
    key = the_key(vault.scanned())
    assert (key["holder"]["operator"], key["holder"]["basis"]) == ("fortanix", "indicated")
    assert key["custody"] == "external_holder_not_established"


@pytest.mark.parametrize(
    ("endpoint", "owner", "operator"),
    [
        (PROXY, NEW_RELIC, "new-relic"),
        (PROXY, NOBODY_KNOWN, None),
        (FORTANIX, NOBODY_KNOWN, "fortanix"),
        # The host name speaks of one company and the account of another: that suggests nobody.
        (FORTANIX, NEW_RELIC, None),
    ],
)
def test_behind_an_endpoint_service_its_owner_is_told_and_suggests_a_holder_where_the_account_is_known(
    vault: Vault, endpoint: str, owner: str, operator: str | None
) -> None:
    arn, _ = vault.external_key(
        endpoint,
        XksProxyConnectivity="VPC_ENDPOINT_SERVICE",
        XksProxyVpcEndpointServiceName=f"com.amazonaws.vpce.{REGION}.vpce-svc-0a1b2c3d4e5f60718",
        XksProxyVpcEndpointServiceOwner=owner,
    )
    vault.bucket("dossiers", arn)
    document = vault.scanned()
    key = the_key(document)
    assert (key["connectivity"], key["service_owner"]) == ("vpc_endpoint_service", owner)
    assert (key["holder"] or {}).get("operator") == operator
    assert key["custody"] == "external_holder_not_established"
    (vault.command.folder / "scan.json").write_text(json.dumps(document), encoding="utf-8")
    told = lexloci("explain", "arn:aws:s3:::dossiers", "--from", "scan.json", folder=vault.command.folder)
    assert f"(vpc endpoint service of account {owner})" in " ".join(told.stdout.split()), told.stderr


def test_principals_of_other_accounts_are_named_where_their_account_is_known(vault: Vault) -> None:
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": NEW_RELIC}, "Action": "kms:Decrypt", "Resource": "*"},
    ]
    arn = vault.key(Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    stranger = f"arn:aws:iam::{NOBODY_KNOWN}:role/sauvegarde"
    vault.kms.create_grant(KeyId=arn, GranteePrincipal=stranger, Operations=["Decrypt"])
    vault.bucket("dossiers", arn)
    key = the_key(vault.scanned())
    outside = {one["account"]: one for one in key["decrypt_principals"] if one.get("external")}
    assert outside.keys() == {NEW_RELIC, NOBODY_KNOWN}
    assert (outside[NEW_RELIC]["operator"], outside[NEW_RELIC]["parent_country"]) == ("new-relic", "US")
    assert (outside[NEW_RELIC]["via"], outside[NOBODY_KNOWN]["via"]) == ("policy", "grant")
    assert outside[NOBODY_KNOWN].get("operator") is None


def test_imported_material_stays_the_providers_to_use_and_its_end_is_told(vault: Vault) -> None:
    arn = vault.key(Origin="EXTERNAL")
    vault.kms.import_key_material(
        KeyId=arn,
        ImportToken=b"token",
        EncryptedKeyMaterial=b"sealed",
        ExpirationModel="KEY_MATERIAL_EXPIRES",
        ValidTo="2027-01-31T00:00:00Z",
    )
    vault.bucket("dossiers", arn)
    document = vault.scanned()
    key = the_key(document)
    assert (key["custody"], key["origin"], key["expires_at"][:10]) == ("customer_imported", "imported", "2027-01-31")
    assert (key["holder"]["operator"], key["holder"]["basis"]) == ("aws-emea", "provider")
    assert verdict(document, "D21-09")[0] == "fail"


def test_a_replica_of_a_key_in_another_country_is_told_with_that_country(vault: Vault) -> None:
    arn = vault.key(MultiRegion=True)
    vault.kms.replicate_key(KeyId=arn.rpartition("/")[2], ReplicaRegion="us-east-1")
    vault.bucket("dossiers", arn)
    key = the_key(vault.scanned())
    assert (key["region"], key["country"]) == (REGION, "FR")
    assert [(replica["region"], replica["country"]) for replica in key["replicas"]] == [("us-east-1", "US")]


def test_with_a_key_of_the_accounts_own_data_and_key_are_alongside_on_every_axis(vault: Vault) -> None:
    vault.bucket("dossiers", vault.key())
    vault.bucket("archives", f"arn:aws:kms:us-east-1:{NOBODY_KNOWN}:key/11111111-2222-3333-4444-555555555555")
    found = {one["name"]: one["alongside"] for one in vault.scanned()["resources"]}
    assert found["dossiers"] == {"operator": True, "exposure": True, "account": True, "region": True}
    assert (found["archives"]["account"], found["archives"]["region"]) == (False, False)

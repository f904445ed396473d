"""The second pass over keys, over HTTP: what a key is, who holds it, who may decrypt, and what is never asked."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from scanner.assess.keys import assess_key
from scanner.facts.registry import shipped
from scanner.facts.statements import Statements
from scanner.model import Coverage, CoverageState, Custody, GapReason, KeyManager, KeyOrigin, ObservedKey
from scanner.providers.aws import provider
from scanner.providers.aws.multi_region import other_regions
from scanner.providers.contract import Limits, Reference
from tests.fixtures.aws import ACCOUNT, REGION, Aws

VENDOR = "754728514883"
"""An account that New Relic publishes as its own."""
STRANGER = "210987654321"


def resolved(*targets: str) -> tuple[dict[str, ObservedKey], list[Coverage]]:
    """What these references mean, by every name of each key."""
    collector = provider.open({"regions": (REGION,), "types": ("kms.key",)}, Limits(attempts=1))
    references = [Reference(kind="key", target=target, account=ACCOUNT, region=REGION) for target in targets]
    records = [
        record for unit, mine in collector.resolution_units(references) for record in collector.resolve(unit, mine)
    ]
    keys = [record for record in records if isinstance(record, ObservedKey)]
    return (
        {name: key for key in keys for name in (key.id, *key.aliases)},
        [record for record in records if isinstance(record, Coverage)],
    )


def custody(key: ObservedKey) -> Custody:
    return assess_key(key, shipped(), Statements(), date(2026, 11, 25)).custody


def store(kms: Any, **more: str) -> str:
    """An external key store, connected."""
    made = kms.create_custom_key_store(
        CustomKeyStoreName="hebergeur-francais",
        CustomKeyStoreType="EXTERNAL_KEY_STORE",
        XksProxyUriEndpoint="https://xks.hebergeur.example",
        XksProxyUriPath="/kms/xks/v1",
        XksProxyAuthenticationCredential={"AccessKeyId": "A" * 20, "RawSecretAccessKey": "b" * 43},
        **{"XksProxyConnectivity": "PUBLIC_ENDPOINT", **more},
    )["CustomKeyStoreId"]
    kms.connect_custom_key_store(CustomKeyStoreId=made)
    return str(made)


def asked_to_describe(aws: Aws) -> int:
    return sum(line["operation"] == "DescribeKey" for line in aws.log())


def test_an_alias_of_awss_is_never_described_since_that_can_create_its_key(aws: Aws) -> None:
    alias = f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/aws/s3"
    aws.faults({"fault": "denied", "service": "kms", "operation": "ListAliases"})
    keys, _ = resolved(alias)
    assert asked_to_describe(aws) == 0
    assert {(gap.reason, gap.permission) for gap in keys[alias].gaps} == {(GapReason.DENIED, "kms:ListAliases")}
    assert custody(keys[alias]) is Custody.UNKNOWN


def test_a_key_behind_an_alias_of_awss_is_known_without_describing_it(aws: Aws) -> None:
    arn = aws.client("kms").describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]
    aws.process.control("forget")
    keys, _ = resolved(arn)
    assert asked_to_describe(aws) == 0
    assert keys[arn].manager is KeyManager.PROVIDER
    assert custody(keys[arn]) is Custody.PROVIDER_MANAGED


def test_an_alias_of_ours_is_described_once_by_the_arn_of_its_key(aws: Aws) -> None:
    kms = aws.client("kms")
    made = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/racine", TargetKeyId=made["KeyId"])
    aws.process.control("forget")
    alias = f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/racine"
    keys, _ = resolved(alias, made["Arn"])
    assert keys[alias] is keys[made["Arn"]]
    assert asked_to_describe(aws) == 1


@pytest.mark.parametrize(
    ("more", "connectivity", "owner"),
    [
        ({}, "public_endpoint", ""),
        (
            {
                "XksProxyConnectivity": "VPC_ENDPOINT_SERVICE",
                "XksProxyVpcEndpointServiceName": f"com.amazonaws.vpce.{REGION}.vpce-svc-1",
                "XksProxyVpcEndpointServiceOwner": STRANGER,
            },
            "vpc_endpoint_service",
            STRANGER,
        ),
    ],
)
def test_an_external_store_says_how_it_is_reached_and_not_who_holds_it(
    aws: Aws, more: dict[str, str], connectivity: str, owner: str
) -> None:
    kms = aws.client("kms")
    arn = kms.create_key(Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store(kms, **more), XksKeyId="1")["KeyMetadata"][
        "Arn"
    ]
    key = resolved(arn)[0][arn]
    assert key.origin is KeyOrigin.EXTERNAL_STORE
    assert key.store is not None
    found = (key.store.kind, key.store.name, key.store.connectivity, key.store.service_owner, key.store.endpoint)
    assert found == ("xks", "hebergeur-francais", connectivity, owner, "xks.hebergeur.example")
    assert custody(key) is Custody.EXTERNAL_HOLDER_NOT_ESTABLISHED


def test_a_store_that_may_not_be_read_is_a_gap_with_its_permission(aws: Aws) -> None:
    kms = aws.client("kms")
    arn = kms.create_key(Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store(kms), XksKeyId="1")["KeyMetadata"]["Arn"]
    aws.faults({"fault": "denied", "operation": "DescribeCustomKeyStores"})
    keys, rows = resolved(arn)
    assert [(gap.fact, gap.permission) for gap in keys[arn].gaps] == [("store", "kms:DescribeCustomKeyStores")]
    assert rows[-1].state is CoverageState.PARTIAL
    assert custody(keys[arn]) is Custody.EXTERNAL_HOLDER_NOT_ESTABLISHED


def test_a_dedicated_hsm_is_the_providers(aws: Aws) -> None:
    kms = aws.client("kms")
    hsm = kms.create_custom_key_store(
        CustomKeyStoreName="hsm",
        CloudHsmClusterId="cluster-1a23b4cdefg",
        TrustAnchorCertificate="cert",
        KeyStorePassword="password",
    )["CustomKeyStoreId"]
    kms.connect_custom_key_store(CustomKeyStoreId=hsm)
    arn = kms.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=hsm)["KeyMetadata"]["Arn"]
    key = resolved(arn)[0][arn]
    assert key.store is not None and (key.store.kind, key.store.cluster) == ("cloudhsm", "cluster-1a23b4cdefg")
    assert custody(key) is Custody.PROVIDER_HSM


def test_imported_material_is_a_copy_at_the_provider_and_says_when_it_ends(aws: Aws) -> None:
    kms = aws.client("kms")
    arn = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["Arn"]
    wrapping = kms.get_parameters_for_import(
        KeyId=arn, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_4096"
    )
    kms.import_key_material(
        KeyId=arn,
        ImportToken=wrapping["ImportToken"],
        EncryptedKeyMaterial=b"x" * 32,
        ValidTo=datetime(2027, 1, 1, tzinfo=UTC),
    )
    key = resolved(arn)[0][arn]
    assert (key.origin, key.expires_at) == (KeyOrigin.IMPORTED, "2027-01-01T00:00:00+00:00")
    assert custody(key) is Custody.CUSTOMER_IMPORTED


def test_a_multi_region_key_names_its_other_regions_from_either_end(aws: Aws) -> None:
    kms = aws.client("kms")
    made = kms.create_key(MultiRegion=True)["KeyMetadata"]
    kms.replicate_key(KeyId=made["KeyId"], ReplicaRegion="us-east-1")
    there = made["Arn"].replace(REGION, "us-east-1")
    keys, _ = resolved(made["Arn"], there)
    assert (keys[made["Arn"]].replicas, keys[there].replicas) == (("us-east-1",), (REGION,))
    copies = assess_key(keys[made["Arn"]], shipped(), Statements(), date(2026, 11, 25)).replicas
    assert copies is not None and [copy.country for copy in copies] == ["US"]


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"MultiRegion": False}, ()),
        ({"MultiRegion": True, "MultiRegionConfiguration": {"PrimaryKey": {"Region": REGION}}}, ()),
        ({}, None),
        ({"MultiRegion": True}, None),
        ({"MultiRegion": True, "MultiRegionConfiguration": {"ReplicaKeys": [{"Region": REGION}]}}, None),
        (
            {"MultiRegion": True, "MultiRegionConfiguration": {"PrimaryKey": {"Region": REGION}, "ReplicaKeys": [{}]}},
            None,
        ),
    ],
)
def test_a_key_is_in_one_region_only_if_the_answer_says_so(
    metadata: dict[str, Any], expected: tuple[str, ...] | None
) -> None:
    assert other_regions(metadata, REGION) == expected


@pytest.mark.parametrize("name", ["key/11111111-2222-3333-4444-555555555555", "alias/partage"])
def test_a_key_of_another_account_keeps_the_account_and_region_its_arn_tells(aws: Aws, name: str) -> None:
    arn = f"arn:aws:kms:{REGION}:{STRANGER}:{name}"
    aws.faults({"fault": "denied", "service": "kms", "operation": "DescribeKey"})
    key = resolved(arn)[0][arn]
    assert (key.account, key.region, key.manager) == (STRANGER, REGION, None)
    assert {gap.permission for gap in key.gaps} == {"kms:DescribeKey"}
    assert custody(key) is Custody.UNKNOWN


def _policy(*statements: dict[str, Any]) -> str:
    own = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [own, *statements]})


@pytest.mark.parametrize(
    ("statement", "id_", "operator", "conditions"),
    [
        (
            {"Principal": {"AWS": f"arn:aws:iam::{VENDOR}:root"}, "Action": "kms:Decrypt"},
            f"arn:aws:iam::{VENDOR}:root",
            "new-relic",
            (),
        ),
        ({"Principal": {"AWS": STRANGER}, "Action": "kms:De*"}, STRANGER, "", ()),
        (
            {"Principal": "*", "Action": "kms:*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
            "*",
            "",
            ("aws:PrincipalOrgID",),
        ),
    ],
)
def test_who_outside_the_account_may_decrypt_by_policy(
    aws: Aws, statement: dict[str, Any], id_: str, operator: str, conditions: tuple[str, ...]
) -> None:
    policy = _policy({"Effect": "Allow", "Resource": "*", **statement})
    arn = aws.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    assessed = assess_key(resolved(arn)[0][arn], shipped(), Statements(), date(2026, 11, 25))
    (outside,) = [one for one in assessed.decrypt_principals or () if one.external]
    assert (outside.id, outside.operator, outside.conditions, outside.via) == (id_, operator, conditions, "policy")


def test_who_outside_the_account_may_decrypt_by_grant(aws: Aws) -> None:
    kms = aws.client("kms")
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_grant(
        KeyId=arn, GranteePrincipal=f"arn:aws:iam::{VENDOR}:role/agent", Operations=["Decrypt", "DescribeKey"]
    )
    assessed = assess_key(resolved(arn)[0][arn], shipped(), Statements(), date(2026, 11, 25))
    (outside,) = [one for one in assessed.decrypt_principals or () if one.external]
    assert (outside.via, outside.actions, outside.operator) == ("grant", ("kms:Decrypt",), "new-relic")


@pytest.mark.parametrize(
    ("operation", "permission"), [("GetKeyPolicy", "kms:GetKeyPolicy"), ("ListGrants", "kms:ListGrants")]
)
def test_half_of_who_may_decrypt_is_told_beside_the_gap(aws: Aws, operation: str, permission: str) -> None:
    kms = aws.client("kms")
    policy = _policy({"Effect": "Allow", "Principal": {"AWS": STRANGER}, "Action": "kms:Decrypt", "Resource": "*"})
    arn = kms.create_key(Policy=policy)["KeyMetadata"]["Arn"]
    kms.create_grant(KeyId=arn, GranteePrincipal=f"arn:aws:iam::{VENDOR}:role/agent", Operations=["Decrypt"])
    aws.faults({"fault": "denied", "service": "kms", "operation": operation})
    key = resolved(arn)[0][arn]
    assert [(gap.fact, gap.permission) for gap in key.gaps] == [("principals", permission)]
    assert sum(one.external for one in key.principals or ()) == 1

"""What every seed is given, and what it gives back."""

import json
from collections.abc import Callable
from functools import cached_property
from typing import Any

from msgspec import Struct

from scanner.model import EncryptionState, KeyOwner
from tests.fixtures.aws import ACCOUNT, REGION, Aws

TAGS = {"data-classification": "sante", "équipe": "Données"}
"""Two tags, one of them not ASCII."""

ROLE = f"arn:aws:iam::{ACCOUNT}:role/lexloci"


class Expected(Struct, frozen=True, kw_only=True):
    """What a scan must say of the one resource that was made. What is None is not asked."""

    id: str
    """ARN, as AWS gave it or as its documentation writes it."""
    region: str = REGION
    name: str | None = None
    state: EncryptionState | None = None
    owner: KeyOwner | None = None
    keys: tuple[str, ...] | None = None
    other_keys: dict[str, str] | None = None
    tags: dict[str, str] | None = None
    copies: frozenset[tuple[str, str]] | None = None
    """Kind and target of every copy."""
    egress: frozenset[str] | None = None
    zone: str | None = None
    days: int | None = None
    """How long AWS keeps the data."""


def with_key(key: str, **more: Any) -> dict[str, Any]:
    """Encrypted with a key that the resource names."""
    return {"state": EncryptionState.ENCRYPTED, "owner": KeyOwner.REFERENCED, "keys": (key,), **more}


def shared(**more: Any) -> dict[str, Any]:
    """Encrypted with a key of AWS's own fleet."""
    return {"state": EncryptionState.ENCRYPTED, "owner": KeyOwner.PROVIDER_SHARED, "keys": (), **more}


def managed(**more: Any) -> dict[str, Any]:
    """Encrypted with the key that AWS keeps in the account."""
    return {"state": EncryptionState.ENCRYPTED, "owner": KeyOwner.PROVIDER_MANAGED, "keys": (), **more}


def plain(**more: Any) -> dict[str, Any]:
    return {"state": EncryptionState.PLAIN, "owner": KeyOwner.NOBODY, "keys": (), **more}


def nothing(**more: Any) -> dict[str, Any]:
    """Keeps nothing at rest."""
    return {"state": EncryptionState.NOT_APPLICABLE, **more}


def inherited(**more: Any) -> dict[str, Any]:
    """As the store it points to."""
    return {"state": EncryptionState.INHERITED, **more}


class Make:
    """The account to fill: clients, a key, a network, and tags in each spelling of AWS's."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws

    def __getattr__(self, service: str) -> Any:
        """A client by its name, `_` for `-`, in the region of the tests."""
        return self.aws.client(service.rstrip("_").replace("_", "-"))

    def client(self, service: str, region: str = REGION) -> Any:
        return self.aws.client(service, region)

    def at(self, service: str, resource: str, *, region: str = REGION, account: str = ACCOUNT) -> str:
        """An ARN of this account."""
        return f"arn:aws:{service}:{region}:{account}:{resource}"

    @cached_property
    def key(self) -> str:
        return str(self.aws.client("kms").create_key(Description="of the tests")["KeyMetadata"]["Arn"])

    @cached_property
    def key_id(self) -> str:
        return self.key.rpartition("/")[2]

    @cached_property
    def vpc(self) -> str:
        return str(self.aws.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])

    @cached_property
    def subnets(self) -> list[str]:
        ec2 = self.aws.client("ec2")
        return [
            ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"][
                "SubnetId"
            ]
            for n, zone in enumerate("ab")
        ]

    @cached_property
    def role(self) -> str:
        who = {"Service": "codepipeline.amazonaws.com"}
        trust = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole"}],
        }
        iam = self.aws.client("iam")
        return str(iam.create_role(RoleName="lexloci", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"])

    @property
    def pairs(self) -> list[dict[str, str]]:
        return [{"Key": key, "Value": value} for key, value in TAGS.items()]

    @property
    def small_pairs(self) -> list[dict[str, str]]:
        return [{"key": key, "value": value} for key, value in TAGS.items()]

    def bucket(self, name: str, region: str = REGION) -> str:
        client = self.aws.client("s3", region)
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        client.create_bucket(Bucket=name, **where)
        return f"arn:aws:s3:::{name}"


SEEDS: dict[str, Callable[[Make], Expected]] = {}
"""By type of the catalog."""


def seed(type_: str) -> Callable[[Callable[[Make], Expected]], Callable[[Make], Expected]]:
    """Register a function that makes one resource of a type."""

    def register(make: Callable[[Make], Expected]) -> Callable[[Make], Expected]:
        assert type_ not in SEEDS, type_
        SEEDS[type_] = make
        return make

    return register

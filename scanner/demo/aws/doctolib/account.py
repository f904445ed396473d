"""Clients for building the fictional account, and the keys that its parts share."""

import json
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config

from scanner.demo.aws.process import SimulatedAws

PARIS = "eu-west-3"
FRANKFURT = "eu-central-1"
IRELAND = "eu-west-1"
VIRGINIA = "us-east-1"
REGIONS = (PARIS, FRANKFURT, IRELAND, VIRGINIA)
ACCOUNT = "111122223333"

HEALTH = {"data-classification": "sante", "hds": "oui"}
"""Tags of what the platform's own people call health data."""


@dataclass
class Account:
    """One account being built. `keys` holds key ARNs by the name the other parts know them under."""

    aws: SimulatedAws
    keys: dict[str, str] = field(default_factory=dict)
    _session: Any = field(default_factory=boto3.Session)
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    def client(self, service: str, region: str) -> Any:
        """A boto3 client; one for each service and region."""
        if (service, region) not in self._clients:
            self._clients[service, region] = self._session.client(
                service,
                region_name=region,
                endpoint_url=self.aws.endpoint,
                aws_access_key_id=ACCOUNT,
                aws_secret_access_key="simulated",
                config=Config(retries={"total_max_attempts": 1}, inject_host_prefix=False, read_timeout=60),
            )
        return self._clients[service, region]

    def bucket(self, region: str, name: str, key: str = "", tags: dict[str, str] | None = None) -> None:
        """A bucket whose default encryption uses `key`; without one it stays with what S3 does by itself."""
        s3 = self.client("s3", region)
        place = {} if region == VIRGINIA else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=name, **place)
        if key:
            default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": self.keys[key]}
            rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}
            s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
        if tags:
            s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": pairs(tags)})

    def table(self, region: str, name: str, key: str, tags: dict[str, str] | None = None) -> None:
        """A DynamoDB table encrypted with `key`."""
        self.client("dynamodb", region).create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": self.keys[key]},
            Tags=pairs(tags or {}),
        )

    def database(self, region: str, name: str, key: str, tags: dict[str, str], kept_days: int) -> None:
        """A PostgreSQL database encrypted with `key`, with automated backups kept for some days."""
        self.client("rds", region).create_db_instance(
            DBInstanceIdentifier=name,
            Engine="postgres",
            DBInstanceClass="db.r6g.large",
            AllocatedStorage=100,
            MasterUsername="platform",
            MasterUserPassword="invented-for-this-demo",
            StorageEncrypted=True,
            KmsKeyId=self.keys[key],
            BackupRetentionPeriod=kept_days,
            Tags=pairs(tags),
        )

    def log_group(
        self, region: str, name: str, days: int | None, key: str = "", tags: dict[str, str] | None = None
    ) -> None:
        """A log group; `days` None keeps its events for ever."""
        logs = self.client("logs", region)
        logs.create_log_group(logGroupName=name, tags=tags or {}, **({"kmsKeyId": self.keys[key]} if key else {}))
        if days is not None:
            logs.put_retention_policy(logGroupName=name, retentionInDays=days)

    def key(self, region: str, name: str, **how: Any) -> str:
        """A KMS key with the alias `alias/NAME`; its ARN, which `keys` then knows as `name`."""
        kms = self.client("kms", region)
        made = kms.create_key(Description=name, **how)["KeyMetadata"]
        kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=made["KeyId"])
        self.keys[name] = made["Arn"]
        return str(made["Arn"])


def pairs(tags: dict[str, str]) -> list[dict[str, str]]:
    """Tags as most services write them."""
    return [{"Key": name, "Value": value} for name, value in tags.items()]


def policy(*statements: dict[str, Any]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})

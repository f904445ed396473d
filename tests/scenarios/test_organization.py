"""`lexloci scan aws --organization`, as installed: every account is in the document, with what became of it."""

import json
import signal
from pathlib import Path

from tests.fixtures.aws import ACCOUNT, REGION, Aws
from tests.fixtures.organization import Organization, topics
from tests.scenarios.night import Night, body
from tests.scenarios.test_installed_command import run


def test_an_organisation_is_told_account_by_account(aws: Aws, tmp_path: Path) -> None:
    organization = Organization(aws)
    unit = organization.unit("Prod", organization.unit("Health"))
    member, closed = organization.member("rdv", unit), organization.member("archive")
    organization.topic(member, "rappels")
    organization.topic(ACCOUNT, "billing")
    organization.client.close_account(AccountId=closed)
    aws.freeze()
    night = Night(aws, tmp_path)
    command = night.scan("--organization", "--types", "sns.topic", "--format", "json")
    command[command.index("--services") : command.index("--services") + 2] = []
    done = night.run(command)
    found = json.loads(done.stdout)
    assert topics(found) == {
        "rappels": (member, "rdv", "Root/Health/Prod"),
        "billing": (ACCOUNT, "master", "Root"),
    }
    named = {
        (finding["account"], finding["account_name"], finding["account_path"])
        for finding in found["findings"]
        if finding["resource"].endswith(("rappels", "billing"))
    }
    assert named == {(member, "rdv", "Root/Health/Prod"), (ACCOUNT, "master", "Root")}
    (row,) = [row for row in found["coverage"] if row["account"] == closed]
    assert (row["state"], row["region"]) == ("skipped", "")
    assert "may still hold data" in row["reason"]
    assert not found["scan"]["complete"]
    assert done.returncode in (1, 3)
    assert {REGION, "us-east-1"} == {unit["region"] for unit in found["coverage"] if unit["service"] == "sns"}


def test_keys_of_an_account_that_is_shut_are_asked_for_again_after_a_kill(aws: Aws, tmp_path: Path) -> None:
    """Of the account's own key and one of another's, the scan dies with the first in the journal and the second not."""
    shut = Organization(aws).member("shut")
    sqs = aws.client("sqs")
    for name, owner in (("own", ACCOUNT), ("theirs", shut)):
        key = aws.client("kms", account=owner).create_key()["KeyMetadata"]["Arn"]
        sqs.create_queue(QueueName=name, Attributes={"KmsMasterKeyId": key})
    aws.freeze()
    aws.faults({"fault": "denied", "service": "sts", "operation": "AssumeRole"})
    night = Night(aws, tmp_path)
    command = night.scan("--accounts", f"{ACCOUNT},{shut}", "--format", "json", "--workers", "1", "--journal", "j")
    command[command.index("--services") + 1] = "sqs"
    whole = json.loads(night.run([*command[:-1], "whole"]).stdout)
    assert len(whole["keys"]) == 2
    kms = {"fault": "slow", "seconds": 0.3, "service": "kms"}
    aws.faults({"fault": "denied", "service": "sts", "operation": "AssumeRole"}, kms)
    code, *_ = night.cut(command, 2, operation="ListAliases")
    assert code == -signal.SIGKILL
    assert body(json.loads(night.run([*command, "--resume"]).stdout)) == body(whole)


STRANGER = "999988887777"


def test_who_may_decrypt_from_another_account_of_the_organisation_is_the_customer(aws: Aws, tmp_path: Path) -> None:
    """One key lets a member in, one an account that is in no scan: the member is known, the other is not."""
    organization = Organization(aws)
    member = organization.member("sauvegarde")
    kms, s3 = aws.client("kms"), aws.client("s3")
    for name, account in (("dossiers-membre", member), ("dossiers-autre", STRANGER)):
        statements = [
            {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{one}:root"}, "Action": actions, "Resource": "*"}
            for one, actions in ((ACCOUNT, "kms:*"), (account, "kms:Decrypt"))
        ]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        key = kms.create_key(Policy=policy)["KeyMetadata"]["Arn"]
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "data-classification", "Value": "sante"}]})
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    aws.freeze()
    statuses = {}
    for scope in ("alone", "--organization"):
        more = () if scope == "alone" else (scope,)
        done = run(aws, "--services", "s3", "--format", "json", *more, XDG_STATE_HOME=str(tmp_path))
        found = json.loads(done.stdout)
        told = {f["resource"]: f["status"] for f in found["findings"] if f["control"] == "CORE-24"}
        statuses[scope] = [told[f"arn:aws:s3:::{name}"] for name in ("dossiers-membre", "dossiers-autre")]
    assert statuses == {"alone": ["unknown", "unknown"], "--organization": ["pass", "unknown"]}
    outside = {
        p["account"]: p.get("operator") for k in found["keys"] for p in k["decrypt_principals"] if p.get("external")
    }
    assert outside == {member: "customer", STRANGER: None}

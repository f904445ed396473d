"""What CORE-24 makes of key policies and grants that are odd, cut, conditional or hostile: never a pass by accident."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.aws import ACCOUNT, REGION, Aws
from tests.scenarios.test_sampling import bucket, scanned

STRANGER = "210987654321"
VENDOR = "754728514883"
"""New Relic's, with its parent in the United States."""
OWN = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}


def document(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [OWN, *statements]})


def allow(principal: Any, action: Any = "kms:Decrypt", **more: Any) -> dict[str, Any]:
    named = {} if principal is None else {"Principal": principal}
    return {"Effect": "Allow", **named, "Action": action, "Resource": "*", **more}


def without(statement: dict[str, Any], *members: str, **more: Any) -> dict[str, Any]:
    return {**{name: value for name, value in statement.items() if name not in members}, **more}


TWICE = document().replace('"Statement"', f'"Statement": [{json.dumps(allow("*"))}], "Statement"')
ORGANISATION = {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}
VIA = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}


def called_from(accounts: Any, operator: str = "StringEquals", name: str = "kms:CallerAccount") -> dict[str, Any]:
    """Everyone, through S3, whose account the condition finds among `accounts`: as the console writes it."""
    condition = {"StringEquals": VIA, operator: {**(VIA if operator == "StringEquals" else {}), name: accounts}}
    return allow("*", Condition=condition)


POLICIES: dict[str, tuple[str, str, str]] = {
    "own": (document(), "pass", "all_conditions_hold"),
    "own-role": (document(allow({"AWS": f"arn:aws:iam::{ACCOUNT}:role/x"})), "pass", "all_conditions_hold"),
    "own-service": (document(allow({"Service": "logs.eu-west-3.amazonaws.com"})), "pass", "all_conditions_hold"),
    "stranger-encrypts": (document(allow({"AWS": STRANGER}, "kms:Encrypt")), "pass", "all_conditions_hold"),
    "stranger": (document(allow({"AWS": STRANGER})), "unknown", "not-for-a-company-of-another-country"),
    "vendor": (document(allow({"AWS": VENDOR})), "fail", "decrypted_from_another_country"),
    "anyone": (document(allow("*")), "fail", "anyone_may_decrypt"),
    "anyone-in-a-list": (document(allow({"AWS": ["*"]})), "fail", "anyone_may_decrypt"),
    "empty-condition": (document(allow("*", Condition={})), "fail", "anyone_may_decrypt"),
    "organisation": (document(allow("*", Condition=ORGANISATION)), "unknown", "conditions_not_decided"),
    "via-service": (document(allow("*", Condition={"StringEquals": VIA})), "unknown", "conditions_not_decided"),
    "called-from-here": (document(called_from(ACCOUNT)), "pass", "all_conditions_hold"),
    "called-from-here-in-a-list": (document(called_from([ACCOUNT])), "pass", "all_conditions_hold"),
    "principal-from-here": (
        document(called_from(ACCOUNT, name="AWS:principalAccount")),
        "pass",
        "all_conditions_hold",
    ),
    "called-from-there": (document(called_from(STRANGER)), "unknown", "conditions_not_decided"),
    "called-from-here-and-there": (document(called_from([ACCOUNT, STRANGER])), "unknown", "conditions_not_decided"),
    "called-from-nobody": (document(called_from([])), "unknown", "conditions_not_decided"),
    "called-from-elsewhere": (
        document(called_from(ACCOUNT, "StringNotEquals")),
        "unknown",
        "conditions_not_decided",
    ),
    "called-from-here-if-said": (
        document(called_from(ACCOUNT, "StringEqualsIfExists")),
        "unknown",
        "conditions_not_decided",
    ),
    "called-from-here-beside-another": (document(called_from(ACCOUNT), allow("*")), "fail", "anyone_may_decrypt"),
    "every-service": (document(allow({"Service": "*"})), "unknown", "conditions_not_decided"),
    "denied-again": (document(allow("*"), without(OWN, Effect="Deny")), "unknown", "conditions_not_decided"),
    "not-principal": (
        document(without(allow(None), NotPrincipal={"AWS": STRANGER})),
        "unknown",
        "conditions_not_decided",
    ),
    "not-action": (
        document(without(allow("*"), "Action", NotAction="kms:Encrypt")),
        "fail",
        "anyone_may_decrypt",
    ),
    "other-partition": (
        document(allow({"AWS": f"arn:aws-cn:iam::{ACCOUNT}:root"})),
        "unknown",
        "not-for-a-company-of-another-country",
    ),
    "canonical-user": (
        document(allow({"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"})),
        "unknown",
        "not-for-a-company-of-another-country",
    ),
    "deleted-user": (
        document(allow({"AWS": "AIDAJQABLZS4A3QDU576Q"})),
        "pass",
        "all_conditions_hold",
    ),
    "cut": (document(allow("*"))[:-9], "unknown", "not-for-everyone"),
    "not-json": ("<html>", "unknown", "not-for-everyone"),
    "empty": ("{}", "unknown", "not-for-everyone"),
    "list-of-texts": (document("x"), "unknown", "not-for-everyone"),
    "effect-misspelt": (document(allow("*", Effect="allow")), "unknown", "not-for-everyone"),
    "no-action": (document(without(allow("*"), "Action")), "unknown", "not-for-everyone"),
    "action-no-text": (document(allow("*", {"kms": "Decrypt"})), "unknown", "not-for-everyone"),
    "no-principal": (document(allow(None)), "unknown", "not-for-everyone"),
    "principal-no-text": (document(allow({"AWS": {"a": STRANGER}})), "unknown", "not-for-everyone"),
    "said-twice": (TWICE, "unknown", "not-for-everyone"),
}


def key_with(aws: Aws, policy: str) -> str:
    """A key, and the text that is answered for its policy: the simulation itself would take none of the broken ones."""
    arn = str(aws.client("kms").create_key()["KeyMetadata"]["Arn"])
    aws.given("kms", "GetKeyPolicy", {"Policy": policy}, when={"KeyId": arn, "PolicyName": "default"})
    return arn


def store(aws: Aws, name: str, key: str) -> None:
    """A bucket under a key, with signs of health data of two kinds."""
    bucket(aws, name)
    s3 = aws.client("s3")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "domaine", "Value": "sante"}]})


def verdicts(found: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {
        one["resource"].removeprefix("arn:aws:s3:::patients-"): (one["status"], one["reason"])
        for one in found["findings"]
        if one["control"] == "CORE-24" and one["resource"].startswith("arn:aws:s3:::patients-")
    }


def test_no_policy_passes_by_what_could_not_be_read_in_it(aws: Aws, tmp_path: Path) -> None:
    for name, (policy, _, _) in POLICIES.items():
        store(aws, f"patients-{name}", key_with(aws, policy))
    code, found = scanned(aws, tmp_path)
    assert code == 1
    assert verdicts(found) == {name: (status, reason) for name, (_, status, reason) in POLICIES.items()}


def grant(principal: str = f"arn:aws:iam::{ACCOUNT}:role/r", **more: Any) -> dict[str, Any]:
    return {"GrantId": "g", "GranteePrincipal": principal, "Operations": ["Decrypt"], **more}


FIRST = {"Grants": [grant()], "Truncated": True, "NextMarker": "2"}
PAGES: dict[str, tuple[list[dict[str, Any]], str, str]] = {
    "both": ([FIRST, {"Grants": [grant()], "Truncated": False}], "pass", "all_conditions_hold"),
    "vendor": ([FIRST, {"Grants": [grant(VENDOR)]}], "fail", "decrypted_from_another_country"),
    "denied": ([FIRST], "unknown", "not-for-everyone"),
    "without-token": ([{"Grants": [grant()], "Truncated": True}], "unknown", "not-for-everyone"),
    "without-grantee": ([{"Grants": [without(grant(), "GranteePrincipal")]}], "unknown", "not-for-everyone"),
    "without-operations": ([{"Grants": [without(grant(VENDOR), "Operations")]}], "unknown", "not-for-everyone"),
    "constrained": (
        [{"Grants": [grant(VENDOR, Constraints={"EncryptionContextEquals": {"a": "b"}})]}],
        "unknown",
        "conditions_not_decided",
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_grants_that_are_not_all_there_are_not_all_grants(aws: Aws, tmp_path: Path, name: str) -> None:
    pages, status, reason = PAGES[name]
    key = key_with(aws, document())
    for index, page in reversed(list(enumerate(pages, 1))):
        when = {"KeyId": key, **({"Marker": str(index)} if index > 1 else {})}
        aws.given("kms", "ListGrants", page, when=when)
    if name == "denied":
        aws.faults({"fault": "denied", "operation": "ListGrants", "after": 1})
    store(aws, f"patients-{name}", key)
    assert verdicts(scanned(aws, tmp_path)[1]) == {name: (status, reason)}


@pytest.mark.parametrize("state", ["Disabled", "PendingDeletion"])
def test_a_key_that_is_out_of_use_is_judged_like_any_other(aws: Aws, tmp_path: Path, state: str) -> None:
    kms = aws.client("kms")
    key = key_with(aws, document(allow({"AWS": VENDOR})))
    store(aws, "patients-ended", key)
    if state == "Disabled":
        kms.disable_key(KeyId=key.rpartition("/")[2])
    else:
        kms.schedule_key_deletion(KeyId=key.rpartition("/")[2], PendingWindowInDays=7)
    _, found = scanned(aws, tmp_path)
    assert [one["state"] for one in found["keys"]] == [state]
    assert verdicts(found) == {"ended": ("fail", "decrypted_from_another_country")}

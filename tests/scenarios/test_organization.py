"""`lexloci scan aws --organization`, as installed: every account is in the document, with what became of it."""

import json
from pathlib import Path

from tests.fixtures.aws import ACCOUNT, REGION, Aws
from tests.fixtures.organization import Organization, topics
from tests.scenarios.night import Night


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

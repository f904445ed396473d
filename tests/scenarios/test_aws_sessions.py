"""Sessions that end while a scan is under way: renewed in time, refused in the middle, or not renewed any more.

The simulated AWS looks at the end of every session, so whoever signs with one that is over is refused.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.aws import ACCOUNT, REGION, Aws
from tests.fixtures.organization import Organization
from tests.scenarios.night import Night
from tests.scenarios.test_aws_sign_in import KEYS, ROLE, scan

LIFE = 2.0
"""Seconds that each session lasts: enough for one request of a busy machine, and less than a slowed scan takes."""
PROCESS = """
import datetime, json, pathlib, sys, time
log = pathlib.Path({log!r})
given = log.read_text().splitlines() if log.exists() else []
if len(given) >= {times}:
    sys.exit("signed out, and s3cr3t-CANARY is not told")
until = time.time() + {life}
log.write_text("\\n".join([*given, str(until)]))
end = datetime.datetime.fromtimestamp(until, datetime.UTC).isoformat()
answer = dict(Version=1, AccessKeyId={account!r}, SecretAccessKey="simulated", Expiration=end)
print(json.dumps(answer | dict(SessionToken=f"session-until-{{until:.3f}}")))
"""


class Base:
    """A profile whose credentials come from a program, last `LIFE` seconds, and are given so many times."""

    def __init__(self, folder: Path, times: int = 10_000, life: float = LIFE) -> None:
        self.log = folder / "given.log"
        program = folder / "sign-in.py"
        program.write_text(PROCESS.format(log=str(self.log), times=times, life=life, account=ACCOUNT))
        config = folder / "aws-config"
        config.write_text(f"[profile night]\ncredential_process = {sys.executable} {program}\n")
        self.environment = {"AWS_CONFIG_FILE": str(config), "AWS_PROFILE": "night"}

    @property
    def given(self) -> int:
        return len(self.log.read_text().splitlines())


class Signed(Night):
    """Scans of an organisation, signed in by a program and by no key of the environment."""

    def __init__(self, aws: Aws, folder: Path, base: Base) -> None:
        super().__init__(aws, folder)
        self._base = base

    @property
    def environment(self) -> dict[str, str]:
        found = {**super().environment, **self._base.environment}
        return {name: value for name, value in found.items() if not name.startswith(("AWS_ACCESS", "AWS_SECRET"))}

    def found(self, *arguments: str) -> dict[str, Any]:
        words = ["scan", "aws", "--organization", "--regions", REGION, "--services", "sns,sqs", "--format", "json"]
        done = self.run([self.scan()[0], *words, "-q", "--journal", "j", *arguments])
        assert done.returncode in (0, 1, 3), done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        return document


@pytest.fixture
def members(aws: Aws) -> list[str]:
    organization = Organization(aws)
    members = [organization.member(name) for name in ("rdv", "labo", "imagerie")]
    for member in members:
        organization.topic(member, "rappels")
        aws.client("sqs", account=member).create_queue(QueueName="file")
    aws.freeze()
    return members


def refusals(aws: Aws) -> list[str]:
    return [line["operation"] for line in aws.log() if line["by"] == "sessions"]


def rows(document: dict[str, Any], account: str) -> list[dict[str, Any]]:
    return [row for row in document["coverage"] if row["account"] == account and row["state"] != "complete"]


def test_sessions_of_the_base_and_of_members_are_renewed_before_they_are_refused(
    aws: Aws, tmp_path: Path, members: list[str]
) -> None:
    """The scan lasts longer than any of them: nothing is signed with an old one, and nothing is missing."""
    aws.process.session(LIFE)
    aws.faults({"fault": "slow", "service": "s[nq]s", "seconds": 0.3})
    base = Base(tmp_path)
    document = Signed(aws, tmp_path, base).found("--workers", "1")
    assert document["scan"]["complete"]
    assert {(r["account"], r["type"]) for r in document["resources"]} == {
        (member, type_) for member in members for type_ in ("sns.topic", "sqs.queue")
    }
    assert refusals(aws) == []
    assert base.given > 3
    assert sum(line["operation"] == "AssumeRole" for line in aws.log()) > 2 * len(members)


def test_a_session_that_ends_while_its_request_is_under_way_is_renewed_and_the_request_sent_again(
    aws: Aws, tmp_path: Path, members: list[str]
) -> None:
    """The request hangs for longer than its session lasts, and is refused then."""
    aws.process.session(LIFE)
    aws.faults({"fault": "slow", "service": "sns", "operation": "ListTopics", "seconds": 1.5 * LIFE, "times": 1})
    document = Signed(aws, tmp_path, Base(tmp_path)).found("--workers", "1")
    assert "ListTopics" in refusals(aws)
    assert document["scan"]["complete"]
    assert len([r for r in document["resources"] if r["type"] == "sns.topic"]) == len(members)


def test_a_session_that_is_refused_again_and_again_is_a_row_and_asked_twice_only(
    aws: Aws, tmp_path: Path, members: list[str]
) -> None:
    aws.process.session(LIFE)
    aws.faults({"fault": "slow", "service": "sns", "operation": "ListTopics", "seconds": 1.2 * LIFE})
    document = Signed(aws, tmp_path, Base(tmp_path)).found()
    asked = [line["account"] for line in aws.log() if line["operation"] == "ListTopics"]
    assert sorted(asked) == sorted([*members, ACCOUNT] * 2)
    for member in members:
        assert {row["reason"].split(":")[0] for row in rows(document, member)} == {"expired"}
        assert {row["service"] for row in rows(document, member)} == {"sns"}
    assert not document["scan"]["complete"]
    assert document["summary"]["verdict"] in ("violations", "not_established")


def test_a_base_that_is_signed_out_costs_what_it_can_no_longer_renew(
    aws: Aws, tmp_path: Path, members: list[str]
) -> None:
    aws.process.session(LIFE)
    aws.faults({"fault": "slow", "service": "s[nq]s", "seconds": 0.3})
    document = Signed(aws, tmp_path, Base(tmp_path, times=8)).found("--workers", "1")
    assert not document["scan"]["complete"]
    lost = [row for row in document["coverage"] if row["reason"].startswith("expired: no usable credentials")]
    assert lost
    assert {(row["state"], row["permission"]) for row in lost} <= {("failed", ""), ("partial", "")}
    assert document["summary"]["verdict"] in ("violations", "not_established")


def test_a_renewal_that_is_denied_names_the_permission_of_the_renewal(
    aws: Aws, tmp_path: Path, members: list[str]
) -> None:
    """And not that of the call in the middle of which the session had to be renewed."""
    aws.process.session(LIFE)
    aws.faults({"fault": "denied", "service": "sts", "operation": "AssumeRole", "after": 12})
    document = Signed(aws, tmp_path, Base(tmp_path)).found("--workers", "1")
    denied = [row for row in document["coverage"] if row["state"] == "denied"]
    assert denied
    assert {row["permission"] for row in denied} == {"sts:AssumeRole"}
    assert all("signing in: AccessDenied" in row["reason"] for row in denied)
    assert not document["scan"]["complete"]


def test_a_web_identity_is_renewed_with_its_token_before_it_is_refused(aws: Aws, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("header.claims.signature")
    aws.process.session(LIFE)
    aws.faults({"fault": "slow", "service": "sqs", "seconds": 0.8})
    signed = {"AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token")}
    regions = f"{REGION},eu-central-1,us-east-1"
    done = scan(aws, tmp_path, "--regions", regions, "--workers", "1", without=KEYS, **signed)
    assert json.loads(done.stdout)["scan"]["complete"]
    assert refusals(aws) == []
    assert sum(line["operation"] == "AssumeRoleWithWebIdentity" for line in aws.log()) > 2

"""Ways to sign in to AWS and to say where: those of the SDK's users, through the installed command and over HTTP."""

import hashlib
import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from botocore.session import Session

from scanner.providers.aws.call import Clients
from scanner.providers.contract import Limits
from tests.cli.command import LEXLOCI
from tests.fixtures.aws import ACCOUNT, REGION, Aws
from tests.fixtures.organization import Organization
from tests.fixtures.tls import recording_proxy

OTHER = "111122223333"
ROLE = f"arn:aws:iam::{OTHER}:role/lecture"


@contextmanager
def open_pipe() -> Iterator[int]:
    """The reading end of a pipe into which nobody writes, and which does not end."""
    reading, writing = os.pipe()
    try:
        yield reading
    finally:
        os.close(reading)
        os.close(writing)


def scan(
    aws: Aws,
    folder: Path,
    *arguments: str,
    without: tuple[str, ...] = (),
    stdin: int = subprocess.DEVNULL,
    timeout: int = 100,
    **more: str,
) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LEXLOCI_"))}
    environment = {**kept, **aws.process.environment(), **more, "XDG_STATE_HOME": str(folder)}
    return subprocess.run(
        [LEXLOCI, "scan", "aws", "--types", "sqs.queue", "-q", "--format", "json", *arguments],
        env={name: value for name, value in environment.items() if name not in without},
        capture_output=True,
        text=True,
        stdin=stdin,
        timeout=timeout,
        check=False,
    )


def scope(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.stdout, done.stderr
    return dict(json.loads(done.stdout)["scan"]["scope"])


KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


def test_a_profile_of_the_shared_files_is_who_signs(aws: Aws, tmp_path: Path) -> None:
    shared = tmp_path / "credentials"
    shared.write_text(f"[soins]\naws_access_key_id = {OTHER}\naws_secret_access_key = simulated\n")
    more = {"AWS_SHARED_CREDENTIALS_FILE": str(shared)}
    done = scan(aws, tmp_path, "--profile", "soins", "--regions", REGION, without=KEYS, **more)
    assert scope(done)["accounts"] == [OTHER]
    done = scan(aws, tmp_path, "--profile", "autre", "--regions", REGION, without=KEYS, **more)
    assert (done.returncode, done.stdout) == (2, "")
    assert "autre" in done.stderr


def test_a_role_is_assumed_and_its_account_is_the_one_scanned(aws: Aws, tmp_path: Path) -> None:
    done = scan(aws, tmp_path, "--role-arn", ROLE, "--regions", REGION)
    assert scope(done)["accounts"] == [OTHER]
    assert "sts:AssumeRole" in aws.asked()


STRANGER = "444455556666"
BY_ROLE, BY_ACCOUNTS = ("--role-arn", ROLE), ("--accounts", OTHER, "--role-name", "lecture")


@pytest.mark.parametrize(
    ("way", "said", "account"),
    [
        (BY_ROLE, "convenu", OTHER),
        (BY_ROLE, "autre", STRANGER),
        (BY_ROLE, "", STRANGER),
        (BY_ACCOUNTS, "convenu", OTHER),
        # Whoever is named by number and turns out to be another is not scanned.
        (BY_ACCOUNTS, "autre", None),
        (BY_ACCOUNTS, "", None),
    ],
)
def test_the_external_id_is_the_one_that_was_said(
    aws: Aws, tmp_path: Path, way: tuple[str, ...], said: str, account: str | None
) -> None:
    """The simulation leads into the account whoever sends what was agreed upon, and others to a stranger's."""
    for leads, when in ((OTHER, {"ExternalId": "convenu"}), (STRANGER, {})):
        key = {"AccessKeyId": leads, "SecretAccessKey": "simulated", "SessionToken": "t"}
        answer = {"Credentials": {**key, "Expiration": "2099-01-01T00:00:00Z"}}
        aws.given("sts", "AssumeRole", answer, when={"RoleArn": ROLE, **when})
        aws.client("sqs", account=leads).create_queue(QueueName=f"rappels-{leads}")
    done = scan(aws, tmp_path, *way, *(("--external-id", said) if said else ()), "--regions", REGION)
    names = {one["name"] for one in json.loads(done.stdout)["resources"]}
    assert names == ({f"rappels-{account}"} if account else set())
    assert account or done.returncode == 3


def test_a_token_of_a_web_identity_is_enough(aws: Aws, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("header.claims.signature")
    more = {"AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token")}
    done = scan(aws, tmp_path, "--regions", REGION, without=KEYS, **more)
    assert scope(done)["accounts"] == [OTHER]
    assert "sts:AssumeRoleWithWebIdentity" in aws.asked()


@contextmanager
def answering(paths: Mapping[tuple[str, str], tuple[str, str]], times: int = 10_000) -> Iterator[tuple[str, list[str]]]:
    """A server that knows these requests (method and path: type and body) and nothing else; what it was asked. After
    so many `times` it knows nobody any more."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            path = self.path.partition("?")[0]
            asked.append(f"{self.command} {path}")
            kind, body = paths.get((self.command, path), ("", ""))
            signed_out = len(asked) > times
            self.send_response(401 if signed_out else 200 if kind else 404)
            self.send_header("Content-Type", kind or "text/plain")
            if signed_out:
                self.send_header("x-amzn-ErrorType", "UnauthorizedException")
                kind, body = "application/json", json.dumps({"message": "Session token not found or invalid"})
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_PUT = _answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()


def test_an_instance_has_the_credentials_of_its_role(aws: Aws, tmp_path: Path) -> None:
    role = "/latest/meta-data/iam/security-credentials/"
    given = {"AccessKeyId": OTHER, "SecretAccessKey": "simulated", "Token": "t", "Expiration": "2099-01-01T00:00:00Z"}
    paths = {
        ("PUT", "/latest/api/token"): ("text/plain", "session"),
        ("GET", role): ("text/plain", "lecture"),
        ("GET", f"{role}lecture"): ("application/json", json.dumps({"Code": "Success", "Type": "AWS-HMAC", **given})),
    }
    with answering(paths) as (address, asked):
        more = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": address, "AWS_EC2_METADATA_DISABLED": "false"}
        done = scan(aws, tmp_path, "--regions", REGION, without=KEYS, **more)
    assert scope(done)["accounts"] == [OTHER]
    # The token of a session first: the older way, which any page could be made to ask, is not taken.
    assert asked[0] == "PUT /latest/api/token"


def signed_in_with_sso(folder: Path) -> dict[str, str]:
    """The files that `aws sso login` leaves behind, and the variables that lead to them."""
    start = "https://soins.awsapps.com/start"
    (folder / "config").write_text(
        f"[profile soins]\nsso_session = soins\nsso_account_id = {OTHER}\nsso_role_name = lecture\n"
        f"[sso-session soins]\nsso_start_url = {start}\nsso_region = {REGION}\n"
    )
    cache = folder / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    token = {"startUrl": start, "region": REGION, "accessToken": "signed-in", "expiresAt": "2099-01-01T00:00:00Z"}
    (cache / f"{hashlib.sha1(b'soins', usedforsecurity=False).hexdigest()}.json").write_text(json.dumps(token))
    return {"AWS_CONFIG_FILE": str(folder / "config"), "HOME": str(folder), "AWS_PROFILE": "soins"}


def sso_answer(end: float, token: str = "t") -> dict[tuple[str, str], tuple[str, str]]:
    """The credentials of a role that last until `end` (milliseconds)."""
    given = {"accessKeyId": OTHER, "secretAccessKey": "simulated", "sessionToken": token, "expiration": end}
    return {("GET", "/federation/credentials"): ("application/json", json.dumps({"roleCredentials": given}))}


def test_whoever_signed_in_with_sso_scans_as_that_role(aws: Aws, tmp_path: Path) -> None:
    more = signed_in_with_sso(tmp_path)
    with answering(sso_answer(4_070_908_800_000)) as (address, asked):
        done = scan(aws, tmp_path, "--regions", REGION, without=KEYS, AWS_ENDPOINT_URL_SSO=address, **more)
    assert scope(done)["accounts"] == [OTHER]
    assert asked == ["GET /federation/credentials"]


def test_whoever_is_signed_out_of_sso_in_the_middle_gets_no_more_and_is_told(aws: Aws, tmp_path: Path) -> None:
    """The role's credentials are about to end at every call, and the third time Identity Center gives no new ones."""
    more = signed_in_with_sso(tmp_path)
    end = (time.time() + 120) * 1000
    with answering(sso_answer(end), times=2) as (address, asked):
        regions = f"{REGION},eu-central-1,us-east-1"
        arguments = ("--regions", regions, "--workers", "1")
        done = scan(aws, tmp_path, *arguments, without=KEYS, AWS_ENDPOINT_URL_SSO=address, **more)
    assert len(asked) > 2
    document = json.loads(done.stdout)
    lost = [row for row in document["coverage"] if row["type"] == "sqs.queue"]
    assert lost
    assert {(row["state"], row["permission"]) for row in lost} == {("failed", "")}
    assert all("expired: no usable credentials: The SSO session" in row["reason"] for row in lost)
    assert not document["scan"]["complete"]
    assert document["summary"]["verdict"] == "not_established"


@pytest.mark.parametrize("way", ["--organization", "--role-arn"])
def test_a_profile_and_a_role_go_together(aws: Aws, tmp_path: Path, way: str) -> None:
    """The SDK takes the environment out of the places to look when a profile is named."""
    shared = tmp_path / "credentials"
    shared.write_text(f"[soins]\naws_access_key_id = {ACCOUNT}\naws_secret_access_key = simulated\n")
    member = Organization(aws).member("rdv")
    arguments = [way] if way == "--organization" else [way, f"arn:aws:iam::{member}:role/lecture"]
    more = {"AWS_SHARED_CREDENTIALS_FILE": str(shared)}
    done = scan(aws, tmp_path, "--profile", "soins", "--regions", REGION, *arguments, without=KEYS, **more)
    assert set(scope(done)["accounts"]) == ({ACCOUNT, member} if way == "--organization" else {member})
    assert json.loads(done.stdout)["scan"]["complete"]


def test_a_profile_that_wants_a_code_does_not_wait_where_nobody_can_type_one(aws: Aws, tmp_path: Path) -> None:
    shared, config = tmp_path / "credentials", tmp_path / "config"
    shared.write_text(f"[base]\naws_access_key_id = {ACCOUNT}\naws_secret_access_key = simulated\n")
    device = f"arn:aws:iam::{ACCOUNT}:mfa/telephone"
    config.write_text(f"[profile soins]\nrole_arn = {ROLE}\nsource_profile = base\nmfa_serial = {device}\n")
    more = {"AWS_SHARED_CREDENTIALS_FILE": str(shared), "AWS_CONFIG_FILE": str(config)}
    with open_pipe() as silent:
        done = scan(
            aws, tmp_path, "--profile", "soins", "--regions", REGION, without=KEYS, stdin=silent, timeout=30, **more
        )
    assert (done.returncode, done.stdout) == (4, "")
    (line,) = done.stderr.splitlines()
    assert device in line and "there is no terminal to ask on" in line


def test_a_program_for_credentials_that_is_not_there_is_named(aws: Aws, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("[profile soins]\ncredential_process = /nonexistent/clef\n")
    more = {"AWS_CONFIG_FILE": str(config)}
    done = scan(aws, tmp_path, "--profile", "soins", "--regions", REGION, without=KEYS, **more)
    assert (done.returncode, done.stdout) == (4, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("lexloci: The AWS credentials cannot be loaded: ") and "/nonexistent/clef" in line


def test_without_any_credentials_nothing_is_scanned(aws: Aws, tmp_path: Path) -> None:
    done = scan(aws, tmp_path, "--regions", REGION, without=KEYS)
    assert (done.returncode, done.stdout) == (4, "")
    assert "There are no AWS credentials" in done.stderr


def test_the_regions_are_those_that_the_account_enabled(aws: Aws, tmp_path: Path) -> None:
    named = {REGION: "opt-in-not-required", "eu-south-1": "not-opted-in", "eu-central-1": "opt-in-not-required"}
    regions = [{"RegionName": name, "OptInStatus": status} for name, status in named.items()]
    aws.given("ec2", "DescribeRegions", {"Regions": regions})
    done = scan(aws, tmp_path)
    assert scope(done)["regions"] == ["eu-central-1", REGION]
    rows = json.loads(done.stdout)["coverage"]
    assert [row["state"] for row in rows if row["region"] == "eu-south-1"] == ["not_enabled"]


def test_where_the_account_may_not_be_asked_the_sdks_regions_stand_in_and_the_scan_says_so(
    aws: Aws, tmp_path: Path
) -> None:
    aws.faults({"fault": "denied", "service": "ec2", "operation": "DescribeRegions"})
    done = scan(aws, tmp_path)
    found = scope(done)
    assert set(found["regions"]) == set(Session().get_available_regions("ec2"))
    assert found["regions_basis"] == "the SDK's list, since the account did not say which are enabled"
    document = json.loads(done.stdout)
    (row,) = (row for row in document["coverage"] if row["permission"] == "ec2:DescribeRegions")
    assert (row["state"], row["region"]) == ("denied", "")
    assert not document["scan"]["complete"]


@pytest.mark.parametrize(
    ("variable", "host"),
    [
        ("AWS_USE_FIPS_ENDPOINT", "kms-fips.us-east-1.amazonaws.com"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "kms.us-east-1.api.aws"),
    ],
)
def test_fips_and_dual_stack_endpoints_are_those_of_the_sdk(
    monkeypatch: pytest.MonkeyPatch, variable: str, host: str
) -> None:
    """By the SDK's own resolver: no simulation can stand at these names."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {variable: "true", **dict.fromkeys(KEYS, ACCOUNT), "AWS_CONFIG_FILE": os.devnull}.items():
        monkeypatch.setenv(name, value)
    clients = Clients(Session(), Limits(), ())
    client = clients.open("kms", "us-east-1")
    assert client._client.meta.endpoint_url == f"https://{host}"
    client.close()
    clients.transport.close()


@pytest.mark.parametrize(
    ("variable", "host"),
    [
        ("AWS_USE_FIPS_ENDPOINT", "sts-fips.us-east-1.amazonaws.com"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "sts.us-east-1.api.aws"),
    ],
)
def test_a_scan_goes_through_the_proxy_to_the_endpoint_that_was_asked_for(
    aws: Aws, tmp_path: Path, variable: str, host: str
) -> None:
    """The proxy lets nothing through, so that the scan ends at its first question."""
    without = ("AWS_ENDPOINT_URL", "NO_PROXY", "no_proxy")
    with recording_proxy() as (url, lines):
        more = {"HTTPS_PROXY": url, "AWS_DEFAULT_REGION": "us-east-1", variable: "true"}
        done = scan(aws, tmp_path, "--regions", "us-east-1", without=without, **more)
    assert (done.returncode, done.stdout) == (4, "")
    assert "proxy" in done.stderr.lower()
    assert {line.rpartition(" ")[0] for line in lines} == {f"CONNECT {host}:443"}


DEAD = "http://127.0.0.1:9"
"""An address that answers nothing."""


@pytest.mark.parametrize("way", ["environment", "profile"])
def test_an_endpoint_of_one_service_is_for_that_service_alone(aws: Aws, tmp_path: Path, way: str) -> None:
    """As the SDK has it: AWS_ENDPOINT_URL_SQS, or `sqs` in a `services` section, before the one for all."""
    aws.client("sqs").create_queue(QueueName="rappels")
    aws.freeze()
    there = aws.process.endpoint
    shared = ("sts", "ec2", "resource_groups_tagging_api")
    words = ("--regions", REGION, "--types", "sns.topic", "--timeout", "2")
    if way == "environment":
        own = {f"AWS_ENDPOINT_URL_{service.upper()}": there for service in (*shared, "sqs")}
        done = scan(aws, tmp_path, *words, AWS_ENDPOINT_URL=DEAD, **own)
    else:
        lines = "".join(f"{service} =\n  endpoint_url = {there}\n" for service in (*shared, "sqs"))
        signed = f"aws_access_key_id = {ACCOUNT}\naws_secret_access_key = simulated\n"
        text = f"[profile ours]\nservices = own\nendpoint_url = {DEAD}\n{signed}[services own]\n{lines}"
        (tmp_path / "config").write_text(text, encoding="utf-8")
        config = str(tmp_path / "config")
        without = ("AWS_ENDPOINT_URL", *KEYS)
        done = scan(aws, tmp_path, *words, "--profile", "ours", without=without, AWS_CONFIG_FILE=config)
    found = json.loads(done.stdout)
    states = {row["service"]: row["state"] for row in found["coverage"] if row["type"] == ""}
    assert done.returncode in (1, 3)
    assert states == {"sqs": "complete", "sns": "failed", "resourcegroupstaggingapi": "complete"}
    assert [one["name"] for one in found["resources"]] == ["rappels"]
    assert {row["reason"].partition(":")[0] for row in found["coverage"] if row["service"] == "sns"} == {"unreachable"}

"""Secrets of the environment, and those that a cloud says back, are in nothing that a scan writes, whatever happens."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.cli.outputs import FORMATS
from scanner.demo.azure.faults import Fault
from scanner.providers.secrets import without_secrets
from tests.cli.command import LEXLOCI
from tests.fixtures.aws import ACCOUNT, REGION, Aws
from tests.fixtures.azure import StartArm, subscription, world
from tests.providers.azure.test_keys import key, vault
from tests.providers.azure.test_scenarios import account

ACCESS_KEY = "AKIACANARYCANARY0001"
CANARY = "CANARYwJalrXUtnFEMIK7MDENGbPxRfiCY"
SESSION = "canary.session@example.org"
CALLER = {
    "UserId": f"AROACANARY:{SESSION}",
    "Account": ACCOUNT,
    "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/{SESSION}",
}
SECRETS = {
    "AWS_ACCESS_KEY_ID": ACCESS_KEY,
    "AWS_SECRET_ACCESS_KEY": f"{CANARY}/secret",
    "AWS_SESSION_TOKEN": f"IQoJ{CANARY}//////token",
}
AWS_FAULTS: dict[str, list[dict[str, object]]] = {
    "none": [],
    "denied": [{"fault": "denied", "service": "s3"}, {"fault": "denied", "service": "kms"}],
    "expired": [{"fault": "expired", "service": "*", "after": 4}],
    "malformed": [{"fault": "malformed", "service": "sqs"}, {"fault": "html", "service": "s3"}],
    "signature said back": [{"fault": "bad_signature", "service": service} for service in ("s3", "sqs", "kms")],
    "sign-in refused": [{"fault": "bad_signature", "service": "sts"}],
    "role refused": [{"fault": "bad_signature", "operation": "AssumeRole"}],
}


def run(folder: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """A scan that writes every format and keeps its journal, all below `folder`."""
    outputs = [word for name in FORMATS for word in ("-o", f"{name}={folder / f'report.{name}'}")]
    done = subprocess.run(
        [LEXLOCI, "scan", *arguments, *outputs, "--journal", str(folder / "journal")],
        env={**environment, "XDG_STATE_HOME": str(folder / "state")},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    (folder / "stdout").write_text(done.stdout)
    (folder / "stderr").write_text(done.stderr)
    return done


def leaks(folder: Path, *secrets: str) -> list[str]:
    """File and secret of every find below `folder`."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [f"{path.name}: {one}" for path in files for one in secrets if one.encode() in path.read_bytes()]


def aws_environment(aws: Aws, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LEXLOCI_"))}
    return {**kept, **aws.process.environment(), **SECRETS, **more}


@pytest.mark.parametrize("fault", AWS_FAULTS)
def test_no_secret_of_aws_is_written_anywhere(aws: Aws, tmp_path: Path, fault: str) -> None:
    arn = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    aws.client("sqs").create_queue(QueueName="rappels", Attributes={"KmsMasterKeyId": arn})
    location = {"LocationConstraint": REGION}
    aws.client("s3").create_bucket(Bucket="dossiers", CreateBucketConfiguration=location)
    aws.given("sts", "GetCallerIdentity", CALLER)
    aws.faults(*AWS_FAULTS[fault])
    role = ["--role-arn", f"arn:aws:iam::{ACCOUNT}:role/reader"] if fault == "role refused" else []
    folder = tmp_path / "out"
    folder.mkdir()
    done = run(folder, aws_environment(aws), "aws", "--regions", REGION, "--services", "s3,sqs,kms", *role)
    assert done.returncode in (0, 1, 3, 4), done.stderr
    assert (done.returncode == 4) is (fault in ("sign-in refused", "role refused"))
    if fault == "signature said back":
        assert "SignatureDoesNotMatch" in (folder / "report.json").read_text()
    assert "Traceback" not in done.stderr
    assert leaks(folder, CANARY, ACCESS_KEY, SESSION) == []


AZURE_FAULTS = {
    "none": [],
    "denied": [
        Fault(
            do="answer",
            path="*/encryptionScopes",
            status=403,
            body={
                "error": {
                    "code": "AuthorizationFailed",
                    "message": f"Request was: Authorization: Bearer eyJ0eXAiOiJK.{CANARY}.x client_secret={CANARY}",
                }
            },
            times=None,
        )
    ],
    "not JSON": [Fault(do="not_json", path="*/encryptionScopes", times=None)],
    "sign-in refused": [
        Fault(
            do="answer",
            path="*/oauth2/v2.0/token",
            status=401,
            body={"error": "invalid_client", "error_description": f"AADSTS7000215: client_secret={CANARY} is wrong"},
            times=None,
        )
    ],
}


@pytest.mark.parametrize("fault", AZURE_FAULTS)
def test_no_secret_of_azure_is_written_anywhere(arm: StartArm, tmp_path: Path, fault: str) -> None:
    keyed = {"keySource": "Microsoft.Keyvault", "keyvaultproperties": {"keyvaulturi": "https://v.vault.azure.net"}}
    content = subscription(account(properties={"encryption": keyed}), vault(key()))
    simulation = arm(world(content), faults=AZURE_FAULTS[fault])
    folder = tmp_path / "out"
    folder.mkdir()
    done = run(folder, {**os.environ}, "azure")
    assert done.returncode in (0, 1, 3, 4), done.stderr
    assert (done.returncode == 4) is (fault == "sign-in refused")
    assert "Traceback" not in done.stderr
    secret = simulation.environment["AZURE_CLIENT_SECRET"]
    assert leaks(folder, CANARY, f"client_secret={secret}", "Bearer eyJ", "eyJ0eXAi", "eyJhbGci") == []


def test_a_crash_is_told_as_a_bug_with_its_own_exit_code_and_no_secret() -> None:
    """Python would end with 1, which says "violations", and print what the exception holds."""
    program = (
        "import os, scanner.cli.main as main\n"
        "@main.app.command()\n"
        "def crash() -> None:\n"
        "    raise RuntimeError(f\"with {os.environ['AWS_SECRET_ACCESS_KEY']} as {os.environ['AWS_ACCESS_KEY_ID']}\")\n"
        "main.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "crash"],
        env={**os.environ, **SECRETS},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (4, "")
    assert "RuntimeError: with … as …" in done.stderr
    assert "this is a bug in lexloci" in done.stderr
    assert CANARY not in done.stderr


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("arn:aws:sts::1:assumed-role/reader/jane@example.org is not", "arn:aws:sts::1:assumed-role/reader/… is not"),
        ("x-amz-security-token:IQoJb3JpZ2luX2VjE", "x-amz-security-token:…"),
        ("Credential=AKIAIOSFODNN7EXAMPLE/20261125", "Credential=…/20261125"),
        ("Authorization: Bearer abcdefgh.ijkl", "Authorization: Bearer …"),
        ('{"client_secret": "hunter2hunter2"}', '{"client_secret": "…"}'),
        (
            "arn:aws:secretsmanager:eu-west-3:1:secret:clef-AbCdEf",
            "arn:aws:secretsmanager:eu-west-3:1:secret:clef-AbCdEf",
        ),
        ("no basic or bearer of anything", "no basic or bearer of anything"),
    ],
)
def test_what_is_taken_out_and_what_is_not(text: str, left: str) -> None:
    assert without_secrets(text) == left


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(f"a {CANARY} b")
    assert leaks(tmp_path, CANARY) == [f"report.json: {CANARY}"]
    assert re.fullmatch(r"AKIA[A-Z0-9]{16}", ACCESS_KEY)

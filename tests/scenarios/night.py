"""A scan of the installed command that can be cut anywhere: by a signal, after so many requests."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.cli.command import LEXLOCI
from tests.fixtures.aws import REGION, Aws

SERVICES = "s3,sqs,secretsmanager,kms,sns,dynamodb"
PARTS = ("resources", "keys", "findings", "coverage", "summary")
"""Everything of a document but what is about the run itself."""


def furnish(aws: Aws) -> None:
    """Stores of several services under two keys, and then nothing changes any more."""
    keys = [aws.client("kms").create_key()["KeyMetadata"]["Arn"] for _ in range(2)]
    s3, sqs, dynamodb = aws.client("s3"), aws.client("sqs"), aws.client("dynamodb")
    for index in range(4):
        bucket = f"dossiers-{index}"
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": keys[index % 2]}}
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
        sqs.create_queue(QueueName=f"rappels-{index}", Attributes={"KmsMasterKeyId": keys[index % 2]})
        dynamodb.create_table(
            TableName=f"rdv-{index}",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
    aws.client("sns").create_topic(Name="rappels")
    aws.client("secretsmanager").create_secret(Name="clef-api", SecretString="invented", KmsKeyId=keys[0])
    aws.freeze()


class Night:
    """Runs `lexloci` in `folder` with nothing but the simulation's environment."""

    def __init__(self, aws: Aws, folder: Path) -> None:
        self.aws = aws
        self.folder = folder

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LEXLOCI_"))}
        return {**kept, **self.aws.process.environment(), "XDG_STATE_HOME": str(self.folder / "state")}

    def scan(self, *arguments: str) -> list[str]:
        """The command line of a scan."""
        words = ["scan", "aws", "--regions", f"{REGION},us-east-1", "--services", SERVICES, "-q", *arguments]
        return [str(LEXLOCI), *words]

    def run(self, command: list[str], **changes: str) -> subprocess.CompletedProcess[str]:
        """Run the command, with `changes` to its environment."""
        done = subprocess.run(
            command,
            env={**self.environment, **changes},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def document(self, *arguments: str) -> dict[str, Any]:
        """The JSON of a scan that runs to its end."""
        done = self.run(self.scan("--format", "json", *arguments))
        assert done.returncode in (0, 1, 3), done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def merged(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        done = self.run([str(LEXLOCI), "merge", "-q", "--format", "json", *arguments])
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    def asked(self, operation: str = "") -> int:
        """Requests so far."""
        return sum(not operation or line["operation"] == operation for line in self.aws.log())

    def cut(
        self, command: list[str], after: int, number: int = signal.SIGKILL, *, operation: str = ""
    ) -> tuple[int, str, str]:
        """Start the command, send it a signal after so many requests, of `operation` if one is named; what it ended
        with (0 if it was done before)."""
        self.aws.process.control("forget")
        child = subprocess.Popen(
            command,
            env=self.environment,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        ends = time.monotonic() + 60
        while self.asked(operation) < after and child.poll() is None and time.monotonic() < ends:
            time.sleep(0.01)
        child.send_signal(number)
        out, err = child.communicate(timeout=60)
        return child.returncode, out, err


def body(document: dict[str, Any]) -> dict[str, Any]:
    return {part: document[part] for part in PARTS}

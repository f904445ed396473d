"""`lexloci scan aws` over the buckets of a simulated account, in a folder of its own."""

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.cli.command import LEXLOCI
from tests.fixtures.aws import REGION, Aws


class Command:
    """`lexloci scan aws` over the buckets of the account, in a folder of its own."""

    def __init__(self, aws: Aws, folder: Path) -> None:
        self.aws = aws
        self.folder = folder

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LEXLOCI_"))}
        environment = {**kept, **self.aws.process.environment(), "XDG_STATE_HOME": str(self.folder / "state")}
        what = [
            "scan",
            "aws",
            "--regions",
            REGION,
            "--services",
            "s3",
            "--policy",
            "doctolib-2021",
            "--fail-on",
            "high",
        ]
        done = subprocess.run(
            [LEXLOCI, *what, *arguments],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
            env=environment,
            cwd=self.folder,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def document(self, *arguments: str) -> tuple[int, dict[str, Any], str]:
        done = self.run("--format", "json", *arguments)
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout), done.stderr

    def write(self, name: str, *waivers: dict[str, Any]) -> str:
        path = self.folder / name
        path.write_text(json.dumps({"waivers": waivers}), encoding="utf-8")
        return str(path)


def day(ahead: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=ahead)).isoformat()

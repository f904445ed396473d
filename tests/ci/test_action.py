"""The action's own step, run as a runner runs it: inputs as variables, files for its outputs and its summary."""

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.command import SIGNED_OUT
from tests.fixtures.aws import Aws

ACTION = Path(__file__).parents[2] / ".github" / "actions" / "scan"
DECLARED: dict[str, Any] = yaml.safe_load((ACTION / "action.yml").read_text(encoding="utf-8"))
(SCAN,) = (step for step in DECLARED["runs"]["steps"] if step.get("id") == "scan")

BUCKETS = {"cloud": "aws", "arguments": "--regions=eu-west-3\n--types=s3.bucket\n"}


class Run:
    """One run of the step in a workspace."""

    def __init__(self, workspace: Path, inputs: dict[str, str], environment: dict[str, str]) -> None:
        self.files = {name: workspace / f".{name}" for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        self.done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", SCAN["run"]],
            cwd=workspace,
            env={
                "PATH": os.environ["PATH"],
                "GITHUB_ACTION_PATH": str(ACTION),
                **{name: str(path) for name, path in self.files.items()},
                **{name: self._value(text, inputs) for name, text in SCAN["env"].items()},
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=100,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    @staticmethod
    def _value(text: str, inputs: dict[str, str]) -> str:
        if text == "${{ runner.temp }}/lexloci":
            return sys.prefix
        name = re.fullmatch(r"\$\{\{ inputs\.([a-z-]+) \}\}", text)
        assert name is not None, f"{text} is neither an input nor the place of the installation"
        return inputs.get(name[1]) or DECLARED["inputs"][name[1]].get("default", "")

    @property
    def outputs(self) -> dict[str, str]:
        lines = self.files["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)

    @property
    def summary(self) -> str:
        return self.files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")


@pytest.fixture
def signed_in(aws: Aws) -> dict[str, str]:
    aws.client("s3").create_bucket(
        Bucket="dossiers-patients", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"}
    )
    return aws.process.environment()


def test_a_scan_with_violations_fails_the_step_and_says_what_came_out(
    signed_in: dict[str, str], tmp_path: Path
) -> None:
    run = Run(tmp_path, BUCKETS, signed_in)
    document = json.loads((tmp_path / "lexloci-report" / "scan.json").read_bytes())
    assert run.done.returncode == document["summary"]["exit_code"] == 1
    assert run.outputs == {
        "exit-code": "1",
        "verdict": "violations",
        "complete": "true",
        "report": "lexloci-report/scan.json",
    }
    assert set(run.outputs) == set(DECLARED["outputs"])
    assert "dossiers-patients" in run.summary
    assert [path.name for path in sorted((tmp_path / "lexloci-report").iterdir())] == [
        "scan.json",
        "scan.jsonl",
        "scan.txt",
    ]


def test_the_report_is_kept_out_of_the_log(signed_in: dict[str, str], tmp_path: Path) -> None:
    log = Run(tmp_path, BUCKETS, signed_in).done
    stopped, token = log.stdout.splitlines()
    assert stopped == f"::stop-commands::{token.strip(':')}"
    assert "dossiers-patients" not in log.stdout + log.stderr


def test_thresholds_and_parameters_are_passed_on(signed_in: dict[str, str], tmp_path: Path) -> None:
    lenient = {**BUCKETS, "fail-on": "none", "allow-incomplete": "true"}
    run = Run(tmp_path, lenient, signed_in)
    assert (run.done.returncode, run.outputs["exit-code"]) == (0, "0")
    assert run.outputs["verdict"] != "nothing_found"


def test_a_technical_error_fails_whatever_was_allowed(tmp_path: Path) -> None:
    lenient = {**BUCKETS, "fail-on": "none", "allow-incomplete": "true"}
    run = Run(tmp_path, lenient, SIGNED_OUT)
    assert run.done.returncode == 4
    assert run.outputs == {"exit-code": "4"}
    assert "could not scan (exit code 4)" in run.summary
    assert "no AWS credentials" in run.done.stderr


def test_the_last_good_report_is_not_taken_for_this_one(tmp_path: Path) -> None:
    folder = tmp_path / "lexloci-report"
    folder.mkdir()
    (folder / "scan.json").write_text("{}", encoding="utf-8")
    run = Run(tmp_path, BUCKETS, SIGNED_OUT)
    assert run.outputs == {"exit-code": "4"}
    assert not (folder / "scan.json").exists()


@pytest.mark.parametrize("name", ["arguments", "policies", "params", "config", "fail-on", "allow-incomplete"])
def test_an_input_is_an_argument_and_never_a_command(name: str, tmp_path: Path) -> None:
    hostile = "$(touch pwned) `touch pwned` ; touch pwned #'\""
    run = Run(tmp_path, {**BUCKETS, name: hostile}, SIGNED_OUT)
    assert run.done.returncode == 2
    assert not list(tmp_path.rglob("pwned"))


def test_nothing_in_the_summary_becomes_markup(tmp_path: Path) -> None:
    tell = runpy.run_path(str(ACTION / "tell.py"))
    hostile = "</pre><img src=x onerror=alert(1)>\n```\n[x](javascript:1) &lt;b&gt; é"
    (tmp_path / "scan.txt").write_text(hostile, encoding="utf-8")
    text = tell["summary"]("1", tmp_path)
    assert text.count("<") == text.count("<pre>") + text.count("</pre>") == 2


def test_the_summary_stays_below_what_the_runner_takes(tmp_path: Path) -> None:
    tell = runpy.run_path(str(ACTION / "tell.py"))
    (tmp_path / "scan.txt").write_text('"' * 2_000_000, encoding="utf-8")
    text = tell["summary"]("1", tmp_path)
    assert "Cut here" in text
    assert len(text.encode()) < 1024 * 1024


def test_no_input_takes_a_credential() -> None:
    words = {word for name in DECLARED["inputs"] for word in name.split("-")}
    assert words & {"key", "secret", "token", "password", "credential", "credentials"} == set()

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

from tests.cli.command import SIGNED_OUT, lexloci
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
                # A journal of its own: tests that run at once scan one scope.
                "XDG_STATE_HOME": str(workspace / ".state"),
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
        "sealed": "lexloci-report/sealed",
        "sarif": "lexloci-report/scan.sarif",
        "html": "lexloci-report/scan.html",
        "markdown": "lexloci-report/scan.md",
        "table": "lexloci-report/scan.txt",
    }
    assert set(run.outputs) == set(DECLARED["outputs"])
    assert "dossiers-patients" in run.summary
    assert [path.name for path in sorted((tmp_path / "lexloci-report").iterdir())] == [
        "scan.html",
        "scan.json",
        "scan.jsonl",
        "scan.md",
        "scan.sarif",
        "scan.txt",
        "sealed",
    ]
    assert run.summary == (tmp_path / "lexloci-report" / "scan.md").read_text(encoding="utf-8")
    again = lexloci("verify", str(tmp_path / "lexloci-report" / "sealed"))
    assert again.returncode == 0, again.stderr


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


SWITCHES = ["allow-incomplete", "first-look", "redact", "strict-waivers", "summary", "upload-sarif"]
TEXTS = ["arguments", "policies", "params", "config", "facts", "baseline", "claims", "waivers", "fail-on"]


@pytest.mark.parametrize("name", [*SWITCHES, *TEXTS])
def test_an_input_is_an_argument_and_never_a_command(name: str, tmp_path: Path) -> None:
    hostile = "$(touch pwned) `touch pwned` ; touch pwned #'\""
    run = Run(tmp_path, {**BUCKETS, name: hostile}, SIGNED_OUT)
    assert run.done.returncode == 2
    assert not list(tmp_path.rglob("pwned"))
    if name in SWITCHES:
        assert f"{name} takes true or false" in run.done.stderr


@pytest.mark.parametrize("folder", ["\n", "reports\nverdict=nothing_found", "reports\rverdict=nothing_found"])
def test_the_name_of_the_folder_adds_no_output(folder: str, tmp_path: Path) -> None:
    run = Run(tmp_path, {**BUCKETS, "output": folder}, SIGNED_OUT)
    assert run.done.returncode == 2
    assert "output takes the path of a folder" in run.done.stderr
    assert not any(file.exists() for file in run.files.values())


def test_every_input_reaches_the_scan(signed_in: dict[str, str], tmp_path: Path) -> None:
    first = Run(tmp_path, {**BUCKETS, "output": "before", "summary": "false"}, signed_in)
    assert first.done.returncode == 1, first.done.stderr
    given = {"policies": "core", "baseline": "before/sealed", "redact": "true", "summary": "false"}
    run = Run(tmp_path, {**BUCKETS, **given}, signed_in)
    document = json.loads((tmp_path / "lexloci-report" / "scan.json").read_bytes())
    assert document["summary"]["baseline"]["known"] >= 1
    assert run.outputs["exit-code"] != "1", "every fail is known from the baseline"
    assert not run.files["GITHUB_STEP_SUMMARY"].exists()
    kept = [path for path in (tmp_path / "lexloci-report").rglob("*") if path.is_file() and path.suffix != ".gz"]
    assert len(kept) > 6
    assert [path.name for path in kept if b"dossiers-patients" in path.read_bytes()] == []


def test_every_input_is_passed_to_a_step_or_read_in_it() -> None:
    text = (ACTION / "action.yml").read_text(encoding="utf-8").partition("\nruns:")[2]
    assert {name for name in DECLARED["inputs"] if f"inputs.{name} " not in text} == set()
    variables = {name for name in SCAN["env"] if name.startswith("INPUT_")}
    script = (ACTION / "scan").read_text(encoding="utf-8")
    assert {name for name in variables if f"${name}" not in script} == set()


def test_no_script_of_a_step_is_made_of_an_expression() -> None:
    workflows = [yaml.safe_load(path.read_text("utf-8")) for path in (ACTION.parents[1] / "workflows").glob("*.yml")]
    steps = [step for one in workflows for job in one["jobs"].values() for step in job.get("steps", ())]
    scripts = [step["run"] for step in [*steps, *DECLARED["runs"]["steps"]] if "run" in step]
    assert scripts
    assert [script for script in scripts if "${{" in script] == []


def test_a_failing_scan_is_uploaded_and_one_that_could_not_run_is_not() -> None:
    (upload,) = (step for step in DECLARED["runs"]["steps"] if "upload-sarif@" in step.get("uses", ""))
    condition = upload["if"].strip("${ }").split(" && ")
    assert condition == ["always()", "inputs.upload-sarif == 'true'", "steps.scan.outputs.sarif != ''"]
    assert "continue-on-error" not in str(DECLARED)


def test_nothing_in_the_summary_becomes_markup(aws: Aws, tmp_path: Path) -> None:
    client = aws.client("s3")
    client.create_bucket(Bucket="radiologie", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    hostile = "</details><img src=x onerror=alert(1)>|[x](javascript:1)"
    (tmp_path / "own.yaml").write_text(
        json.dumps(
            {
                "waivers": [
                    {
                        "control": "CORE-01",
                        "resource": "nowhere/" + hostile,
                        "reason": hostile,
                        "owner": "a",
                        "expires": "2026-12-01",
                    }
                ]
            }
        ),
        encoding="utf-8",
    )
    run = Run(tmp_path, {**BUCKETS, "waivers": "own.yaml"}, aws.process.environment())
    assert "onerror" in run.summary, run.done.stderr
    outside = re.sub(r"`[^`\n]*`", "", run.summary)
    assert "<img" not in outside
    assert "](javascript" not in outside


def test_the_summary_stays_below_what_the_runner_takes(tmp_path: Path) -> None:
    tell = runpy.run_path(str(ACTION / "tell.py"))
    (tmp_path / "scan.md").write_text("é\n" * 1_000_000, encoding="utf-8")
    text = tell["summary"]("1", tmp_path)
    assert "Cut here" in text
    assert len(text.encode()) < 1024 * 1024


def test_no_input_takes_a_credential() -> None:
    words = {word for name in DECLARED["inputs"] for word in name.split("-")}
    assert words & {"key", "secret", "token", "password", "credential", "credentials"} == set()

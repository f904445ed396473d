"""The action's own step, run as a runner runs it: inputs as variables, files for its outputs and its summary."""

import json
import re
import runpy
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.ci.runner import ACTIONS, GITHUB, WORKFLOWS, Ran, run_step, step
from tests.cli.command import SIGNED_OUT, lexloci
from tests.fixtures.aws import Aws

ACTION = GITHUB / "actions" / "scan"
DECLARED = ACTIONS["scan"]
SCAN = step("scan", "scan")

BUCKETS = {"cloud": "aws", "arguments": "--regions=eu-west-3\n--types=s3.bucket\n"}


def scanned(workspace: Path, inputs: Mapping[str, str], environment: Mapping[str, str]) -> Ran:
    return run_step("scan", "scan", workspace, inputs, environment)


@pytest.fixture
def signed_in(aws: Aws) -> dict[str, str]:
    aws.client("s3").create_bucket(
        Bucket="dossiers-patients", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"}
    )
    return aws.process.environment()


def test_a_scan_with_violations_fails_the_step_and_says_what_came_out(
    signed_in: dict[str, str], tmp_path: Path
) -> None:
    run = scanned(tmp_path, BUCKETS, signed_in)
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
    log = scanned(tmp_path, BUCKETS, signed_in).done
    stopped, token = log.stdout.splitlines()
    assert stopped == f"::stop-commands::{token.strip(':')}"
    assert "dossiers-patients" not in log.stdout + log.stderr


def test_thresholds_and_parameters_are_passed_on(signed_in: dict[str, str], tmp_path: Path) -> None:
    lenient = {**BUCKETS, "fail-on": "none", "allow-incomplete": "true"}
    run = scanned(tmp_path, lenient, signed_in)
    assert (run.done.returncode, run.outputs["exit-code"]) == (0, "0")
    assert run.outputs["verdict"] != "nothing_found"


def test_a_technical_error_fails_whatever_was_allowed(tmp_path: Path) -> None:
    lenient = {**BUCKETS, "fail-on": "none", "allow-incomplete": "true"}
    run = scanned(tmp_path, lenient, SIGNED_OUT)
    assert run.done.returncode == 4
    assert run.outputs == {"exit-code": "4"}
    assert "could not scan (exit code 4)" in run.summary
    assert "no AWS credentials" in run.done.stderr


def test_the_last_good_report_is_not_taken_for_this_one(tmp_path: Path) -> None:
    folder = tmp_path / "lexloci-report"
    folder.mkdir()
    (folder / "scan.json").write_text("{}", encoding="utf-8")
    run = scanned(tmp_path, BUCKETS, SIGNED_OUT)
    assert run.outputs == {"exit-code": "4"}
    assert not (folder / "scan.json").exists()


SWITCHES = ["allow-incomplete", "first-look", "redact", "strict-waivers", "summary", "upload-sarif"]
TEXTS = ["arguments", "policies", "params", "config", "facts", "baseline", "claims", "waivers", "fail-on"]


@pytest.mark.parametrize("name", [*SWITCHES, *TEXTS])
def test_an_input_is_an_argument_and_never_a_command(name: str, tmp_path: Path) -> None:
    hostile = "$(touch pwned) `touch pwned` ; touch pwned #'\""
    run = scanned(tmp_path, {**BUCKETS, name: hostile}, SIGNED_OUT)
    assert run.done.returncode == 2
    assert not list(tmp_path.rglob("pwned"))
    if name in SWITCHES:
        assert f"{name} takes true or false" in run.done.stderr


@pytest.mark.parametrize("folder", ["\n", "reports\nverdict=nothing_found", "reports\rverdict=nothing_found"])
def test_the_name_of_the_folder_adds_no_output(folder: str, tmp_path: Path) -> None:
    run = scanned(tmp_path, {**BUCKETS, "output": folder}, SIGNED_OUT)
    assert run.done.returncode == 2
    assert "output takes the path of a folder" in run.done.stderr
    assert not any(file.exists() for file in run.files.values())


def test_every_input_reaches_the_scan(signed_in: dict[str, str], tmp_path: Path) -> None:
    first = scanned(tmp_path, {**BUCKETS, "output": "before", "summary": "false"}, signed_in)
    assert first.done.returncode == 1, first.done.stderr
    given = {"policies": "core", "baseline": "before/sealed", "redact": "true", "summary": "false"}
    run = scanned(tmp_path, {**BUCKETS, **given}, signed_in)
    document = json.loads((tmp_path / "lexloci-report" / "scan.json").read_bytes())
    assert document["summary"]["baseline"]["known"] >= 1
    assert run.outputs["exit-code"] != "1", "every fail is known from the baseline"
    assert not run.files["GITHUB_STEP_SUMMARY"].exists()
    kept = [path for path in (tmp_path / "lexloci-report").rglob("*") if path.is_file() and path.suffix != ".gz"]
    assert len(kept) > 6
    assert [path.name for path in kept if b"dossiers-patients" in path.read_bytes()] == []


def given(workspace: Path, name: str, content: dict[str, Any]) -> str:
    (workspace / name).write_text(json.dumps(content), encoding="utf-8")
    return name


def report(workspace: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((workspace / "lexloci-report" / "scan.json").read_bytes())
    return document


def test_facts_claims_parameters_and_a_first_look_have_their_effect(
    aws: Aws, signed_in: dict[str, str], tmp_path: Path
) -> None:
    tags = {"TagSet": [{"Key": "data-classification", "Value": "health"}]}
    aws.client("s3").put_bucket_tagging(Bucket="dossiers-patients", Tagging=tags)
    entry = {"source": "own records", "as_of": "2026-11-01", "confirmed": True, "basis": "primary"}
    facts = {"regions": [{"provider": "aws", "region": "eu-west-3", "country": "BE", **entry}]}
    inputs = {
        "facts": given(tmp_path, "own.yaml", facts),
        "claims": "doctolib-2021",
        "params": "core.allowed_countries=DE\n",
        "first-look": "true",
    }
    run = scanned(tmp_path, {**BUCKETS, **inputs}, signed_in)
    found = report(tmp_path)
    assert run.done.returncode == 1, run.done.stderr
    assert found["scan"]["own_facts"]["name"] == "own.yaml"
    assert {resource["country"] for resource in found["resources"]} == {"BE"}
    outside = {(each["status"], each["reason"]) for each in found["findings"] if each["reason"] == "original_outside"}
    assert outside == {("fail", "original_outside")}
    (looked,) = (row for row in found["coverage"] if row["service"] == "resource-explorer-2")
    assert "no aggregator index" in looked["reason"]
    assert "WHAT WAS SAID" in (tmp_path / "lexloci-report" / "scan.txt").read_text(encoding="utf-8")


def test_without_them_it_is_otherwise(aws: Aws, signed_in: dict[str, str], tmp_path: Path) -> None:
    tags = {"TagSet": [{"Key": "data-classification", "Value": "health"}]}
    aws.client("s3").put_bucket_tagging(Bucket="dossiers-patients", Tagging=tags)
    scanned(tmp_path, BUCKETS, signed_in)
    found = report(tmp_path)
    assert found["scan"].get("own_facts") is None
    assert {resource["country"] for resource in found["resources"]} == {"FR"}
    assert not [each for each in found["findings"] if each["reason"] == "original_outside"]
    assert not [row for row in found["coverage"] if row["service"] == "resource-explorer-2"]
    assert "WHAT WAS SAID" not in (tmp_path / "lexloci-report" / "scan.txt").read_text(encoding="utf-8")


def test_a_waiver_that_covers_nothing_fails_the_job_only_when_that_is_asked_for(
    signed_in: dict[str, str], tmp_path: Path
) -> None:
    ends = (datetime.now(UTC) + timedelta(days=90)).date().isoformat()
    waiver = {"control": "CORE-01", "resource": "nowhere", "reason": "moves", "owner": "dpo", "expires": ends}
    inputs = {**BUCKETS, "waivers": given(tmp_path, "waivers.yaml", {"waivers": [waiver]})}
    for strict, code in (("false", "1"), ("true", "2")):
        run = scanned(tmp_path, {**inputs, "strict-waivers": strict}, signed_in)
        assert (run.outputs["exit-code"], str(run.done.returncode)) == (code, code), run.done.stderr
        assert [each["state"] for each in report(tmp_path)["summary"]["waivers"]] == ["unused"]


def test_the_file_with_the_statements_is_the_one_that_is_named(signed_in: dict[str, str], tmp_path: Path) -> None:
    given(tmp_path, "lexloci.yaml", {"options": {"types": ["sqs.queue"]}})
    named = given(tmp_path, "other.yaml", {"options": {"policy": ["doctolib-2021"]}})
    scanned(tmp_path, {**BUCKETS, "config": named}, signed_in)
    assert [pack["id"] for pack in report(tmp_path)["scan"]["policies"]] == ["doctolib-2021"]


def test_every_input_is_passed_to_a_step_or_read_in_it() -> None:
    text = (ACTION / "action.yml").read_text(encoding="utf-8").partition("\nruns:")[2]
    assert {name for name in DECLARED["inputs"] if f"inputs.{name} " not in text} == set()
    variables = {name for name in SCAN["env"] if name.startswith("INPUT_")}
    script = (ACTION / "scan").read_text(encoding="utf-8")
    assert {name for name in variables if f"${name}" not in script} == set()


def test_no_script_of_a_step_is_made_of_an_expression() -> None:
    jobs = [job for workflow in WORKFLOWS.values() for job in workflow["jobs"].values()]
    steps = [step for job in jobs for step in job.get("steps", ())]
    steps += [step for action in ACTIONS.values() for step in action["runs"]["steps"]]
    scripts = [step["run"] for step in steps if "run" in step]
    assert len(scripts) > 8
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
    run = scanned(tmp_path, {**BUCKETS, "waivers": "own.yaml"}, aws.process.environment())
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

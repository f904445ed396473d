"""The nightly workflow: what its jobs may do, how they go on from one another, and that linters read it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ci.runner import ACTIONS, GITHUB, WORKFLOWS, Ran

NIGHTLY = WORKFLOWS["sovereignty-scan.yml"]
JOBS: dict[str, Any] = NIGHTLY["jobs"]
TEXT = (GITHUB / "workflows" / "sovereignty-scan.yml").read_text(encoding="utf-8")
GUIDES = [GITHUB.parent / "docs" / name for name in ("ci/README.md", "howto/nightly-ci.md")]
FENCED = [
    pytest.param(text, id=f"{page.name}-{number}")
    for page in GUIDES
    for number, text in enumerate(re.findall(r"^```yaml\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE))
    if "jobs:" in text and "uses:" in text
]

SCANNING = {"contents": "read", "id-token": "write", "actions": "read", "security-events": "write"}


def _called(job: str) -> list[str]:
    return [step["uses"].partition("@")[0] for step in JOBS[job]["steps"] if "uses" in step]


def test_the_jobs_with_credentials_of_a_cloud_cannot_write_issues_and_the_one_that_can_has_none() -> None:
    assert NIGHTLY["permissions"] == {}
    assert {name: job["permissions"] for name, job in JOBS.items()} == {
        "aws": SCANNING,
        "azure": SCANNING,
        "issue": {"issues": "write"},
    }
    assert _called("issue") == ["$/.github/actions/issue"]
    assert JOBS["issue"]["needs"] == ["aws", "azure"]


@pytest.mark.parametrize("cloud", ["aws", "azure"])
def test_every_account_is_scanned_kept_uploaded_and_compared_under_a_name_of_its_own(cloud: str) -> None:
    scan, compare = (step for step in JOBS[cloud]["steps"] if step.get("name") in ("Scan", "Compare"))
    assert _called(cloud)[-2:] == ["$/.github/actions/scan", "$/.github/actions/compare"]
    name = scan["with"]["artifact"]
    assert name == scan["with"]["category"] == compare["with"]["name"]
    assert name.startswith("lexloci-") and "${{ " in name and "job-index" not in name
    assert compare["with"]["sealed"] == "${{ steps.scan.outputs.sealed }}"
    assert compare["if"] == "${{ !cancelled() && steps.scan.outcome != 'skipped' }}", (
        "also when the scan failed the job"
    )
    assert JOBS[cloud]["strategy"]["fail-fast"] is False


def _name(role: str, workspace: Path) -> Ran:
    (named,) = (step for step in JOBS["aws"]["steps"] if step.get("id") == "account")
    return Ran(named["run"], workspace, {"ROLE": role})


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("arn:aws:iam::111122223333:role/reader", "aws-111122223333-reader"),
        ("arn:aws:iam::111122223333:role/a/b/reader", "aws-111122223333-reader"),
        ("arn:aws-eusc:iam::111122223333:role/r+e=a,d.e@r-_1", "aws-111122223333-r+e=a,d.e@r-_1"),
    ],
)
def test_a_role_names_its_artifact(role: str, name: str, tmp_path: Path) -> None:
    assert _name(role, tmp_path).outputs == {"name": name}


@pytest.mark.parametrize(
    "role",
    [
        "",
        "reader",
        "arn:aws:iam::1111:role/reader",
        "arn:aws:iam::111122223333:user/reader",
        "arn:aws:iam::111122223333:role/",
        "arn:aws:iam::111122223333:role/x\nname=other",
        "arn:aws:iam::111122223333:role/$(touch pwned)",
    ],
)
def test_what_is_no_role_is_refused(role: str, tmp_path: Path) -> None:
    ran = _name(role, tmp_path)
    assert ran.done.returncode == 2 and "takes a JSON list of role ARNs" in ran.done.stdout
    assert not ran.files["GITHUB_OUTPUT"].exists() and not (tmp_path / "pwned").exists()


def test_every_input_of_a_caller_and_every_variable_is_used_and_told() -> None:
    inputs = NIGHTLY[True]["workflow_call"]["inputs"]  # YAML 1.1 reads the key `on` as true
    head, _, jobs = TEXT.partition("\njobs:\n")
    assert {name for name in inputs if f"inputs.{name} " not in jobs} == set()
    variables = set(re.findall(r"vars\.([A-Z_]+)", jobs))
    assert variables == set(re.findall(r"^#   (LEXLOCI_[A-Z_]+)", head, re.MULTILINE))
    howto = GUIDES[1].read_text(encoding="utf-8")
    assert {name for name in variables if f"`{name}`" not in howto} == set()


def test_a_caller_is_told_to_grant_what_the_jobs_ask_for() -> None:
    """GitHub does not start a workflow whose jobs ask for more than the caller gives."""
    needed = {**SCANNING, "issues": "write"}
    callers = [
        job
        for example in FENCED
        for job in yaml.safe_load(str(example.values[0]))["jobs"].values()
        if "sovereignty-scan.yml@" in job.get("uses", "")
    ]
    assert callers
    for job in callers:
        assert job["permissions"] == needed
        assert set(job["with"]) <= set(NIGHTLY[True]["workflow_call"]["inputs"])


def _actionlint(text: str, folder: Path) -> str:
    """What the linter says of a workflow in a repository with our actions."""
    shutil.copytree(GITHUB / "actions", folder / ".github" / "actions")
    (folder / ".git").mkdir()
    workflow = folder / ".github" / "workflows" / "read.yml"
    workflow.parent.mkdir()
    workflow.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [Path(sys.executable).with_name("actionlint"), "-no-color", "-shellcheck=", "-pyflakes=", workflow],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
        timeout=60,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_linter_of_workflows_finds_nothing(name: str, tmp_path: Path) -> None:
    assert _actionlint((GITHUB / "workflows" / name).read_text(encoding="utf-8"), tmp_path) == ""


@pytest.mark.parametrize("text", FENCED)
def test_it_finds_nothing_in_the_examples_either(text: str, tmp_path: Path) -> None:
    with_event = text if "\non:" in text else f"on: push\n{text}"
    assert _actionlint(with_event.replace("COMMIT", "0" * 40), tmp_path) == ""


@pytest.mark.parametrize(
    ("line", "changed", "found"),
    [
        ("          sealed: ", "          seal: ", 'input "seal" is not defined'),
        ("          cloud: aws\n", "", 'missing input "cloud"'),
        ("steps.account.outputs.name", "steps.acount.outputs.name", 'property "acount" is not defined'),
    ],
)
def test_it_holds_the_workflow_to_our_own_actions(line: str, changed: str, found: str, tmp_path: Path) -> None:
    assert found in _actionlint(TEXT.replace(line, changed), tmp_path)


@pytest.mark.parametrize("action", ACTIONS)
def test_every_step_of_an_action_has_a_name_and_a_shell_or_a_pin(action: str) -> None:
    for step in ACTIONS[action]["runs"]["steps"]:
        assert step["name"]
        assert step.get("shell") == "bash" if "run" in step else re.search(r"@[0-9a-f]{40}$", step["uses"])

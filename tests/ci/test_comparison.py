"""The nightly job after its scan: compared with the night before, told, and one issue when something became worse."""

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scanner.model import Coverage, CoverageState, Finding, Resource, Severity, Status
from scanner.report.source import DocumentScan
from scanner.store.seal import seal
from tests.ci.runner import Ran, run_step
from tests.report.hostile import STRINGS
from tests.report.sample_scan import COVERAGE, FAIL, SUMMARY, bucket, sample

NAME = "lexloci-aws-111122223333-reader"
REPOSITORY = "owner/repository"
STORE = bucket("dossiers")


def whole(findings: Sequence[Finding], resources: Sequence[Resource], coverage: Sequence[Coverage]) -> DocumentScan:
    """A scan whose summary counts what it holds, as `lexloci verify` asks."""
    summary = msgspec.structs.replace(
        SUMMARY, statuses=Counter(found.status.value for found in findings), resources=len(resources)
    )
    return sample(
        findings=tuple(findings), resources=tuple(resources), keys=(), coverage=tuple(coverage), summary=summary
    )


def scan(
    status: Status | None, resources: Sequence[Resource] = (STORE,), coverage: Sequence[Coverage] = COVERAGE[:2]
) -> DocumentScan:
    """One store, and one finding about it in this state."""
    findings = [msgspec.structs.replace(FAIL, id="f", status=status, resource=STORE.id)] if status else []
    return whole(findings, resources, coverage)


class GitHub:
    """A repository, and a runner in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = folder / "github.json"
        self.keep({"repository": REPOSITORY, "artifacts": [], "issues": [], "labels": [], "calls": [], "broken": {}})
        gh = folder / "bin" / "gh"
        gh.parent.mkdir()
        gh.write_text(f'#!/bin/sh\nexec {sys.executable} {Path(__file__).with_name("gh.py")} "$@"\n', encoding="utf-8")
        gh.chmod(0o755)
        self.environment = {
            "PATH": f"{gh.parent}:{os.environ['PATH']}",
            "GH_STATE": str(self._file),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_REF_NAME": "main",
            "GITHUB_RUN_ID": "900",
            "GITHUB_SERVER_URL": "https://github.com",
        }

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8"))
        return found

    def keep(self, state: Mapping[str, Any]) -> None:
        self._file.write_text(json.dumps(state), encoding="utf-8")

    def set(self, **changed: Any) -> None:
        self.keep({**self.state, **changed})

    def kept(self, scan: DocumentScan, run: int, **changed: Any) -> Path:
        """An earlier run kept this scan as the artifact; the folder that was uploaded."""
        folder = self.folder / f"artifact-{run}"
        seal(scan, folder / "sealed")
        source = {"id": run, "repository_id": 1, "head_repository_id": 1, "head_branch": "main"}
        artifact = {
            "id": run,
            "name": NAME,
            "expired": False,
            "created_at": f"2026-11-{run - 800:02}T03:30:00Z",
            "path": str(folder),
            "workflow_run": {**source, **{key: changed[key] for key in source if key in changed}},
            **{key: changed[key] for key in changed if key not in source},
        }
        self.set(artifacts=[*self.state["artifacts"], artifact])
        return folder

    def compare(self, scan: DocumentScan | None, environment: Mapping[str, str] = {}) -> "Night":
        workspace = self.folder / f"work-{len(list(self.folder.glob('work-*')))}"
        workspace.mkdir()
        if scan is not None:
            seal(scan, workspace / "sealed")
        inputs = {"name": NAME, "sealed": "sealed" if scan is not None else ""}
        return Night(workspace, run_step("compare", "compare", workspace, inputs, {**self.environment, **environment}))

    def tell(self, *nights: "Night") -> Ran:
        """The job that follows, with the comparisons of all jobs before it."""
        workspace = self.folder / f"tell-{len(list(self.folder.glob('tell-*')))}"
        folder = workspace / ".temp" / "lexloci-comparisons"
        for number, night in enumerate(nights):
            (folder / f"lexloci-comparison-{number}").mkdir(parents=True)
            for file in night.comparison.iterdir():
                (folder / f"lexloci-comparison-{number}" / file.name).write_bytes(file.read_bytes())
        workspace.mkdir(exist_ok=True)
        return run_step("issue", "issue", workspace, {}, self.environment)

    @property
    def issues(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.state["issues"]
        return found

    def called(self, *words: str) -> int:
        return sum(call[: len(words)] == list(words) for call in self.state["calls"])


class Night:
    """One run of the action `compare`."""

    def __init__(self, workspace: Path, ran: Ran) -> None:
        self.comparison = workspace / ".temp" / "lexloci-compare" / "comparison"
        self.ran = ran
        assert ran.done.returncode == 0, ran.done.stderr
        self.outcome = ran.outputs["outcome"]
        self.state = json.loads((self.comparison / "state.json").read_text(encoding="utf-8"))
        assert self.state["outcome"] == self.outcome


@pytest.fixture
def github(tmp_path: Path) -> GitHub:
    return GitHub(tmp_path)


def test_the_first_night_has_nothing_to_compare_with_and_opens_nothing(github: GitHub) -> None:
    night = github.compare(scan(Status.FAIL))
    assert night.outcome == "first"
    assert "no earlier report to compare with" in night.ran.summary
    github.tell(night)
    assert github.issues == []
    assert github.called("issue") == github.called("label") == 0


def test_what_became_worse_opens_one_issue_that_says_what_and_where_to_look(github: GitHub) -> None:
    github.kept(scan(Status.PASS), run=801)
    night = github.compare(scan(Status.FAIL))
    assert (night.outcome, night.state["earlier_run"]) == ("worse", "801")
    assert "FAILS NOW, and did not before: 1" in night.ran.summary and STORE.id in night.ran.summary
    told = github.tell(night)
    (issue,) = github.issues
    assert told.outputs == {"issue": "1"}
    assert (
        issue["labels"] == ["lexloci-regression"]
        and issue["title"] == "lexloci: something fails that did not fail before"
    )
    assert STORE.id in issue["body"] and "pass -&gt; fail" not in issue["body"] and "pass -> fail" in issue["body"]
    assert (
        f"https://github.com/{REPOSITORY}/actions/runs/900" in issue["body"] and f"- `{NAME}`: worse" in issue["body"]
    )


def test_while_it_is_open_another_night_comments_and_opens_none(github: GitHub) -> None:
    github.kept(scan(Status.PASS), run=801)
    worse = github.compare(scan(Status.FAIL))
    github.tell(worse)
    github.tell(worse)
    (issue,) = github.issues
    assert len(issue["comments"]) == 1 and STORE.id in issue["comments"][0]
    github.set(issues=[{**issue, "state": "closed"}])
    github.tell(worse)
    assert [each["state"] for each in github.issues] == ["closed", "open"]


def test_an_issue_of_others_and_a_pull_request_with_the_label_are_not_taken_for_it(github: GitHub) -> None:
    other = {"number": 4, "state": "open", "labels": ["bug"], "title": "x", "body": "", "comments": []}
    request = {**other, "number": 5, "labels": ["lexloci-regression"], "pull_request": {}}
    github.set(issues=[other, request], labels=["bug", "lexloci-regression"])
    github.kept(scan(Status.PASS), run=801)
    github.tell(github.compare(scan(Status.FAIL)))
    assert [issue["number"] for issue in github.issues] == [4, 5, 6]
    assert [issue["comments"] for issue in github.issues] == [[], [], []]


def test_several_accounts_that_became_worse_are_one_issue(github: GitHub) -> None:
    github.kept(scan(Status.PASS), run=801)
    worse = github.compare(scan(Status.FAIL))
    other = github.compare(scan(Status.FAIL))
    (other.comparison / "state.json").write_text(json.dumps({**other.state, "name": "azure-2222"}), encoding="utf-8")
    github.tell(worse, other, github.compare(scan(Status.PASS)))
    (issue,) = github.issues
    assert issue["body"].count("FAILS NOW") == 2
    assert "- `azure-2222`: worse" in issue["body"] and f"- `{NAME}`: nothing worse" in issue["body"]


@pytest.mark.parametrize(
    ("before", "now", "outcome"),
    [
        (Status.FAIL, Status.FAIL, "nothing_worse"),
        (Status.FAIL, Status.PASS, "nothing_worse"),
        (Status.FAIL, Status.UNKNOWN, "less_known"),
        (Status.PASS, Status.UNKNOWN, "less_known"),
        (Status.UNKNOWN, Status.FAIL, "worse"),
    ],
)
def test_only_what_fails_now_opens_an_issue(github: GitHub, before: Status, now: Status, outcome: str) -> None:
    github.kept(scan(before), run=801)
    night = github.compare(scan(now))
    assert night.outcome == outcome
    github.tell(night)
    assert len(github.issues) == (outcome == "worse")


def test_what_became_unreadable_is_told_and_is_neither_mended_nor_worse(github: GitHub) -> None:
    github.kept(scan(Status.FAIL), run=801)
    denied = (COVERAGE[0], msgspec.structs.replace(COVERAGE[1], state=CoverageState.DENIED))
    night = github.compare(scan(None, resources=(), coverage=denied))
    assert night.outcome == "less_known"
    assert "NOT SEEN ANY MORE" in night.ran.summary and "READ WORSE THAN BEFORE" in night.ran.summary
    assert "MENDED" not in night.ran.summary.replace("not mended", "")
    told = github.tell(night)
    assert "less is known than before; not mended" in told.summary
    assert github.issues == []


def test_a_scan_that_could_not_run_is_told_and_opens_nothing(github: GitHub) -> None:
    github.kept(scan(Status.PASS), run=801)
    night = github.compare(None)
    assert night.outcome == "not_scanned"
    assert "no report of this run" in github.tell(night).summary
    assert github.issues == []


def test_a_damaged_report_is_left_for_the_one_before_it(github: GitHub) -> None:
    github.kept(scan(Status.PASS), run=801)
    shard = next((github.kept(scan(Status.FAIL), run=802) / "sealed" / "shards").rglob("*.gz"))
    shard.write_bytes(shard.read_bytes()[:-3])
    night = github.compare(scan(Status.FAIL))
    assert (night.outcome, night.state["earlier_run"]) == ("worse", "801")


def test_when_none_is_whole_it_says_so_and_takes_nothing_for_well(github: GitHub) -> None:
    github.kept(scan(Status.PASS), run=801)
    for file in (github.folder / "artifact-801" / "sealed").rglob("*.json"):
        file.write_bytes(b"{")
    night = github.compare(scan(Status.FAIL))
    assert night.outcome == "unreadable"
    assert "Not compared" in night.ran.summary and "run 801" in night.state["why"]
    assert "::warning::" in night.ran.done.stdout
    assert "cannot be read" in github.tell(night).summary
    assert github.issues == []


@pytest.mark.parametrize(
    "changed",
    [
        {"head_repository_id": 2},
        {"head_branch": "feature"},
        {"expired": True},
        {"id": 900},
        {"name": "lexloci-aws-444455556666-reader"},
    ],
)
def test_what_another_wrote_or_another_account_kept_is_no_earlier_report(
    github: GitHub, changed: dict[str, Any]
) -> None:
    github.kept(scan(Status.PASS), run=801, **changed)
    assert github.compare(scan(Status.FAIL)).outcome == "first"


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ({"api": "gh: Resource not accessible by integration (HTTP 403)"}, "HTTP 403"),
        ({"run download": "error downloading lexloci: HTTP 503"}, "HTTP 503"),
    ],
)
def test_github_that_does_not_answer_is_no_first_night(github: GitHub, broken: dict[str, str], why: str) -> None:
    github.kept(scan(Status.PASS), run=801)
    github.set(broken=broken)
    night = github.compare(scan(Status.FAIL))
    assert night.outcome == "unreadable" and why in night.state["why"]


def test_a_runner_without_gh_says_so(github: GitHub, tmp_path: Path) -> None:
    night = github.compare(scan(Status.FAIL), {"PATH": "/usr/bin:/bin"})
    assert (night.outcome, night.state["why"]) == ("unreadable", "the runner has no gh")


def test_an_issue_that_cannot_be_opened_fails_the_job(github: GitHub) -> None:
    github.kept(scan(Status.PASS), run=801)
    night = github.compare(scan(Status.FAIL))
    github.set(broken={"issue create": "the 'owner/repository' repository has disabled issues"})
    told = github.tell(night)
    assert told.done.returncode == 1 and "has disabled issues" in told.done.stderr


def _hostile() -> tuple[DocumentScan, DocumentScan]:
    texts = sorted(f"{text[:200]}/{name}" for name, text in STRINGS.items())
    stores = sorted((bucket(text) for text in texts), key=lambda store: store.id)
    findings = [
        msgspec.structs.replace(FAIL, id=f"f{n}", resource=store.id, severity=Severity.CRITICAL, region=store.id)
        for n, store in enumerate(stores)
    ]
    return whole([], stores, COVERAGE), whole(findings, stores, COVERAGE)


def test_nothing_that_a_stranger_named_is_markup_or_a_command_in_issue_summary_and_log(github: GitHub) -> None:
    before, now = _hostile()
    github.kept(before, run=801)
    night = github.compare(now)
    told = github.tell(night)
    (issue,) = github.issues
    for text in (issue["body"], night.ran.summary):
        assert "alert(1)" in text
        outside = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
        assert not re.search(r"alert|example\.com|@everyone|#1\b|<[a-z/!]", outside)
    for log in (night.ran.done, told.done):
        assert not re.search(r"^::(?!warning::The earlier)|##\[|\x1b", log.stdout + log.stderr, re.MULTILINE)
    assert set(night.ran.outputs) == {"outcome"} and set(told.outputs) == {"issue"}


def test_a_body_keeps_to_what_github_takes_and_says_what_was_cut(github: GitHub) -> None:
    before, now = _hostile()
    github.kept(before, run=801)
    nights = []
    for number in range(12):
        night = github.compare(now) if not nights else nights[0]
        nights.append(night)
        if number:
            folder = github.folder / f"copy-{number}"
            folder.mkdir()
            state = {**night.state, "name": f"aws-{number:012}-reader"}
            (folder / "state.json").write_text(json.dumps(state), encoding="utf-8")
            changes = (night.comparison / "changes.md").read_text(encoding="utf-8")
            (folder / "changes.md").write_text(changes + "- `é`\n" * 10_000, encoding="utf-8")
            nights[-1] = Copy(folder)
    github.tell(*nights)
    (issue,) = github.issues
    assert 40_000 < len(issue["body"]) <= 65_536
    for number in range(1, 12):
        assert f"artifact `lexloci-comparison-aws-{number:012}-reader` has the rest" in issue["body"]
    assert issue["body"].count("Cut here") == 11


class Copy:
    """A comparison that another job left."""

    def __init__(self, folder: Path) -> None:
        self.comparison = folder

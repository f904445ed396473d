"""Waivers and a baseline through the installed command: verdicts stay, exit codes follow, what lapsed is told."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.scanning import Command, day
from tests.fixtures.aws import REGION, Aws


@pytest.fixture
def account(aws: Aws) -> Aws:
    """Two buckets with health data under the provider's own key."""
    s3 = aws.client("s3")
    for name in ("rdv-patients", "dossiers-patients"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "data-classification", "Value": "sante"}]})
    aws.freeze()
    return aws


@pytest.fixture
def command(account: Aws, tmp_path: Path) -> Command:
    return Command(account, tmp_path)


def waiver(finding: dict[str, Any], ahead: int = 200, **more: Any) -> dict[str, Any]:
    what = {"control": finding["control"], "resource": finding["resource"]}
    return {**what, "reason": "moves in spring", "owner": "B. Durand, DPO", "expires": day(ahead), **more}


def serious(document: dict[str, Any], status: str = "fail") -> list[dict[str, Any]]:
    return [f for f in document["findings"] if f["status"] == status and f["severity"] in ("critical", "high")]


def verdicts(document: dict[str, Any]) -> dict[str, str]:
    return {finding["id"]: finding["status"] for finding in document["findings"]}


def test_waived_fails_keep_their_verdict_and_lose_their_exit_code(command: Command) -> None:
    code, before, _ = command.document()
    assert code == 1 and serious(before)
    command.write("lexloci.yaml", *(waiver(finding) for finding in serious(before)))
    code, after, told = command.document()
    assert code == 3, "what is unknown is not waived"
    assert verdicts(after) == verdicts(before)
    assert all(finding["waiver"]["owner"] == "B. Durand, DPO" for finding in serious(after))
    assert {use["state"] for use in after["summary"]["waivers"]} == {"in_force"}
    assert "waiver" not in told
    assert sum(control["counts"].get("waived", 0) for control in after["summary"]["controls"]) == len(serious(before))


def test_an_expired_waiver_returns_its_finding_and_is_told(command: Command) -> None:
    _, before, _ = command.document()
    path = command.write("waivers.yaml", waiver(serious(before)[0], -1))
    done = command.run("--waivers", path)
    assert done.returncode == 1
    assert f"ended on {day(-1)}; 1 findings that it spoke of count again" in done.stderr
    assert "WAIVERS THAT NEED A LOOK" in done.stdout and "WAIVED, and still there" not in done.stdout
    assert command.run("--waivers", path, "--strict-waivers").returncode == 2


def test_an_unused_waiver_is_told_and_strictly_fatal(command: Command) -> None:
    path = command.write("waivers.yaml", waiver({"control": "CORE-20", "resource": "arn:aws:s3:::gone"}))
    code, _, told = command.document("--waivers", path)
    assert code == 1 and "covers nothing in this scan" in told
    assert command.document("--waivers", path, "--strict-waivers")[0] == 2


def test_unknowns_that_are_all_acknowledged_stay_unknown(command: Command) -> None:
    _, before, _ = command.document()
    fails = [finding for finding in before["findings"] if finding["status"] == "fail"]
    unknowns = [finding for finding in before["findings"] if finding["status"] == "unknown"]
    assert before["scan"]["complete"] and unknowns
    for acknowledge, expected in ((False, 3), (True, 0)):
        decided = (waiver(finding, acknowledge_unknown=acknowledge) for finding in [*fails, *unknowns])
        code, after, _ = command.document("--waivers", command.write("waivers.yaml", *decided))
        assert (code, after["summary"]["verdict"]) == (expected, "not_established")
        assert verdicts(after) == verdicts(before)


def test_a_baseline_fails_only_on_what_is_new(command: Command) -> None:
    path = command.folder / "old.json"
    assert command.run("-o", f"json={path}").returncode == 1
    code, after, _ = command.document("--baseline", str(path))
    assert code == 3
    assert all(finding["known"] for finding in serious(after))
    assert after["summary"]["baseline"]["gone"] == 0

    old = json.loads(path.read_text())
    missing = serious(old)[0]["id"]
    old["findings"] = [finding for finding in old["findings"] if finding["id"] != missing]
    path.write_text(json.dumps(old))
    code, after, _ = command.document("--baseline", str(path))
    assert code == 1
    assert [finding["id"] for finding in serious(after) if not finding["known"]] == [missing]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"reason": ""}, "length >= 1"),
        ({"owner": None}, "Expected `str`"),
        ({"expires": "2027-02-30"}, "Invalid RFC3339"),
        ({"expires": day(400)}, "at most 366 are allowed"),
        ({"untill": "2027-01-01"}, "unknown field `untill`"),
    ],
)
def test_a_wrong_waiver_is_refused_with_its_place(command: Command, changes: dict[str, Any], problem: str) -> None:
    given = {**waiver({"control": "CORE-20", "resource": "*"}), **changes}
    done = command.run("--waivers", command.write("waivers.yaml", given))
    assert (done.returncode, done.stdout) == (2, "")
    assert "waivers.yaml:1:" in done.stderr and problem in done.stderr

"""An organisation in parts: each enters its own accounts alone, and joined they are what a single scan gives."""

import json
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.fleet import SCAN, organisation, run
from tests.fixtures.aws import Aws
from tests.fixtures.organization import ACCOUNT, REGION, Organization
from tests.scenarios.night import Night, body

ACCOUNTS = 18


def test_every_account_is_entered_in_one_part_and_the_merge_enters_none(tmp_path: Path) -> None:
    with organisation(ACCOUNTS, 20, 0) as (environment, asked):
        child, *_ = run(environment, tmp_path, *SCAN, "-o", f"json={tmp_path / 'whole.json'}")
        assert child.returncode in (1, 3)
        once = Counter(asked()["asked"])
        for index in (1, 2):
            words = ("--shard", f"{index}/2", "--journal", str(tmp_path / f"{index}"))
            assert run(environment, tmp_path, *SCAN, *words)[0].returncode == 0
        twice = Counter(asked()["asked"])
        merging = ("merge", "-q", "-o", f"json={tmp_path / 'merged.json'}", str(tmp_path / "1"), str(tmp_path / "2"))
        # Nothing is left to be asked, so no credentials are needed either.
        keyless = {name: value for name, value in environment.items() if not name.startswith("AWS_")}
        assert run(keyless, tmp_path, *merging)[0].returncode in (1, 3)
        assert Counter(asked()["asked"]) == twice
    whole, merged = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("whole", "merged"))
    assert whole["scan"]["complete"] and len(whole["keys"]) == 2 * ACCOUNTS
    assert body(merged) == body(whole)
    assert merged["scan"]["calls"] == whole["scan"]["calls"]
    # Accounts that are let go of and entered again do not come into it: there are fewer than are held.
    in_parts = twice - once
    assert once["AssumeRole"] == in_parts["AssumeRole"] == ACCOUNTS - 1
    assert once["DescribeKey"] == in_parts["DescribeKey"]


@pytest.mark.timeout(240)
def test_two_of_four_parts_killed_and_run_again_with_keys_of_one_another(aws: Aws, tmp_path: Path) -> None:
    """Each account uses a key of its own, and some that of the next account, which is in another part."""
    organization = Organization(aws)
    members = [organization.member(f"member-{index}") for index in range(31)]
    everyone = sorted([ACCOUNT, *members])
    shut = 9 if everyone[9] != ACCOUNT else 13
    keys = [aws.client("kms", account=one).create_key()["KeyMetadata"]["Arn"] for one in everyone]
    for index, account in enumerate(everyone):
        sqs = aws.client("sqs", account=account)
        for owner in {index, index + 1} if index % 4 == 0 else {index}:
            sqs.create_queue(QueueName=f"q-{index}-{owner}", Attributes={"KmsMasterKeyId": keys[owner]})
    aws.freeze()
    denied = {"fault": "denied", "service": "sts", "operation": "GetCallerIdentity", "account": everyone[shut]}
    aws.faults(denied)
    night = Night(aws, tmp_path)
    words = [night.scan()[0], "scan", "aws", "--organization", "--regions", REGION, "--services", "sqs", "-q"]

    def part(index: int, *more: str) -> list[str]:
        return [*words, "--shard", f"{index}/4", "--journal", f"{index}.journal", *more]

    whole = json.loads(night.run([*words, "--format", "json"]).stdout)
    assert not whole["scan"]["complete"] and len(whole["keys"]) == 32
    for index in (1, 3):
        assert night.run(part(index)).returncode == 0
    night.cut(part(2), 1, operation="ListQueues")
    night.cut(part(4), 3, operation="ListAliases")
    for index in (2, 4):
        resumed = night.run(part(index, "--resume"))
        if resumed.returncode == 2:  # killed before there was anything to resume
            resumed = night.run(part(index))
        assert resumed.returncode == 0, resumed.stderr
    journals = [f"{index}.journal" for index in (1, 2, 3, 4)]
    aws.process.control("forget")
    code, merged = night.merged(*reversed(journals), "--journal", "all.journal")
    assert code == whole["summary"]["exit_code"]
    assert body(merged) == body(whole)
    # Only keys that another part's account uses are left, each asked of its account, or of who uses it.
    assert {line["account"] for line in aws.log() if line["operation"] == "DescribeKey"} == {
        everyone[index if index + 1 == shut else index + 1] for index in range(0, 32, 4)
    }
    assert body(night.merged("all.journal", "3.journal")[1]) == body(whole)

"""A scan in parts, some of which died, is the scan in one piece."""

from pathlib import Path

import pytest

from tests.fixtures.aws import ACCOUNT, Aws
from tests.scenarios.night import Night, body, furnish


@pytest.fixture
def night(aws: Aws, tmp_path: Path) -> Night:
    furnish(aws)
    return Night(aws, tmp_path)


def shard(night: Night, index: int, of: int, *more: str) -> list[str]:
    return night.scan("--shard", f"{index}/{of}", "--journal", f"{index}.journal", *more)


@pytest.mark.timeout(240)
def test_two_of_four_shards_killed_and_run_again_give_the_document_of_a_single_run(night: Night) -> None:
    whole = night.document()
    for index in (1, 3):
        done = night.run(shard(night, index, 4))
        assert (done.returncode, done.stdout) == (0, "")
    for index, after in ((2, 4), (4, 7)):
        night.cut(shard(night, index, 4), after)
    journals = [f"{index}.journal" for index in (1, 2, 3, 4)]
    code, holes = night.merged(*journals)
    assert code in (1, 3)
    lost = [row["reason"] for row in holes["coverage"] if "did not come to its end" in row["reason"]]
    assert not holes["scan"]["complete"] and 1 <= len(lost) <= 2

    for index in (2, 4):
        resumed = night.run(shard(night, index, 4, "--resume"))
        if resumed.returncode == 2:  # killed before there was anything to resume
            resumed = night.run(shard(night, index, 4))
        assert resumed.returncode == 0, resumed.stderr
    code, merged = night.merged(*journals)
    assert code == whole["summary"]["exit_code"]
    assert body(merged) == body(whole)
    assert merged["scan"]["calls"] == whole["scan"]["calls"]
    assert merged["scan"]["scope"] == whole["scan"]["scope"]

    again = night.merged(*reversed(journals), "1.journal", "--journal", "all.journal")[1]
    assert body(again) == body(whole)
    assert body(night.merged("all.journal", "3.journal")[1]) == body(whole)


def test_a_shard_that_is_missing_is_a_row_and_the_scan_incomplete(night: Night) -> None:
    assert night.run(shard(night, 1, 2)).returncode == 0
    code, merged = night.merged("1.journal")
    assert code in (1, 3)
    assert [row["reason"] for row in merged["coverage"] if row["state"] == "skipped"] == [
        "not_scanned: shard 2/2 was not among the journals"
    ]
    assert merged["summary"]["verdict"] in ("violations", "not_established")


def test_without_credentials_the_keys_are_gaps(night: Night) -> None:
    for index in (1, 2):
        assert night.run(shard(night, index, 2)).returncode == 0
    night.aws.process.control("forget")
    _, merged = night.merged("1.journal", "2.journal", "--offline")
    assert night.aws.log() == []
    assert merged["keys"] == []
    encrypted = [r for r in merged["resources"] if r["type"] == "s3.bucket"]
    assert {r["encryption"]["custody"] for r in encrypted} == {"unknown"}
    assert [row["account"] for row in merged["coverage"] if "--offline" in row["reason"]] == [ACCOUNT]


def test_only_parts_of_one_scan_are_joined(night: Night) -> None:
    assert night.run(shard(night, 1, 2)).returncode == 0
    assert (
        night.run(night.scan("--exclude-services", "sqs", "--shard", "2/2", "--journal", "2.journal")).returncode == 0
    )
    assert night.run(night.scan("--shard", "2/3", "--journal", "3.journal")).returncode == 0
    for others, complaint in (
        (["2.journal"], "of another scope or version"),
        (["3.journal"], "different divisions"),
        (["nowhere"], "no journal nowhere"),
        (["1.journal", "--journal", "1.journal"], "one of the journals to be joined"),
    ):
        done = night.run([night.scan()[0], "merge", "1.journal", *others])
        assert (done.returncode, done.stdout) == (2, "")
        assert complaint in done.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--shard", "5/4", "--journal", "j"), "--shard takes i/n"),
        (("--shard", "0/4", "--journal", "j"), "--shard takes i/n"),
        (("--shard", "1/4"), "--shard goes with --journal"),
        (("--shard", "1/4", "--journal", "j", "--format", "json"), "A shard has no report"),
    ],
)
def test_a_shard_that_makes_no_sense_is_refused(night: Night, arguments: tuple[str, ...], complaint: str) -> None:
    done = night.run(night.scan(*arguments))
    assert done.returncode == 2
    assert complaint in done.stderr


def test_a_journal_is_not_resumed_for_another_shard(night: Night) -> None:
    assert night.run(shard(night, 1, 2)).returncode == 0
    done = night.run(night.scan("--shard", "2/2", "--journal", "1.journal", "--resume"))
    assert done.returncode == 2
    assert "another --shard" in done.stderr

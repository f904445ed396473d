"""Journals that are not what a scan left: damaged, of another version or scope. One sentence and a code each."""

import re
import shutil
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.command import LEXLOCI
from tests.fixtures.aws import Aws
from tests.scenarios.night import Night, body, furnish


@pytest.fixture
def night(aws: Aws, tmp_path: Path) -> Night:
    """A scan that was killed, with its journal `j` in one file."""
    furnish(aws)
    night = Night(aws, tmp_path)
    aws.faults({"fault": "slow", "seconds": 0.2})
    code, _, _ = night.cut(night.scan("--journal", "j", "--workers", "1"), 40, signal.SIGKILL)
    assert code == -signal.SIGKILL
    aws.faults()
    with sqlite3.connect(tmp_path / "j") as db:
        assert db.execute("select count(*) from unit").fetchone()[0] > 0
        assert db.execute("select count(*) from resource").fetchone()[0] > 0
        db.execute("pragma journal_mode=delete")
    db.close()
    return night


def sql(*statements: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        db = sqlite3.connect(path)
        with db:
            for statement in statements:
                db.execute(statement)
        db.close()

    return change


def cut_in_half(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def overwritten(path: Path) -> None:
    """Zeros over every page but the first, which holds the schema."""
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + bytes(len(whole) - 4096))


def bytes_in_the_schema(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE coverage", b"CREATE TAB\xba\xba coverage", 1))


def text(path: Path) -> None:
    path.write_text("Dossiers\n" * 1000, encoding="utf-8")


DAMAGED = {
    "cut in half": (cut_in_half, 4, "The journal j cannot be used: database disk image is malformed."),
    "overwritten": (overwritten, 4, "The journal j is damaged: "),
    "bytes in the schema": (bytes_in_the_schema, 4, "The journal j cannot be used: "),
    "text": (text, 4, "The journal j cannot be used: file is not a database."),
    "a value that is no text": (
        sql("update meta set value = cast(x'ff' as text) where name = 'origin'"),
        4,
        "The journal j is damaged: Could not decode to UTF-8",
    ),
    "an origin that is no JSON": (
        sql("update meta set value = '{' where name = 'origin'"),
        4,
        "The journal j is damaged: ",
    ),
    "a body that is none": (sql("update resource set body = x'c1'"), 4, "The journal j is damaged: "),
    "a body of another kind": (sql("update coverage set body = x'80'"), 4, "The journal j is damaged: "),
    "a name that is no text": (
        sql("update resource set id = cast(x'ff' as text) where id = (select min(id) from resource)"),
        4,
        "The journal j is damaged: Could not decode to UTF-8",
    ),
    "a column less": (
        sql("alter table coverage rename column body to text"),
        4,
        "The journal j is damaged: no such column: body.",
    ),
    "another format": (
        sql("update meta set value = '0' where name = 'format'"),
        2,
        "The journal j has format 0; this lexloci reads 2. Begin without it.",
    ),
}


@pytest.mark.parametrize("way", ["--resume", "merge"])
def test_a_journal_that_is_damaged_or_of_another_version_gives_no_result(night: Night, way: str) -> None:
    shutil.copy(night.folder / "j", night.folder / "kept")
    for name, (damage, code, why) in DAMAGED.items():
        for left in night.folder.glob("j*"):
            left.unlink()
        shutil.copy(night.folder / "kept", night.folder / "j")
        damage(night.folder / "j")
        if way == "merge":
            done = night.run([str(LEXLOCI), "merge", "-q", "j", "--format", "json"])
        else:
            done = night.run(night.scan("--format", "json", "--journal", "j", "--resume"))
        assert (done.returncode, done.stdout) == (code, ""), (name, done.stderr)
        assert re.match(f"lexloci: {why}", done.stderr), (name, done.stderr)
        assert len(done.stderr.splitlines()) == 1, (name, done.stderr)


def test_a_journal_of_another_scope_is_refused_and_of_a_database_of_others_nothing_is_taken(night: Night) -> None:
    done = night.run(night.scan("--journal", "j", "--resume", "--exclude-services", "sqs"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "was written for another scope or version; start without --resume" in done.stderr
    sql("create table unit (x)")(night.folder / "foreign")
    for command, why in (
        (night.scan("--journal", "foreign", "--resume"), "There is nothing to resume in foreign."),
        ([str(LEXLOCI), "merge", "foreign"], "The journal foreign holds no scan."),
    ):
        done = night.run(command)
        assert (done.returncode, done.stdout, done.stderr) == (2, "", f"lexloci: {why}\n")


def test_what_is_merged_of_a_scan_that_was_killed_says_that_it_is_not_all(night: Night) -> None:
    code, cut = night.merged("j")
    assert code == 3
    assert not cut["scan"]["complete"]
    assert {row["state"] for row in cut["coverage"]} >= {"complete", "skipped"}
    assert not cut["summary"]["statuses"]["pass"] or cut["summary"]["verdict"] == "not_established"
    assert cut["resources"]
    whole = night.document("--journal", "j", "--resume")
    assert whole["scan"]["complete"]
    assert body(night.document("--journal", "fresh")) == body(whole)

"""A disk that has no room for what is written: a sentence, exit code 4, and what was there before stays as it was."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from scanner.report.flat import FORMATS as TABLES
from scanner.store.journal import Journal
from scanner.store.origin import Origin, remember
from scanner.store.seal import seal
from tests import samples
from tests.cli.command import LEXLOCI, SIGNED_OUT
from tests.report.rendering import FORMATS
from tests.report.sample_scan import large, sample
from tests.store.sealing import content, keys

ROOM = 1
"""KiB that a file may have: the system refuses the rest, as it does on a full disk."""


def cramped(*arguments: str | Path, room: int = ROOM) -> subprocess.CompletedProcess[str]:
    """`lexloci` in a process that may write no file longer than `room`."""
    return subprocess.run(
        ["bash", "-c", f'ulimit -f {room} && exec "$@"', "bash", LEXLOCI, *arguments],
        # Python would keep the truncated byte code of what it imports.
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **SIGNED_OUT},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def refused(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 4, done.stderr
    assert "Traceback" not in done.stderr and "bug" not in done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert "cannot be" in last and ("too large" in last or "full" in last or "I/O error" in last), last


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scan of which no report fits."""
    folder = tmp_path_factory.mktemp("large") / "sealed"
    seal(large(400), folder)
    return folder


@pytest.mark.parametrize("format_", FORMATS)
def test_a_report_that_does_not_fit_leaves_the_one_before(format_: str, scan: Path, tmp_path: Path) -> None:
    report = tmp_path / "report"
    report.write_text("the last good one", encoding="utf-8")
    refused(cramped("report", scan, "-o", f"{format_}={report}"))
    assert content(tmp_path) == {"report": b"the last good one"}, "and nothing half-written beside it"


def test_a_sealed_scan_that_does_not_fit_leaves_the_one_before(scan: Path, tmp_path: Path) -> None:
    seal(sample(), tmp_path / "sealed")
    before = content(tmp_path)
    private, _ = keys(tmp_path.parent, tmp_path.name)
    refused(cramped("report", scan, "-o", f"sealed={tmp_path / 'sealed'}", "--sign-key", private))
    assert content(tmp_path) == before


@pytest.mark.parametrize("format_", [name for name in TABLES if name != "sqlite"])
def test_tables_that_do_not_fit_leave_those_before(format_: str, scan: Path, tmp_path: Path) -> None:
    seal(sample(), tmp_path / "small")
    done = subprocess.run(
        [LEXLOCI, "tables", tmp_path / "small", "-o", tmp_path / "tables", "--format", format_], check=False
    )
    assert done.returncode == 0
    before = content(tmp_path / "tables")
    refused(cramped("tables", scan, "-o", tmp_path / "tables", "--format", format_))
    after = content(tmp_path / "tables")
    assert before.items() <= after.items()
    assert {Path(name).name for name in after if name.startswith("findings/")} == {
        Path(name).name for name in before if name.startswith("findings/")
    }


def test_a_file_of_tables_that_has_no_room_keeps_its_rows(scan: Path, tmp_path: Path) -> None:
    file = tmp_path / "tables.sqlite"
    seal(sample(), tmp_path / "small")
    assert subprocess.run([LEXLOCI, "tables", tmp_path / "small", "-o", file], check=False).returncode == 0
    with closing(sqlite3.connect(file)) as database:
        before = list(database.iterdump())
    refused(cramped("tables", scan, "-o", file))
    with closing(sqlite3.connect(file)) as database:
        assert list(database.iterdump()) == before


def test_journals_for_whose_whole_there_is_no_room_are_not_called_damaged(tmp_path: Path) -> None:
    buckets = [samples.bucket(id=f"arn:aws:s3:::b{number}", name="x" * 500) for number in range(2000)]
    with Journal(tmp_path / "j") as journal:
        journal.bind("scope", resume=False)
        remember(journal, Origin(provider="aws", options={}, scope={}, started_at="", plugins=(), tool_version=""))
        journal.commit_unit(samples.unit(), buckets, [])
    whole = tmp_path / "whole"
    done = cramped("merge", tmp_path / "j", "--journal", whole, room=600)
    refused(done)
    assert done.stderr.startswith(f"lexloci: The journal {whole} cannot be used: ")


def test_pseudonyms_that_have_no_room_leave_the_report_before(scan: Path, tmp_path: Path) -> None:
    report = tmp_path / "report"
    report.write_text("the last good one", encoding="utf-8")
    refused(cramped("report", scan, "--redact", "-o", f"table={report}"))
    assert report.read_text(encoding="utf-8") == "the last good one"


def test_what_works_in_a_temporary_file_says_that_there_is_no_room_for_it() -> None:
    """SQLite keeps some pages in memory, so it takes many rows to need the file."""
    script = """
from scanner.errors import CannotRunError
from scanner.scratch import scratch
try:
    with scratch() as database:
        database.execute("create table a (b text)")
        database.executemany("insert into a values (?)", (("x" * 1000,) for _ in range(100_000)))
except CannotRunError as error:
    print(error)
"""
    done = subprocess.run(
        ["bash", "-c", f'ulimit -f {ROOM} && exec "$@"', "bash", sys.executable, "-B", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.startswith("The folder for temporary files (TMPDIR) cannot be used: "), done.stderr


@pytest.mark.parametrize("redirected", [">/dev/full", ">&-"])
def test_a_report_that_standard_output_does_not_take_is_no_bug(redirected: str, scan: Path) -> None:
    command = f'exec "$@" {redirected}'
    done = subprocess.run(
        ["bash", "-c", command, "bash", LEXLOCI, "report", scan, "-o", "json=-"],
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 4
    (line,) = done.stderr.splitlines()
    assert line.startswith("lexloci: The report cannot be written")

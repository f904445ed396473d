"""The trend over a folder of sealed scans."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from scanner.errors import UsageError
from scanner.report import history as report
from scanner.store.history import first_seen, read_history
from scanner.store.seal import seal
from scanner.store.sealed import SealedScan
from tests.cli.command import lexloci
from tests.report.hostile import STRINGS, hostile_scan
from tests.report.sample_scan import FAIL, HEADER, UNREAD, WAIVED, finding, sample

OTHER = finding(FAIL.status, "arn:aws:s3:::externe")


def night(folder: Path, day: int, *findings, account: str = "111122223333", **changed) -> None:
    header = msgspec.structs.replace(
        HEADER,
        id=f"{account}-{day}",
        started_at=f"2026-11-{day:02}T02:17:00Z",
        scope={**HEADER.scope, "accounts": [account]},
        **changed,
    )
    # The names of the folders do not sort like their times.
    seal(sample(scan=header, findings=findings), folder / f"{account}-{'z' if day < 10 else 'a'}{day}")


def test_scans_come_in_order_of_time_and_each_fail_since_its_first(tmp_path) -> None:
    night(tmp_path, 3, FAIL)
    night(tmp_path, 4, FAIL, OTHER)
    night(tmp_path, 11, UNREAD)
    night(tmp_path, 12, WAIVED, FAIL, OTHER)
    (tmp_path / "notes").mkdir()
    (series,) = read_history(tmp_path)
    assert [point.started_at[8:10] for point in series.points] == ["03", "04", "11", "12"]
    fails = {fail.resource: (fail.first_seen[8:10], fail.seen) for fail in series.open_fails()}
    assert fails == {FAIL.resource: ("03", 3), OTHER.resource: ("04", 2)}, "a waived fail is not open"


def test_a_scan_from_the_future_is_told(tmp_path) -> None:
    night(tmp_path, 3, FAIL)
    header = msgspec.structs.replace(HEADER, id="f", started_at="2199-11-04T02:17:00Z")
    seal(sample(scan=header), tmp_path / "future")
    done = lexloci("history", tmp_path)
    assert done.returncode == 0
    assert done.stderr.count("which is yet to come") == 1
    assert f"{tmp_path / 'future'} says that it began at 2199-11-04T02:17:00Z" in done.stderr


def test_what_was_read_stands_beside_what_was_found(tmp_path) -> None:
    night(tmp_path, 3, FAIL)
    (point,) = read_history(tmp_path)[0].points
    assert (point.fails, point.waived, point.unknown) == (1, 1, 2)
    assert (point.units_read, point.units, point.complete) == (2, 3, False)
    told = b"".join(report.table(read_history(tmp_path))).decode()
    assert "2 of 3" in told and "NO" in told


def test_scopes_are_not_mixed(tmp_path) -> None:
    night(tmp_path, 3, FAIL)
    night(tmp_path, 4, account="444455556666")
    one, two = json.loads(b"".join(report.json(read_history(tmp_path))))
    assert (one["scope"]["accounts"], len(one["open_fails"])) == (["111122223333"], 1)
    assert (two["scope"]["accounts"], two["open_fails"]) == (["444455556666"], [])


def test_a_scan_that_lies_there_twice_counts_once(tmp_path) -> None:
    night(tmp_path, 3, FAIL)
    seal_again = sample(
        scan=msgspec.structs.replace(HEADER, id="111122223333-3", scope={**HEADER.scope, "accounts": ["111122223333"]})
    )
    seal(seal_again, tmp_path / "copy")
    (series,) = read_history(tmp_path)
    assert len(series.points) == 1


def test_many_fails_are_cut_for_people_and_counted(tmp_path) -> None:
    many = sorted((finding(FAIL.status, f"arn:aws:s3:::s{n}") for n in range(60)), key=lambda f: f.resource)
    night(tmp_path, 3, *many)
    told = b"".join(report.table(read_history(tmp_path))).decode()
    assert "… and 10 more" in told
    assert len(json.loads(b"".join(report.json(read_history(tmp_path))))[0]["open_fails"]) == 60


@pytest.mark.parametrize("name", [".", "none"])
def test_a_folder_without_a_sealed_scan_is_refused(tmp_path, name) -> None:
    with pytest.raises(UsageError, match="sealed scan"):
        read_history(tmp_path / name)


def test_a_damaged_scan_in_a_history_is_told(tmp_path) -> None:
    night(tmp_path, 3, FAIL)
    path = next(tmp_path.glob("*/summary.json"))
    path.write_text(path.read_text()[:-5])
    with pytest.raises(UsageError, match=str(path)):
        read_history(tmp_path)


def test_a_row_of_the_flat_tables_says_since_when_it_fails(tmp_path) -> None:
    night(tmp_path / "scans", 3, FAIL)
    night(tmp_path / "scans", 4, UNREAD, OTHER)
    night(tmp_path / "scans", 12, FAIL, OTHER, UNREAD)
    night(tmp_path / "scans", 2, OTHER, account="444455556666")
    night(tmp_path / "scans", 13, OTHER, FAIL)
    scan = SealedScan(tmp_path / "scans" / "111122223333-a12")
    with first_seen(tmp_path / "scans", scan) as since:
        seen = {found.resource: since(found)[8:10] for found in scan.findings()}
    assert seen == {FAIL.resource: "03", OTHER.resource: "04", UNREAD.resource: ""}, (
        "of its scope, and none that is later"
    )


def test_what_no_earlier_scan_has_is_seen_first_in_this_one(tmp_path) -> None:
    night(tmp_path / "scans", 3)
    with first_seen(tmp_path / "scans", sample()) as since:
        assert (since(FAIL), since(UNREAD)) == (HEADER.started_at, "")


def test_the_command_fills_the_column_from_a_folder_of_scans(tmp_path) -> None:
    night(tmp_path / "scans", 3, FAIL)
    night(tmp_path / "scans", 12, FAIL)
    latest, tables = str(tmp_path / "scans" / "111122223333-a12"), str(tmp_path / "tables.sqlite")
    for options, expected in (((), ""), (("--history", str(tmp_path / "scans")), "2026-11-03T02:17:00Z")):
        done = lexloci("tables", latest, "-o", tables, *options)
        assert done.returncode == 0, done.stderr
        with closing(sqlite3.connect(tables)) as database:
            assert database.execute("select first_seen from findings").fetchall() == [(expected,)]
    done = lexloci("tables", latest, "-o", tables, "--history", str(tmp_path / "nothing"))
    assert done.returncode == 2 and "no folder of sealed scans" in done.stderr


def test_hostile_names_stay_text_in_a_history(tmp_path) -> None:
    seal(hostile_scan(), tmp_path / "a")
    told = b"".join(report.table(read_history(tmp_path))).decode()
    assert "alert(1)" in told and not re.search(
        r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]|##\[|^\s*::", told, re.MULTILINE
    )
    (series,) = json.loads(b"".join(report.json(read_history(tmp_path))))
    assert set(STRINGS.values()) <= {fail["resource"] for fail in series["open_fails"]}

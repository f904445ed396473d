"""The flat tables are the same in every format, and hold many scans."""

import csv
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import msgspec
import pytest

from scanner.errors import CannotRunError, UsageError
from scanner.report.flat import FORMATS, write
from scanner.report.tables import TABLES, unknown_since
from tests.report.hostile import STRINGS, hostile_scan
from tests.report.sample_scan import HEADER, sample

NAMES = [table.name for table in TABLES]
COLUMNS = {table.name: tuple(table.columns) for table in TABLES}


def scan(id_: str = HEADER.id, **changed):
    return sample(scan=msgspec.structs.replace(HEADER, id=id_), **changed)


def read(format_: str, target: Path, name: str) -> list[tuple[str, ...]]:
    """Every row of a table as text, in order of its key; CSV without the mark that keeps a formula from running."""
    if format_ == "sqlite":
        with closing(sqlite3.connect(target)) as database:
            rows = database.execute(f"select * from {name}").fetchall()
    elif format_ == "parquet":
        rows = duckdb.connect().execute(f"select * from '{target}/{name}/*.parquet'").fetchall()
    elif format_ == "csv":
        rows = [
            tuple(cell.removeprefix("'") for cell in row)
            for path in (target / name).iterdir()
            for row in list(csv.reader(path.open(encoding="utf-8", newline="")))[1:]
        ]
    else:
        rows = [
            tuple(json.loads(line)[column] for column in COLUMNS[name])
            for path in (target / name).iterdir()
            for line in path.read_bytes().splitlines()
        ]
    return sorted(tuple(str(cell) for cell in row) for row in rows)


@pytest.mark.parametrize("name", NAMES)
def test_a_table_is_the_same_in_every_format(tmp_path, name) -> None:
    found = {}
    for format_ in FORMATS:
        for id_ in ("one", "two"):
            write(scan(id_), format_, tmp_path / format_)
        found[format_] = read(format_, tmp_path / format_, name)
    table = next(table for table in TABLES if table.name == name)
    expected = sorted(
        tuple(str(c) for c in row) for id_ in ("one", "two") for row in table.rows(scan(id_), unknown_since)
    )
    assert expected and all(rows == expected for rows in found.values())


@pytest.mark.parametrize("format_", FORMATS)
def test_a_scan_that_is_added_again_takes_its_own_place(tmp_path, format_) -> None:
    target = tmp_path / "tables"
    for each in (scan("one"), scan("two"), scan("one", findings=())):
        write(each, format_, target)
    assert len(read(format_, target, "scans")) == 2
    assert {row[0] for row in read(format_, target, "findings")} == {"two"}


@pytest.mark.parametrize("format_", ["sqlite", "jsonl", "parquet"])
def test_hostile_names_come_back_as_they_are_and_choose_no_file(tmp_path, format_) -> None:
    evil = hostile_scan().document
    header = msgspec.structs.replace(evil.scan, id="../../escape")
    write(sample(**{**msgspec.structs.asdict(evil), "scan": header}), format_, tmp_path / "tables")
    rows = read(format_, tmp_path / "tables", "findings")
    column = list(TABLES[2].columns).index("resource")
    assert set(STRINGS.values()) <= {row[column] for row in rows}
    assert [path.name for path in tmp_path.iterdir()] == ["tables"]


@pytest.mark.parametrize("format_", FORMATS)
def test_a_target_of_another_kind_is_refused(tmp_path, format_) -> None:
    if format_ == "sqlite":
        (tmp_path / "t").mkdir()
    else:
        (tmp_path / "t").write_text("mine")
    with pytest.raises(UsageError, match="takes the other"):
        write(scan(), format_, tmp_path / "t")


def test_a_scan_that_cannot_be_added_whole_is_not_added(tmp_path) -> None:
    write(scan("one"), "sqlite", tmp_path / "t")
    twice = sample().document.findings
    with pytest.raises(CannotRunError, match="UNIQUE"):
        write(scan("two", findings=(*twice, *twice)), "sqlite", tmp_path / "t")
    assert len(read("sqlite", tmp_path / "t", "scans")) == 1
    (tmp_path / "text").write_text("hello" * 1000)
    with pytest.raises(CannotRunError, match="not a database"):
        write(scan(), "sqlite", tmp_path / "text")


def test_tables_of_another_version_are_left_alone(tmp_path) -> None:
    with closing(sqlite3.connect(tmp_path / "t")) as database:
        database.execute("create table findings (scan text, note text)")
    with pytest.raises(UsageError, match="other columns"):
        write(scan(), "sqlite", tmp_path / "t")

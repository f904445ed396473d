"""The three flat tables on disk, for Metabase, Grafana, Athena or a spreadsheet; many scans in one place."""

import hashlib
import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from scanner.errors import CannotRunError, UsageError
from scanner.model.finished import FinishedScan
from scanner.replace import put
from scanner.report.csv import table as csv_of
from scanner.report.tables import TABLES, Since, Table, records, unknown_since
from scanner.report.wire import encode

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
_SQL = {str: "text", int: "integer"}
_DUCK = {str: "VARCHAR", int: "BIGINT"}


def write(scan: FinishedScan, format_: str, target: Path, since: Since = unknown_since) -> None:
    """Add the scan's rows to the tables at `target`; adding a scan again replaces its rows. `since` tells of history.

    `csv`, `jsonl` and `parquet` are folders: `TABLE/SCAN.EXTENSION`. `sqlite` is one file. UsageError for another
    format or a target of another kind; CannotRunError when it cannot be written, and what was there stays.
    """
    if format_ not in FORMATS:
        raise UsageError(f"--format takes {', '.join(FORMATS)} here, not '{format_}'.")
    if (format_ == "sqlite") == target.is_dir() and target.exists():
        raise UsageError(f"{target} is a {'folder' if target.is_dir() else 'file'}; {format_} takes the other.")
    try:
        FORMATS[format_](scan, target, since)
    except OSError as error:
        raise CannotRunError(f"The tables {target} cannot be written: {error.strerror or error}.") from None


def _csv(scan: FinishedScan, folder: Path, since: Since) -> None:
    for table in TABLES:
        put(csv_of(table, scan, since), _place(folder, table, scan, "csv"))


def _jsonl(scan: FinishedScan, folder: Path, since: Since) -> None:
    for table in TABLES:
        put(_lines(table, scan, since), _place(folder, table, scan, "jsonl"))


def _parquet(scan: FinishedScan, folder: Path, since: Since) -> None:
    if find_spec("duckdb") is None:
        raise UsageError("Parquet needs the extra: pip install 'lexloci[analytics]'.")
    import duckdb

    for table in TABLES:
        place = _place(folder, table, scan, "parquet")
        columns = ", ".join(f"'{name}': '{_DUCK[type_]}'" for name, type_ in table.columns.items())
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=".") as beside:
            lines, packed = Path(beside) / "rows.jsonl", Path(beside) / "rows.parquet"
            put(_lines(table, scan, since), lines)
            with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as database:
                try:
                    database.execute(
                        f"copy (select * from read_json({_quoted(lines)}, format = 'newline_delimited', "  # noqa: S608
                        f"columns = {{{columns}}}, maximum_object_size = 268435456)) "
                        f"to {_quoted(packed)} (format parquet, compression zstd)"
                    )
                except duckdb.Error as error:
                    raise CannotRunError(f"The table {place} cannot be written: {error}.") from None
            packed.replace(place)


def _sqlite(scan: FinishedScan, path: Path, since: Since) -> None:
    """One transaction for all three tables."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute("begin immediate")
            for table in TABLES:
                _fill(database, table, scan, since)
            database.execute("commit")
    except sqlite3.Error as error:
        raise CannotRunError(f"The tables {path} cannot be written: {error}.") from None


def _fill(database: sqlite3.Connection, table: Table, scan: FinishedScan, since: Since) -> None:
    columns = ", ".join(f"{name} {_SQL[type_]} not null" for name, type_ in table.columns.items())
    key = ", ".join(table.key)
    database.execute(f"create table if not exists {table.name} ({columns}, primary key ({key})) without rowid")
    found = [row[1] for row in database.execute(f"pragma table_info({table.name})")]
    if found != list(table.columns):
        raise UsageError(f"Its table {table.name} was written by another version: it has other columns.")
    database.execute(f"delete from {table.name} where scan = ?", (scan.header.id,))  # noqa: S608 - fixed names
    marks = ", ".join("?" * len(table.columns))
    database.executemany(f"insert into {table.name} values ({marks})", table.rows(scan, since))  # noqa: S608


FORMATS: dict[str, Callable[[FinishedScan, Path, Since], None]] = {
    "csv": _csv,
    "jsonl": _jsonl,
    "sqlite": _sqlite,
    "parquet": _parquet,
}


def _lines(table: Table, scan: FinishedScan, since: Since) -> Iterator[bytes]:
    return (encode(record) + b"\n" for record in records(table, scan, since))


def _place(folder: Path, table: Table, scan: FinishedScan, extension: str) -> Path:
    """Where the rows of this scan go. An id that is no plain word is not let into a file name."""
    id_ = scan.header.id
    name = id_ if _PLAIN.fullmatch(id_) else hashlib.sha256(id_.encode()).hexdigest()
    path = folder / table.name / f"{name}.{extension}"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


__all__ = ["FORMATS", "write"]

"""The working store of a scan: one SQLite file, one transaction a unit.

A unit's results and the fact that it is done are committed together, so that `done` and `stored` cannot differ. With
WAL and `synchronous=NORMAL` nothing committed is lost when the process is killed; after a power cut the last units may
have to be scanned again, and nothing is torn (measured, see `docs/decisions/0003-journal.md`).

The connection holds an exclusive lock, so that two scans on one journal are refused.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Literal, Self, TypeVar

import msgspec

from scanner.endless import WHY, is_endless
from scanner.errors import CannotRunError, UsageError
from scanner.model import Coverage, Finding, Key, ObservedKey, ObservedResource, Resource, Unit
from scanner.model.records import Calls, Discovery, Place, Record, Reference, TagSet
from scanner.model.sample import Sampled
from scanner.store.broken import DamagedJournalError, told
from scanner.store.hold import HeldError, Hold
from scanner.store.journal_sql import ABSORB, PUT_KEY, PUT_RESOURCE, TABLES
from scanner.store.transaction import Transaction

T = TypeVar("T")

_FORMAT = "2"

PRELIMINARY = "preliminary"
"""Name of the coverage rows of regions and accounts that are closed."""

NOT_REACHED = "not reached"
"""Name of the coverage rows of units that were not done."""

_INVENTORY: dict[str, type[msgspec.Struct]] = {
    "unit": Unit,
    "resource": ObservedResource,
    "key": ObservedKey,
    "tags": TagSet,
    "discovery": Discovery,
    "place": Place,
    "sample": Sampled,
    "coverage": Coverage,
}
"""Tables whose last column is a record, and its type."""

_SEVERITY_RANK = {"critical": 0, "high": 1, "medium": 2, "low": 3, "info": 4}

_encode = msgspec.msgpack.Encoder().encode


class Journal:
    """A scan's working store. Opened by one process; used by one thread."""

    def __init__(self, path: Path) -> None:
        """Open or create the journal at `path`; UsageError when another scan has it open, CannotRunError otherwise."""
        self.path = path
        if is_endless(path):
            raise CannotRunError(f"The journal {path} cannot be used: {WHY}.")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._hold = Hold(path)
        except HeldError:
            raise UsageError(f"The journal {path} is in use by another scan.") from None
        except OSError as error:
            raise CannotRunError(f"The journal {path} cannot be used: {error}.") from None
        try:
            self._open()
        except BaseException:
            self._hold.release()
            raise

    def _open(self) -> None:
        path = self.path
        try:
            self._db = sqlite3.connect(path, isolation_level=None, timeout=0.5, check_same_thread=False)
            self._db.execute("pragma locking_mode=exclusive")
            self._db.execute("pragma journal_mode=wal")
            self._db.execute("pragma synchronous=normal")
            self._db.execute("begin exclusive")
            self._db.execute("commit")
            self._db.executescript(TABLES)
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise UsageError(f"The journal {path} is in use by another scan.") from None
            raise CannotRunError(f"The journal {path} cannot be opened: {error}.") from None
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            raise CannotRunError(f"The journal {path} cannot be used: {error}.") from None

    def refuse_damaged(self) -> None:
        """CannotRunError when pages of the file are damaged, UsageError when another version of lexloci wrote it.

        What is inside of a value has no checksum.
        """
        try:
            found = " ".join(str(self._db.execute("pragma quick_check(1)").fetchone()[0]).split())
        except sqlite3.Error as error:
            raise told(self.path, error) from None
        if found != "ok":
            raise DamagedJournalError(self.path, found)
        written = self.meta("format")
        if written not in (None, _FORMAT):
            raise UsageError(
                f"The journal {self.path} has format {written}; this lexloci reads {_FORMAT}. Begin without it."
            )

    def read_through(self) -> None:
        """CannotRunError for the first row of the inventory that cannot be read."""
        for table, type_ in _INVENTORY.items():
            decode = self._decoder(type_)
            for *_, body in self._db.execute(f"select * from {table}"):  # noqa: S608 - fixed names
                decode(body)

    def bind(self, digest: str, *, resume: bool) -> None:
        """Tie the journal to a scope and a tool (`digest`); start empty, or go on when `resume` is asked for.

        Resuming a journal of another scope is refused: its units would be taken for answers to a question that was
        never asked.
        """
        if resume:
            self.refuse_damaged()
        found = self.meta("digest")
        if resume and found is None:
            raise UsageError(f"There is nothing to resume in {self.path}.")
        if resume and found != digest:
            raise UsageError(
                f"The journal {self.path} was written for another scope or version; start without --resume."
            )
        with self._transaction():
            if not resume:
                for table in (
                    "unit",
                    "resource",
                    "key",
                    "key_alias",
                    "tags",
                    "discovery",
                    "place",
                    "sample",
                    "reference",
                    "looked_up",
                    "coverage",
                    "calls",
                ):
                    self._db.execute(f"delete from {table}")  # noqa: S608 - fixed names
                self._db.execute("delete from meta")
                self._set_meta("digest", digest)
                self._set_meta("format", _FORMAT)
            for table in ("assessed", "assessed_key", "finding"):
                self._db.execute(f"delete from {table}")  # noqa: S608 - fixed names

    def meta(self, name: str) -> str | None:
        row = self._db.execute("select value from meta where name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, name: str, value: str) -> None:
        with self._transaction():
            self._set_meta(name, value)

    def done(self) -> set[str]:
        """Ids of the units that are complete."""
        return {row[0] for row in self._db.execute("select id from unit")}

    def is_done(self, unit: Unit) -> bool:
        """True when the unit is complete."""
        return self._db.execute("select 1 from unit where id = ?", (unit.id,)).fetchone() is not None

    def commit_unit(
        self,
        unit: Unit,
        records: Iterable[Record],
        references: Iterable[Reference],
        looked_up: Iterable[Reference] = (),
    ) -> None:
        """Store what a unit gave, and that it is done, in one transaction. What it gave before goes.

        `looked_up` is what a unit of the second pass was asked for.
        """
        with self._transaction():
            if self.is_done(unit):
                for table in ("key", "coverage"):
                    self._db.execute(f"delete from {table} where unit = ?", (unit.id,))  # noqa: S608 - fixed names
            self._db.executemany(
                "insert or ignore into looked_up values (?, ?, ?, ?, ?)",
                ((unit.id, r.kind, r.target, r.account, r.region) for r in looked_up),
            )
            seq = 0
            for record in records:
                if isinstance(record, Coverage):
                    self._db.execute(
                        "insert or replace into coverage values (?, ?, ?)", (unit.id, seq, _encode(record))
                    )
                    seq += 1
                else:
                    self._store(unit, record)
            self._db.executemany(
                "insert or ignore into reference values (?, ?, ?, ?)",
                ((r.kind, r.target, r.account, r.region) for r in references),
            )
            self._db.execute("insert or replace into unit values (?, ?)", (unit.id, _encode(unit)))

    def add_coverage(self, name: str, rows: Iterable[Coverage]) -> None:
        """Store coverage rows that belong to no unit, under a `name` of their own; replaces what it held."""
        with self._transaction():
            self._db.execute("delete from coverage where unit = ?", (name,))
            self._db.executemany(
                "insert into coverage values (?, ?, ?)", ((name, i, _encode(row)) for i, row in enumerate(rows))
            )

    def absorb(self, path: Path) -> None:
        """Add the units of another journal of the same scan, with all they gave, in one transaction."""
        self._db.execute("attach database ? as part", (str(path),))
        try:
            with self._transaction():
                for statement in ABSORB:
                    self._db.execute(statement)
        finally:
            self._db.execute("detach database part")

    def coverage_named(self, name: str) -> Iterator[Coverage]:
        """The rows that `add_coverage` stored under `name`."""
        return self._stream("select body from coverage where unit = ? order by seq", Coverage, name)

    def open_references(self) -> list[Reference]:
        """What units refer to and no unit of the second pass looked up yet.

        A unit that was collected later than the others, or in another part of the scan, may refer to more.
        """
        return self._references(
            """select kind, target, account, region from reference
            except select kind, target, account, region from looked_up order by 1, 2, 3, 4"""
        )

    def looked_up_by(self, unit: Unit) -> list[Reference]:
        """What a unit of the second pass was asked for when it was done."""
        query = "select kind, target, account, region from looked_up where unit = ? order by 1, 2, 3, 4"
        return self._references(query, unit.id)

    def observed(self) -> Iterator[ObservedResource]:
        """Every observed resource in order of id. What is stored meanwhile is written beside it.

        Read in pieces: a query that stays open keeps the write-ahead log from beginning anew, so that everything
        that is concluded would pile up there, and be searched for each page that is read.
        """
        decode = self._decoder(ObservedResource)
        rows = self._db.execute("select id, body from resource order by id limit 500").fetchall()
        while rows:
            for _, body in rows:
                yield decode(body)
            following = "select id, body from resource where id > ? order by id limit 500"
            rows = self._db.execute(following, (rows[-1][0],)).fetchall()

    def observed_keys(self) -> Iterator[ObservedKey]:
        return self._stream("select body from key order by id", ObservedKey)

    def observed_by_id(self, id_: str) -> ObservedResource | None:
        return self._one("select body from resource where id = ?", id_, ObservedResource)

    def key(self, reference: str) -> ObservedKey | None:
        """The key a resource means by `reference`: its id, or a name it is known under."""
        found = self._one("select body from key where id = ?", reference, ObservedKey)
        if found is not None:
            return found
        return self._one(
            "select body from key where id = (select id from key_alias where alias = ?)", reference, ObservedKey
        )

    def place(self, target: str) -> Place | None:
        return self._one("select body from place where target = ?", target, Place)

    def tags_of(self, id_: str) -> dict[str, str] | None:
        found = self._one("select body from tags where resource = ?", id_, TagSet)
        return None if found is None else found.tags

    def holds(self, kind: Literal["discovery", "sample"]) -> bool:
        """True when there is anything of this kind."""
        return self._db.execute(f"select 1 from {kind} limit 1").fetchone() is not None  # noqa: S608 - fixed names

    def discoveries(self, id_: str) -> Iterator[Discovery]:
        """What discovery services found in a resource, in order of service and finding."""
        query = "select body from discovery where resource = ? order by source, finding"
        return self._stream(query, Discovery, id_)

    def sampled(self, id_: str) -> Sampled | None:
        return self._one("select body from sample where resource = ?", id_, Sampled)

    def samples(self) -> Iterator[Sampled]:
        return self._stream("select body from sample order by resource", Sampled)

    def coverage(self) -> Iterator[Coverage]:
        return self._stream("select body from coverage order by unit, seq", Coverage)

    def calls(self) -> dict[str, int]:
        rows = self._db.execute("select operation, sum(count) from calls group by 1 order by 1")
        return {operation: int(count) for operation, count in rows}

    def store_results(
        self, resources: Iterable[Resource] = (), keys: Iterable[Key] = (), findings: Iterable[Finding] = ()
    ) -> None:
        """Store a batch of what assessment and evaluation concluded."""
        with self._transaction():
            self._db.executemany(
                "insert or replace into assessed values (?, ?)", ((r.id, _encode(r)) for r in resources)
            )
            self._db.executemany(
                "insert or replace into assessed_key values (?, ?)", ((k.id, _encode(k)) for k in keys)
            )
            self._db.executemany(
                "insert or replace into finding values (?, ?, ?, ?, ?, ?)",
                ((f.id, _SEVERITY_RANK[f.severity], f.status, f.control, f.resource, _encode(f)) for f in findings),
            )

    def resources(self) -> Iterator[Resource]:
        return self._stream("select body from assessed order by id", Resource)

    def keys(self) -> Iterator[Key]:
        return self._stream("select body from assessed_key order by id", Key)

    def findings(self, status: str | None = None) -> Iterator[Finding]:
        """Findings in order of control and subject, or of one status with the most severe first."""
        if status is None:
            return self._stream("select body from finding order by control, subject, id", Finding)
        return self._stream(
            "select body from finding where status = ? order by severity, control, subject, id", Finding, status
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        """Close, and name the file in what SQLite has to say about it."""
        self.close()
        if isinstance(error, sqlite3.Error):
            raise told(self.path, error) from None

    def close(self) -> None:
        self._db.close()
        self._hold.release()

    def discard(self) -> None:
        """Close and delete the files, before another scan may have them."""
        self._db.close()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        self._hold.release()

    def _store(self, unit: Unit, record: Record) -> None:
        if isinstance(record, ObservedResource):
            self._db.execute(PUT_RESOURCE, (record.id, unit.id, _encode(record)))
        elif isinstance(record, ObservedKey):
            self._db.execute(PUT_KEY, (record.id, unit.id, _encode(record)))
            for alias in record.aliases:
                self._db.execute("insert or replace into key_alias values (?, ?)", (alias, record.id))
        elif isinstance(record, TagSet):
            self._db.execute("insert or replace into tags values (?, ?)", (record.resource, _encode(record)))
        elif isinstance(record, Discovery):
            self._db.execute(
                "insert or replace into discovery values (?, ?, ?, ?, ?)",
                (record.resource, record.source, record.finding, unit.id, _encode(record)),
            )
        elif isinstance(record, Place):
            self._db.execute("insert or replace into place values (?, ?)", (record.target, _encode(record)))
        elif isinstance(record, Sampled):
            self._db.execute("insert or replace into sample values (?, ?)", (record.resource, _encode(record)))
        elif isinstance(record, Calls):
            self._db.executemany(
                "insert into calls values (?, ?, ?) on conflict do update set count = count + excluded.count",
                ((unit.id, operation, count) for operation, count in record.by_operation.items()),
            )

    def _references(self, query: str, *args: str) -> list[Reference]:
        rows = self._db.execute(query, args)
        return [Reference(kind=k, target=t, account=a, region=r) for k, t, a, r in rows]

    def _stream(self, query: str, type_: type[T], *args: str) -> Iterator[T]:
        decode = self._decoder(type_)
        cursor = self._db.execute(query, args)
        while rows := cursor.fetchmany(500):
            for (body,) in rows:
                yield decode(body)

    def _one(self, query: str, key: str, type_: type[T]) -> T | None:
        row = self._db.execute(query, (key,)).fetchone()
        return None if row is None else self._decoder(type_)(row[0])

    def _decoder(self, type_: type[T]) -> Callable[[bytes], T]:
        decode = msgspec.msgpack.Decoder(type_).decode

        def decoded(body: bytes) -> T:
            try:
                return decode(body)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise DamagedJournalError(self.path, error) from None

        return decoded

    def _set_meta(self, name: str, value: str) -> None:
        self._db.execute("insert or replace into meta values (?, ?)", (name, value))

    def _transaction(self) -> Transaction:
        return Transaction(self._db, self.path)


def by_account(rows: Iterable[Coverage]) -> list[Coverage]:
    """Rows that belong to no unit, in the order of a whole scan: parts of it know those of their own accounts."""
    return sorted(rows, key=lambda row: row.account)

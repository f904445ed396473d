"""What two scans had under their feet: which subjects there were, and how every unit was read. In a temporary file."""

import sqlite3
from collections.abc import Iterator

from scanner.model import CoverageState
from scanner.model.change import CoverageChange, Read
from scanner.model.coverage import SETTLED
from scanner.model.finished import FinishedScan


class Ground:
    """Which subjects a scan saw, and how its units were read."""

    def __init__(self, database: sqlite3.Connection, name: str, scan: FinishedScan) -> None:
        self._database = database
        self._name = name
        database.execute(f"create table {name}_subject (id text primary key, place text) without rowid")
        database.execute(
            f"""create table {name}_unit (provider text, account text, region text, service text, type text,
            state text, reason text, primary key (provider, account, region, service, type)) without rowid"""
        )
        database.executemany(f"insert or ignore into {name}_subject values (?, ?)", _subjects(scan))  # noqa: S608
        database.executemany(f"insert or replace into {name}_unit values (?, ?, ?, ?, ?, ?, ?)", _units(scan))  # noqa: S608
        self._last: tuple[tuple[str, ...], bool] = ((), False)

    def has(self, subject: str) -> bool:
        found = self._database.execute(f"select 1 from {self._name}_subject where id = ?", (subject,))  # noqa: S608
        return found.fetchone() is not None

    def place(self, subject: str) -> tuple[str, str, str] | None:
        """Account, region and type of a subject; None for the wider ones."""
        row = self._database.execute(
            f"select place from {self._name}_subject where id = ?",  # noqa: S608
            (subject,),
        ).fetchone()
        if row is None:
            return None
        account, region, type_ = row[0].split("\n")
        return account, region, type_

    def read(self, account: str, region: str, type_: str) -> bool:
        """True when the unit that lists this type there was read, and nothing about the type failed in it."""
        where = (account, region, type_)
        if self._last[0] != where:
            self._last = (where, self._look(account, region, type_))
        return self._last[1]

    def _look(self, account: str, region: str, type_: str) -> bool:
        """A provider lists some things once for all regions, in a unit of the region `global`."""
        service = service_of(type_)
        rows = self._database.execute(
            f"""select type, state from {self._name}_unit
            where account = ? and region in (?, 'global') and lower(service) = lower(?)""",  # noqa: S608
            (account, region, service),
        ).fetchall()
        units = {state for row_type, state in rows if not row_type}
        failed = {row_type for row_type, state in rows if row_type and state != CoverageState.COMPLETE}
        good = {CoverageState.COMPLETE.value, CoverageState.PARTIAL.value}
        return bool(units) and units <= good and type_ not in failed


def service_of(type_: str) -> str:
    """The service that lists a resource type: `s3` of `s3.bucket`, `Microsoft.Sql` of `Microsoft.Sql/servers`."""
    return type_.partition("/")[0] if "/" in type_ else type_.partition(".")[0]


def _subjects(scan: FinishedScan) -> Iterator[tuple[str, str]]:
    for resource in scan.resources():
        yield resource.id, f"{resource.account}\n{resource.region}\n{resource.type}"
    for key in scan.keys():
        yield key.id, f"{key.account}\n{key.region}\n"


def _units(scan: FinishedScan) -> Iterator[tuple[str, ...]]:
    for row in scan.coverage():
        yield row.provider, row.account, row.region, row.service, row.type, row.state.value, row.reason


def coverage_changes(database: sqlite3.Connection) -> Iterator[CoverageChange]:
    """Rows of `old` and `new` that are not of the same state, in order."""
    unit = "u.provider = o.provider and u.account = o.account and u.region = o.region and u.service = o.service"
    rows = database.execute(
        f"""select o.provider, o.account, o.region, o.service, o.type, o.state, coalesce(n.state, ''),
            coalesce(n.reason, ''), coalesce(u.state, '')
        from old_unit o left join new_unit n using (provider, account, region, service, type)
        left join new_unit u on {unit} and u.type = ''
        where o.state <> coalesce(n.state, '')
        union all
        select o.provider, o.account, o.region, o.service, o.type, '', o.state, o.reason, '' from new_unit o
        where not exists (select 1 from old_unit u where {unit} and u.type = o.type)
        order by 1, 2, 3, 4, 5"""  # noqa: S608 - fixed words
    )
    for provider, account, region, service, type_, old, new, reason, unit_now in rows:
        yield CoverageChange(
            change=_of_type(old, new, unit_now) if type_ else _of_unit(old, new),
            provider=provider,
            account=account,
            region=region,
            service=service,
            type=type_,
            old=old,
            new=new,
            reason=reason,
        )


_READ = ("complete", "partial")


def _of_type(old: str, new: str, unit_now: str) -> Read:
    """A row about one type is there only for what failed: one that is no more is no loss, if its unit was read."""
    if new:
        return Read.OTHERWISE if old else Read.WORSE
    if not unit_now:
        return Read.LEFT
    return Read.BETTER if unit_now in _READ else Read.OTHERWISE


def _of_unit(old: str, new: str) -> Read:
    if not old:
        return Read.ENTERED
    known = old in SETTLED or old == "partial"
    if not new:
        return Read.WORSE if known else Read.LEFT
    if old in SETTLED and new in SETTLED:
        return Read.OTHERWISE
    if new in SETTLED or (new == "partial" and not known):
        return Read.BETTER
    return Read.WORSE if known else Read.OTHERWISE

"""Where the subject of a finding is and who runs it: what a flat row needs beside the finding itself."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from msgspec import Struct

from scanner.model import Finding
from scanner.model.finished import FinishedScan
from scanner.scratch import scratch


class Spot(Struct, frozen=True, kw_only=True, array_like=True):
    """What is known of a subject; an empty string is *not established*, or does not concern this kind of subject."""

    provider: str
    partition: str = ""
    account: str = ""
    region: str = ""
    type: str = ""
    name: str = ""
    country: str = ""
    operator: str = ""
    parent_country: str = ""
    custody: str = ""
    rung: str = ""
    health: str = ""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Spot).decode


class Whereabouts:
    """Spots by subject, in a temporary file, so that memory does not grow with the account."""

    def __init__(self, database: sqlite3.Connection, provider: str) -> None:
        self._database = database
        self._provider = provider

    def of(self, finding: Finding) -> Spot:
        """The spot of the finding's subject; for an account or the whole scan only what the finding itself says."""
        found = self._database.execute("select body from spot where id = ?", (finding.resource,)).fetchone()
        if found is not None:
            return _decode(found[0])
        return Spot(provider=self._provider, account=finding.account, region=finding.region)


@contextmanager
def whereabouts(scan: FinishedScan) -> Iterator[Whereabouts]:
    """Every resource and key of the scan, to be looked up by id."""
    with scratch() as database:
        database.execute("create table spot (id text primary key, body blob not null) without rowid")
        database.executemany("insert or ignore into spot values (?, ?)", _spots(scan))
        yield Whereabouts(database, str(scan.header.scope.get("provider", "")))


def _spots(scan: FinishedScan) -> Iterator[tuple[str, bytes]]:
    for resource in scan.resources():
        yield (
            resource.id,
            _encode(
                Spot(
                    provider=resource.provider,
                    partition=resource.partition,
                    account=resource.account,
                    region=resource.region,
                    type=resource.type,
                    name=resource.name,
                    country=resource.country or "",
                    operator=resource.operator or "",
                    parent_country=resource.parent_country or "",
                    custody=resource.encryption.custody.value,
                    rung=resource.encryption.rung,
                    health=resource.health.level.value if resource.health.level else "",
                )
            ),
        )
    for key in scan.keys():
        yield (
            key.id,
            _encode(
                Spot(
                    provider=key.provider,
                    account=key.account,
                    region=key.region,
                    type="key",
                    name=key.name,
                    country=key.country or "",
                    custody=key.custody.value,
                    rung=key.rung,
                )
            ),
        )

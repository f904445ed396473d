from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from scanner.model import (
    Coverage,
    CoverageState,
    EncryptionState,
    KeyOwner,
    ObservedCopy,
    ObservedEncryption,
    Unit,
)
from scanner.providers.contract import Record, Reference
from scanner.scan.gather import gather
from scanner.scan.held import KEPT
from scanner.scan.progress import Silent
from scanner.scan.stop import Stop
from scanner.scan.work import Threads, references_of
from scanner.store.journal import Journal
from tests import samples

KEY = samples.key().id


class Account:
    """A collector over an imagined account: each service holds one bucket encrypted with one key."""

    def __init__(self, services: Iterable[str]) -> None:
        self.services = tuple(services)
        self.asked: list[str] = []
        self.broken: set[str] = set()
        self.stop: Stop | None = None

    scope: Mapping[str, Any] = {"provider": "aws"}

    def units(self) -> Iterator[Unit]:
        return (samples.unit(service) for service in self.services)

    def preliminary(self) -> Iterable[Coverage]:
        return [samples.coverage(samples.unit("", "ap-east-1"), CoverageState.NOT_ENABLED)]

    def collect(self, unit: Unit) -> Iterator[Record]:
        self.asked.append(unit.service)
        if self.stop is not None:
            self.stop.set()
        encryption = ObservedEncryption(state=EncryptionState.ENCRYPTED, owner=KeyOwner.REFERENCED, keys=(KEY,))
        yield samples.bucket(id=f"arn:aws:s3:::{unit.service}", encryption=encryption)
        if unit.service in self.broken:
            raise MemoryError("a length misread from text")
        yield samples.coverage(unit)

    def resolution_units(self, references: Iterable[Reference]) -> Iterator[tuple[Unit, tuple[Reference, ...]]]:
        yield samples.unit("resolve:kms"), tuple(references)

    def resolve(self, unit: Unit, references: tuple[Reference, ...]) -> Iterator[Record]:
        self.asked.append(f"{unit.service}:{len(references)}")
        yield samples.key()
        yield samples.coverage(unit)

    def halt(self) -> None: ...

    def close(self) -> None: ...


@pytest.fixture
def journal(tmp_path: Path):
    opened = Journal(tmp_path / "j")
    opened.bind("s", resume=False)
    yield opened
    opened.close()


def run(account: Account, journal: Journal, workers: int = 2) -> bool:
    pool = Threads(account, workers, journal.path.parent)
    try:
        return gather(account, journal, pool, stop=account.stop or Stop(), progress=Silent())
    finally:
        pool.leave()


def rows(journal: Journal) -> dict[str, CoverageState]:
    return {row.service: row.state for row in journal.coverage()}


def test_every_unit_is_collected_once_and_then_the_references(journal: Journal) -> None:
    account = Account("abc")
    assert run(account, journal)
    assert sorted(account.asked[:3]) == ["a", "b", "c"]
    assert account.asked[3:] == ["resolve:kms:1"]
    assert journal.key(KEY) is not None
    assert rows(journal)[""] is CoverageState.NOT_ENABLED


def test_a_resumed_scan_asks_only_what_is_missing(journal: Journal) -> None:
    run(Account("ab"), journal)
    again = Account("abc")
    run(again, journal)
    assert again.asked == ["c"]


def test_a_unit_that_breaks_is_a_failed_row_and_keeps_what_it_gave(journal: Journal) -> None:
    account = Account("ab")
    account.broken = {"a"}
    assert run(account, journal)
    assert rows(journal)["a"] is CoverageState.FAILED
    assert rows(journal)["b"] is CoverageState.COMPLETE
    assert [r.id for r in journal.observed()] == ["arn:aws:s3:::a", "arn:aws:s3:::b"]


def test_an_interrupted_scan_says_which_units_it_did_not_reach(journal: Journal) -> None:
    account = Account([f"s{i:02}" for i in range(30)])
    account.stop = Stop()
    assert not run(account, journal, workers=1)
    states = rows(journal)
    reached = {s for s, state in states.items() if state is CoverageState.COMPLETE}
    assert reached
    assert {s for s, state in states.items() if state is CoverageState.SKIPPED} == (
        set(account.services) - reached | {"resolve:kms"}
    )


class Large(Account):
    """An account in which each service holds more than is kept in memory."""

    def collect(self, unit: Unit) -> Iterator[Record]:
        for index in range(2 * KEPT + 1):
            yield samples.bucket(id=f"arn:aws:s3:::{unit.service}-{index:05}")
        yield samples.coverage(unit)


def test_a_large_unit_is_stored_whole(journal: Journal) -> None:
    assert run(Large("ab"), journal)
    assert sum(1 for _ in journal.observed()) == 2 * (2 * KEPT + 1)
    assert rows(journal)["a"] is CoverageState.COMPLETE


def test_a_unit_for_which_the_disk_has_no_room_is_asked_again_by_a_resumed_scan(
    journal: Journal, tmp_path: Path
) -> None:
    account = Large("a")
    pool = Threads(account, 1, tmp_path / "gone")
    try:
        assert not gather(account, journal, pool, stop=Stop(), progress=Silent())
    finally:
        pool.leave()
    assert rows(journal)["a"] is CoverageState.SKIPPED
    assert list(journal.observed()) == []
    assert run(account, journal)
    assert rows(journal)["a"] is CoverageState.COMPLETE


class Uneven(Account):
    """An account whose services each have a key of their own, and of which one holds more than is kept in memory."""

    def collect(self, unit: Unit) -> Iterator[Record]:
        for index in range(2 * KEPT if unit.service == "large" else 1):
            key = f"{KEY}-{unit.service}"
            encryption = ObservedEncryption(state=EncryptionState.ENCRYPTED, owner=KeyOwner.REFERENCED, keys=(key,))
            yield samples.bucket(id=f"arn:aws:s3:::{unit.service}-{index:05}", encryption=encryption)
        yield samples.coverage(unit)

    def resolve(self, unit: Unit, references: tuple[Reference, ...]) -> Iterator[Record]:
        self.asked.append(f"{unit.service}:{len(references)}")
        whole = len(references) > 1
        for reference in references:
            yield samples.key(id=reference.target, state="Enabled" if whole else "")
        yield samples.coverage(unit)
        if not whole:
            yield samples.coverage(unit, CoverageState.DENIED, type="kms.alias")


def test_what_a_resumed_scan_finds_is_looked_up_although_its_unit_was_done_before(
    journal: Journal, tmp_path: Path
) -> None:
    account = Uneven(["small", "large"])
    pool = Threads(account, 1, tmp_path / "full")
    try:
        assert not gather(account, journal, pool, stop=Stop(), progress=Silent())
    finally:
        pool.leave()
    assert account.asked == ["resolve:kms:1"]
    assert run(account, journal)
    assert account.asked == ["resolve:kms:1", "resolve:kms:2"]
    found = list(journal.observed_keys())
    assert [(key.id, key.state) for key in found] == [(f"{KEY}-large", "Enabled"), (f"{KEY}-small", "Enabled")]
    assert [row.state for row in journal.coverage() if row.service == "resolve:kms"] == [CoverageState.COMPLETE]
    assert run(account, journal)
    assert account.asked == ["resolve:kms:1", "resolve:kms:2"]


def test_references_are_keys_of_every_purpose_and_copies_without_a_region() -> None:
    resource = samples.bucket(
        encryption=ObservedEncryption(
            state=EncryptionState.ENCRYPTED, owner=KeyOwner.REFERENCED, keys=("k1",), other_keys={"logs": "k2"}
        ),
        copies=(
            ObservedCopy(kind="object-replication", target="arn:aws:s3:::far", key="k3"),
            ObservedCopy(kind="replica", target="arn:aws:rds:us-east-1:1:db:x", region="us-east-1", account="1"),
        ),
    )
    assert sorted((r.kind, r.target) for r in references_of(resource)) == [
        ("copy", "arn:aws:s3:::far"),
        ("key", "k1"),
        ("key", "k2"),
        ("key", "k3"),
    ]


def test_unreadable_copies_give_no_references() -> None:
    assert list(references_of(samples.bucket(copies=None))) == []

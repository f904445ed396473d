import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.errors import CannotRunError, UsageError
from scanner.model import CoverageState
from scanner.providers.contract import Calls, Place, Reference, TagSet
from scanner.store.journal import Journal
from tests import samples


@pytest.fixture
def journal(tmp_path: Path):
    opened = Journal(tmp_path / "scan.journal")
    opened.bind("scope-1", resume=False)
    yield opened
    opened.close()


def test_a_unit_is_done_and_stored_together(journal: Journal) -> None:
    unit = samples.unit()
    records = [samples.bucket(), samples.key(aliases=("alias/rdv",)), samples.coverage(unit)]
    journal.commit_unit(unit, records, [Reference(kind="key", target="k", account="1", region="r")])

    assert journal.done() == {unit.id}
    assert [r.id for r in journal.observed()] == ["arn:aws:s3:::rdv"]
    assert [c.state for c in journal.coverage()] == [CoverageState.COMPLETE]
    assert [r.target for r in journal.open_references()] == ["k"]


def test_a_unit_that_breaks_while_being_stored_leaves_nothing(journal: Journal) -> None:
    def records():
        yield samples.bucket()
        raise RuntimeError("cut")

    with pytest.raises(RuntimeError):
        journal.commit_unit(samples.unit(), records(), [])
    assert journal.done() == set()
    assert list(journal.observed()) == []


def test_a_key_is_found_by_id_and_by_each_name(journal: Journal) -> None:
    key = samples.key(aliases=("arn:aws:kms:eu-west-3:111122223333:alias/rdv",))
    journal.commit_unit(samples.unit("kms"), [key], [])
    assert journal.key(key.id) == key
    assert journal.key(key.aliases[0]) == key
    assert journal.key("arn:aws:kms:eu-west-3:111122223333:key/other") is None


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_what_two_units_see_is_stored_the_same_in_any_order(journal: Journal, order: tuple[int, int]) -> None:
    seen = [(samples.unit("docdb"), samples.bucket(name="docdb")), (samples.unit("rds"), samples.bucket(name="rds"))]
    for index in order:
        unit, resource = seen[index]
        journal.commit_unit(unit, [resource], [])
    assert [r.name for r in journal.observed()] == ["docdb"]


def test_tags_places_and_calls_are_kept(journal: Journal) -> None:
    records = [
        TagSet(resource="a", tags={"k": "v"}),
        Place(target="b", region="eu-west-3", account=None),
        Calls(by_operation={"s3:ListBuckets": 2}),
    ]
    journal.commit_unit(samples.unit(), records, [])
    journal.commit_unit(samples.unit("kms"), [Calls(by_operation={"s3:ListBuckets": 1})], [])
    assert journal.tags_of("a") == {"k": "v"}
    assert journal.tags_of("z") is None
    place = journal.place("b")
    assert place is not None
    assert (place.region, place.account) == ("eu-west-3", None)
    assert journal.calls() == {"s3:ListBuckets": 3}


def test_resume_goes_on_with_the_same_scope_only(tmp_path: Path) -> None:
    path = tmp_path / "j"
    first = Journal(path)
    first.bind("scope-1", resume=False)
    first.commit_unit(samples.unit(), [samples.bucket()], [])
    first.close()

    second = Journal(path)
    with pytest.raises(UsageError, match="another scope"):
        second.bind("scope-2", resume=True)
    second.bind("scope-1", resume=True)
    assert second.done() == {samples.unit().id}
    second.bind("scope-1", resume=False)
    assert second.done() == set()
    second.close()


def test_resume_without_a_journal_is_an_error(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    with pytest.raises(UsageError, match="nothing to resume"):
        journal.bind("scope-1", resume=True)
    journal.close()


def test_a_second_scan_on_one_journal_is_refused(tmp_path: Path) -> None:
    first = Journal(tmp_path / "j")
    with pytest.raises(UsageError, match="in use by another scan"):
        Journal(tmp_path / "j")
    first.close()


def test_processes_that_open_and_delete_one_journal_at_once_never_meet_in_it(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from scanner.errors import UsageError
from scanner.store.journal import Journal
for number in range(80):
    try:
        journal = Journal(Path(sys.argv[1]))
    except UsageError as error:
        assert "in use by another scan" in str(error)
        continue
    journal.bind(sys.argv[2], resume=False)
    journal.set_meta("who", sys.argv[2])
    assert (journal.meta("who"), journal.meta("digest")) == (sys.argv[2], sys.argv[2])
    journal.discard()
    print("had it")
"""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script, tmp_path / "j", name],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("a", "b", "c")
    ]
    told = [child.communicate(timeout=60) for child in started]
    assert [(child.returncode, err) for child, (_, err) in zip(started, told, strict=True)] == [(0, "")] * 3
    assert any("had it" in out for out, _ in told)
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_a_killed_scan_left_holds_nobody_back(tmp_path: Path) -> None:
    (tmp_path / "j.lock").touch()
    journal = Journal(tmp_path / "j")
    journal.close()
    assert [path.name for path in tmp_path.iterdir()] == ["j"]


def test_a_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_text("hello, this is not a database at all, but a text of some length")
    with pytest.raises(CannotRunError, match="cannot be used"):
        Journal(path)


def test_a_full_disk_is_told_and_leaves_the_earlier_units(journal: Journal) -> None:
    journal.commit_unit(samples.unit("a"), [samples.bucket()], [])
    pages = journal._db.execute("pragma page_count").fetchone()[0]
    journal._db.execute(f"pragma max_page_count = {pages}")
    big = [samples.bucket(id=f"arn:aws:s3:::b{i}", name="x" * 500) for i in range(500)]
    with pytest.raises(CannotRunError, match="cannot be used: database or disk is full"):
        journal.commit_unit(samples.unit("b"), big, [])
    assert journal.done() == {samples.unit("a").id}


def test_what_is_concluded_while_the_inventory_is_read_does_not_pile_up(journal: Journal) -> None:
    rows = [samples.bucket(id=f"arn:aws:s3:::{i:05}", name="x" * 2000) for i in range(5000)]
    journal.commit_unit(samples.unit(), rows, [])
    journal._db.execute("pragma wal_checkpoint(truncate)")
    for number, _ in enumerate(journal.observed()):
        journal.set_meta(f"{number}", "x" * 10_000)
    written = journal.path.stat().st_size
    assert written > 50_000_000
    assert Path(f"{journal.path}-wal").stat().st_size < written / 5


def test_an_inventory_comes_whole_and_in_order(journal: Journal) -> None:
    ids = ["", *(f"arn:aws:s3:::{i:05}" for i in range(1200))]
    journal.commit_unit(samples.unit(), [samples.bucket(id=id_) for id_ in reversed(ids)], [])
    assert [resource.id for resource in journal.observed()] == ids


_WRITER = """
import sys
from pathlib import Path
from scanner.store.journal import Journal
from tests import samples
journal = Journal(Path(sys.argv[1]))
journal.bind("s", resume=Path(sys.argv[1] + ".started").exists())
Path(sys.argv[1] + ".started").touch()
done = journal.done()
for i in range(400):
    unit = samples.unit(f"s{i:03}")
    if unit.id not in done:
        rows = [samples.bucket(id=f"arn:aws:s3:::{i:03}-{n}") for n in range(5)]
        journal.commit_unit(unit, rows, [])
        if i % 100 == 99:
            print(i, flush=True)
journal.close()
"""


def test_kill_nine_loses_no_committed_unit_and_tears_none(tmp_path: Path) -> None:
    path = tmp_path / "j"
    for _ in range(4):
        process = subprocess.Popen([sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
    subprocess.run([sys.executable, "-c", _WRITER, str(path)], check=True, capture_output=True)
    database = sqlite3.connect(path)
    assert database.execute("pragma integrity_check").fetchone() == ("ok",)
    assert database.execute("select count(*) from unit").fetchone() == (400,)
    assert database.execute("select count(distinct id), count(*) from resource").fetchone() == (2000, 2000)
    database.close()

import pickle
import tracemalloc
from pathlib import Path

import msgspec
import pytest

from scanner.model import CoverageState
from scanner.model.records import Calls, Discovery, Place, Record, TagSet
from scanner.model.sample import Sample, Sampled
from scanner.scan.held import KEPT, Held, NoRoomError
from tests import samples

KINDS: list[Record] = [
    samples.bucket(),
    samples.key(),
    samples.coverage(samples.unit(), CoverageState.PARTIAL),
    Place(target="a", region=None, account="1"),
    TagSet(resource="a", tags={"é": "ü"}),
    Discovery(resource="a", source="macie2.finding", finding="f"),
    Sampled(resource="a", sample=Sample(objects=1, bytes=2, opaque=0)),
    Calls(by_operation={"s3:ListBuckets": 1}),
]


def held(records: list[Record], folder: Path | None) -> Held:
    given = Held(folder)
    for record in records:
        given.add(record)
    return given


@pytest.mark.parametrize("count", [0, 1, KEPT, KEPT + 1, 3 * KEPT + 7])
def test_what_was_added_comes_back_in_order_and_as_often_as_it_is_asked_for(tmp_path: Path, count: int) -> None:
    records = [KINDS[index % len(KINDS)] for index in range(count)]
    given = held(records, tmp_path)
    assert list(given) == records
    assert list(given) == records
    assert list(tmp_path.iterdir()) == []


def test_every_kind_of_record_is_covered() -> None:
    assert {type(record) for record in KINDS} == set(Record.__args__)


def test_no_more_than_some_are_held_in_memory(tmp_path: Path) -> None:
    many: list[Record] = [samples.bucket(id=f"arn:aws:s3:::{i}") for i in range(4 * KEPT)]
    assert len(held(many, tmp_path)._last) <= KEPT


def test_what_another_process_is_to_have_is_packed_and_arrives_whole() -> None:
    records = [KINDS[index % len(KINDS)] for index in range(3 * KEPT + 7)]
    given = held(records, None)
    assert given._file is None
    assert len(given._last) <= KEPT
    arrived = pickle.loads(pickle.dumps(given))
    assert list(arrived) == list(given) == records


def test_a_unit_of_fifty_thousand_records_costs_a_worker_less_than_their_text() -> None:
    records = (samples.bucket(id=f"arn:aws:s3:::dossiers-{i}", tags={"project": "rdv"}) for i in range(50_000))
    tracemalloc.start()
    try:
        given = Held(None)
        for record in records:
            given.add(record)
        message = pickle.dumps(given)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    text = 50_000 * len(
        msgspec.msgpack.encode(samples.bucket(id="arn:aws:s3:::dossiers-00000", tags={"project": "rdv"}))
    )
    assert len(message) < text / 4 and peak < text


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoRoomError, match="cannot be written"):
        held([samples.bucket()] * (KEPT + 1), tmp_path / "gone")


def test_a_record_is_stored_as_it_would_be_without_the_file(tmp_path: Path) -> None:
    one = samples.bucket(id="arn:aws:s3:::first")
    back = next(iter(held([one, *[samples.bucket()] * KEPT], tmp_path)))
    assert msgspec.msgpack.encode(back) == msgspec.msgpack.encode(one)

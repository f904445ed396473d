"""Half a character from a stranger is replaced before anything is stored; everything else is left alone."""

from scanner.scan.whole import whole
from tests.samples import bucket, coverage, unit

HALF = "a\ud800b"
REPLACED = "a\ufffdb"


def test_a_record_that_can_be_stored_is_left_alone() -> None:
    record = bucket(name="\U0001f9a0")
    assert whole(record) is record


def test_every_half_of_a_character_is_replaced_wherever_it_stands() -> None:
    record = whole(bucket(id=HALF, name=HALF, tags={HALF: HALF}))
    assert record == bucket(id=REPLACED, name=REPLACED, tags={REPLACED: REPLACED})


def test_the_reason_of_a_fault_can_be_stored_too() -> None:
    assert whole(coverage(unit(), reason=HALF)).reason == REPLACED

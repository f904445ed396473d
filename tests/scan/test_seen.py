"""Coverage rows are counted as they stream by; those of an organisation are too many to keep."""

import tracemalloc
from collections.abc import Iterator

from scanner.model import Coverage, CoverageState
from scanner.scan.seen import Seen
from tests import samples


def complete(number: int) -> Iterator[Coverage]:
    for index in range(number):
        yield samples.coverage(samples.unit(), account=f"{index:012}", count=index)


def test_units_are_counted_by_state_and_rows_about_single_calls_are_not() -> None:
    denied = samples.coverage(samples.unit("kms"), CoverageState.DENIED, reason="denied: AccessDenied")
    of_call = samples.coverage(samples.unit("sqs"), CoverageState.FAILED, type="sqs.queue", reason="provider_error")
    seen = Seen(iter([*complete(2), denied, of_call]))
    assert seen.units == {"complete": 2, "denied": 1}
    assert list(seen.units) == sorted(seen.units)
    assert not seen.complete
    assert len(seen.gaps) == 2


def test_memory_does_not_grow_with_complete_units() -> None:
    Seen(complete(10))
    tracemalloc.start()
    try:
        seen = Seen(complete(5_000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert seen.units == {"complete": 5_000}
    assert peak < 100_000, f"{peak:,} bytes for 5,000 rows"

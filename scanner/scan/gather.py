"""First half of a scan: every unit collected once and committed once, then the references they left open.

Workers are threads; the journal is written by the calling thread alone. At most `2 * workers` units are under way or
waiting, so that a slow disk holds back the workers and memory does not grow with the number of units.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import Event

from scanner.model import Coverage, CoverageState, ObservedResource, Unit
from scanner.providers.contract import Collector, Record, Reference
from scanner.scan.progress import Progress
from scanner.store.journal import Journal

_Result = tuple[Unit, list[Record], set[Reference]]
_POLL = 0.2
"""Seconds between looks at the stop signal while workers are busy."""


def gather(collector: Collector, journal: Journal, *, workers: int, stop: Event, progress: Progress) -> bool:
    """Collect every unit that the journal does not hold yet; False when `stop` was set before the end.

    Units that were not reached because of `stop` get a coverage row `skipped`, so that nothing is silently absent.
    """
    journal.add_coverage("preliminary", collector.preliminary())
    done = journal.done()
    units = [unit for unit in collector.units() if unit.id not in done]
    progress.phase("units", len(units))
    missed = _run(((unit, collector.collect) for unit in units), journal, workers, stop, progress)
    # Accounts are entered while their units are counted, and what that showed is known only now.
    journal.add_coverage("preliminary", collector.preliminary())

    groups = [
        (unit, references)
        for unit, references in collector.resolution_units(journal.references())
        if unit.id not in done
    ]
    progress.phase("keys and destinations", len(groups))
    missed += _run(
        ((unit, _resolver(collector, references)) for unit, references in groups), journal, workers, stop, progress
    )
    journal.add_coverage("not reached", (_skipped(unit) for unit in missed))
    return not missed


def references_of(resource: ObservedResource) -> Iterator[Reference]:
    """What a resource names that only the second pass can look up: its keys, and copies whose region is not told."""
    keys = itertools.chain(
        resource.encryption.keys,
        resource.encryption.other_keys.values(),
        (copy.key for copy in resource.copies or () if copy.key),
    )
    for key in keys:
        yield Reference(kind="key", target=key, account=resource.account, region=resource.region)
    for copy in resource.copies or ():
        if copy.region is None and copy.target:
            yield Reference(kind="copy", target=copy.target, account=resource.account, region=resource.region)


def _run(
    work: Iterable[tuple[Unit, Callable[[Unit], Iterator[Record]]]],
    journal: Journal,
    workers: int,
    stop: Event,
    progress: Progress,
) -> list[Unit]:
    """Do all `work`; return the units that were not done because `stop` was set."""
    waiting = iter(work)
    missed: list[Unit] = []
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="unit") as pool:
        running: dict[Future[_Result], Unit] = {}

        def fill() -> None:
            if stop.is_set():
                return
            for unit, collect in itertools.islice(waiting, max(0, 2 * workers - len(running))):
                running[pool.submit(_collect, unit, collect)] = unit

        fill()
        while running:
            finished, _ = wait(running, timeout=_POLL, return_when=FIRST_COMPLETED)
            for future in finished:
                unit = running.pop(future)
                if future.cancelled():
                    missed.append(unit)
                    continue
                _, records, references = future.result()
                journal.commit_unit(unit, records, sorted(references))
                progress.step(unit)
            if stop.is_set():
                for future in running:
                    future.cancel()
            fill()
    missed.extend(unit for unit, _ in waiting)
    return missed


def _collect(unit: Unit, collect: Callable[[Unit], Iterator[Record]]) -> _Result:
    """Run one unit. A fault of our own costs this unit, is told in its coverage row, and leaves the rest alone."""
    records: list[Record] = []
    references: set[Reference] = set()
    try:
        for record in collect(unit):
            records.append(record)
            if isinstance(record, ObservedResource):
                references.update(references_of(record))
    except Exception as error:  # noqa: BLE001 - the boundary of a unit: whatever happens becomes a coverage row
        records.append(_row(unit, CoverageState.FAILED, f"internal error: {type(error).__name__}: {error}"[:500]))
    return unit, records, references


def _resolver(collector: Collector, references: tuple[Reference, ...]) -> Callable[[Unit], Iterator[Record]]:
    return lambda unit: collector.resolve(unit, references)


def _skipped(unit: Unit) -> Coverage:
    return _row(unit, CoverageState.SKIPPED, "the scan was interrupted before this unit")


def _row(unit: Unit, state: CoverageState, reason: str) -> Coverage:
    return Coverage(
        provider=unit.provider,
        partition=unit.partition,
        account=unit.account,
        region=unit.region,
        service=unit.service,
        type="",
        state=state,
        reason=reason,
        permission="",
    )

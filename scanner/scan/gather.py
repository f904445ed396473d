"""First half of a scan: every unit collected once and committed once, then the references they left open.

The work is done in a pool; the journal is written by the calling thread alone. Only so many units are under way or
waiting as the pool says, so that a slow disk holds back the workers and memory does not grow with the number of units.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait

from scanner.model import Coverage, CoverageState, Gap, ObservedKey, ObservedResource, Unit
from scanner.providers.contract import Collector
from scanner.providers.secrets import without_secrets
from scanner.scan.part import Part, part_of
from scanner.scan.progress import Progress
from scanner.scan.stop import Stop
from scanner.scan.work import Pool, Result, Work
from scanner.store.journal import NOT_REACHED, PRELIMINARY, Journal, by_account
from scanner.store.shard import Shard

_POLL = 0.2
"""Seconds between looks at the stop signal while workers are busy."""

_COUNTED = 20_000
"""Units that are counted before the first is begun, for the progress; more than these are begun uncounted."""

_ENTERED = 16
"""Accounts up to which units are counted. Of more, each is entered to count its units, and left for the others."""


LastPass = Callable[[], list[Coverage]]
"""Something that is done once all else is in the journal; gives the rows of what was not done."""


def gather(
    collector: Collector,
    journal: Journal,
    pool: Pool,
    *,
    stop: Stop,
    progress: Progress,
    shard: Shard | None = None,
    last: LastPass | None = None,
) -> bool:
    """Collect every unit that the journal does not hold yet; False when not all of them were done.

    Units that were not reached get a coverage row `skipped`, so that nothing is silently absent. Of a `shard` only its
    own units are collected, and of the second pass what its own accounts are asked about themselves. What needs the
    whole inventory is left to the merge: the rest of the second pass, and `last`.
    """
    part = part_of(collector, shard) if shard is not None else None
    missed = first_pass(collector, journal, pool, stop=stop, progress=progress, part=part)
    missed += second_pass(collector, journal, pool, stop=stop, progress=progress, part=part)
    if last is not None and part is None:
        missed += last()
    journal.add_coverage(NOT_REACHED, missed)
    return not missed


def first_pass(
    collector: Collector, journal: Journal, pool: Pool, *, stop: Stop, progress: Progress, part: Part | None = None
) -> list[Coverage]:
    """Collect the units; the rows of those that were not done."""
    journal.add_coverage(PRELIMINARY, by_account(collector.preliminary()))
    units = (unit for unit in collector.units() if not journal.is_done(unit) and (part is None or part.holds(unit)))
    missed = run(_counted(map(Work, units), "units", collector, progress), collector, journal, pool, stop, progress)
    # Accounts are entered while their units are counted, and what that showed is known only now.
    journal.add_coverage(PRELIMINARY, by_account(collector.preliminary()))
    return missed


def second_pass(
    collector: Collector, journal: Journal, pool: Pool, *, stop: Stop, progress: Progress, part: Part | None = None
) -> list[Coverage]:
    """Look up what the collected units refer to and was not looked up yet; the rows of what still was not.

    Where a unit of this pass was done for fewer references, it is done anew for all of them.
    """
    references = [one for one in journal.open_references() if part is None or part.looks_up(one)]
    work = (
        Work(unit, tuple(sorted({*found, *journal.looked_up_by(unit)})))
        for unit, found in collector.resolution_units(references)
        if found or not journal.is_done(unit)
    )
    return run(_counted(work, "keys and destinations", collector, progress), collector, journal, pool, stop, progress)


def _counted(work: Iterator[Work], phase: str, collector: Collector, progress: Progress) -> Iterator[Work]:
    """The same work, after as much of it was counted as is told to `progress`."""
    accounts = len(collector.scope.get("accounts", ()))
    if accounts > _ENTERED:
        progress.phase(f"{phase} of {accounts} accounts", None)
        return work
    counted = list(itertools.islice(work, _COUNTED))
    progress.phase(phase, len(counted) if len(counted) < _COUNTED else None)
    return itertools.chain(counted, work)


def run(
    work: Iterable[Work], collector: Collector, journal: Journal, pool: Pool, stop: Stop, progress: Progress
) -> list[Coverage]:
    """Do all `work`; the rows of the units that were not done, and why."""
    waiting = iter(work)
    missed: list[Coverage] = []
    running: dict[Future[Result], Work] = {}
    while True:
        if not stop.is_set():
            for piece in itertools.islice(waiting, pool.at_once - len(running)):
                running[pool.submit(piece)] = piece
        if not running:
            break
        finished, _ = wait(running, timeout=_POLL, return_when=FIRST_COMPLETED)
        for future in finished:
            piece = running.pop(future)
            lost = _commit(journal, piece, future, stop)
            if lost is not None:
                missed.append(lost)
            progress.step(piece.unit, _refused(future))
        if stop.is_set():
            missed.extend(_cancelled(running, stop))
        if stop.is_over:
            missed.extend(_skipped(piece.unit, f"{stop.why} while this unit was read") for piece in running.values())
            break
    if stop.is_set():
        collector.halt()
        missed.extend(_skipped(piece.unit, f"{stop.why} before this unit") for piece in waiting)
    return missed


def _commit(journal: Journal, piece: Work, future: Future[Result], stop: Stop) -> Coverage | None:
    """Store what a unit gave. Where the pool itself failed nothing is stored, so that a resumed scan asks again."""
    unit = piece.unit
    try:
        records, references = future.result()
    except CancelledError:
        return _skipped(unit, f"{stop.why or 'the unit was cancelled'} before this unit")
    except Exception as error:  # noqa: BLE001 - a unit's own faults are rows already; this is the executor's
        return _skipped(unit, without_secrets(f"the executor lost this unit: {type(error).__name__}: {error}")[:500])
    journal.commit_unit(unit, records, references, looked_up=piece.references or ())
    return None


def _refused(future: Future[Result]) -> Iterator[Coverage | Gap]:
    """What a unit's calls that did not succeed left behind: rows of coverage, and gaps in what was found."""
    if future.cancelled() or future.exception() is not None:
        return
    for record in future.result()[0]:
        if isinstance(record, Coverage) and record.state is not CoverageState.COMPLETE:
            yield record
        elif isinstance(record, ObservedResource | ObservedKey):
            yield from (gap for gap in record.gaps if gap.operation)


def _cancelled(running: dict[Future[Result], Work], stop: Stop) -> Iterator[Coverage]:
    """Take back what has not begun."""
    for future in [future for future in running if future.cancel()]:
        yield _skipped(running.pop(future).unit, f"{stop.why} before this unit")


def _skipped(unit: Unit, reason: str) -> Coverage:
    return unit.row(CoverageState.SKIPPED, reason)

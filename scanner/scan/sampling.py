"""Last pass of a scan that was asked for it: the beginnings of a few objects of stores that are not yet known.

It is done by the process that holds the journal, never on a cluster: a worker may begin a unit twice, and the budget is
a promise. What a store may cost is noted before it is read, so that a scan that was cut off, and goes on, keeps it as
well.
"""

from collections.abc import Iterator
from concurrent.futures import Future

from scanner.assess.health import classify
from scanner.model import Coverage, CoverageState, GapReason, HealthLevel, ObservedResource, Unit
from scanner.model.records import Calls, Record
from scanner.model.sample import Sampled
from scanner.providers.contract import Collector
from scanner.providers.sampling import Sampler, sampler_of
from scanner.scan.gather import LastPass, run
from scanner.scan.progress import Progress
from scanner.scan.sample import beyond, shares
from scanner.scan.stop import Stop
from scanner.scan.work import Result, Threads, Work
from scanner.store.journal import Journal

SERVICE = "sample"
"""First part of the service of every unit that samples."""
_SPENT = "sample_spent"
_KNOWN = (HealthLevel.DECLARED, HealthLevel.CONFIRMED)


def sampling(
    collector: Collector, journal: Journal, budget: int, workers: int, *, stop: Stop, progress: Progress
) -> LastPass | None:
    """The pass for a `budget` of bytes; None when nothing may be read."""
    if not budget:
        return None

    def work() -> list[Coverage]:
        sampler = sampler_of(collector)
        if sampler is None:
            reason = f"{GapReason.NOT_SCANNED.value}: this provider reads no content"
            return [_whole(collector).row(CoverageState.SKIPPED, reason)]
        pool = _Reserving(Threads(collector, workers, journal.path.parent), journal, workers)
        try:
            return run(_work(collector, sampler, journal, budget, progress), collector, journal, pool, stop, progress)
        finally:
            pool.leave()

    return work


def _work(collector: Collector, sampler: Sampler, journal: Journal, budget: int, progress: Progress) -> Iterator[Work]:
    """A piece for each store that is to be read; the others are noted."""
    done = journal.done()
    waiting: list[ObservedResource] = []
    known: list[Sampled] = []
    for store in journal.observed():
        if store.type not in sampler.sampled_types or _unit(store).id in done:
            continue
        if _is_known(store):
            known.append(Sampled(resource=store.id, sample=None))
        else:
            waiting.append(store)
    given, left = shares(waiting, max(0, budget - _spent(journal)))
    _note(
        journal,
        _whole(collector),
        known,
        [Sampled(resource=one.id, sample=None, gaps=(beyond(budget),)) for one in left],
    )
    progress.phase("samples of content", len(given))
    units = {store.id: _unit(store) for store in waiting}
    for share in given:
        yield Work(units[share.resource], share=share)


class _Reserving:
    """A pool that enters a share as spent when its work is handed out, and hands out no more than can begin at once."""

    def __init__(self, pool: Threads, journal: Journal, workers: int) -> None:
        self._pool = pool
        self._journal = journal
        self.at_once = workers

    def submit(self, work: Work) -> Future[Result]:
        assert work.share is not None
        spent = _spent(self._journal) + work.share.objects * work.share.bytes
        self._journal.set_meta(_SPENT, str(spent))
        return self._pool.submit(work)

    def leave(self) -> None:
        self._pool.leave()


def _spent(journal: Journal) -> int:
    return int(journal.meta(_SPENT) or 0)


def _note(journal: Journal, unit: Unit, known: list[Sampled], left: list[Sampled]) -> None:
    """Enter the stores that are not read: those that are known to hold health data, and those beyond the budget."""
    reason = f"{GapReason.NOT_SCANNED.value}: the budget for samples ended before {len(left)} stores" if left else ""
    state = CoverageState.SKIPPED if left else CoverageState.COMPLETE
    records: list[Record] = [*known, *left, Calls(by_operation={}), unit.row(state, reason)]
    journal.commit_unit(unit, records, [])


def _whole(collector: Collector) -> Unit:
    scope = collector.scope
    return Unit(
        provider=str(scope["provider"]), partition=str(scope["partition"]), account="", region="", service=SERVICE
    )


def _unit(store: ObservedResource) -> Unit:
    return Unit(
        provider=store.provider,
        partition=store.partition,
        account=store.account,
        region=store.region,
        service=f"{SERVICE}:{store.name}",
    )


def _is_known(store: ObservedResource) -> bool:
    """Nobody's content is read to learn what its own tags, or its kind, say already."""
    health, _ = classify(
        names=[store.name], tags=store.tags, type_=store.type, holds=store.holds, medical=store.medical
    )
    return health.level in _KNOWN

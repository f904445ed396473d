"""A piece of work: one unit, or the references of one unit of the second pass, and where it is done."""

import itertools
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from scanner.model import CoverageState, ObservedResource, Unit
from scanner.model.sample import Share
from scanner.providers.contract import Collector, Record, Reference
from scanner.providers.sampling import sampler_of
from scanner.providers.secrets import without_secrets
from scanner.scan import heaps
from scanner.scan.held import Held, NoRoomError
from scanner.scan.sample import looked_at, unread
from scanner.scan.whole import whole

Result = tuple[Held, list[Reference]]
"""What a unit gave, and the references that it leaves to the second pass."""


class Work(Struct, frozen=True):
    """Describes a unit; holds nothing that could sign in."""

    unit: Unit
    references: tuple[Reference, ...] | None = None
    """What to look up; None: collect the unit itself."""
    share: Share | None = None
    """The store to sample, and how much of it."""


class Pool(Protocol):
    """Where work is done. `submit` may be called from one thread only."""

    at_once: int
    """How many pieces of work may be under way or waiting."""

    def submit(self, work: Work) -> Future[Result]: ...

    def leave(self) -> None:
        """Begin nothing more, and do not wait for what is under way."""


class Threads:
    """A pool of threads in this process, over one opened collector."""

    def __init__(self, collector: Collector, workers: int, folder: Path) -> None:
        """`folder` is where a unit may leave what is too much for memory, best beside the journal."""
        heaps.share()
        self._collector = collector
        self._folder = folder
        self._pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="unit")
        self.at_once = 2 * workers

    def submit(self, work: Work) -> Future[Result]:
        return self._pool.submit(do, self._collector, work, self._folder)

    def leave(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def do(collector: Collector, work: Work, folder: Path | None = None) -> Result:
    """Do one piece of work. A fault of our own costs this unit, is told in its coverage row, and leaves the rest.

    `folder` is for what is too much for memory; a disk that is full there is a fault of the executor's.
    """
    records = Held(folder)
    references: set[Reference] = set()
    try:
        for record in map(whole, _records(collector, work)):
            records.add(record)
            if isinstance(record, ObservedResource):
                references.update(references_of(record))
    except NoRoomError:
        raise
    except Exception as error:  # noqa: BLE001 - the boundary of a unit: whatever happens becomes a coverage row
        # What an error about content says may quote it.
        told = type(error).__name__ if work.share is not None else f"{type(error).__name__}: {error}"
        reason = without_secrets(f"internal error: {told}")[:500]
        records.add(whole(work.unit.row(CoverageState.FAILED, reason)))
        if work.share is not None:
            records.add(unread(work.share, reason))
    return records, sorted(references)


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


def _records(collector: Collector, work: Work) -> Iterator[Record]:
    if work.share is not None:
        sampler = sampler_of(collector)
        assert sampler is not None
        return looked_at(sampler.sample(work.unit, work.share))
    if work.references is None:
        return collector.collect(work.unit)
    return collector.resolve(work.unit, work.references)

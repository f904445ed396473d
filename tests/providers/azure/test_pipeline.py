"""The provider under the real pipeline: many threads, the journal, an interruption."""

import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import entry_points
from pathlib import Path

from scanner.demo.azure.world import read_world
from scanner.model import Coverage, Gap, Unit
from scanner.scan.gather import gather
from scanner.scan.progress import Silent
from scanner.scan.stop import Stop
from scanner.scan.work import Threads
from scanner.store.journal import Journal
from tests.fixtures.azure import SECOND, StartArm, disks, subscription, world
from tests.providers.azure.scanning import opened, scanned
from tests.providers.azure.test_demo import DEMO
from tests.providers.azure.test_economy import of_many_types


class StopsAfter(Silent):
    """Asks for an end after so many steps."""

    def __init__(self, steps: int, stop: Stop) -> None:
        self._left = steps
        self._stop = stop

    def step(self, unit: Unit | None, refused: Iterable[Coverage | Gap] = ()) -> None:
        self._left -= 1
        if not self._left:
            self._stop.set()


def journal(path: Path, *, stop_after: int = 0, workers: int = 8, resume: bool = False) -> Journal:
    """Gather into a journal with many workers."""
    store, stop = Journal(path), Stop()
    store.bind("scope", resume=resume)
    collector = opened()
    pool = Threads(collector, workers, path.parent)
    try:
        progress = StopsAfter(stop_after, stop) if stop_after else Silent()
        gather(collector, store, pool, stop=stop, progress=progress)
    finally:
        pool.leave()
        collector.close()
    return store


def test_many_threads_find_what_one_finds(arm: StartArm, tmp_path: Path) -> None:
    arm(read_world(DEMO))
    alone = scanned()
    store = journal(tmp_path / "journal")
    assert list(store.observed()) == sorted(alone.resources, key=lambda one: one.id)
    assert {one.id for one in store.observed_keys()} == {one.id for one in alone.keys}
    for resource in store.observed():
        for key in resource.encryption.keys:
            assert store.key(key) is not None
    store.close()


def test_units_that_share_a_query_ask_it_once_from_many_threads(arm: StartArm, tmp_path: Path) -> None:
    simulation = arm(world(subscription(*of_many_types(400)), subscription(*disks(100), id_=SECOND)))
    store = journal(tmp_path / "journal", workers=16)
    assert sum(1 for _ in store.observed()) == 500 + 2
    assert len(simulation.log.matching("POST", "*/Microsoft.ResourceGraph/resources")) == 2
    store.close()


def test_an_interrupted_scan_goes_on_to_the_same_end(arm: StartArm, tmp_path: Path) -> None:
    arm(read_world(DEMO))
    whole = journal(tmp_path / "whole")
    part = journal(tmp_path / "part", stop_after=3, workers=1)
    before = sum(1 for _ in part.observed())
    part.close()
    resumed = journal(tmp_path / "part", resume=True)
    assert before < sum(1 for _ in whole.observed())
    assert list(resumed.observed()) == list(whole.observed())
    assert {one.id for one in resumed.observed_keys()} == {one.id for one in whole.observed_keys()}
    whole.close()
    resumed.close()


def test_the_provider_is_found_by_its_entry_point_and_loads_no_sdk() -> None:
    (point,) = [one for one in entry_points(group="lexloci.providers") if one.name == "azure"]
    code = f"import sys, {point.module}; assert not any(m == 'yaml' or m.split('.')[0] == 'azure' for m in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)

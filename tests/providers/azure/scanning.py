"""The collector run to its end against a simulated Azure, without the store and without waiting."""

from collections import Counter
from typing import Any

from scanner.model import Coverage, CoverageState, ObservedKey, ObservedResource
from scanner.providers.azure.collect import AzureCollector
from scanner.providers.azure.session import Options, open_session
from scanner.providers.contract import Calls, Discovery, Limits, Place, Record, Reference
from scanner.scan.work import references_of


class Hours:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Result:
    """Everything a scan gave, sorted by kind."""

    def __init__(self) -> None:
        self.resources: list[ObservedResource] = []
        self.keys: list[ObservedKey] = []
        self.rows: list[Coverage] = []
        self.places: list[Place] = []
        self.discoveries: list[Discovery] = []
        self.calls: Counter[str] = Counter()

    def add(self, record: Record) -> None:
        match record:
            case ObservedResource():
                self.resources.append(record)
            case ObservedKey():
                self.keys.append(record)
            case Coverage():
                self.rows.append(record)
            case Place():
                self.places.append(record)
            case Discovery():
                self.discoveries.append(record)
            case Calls():
                self.calls.update(record.by_operation)

    @property
    def stores(self) -> list[ObservedResource]:
        """Resources without the subscriptions."""
        return [one for one in self.resources if one.type != "Microsoft.Resources/subscriptions"]

    def named(self, name: str) -> ObservedResource:
        return next(one for one in self.resources if one.name == name)

    def key(self, reference: str) -> ObservedKey:
        return next(one for one in self.keys if reference in (one.id, *one.aliases))

    @property
    def green(self) -> bool:
        """No row says that something is missing."""
        return all(row.state in (CoverageState.COMPLETE, CoverageState.SKIPPED) for row in self.rows)

    def problems(self) -> list[tuple[str, str, str]]:
        """Account's first digit, type and state of every row that is not complete."""
        return [
            (row.account[:1], row.type, row.state.value) for row in self.rows if row.state != CoverageState.COMPLETE
        ]


def opened(*, hours: Hours | None = None, limits: Limits | None = None, **options: Any) -> AzureCollector:
    asked = Options(**options)
    hours = hours or Hours()
    return AzureCollector(open_session(asked, limits or Limits(), clock=hours, sleep=hours.sleep), asked)


def scanned(**more: Any) -> Result:
    """Open, collect every unit, resolve every reference, close."""
    collector = opened(**more)
    result = Result()
    references: set[Reference] = set()
    try:
        for row in collector.preliminary():
            result.add(row)
        for unit in collector.units():
            for record in collector.collect(unit):
                result.add(record)
                if isinstance(record, ObservedResource):
                    references.update(references_of(record))
        for unit, mine in collector.resolution_units(references):
            for record in collector.resolve(unit, mine):
                result.add(record)
    finally:
        collector.close()
    return result

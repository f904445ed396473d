"""What `scanner.providers.contract` promises, asked of every provider over HTTP: ours and one of somebody else's."""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import msgspec
import pytest
from msgspec.structs import replace

from scanner.errors import CannotRunError, UsageError
from scanner.model import Coverage, CoverageState, ObservedKey, ObservedResource, Unit
from scanner.providers.contract import Calls, Collector, Limits, Place, Record, Reference
from scanner.providers.plugins import load_provider
from scanner.scan.work import references_of
from tests.contract.clouds import Cloud, cloud

__all__ = ["cloud"]

LIMITS = Limits(attempts=1, read_timeout=30.0)
FAULTS = ("denied", "reset", "malformed")


@contextmanager
def opened(cloud: Cloud) -> Iterator[Collector]:
    provider, _ = load_provider(cloud.provider)
    collector = provider.open(cloud.options, LIMITS)
    try:
        yield collector
    finally:
        collector.close()


def collected(collector: Collector) -> dict[Unit, list[Record]]:
    return {unit: list(collector.collect(unit)) for unit in collector.units()}


def references(units: dict[Unit, list[Record]]) -> list[Reference]:
    found = (record for records in units.values() for record in records if isinstance(record, ObservedResource))
    return sorted({reference for resource in found for reference in references_of(resource)})


def resolved(collector: Collector, asked: Sequence[Reference]) -> dict[Unit, list[Record]]:
    return {unit: list(collector.resolve(unit, mine)) for unit, mine in collector.resolution_units(asked)}


def test_the_scope_says_which_cloud_and_which_accounts_and_holds_no_secret(cloud: Cloud) -> None:
    with opened(cloud) as collector:
        scope = msgspec.json.encode(dict(collector.scope))
        said = msgspec.json.decode(scope)
        accounts = {unit.account for unit in collector.units()}
    assert said["provider"] == cloud.provider
    assert set(said["accounts"]) == accounts
    assert not [secret for secret in cloud.secrets if secret.encode() in scope]


def test_units_are_distinct_and_the_same_every_time(cloud: Cloud) -> None:
    with opened(cloud) as collector:
        first, again = list(collector.units()), list(collector.units())
    with opened(cloud) as collector:
        anew = list(collector.units())
    assert first and first == again == anew
    assert len({unit.id for unit in first}) == len(first)
    assert {unit.provider for unit in first} == {cloud.provider}


def test_a_unit_ends_with_its_calls_and_one_row_for_all_of_it(cloud: Cloud) -> None:
    with opened(cloud) as collector:
        units = collected(collector)
        units |= resolved(collector, references(units))
    for unit, records in units.items():
        *_, calls, whole = records
        assert isinstance(calls, Calls) and isinstance(whole, Coverage), unit
        assert sum(isinstance(record, Calls) for record in records) == 1, unit
        rows = [record for record in records if isinstance(record, Coverage)]
        assert [row for row in rows if not row.type] == [whole], unit
        for row in rows:
            # A row about one kind of read may name the account, of those the unit asks, that could not be read.
            account = row.account if row.type else unit.account
            of_unit = {name: getattr(row, name) for name in Unit.__struct_fields__}
            assert Unit(**of_unit) == replace(unit, account=account)
    assert sum(isinstance(record, Calls) and bool(record.by_operation) for r in units.values() for record in r)


def test_a_row_counts_what_was_found_and_each_thing_is_found_once(cloud: Cloud) -> None:
    with opened(cloud) as collector:
        units = collected(collector)
    ids: Counter[str] = Counter()
    for unit, records in units.items():
        resources = [record for record in records if isinstance(record, ObservedResource)]
        ids.update(resource.id for resource in resources)
        whole = records[-1]
        assert isinstance(whole, Coverage)
        assert len(resources) == whole.count or unit.service == "resourcegroupstaggingapi", unit
        for resource in resources:
            assert (resource.provider, resource.account) == (unit.provider, unit.account)
    assert ids and set(ids.values()) == {1}


def test_what_is_not_read_has_a_gap(cloud: Cloud) -> None:
    with opened(cloud) as collector:
        units = collected(collector)
        units |= resolved(collector, references(units))
    for record in (record for records in units.values() for record in records):
        if isinstance(record, ObservedResource | ObservedKey):
            names = ("manager", "origin", "replicas", "principals", "tags", "copies", "egress")
            unread = [name for name in names if getattr(record, name, ()) is None]
            told = {gap.fact.partition(".")[0] for gap in record.gaps}
            # Tags may come from a call of their own; whether one came is known only to the whole scan.
            assert set(unread) - told <= {"tags"}, record


def test_records_survive_the_journal_and_another_machine(cloud: Cloud) -> None:
    with opened(cloud) as collector:
        units = collected(collector)
        units |= resolved(collector, references(units))
    kinds = set()
    for record in (record for records in units.values() for record in records):
        kinds.add(type(record))
        assert msgspec.convert(msgspec.to_builtins(record), type(record)) == record
        assert msgspec.json.decode(msgspec.json.encode(record), type=type(record)) == record
        text = msgspec.json.encode(record).decode()
        assert not [secret for secret in cloud.secrets if secret in text]
    assert kinds >= {ObservedResource, ObservedKey, Coverage, Calls, Place}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_a_row_and_never_an_exception(cloud: Cloud, fault: str) -> None:
    with opened(cloud) as collector:
        units = list(collector.units())
        cloud.break_with(fault)
        rows = [record for unit in units for record in collector.collect(unit) if isinstance(record, Coverage)]
    whole = [row for row in rows if not row.type]
    assert len(whole) == len(units)
    assert not [row for row in whole if row.state is CoverageState.COMPLETE]
    assert all(row.reason for row in rows if row.state is not CoverageState.COMPLETE)
    if fault == "denied":
        assert any(row.permission for row in rows)
        assert CoverageState.DENIED in {row.state for row in rows}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_second_pass_leaves_gaps(cloud: Cloud, fault: str) -> None:
    with opened(cloud) as collector:
        asked = references(collected(collector))
        cloud.break_with(fault)
        units = resolved(collector, asked)
    keys = [record for records in units.values() for record in records if isinstance(record, ObservedKey)]
    named = {reference.target for reference in asked if reference.kind == "key"}
    assert named and named <= {name for key in keys for name in (key.id, *key.aliases)}
    assert all(key.gaps for key in keys)
    for records in units.values():
        whole = records[-1]
        assert isinstance(whole, Coverage) and whole.state is not CoverageState.COMPLETE and whole.reason


@pytest.mark.parametrize("fault", FAULTS)
def test_a_cloud_that_cannot_be_opened_is_said_in_a_sentence(cloud: Cloud, fault: str) -> None:
    cloud.break_with(fault)
    provider, _ = load_provider(cloud.provider)
    with pytest.raises((UsageError, CannotRunError)) as error:
        provider.open(cloud.options, LIMITS)
    assert len(str(error.value).splitlines()) == 1


def test_every_reference_is_looked_up_once_and_answered(cloud: Cloud) -> None:
    with opened(cloud) as collector:
        asked = references(collected(collector))
        assert {reference.kind for reference in asked} >= {"key", "copy"}
        grouped = list(collector.resolution_units(asked))
        units = resolved(collector, asked)
    assert all(unit.service.startswith("resolve:") for unit, _ in grouped)
    assert len({unit.id for unit, _ in grouped}) == len(grouped)
    assert max(Counter(reference for _, mine in grouped for reference in mine).values()) == 1
    records = [record for found in units.values() for record in found]
    keys = {name for record in records if isinstance(record, ObservedKey) for name in (record.id, *record.aliases)}
    places = {record.target for record in records if isinstance(record, Place)}
    for reference in (reference for _, mine in grouped for reference in mine):
        assert reference.target in (keys if reference.kind == "key" else places), reference


def test_no_reference_is_no_work(cloud: Cloud) -> None:
    with opened(cloud) as collector:
        assert list(collector.resolution_units([])) == []


def test_after_a_halt_units_are_counted_without_asking(cloud: Cloud) -> None:
    with opened(cloud) as collector:
        before = list(collector.units())
        collector.halt()
        asked = cloud.requests()
        assert list(collector.units()) == before
        assert all(isinstance(row, Coverage) for row in collector.preliminary())
        assert cloud.requests() == asked


def test_units_may_be_collected_at_once_anywhere_and_in_any_order(cloud: Cloud) -> None:
    with opened(cloud) as collector:
        alone = collected(collector)
    with opened(cloud) as collector, ThreadPoolExecutor(8) as pool:
        # A machine of a cluster is given units that it never counted itself.
        order = sorted(alone, key=lambda unit: unit.id, reverse=True)
        at_once = dict(zip(order, pool.map(lambda unit: list(collector.collect(unit)), order), strict=True))
    assert _facts(at_once) == _facts(alone)


def test_two_runs_read_the_same(cloud: Cloud) -> None:
    runs = []
    for _ in range(2):
        with opened(cloud) as collector:
            units = collected(collector)
            units |= resolved(collector, references(units))
            runs.append(_facts(units))
    assert runs[0] == runs[1]


def test_the_call_behind_a_fact_is_known_without_signing_in(cloud: Cloud) -> None:
    provider, described = load_provider(cloud.provider)
    before = cloud.requests()
    assert cloud.provider in described
    assert provider.name == cloud.provider
    for type_, fact in cloud.facts.items():
        assert ":" in provider.source(type_, fact)
    assert provider.source("no.such-type", "encryption.key") == ""
    assert cloud.requests() == before


def test_nothing_is_written(cloud: Cloud) -> None:
    with opened(cloud) as collector:
        units = collected(collector)
        resolved(collector, references(units))
    assert cloud.requests()
    assert cloud.writes() == []


def _facts(units: dict[Unit, list[Record]]) -> dict[str, list[str]]:
    """What was read, without the number of calls: who comes first asks for what several share."""
    return {
        unit.id: sorted(msgspec.json.encode(record).decode() for record in records if not isinstance(record, Calls))
        for unit, records in units.items()
    }

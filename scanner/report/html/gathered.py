"""What the page shows, gathered in a few readings of the scan. Memory grows with countries and controls only."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import groupby

from msgspec import Struct

from scanner.model import CoverageState, Custody, Finding, Key, Resource, Status
from scanner.model.finished import FinishedScan
from scanner.report.html import chains, custody
from scanner.report.state import State, state_of, tally

MOST_FINDINGS = {State.FAIL: 600, State.UNKNOWN: 300, State.WAIVED: 100}
"""Findings shown one by one, the most severe first: a thousand, since a browser is slow with more. The rest is counted.
Each state has its share, so that many fails do not hide what is not known."""

_MOST_GAPS = 200
NOWHERE = ""
"""Country of what is not established."""
_HEALTH = ("declared", "confirmed", "likely")


class Place(Struct):
    """What is in one country."""

    stores: int = 0
    health: int = 0
    copies: int = 0
    keys: int = 0


class Unmeasured(Struct, frozen=True, kw_only=True):
    """Coverage rows that have one cause."""

    state: str
    what: str
    why: str
    regions: tuple[str, ...]
    accounts: tuple[str, ...]


class Group(Struct, frozen=True, kw_only=True):
    """The findings of one control in one state, as far as they are shown."""

    control: str
    title: str
    severity: str
    findings: tuple[Finding, ...]


class Gathered(Struct, frozen=True, kw_only=True):
    """What the page shows, gathered in one walk over the scan."""

    places: Mapping[str, Place]
    seats: Mapping[str, Mapping[str, int]]
    """Stores by seat of the operator's parent and country of the data; `NOWHERE` for what is not established."""
    zones: Mapping[custody.Access, tuple[custody.Rung, ...]]
    chains: tuple[chains.Chain, ...]
    unmeasured: tuple[Unmeasured, ...]
    unmeasured_more: int
    states: Mapping[State, int]
    findings: Mapping[State, tuple[Group, ...]]
    shown: Mapping[State, int]
    totals: Mapping[State, int]
    """Findings by state, `shown` of them on the page; `states` counts subjects."""

    @property
    def health(self) -> tuple[tuple[str, int], ...]:
        """Stores with a sign, and all others. The summary tells those apart that carry no sign at all."""
        with_signs = sum(place.health for place in self.places.values())
        return (("health", with_signs), ("rest", sum(place.stores for place in self.places.values()) - with_signs))

    @property
    def access(self) -> tuple[tuple[str, int], ...]:
        """Stores by what their operator can do with them by itself."""
        counts = dict.fromkeys(custody.Access, 0)
        for zone, rungs in self.zones.items():
            counts[zone] += sum(rung.stores for rung in rungs)
        return tuple((zone.value, count) for zone, count in counts.items())


def gather(scan: FinishedScan) -> Gathered:
    found, totals = _findings(scan)
    wanted = chains.by_subject(found[State.FAIL] + found[State.UNKNOWN])
    places: defaultdict[str, Place] = defaultdict(Place)
    seats: defaultdict[str, Counter[str]] = defaultdict(Counter)
    ladder = custody.ladder()
    stores: dict[str, Resource] = {}
    for resource in scan.resources():
        if resource.is_store:
            if resource.id in wanted:
                stores[resource.id] = resource
            _count(resource, places, seats, ladder)
    keys: dict[str, Key] = {}
    needed = {resource.encryption.key for resource in stores.values()}
    for key in scan.keys():
        places[key.country or NOWHERE].keys += 1
        if key.id in needed:
            keys[key.id] = key
    unmeasured = _unmeasured(scan)
    return Gathered(
        places=dict(sorted(places.items(), key=lambda item: (not item[0], -item[1].stores, item[0]))),
        seats={seat: dict(counts.most_common()) for seat, counts in sorted(seats.items(), key=_most_stores)},
        zones=custody.zones(ladder),
        chains=tuple(chains.worst(scan, wanted, stores, keys)),
        unmeasured=unmeasured[:_MOST_GAPS],
        unmeasured_more=max(0, len(unmeasured) - _MOST_GAPS),
        states=tally(scan.findings()),
        findings={state: tuple(_groups(shown)) for state, shown in found.items()},
        shown={state: len(shown) for state, shown in found.items()},
        totals=totals,
    )


def _most_stores(seat: tuple[str, Counter[str]]) -> tuple[int, str]:
    return -seat[1].total(), seat[0]


def _count(
    resource: Resource,
    places: Mapping[str, Place],
    seats: Mapping[str, Counter[str]],
    ladder: Mapping[Custody, custody.Rung],
) -> None:
    health = resource.health.level is not None and resource.health.level.value in _HEALTH
    place, rung = places[resource.country or NOWHERE], ladder[resource.encryption.custody]
    place.stores += 1
    place.health += health
    rung.stores += 1
    rung.health += health
    seats[resource.parent_country or NOWHERE][resource.country or NOWHERE] += 1
    for copy in resource.copies or ():
        if not copy.inbound:
            places[copy.country or NOWHERE].copies += 1


def _findings(scan: FinishedScan) -> tuple[dict[State, tuple[Finding, ...]], dict[State, int]]:
    shown: dict[State, list[Finding]] = {state: [] for state in MOST_FINDINGS}
    totals = dict.fromkeys(State, 0)
    for status in (Status.FAIL, Status.UNKNOWN):
        for finding in scan.findings(status):
            state = state_of(finding)
            totals[state] += 1
            if len(shown[state]) < MOST_FINDINGS[state]:
                shown[state].append(finding)
    return {state: tuple(found) for state, found in shown.items()}, totals


def _groups(findings: Iterable[Finding]) -> Iterable[Group]:
    """Findings come by severity and control, so that each control is one group of its severity."""
    for (severity, control), members in groupby(findings, key=lambda f: (f.severity.value, f.control)):
        found = tuple(members)
        yield Group(control=control, title=found[0].title, severity=severity, findings=found)


def _unmeasured(scan: FinishedScan) -> tuple[Unmeasured, ...]:
    regions: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    accounts: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in scan.coverage():
        if row.state is not CoverageState.COMPLETE and (row.type or row.state is not CoverageState.PARTIAL):
            cause = (row.state.value, row.type or row.service, row.permission or row.reason)
            regions[cause].add(row.region)
            accounts[cause].add(row.account)
    return tuple(
        Unmeasured(
            state=cause[0],
            what=cause[1],
            why=cause[2],
            regions=tuple(sorted(regions[cause])),
            accounts=tuple(sorted(accounts[cause])),
        )
        for cause in sorted(regions)
    )

"""What the page shows, gathered in a few readings of the scan. Memory grows with countries and controls only."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from msgspec import Struct

from scanner.model import CoverageState, Custody, Finding, Key, Resource, Status
from scanner.report.source import FinishedScan
from scanner.report.state import State, state_of, tally

MOST_FINDINGS = {State.FAIL: 600, State.UNKNOWN: 300, State.WAIVED: 100}
"""Findings shown one by one, the most severe first: a thousand, since a browser is slow with more. The rest is counted.
Each state has its share, so that many fails do not hide what is not known."""

_MOST_CHAINS = 8
_MOST_GAPS = 200
NOWHERE = ""
"""Country of what is not established."""


class Place(Struct):
    """What is in one country."""

    stores: int = 0
    health: int = 0
    copies: int = 0
    keys: int = 0


class Rung(Struct):
    """Stores at one kind of custody."""

    custody: str
    rung: str
    stores: int = 0
    health: int = 0


class Chain(Struct, frozen=True, kw_only=True):
    """From one store to the laws over it. None: not established."""

    resource: Resource
    key: Key | None
    holder: str | None
    holder_country: str | None
    basis: str
    laws: tuple[str, ...]
    finding: Finding


class Unmeasured(Struct, frozen=True, kw_only=True):
    """Coverage rows that have one cause."""

    state: str
    what: str
    why: str
    regions: tuple[str, ...]
    accounts: tuple[str, ...]


class Gathered(Struct, frozen=True, kw_only=True):
    places: Mapping[str, Place]
    seats: Mapping[tuple[str, str], int]
    """Stores by seat of the operator's parent and country of the data, both established."""
    ladder: tuple[Rung, ...]
    chains: tuple[Chain, ...]
    unmeasured: tuple[Unmeasured, ...]
    unmeasured_more: int
    states: Mapping[State, int]
    findings: Mapping[State, tuple[Finding, ...]]
    totals: Mapping[State, int]
    """Findings by state; `states` counts subjects."""


def gather(scan: FinishedScan) -> Gathered:
    shown, totals = _findings(scan)
    wanted = _distinct(shown[State.FAIL] + shown[State.UNKNOWN])
    places: defaultdict[str, Place] = defaultdict(Place)
    seats: Counter[tuple[str, str]] = Counter()
    ladder = {custody: Rung(custody=custody.value, rung=custody.rung) for custody in Custody}
    found: dict[str, Resource] = {}
    for resource in scan.resources():
        if resource.id in wanted and resource.is_store:
            found[resource.id] = resource
        _count(resource, places, seats, ladder)
    keys: dict[str, Key] = {}
    needed = {resource.encryption.key for resource in found.values()}
    for key in scan.keys():
        places[key.country or NOWHERE].keys += 1
        if key.id in needed:
            keys[key.id] = key
    unmeasured = _unmeasured(scan)
    return Gathered(
        places=dict(sorted(places.items(), key=lambda item: (not item[0], -item[1].stores, item[0]))),
        seats=seats,
        ladder=tuple(rung for custody, rung in ladder.items() if rung.stores or custody.rung.startswith("K")),
        chains=tuple(_chains(scan, wanted, found, keys)),
        unmeasured=unmeasured[:_MOST_GAPS],
        unmeasured_more=max(0, len(unmeasured) - _MOST_GAPS),
        states=tally(scan.findings()),
        findings=shown,
        totals=totals,
    )


def _count(
    resource: Resource,
    places: Mapping[str, Place],
    seats: Counter[tuple[str, str]],
    ladder: Mapping[Custody, Rung],
) -> None:
    if not resource.is_store:
        return
    health = resource.health.level is not None and resource.health.level.value in ("declared", "confirmed", "likely")
    place = places[resource.country or NOWHERE]
    place.stores += 1
    place.health += health
    for copy in resource.copies or ():
        if not copy.inbound:
            places[copy.country or NOWHERE].copies += 1
    if resource.country and resource.parent_country:
        seats[(resource.parent_country, resource.country)] += 1
    rung = ladder[resource.encryption.custody]
    rung.stores += 1
    rung.health += health


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


def _distinct(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    """The first, so the worst, finding of each subject."""
    worst: dict[str, Finding] = {}
    for finding in findings:
        worst.setdefault(finding.resource, finding)
    return worst


def _chains(
    scan: FinishedScan, worst: Mapping[str, Finding], found: Mapping[str, Resource], keys: Mapping[str, Key]
) -> Iterator[Chain]:
    """The worst stores, those with signs of health data first, one of a kind of custody and place before a second."""
    stores = [(found[id_], finding) for id_, finding in worst.items() if id_ in found]
    seen: Counter[tuple[str, str | None]] = Counter()
    ranked: list[tuple[int, bool, int, Resource, Finding]] = []
    for resource, finding in stores:
        kind = (resource.encryption.custody.value, resource.country)
        level = resource.health.level.value if resource.health.level else ""
        ranked.append((seen[kind], level not in ("declared", "confirmed", "likely"), len(ranked), resource, finding))
        seen[kind] += 1
    for *_, resource, finding in sorted(ranked, key=lambda entry: entry[:3])[:_MOST_CHAINS]:
        key = keys.get(resource.encryption.key or "")
        holder, country, basis = _holder(resource, key)
        laws = tuple(row.name for row in scan.summary.reach if row.country == resource.parent_country)
        yield Chain(
            resource=resource,
            key=key,
            holder=holder,
            holder_country=country,
            basis=basis,
            laws=laws,
            finding=finding,
        )


def _holder(resource: Resource, key: Key | None) -> tuple[str | None, str | None, str]:
    """Who holds the key, where that holder's parent sits, and how that is known."""
    if key is not None and key.holder is not None:
        return key.holder.operator, key.holder.parent_country, key.holder.basis
    if resource.encryption.custody in (Custody.PROVIDER_SHARED, Custody.PROVIDER_MANAGED):
        return resource.operator, resource.parent_country, "provider"
    return None, None, ""


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

"""Header and summary of a scan that was concluded."""

from collections import Counter

from scanner.errors import UsageError
from scanner.facts.ages import oldest
from scanner.facts.laws import laws
from scanner.facts.registry import Registry
from scanner.model import (
    Status,
)
from scanner.model.document import CallCount, OwnFactsUse, PackRef, ScanHeader, Summary, Tool
from scanner.policy.rollup import Tally
from scanner.scan.asked import Conclusions
from scanner.scan.outcome import outcome
from scanner.scan.sample import sampling_of
from scanner.scan.seen import Seen
from scanner.scan.settle import STALE, Settlement
from scanner.scan.summarise import Figures, Law
from scanner.scan.worst import Worst
from scanner.store.journal import Journal
from scanner.store.scan import Result


def result_of(
    journal: Journal,
    asked: Conclusions,
    coverage: Seen,
    figures: Figures,
    tally: Tally,
    settlement: Settlement,
    worst: Worst,
) -> Result:
    rollups = [tally.rollup(control, complete=coverage.complete) for control in asked.evaluator.controls]
    statuses: Counter[str] = Counter()
    for rollup in rollups:
        statuses.update({status: count for status, count in rollup.counts.items() if status in set(Status)})
    verdict, exit_code = outcome(
        fails=settlement.open_fails,
        settled=settlement.settled_fails,
        unknowns=statuses[Status.UNKNOWN],
        acknowledged=settlement.acknowledged,
        measured=coverage.measured,
        complete=coverage.complete,
        fail_on=asked.fail_on,
        allow_incomplete=asked.allow_incomplete,
    )
    waivers = settlement.waivers()
    if asked.strict_waivers and any(waiver.state in STALE for waiver in waivers):
        exit_code = UsageError.exit_code
    known_laws = {
        law.id: Law(id=law.id, country=law.country, name=law.name, status=law.status.value) for law in laws().values()
    }
    return Result(
        tool=Tool(name="lexloci", version=asked.tool_version, facts_as_of=oldest(asked.registry).isoformat()),
        header=_header(journal, figures, coverage, asked),
        summary=Summary(
            verdict=verdict,
            exit_code=exit_code,
            resources=figures.resources,
            stores=figures.stores,
            health_stores=figures.health_stores,
            unclassified_stores=figures.unclassified_stores,
            statuses={status.value: statuses[status.value] for status in Status},
            by_country=dict(sorted(figures.by_country.items())),
            by_custody=dict(sorted(figures.by_custody.items())),
            by_parent_country=dict(sorted(figures.by_parent_country.items())),
            reach=figures.reach(known_laws),
            units=coverage.units,
            health_volume=figures.health_volume,
            controls=tuple(rollup.summary() for rollup in rollups),
            waivers=waivers,
            baseline=settlement.baseline(),
            worst=worst.resources(),
        ),
    )


def _header(journal: Journal, figures: Figures, coverage: Seen, asked: Conclusions) -> ScanHeader:
    """What the scan was: who asked for what, under which policies, and how much was read."""
    calls = journal.calls()
    return ScanHeader(
        id=asked.scan_id,
        started_at=asked.started_at,
        ended_at=max(asked.now(), asked.started_at),  # the parts of a merged scan had clocks of their own
        complete=coverage.complete,
        interrupted=asked.interrupted,
        scope=dict(asked.scope),
        policies=tuple(
            PackRef(
                id=pack.pack.id,
                title=pack.pack.title,
                edition=pack.pack.edition,
                digest=pack.digest,
                reading=pack.pack.reading,
            )
            for pack in asked.evaluator.packs
        ),
        calls=CallCount(total=sum(calls.values()), by_operation=calls),
        plugins=asked.plugins,
        own_facts=_own_facts(asked.registry, figures),
        sampling=sampling_of(journal.samples(), asked.scope),
    )


def _own_facts(registry: Registry, figures: Figures) -> OwnFactsUse | None:
    own = registry.own
    if own is None:
        return None
    decided = {reference.removeprefix(f"{own.name}: "): count for reference, count in figures.own_facts.items()}
    return OwnFactsUse(
        name=own.name,
        digest=own.digest,
        entries=own.entries,
        replaced=own.replaced,
        decided=dict(sorted(decided.items())),
    )

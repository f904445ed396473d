"""Second half of a scan: from what the journal holds to resources, keys, findings and the summary.

Streams: one resource at a time is decoded, assessed, evaluated and stored, so memory does not grow with the account.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Any

from msgspec import Struct, structs

from scanner.assess.keys import assess_key
from scanner.assess.neighbours import Neighbours
from scanner.assess.resource import Assessed, Surroundings, assess, own_signs
from scanner.errors import UsageError
from scanner.facts.ages import oldest
from scanner.facts.laws import laws
from scanner.facts.registry import Registry
from scanner.facts.statements import Statements
from scanner.facts.waivers import Waiver
from scanner.model import (
    CoverageState,
    Finding,
    Gap,
    GapReason,
    Key,
    ObservedResource,
    Resource,
    Severity,
    Status,
)
from scanner.model.document import CallCount, OwnFactsUse, PackRef, ScanHeader, Summary, Tool
from scanner.model.records import Discovery, Place
from scanner.policy.evaluate import Evaluator
from scanner.policy.outcome import named
from scanner.policy.rollup import Tally, evaluate_scan
from scanner.policy.schema import Provenance
from scanner.policy.subject import Subject
from scanner.policy.vocabulary import SET_PREFIX
from scanner.scan.entries import entries_behind, own_entries, unconfirmed_sets
from scanner.scan.outcome import outcome
from scanner.scan.progress import Progress
from scanner.scan.provenance import Source, of_set
from scanner.scan.sample import sampling_of
from scanner.scan.seen import Seen, gap_of
from scanner.scan.settle import STALE, Baseline, Settlement
from scanner.scan.subject import Subjects, scan_subject
from scanner.scan.summarise import Figures, Law
from scanner.scan.worst import Worst
from scanner.store.journal import Journal
from scanner.store.scan import Result, keep

_BATCH = 500


class Conclusions(Struct, frozen=True, kw_only=True):
    """What concluding needs beside the journal."""

    scope: Mapping[str, Any]
    source: Source
    evaluator: Evaluator
    registry: Registry
    statements: Statements
    today: date
    tags: tuple[str, ...]
    """Only resources with every one of these tags: `KEY` or `KEY=VALUE`."""
    fail_on: frozenset[Severity]
    allow_incomplete: bool
    scan_id: str
    started_at: str
    now: Callable[[], str]
    interrupted: bool
    tool_version: str
    plugins: tuple[str, ...]
    waivers: tuple[Waiver, ...] = ()
    strict_waivers: bool = False
    """A waiver that is expired or covers nothing is a wrong request (exit code 2)."""
    baseline: Baseline | None = None


def conclude(journal: Journal, asked: Conclusions, progress: Progress) -> None:
    """Assess and evaluate what the journal holds and store the result there; UsageError when `tags` match nothing."""
    coverage = Seen(journal.coverage())
    _assess_keys(journal, asked)
    figures, tally, worst = Figures(), Tally(), Worst()
    settlement = Settlement(asked.waivers, asked.baseline, asked.today)
    progress.phase("assessing", None)
    operators: dict[str, Assessed] = {}
    resources: list[Resource] = []
    findings: list[Finding] = []
    around = _surroundings(journal, asked, coverage)
    for observed in journal.observed():
        health, tags = own_signs(observed, around)
        around.neighbours.add(observed, tags, health)
    subjects = Subjects(
        asked.registry,
        asked.today,
        asked.source,
        asked.statements.attested(asked.today),
        asked.statements.certified(asked.today),
    )
    for observed in journal.observed():
        assessed = assess(observed, around)
        behind = entries_behind(assessed, asked.registry, asked.today)
        own = own_entries(behind, asked.registry)
        if own:
            assessed = structs.replace(assessed, resource=structs.replace(assessed.resource, own_facts=own))
            figures.own_facts.update(own)
        if not _wanted(assessed.resource, asked.tags):
            continue
        figures.add(assessed.resource, assessed.laws)
        if assessed.resource.is_store and assessed.runs.operator is not None:
            operators.setdefault(assessed.runs.operator.id, assessed)
        resources.append(assessed.resource)
        subject = subjects.of(assessed, behind)
        of_resource = list(_evaluated(asked.evaluator, subject, tally, settlement))
        worst.add(assessed.resource, of_resource)
        findings += of_resource
        if len(resources) >= _BATCH:
            journal.store_results(resources=resources, findings=findings)
            resources, findings = [], []
        progress.step(None)
    if asked.tags and not figures.resources:
        raise UsageError(f"No resource has the tag {', '.join(asked.tags)}.")
    findings += _scan_wide(asked, coverage, operators, tally, settlement)
    controls = {control.id: control for control in asked.evaluator.controls}
    journal.store_results(resources=resources, findings=findings)
    rows = tally.not_applicable(controls)
    while batch := list(islice(rows, _BATCH)):
        journal.store_results(findings=batch)
    keep(journal, _result(journal, asked, coverage, figures, tally, settlement, worst))


def _evaluated(evaluator: Evaluator, subject: Subject, tally: Tally, settlement: Settlement) -> Iterator[Finding]:
    row = evaluator.row(subject)
    tally.leave_out(row, subject)
    for found in row.findings:
        settled = settlement.settle(named(found, subject))
        tally.add(settled, subject)
        yield settled


def _scan_wide(
    asked: Conclusions,
    coverage: Seen,
    operators: Mapping[str, Assessed],
    tally: Tally,
    settlement: Settlement,
) -> Iterator[Finding]:
    for found in evaluate_scan(asked.evaluator, tally, _whole(asked, coverage, operators), settlement.settle):
        if isinstance(found, Finding):
            yield found


def _whole(asked: Conclusions, coverage: Seen, operators: Mapping[str, Assessed]) -> Subject:
    """The scan as a subject. Facts of the operator are bound when all stores have one and the same."""
    scope = asked.scope
    accounts = scope.get("accounts") or [""]
    values: dict[str, Any] = {}
    unconfirmed = unconfirmed_sets(asked.today)
    provenance: Callable[[str], Provenance] = _nowhere
    if len(operators) == 1:
        subject = Subjects(asked.registry, asked.today, asked.source).of(next(iter(operators.values())))
        values = {name: value for name, value in subject.values.items() if name.startswith("operator.")}
        unconfirmed |= frozenset(name for name in subject.unconfirmed if name.startswith("operator."))
        provenance = subject.provenance
    return scan_subject(
        account=accounts[0] if len(accounts) == 1 else "",
        provider=str(scope.get("provider", "")),
        partition=str(scope.get("partition", "")),
        complete=coverage.complete,
        incomplete=coverage.gaps,
        operator=values,
        no_operator=(_no_operator(operators),),
        attested=asked.statements.attested(asked.today),
        provenance=lambda fact: of_set(fact, asked.today) if fact.startswith(SET_PREFIX) else provenance(fact),
        unconfirmed=unconfirmed,
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


def _no_operator(operators: Mapping[str, Assessed]) -> Gap:
    detail = (
        f"the stores are run by several operators: {', '.join(sorted(operators))}" if operators else "no store found"
    )
    return Gap(fact="operator", reason=GapReason.CONFLICT if operators else GapReason.UNRESOLVED, detail=detail)


def _nowhere(fact: str) -> Provenance:
    raise LookupError(f"{fact} is not bound")


def _assess_keys(journal: Journal, asked: Conclusions) -> None:
    batch: list[Key] = []
    for observed in journal.observed_keys():
        batch.append(assess_key(observed, asked.registry, asked.statements, asked.today))
        if len(batch) >= _BATCH:
            journal.store_results(keys=batch)
            batch = []
    journal.store_results(keys=batch)


def _surroundings(journal: Journal, asked: Conclusions, coverage: Seen) -> Surroundings:
    @lru_cache(maxsize=4096)
    def key(reference: str) -> Key | None:
        observed = journal.key(reference)
        return None if observed is None else assess_key(observed, asked.registry, asked.statements, asked.today)

    @lru_cache(maxsize=4096)
    def whereabouts(target: str) -> Place | None:
        here = journal.observed_by_id(target)
        if here is not None:
            return Place(target=target, region=here.region, account=here.account, country=here.country)
        return journal.place(target)

    def tags(observed: ObservedResource) -> dict[str, str] | Gap:
        own = next((gap for gap in observed.gaps if gap.fact == "tags"), None)
        found = journal.tags_of(observed.id)
        if found is not None:
            return found
        if own is not None and own.reason is not GapReason.UNRESOLVED:
            return own
        row = coverage.tagging.get((observed.account, observed.region))
        if row is not None and row.state is CoverageState.COMPLETE:
            return {}
        reason = gap_of(row).reason if row is not None else GapReason.NOT_SCANNED
        detail = row.reason if row is not None else "the tags of this region were not listed"
        permission = row.permission if row is not None else ""
        return Gap(fact="tags", reason=reason, detail=detail, permission=permission)

    def discoveries(observed: ObservedResource) -> tuple[tuple[Discovery, ...], tuple[Gap, ...]]:
        unread = coverage.undiscovered.get((observed.type, observed.account))
        gaps = (structs.replace(gap_of(unread), fact="health.signals"),) if unread is not None else ()
        return tuple(journal.discoveries(observed.id)), gaps

    return Surroundings(
        registry=asked.registry,
        today=asked.today,
        key=key,
        whereabouts=whereabouts,
        tags=tags,
        neighbours=Neighbours(),
        discoveries=discoveries,
        no_health_data=asked.statements.without_health_data(asked.today),
        sampled=journal.sampled,
    )


def _wanted(resource: Resource, wanted: tuple[str, ...]) -> bool:
    """A resource whose tags were not read may have the tag, so it stays in."""
    if resource.tags is None:
        return True
    for text in wanted:
        name, separator, value = text.partition("=")
        if name not in resource.tags or (separator and resource.tags[name] != value):
            return False
    return True


def _result(
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
    calls = journal.calls()
    known_laws = {
        law.id: Law(id=law.id, country=law.country, name=law.name, status=law.status.value) for law in laws().values()
    }
    return Result(
        tool=Tool(name="lexloci", version=asked.tool_version, facts_as_of=oldest(asked.registry).isoformat()),
        header=ScanHeader(
            id=asked.scan_id,
            started_at=asked.started_at,
            ended_at=asked.now(),
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
        ),
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

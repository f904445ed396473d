"""Second half of a scan: from what the journal holds to resources, keys, findings and the summary.

Streams: one resource at a time is decoded, assessed, evaluated and stored, so memory does not grow with the account.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from msgspec import structs

from scanner.assess.keys import assess_key
from scanner.assess.resource import Assessed, assess, own_signs
from scanner.errors import UsageError
from scanner.model import (
    Finding,
    Gap,
    GapReason,
    Key,
    Resource,
)
from scanner.policy.evaluate import Evaluator
from scanner.policy.outcome import named
from scanner.policy.rollup import Tally, evaluate_scan
from scanner.policy.schema import Provenance
from scanner.policy.subject import Subject
from scanner.policy.vocabulary import SET_PREFIX
from scanner.scan.asked import Conclusions
from scanner.scan.entries import entries_behind, own_entries, unconfirmed_sets
from scanner.scan.progress import Progress
from scanner.scan.provenance import of_set
from scanner.scan.result import result_of
from scanner.scan.seen import Seen
from scanner.scan.settle import Settlement
from scanner.scan.subject import Subjects, scan_subject
from scanner.scan.summarise import Figures
from scanner.scan.surroundings import surroundings
from scanner.scan.worst import Worst
from scanner.store.journal import Journal
from scanner.store.scan import keep

_BATCH = 500


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
    around = surroundings(journal, asked, coverage)
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
    keep(journal, result_of(journal, asked, coverage, figures, tally, settlement, worst))


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
        batch.append(assess_key(observed, asked.registry, asked.statements, asked.today, asked.own))
        if len(batch) >= _BATCH:
            journal.store_results(keys=batch)
            batch = []
    journal.store_results(keys=batch)


def _wanted(resource: Resource, wanted: tuple[str, ...]) -> bool:
    """A resource whose tags were not read may have the tag, so it stays in."""
    if resource.tags is None:
        return True
    for text in wanted:
        name, separator, value = text.partition("=")
        if name not in resource.tags or (separator and resource.tags[name] != value):
            return False
    return True

"""`lexloci explain`: what a control asks, or the whole chain behind one finding of a scan."""

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.cli.own_facts import Facts, registry_for
from scanner.errors import UsageError

if TYPE_CHECKING:
    from scanner.facts.registry import Registry
    from scanner.model import Finding, Missing
    from scanner.model.finding import Evidence
    from scanner.model.finished import FinishedScan
    from scanner.policy.explain import OutcomeExplained
    from scanner.policy.subject import Subject

_COMPARED = 20_000
"""Ids that a wrong one is compared with: about a second, where all of a large scan would take minutes."""


def explain(
    context: typer.Context,
    what: Annotated[
        str,
        typer.Argument(
            metavar="CONTROL|FINDING|RESOURCE",
            help="Id of a control, of a finding, or (its end is enough) of a resource.",
        ),
    ],
    from_: Annotated[
        Path | None,
        typer.Option("--from", help="The scan (JSON or sealed folder) that holds the finding or the resource."),
    ] = None,
    facts: Facts = None,
    policy: Annotated[
        list[str] | None,
        typer.Option(help="Packs to look in, by id or path. Default: all shipped, or the finding's."),
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option(help="PACK.NAME=VALUE: a parameter, with --from as the scan was judged with.", metavar="PARAM"),
    ] = None,
) -> None:
    """Explain a control (what it asks, what a pass needs).

    With --from a finding, down to the call and the value, or a resource with all that a scan knows of it.
    """
    from scanner.cli.idle import refuse_idle
    from scanner.cli.reading import read_scan
    from scanner.cli.rows import show_lines

    if from_ is None:
        refuse_idle(context, "without --from", "facts")
        show_lines(_control(what, policy, param or []))
        return
    scan = read_scan(from_)
    finding = next((found for found in scan.findings() if found.id == what), None)
    if finding is None:
        lines = _resource(what, scan, from_)
        refuse_idle(
            context, "with a resource, of which all is told as the scan recorded it", "facts", "policy", "param"
        )
        show_lines(lines)
    else:
        show_lines(_finding(finding, scan, registry_for(scan, facts), policy, param))


def _control(what: str, policy: list[str] | None, param: list[str]) -> Iterator[str]:
    from scanner.cli.control import lines
    from scanner.cli.packs import all_packs, country_sets, given_for, load_packs
    from scanner.policy.explain import explain_control, find

    pack, control = find(load_packs(policy) if policy else all_packs(), what)
    return lines(explain_control(pack, control), given_for(pack, control, param), country_sets())


def _resource(what: str, scan: "FinishedScan", path: Path) -> Iterator[str]:
    from scanner.report.resource import lines

    found = [one for one in scan.resources() if one.id.endswith(what)]
    exact = [one for one in found if one.id == what]
    if not found:
        raise UsageError(f"{path} holds no finding and no resource '{what}'{_hint(what, scan)}")
    if len(found) > 1 and not exact:
        some = ", ".join(one.id for one in found[:3]) + (" …" if len(found) > 3 else "")
        raise UsageError(f"{len(found)} resources end in '{what}': {some}")
    (resource,) = exact or found
    key = next((one for one in scan.keys() if one.id == resource.encryption.key), None)
    return lines(resource, key, (one for one in scan.findings() if one.resource == resource.id))


def _hint(what: str, scan: "FinishedScan") -> str:
    """What else may have been meant: the findings of a control, or the nearest id."""
    from scanner.shape import did_you_mean

    of_control = [one for one in scan.findings() if one.control == what]
    if of_control:
        some = ", ".join(f"{one.id} ({one.status.value})" for one in of_control[:3])
        more = " …" if len(of_control) > 3 else ""
        return f". '{what}' is a control, without --from; its findings here are {some}{more}"
    ids = chain((one.id for one in scan.findings()), (one.id for one in scan.resources()))
    return did_you_mean(what, islice(ids, _COMPARED)) or ". Findings carry their ids in --format json."


def _finding(
    finding: "Finding", scan: "FinishedScan", registry: "Registry", policy: list[str] | None, param: list[str] | None
) -> Iterator[str]:
    from scanner.cli.packs import evaluator_for
    from scanner.policy.explain import explain_control, explain_outcome, find, verdict

    evaluator = evaluator_for(policy or [finding.pack], param or ())
    yield f"{finding.id}  {finding.status.value.upper()} ({finding.assurance.value})  {finding.control}"
    yield f"  {finding.title}"
    yield f"  subject: {finding.resource}"
    yield f"  decided by: {finding.reason}"
    if finding.waiver is not None:
        yield f"  waived until {finding.waiver.expires} by {finding.waiver.owner}: {finding.waiver.reason}"
    subject = _subject(scan, finding, registry)
    if subject is not None:
        explained = explain_outcome(evaluator, finding.control, subject)
        if verdict(explained.outcome) == (finding.status, finding.reason):
            yield from _chain(explained)
            return
        yield "  judged with a parameter, pack or table other than those at hand; what the scan recorded:"
    elif finding.subjects > 1:
        yield f"  the same for {finding.subjects} resources; `lexloci explain RESOURCE` tells what is known of one"
    control = explain_control(*find(evaluator.packs, finding.control))
    deciding = [one for one in control.conditions if finding.reason in (one.reason, one.name)]
    for condition in deciding or control.conditions:
        yield f"  {condition.role:6}  {condition.name}"
        yield f"          {condition.expr}   ({condition.where})"
    for item in finding.evidence:
        yield f"          {_read(item)}"
    for lack in finding.missing:
        yield f"          {_lacking(lack)}"
    yield f"  remediation: {control.control.remediation}"


def _subject(scan: "FinishedScan", finding: "Finding", registry: "Registry") -> "Subject | None":
    """The resource of the finding as the policies saw it; None for what is about more than one resource."""
    from datetime import datetime

    from scanner.assess.resource import reassess
    from scanner.policy.explain import with_statements
    from scanner.providers.plugins import load_provider
    from scanner.scan.subject import Subjects

    resource = next((found for found in scan.resources() if found.id == finding.resource), None)
    if resource is None:
        return None
    key = next((found for found in scan.keys() if found.id == resource.encryption.key), None)
    today = datetime.fromisoformat(scan.header.started_at).date()
    provider, _ = load_provider(resource.provider)
    subject = Subjects(registry, today, provider.source).of(reassess(resource, key, registry, today))
    return with_statements(subject, finding.evidence)


def _chain(explained: "OutcomeExplained") -> Iterator[str]:
    from scanner.cli.control import shown

    for decided in explained.conditions:
        condition = decided.condition
        yield f"  {condition.role:6}  {condition.name}  ->  {decided.value}"
        yield f"          {condition.expr}   ({condition.where})"
        for name in condition.settings:
            yield f"          {name} = {shown(explained.control.parameters[name])}"
        for item in decided.evidence:
            yield f"          {_read(item)}"
        for lack in decided.missing:
            yield f"          {_lacking(lack)}"
    yield f"  remediation: {explained.control.control.remediation}"


def _read(item: "Evidence") -> str:
    confirmed = "" if item.confirmed else ", unconfirmed"
    dated = f", as of {item.as_of}" if item.as_of else ""
    return f"{item.fact} = {item.value!r}   from {item.source} ({item.assurance.value}{confirmed}{dated})"


def _lacking(lack: "Missing") -> str:
    needed = f"; grant {lack.permission}" if lack.permission else ""
    return f"missing {lack.fact}: {lack.reason} {lack.detail}{needed}".rstrip()

"""What the user should know of their own statements and waivers: which lapsed, which evidence overrules."""

from datetime import date

from scanner.assess.certificates import contrary
from scanner.assess.custody import CUSTOMER
from scanner.assess.health import STATEMENT
from scanner.assess.reach import HEALTH_LEVELS
from scanner.cli.terminal import notice
from scanner.facts.registry import Registry
from scanner.facts.statements import Statements
from scanner.model.document import WaiverState
from scanner.model.finished import FinishedScan
from scanner.shape import did_you_mean

_WAIVERS = {
    WaiverState.EXPIRED: "ended on {expires}; {findings} findings that it spoke of count again",
    WaiverState.UNUSED: "covers nothing in this scan",
    WaiverState.ENDS_SOON: "ends on {expires}; it covers {findings} findings",
}


def tell_waivers(scan: FinishedScan) -> None:
    """Waivers that hold nothing back, and those that soon will not."""
    for waiver in scan.summary.waivers:
        told = _WAIVERS.get(waiver.state)
        if told is not None:
            about = f"the waiver of {waiver.control} for {waiver.resource} ({waiver.owner}) "
            notice(about + told.format(expires=waiver.expires, findings=waiver.findings))


def tell_own_facts(scan: FinishedScan) -> None:
    """That a fact file of the user's was used, and for what."""
    used = scan.header.own_facts
    if used is None:
        return
    instead = f", {len(used.replaced)} of them in the place of shipped ones" if used.replaced else ""
    decided = ", ".join(f"{entry} for {count} resources" for entry, count in used.decided.items())
    notice(f"{used.name} adds {len(used.entries)} entries to the tables{instead}; decided: {decided or 'nothing'}")


def tell_statements(scan: FinishedScan, statements: Statements, registry: Registry, today: date) -> None:
    """Statements that have ended or not begun, and those that evidence contradicts: the evidence stands."""
    for statement in statements.lapsed(today):
        notice(f"a statement by {statement.by} holds from {statement.on} to {statement.until}; it was not used")
    for holder in statements.holding(today):
        if holder.operator != CUSTOMER and registry.operator(holder.operator) is None:
            near = did_you_mean(holder.operator, (CUSTOMER, *registry.operators))
            notice(
                f"a key holder stated by {holder.by} is in no table: there is no operator '{holder.operator}', so that "
                f"its parent and its laws are not known{near}"
            )
    for stated in statements.certified(today):
        operator = registry.operator(stated.operator)
        about = f"a certificate {stated.scheme} stated by {stated.by}"
        if operator is None:
            notice(f"{about} was not used: the operator table has no '{stated.operator}'")
        elif (entry := contrary(stated, operator)) is not None:
            status = entry.status.value.replace("_", " ")
            notice(f"{about} is overruled: {registry.reference(operator.id)} records {status}")
    if statements.without_health_data(today):
        against = sum(
            resource.health.level in HEALTH_LEVELS and any(sign.family == STATEMENT for sign in resource.health.signals)
            for resource in scan.resources()
        )
        if against:
            notice(f"{against} resources show health data in accounts that are stated to hold none; the signs count")

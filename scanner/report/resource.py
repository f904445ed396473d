"""One resource of a scan as text: where it is, who runs it, who holds the key, what it holds, and every result."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from scanner.model import Alongside, Copy, Egress, Finding, Gap, Key, Resource, Severity, Status
from scanner.report.sampled import of_resource
from scanner.report.state import why
from scanner.report.text import printable

T = TypeVar("T")

_STATUSES = (Status.FAIL, Status.UNKNOWN, Status.PASS, Status.NOT_APPLICABLE)
_SEVERITIES = tuple(Severity)
_TOGETHER = {True: "yes", False: "no", None: "not known"}


def lines(resource: Resource, key: Key | None, findings: Iterable[Finding]) -> Iterator[str]:
    """The whole record of a resource for people; `findings` are those about it."""
    yield printable(resource.id)
    zone = f", zone {resource.zone}" if resource.zone else ""
    account = f"{resource.account} ({resource.account_name})" if resource.account_name else resource.account
    yield printable(f"  {resource.type} in {resource.region}{zone}, account {account}")
    yield f"  country: {resource.country or 'not known'}"
    seat = resource.parent_country or "not known"
    yield f"  operator: {resource.operator or 'not known'}, seat of its group: {seat}"
    yield f"  health data: {resource.health.level.value if resource.health.level else 'not known'}"
    for signal in resource.health.signals:
        yield printable(f"      {signal.strength} sign by {signal.family}: {signal.value}   ({signal.rule})")
    if resource.sample is not None:
        yield f"      {of_resource(resource)}"
    yield from _key(resource, key)
    yield from _entries("copies", resource.copies, _copy)
    yield from _entries("ways out", resource.egress, _way)
    yield from _entries("not read", resource.gaps, _gap)
    yield "  results"
    for finding in sorted(findings, key=_worst_first):
        shown = "FAIL" if finding.status is Status.FAIL else finding.status.value
        waived = f", waived until {finding.waiver.expires}" if finding.waiver is not None else ""
        told = f"{shown:8} {finding.severity.value:8} {finding.control:12} {finding.id}   {why(finding)}{waived}"
        yield printable(f"      {told}")


def _key(resource: Resource, key: Key | None) -> Iterator[str]:
    encryption = resource.encryption
    yield f"  key: {encryption.rung} {encryption.custody.value} ({encryption.state.value})"
    if key is not None:
        yield printable(f"      {key.id}")
        place = f"in {key.region} ({key.country or 'country not known'})"
        yield printable(f"      {place}, origin {key.origin or 'not known'}{_store(key)}")
        holder = key.holder
        told = f"{holder.operator or 'not known'} ({holder.basis})" if holder is not None else "not known"
        yield printable(f"      held by {told}")
        yield from (f"    {line}" for line in _entries("same key material", key.replicas, _copy))
        for principal in key.decrypt_principals or ():
            if principal.external:
                known = ", ".join(filter(None, (principal.operator, principal.parent_country)))
                named = f" ({known})" if known else ""
                yield printable(f"      may decrypt from outside: {principal.id}{named}, by {principal.via}")
        if key.decrypt_principals is None:
            yield "      who else may decrypt: not known"
        elif any(gap.fact == "principals" for gap in key.gaps):
            yield "      who else may decrypt: not all known"
        yield from (f"    {line}" for line in _entries("not read of the key", key.gaps, _gap))
    if resource.alongside is not None:
        yield f"      together with the data: {_together(resource.alongside)}"


def _store(key: Key) -> str:
    if not key.store:
        return ""
    way = key.connectivity.replace("_", " ") + (f" of account {key.service_owner}" if key.service_owner else "")
    return " ".join(filter(None, (f", store {key.store}", key.endpoint, f"({way})" if way else "")))


def _together(alongside: Alongside) -> str:
    names = ("operator", "exposure", "account", "region")
    return ", ".join(f"{name} {_TOGETHER[getattr(alongside, name)]}" for name in names)


def _copy(copy: Copy) -> str:
    country = "worldwide" if copy.worldwide else copy.country or "country not known"
    account = f", account {copy.account}" if copy.account else ""
    arrow = "from" if copy.inbound else "to"
    return f"{copy.kind} {arrow} {copy.target} in {copy.region or 'a region not known'} ({country}){account}"


def _way(way: Egress) -> str:
    country = way.country or "country not known"
    seat = f", group seated in {way.parent_country}" if way.parent_country else ""
    return f"{way.kind} to {way.target}, run by {way.operator or 'an operator not known'} ({country}{seat})"


def _entries(title: str, entries: tuple[T, ...] | None, told: Callable[[T], str]) -> Iterator[str]:
    if entries is None:
        yield f"  {title}: not known"
    elif entries:
        yield f"  {title}"
        yield from (printable(f"      {told(entry)}") for entry in entries)


def _gap(gap: Gap) -> str:
    needed = f"; grant {gap.permission}" if gap.permission else ""
    return f"{gap.fact}: {gap.reason.value} {gap.detail or gap.operation}".rstrip() + needed


def _worst_first(finding: Finding) -> tuple[int, int, str]:
    return _STATUSES.index(finding.status), _SEVERITIES.index(finding.severity), finding.control

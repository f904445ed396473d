"""What became of one scan in the next: verdicts, places of data, and what is no longer read. Streams.

Both scans are read in their order and merged, so memory does not grow with them; which resources and units there are is
looked up in a temporary file. A verdict or a fact that can no longer be established is a class of its own: it is never
taken for mended, and a resource that is not seen any more is *gone* only if the unit it was in has been read.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from scanner.errors import UsageError
from scanner.model import Finding, Resource, Status
from scanner.model.change import AnyChange, Change, Moved, ResourceChange, VerdictChange
from scanner.model.finished import FinishedScan
from scanner.scratch import scratch
from scanner.store.ground import Ground, coverage_changes

T = TypeVar("T")


def changes(old: FinishedScan, new: FinishedScan) -> Iterator[AnyChange]:
    """Every change: coverage first, then resources, then verdicts; each in the order of the scans.

    UsageError when a scan is out of order.
    """
    with scratch() as database:
        before, after = Ground(database, "old", old), Ground(database, "new", new)
        yield from coverage_changes(database)
        for a, b in _merged(old.resources(), new.resources(), lambda resource: resource.id):
            yield from _resource(a, b, after)
        asked = {control.control for control in new.summary.controls}
        pairs = _merged(_judged(old), _judged(new), lambda found: (found.control, found.resource))
        for was, now in pairs:
            found = _verdict(was, now, before, after, asked)
            if found is not None:
                yield found


def _merged(old: Iterable[T], new: Iterable[T], key: Callable[[T], Any]) -> Iterator[tuple[T | None, T | None]]:
    """Both streams side by side; None where one has nothing under a key."""
    left, right = _ordered(old, key), _ordered(new, key)
    a, b = next(left, None), next(right, None)
    while a is not None or b is not None:
        if b is None or (a is not None and key(a) < key(b)):
            yield a, None
            a = next(left, None)
        elif a is None or key(b) < key(a):
            yield None, b
            b = next(right, None)
        else:
            yield a, b
            a, b = next(left, None), next(right, None)


def _ordered(records: Iterable[T], key: Callable[[T], Any]) -> Iterator[T]:
    before = None
    for record in records:
        here = key(record)
        if before is not None and here < before:
            raise UsageError(f"A scan is out of order at {here}; it was not written by lexloci, or changed since.")
        before = here
        yield record


def _judged(scan: FinishedScan) -> Iterator[Finding]:
    """Findings about one subject each; those that gather what a control does not concern have none."""
    return (found for found in scan.findings() if found.status is not Status.NOT_APPLICABLE)


def _state(found: Finding | None) -> str:
    if found is None:
        return ""
    return "waived" if found.status is Status.FAIL and found.waiver is not None else found.status.value


_BECAME = {
    ("pass", "fail"): Change.BROKEN,
    ("waived", "fail"): Change.BROKEN,
    ("", "fail"): Change.BROKEN,
    ("unknown", "fail"): Change.ESTABLISHED_FAIL,
    ("pass", "unknown"): Change.LOST,
    ("fail", "unknown"): Change.LOST,
    ("waived", "unknown"): Change.LOST,
    ("", "unknown"): Change.UNKNOWN,
    ("", "pass"): Change.APPEARED,
    ("", "waived"): Change.WAIVED,
    ("pass", "waived"): Change.WAIVED,
    ("fail", "waived"): Change.WAIVED,
    ("unknown", "waived"): Change.WAIVED,
    ("fail", "pass"): Change.MENDED,
    ("waived", "pass"): Change.MENDED,
    ("unknown", "pass"): Change.ESTABLISHED_PASS,
}


def _verdict(
    was: Finding | None, now: Finding | None, before: Ground, after: Ground, asked: set[str]
) -> VerdictChange | None:
    old, new = _state(was), _state(now)
    told = now or was
    assert told is not None
    if now is None:
        change = _vanished(told, before, after, asked)
    elif old == new:
        assert was is not None
        if old != "fail" or was.reason == now.reason:
            return None
        change = Change.OTHER_REASON
    else:
        change = _BECAME[old, new]
    return VerdictChange(
        change=change,
        control=told.control,
        title=told.title,
        severity=told.severity.value,
        resource=told.resource,
        account=told.account,
        region=told.region,
        old=old,
        new=new,
        why=_why(now) if now is not None else "",
    )


def _vanished(was: Finding, before: Ground, after: Ground, asked: set[str]) -> Change:
    if was.control not in asked:
        return Change.NOT_ASKED
    place = before.place(was.resource)
    if place is None or after.has(was.resource):
        return Change.NOT_APPLICABLE
    return Change.GONE if after.read(*place) else Change.UNSEEN


def _why(found: Finding) -> str:
    missing = "; ".join(f"{lack.fact} {lack.reason}" for lack in found.missing[:3])
    return f"{found.reason}: {missing}" if missing else found.reason


def _resource(was: Resource | None, now: Resource | None, after: Ground) -> Iterator[ResourceChange]:
    told = now or was
    assert told is not None
    moved: tuple[Moved, ...] = ()
    if was is None:
        change = Change.APPEARED
    elif now is None:
        change = Change.GONE if after.read(was.account, was.region, was.type) else Change.UNSEEN
    else:
        moved = tuple(_moved(was, now))
        if not moved:
            return
        change = Change.MOVED
    yield ResourceChange(
        change=change,
        resource=told.id,
        type=told.type,
        account=told.account,
        region=told.region,
        country=told.country,
        is_store=told.is_store,
        moved=moved,
    )


def _moved(was: Resource, now: Resource) -> Iterator[Moved]:
    for name, of in _PROPERTIES.items():
        old, new = of(was), of(now)
        if old != new:
            yield Moved(property=name, old=old, new=new, lost=_established(old) and not _established(new))


def _established(value: Any) -> bool:
    return value is not None and value not in ("unknown", "external_holder_not_established")


def _copies(resource: Resource) -> list[str] | None:
    if resource.copies is None:
        return None
    return sorted(f"{copy.kind} {copy.target} {copy.region or '?'} {copy.country or '?'}" for copy in resource.copies)


def _egress(resource: Resource) -> list[str] | None:
    if resource.egress is None:
        return None
    return sorted(f"{egress.kind} {egress.target} {egress.country or '?'}" for egress in resource.egress)


_PROPERTIES: dict[str, Callable[[Resource], Any]] = {
    "country": lambda resource: resource.country,
    "region": lambda resource: resource.region,
    "account": lambda resource: resource.account,
    "operator": lambda resource: resource.operator,
    "parent_country": lambda resource: resource.parent_country,
    "copies": _copies,
    "egress": _egress,
    "encryption": lambda resource: resource.encryption.state.value,
    "custody": lambda resource: resource.encryption.custody.value,
    "key": lambda resource: resource.encryption.key,
}

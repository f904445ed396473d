"""Copies and ways out, from a configured target to a country, an account and an operator."""

from collections.abc import Callable

from scanner.facts.located import GLOBAL
from scanner.facts.registry import Registry
from scanner.model import Copy, Egress, Gap, GapReason, ObservedCopy, ObservedEgress, ObservedResource
from scanner.model.records import Place

Whereabouts = Callable[[str], Place | None]
"""Where a target is, from the inventory or from the second pass; None when neither knows it."""


def copies_of(
    observed: ObservedResource, whereabouts: Whereabouts, registry: Registry
) -> tuple[tuple[Copy, ...] | None, tuple[Gap, ...]]:
    """The copies of a resource with their places, and a gap for every target whose place could not be established."""
    if observed.copies is None:
        return None, ()
    found = [_copy(observed, copy, whereabouts, registry) for copy in observed.copies]
    return tuple(copy for copy, _ in found), tuple(gap for _, gaps in found for gap in gaps)


def _copy(
    observed: ObservedResource, copy: ObservedCopy, whereabouts: Whereabouts, registry: Registry
) -> tuple[Copy, list[Gap]]:
    region, account = copy.region, copy.account
    if region is None or account is None:
        place = whereabouts(copy.target)
        if place is not None:
            region = place.region if region is None else region
            account = place.account if account is None else account
    gaps: list[Gap] = []
    country = operator = None
    if region is None:
        gaps.append(_gap(GapReason.UNRESOLVED, f"the region of {copy.kind} {copy.target} was not found"))
    else:
        located = registry.locate(observed.provider, observed.partition, region)
        country = located.country
        runs = registry.operator_of(observed.provider, observed.partition, region)
        operator = runs.operator.id if runs.operator is not None else None
        for gap in (located.gap, runs.gap):
            if gap is not None:
                gaps.append(_gap(gap.reason, f"{copy.kind} {copy.target}: {gap.detail}"))
    if account is None:
        gaps.append(_gap(GapReason.UNRESOLVED, f"the account of {copy.kind} {copy.target} was not found", "account"))
    placed = Copy(
        kind=copy.kind,
        target=copy.target,
        region=region,
        country=country,
        account=account,
        operator=operator,
        inbound=copy.inbound,
        worldwide=region == GLOBAL,
        key=copy.key,
    )
    return placed, gaps


def egress_of(observed: ObservedResource, registry: Registry) -> tuple[tuple[Egress, ...] | None, tuple[Gap, ...]]:
    """The destinations outside the cloud with the operator behind each, and a gap for every one that no table knows."""
    if observed.egress is None:
        return None, ()
    found = [_egress(way, registry) for way in observed.egress]
    return tuple(way for way, _ in found), tuple(gap for _, gap in found if gap is not None)


def _egress(way: ObservedEgress, registry: Registry) -> tuple[Egress, Gap | None]:
    known = registry.destination(way.target, way.kind)
    placed = Egress(
        kind=way.kind,
        target=way.target,
        operator=known.operator,
        country=known.country,
        parent_country=known.parent_country,
    )
    return placed, known.gap


def _gap(reason: GapReason, detail: str, field: str = "") -> Gap:
    return Gap(fact=f"copies.{field}" if field else "copies", reason=reason, detail=detail)

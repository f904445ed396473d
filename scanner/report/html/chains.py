"""From the data to the law: for the stores against which the worst stands, each link with how it is known."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from scanner.model import Custody, Finding, Key, Resource
from scanner.model.finished import FinishedScan

_MOST = 6
_HEALTH = ("declared", "confirmed", "likely")


class Chain(Struct, frozen=True, kw_only=True):
    """From one store to the laws over it. None: not established."""

    resource: Resource
    key: Key | None
    holder: str | None
    """Operator that holds the key."""
    holder_country: str | None
    """Seat of that operator's parent."""
    basis: str
    laws: tuple[str, ...]
    """Names of the laws of the country in which the parent of the store's operator sits."""
    findings: tuple[Finding, ...]
    """What stands against the store, the worst first."""


def by_subject(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """The findings of each subject in their order, subjects in that of their first."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.resource, []).append(finding)
    return found


def worst(
    scan: FinishedScan,
    found: Mapping[str, list[Finding]],
    stores: Mapping[str, Resource],
    keys: Mapping[str, Key],
) -> Iterator[Chain]:
    """A few stores, those with signs of health data first, one of a kind of custody and place before a second."""
    seen: Counter[tuple[Custody, str | None]] = Counter()
    ranked: list[tuple[int, bool, int, Resource]] = []
    for resource in (stores[id_] for id_ in found if id_ in stores):
        kind = (resource.encryption.custody, resource.country)
        level = resource.health.level.value if resource.health.level else ""
        ranked.append((seen[kind], level not in _HEALTH, len(ranked), resource))
        seen[kind] += 1
    for *_, resource in sorted(ranked, key=lambda entry: entry[:3])[:_MOST]:
        key = keys.get(resource.encryption.key or "")
        holder, country, basis = _holder(resource, key)
        yield Chain(
            resource=resource,
            key=key,
            holder=holder,
            holder_country=country,
            basis=basis,
            laws=tuple(row.name for row in scan.summary.reach if row.country == resource.parent_country),
            findings=tuple(found[resource.id]),
        )


def _holder(resource: Resource, key: Key | None) -> tuple[str | None, str | None, str]:
    """Who holds the key, where that holder's parent sits, and how that is known."""
    if key is not None and key.holder is not None:
        return key.holder.operator, key.holder.parent_country, key.holder.basis
    if resource.encryption.custody in (Custody.PROVIDER_SHARED, Custody.PROVIDER_MANAGED):
        return resource.operator, resource.parent_country, "provider"
    return None, None, ""

"""Whose order could read what: a finished scan under one law, store by store. The headline of a report, taken apart."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from scanner.assess.reach import HEALTH_LEVELS, grip_of, what_an_order_yields
from scanner.assess.resource import Assessed, reassess
from scanner.facts.laws import Law, is_third_country
from scanner.facts.registry import Registry
from scanner.facts.sourced import is_confirmed
from scanner.model import HealthLevel
from scanner.model.document import Volume
from scanner.model.finished import FinishedScan
from scanner.model.reach import Grip, LawTotals, StoreUnderLaw, UnderLaw, Yield
from scanner.scan.volume import total, volume_of

_WORST_FIRST = tuple(Yield)
_FIRMEST_FIRST = tuple(Grip)


def under_law(scan: FinishedScan, law: Law, registry: Registry, today: date) -> UnderLaw:
    """Hold every store of `scan` against `law`; `today` decides which table entries are fresh."""
    keys = {key.id: key for key in scan.keys()}
    rows: list[StoreUnderLaw] = []
    held: dict[Yield, Volume] = {}
    stores = reached = unclassified = 0
    for resource in scan.resources():
        if not resource.is_store:
            continue
        assessed = reassess(resource, keys.get(resource.encryption.key or ""), registry, today)
        row = _store(assessed, law)
        stores += 1
        reached += row.reached is Grip.ESTABLISHED
        unclassified += resource.health.level not in HEALTH_LEVELS | {HealthLevel.NONE_DECLARED}
        if resource.health.level in HEALTH_LEVELS:
            rows.append(row)
            if row.reached is Grip.ESTABLISHED:
                held[row.yields] = total((held.get(row.yields, Volume()), volume_of((resource,))))
    rows.sort(key=lambda row: (_FIRMEST_FIRST.index(row.reached), _WORST_FIRST.index(row.yields), row.id))
    return UnderLaw(
        law=law.id,
        country=law.country,
        name=law.name,
        title=law.title,
        instrument=law.instrument,
        status=law.status.value,
        what_defeats_it=law.what_defeats_it,
        source=law.source,
        as_of=law.as_of.isoformat(),
        confirmed=is_confirmed(law, today),
        scan=scan.header.id,
        complete=scan.header.complete,
        totals=_totals(rows, stores, reached, unclassified, held),
        stores=tuple(rows),
        assumptions=tuple(_assumptions(scan, law, today)),
    )


def _store(assessed: Assessed, law: Law) -> StoreUnderLaw:
    resource = assessed.resource
    grip, entry = grip_of(assessed.exposed, law, resource.country)
    yields = what_an_order_yields(resource.encryption.custody)
    holder, holder_grip = _holder(assessed, law) if yields is Yield.EXTERNAL_KEY else (None, None)
    return StoreUnderLaw(
        id=resource.id,
        type=resource.type,
        account=resource.account,
        region=resource.region,
        country=resource.country,
        health=resource.health.level.value if resource.health.level is not None else "",
        operator=resource.operator,
        reached=grip,
        via=entry.via if entry is not None else "",
        why=entry.reason if entry is not None else "; ".join(gap.detail for gap in assessed.exposed.gaps),
        custody=resource.encryption.custody.value,
        yields=yields,
        size=resource.size,
        key_holder=holder,
        key_holder_reached=holder_grip,
    )


def _holder(assessed: Assessed, law: Law) -> tuple[str | None, Grip]:
    """Whom a host name suggests is not the holder: only a statement names one."""
    holder = assessed.key.holder if assessed.key is not None else None
    if holder is None or holder.basis != "declared" or holder.operator is None:
        return None, Grip.NOT_ESTABLISHED
    if assessed.holder_exposed is None:
        return holder.operator, Grip.NOT_ESTABLISHED
    return holder.operator, grip_of(assessed.holder_exposed, law, holder.country)[0]


def _totals(
    rows: list[StoreUnderLaw], stores: int, reached: int, unclassified: int, held: dict[Yield, Volume]
) -> LawTotals:
    grips = Counter(row.reached for row in rows)
    bound = [row for row in rows if row.reached is Grip.ESTABLISHED]
    yields = Counter(row.yields for row in bound)
    return LawTotals(
        stores=stores,
        stores_reached=reached,
        unclassified_stores=unclassified,
        health_stores=len(rows),
        health_reached=len(bound),
        health_arguable=grips[Grip.EXERCISED] + grips[Grip.ARGUABLE],
        health_technology_only=grips[Grip.TECHNOLOGY_ONLY],
        health_none_recorded=grips[Grip.NONE_RECORDED],
        health_not_established=grips[Grip.NOT_ESTABLISHED],
        cleartext=yields[Yield.CLEARTEXT],
        external_key=yields[Yield.EXTERNAL_KEY],
        external_key_and_holder_reached=sum(
            row.yields is Yield.EXTERNAL_KEY and row.key_holder_reached is Grip.ESTABLISHED for row in bound
        ),
        ciphertext=yields[Yield.CIPHERTEXT],
        key_not_established=yields[Yield.NOT_ESTABLISHED],
        volume=total(held.values()),
        volume_by_yield={each.value: held[each] for each in Yield if each in held},
    )


def _assumptions(scan: FinishedScan, law: Law, today: date) -> Iterator[str]:
    levels = ", ".join(sorted(level.value for level in HEALTH_LEVELS))
    yield f"A store counts as holding health data when that is {levels}; the others are not stores without any."
    yield "Who runs a region, and which laws reach its group, is read from the operator table, not from the account."
    if not is_third_country(law):
        yield "The operator table records laws of third countries; for others only the place of the machines counts."
    yield "The usual contracting entity is assumed; only laws that reach every possible one count as established."
    yield (
        "An operator that runs the key service, or the premises of a dedicated module, is taken to be able to use the "
        "key: custody up to provider_hsm counts as cleartext."
    )
    yield "Who holds an external key is what a statement of yours says; without one the holder is not established."
    yield (
        "Sizes are those that the provider's listing calls tell, some of them hours old; for most kinds of store none "
        "does, and what is reserved for a store says nothing about what is in it."
    )
    yield "Each store is counted where it is; its copies and the data that leave it are not."
    yield "Whether an order was made, would be lawful or would be obeyed is not considered."
    if law.status.value != "in_force":
        yield f"{law.name} is {law.status.value.replace('_', ' ')}: {law.status_note}".rstrip(": ")
    if not is_confirmed(law, today):
        yield f"The entry about {law.name} is not confirmed or out of date (as of {law.as_of})."
    if not scan.header.complete:
        yield "Not everything in scope was read: there may be more stores."

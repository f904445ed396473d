"""From an observed resource to a `Resource`: every axis assessed on its own, the gaps of each kept."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from scanner.assess.alongside import alongside
from scanner.assess.content import signals as content_signals
from scanner.assess.copies import Whereabouts, copies_of, egress_of
from scanner.assess.custody import encryption_of
from scanner.assess.discovery import discovery_signals
from scanner.assess.exposure import Exposed, established_laws, exposure_of, exposure_of_operator, is_established
from scanner.assess.health import classify, stated_without
from scanner.assess.health_signs import image_signals, port_signals
from scanner.assess.location import location_of, on_site
from scanner.assess.neighbours import Neighbours
from scanner.facts.located import Located
from scanner.facts.operators import Operator
from scanner.facts.registry import OperatorFact, Registry
from scanner.facts.statements import NoHealthData
from scanner.model import Encryption, Gap, GapReason, Health, HealthSignal, Key, ObservedResource, Resource
from scanner.model.records import Discovery
from scanner.model.sample import Sampled

RECORDED = "the scan's own record"
"""In the place of a table's entry, where a document says what the tables at hand do not."""


class Surroundings(Struct, frozen=True, kw_only=True):
    """What the assessment of one resource asks about everything else."""

    registry: Registry
    today: date
    key: Callable[[str], Key | None]
    """The assessed key that a reference means."""
    whereabouts: Whereabouts
    tags: Callable[[ObservedResource], dict[str, str] | Gap]
    """Tags of a resource whose own answers carry none, or why there are none to be had."""
    neighbours: Neighbours
    """Resources with strong signs of health data, for the stores around them."""
    discoveries: Callable[[ObservedResource], tuple[tuple[Discovery, ...], tuple[Gap, ...]]]
    """What discovery services found in a resource, and gaps where one that could have spoken of it was not read."""
    no_health_data: tuple[NoHealthData, ...] = ()
    """Scope statements in force."""
    sampled: Callable[[str], Sampled | None] = lambda _: None
    """What was seen in the content of a resource; None where nobody looked."""


class Assessed(Struct, frozen=True, kw_only=True):
    """A resource with what its verdicts rest on beyond the document's fields."""

    resource: Resource
    key: Key | None
    """The deciding key, when it is in the scan."""
    located: Located
    runs: OperatorFact
    exposed: Exposed
    holder: Operator | None
    """The key's holder, when it is in the tables."""
    holder_exposed: Exposed | None
    """Laws that reach the key's holder; None when there is no such holder in the tables."""

    @property
    def laws(self) -> frozenset[str]:
        """Third-country laws established for the operator; those that are known when the list may lack some."""
        return frozenset(entry.law for entry in self.exposed.exposures if is_established(entry))


class _Data(Struct, frozen=True, kw_only=True):
    """What is known of the data in a resource."""

    tags: dict[str, str] | None
    health: Health
    sampled: Sampled | None
    gaps: tuple[Gap, ...]


class _Custody(Struct, frozen=True, kw_only=True):
    """Who can use the key of a resource."""

    encryption: Encryption
    key: Key | None
    holder: Operator | None
    holder_exposed: Exposed | None
    gaps: tuple[Gap, ...]


def assess(observed: ObservedResource, around: Surroundings) -> Assessed:
    """Everything that follows from one observation. Pure, given the look-ups of `around`."""
    located = location_of(observed, around.whereabouts, around.registry, around.today)
    runs, exposed = _runs(around.registry, observed.provider, observed.partition, observed.region, around.today)
    data = _data(observed, around)
    custody = _custody(observed, around, runs, exposed)
    copies, copy_gaps = copies_of(observed, around.whereabouts, around.registry)
    egress, egress_gaps = egress_of(observed, around.registry)
    operator = runs.operator.id if runs.operator is not None else None
    own_gaps = tuple(gap for gap in observed.gaps if gap.fact != "tags")
    place_gaps = tuple(gap for gap in (located.gap, runs.gap, *exposed.gaps) if gap is not None)
    resource = Resource(
        id=observed.id,
        type=observed.type,
        provider=observed.provider,
        partition=observed.partition,
        account=observed.account,
        account_name=observed.account_name,
        account_path=observed.account_path,
        region=observed.region,
        zone=observed.zone,
        country=located.country,
        name=observed.name,
        category=observed.category,
        holds=observed.holds,
        tags=data.tags,
        operator=operator,
        parent_country=runs.parent_country,
        health=data.health,
        encryption=custody.encryption,
        alongside=alongside(
            encryption=custody.encryption,
            key=custody.key,
            account=observed.account,
            region=observed.region,
            operator=operator,
            laws=established_laws(exposed),
            holder_laws=established_laws(custody.holder_exposed) if custody.holder_exposed is not None else None,
        ),
        copies=copies,
        egress=egress,
        retention=observed.retention,
        size=observed.size,
        sample=data.sampled.sample if data.sampled is not None else None,
        gaps=_distinct(own_gaps, place_gaps, data.gaps, custody.gaps, copy_gaps, egress_gaps),
    )
    return Assessed(
        resource=resource,
        key=custody.key,
        located=located,
        runs=runs,
        exposed=exposed,
        holder=custody.holder,
        holder_exposed=custody.holder_exposed,
    )


def _data(observed: ObservedResource, around: Surroundings) -> _Data:
    tags, tag_gaps = _tags(observed, around)
    found, found_gaps = around.discoveries(observed)
    sampled = around.sampled(observed.id)
    signs = (*discovery_signals(found), *around.neighbours.signals(observed, tags), *_in_content(sampled))
    health, health_gaps = _health(observed, (observed.name,), tags, tag_gaps, signs)
    stated = next((statement for statement in around.no_health_data if statement.covers(observed)), None)
    if stated is not None:
        health = stated_without(health, stated.by, stated.until)
    sample_gaps = sampled.gaps if sampled is not None else ()
    gaps = (*tag_gaps, *health_gaps, *found_gaps, *sample_gaps)
    return _Data(tags=tags, health=health, sampled=sampled, gaps=gaps)


def _custody(observed: ObservedResource, around: Surroundings, runs: OperatorFact, exposed: Exposed) -> _Custody:
    keys = {ref: key for ref in observed.encryption.keys if (key := around.key(ref)) is not None}
    encryption, gaps = encryption_of(observed.encryption, {ref: (key.id, key.custody) for ref, key in keys.items()})
    deciding = next((key for key in keys.values() if key.id == encryption.key), None)
    holder = _holder(deciding, around.registry)
    return _Custody(
        encryption=encryption,
        key=deciding,
        holder=holder,
        holder_exposed=_holder_exposed(holder, exposed, runs, around.today),
        gaps=(*gaps, *_of_key(deciding)),
    )


@lru_cache(maxsize=1024)
def _runs(registry: Registry, provider: str, partition: str, region: str, today: date) -> tuple[OperatorFact, Exposed]:
    """Who runs a region, and the laws that reach them: the same for all that is there."""
    runs = registry.operator_of(provider, partition, region)
    return runs, exposure_of(runs, today)


def own_signs(observed: ObservedResource, around: Surroundings) -> tuple[Health, dict[str, str] | None]:
    """The signs by which a resource tells something of its neighbours, and its tags: no neighbour's, and no name's."""
    tags, tag_gaps = _tags(observed, around)
    signs = (*discovery_signals(around.discoveries(observed)[0]), *_in_content(around.sampled(observed.id)))
    return _health(observed, (), tags, tag_gaps, signs)[0], tags


def _in_content(sampled: Sampled | None) -> tuple[HealthSignal, ...]:
    if sampled is None or sampled.sample is None:
        return ()
    return content_signals(sampled.signs, sampled.sample.objects)


def _health(
    observed: ObservedResource,
    names: tuple[str, ...],
    tags: dict[str, str] | None,
    tag_gaps: tuple[Gap, ...],
    elsewhere: tuple[HealthSignal, ...],
) -> tuple[Health, tuple[Gap, ...]]:
    return classify(
        names=names,
        tags=tags,
        type_=observed.type,
        holds=observed.holds,
        medical=observed.medical,
        others=(*image_signals(observed.ties.images), *port_signals(observed.ties.ports), *elsewhere),
        unread=tag_gaps[0] if tag_gaps else None,
    )


def reassess(resource: Resource, key: Key | None, registry: Registry, today: date) -> Assessed:
    """The same from a document: what the tables say about a resource that was assessed before."""
    runs, exposed = _runs(registry, resource.provider, resource.partition, resource.region, today)
    holder = _holder(key, registry)
    located = registry.locate(resource.provider, resource.partition, resource.region, resource.zone)
    return Assessed(
        resource=resource,
        key=key,
        located=_located_again(resource, located, today),
        runs=runs,
        exposed=exposed,
        holder=holder,
        holder_exposed=_holder_exposed(holder, exposed, runs, today),
    )


def _located_again(resource: Resource, located: Located, today: date) -> Located:
    """Where a resource is, as its document says.

    A country that the tables do not give for its region came from tables that are not at hand, such as a fact file of
    the user, and is not confirmed; that of a site is the provider's word.
    """
    if resource.country is None or resource.country == located.country:
        return located
    if located.gap is not None and located.gap.reason is GapReason.NOT_DECLARED:
        return on_site(resource.country, today)
    return Located(country=resource.country, entry=RECORDED, source=RECORDED, as_of=today)


def _tags(observed: ObservedResource, around: Surroundings) -> tuple[dict[str, str] | None, tuple[Gap, ...]]:
    if observed.tags is not None:
        return observed.tags, ()
    found = around.tags(observed)
    if isinstance(found, Gap):
        return None, (found,)
    return found, ()


def _holder(key: Key | None, registry: Registry) -> Operator | None:
    if key is None or key.holder is None or key.holder.operator is None:
        return None
    return registry.operator(key.holder.operator)


def _holder_exposed(holder: Operator | None, exposed: Exposed, runs: OperatorFact, today: date) -> Exposed | None:
    if holder is None:
        return None
    if runs.operator is not None and holder.id == runs.operator.id:
        return exposed
    return exposure_of_operator(holder, today)


def _of_key(key: Key | None) -> tuple[Gap, ...]:
    """The gaps of the deciding key, under the names that they have on the resource."""
    return tuple(replace(gap, fact=f"key.{gap.fact}") for gap in key.gaps) if key is not None else ()


def _distinct(*groups: tuple[Gap, ...]) -> tuple[Gap, ...]:
    return tuple(dict.fromkeys(gap for group in groups for gap in group))


def by_fact(gaps: tuple[Gap, ...]) -> Mapping[str, tuple[Gap, ...]]:
    """Gaps by the field they are about."""
    grouped: dict[str, tuple[Gap, ...]] = {}
    for gap in gaps:
        grouped[gap.fact] = (*grouped.get(gap.fact, ()), gap)
    return grouped

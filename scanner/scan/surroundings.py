"""What the assessment of one resource asks of all the others, answered from the journal."""

from functools import lru_cache

from msgspec import structs

from scanner.assess.keys import assess_key
from scanner.assess.neighbours import Neighbours
from scanner.assess.resource import Surroundings
from scanner.model import (
    CoverageState,
    Gap,
    GapReason,
    Key,
    ObservedResource,
)
from scanner.model.records import Discovery, Place
from scanner.scan.asked import Conclusions
from scanner.scan.seen import Seen, gap_of
from scanner.store.journal import Journal


def surroundings(journal: Journal, asked: Conclusions, coverage: Seen) -> Surroundings:
    @lru_cache(maxsize=4096)
    def key(reference: str) -> Key | None:
        observed = journal.key(reference)
        if observed is None:
            return None
        return assess_key(observed, asked.registry, asked.statements, asked.today, asked.own)

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

    # Most scans have neither, and would ask twice for each resource.
    discovered, sampled = journal.holds("discovery"), journal.holds("sample")

    def discoveries(observed: ObservedResource) -> tuple[tuple[Discovery, ...], tuple[Gap, ...]]:
        unread = coverage.undiscovered.get((observed.type, observed.account))
        gaps = (structs.replace(gap_of(unread), fact="health.signals"),) if unread is not None else ()
        return tuple(journal.discoveries(observed.id)) if discovered else (), gaps

    return Surroundings(
        registry=asked.registry,
        today=asked.today,
        key=key,
        whereabouts=whereabouts,
        tags=tags,
        neighbours=Neighbours(),
        discoveries=discoveries,
        no_health_data=asked.statements.without_health_data(asked.today),
        sampled=journal.sampled if sampled else lambda _: None,
    )

"""Tags of everything that is tagged in one region, from the one call that has them all.

It lists only what has, or once had, a tag; so a resource it does not list has none, provided the list was complete.
"""

from collections.abc import Iterator, Sequence

from scanner.model import CoverageState, Unit
from scanner.providers.aws.call import Client
from scanner.providers.aws.catalog import ListCall
from scanner.providers.aws.faults import Refused
from scanner.providers.contract import Calls, Record, TagSet

SERVICE = "resourcegroupstaggingapi"
CALL = ListCall(op="get_resources", permission="tag:GetResources", items="ResourceTagMappingList[]", paginator=True)


def pages(client: Client) -> Iterator[tuple[TagSet, ...]]:
    """What is tagged, a page at a time; Refused, possibly after some pages."""
    for page in client.pages(CALL, {}):
        yield tuple(
            TagSet(
                resource=str(row.get("ResourceARN")),
                tags={str(tag.get("Key")): str(tag.get("Value") or "") for tag in row.get("Tags") or ()},
            )
            for row in page.get("ResourceTagMappingList") or ()
        )


def collect_tags(unit: Unit, client: Client) -> Iterator[Record]:
    """A `TagSet` for every tagged resource, then the unit's calls and its coverage row."""
    state, reason, permission, count = CoverageState.COMPLETE, "", "", 0
    try:
        for page in pages(client):
            count += len(page)
            yield from page
    except Refused as refused:
        state = CoverageState.refused(refused.reason)
        reason = f"{refused.reason.value}: {refused.detail}"
        permission = refused.missing(CALL.permission)
    yield Calls(by_operation=dict(client.calls))
    yield unit.row(state, reason, permission=permission, count=count)


def known_tags(unit: Unit, rows: Sequence[TagSet], calls: dict[str, int]) -> Iterator[Record]:
    """The same, of tags that were read already."""
    yield from rows
    yield Calls(by_operation=calls)
    yield unit.row(CoverageState.COMPLETE, count=len(rows))

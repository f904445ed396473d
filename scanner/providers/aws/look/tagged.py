"""The tagging API as a witness: what has a tag is there, whatever an inventory shows.

The scan reads all tags anyway. A region whose tags fit on one page is read here once for both.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec import Struct

from scanner.model import Unit
from scanner.providers.aws.arn import parse
from scanner.providers.aws.call import Open
from scanner.providers.aws.faults import Refused
from scanner.providers.aws.look.inventory import Witness, minute
from scanner.providers.aws.tagging import SERVICE, known_tags, pages
from scanner.providers.contract import Calls, Record, TagSet


class Tagged(Struct, frozen=True, kw_only=True):
    """What is tagged in one region."""

    witness: Witness
    rows: tuple[TagSet, ...] | None = None
    """All the tags of the region, if they were on one page; else they are to be read again."""
    calls: dict[str, int]
    """Requests made, by operation."""

    def records(self, unit: Unit, again: Iterable[Record]) -> Iterator[Record]:
        """The records of the unit of the region's tags; `again` reads them, unless they are known.

        Requests that were made for the look are counted here.
        """
        if self.rows is not None:
            yield from known_tags(unit, self.rows, self.calls)
            return
        for record in again:
            if isinstance(record, Calls):
                yield Calls(by_operation=dict(Counter(record.by_operation) + Counter(self.calls)))
            else:
                yield record


def tagged(open_: Open, region: str, now: datetime) -> Tagged:
    """Ask in one region. A refusal shows nothing; the unit of the region's tags meets it again and says so."""
    seen: set[tuple[str, str]] = set()
    rows: tuple[TagSet, ...] | None = None
    calls: dict[str, int] = {}
    try:
        client = open_(SERVICE, region)
        try:
            for number, page in enumerate(pages(client)):
                rows = page if number == 0 else None
                seen.update((region, found.service) for each in page if (found := parse(each.resource)) is not None)
        finally:
            calls = dict(client.calls)
            client.close()
    except Refused:
        rows = None
    witness = Witness(service=SERVICE, region=region, as_of=minute(now), seen=frozenset(seen))
    return Tagged(witness=witness, rows=rows, calls=calls)

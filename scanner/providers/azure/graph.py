"""Resource Graph: counting what there is, and reading it in as few queries as its pages allow.

A query costs the same for one row as for a thousand, and a user has about three of them a second. So rows are asked for
in batches planned from the count: many small subscriptions share a query, a large one is cut by namespace. What a unit
of work takes from a batch is a parcel: the rows of one subscription and one namespace. See
`docs/decisions/0010-azure-units.md`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from threading import Lock

import msgspec
from msgspec import Struct

from scanner.model import GapReason
from scanner.providers.azure.call import Json, Reader, Tally
from scanner.providers.azure.declaration import ResourceType
from scanner.providers.azure.members import text
from scanner.providers.azure.refusal import RefusalError
from scanner.providers.azure.sources import QUERY

PATH = "/providers/Microsoft.ResourceGraph/resources"
VERSION = "2024-04-01"
PAGE = 1000
"""Most rows of an answer."""
KEPT = 4 * PAGE
"""Most rows of a batch that several units share. One page would be less to keep and up to a third more queries, as
namespaces fill single pages badly."""
_COUNTED = 200
"""Subscriptions of one count, so that its rows (one a type and subscription) seldom pass a page."""
_ASKED = 1000
"""Most subscriptions of one query."""
COLUMNS = "id, name, type, kind, location, sku, extendedLocation, tags, subscriptionId, apiVersion, properties"

Parcel = tuple[str, str]
"""Subscription and namespace, both in lower case."""
Counts = dict[tuple[str, str], int]
"""Rows by subscription and type, both in lower case."""


def count(reader: Reader, subscriptions: Sequence[str], tally: Tally) -> Counts:
    """What Resource Graph holds of these subscriptions. A subscription that may not be read is silently not in it.

    The answer has no ids and so no next page: a cut one is asked again for fewer subscriptions.
    """
    found: Counts = {}
    waiting = [
        list(group[start : start + _COUNTED])
        for group in reader.together(subscriptions)
        for start in range(0, len(group), _COUNTED)
    ]
    while waiting:
        batch = waiting.pop()
        body = {
            "subscriptions": batch,
            "query": "resources | summarize resources=count() by type, subscriptionId",
            "options": {"$top": PAGE, "resultFormat": "objectArray"},
        }
        answer = reader.query(PATH, body, tally, api_version=VERSION)
        if _cut(answer):
            if len(batch) == 1:
                raise RefusalError(GapReason.TRUNCATED, f"the count of {batch[0]} was cut", operation=QUERY)
            waiting += [batch[: len(batch) // 2], batch[len(batch) // 2 :]]
            continue
        for row in _data(answer):
            rows = text(row, "resources")
            if not rows.isdigit():
                raise RefusalError(GapReason.MALFORMED, "a count is not a number", operation=QUERY)
            key = (text(row, "subscriptionId").lower(), text(row, "type").lower())
            if not all(key):
                raise RefusalError(GapReason.MALFORMED, "a count names no subscription or type", operation=QUERY)
            found[key] = found.get(key, 0) + int(rows)
    return found


def rows(reader: Reader, subscriptions: Sequence[str], types: Sequence[str], tally: Tally) -> Iterator[Json]:
    """Every row of these types, page by page; RefusalError, possibly after some rows, when the end was not reached.

    Ordered by id and with id among the columns: otherwise pages overlap, or there is no token for the next one.
    """
    for group in reader.together(subscriptions):
        for start in range(0, len(group), _ASKED):
            yield from _rows(reader, group[start : start + _ASKED], types, tally)


def _rows(reader: Reader, subscriptions: Sequence[str], types: Sequence[str], tally: Tally) -> Iterator[Json]:
    words = ", ".join(f"'{type_.lower()}'" for type_ in sorted(types))
    query = f"resources | where type in~ ({words}) | project {COLUMNS} | order by id asc"
    options: Json = {"$top": PAGE, "resultFormat": "objectArray"}
    seen: set[str] = set()
    while True:
        answer = reader.query(
            PATH, {"subscriptions": list(subscriptions), "query": query, "options": options}, tally, api_version=VERSION
        )
        yield from _data(answer)
        token = text(answer, "$skipToken")
        if not token:
            if _cut(answer):
                raise RefusalError(GapReason.TRUNCATED, "the answer was cut and has no next page", operation=QUERY)
            return
        if token in seen:
            raise RefusalError(GapReason.TRUNCATED, "the answer points to a page it gave before", operation=QUERY)
        seen.add(token)
        options = {**options, "$skipToken": token}


def _cut(answer: Json) -> bool:
    return text(answer, "resultTruncated").lower() == "true" or bool(text(answer, "$skipToken"))


def _data(answer: Json) -> list[Json]:
    data = answer.get("data")
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise RefusalError(GapReason.MALFORMED, "the answer has no array 'data' of objects", operation=QUERY)
    return data


class Batch:
    """One query and the parcels that live on it. The first unit that comes asks; the others find their rows here.

    At most `KEPT` rows are kept (a little more when resources appeared since the count), as JSON, a fraction of the
    parsed rows' size; each parcel is let go when it is taken. A larger parcel is a batch of its own and not kept.
    """

    def __init__(
        self, subscriptions: Sequence[str], types: Sequence[str], parcels: Iterable[Parcel], size: int
    ) -> None:
        self.subscriptions = tuple(subscriptions)
        self.types = tuple(types)
        self.parcels = frozenset(parcels)
        self.size = size
        self._kept: dict[Parcel, list[bytes]] | None = None
        self._error: RefusalError | None = None
        self._lock = Lock()

    def take(self, parcel: Parcel, reader: Reader, tally: Tally) -> Iterator[Json]:
        """The rows of `parcel`; RefusalError after the rows that did come."""
        if len(self.parcels) == 1:
            yield from rows(reader, self.subscriptions, self.types, tally)
            return
        with self._lock:
            if self._kept is None:
                self._kept = self._ask(reader, tally)
            mine = self._kept.pop(parcel, [])
        yield from map(msgspec.json.decode, mine)
        if self._error is not None:
            raise self._error

    def _ask(self, reader: Reader, tally: Tally) -> dict[Parcel, list[bytes]]:
        kept: dict[Parcel, list[bytes]] = {}
        try:
            for row in rows(reader, self.subscriptions, self.types, tally):
                kept.setdefault(parcel_of(row), []).append(msgspec.json.encode(row))
        except RefusalError as error:
            self._error = error
        return kept


def parcel_of(row: Json) -> Parcel:
    return text(row, "subscriptionId").lower(), text(row, "type").lower().partition("/")[0]


class _Part(Struct, frozen=True):
    parcel: Parcel
    types: tuple[str, ...]
    size: int


def plan(
    counts: Counts, types: Mapping[str, ResourceType], together: Iterable[Sequence[str]] = ()
) -> dict[Parcel, Batch]:
    """The batch of every parcel that has rows, in as few queries as whole subscriptions and namespaces allow.

    `together`: groups of subscriptions that may share a query; without any, all may.
    """
    group_of = {one: number for number, group in enumerate(together) for one in group}
    groups: dict[int, Counts] = {}
    for (subscription, type_), size in counts.items():
        groups.setdefault(group_of.get(subscription, -1), {})[(subscription, type_)] = size
    return {parcel: batch for group in groups.values() for parcel, batch in _planned(group, types).items()}


def _planned(counts: Counts, types: Mapping[str, ResourceType]) -> dict[Parcel, Batch]:
    parts: dict[Parcel, _Part] = {}
    for (subscription, type_), size in sorted(counts.items()):
        declared = types.get(type_)
        if declared is None or declared.read != "graph":
            continue
        parcel = (subscription, type_.partition("/")[0])
        before = parts.get(parcel, _Part(parcel, (), 0))
        parts[parcel] = _Part(parcel, (*before.types, type_), before.size + size)
    by_subscription: dict[str, list[_Part]] = {}
    for part in parts.values():
        by_subscription.setdefault(part.parcel[0], []).append(part)
    batches: list[Batch] = []
    small: list[list[_Part]] = []
    for mine in by_subscription.values():
        if sum(part.size for part in mine) <= KEPT:
            small.append(mine)
        else:
            batches += [_batch(bin_) for bin_ in _packed([[part] for part in mine])]
    batches += [_batch(bin_) for bin_ in _packed(small)]
    return {parcel: batch for batch in batches for parcel in batch.parcels}


def _packed(items: list[list[_Part]]) -> list[list[_Part]]:
    """First fit, largest first; an item too large to be kept stays alone."""
    bins: list[list[_Part]] = []
    for item in sorted(items, key=lambda parts: (-sum(part.size for part in parts), parts[0].parcel)):
        size = sum(part.size for part in item)
        fitting = next((one for one in bins if sum(part.size for part in one) + size <= KEPT), None)
        if fitting is None:
            bins.append(list(item))
        else:
            fitting += item
    return bins


def _batch(parts: list[_Part]) -> Batch:
    return Batch(
        subscriptions=sorted({part.parcel[0] for part in parts}),
        types=sorted({type_ for part in parts for type_ in part.types}),
        parcels=[part.parcel for part in parts],
        size=sum(part.size for part in parts),
    )

"""How a stated budget is shared out over stores, and how the excerpts of one store become signs. Pure."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from scanner.assess.content import signs_in
from scanner.model import GapReason, ObservedResource
from scanner.model.document import Sampling
from scanner.model.gap import Gap
from scanner.model.records import Record
from scanner.model.sample import Sampled, Share
from scanner.providers.sampling import Excerpt

OBJECTS = 8
"""Most objects of one store that are read."""
MOST = 64 * 1024
"""Most bytes of one object that are read: signatures stand at the beginning, and some hundred rows are enough."""
LEAST = 4 * 1024
"""Fewest bytes of an object that are worth reading: twenty rows of a table, and every signature."""


def shares(stores: Sequence[ObservedResource], budget: int) -> tuple[list[Share], list[ObservedResource]]:
    """The share of each store, and the stores for which `budget` (bytes) is not enough.

    All shares are alike and add up to the budget or less. When it does not give `LEAST` to each store, it goes to as
    many as it can, in an order that no name decides but that is the same for every scan of these stores.
    """
    ordered = sorted(stores, key=lambda store: hashlib.sha256(store.id.encode()).digest())
    served = min(len(ordered), budget // LEAST)
    if not served:
        return [], ordered
    each = budget // served
    objects = min(OBJECTS, each // LEAST)
    size = min(MOST, each // objects)
    given = [
        Share(
            resource=store.id,
            type=store.type,
            account=store.account,
            region=store.region,
            name=store.name,
            objects=objects,
            bytes=size,
        )
        for store in ordered[:served]
    ]
    return given, ordered[served:]


def beyond(budget: int) -> Gap:
    """The gap of a store that the budget did not reach."""
    detail = f"the budget of {budget} bytes that was stated for samples ended before this store"
    return Gap(fact="sample", reason=GapReason.NOT_SCANNED, detail=detail)


def unread(share: Share, detail: str) -> Sampled:
    """What came of a store whose content we failed on ourselves."""
    gap = Gap(fact="sample", reason=GapReason.MALFORMED, detail=detail)
    return Sampled(resource=share.resource, sample=None, gaps=(gap,))


def looked_at(records: Iterable[Excerpt | Record]) -> Iterator[Record]:
    """The records of one store, its excerpts turned into signs. No byte of an excerpt gets past here."""
    found: Counter[str] = Counter()
    opaque = 0
    for record in records:
        if isinstance(record, Excerpt):
            signs = signs_in(record.data)
            found.update(signs.rules)
            opaque += signs.opaque
        elif isinstance(record, Sampled):
            sample = replace(record.sample, opaque=opaque) if record.sample is not None else None
            yield replace(record, sample=sample, signs=dict(sorted(found.items())))
        else:
            yield record


def sampling_of(samples: Iterable[Sampled], scope: Mapping[str, Any]) -> Sampling | None:
    """What was read of content, added up; None when the scope of the scan says nothing of it."""
    if not scope.get("sample"):
        return None
    budget = int(scope["sample"])
    counts: Counter[str] = Counter()
    for one in samples:
        read = one.sample is not None and one.sample.objects > 0
        counts["stores"] += 1
        if one.sample is not None:
            counts["bytes"] += one.sample.bytes
            counts["objects"] += one.sample.objects
            counts["opaque"] += one.sample.opaque
        counts["sampled"] += read
        counts["with_signs"] += bool(one.signs)
        counts["already_known"] += one.sample is None and not one.gaps
        counts["beyond_budget"] += one.gaps == (beyond(budget),)
    names = ("bytes", "objects", "opaque", "stores", "sampled", "with_signs", "already_known", "beyond_budget")
    figures = {name: counts[name] for name in names}
    rest = figures["stores"] - figures["sampled"] - figures["already_known"] - figures["beyond_budget"]
    return Sampling(budget=budget, not_read=rest, **figures)

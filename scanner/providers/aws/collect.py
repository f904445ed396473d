"""One unit of AWS: every type of one service in one region, listed and described as the catalog declares.

A list that was refused is a coverage row for its type, never an empty list. A detail that was refused is a gap on the
facts that read it, and the resource is still there; one row says of how many resources it was refused.
"""

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from itertools import groupby, product
from operator import attrgetter
from threading import Lock
from typing import Any

from msgspec.structs import replace

from scanner.model import Coverage, CoverageState, Gap, GapReason, Unit
from scanner.providers.aws.batch import merged, shares
from scanner.providers.aws.call import Answer, Client, Open
from scanner.providers.aws.catalog import Catalog, Detail, ListCall, Type
from scanner.providers.aws.expression import Document, compiled
from scanner.providers.aws.faults import Refused, is_unused
from scanner.providers.aws.findings import discoveries
from scanner.providers.aws.observe import observe
from scanner.providers.aws.parents import kept, parent_members
from scanner.providers.contract import Calls, Record

_UNANSWERED = frozenset(
    {
        GapReason.DENIED,
        GapReason.DENIED_BY_ORGANIZATION,
        GapReason.NOT_ENABLED,
        GapReason.THROTTLED,
        GapReason.UNREACHABLE,
        GapReason.EXPIRED,
        GapReason.PROVIDER_ERROR,
        GapReason.MALFORMED,
        GapReason.TRUNCATED,
    }
)
"""Gaps of calls that did not succeed, so that their unit was not read completely."""

_EVER = datetime(2006, 1, 1, tzinfo=UTC)
"""For calls that demand a point in time to list from: before there was any AWS, so that nothing is left out."""

_CHUNK = 100
"""Resources described together, which bounds what is held of a page."""

_AT_ONCE = 6
"""Detail calls of one unit under way at once; more would only meet the service's own limits."""


class Collection:
    """The collecting of one unit. `rows` and `count` tell afterwards what came of it."""

    def __init__(
        self,
        unit: Unit,
        types: Sequence[Type],
        catalog: Catalog,
        open_: Open,
        now: datetime,
        skipped: Sequence[Coverage] = (),
    ) -> None:
        """`skipped` are rows of further types of the unit, which are not to be listed."""
        self._unit = unit
        self._types = types
        self._catalog = catalog
        self._open = open_
        self._now = now
        self._clients: dict[tuple[str, str], Client] = {}
        self._opening = Lock()
        self._items: dict[str, list[Any]] = {}
        self._needed = {
            type_.parent: parent_members(
                catalog.types[type_.parent], [one for one in types if one.parent == type_.parent]
            )
            for type_ in types
            if type_.parent
        }
        self._rows = list(skipped)
        self._asleep: list[Coverage] = []
        """Rows of discovery services that the account never turned on: an answer, so the unit is read all the same."""
        self._asked = len(types) + len(skipped)
        self._count = 0
        self._of_type: Counter[str] = Counter()
        self._unanswered: dict[tuple[str, str, GapReason], list[Gap]] = {}
        self._unlisted: dict[GapReason, list[Refused]] = {}
        """Lists of the present type that were refused, each of another parent."""

    def run(self) -> Iterator[Record]:
        """The unit's records, as `Collector.collect` promises them."""
        try:
            for type_ in self._types:
                yield from self._type(type_)
        finally:
            calls: dict[str, int] = {}
            for client in self._clients.values():
                client.close()
                for operation, count in client.calls.items():
                    calls[operation] = calls.get(operation, 0) + count
        self._rows += self._unanswered_rows()
        yield from (*self._rows, *self._asleep)
        yield Calls(by_operation=calls)
        yield self._whole()

    def _type(self, type_: Type) -> Iterator[Record]:
        if not type_.parent:
            yield from self._listed(type_, None)
            return
        for parent in self._items.get(type_.parent, ()):
            yield from self._listed(type_, parent)
        self._rows += self._unlisted_rows(type_)
        # What is listed under each of a list that was refused was refused with it.
        self._rows += [replace(row, type=type_.id) for row in self._rows if row.type == type_.parent]

    def _listed(self, type_: Type, parent: Any) -> Iterator[Record]:
        try:
            yield from self._resources(type_, parent)
        except Refused as refused:
            if is_unused(refused):
                if type_.finds is not None:
                    # Nobody has looked for anything here, which is not the same as having found nothing.
                    reason = f"{GapReason.NOT_ENABLED.value}: {refused.detail}"
                    self._asleep.append(self._unit.row(CoverageState.NOT_ENABLED, reason, type_=type_.id))
            elif refused.code not in type_.list.absent and type_.parent:
                self._unlisted.setdefault(refused.reason, []).append(refused)
            elif refused.code not in type_.list.absent:
                self._rows.append(self._row(type_, refused))

    def _resources(self, type_: Type, parent: Any) -> Iterator[Record]:
        for chunk in _chunks(self._list(type_, parent)):
            documents = [self._document(type_, item, parent) for item in chunk]
            self._describe(type_, documents)
            for document in documents:
                if type_.default_when and document.find(type_.default_when):
                    continue
                if type_.finds is not None:
                    found, gaps = discoveries(type_, type_.finds, document)
                    self._note(type_.id, gaps)
                    yield from found
                    continue
                resource = observe(
                    type_,
                    document,
                    self._catalog,
                    partition=self._unit.partition,
                    region=self._unit.region,
                    account=self._unit.account,
                    now=self._now,
                )
                self._note(type_.id, resource.gaps)
                yield resource

    def _note(self, type_: str, gaps: Sequence[Gap]) -> None:
        """Count what was described, and each call about it that was not answered."""
        self._count += 1
        self._of_type[type_] += 1
        calls = {(gap.operation, gap.reason): gap for gap in gaps if gap.operation}
        for (operation, reason), gap in calls.items():
            if reason in _UNANSWERED:
                self._unanswered.setdefault((type_, operation, reason), []).append(gap)

    def _unanswered_rows(self) -> Iterator[Coverage]:
        """A row for each call that was not answered about some resources of a type."""
        for (type_, operation, reason), gaps in sorted(self._unanswered.items()):
            told = f"{reason.value}: {operation} of {len(gaps)} of {self._of_type[type_]}: {gaps[0].detail}"
            told = told.removesuffix(": ")
            yield self._unit.row(CoverageState.PARTIAL, told, type_=type_, permission=gaps[0].permission)

    def _unlisted_rows(self, type_: Type) -> Iterator[Coverage]:
        """A row for each reason for which lists of a type under its parents were refused, and of how many."""
        lists = len(self._items.get(type_.parent, ()))
        for reason, refused in sorted(self._unlisted.items()):
            row = self._row(type_, refused[0])
            told = f"{reason.value}: {len(refused)} of {lists} lists: {refused[0].detail}"
            yield row if lists == 1 else replace(row, reason=told)
        self._unlisted = {}

    def _list(self, type_: Type, parent: Any) -> Iterator[Any]:
        client = self._client(type_)
        params = _params(type_.list.params, Document({"ctx": self._context(), "parent": parent}))
        path = compiled(type_.list.items)
        for page in (page for words in _words(type_.list) for page in client.pages(type_.list, params | words)):
            found = path.search(page)
            for item in found if isinstance(found, list) else ():
                if type_.id in self._needed:
                    self._items.setdefault(type_.id, []).append(kept(item, self._needed[type_.id]))
                yield item

    def _describe(self, type_: Type, documents: Sequence[Document]) -> None:
        """Make the detail calls about every document, and note answers and refusals; a few at once, since calls mostly
        wait.

        All about one document before the next: the SDK works out the address of a bucket or a table anew when it has
        worked out a hundred others since.
        """
        for document in documents:
            for detail in type_.details:
                document.values.setdefault(detail.as_, None)
        for size, details in groupby(type_.details, attrgetter("batch")):
            ask = partial(self._ask, type_, tuple(details))
            pieces = [documents[start : start + (size or 1)] for start in range(0, len(documents), size or 1)]
            if len(pieces) <= _AT_ONCE:
                deque(map(ask, pieces), maxlen=0)
                continue
            with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="detail") as pool:
                deque(pool.map(ask, pieces), maxlen=0)

    def _ask(self, type_: Type, details: Sequence[Detail], documents: Sequence[Document]) -> None:
        """Make some detail calls, each about one document or a batch of them."""
        for detail in details:
            wanted = [document for document in documents if _is_wanted(detail, document)]
            if not wanted:
                continue
            for document, answer in zip(wanted, self._answers(type_, detail, wanted), strict=True):
                if not isinstance(answer, Refused):
                    document.values[detail.as_] = answer
                elif answer.code not in detail.absent:
                    document.refused[detail.as_] = (answer, self._spelled(type_, detail.op), detail.permission)

    def _answers(self, type_: Type, detail: Detail, batch: Sequence[Document]) -> Sequence[Answer | Refused]:
        """What one call says about each resource of a batch."""
        requests = [_params(detail.params, document) for document in batch]
        try:
            client = self._client(type_, batch[0])
            answer = client.joined(detail.op, merged(requests), paginator=detail.paginator)
        except Refused as refused:
            return [refused] * len(batch)
        return shares(answer, requests, detail.as_, type_) if detail.batch else [answer]

    def _client(self, type_: Type, document: Document | None = None) -> Client:
        """The client for a type: in the unit's region, or for a resource that names its own region, there."""
        region = self._unit.region
        if document is not None and type_.scope == "global" and type_.fields.region:
            region = document.text(type_.fields.region) or region
        with self._opening:
            if (type_.service, region) not in self._clients:
                self._clients[type_.service, region] = self._open(type_.service, region)
            return self._clients[type_.service, region]

    def _spelled(self, type_: Type, op: str) -> str:
        """`service:Operation`, from the client that listed: the one to describe with may not have opened."""
        return next(client for (service, _), client in self._clients.items() if service == type_.service).operation(op)

    def _document(self, type_: Type, item: Any, parent: Any) -> Document:
        values = {"item": item, "parent": parent, "ctx": self._context()}
        if type_.parent:
            values["parent_id"] = Document({"item": parent}).text(self._catalog.types[type_.parent].fields.id)
        return Document(values)

    def _context(self) -> dict[str, Any]:
        unit = self._unit
        return {"account": unit.account, "region": unit.region, "partition": unit.partition, "since": _EVER}

    def _row(self, type_: Type, refused: Refused) -> Coverage:
        state = CoverageState.refused(refused.reason)
        reason = f"{refused.reason.value}: {refused.detail}"
        return self._unit.row(state, reason, type_=type_.id, permission=refused.missing(type_.list.permission))

    def _whole(self) -> Coverage:
        states = {row.state for row in self._rows}
        refused_types = {row.type for row in self._rows}
        if not states:
            state = CoverageState.COMPLETE
        elif len(refused_types) < self._asked or len(states) > 1:
            state = CoverageState.PARTIAL
        else:
            state = states.pop()
        worst = next((row for row in self._rows if row.state is state), None) or (self._rows[0] if self._rows else None)
        if worst is None:
            return self._unit.row(state, count=self._count)
        return self._unit.row(state, worst.reason, permission=worst.permission, count=self._count)


def _is_wanted(detail: Detail, document: Document) -> bool:
    """Whether a detail call is to be made. Where its condition was refused, so was the call, for the same reason."""
    if not detail.when:
        return True
    refusal = document.refusal_behind(detail.when)
    if refusal is not None:
        document.refused[detail.as_] = refusal
        return False
    return bool(document.find(detail.when))


def _chunks(items: Iterator[Any]) -> Iterator[list[Any]]:
    """Items, some at a time. A list that is refused half-way still gives what came before, and then the refusal."""
    chunk: list[Any] = []
    try:
        for item in items:
            chunk.append(item)
            if len(chunk) == _CHUNK:
                yield chunk
                chunk = []
    except Refused:
        if chunk:
            yield chunk
        raise
    if chunk:
        yield chunk


def _words(call: ListCall) -> Iterator[dict[str, Any]]:
    """What each request for a list says beside its parameters: one of the words that it must be asked for with."""
    return (dict(zip(call.each, words, strict=True)) for words in product(*call.each.values()))


def _params(declared: Mapping[str, Any], document: Document) -> dict[str, Any]:
    """Request members from their declaration: leaves are expressions, lists and mappings keep their shape."""
    return {name: _leaf(value, document) for name, value in declared.items()}


def _leaf(value: Any, document: Document) -> Any:
    if isinstance(value, dict):
        return _params(value, document)
    if isinstance(value, list):
        return [_leaf(element, document) for element in value]
    return document.find(value)

"""One unit of AWS: every type of one service in one region, listed and described as the catalog declares.

A list that was refused is a coverage row for its type, never an empty list. A detail that was refused is a gap on the
facts that read it, and the resource is still there.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from scanner.model import Coverage, CoverageState, GapReason, Unit
from scanner.providers.aws.call import Client, Open
from scanner.providers.aws.catalog import Catalog, Detail, Type
from scanner.providers.aws.expression import Document, compiled
from scanner.providers.aws.faults import Refused, is_unused
from scanner.providers.aws.observe import observe
from scanner.providers.contract import Calls, Record

STATES = {
    GapReason.DENIED: CoverageState.DENIED,
    GapReason.DENIED_BY_ORGANIZATION: CoverageState.DENIED,
    GapReason.NOT_ENABLED: CoverageState.NOT_ENABLED,
    GapReason.TRUNCATED: CoverageState.PARTIAL,
}
"""Coverage state of a list that was refused for a reason; `failed` for all others."""

_EVER = datetime(2006, 1, 1, tzinfo=UTC)
"""For calls that demand a point in time to list from: before there was any AWS, so that nothing is left out."""

_CHUNK = 100
"""Resources described together, which bounds what is held of a page."""

_AT_ONCE = 6
"""Detail calls of one unit under way at once; more would only meet the service's own limits."""


class Collection:
    """The collecting of one unit. `rows` and `count` tell afterwards what came of it."""

    def __init__(self, unit: Unit, types: Sequence[Type], catalog: Catalog, open_: Open, now: datetime) -> None:
        self._unit = unit
        self._types = types
        self._catalog = catalog
        self._open = open_
        self._now = now
        self._clients: dict[str, Client] = {}
        self._items: dict[str, list[Any]] = {}
        self._parents = {type_.parent for type_ in types if type_.parent}
        self._rows: list[Coverage] = []
        self._count = 0

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
        yield from self._rows
        yield Calls(by_operation=calls)
        yield self._whole()

    def _type(self, type_: Type) -> Iterator[Record]:
        parents = self._items.get(type_.parent, []) if type_.parent else [None]
        for parent in parents:
            try:
                yield from self._resources(type_, parent)
            except Refused as refused:
                if is_unused(refused) or refused.code in type_.list.absent:
                    continue
                self._rows.append(self._row(type_, refused))

    def _resources(self, type_: Type, parent: Any) -> Iterator[Record]:
        for chunk in _chunks(self._list(type_, parent)):
            documents = [self._document(item, parent) for item in chunk]
            for detail in type_.details:
                self._describe(type_, detail, documents)
            for document in documents:
                if type_.default_when and document.find(type_.default_when):
                    continue
                self._count += 1
                yield observe(
                    type_,
                    document,
                    self._catalog,
                    partition=self._unit.partition,
                    region=self._unit.region,
                    account=self._unit.account,
                    now=self._now,
                )

    def _list(self, type_: Type, parent: Any) -> Iterator[Any]:
        client = self._client(type_)
        params = _params(type_.list.params, Document({"ctx": self._context(), "parent": parent}))
        path = compiled(type_.list.items)
        for page in client.pages(type_.list, params):
            found = path.search(page)
            for item in found if isinstance(found, list) else ():
                if type_.id in self._parents:
                    self._items.setdefault(type_.id, []).append(item)
                yield item

    def _describe(self, type_: Type, detail: Detail, documents: Sequence[Document]) -> None:
        """Make one detail call for every document, or one for each batch of them, and note answers and refusals."""
        wanted = [document for document in documents if not detail.when or document.find(detail.when)]
        for document in documents:
            document.values.setdefault(detail.as_, None)
        size = detail.batch or 1
        batches = [wanted[start : start + size] for start in range(0, len(wanted), size)]
        clients = [self._client(type_, batch[0]) for batch in batches]
        for client, batch, answer in zip(clients, batches, _answers(detail, clients, batches), strict=True):
            for document in batch:
                share = answer if isinstance(answer, Refused) or not detail.batch else _share(answer, document, detail)
                if not isinstance(share, Refused):
                    document.values[detail.as_] = share
                elif share.code not in detail.absent:
                    document.refused[detail.as_] = (share, client.operation(detail.op), detail.permission)

    def _client(self, type_: Type, document: Document | None = None) -> Client:
        """The client for a type: in the unit's region, or for a resource that names its own region, there."""
        region = self._unit.region
        if document is not None and type_.scope == "global" and type_.fields.region:
            region = document.text(type_.fields.region) or region
        if region not in self._clients:
            self._clients[region] = self._open(type_.service, region)
        return self._clients[region]

    def _document(self, item: Any, parent: Any) -> Document:
        return Document({"item": item, "parent": parent, "ctx": self._context()})

    def _context(self) -> dict[str, Any]:
        unit = self._unit
        return {"account": unit.account, "region": unit.region, "partition": unit.partition, "since": _EVER}

    def _row(self, type_: Type, refused: Refused) -> Coverage:
        denied = refused.reason in (GapReason.DENIED, GapReason.DENIED_BY_ORGANIZATION)
        return Coverage(
            provider=self._unit.provider,
            partition=self._unit.partition,
            account=self._unit.account,
            region=self._unit.region,
            service=self._unit.service,
            type=type_.id,
            state=STATES.get(refused.reason, CoverageState.FAILED),
            reason=f"{refused.reason.value}: {refused.detail}",
            permission=type_.list.permission if denied else "",
        )

    def _whole(self) -> Coverage:
        states = {row.state for row in self._rows}
        refused_types = {row.type for row in self._rows}
        if not states:
            state = CoverageState.COMPLETE
        elif len(refused_types) < len(self._types) or len(states) > 1:
            state = CoverageState.PARTIAL
        else:
            state = states.pop()
        worst = next((row for row in self._rows if row.state is state), None) or (self._rows[0] if self._rows else None)
        return Coverage(
            provider=self._unit.provider,
            partition=self._unit.partition,
            account=self._unit.account,
            region=self._unit.region,
            service=self._unit.service,
            type="",
            state=state,
            reason=worst.reason if worst else "",
            permission=worst.permission if worst else "",
            count=self._count,
        )


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


def _params(declared: Mapping[str, Any], document: Document) -> dict[str, Any]:
    """Request members from their declaration: leaves are expressions, lists and mappings keep their shape."""
    return {name: _leaf(value, document) for name, value in declared.items()}


def _leaf(value: Any, document: Document) -> Any:
    if isinstance(value, dict):
        return _params(value, document)
    if isinstance(value, list):
        return [_leaf(element, document) for element in value]
    return document.find(value)


def _answers(
    detail: Detail, clients: Sequence[Client], batches: Sequence[Sequence[Document]]
) -> Iterator[dict[str, Any] | Refused]:
    """The answer or the refusal of each batch, in order; a few at once, since most of the time goes by waiting."""

    def ask(client: Client, batch: Sequence[Document]) -> dict[str, Any] | Refused:
        try:
            return client.joined(detail.op, _batched(detail, batch), paginator=detail.paginator)
        except Refused as refused:
            return refused

    if len(batches) <= _AT_ONCE:
        yield from map(ask, clients, batches)
        return
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="detail") as pool:
        yield from pool.map(ask, clients, batches)


def _batched(detail: Detail, batch: Sequence[Document]) -> dict[str, Any]:
    """The request for a batch: where one document gives a list of one id, the batch gives the list of all of them."""
    requests = [_params(detail.params, document) for document in batch]
    if not detail.batch:
        return requests[0]
    merged = dict(requests[0])
    for member, value in requests[0].items():
        if isinstance(value, list) and any(request[member] != value for request in requests):
            merged[member] = [element for request in requests for element in request[member]]
    return merged


def _share(answer: Mapping[str, Any], document: Document, detail: Detail) -> dict[str, Any] | Refused:
    """What the answer to a batch says about one resource, as if it had been asked alone; Refused when it is not in it.

    AWS returns the elements in any order and leaves out the ones it does not find, so each is recognised by its id.
    """
    asked = {
        element
        for value in _params(detail.params, document).values()
        if isinstance(value, list)
        for element in value
        if isinstance(element, str)
    }
    share: dict[str, Any] = {}
    found = False
    for member, value in answer.items():
        if isinstance(value, list) and all(isinstance(element, dict) for element in value):
            share[member] = [element for element in value if asked & set(map(str, element.values()))]
            found = found or (member != "failures" and bool(share[member]))
        else:
            share[member] = value
    return share if found else Refused(GapReason.GONE, f"{detail.op} did not return what was asked for")

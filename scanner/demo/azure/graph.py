"""Resource Graph's one operation: a query over the subscriptions that the caller may read."""

from functools import lru_cache
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from scanner.demo.azure.arm_error import ArmError
from scanner.demo.azure.bodies import in_graph
from scanner.demo.azure.estate import Estate
from scanner.demo.azure.graph_query import COLUMNS, DYNAMIC, Rows, parse
from scanner.demo.azure.message import Answer, Request, one_of, only
from scanner.demo.azure.paging import page_number, token
from scanner.demo.azure.resource_types import table
from scanner.demo.azure.tenant_reads import shows
from scanner.demo.azure.throttle import Throttle
from scanner.demo.azure.tokens import Principal
from scanner.demo.azure.world import Json

_VERSIONS = ("2024-04-01", "2022-10-01", "2021-03-01", "2019-04-01")
_TABLE_BY_DEFAULT = ("2019-04-01",)
_KEPT = 32
"""Subscriptions whose rows are kept for the next query."""


class _Options(Struct, frozen=True, forbid_unknown_fields=True):
    top: int = field(default=100, name="$top")
    skip: int = field(default=0, name="$skip")
    skip_token: str | None = field(default=None, name="$skipToken")
    result_format: Literal["objectArray", "table"] | None = field(default=None, name="resultFormat")
    allow_partial_scopes: bool = field(default=False, name="allowPartialScopes")
    authorization_scope_filter: str = field(default="AtScopeAndBelow", name="authorizationScopeFilter")


class _Body(Struct, frozen=True, forbid_unknown_fields=True):
    query: str
    subscriptions: list[str] | None = None
    management_groups: list[str] | None = field(default=None, name="managementGroups")
    options: _Options | None = None


class ResourceGraph:
    def __init__(self, estate: Estate, throttle: Throttle) -> None:
        self._estate = estate
        self._throttle = throttle
        self._rows_of = lru_cache(maxsize=_KEPT)(self._rows)

    def resources(self, request: Request, principal: Principal) -> Answer:
        """POST /providers/Microsoft.ResourceGraph/resources. ArmError 400, 403 or 429."""
        version = one_of(request, *_VERSIONS)
        only(request)
        quota = self._throttle.graph(principal.object_id)
        try:
            asked = msgspec.json.decode(request.body, type=_Body)
        except msgspec.DecodeError as error:
            raise ArmError(400, "BadRequest", f"The request body is invalid: {error}", headers=quota) from None
        options = asked.options or _Options()
        if not 1 <= options.top <= 1000:
            message = "The value of $top must be between 1 and 1000."
            detail = {"code": "InvalidTopValue", "message": message}
            raise ArmError(400, "BadRequest", message, details=[detail], headers=quota)
        rows = Rows(columns=list(COLUMNS), rows=self._visible(asked, principal, quota))
        try:
            for stage in parse(asked.query):
                rows = stage(rows)
            body = _page(rows, options, f"{asked.query}|{sorted(self._scope(asked, principal))}")
        except ArmError as error:
            error.headers |= quota
            raise
        if (options.result_format or ("table" if version in _TABLE_BY_DEFAULT else "objectArray")) == "table":
            body["data"] = _as_table(rows.columns, body["data"])
        return Answer(body=body, headers=quota)

    def _visible(self, asked: _Body, principal: Principal, quota: dict[str, str]) -> list[Json]:
        """Rows of the subscriptions that the caller may read: the others are left out without a word."""
        readable = self._scope(asked, principal)
        if not readable:
            message = "Access is denied to the requested resource. The user might not have enough permission."
            detail = {"code": "AccessDenied", "message": message}
            raise ArmError(403, "AccessDenied", message, details=[detail], headers=quota)
        return [row for subscription in readable for row in self._rows_of(subscription)]

    def _scope(self, asked: _Body, principal: Principal) -> list[str]:
        wanted = None if asked.subscriptions is None else {one.lower() for one in asked.subscriptions}
        if asked.management_groups is not None:
            below = self._below({one.lower() for one in asked.management_groups})
            wanted = below if wanted is None else wanted & below
        return [
            id_
            for id_, one in self._estate.subscriptions.items()
            if shows(one, principal) and one.access == "reader" and (wanted is None or id_ in wanted)
        ]

    def _below(self, groups: set[str]) -> set[str]:
        """Subscriptions of these management groups and of those under them."""
        found: set[str] = set()
        for group in self._estate.world.management_groups:
            if group.id.lower() in groups:
                found |= {one.lower() for one in group.subscriptions}
                children = self._estate.world.management_groups
                found |= self._below(
                    {one.id.lower() for one in children if (one.parent or "").lower() == group.id.lower()}
                )
        return found

    def _rows(self, subscription: str) -> list[Json]:
        tracked = self._estate.tracked(subscription)
        return [in_graph(record) for record in tracked if table()[record.type.lower()].in_graph]


def _page(rows: Rows, options: _Options, identity: str) -> Json:
    """One page. The next one has a token only when `id` is a column and nothing was cut by `take`."""
    found = rows.rows
    start = options.skip if options.skip_token is None else page_number(options.skip_token, identity)
    if start and not rows.ordered:
        # Without an order the service repeats no sequence: a client that pages all the same must not get away with it.
        found = found[start // 2 :] + found[: start // 2]
    data = found[start : start + options.top]
    left = start + len(data) < len(found)
    pageable = "id" in rows.columns and not rows.taken
    body: dict[str, Any] = {
        "totalRecords": len(found),
        "count": len(data),
        "data": data,
        "facets": [],
        "resultTruncated": "true" if left and not pageable else "false",
    }
    if left and pageable:
        body["$skipToken"] = token(start + len(data), identity)
    return body


def _as_table(columns: list[str], data: list[Json]) -> Json:
    def kind(column: str) -> str:
        if column not in COLUMNS:
            return "integer"
        return "object" if column in DYNAMIC else "string"

    return {
        "columns": [{"name": column, "type": kind(column)} for column in columns],
        "rows": [[row[column] for column in columns] for row in data],
    }

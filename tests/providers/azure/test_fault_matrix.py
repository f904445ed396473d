"""Every fault of an answer against every kind of read, over TLS: the gap and the row that each must leave.

A cell says three things: the fault is told by its reason in a coverage row of the type that was being read; the fact
that the read answers is a gap with that reason, and no value; and what was listed before stays in the result.
"""

from typing import Any, NamedTuple

import pytest

from scanner.demo.azure.faults import Fault
from scanner.demo.azure.world import Child, Resource, World
from scanner.model import CoverageState, EncryptionState, GapReason, KeyOwner, ObservedResource
from scanner.providers.azure.sources import QUERY
from scanner.providers.contract import Limits
from tests.fixtures.azure import FIRST, StartArm, subscription, world
from tests.providers.azure.scanning import Result, scanned
from tests.providers.azure.test_keys import VAULT_KEY, account, key, vault

GRAPH = "/providers/Microsoft.ResourceGraph/resources"
LISTED = "Microsoft.Communication/communicationServices"
HANG = 1.0
"""Seconds of silence that the scan of a hanging endpoint bears."""
D = CoverageState.DENIED
F = CoverageState.FAILED
N = CoverageState.NOT_ENABLED


class Cell(NamedTuple):
    """What a fault must come to; `rules` in the simulated Azure make it."""

    rule: dict[str, Any]
    reason: GapReason
    state: CoverageState
    attempts: int = 1


def refused(status: int, code: str, message: str = "m", **headers: str) -> dict[str, Any]:
    return {"do": "answer", "status": status, "headers": headers, "body": {"error": {"code": code, "message": message}}}


def answered(body: Any) -> dict[str, Any]:
    return {"do": "answer", "status": 200, "body": body}


DENY_ASSIGNMENT = "the access is denied because of the deny assignment with name 'x' at scope 'y'"
FAULTS = {
    "denied": Cell(refused(403, "AuthorizationFailed"), GapReason.DENIED, D),
    "denied by a deny assignment": Cell(
        refused(403, "AuthorizationFailed", DENY_ASSIGNMENT), GapReason.DENIED_BY_ORGANIZATION, D
    ),
    "denied by a policy": Cell(refused(403, "RequestDisallowedByPolicy"), GapReason.DENIED_BY_ORGANIZATION, D),
    "throttled": Cell(refused(429, "TooManyRequests"), GapReason.THROTTLED, F, 5),
    "throttled for a day": Cell(refused(429, "TooManyRequests", **{"Retry-After": "86400"}), GapReason.THROTTLED, F),
    "server error": Cell(refused(500, "InternalServerError"), GapReason.PROVIDER_ERROR, F, 5),
    "not available": Cell({"do": "answer", "status": 503}, GapReason.PROVIDER_ERROR, F, 5),
    "closed": Cell({"do": "close"}, GapReason.UNREACHABLE, F, 5),
    "reset": Cell({"do": "reset"}, GapReason.UNREACHABLE, F, 5),
    "hang": Cell({"do": "hang", "seconds": 5 * HANG}, GapReason.UNREACHABLE, F),
    "truncated body": Cell({"do": "half_body"}, GapReason.UNREACHABLE, F, 5),
    "no JSON": Cell({"do": "not_json"}, GapReason.MALFORMED, F),
    "another shape": Cell(answered({"unexpected": [1, None]}), GapReason.MALFORMED, F),
    "no object": Cell(answered([]), GapReason.MALFORMED, F),
    "expired": Cell(refused(401, "ExpiredAuthenticationToken"), GapReason.EXPIRED, F),
    "not registered": Cell(refused(409, "MissingSubscriptionRegistration"), GapReason.NOT_ENABLED, N),
    "location not available": Cell(refused(400, "LocationNotAvailableForResourceType"), GapReason.NOT_ENABLED, N),
    "disabled subscription": Cell(refused(409, "ReadOnlyDisabledSubscription"), GapReason.PROVIDER_ERROR, F),
    "gone": Cell(refused(404, "ResourceNotFound"), GapReason.GONE, F),
}


class Read(NamedTuple):
    """A kind of read: where it is asked, what its row is of, and which fact of which resource it answers."""

    path: str
    type: str
    operation: str
    resource: str
    fact: str
    contains: str = ""


READS = {
    "query": Read(GRAPH, "", QUERY, "", "", "where type in~"),
    "list": Read(f"/subscriptions/{FIRST}/resources", "", "Microsoft.Resources:GET subscriptions/resources", "", ""),
    "detail": Read(
        "*/flexibleServers/mysql",
        "Microsoft.DBforMySQL/flexibleServers",
        "Microsoft.DBforMySQL:GET flexibleServers",
        "mysql",
        "encryption.key",
    ),
    # Azure has no call of its own for tags; what only the list shows is read for all but them.
    "tag": Read(
        "*/communicationServices/calls",
        LISTED,
        "Microsoft.Communication:GET communicationServices",
        "calls",
        "encryption.key",
    ),
    "child": Read(
        "*/servers/sql/encryptionProtector/current",
        "Microsoft.Sql/servers/encryptionProtector",
        "Microsoft.Sql:GET servers/encryptionProtector",
        "sql",
        "encryption.key",
    ),
    "children": Read(
        "*/accounts/ai/deployments",
        "Microsoft.CognitiveServices/accounts/deployments",
        "Microsoft.CognitiveServices:GET accounts/deployments",
        "ai",
        "copies",
    ),
    "stores below": Read(
        "*/storageAccounts/acct/encryptionScopes",
        "Microsoft.Storage/storageAccounts/encryptionScopes",
        "Microsoft.Storage:GET storageAccounts/encryptionScopes",
        "acct",
        "children",
    ),
    "logs": Read(
        "*/accounts/ai/providers/Microsoft.Insights/diagnosticSettings",
        "Microsoft.Insights/diagnosticSettings",
        "Microsoft.Insights:GET diagnosticSettings",
        "ai",
        "egress",
    ),
    "key": Read(
        "*/vaults/v/keys/k", "Microsoft.KeyVault/vaults/keys", "Microsoft.KeyVault:GET vaults/keys", VAULT_KEY, "state"
    ),
    "roles": Read(
        "*/vaults/v/providers/Microsoft.Authorization/roleAssignments",
        "Microsoft.Authorization/roleAssignments",
        "Microsoft.Authorization:GET roleAssignments",
        VAULT_KEY,
        "principals",
    ),
}
SINGLE = ("detail", "tag", "child", "key")
STORES = {"acct", "v", "mysql", "calls", "sql", "ai"}


def estate() -> World:
    """One resource for each kind of read, in one subscription, with nothing wrong."""

    def plain(type_: str, name: str, **more: Any) -> Resource:
        return Resource(type=type_, name=name, location="francecentral", tags={"data": "sante"}, **more)

    deployment = Child(type="deployments", name="d", sku={"name": "Standard"}, properties={})
    return world(
        subscription(
            account(VAULT_KEY),
            vault(key(), more={"enableRbacAuthorization": True}),
            plain("Microsoft.DBforMySQL/flexibleServers", "mysql"),
            plain(LISTED, "calls"),
            plain("Microsoft.Sql/servers", "sql"),
            plain("Microsoft.CognitiveServices/accounts", "ai", kind="OpenAI", children=[deployment]),
        )
    )


def scan(arm: StartArm, read: Read, rule: dict[str, Any], *, patience: float = 30.0) -> tuple[Result, int]:
    """What a scan gives when every answer to this read is spoilt, and how often it asked."""
    fault = Fault(path=read.path, contains=read.contains, times=None, **rule)
    simulation = arm(estate(), faults=[fault])
    return scanned(limits=Limits(read_timeout=patience)), simulation.faults.applied


def holds_back(result: Result, read: Read, reason: GapReason) -> bool:
    """Whether the fact of the read is a gap with this reason, and has no value."""
    if read.resource == VAULT_KEY:
        found = result.key(VAULT_KEY)
        empty = found.state == "" if read.fact == "state" else found.principals is None
        return empty and (read.fact, reason) in [(gap.fact, gap.reason) for gap in found.gaps]
    resource = result.named(read.resource)
    told = (read.fact, reason) in [(gap.fact, gap.reason) for gap in resource.gaps]
    return told and (read.fact != "encryption.key" or not_established(resource))


def not_established(resource: ObservedResource) -> bool:
    encryption = resource.encryption
    return encryption.owner is KeyOwner.UNKNOWN and encryption.state is not EncryptionState.PLAIN


def test_without_a_fault_the_estate_is_read_whole(arm: StartArm) -> None:
    arm(estate())
    result = scanned()
    assert result.green
    assert {one.name for one in result.stores} == STORES
    assert {one.owner for one in (result.named(name).encryption for name in ("mysql", "calls", "sql"))} == {
        KeyOwner.PROVIDER_SHARED
    }


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", [name for name in READS if name not in ("query", "list")])
def test_a_read_that_fails_is_a_gap_of_its_fact_and_a_row_of_its_type(arm: StartArm, name: str, fault: str) -> None:
    read, cell = READS[name], FAULTS[fault]
    result, attempts = scan(arm, read, cell.rule, patience=HANG if fault == "hang" else 30.0)
    (row,) = [row for row in result.rows if row.type == read.type]
    assert (row.state, row.reason.partition(":")[0]) == (cell.state, cell.reason)
    assert bool(row.permission) is (cell.state is D)
    assert not result.green
    assert attempts == cell.attempts
    assert holds_back(result, read, cell.reason)
    assert {one.name for one in result.stores} == STORES
    assert len(result.keys) == 1


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", ["query", "list"])
def test_a_list_that_fails_is_a_row_of_its_unit(arm: StartArm, name: str, fault: str) -> None:
    read, cell = READS[name], FAULTS[fault]
    result, attempts = scan(arm, read, cell.rule, patience=HANG if fault == "hang" else 30.0)
    told = [row for row in result.rows if row.reason.startswith(f"{cell.reason}:") and read.operation in row.reason]
    assert attempts == cell.attempts
    assert told
    assert {row.state for row in told} <= {cell.state, CoverageState.PARTIAL}
    assert not result.green
    whole = [row for row in result.rows if not row.type]
    assert sum(row.state is CoverageState.COMPLETE for row in whole) < len(whole)
    # What the other road shows is there, and nothing that only the broken one shows is called complete.
    assert {one.name for one in result.stores} >= ({"calls"} if name == "query" else STORES - {"calls"})
    for namespace in ("Microsoft.Storage", "Microsoft.Sql") if name == "query" else ("Microsoft.Resources",):
        assert [row.state for row in whole if row.service == namespace] != [CoverageState.COMPLETE]


@pytest.mark.parametrize("name", READS)
def test_a_late_answer_is_an_answer(arm: StartArm, name: str) -> None:
    result, attempts = scan(arm, READS[name], {"do": "slow", "seconds": 0.05})
    assert attempts == 1
    assert result.green
    assert {one.name for one in result.stores} == STORES


@pytest.mark.parametrize("name", [name for name in READS if name not in (*SINGLE, "query")])
def test_a_page_that_comes_again_ends_its_list_as_truncated(arm: StartArm, name: str) -> None:
    read = READS[name]
    result, attempts = scan(arm, read, {"do": "repeat_skip_token"})
    rows = [row for row in result.rows if row.type == read.type and row.reason.startswith("truncated:")]
    assert [row.state for row in rows] == [CoverageState.PARTIAL]
    assert attempts == 2
    assert not result.green
    assert {one.name for one in result.stores} == STORES
    if read.resource:
        assert holds_back(result, read, GapReason.TRUNCATED)


@pytest.mark.parametrize("name", SINGLE)
def test_a_page_link_in_a_single_object_leads_nowhere(arm: StartArm, name: str) -> None:
    read = READS[name]
    result, attempts = scan(arm, read, {"do": "repeat_skip_token"})
    assert attempts == 1
    assert result.green


def test_a_query_whose_token_comes_again_is_truncated(arm: StartArm) -> None:
    page = {"totalRecords": 9, "count": 0, "data": [], "facets": [], "resultTruncated": "false", "$skipToken": "same"}
    result, attempts = scan(arm, READS["query"], answered(page))
    assert attempts == 2
    assert any(row.reason.startswith("truncated:") and "gave before" in row.reason for row in result.rows)
    assert not result.green

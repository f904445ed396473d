"""What goes wrong in real tenants: each time a gap or a coverage row, never green."""

import pytest

from scanner.demo.azure.faults import Fault
from scanner.demo.azure.paging import PageSizes
from scanner.demo.azure.world import Resource
from scanner.errors import CannotRunError
from scanner.model import CoverageState, GapReason, KeyOwner
from tests.fixtures.azure import FIRST, SECOND, StartArm, disks, subscription, world
from tests.providers.azure.scanning import Hours, Result, scanned

GRAPH = "/providers/Microsoft.ResourceGraph/resources"
ROWS = "where type in~"


def account(name: str = "acct", **more: object) -> Resource:
    properties = {"encryption": {"keySource": "Microsoft.Storage", "services": {"blob": {"enabled": True}}}}
    defaults = {"location": "francecentral", "sku": {"name": "Standard_ZRS"}, "properties": properties}
    return Resource(type="Microsoft.Storage/storageAccounts", name=name, **{**defaults, **more})  # type: ignore[arg-type]


def own_rows(result: Result, first_digit: str) -> set[CoverageState]:
    return {row.state for row in result.rows if row.account.startswith(first_digit) and not row.type}


def test_a_forbidden_subscription_is_denied_and_the_other_one_is_read(arm: StartArm) -> None:
    arm(world(subscription(account()), subscription(account("other"), id_=SECOND, access="listed")))
    result = scanned()
    assert [one.name for one in result.stores] == ["acct"]
    assert own_rows(result, "1") == {CoverageState.COMPLETE}
    assert own_rows(result, "2") == {CoverageState.DENIED}
    denied = next(row for row in result.rows if row.account == SECOND and not row.type)
    assert denied.permission == "Microsoft.Resources/subscriptions/resources/read"
    assert not result.green


def test_an_invisible_subscription_that_was_asked_for_is_denied(arm: StartArm) -> None:
    arm(world(subscription(account()), subscription(account("x"), id_=SECOND, access="none")))
    result = scanned(subscriptions=(FIRST, SECOND))
    assert own_rows(result, "2") == {CoverageState.DENIED}


def test_nothing_to_scan_is_an_error_and_not_an_empty_result(arm: StartArm) -> None:
    arm(world(subscription(account(), access="none")))
    with pytest.raises(CannotRunError, match="No subscription"):
        scanned()


def test_what_resource_graph_leaves_out_is_read_one_by_one(arm: StartArm) -> None:
    nothing = {"totalRecords": 0, "count": 0, "data": [], "facets": [], "resultTruncated": "false"}
    arm(
        world(subscription(account(), *disks(2))),
        faults=[Fault(do="answer", path=GRAPH, status=200, body=nothing, times=None)],
    )
    result = scanned()
    assert sorted(one.name for one in result.stores) == ["acct", "disk-0000", "disk-0001"]
    assert result.calls["Microsoft.Compute:GET disks"] == 2


def test_fewer_in_resource_graph_than_in_the_list_is_partial(arm: StartArm) -> None:
    first = {"type": "microsoft.compute/disks", "subscriptionId": FIRST, "resources": 1}
    counted = {"totalRecords": 1, "count": 1, "data": [first], "facets": [], "resultTruncated": "false"}
    arm(
        world(subscription(*disks(3))),
        faults=[Fault(do="answer", path=GRAPH, contains="summarize", status=200, body=counted)],
    )
    result = scanned()
    assert ("1", "Microsoft.Compute/disks", "partial") in result.problems()


@pytest.mark.parametrize("road", ["graph", "list"])
def test_2501_resources_are_the_same_set_by_both_roads(arm: StartArm, road: str) -> None:
    hours = Hours()
    simulation = arm(world(subscription(*disks(2501))), clock=hours)
    if road == "list":
        denied = {"error": {"code": "AccessDenied", "message": "no"}}
        simulation.faults.add(Fault(do="answer", path=GRAPH, status=403, body=denied, times=None))
    result = scanned(hours=hours)
    assert {one.name for one in result.stores} == {f"disk-{number:04}" for number in range(2501)}
    if road == "graph":
        assert len(simulation.log.matching("POST", GRAPH)) == 1 + 3


def test_a_cut_answer_without_a_token_is_truncated(arm: StartArm) -> None:
    cut = {"totalRecords": 9, "count": 0, "data": [], "facets": [], "resultTruncated": "true"}
    arm(world(subscription(*disks(3))), faults=[Fault(do="answer", path=GRAPH, contains=ROWS, status=200, body=cut)])
    result = scanned()
    assert own_rows(result, "1") == {CoverageState.COMPLETE, CoverageState.PARTIAL}
    assert any("no next page" in row.reason for row in result.rows)


def test_a_token_that_comes_again_ends_the_list_as_truncated(arm: StartArm) -> None:
    arm(
        world(subscription(*disks(2100))),
        faults=[Fault(do="repeat_skip_token", path=GRAPH, contains="$skipToken", times=None)],
    )
    result = scanned()
    assert not result.green
    assert any("gave before" in row.reason for row in result.rows)


def test_a_next_link_that_comes_again_ends_the_list_as_truncated(arm: StartArm) -> None:
    arm(
        world(subscription(*disks(30))),
        sizes=PageSizes(generic=10),
        faults=[Fault(do="repeat_skip_token", path=f"/subscriptions/{FIRST}/resources", times=None)],
    )
    assert any("gave before" in row.reason for row in scanned().rows)


def too_many(headers: dict[str, str]) -> Fault:
    body = {"error": {"code": "SubscriptionRequestsThrottled", "message": "slow down"}}
    return Fault(do="answer", path=f"/subscriptions/{FIRST}/resources", status=429, headers=headers, body=body)


def test_429_with_retry_after_is_waited_for_exactly(arm: StartArm) -> None:
    arm(world(subscription(*disks(1))), faults=[too_many({"Retry-After": "7"})])
    hours = Hours()
    assert scanned(hours=hours).green
    assert hours.slept == [pytest.approx(7)]


def test_429_without_retry_after_is_waited_for_a_little(arm: StartArm) -> None:
    arm(world(subscription(*disks(1))), faults=[too_many({})])
    hours = Hours()
    assert scanned(hours=hours).green
    assert 0 < sum(hours.slept) < 5


def test_429_with_an_absurd_retry_after_is_a_row_and_not_a_day_of_waiting(arm: StartArm) -> None:
    arm(world(subscription(*disks(1))), faults=[too_many({"Retry-After": "86400"})])
    hours = Hours()
    result = scanned(hours=hours)
    assert sum(hours.slept) < 60
    assert not result.green
    assert any("86400" in row.reason for row in result.rows)


def test_a_throttled_query_waits_until_its_window_starts_again(arm: StartArm) -> None:
    body = {"error": {"code": "RateLimiting", "message": "x", "details": [{"code": "RateLimiting", "message": "x"}]}}
    headers = {"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:00:05"}
    arm(world(subscription(*disks(1))), faults=[Fault(do="answer", path=GRAPH, status=429, headers=headers, body=body)])
    hours = Hours()
    assert scanned(hours=hours).green
    assert hours.slept[0] == pytest.approx(5)


def test_a_quota_that_is_used_up_is_waited_for_before_it_is_refused(arm: StartArm) -> None:
    hours = Hours()
    simulation = arm(world(subscription(*disks(16_500))), clock=hours)
    assert scanned(hours=hours).green
    assert [entry.status for entry in simulation.log.matching("POST", GRAPH) if entry.status != 200] == []
    assert hours.slept


def test_a_token_that_expires_between_two_pages_leaves_the_rest_as_a_row(arm: StartArm) -> None:
    arm(
        world(subscription(*disks(2501))),
        faults=[Fault(do="expire_tokens", path=GRAPH, contains="$skipToken")],
    )
    result = scanned()
    assert 0 < len(result.stores) < 2501
    assert any("ExpiredAuthenticationToken" in row.reason for row in result.rows)
    assert not result.green


def test_a_listed_resource_that_is_gone_is_told(arm: StartArm) -> None:
    gone = Resource(type="Microsoft.DBforMySQL/flexibleServers", name="gone", location="francecentral", access="gone")
    arm(world(subscription(gone)))
    result = scanned()
    assert GapReason.GONE in {gap.reason for gap in result.named("gone").gaps}
    assert result.named("gone").encryption.owner is KeyOwner.UNKNOWN
    assert not result.green


def test_a_denied_child_names_the_permission_and_leaves_the_fact_open(arm: StartArm) -> None:
    server = Resource(type="Microsoft.Sql/servers", name="sql", location="francecentral", access="denied")
    database = Resource(type="Microsoft.Sql/servers/databases", name="sql/db", location="francecentral")
    arm(world(subscription(server, database)))
    result = scanned()
    assert result.named("db").encryption.owner is KeyOwner.UNKNOWN
    missing = {gap.permission for gap in result.named("db").gaps}
    assert "Microsoft.Sql/servers/read" in missing or "Microsoft.Sql/servers/encryptionProtector/read" in missing


def named(type_: str, name: str) -> Resource:
    return Resource(type=type_, name=name, location="francecentral")


def test_types_without_a_catalog_entry_are_named_and_counted(arm: StartArm) -> None:
    arm(world(subscription(*[named("Microsoft.Quantum/Workspaces", f"n{number}") for number in range(3)])))
    row = next(row for row in scanned().rows if row.type == "Microsoft.Quantum/Workspaces")
    assert (row.state, row.count) == (CoverageState.SKIPPED, 3)
    assert row.reason.startswith("unsupported: ")


def test_types_that_keep_nothing_are_counted_and_leave_the_scan_complete(arm: StartArm) -> None:
    arm(world(subscription(named("Microsoft.Network/virtualNetworks", "n"))))
    row = next(row for row in scanned().rows if row.type == "Microsoft.Network/virtualNetworks")
    assert (row.state, row.count) == (CoverageState.COMPLETE, 1)


def test_reasons_begin_with_the_word_of_the_gap(arm: StartArm) -> None:
    arm(world(subscription(account(), *disks(2)), subscription(account("other"), id_=SECOND, access="listed")))
    words = {row.reason.partition(":")[0] for row in scanned().rows if row.state != CoverageState.COMPLETE}
    assert words == {"denied"}


def test_a_location_in_no_table_is_kept_as_it_is(arm: StartArm) -> None:
    geo = account("far", location="southeamyia", sku={"name": "Standard_GRS"})
    arm(world(subscription(geo)))
    found = scanned().named("far")
    assert found.region == "southeamyia"
    assert [(gap.fact, gap.reason) for gap in found.gaps] == [("copies", GapReason.UNMAPPED)]


KEY = {"keyvaulturi": "https://v.vault.azure.net", "keyname": "k"}
SAME_KEY = {"KeyVaultUri": "https://V.vault.azure.net/", "KeyName": "k", "currentVersionedKeyIdentifier": None}


def test_resource_graph_and_get_in_other_letters_lead_to_one_observation(arm: StartArm) -> None:
    one = account(
        location="France Central",
        properties={"encryption": {"keySource": "Microsoft.Keyvault", "keyvaultproperties": KEY}},
        graph={"Encryption": {"KeySource": "microsoft.keyvault", "KeyVaultProperties": SAME_KEY}, "networkAcls": None},
    )
    arm(world(subscription(one)))
    by_graph, by_get = scanned().named("acct"), scanned(verify_live=True).named("acct")
    assert by_graph == by_get
    assert by_graph.encryption.keys == ("https://v.vault.azure.net/keys/k",)


def test_a_stale_row_is_overruled_by_the_resource_itself_when_asked_to_verify(arm: StartArm) -> None:
    fresh = {"encryption": {"keySource": "Microsoft.Storage"}}
    stale = {"encryption": {"keySource": "Microsoft.Keyvault", "keyvaultproperties": KEY}}
    arm(world(subscription(account(properties=fresh, graph=stale))))
    assert scanned().named("acct").encryption.owner is KeyOwner.REFERENCED
    assert scanned(verify_live=True).named("acct").encryption.owner is KeyOwner.PROVIDER_SHARED


@pytest.mark.parametrize("what", ["close", "half_body"])
def test_a_broken_connection_is_tried_again(arm: StartArm, what: str) -> None:
    fault = Fault(do=what, path=f"/subscriptions/{FIRST}/resources")  # type: ignore[arg-type]
    arm(world(subscription(*disks(2))), faults=[fault])
    assert scanned().green


@pytest.mark.parametrize("what", ["close", "half_body", "not_json"])
@pytest.mark.parametrize("path", [GRAPH, f"/subscriptions/{FIRST}/resources"])
def test_answers_that_stay_broken_are_rows(arm: StartArm, what: str, path: str) -> None:
    fault = Fault(do=what, path=path, times=None)  # type: ignore[arg-type]
    arm(world(subscription(*disks(2))), faults=[fault])
    result = scanned()
    assert not result.green


def test_409_on_a_read_is_a_row(arm: StartArm) -> None:
    body = {"error": {"code": "ReadOnlyDisabledSubscription", "message": "disabled"}}
    arm(
        world(subscription(account())),
        faults=[Fault(do="answer", path="*/encryptionScopes", status=409, body=body, times=None)],
    )
    result = scanned()
    assert ("1", "Microsoft.Storage/storageAccounts/encryptionScopes", "failed") in result.problems()


def test_an_api_version_that_is_not_served_is_replaced_by_one_that_is(arm: StartArm) -> None:
    message = (
        "No registered resource provider found for location 'francecentral' and API version '2024-12-30' for type"
        " 'flexibleServers'. The supported api-versions are '2023-12-30, 2024-12-30-preview, 2023-06-30'."
        " The supported locations are 'francecentral'."
    )
    body = {"error": {"code": "NoRegisteredProviderFound", "message": message}}
    simulation = arm(
        world(subscription(Resource(type="Microsoft.DBforMySQL/flexibleServers", name="db", location="francecentral"))),
        faults=[Fault(do="answer", path="*/flexibleServers/db", status=400, body=body)],
    )
    scanned()
    asked = [entry.query for entry in simulation.log.matching("GET", "*/flexibleServers/db")]
    assert asked == ["api-version=2024-12-30", "api-version=2023-12-30"]


def test_types_that_resource_graph_does_not_know_are_read_through_the_list(arm: StartArm) -> None:
    service = Resource(
        type="Microsoft.Communication/communicationServices",
        name="calls",
        location="global",
        properties={"dataLocation": "Europe"},
    )
    arm(world(subscription(service)))
    result = scanned()
    # The resource is global, its data is in a geography, which is no place: its country is not told.
    assert result.named("calls").region == "europe"
    assert result.green


def test_the_subscription_tells_that_its_index_is_everywhere(arm: StartArm) -> None:
    arm(world(subscription(account())))
    found = next(one for one in scanned().resources if one.type == "Microsoft.Resources/subscriptions")
    assert ("control-plane-index", "global") in [(copy.kind, copy.region) for copy in found.copies or ()]


def test_a_listed_child_is_where_resource_graph_says(arm: StartArm) -> None:
    groups = Resource(
        type="Microsoft.ElasticSan/elasticSans/volumegroups",
        name="san/groups",
        location="francecentral",
        properties={"encryption": "EncryptionAtRestWithPlatformKey"},
    )
    arm(world(subscription(groups)))
    found = scanned().named("groups")
    assert (found.region, "region" in {gap.fact for gap in found.gaps}) == ("francecentral", False)


def test_the_row_of_a_subscription_counts_what_was_found_and_not_what_keeps_no_data(arm: StartArm) -> None:
    plumbing = [
        Resource(type="Microsoft.Network/virtualNetworks", name=f"net{index}", location="francecentral")
        for index in range(3)
    ]
    arm(world(subscription(account(), *plumbing)))
    rows = {row.type: row.count for row in scanned().rows if row.service == "Microsoft.Resources"}
    assert rows == {"": 1, "Microsoft.Network/virtualNetworks": 3}

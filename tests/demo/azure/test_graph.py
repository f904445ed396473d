import pytest
from azure.core.exceptions import HttpResponseError

from scanner.demo.azure.throttle import Limits
from scanner.demo.azure.world import ManagementGroup, Resource
from tests.demo.azure.clients import ALL_DISKS, Raw, ask, ask_all, error_code, graph_client, resources_client
from tests.fixtures.azure import FIRST, SECOND, TENANT, StartArm, disks, resource_id, subscription, world

ACCOUNT = Resource(
    type="Microsoft.Storage/storageAccounts",
    name="a",
    location="France Central",
    properties={"encryption": {"keySource": "Microsoft.Keyvault"}},
    graph={"encryption": {"keySource": "Microsoft.Storage"}},
)
IDS = "resources | project id | order by id asc"


def test_two_thousand_five_hundred_and_one_resources_are_three_pages_and_the_generic_lists_set(arm: StartArm) -> None:
    arm(world(subscription(*disks(2501))))
    rows, pages = ask_all(graph_client(), ALL_DISKS)
    assert pages == 3
    ids = [row["id"] for row in rows]
    assert len(set(ids)) == len(ids) == 2501
    assert set(ids) == {one.id for one in resources_client().resources.list()}


def test_type_and_location_are_lower_case_and_the_id_is_not(arm: StartArm) -> None:
    arm(world(subscription(ACCOUNT)))
    row = ask(graph_client(), "resources | project id, type, location").data[0]
    assert row["id"] == resource_id("Microsoft.Storage/storageAccounts", "a")
    assert (row["type"], row["location"]) == ("microsoft.storage/storageaccounts", "francecentral")


def test_a_row_names_the_newest_stable_version_that_it_was_read_with(arm: StartArm) -> None:
    arm(world(subscription(Resource(type="Microsoft.Sql/servers", name="sql", location="francecentral"))))
    assert ask(graph_client(), "resources | project id, apiVersion").data[0]["apiVersion"] == "2025-01-01"


def test_an_optional_member_is_there_and_empty(arm: StartArm) -> None:
    arm(world(subscription(ACCOUNT)))
    row = ask(graph_client(), "resources").data[0]
    assert (row["managedBy"], row["identity"], row["sku"], row["zones"]) == ("", None, None, None)


def test_a_stale_row_differs_from_the_resource(arm: StartArm) -> None:
    arm(world(subscription(ACCOUNT)))
    row = ask(graph_client(), "resources | project id, properties").data[0]
    live = resources_client().resources.get_by_id(row["id"], api_version="2025-06-01")
    assert row["properties"]["encryption"]["keySource"] == "Microsoft.Storage"
    assert live.properties["encryption"]["keySource"] == "Microsoft.Keyvault"


def test_without_id_an_answer_is_truncated_and_has_no_token(arm: StartArm) -> None:
    arm(world(subscription(*disks(30))))
    answer = ask(graph_client(), "resources | project name | order by name asc", top=20)
    assert (answer.count, answer.total_records) == (20, 30)
    assert answer.result_truncated == "true"
    assert answer.skip_token is None
    assert ask(graph_client(), IDS, top=20).skip_token is not None


def test_take_ends_paging(arm: StartArm) -> None:
    arm(world(subscription(*disks(30))))
    answer = ask(graph_client(), f"{IDS} | take 25", top=20)
    assert answer.skip_token is None and answer.result_truncated == "true"


def test_pages_without_an_order_do_not_add_up(arm: StartArm) -> None:
    arm(world(subscription(*disks(30))))
    rows, _ = ask_all(graph_client(), "resources | project id", top=10)
    assert len({row["id"] for row in rows}) < 30


def test_the_default_page_has_a_hundred_rows_and_more_than_a_thousand_are_refused(arm: StartArm) -> None:
    arm(world(subscription(*disks(120))))
    raw = Raw()
    assert raw.query({"subscriptions": [FIRST], "query": IDS}).json()["count"] == 100
    refused = raw.query({"subscriptions": [FIRST], "query": IDS, "options": {"$top": 1001}})
    assert (refused.status_code, refused.json()["error"]["details"][0]["code"]) == (400, "InvalidTopValue")


def test_the_table_format_has_columns_and_rows(arm: StartArm) -> None:
    arm(world(subscription(*disks(2))))
    data = ask(graph_client(), "resources | project id, sku | order by id asc", result_format="table").data
    assert data["columns"] == [{"name": "id", "type": "string"}, {"name": "sku", "type": "object"}]
    assert data["rows"][0] == [resource_id("Microsoft.Compute/disks", "disk-0000"), {"name": "Premium_LRS"}]
    oldest = Raw().query({"subscriptions": [FIRST], "query": IDS}, "2019-04-01").json()
    assert "columns" in oldest["data"]


def test_counts_by_type_and_subscription(arm: StartArm) -> None:
    arm(world(subscription(ACCOUNT, *disks(3)), subscription(*disks(2), id_=SECOND)))
    query = "resources | summarize count() by type, subscriptionId"
    rows = ask(graph_client(), query, [FIRST, SECOND]).data
    assert sorted((row["subscriptionId"], row["type"], row["count_"]) for row in rows) == [
        (FIRST, "microsoft.compute/disks", 3),
        (FIRST, "microsoft.storage/storageaccounts", 1),
        (SECOND, "microsoft.compute/disks", 2),
    ]


def test_a_forbidden_subscription_is_left_out_without_a_word(arm: StartArm) -> None:
    arm(world(subscription(*disks(1)), subscription(*disks(2), id_=SECOND, access="listed")))
    answer = Raw().query({"subscriptions": [FIRST, SECOND], "query": IDS})
    assert answer.json()["totalRecords"] == 1
    assert SECOND not in answer.text


def test_access_is_denied_only_when_no_subscription_is_left(arm: StartArm) -> None:
    arm(world(subscription(*disks(1)), subscription(id_=SECOND, access="listed")))
    with pytest.raises(HttpResponseError) as refused:
        ask(graph_client(), IDS, [SECOND])
    assert refused.value.status_code == 403


def test_a_management_group_stands_for_its_subscriptions(arm: StartArm) -> None:
    group = ManagementGroup(id="top", display_name="Top", tenant=TENANT, subscriptions=[SECOND])
    arm(world(subscription(*disks(1)), subscription(*disks(2), id_=SECOND), management_groups=[group]))
    body = Raw().query({"managementGroups": ["top"], "query": IDS}).json()
    assert body["totalRecords"] == 2


def test_a_child_type_and_one_that_resource_graph_lacks_are_not_in_the_table(arm: StartArm) -> None:
    mail = Resource(type="Microsoft.Communication/emailServices", name="mail", location="global")
    arm(world(subscription(mail, Resource(type="Microsoft.Sql/servers", name="sql", location="francecentral"))))
    assert [row["type"] for row in ask(graph_client(), "resources | project type").data] == ["microsoft.sql/servers"]
    assert len(list(resources_client().resources.list())) == 2


def test_quota_headers_count_down_and_the_sixteenth_query_in_five_seconds_is_refused(arm: StartArm) -> None:
    now = [1_000_000.0]
    arm(world(subscription(*disks(1))), clock=lambda: now[0])
    raw, body = Raw(), {"subscriptions": [FIRST], "query": IDS}
    answers = [raw.query(body) for _ in range(15)]
    assert [int(one.headers["x-ms-user-quota-remaining"]) for one in answers] == list(range(14, -1, -1))
    now[0] += 2
    refused = raw.query(body)
    assert (refused.status_code, error_code(refused)) == (429, "RateLimiting")
    assert refused.json()["error"]["details"][0]["code"] == "RateLimiting"
    assert refused.headers["x-ms-user-quota-resets-after"] == "00:00:03"
    assert "Retry-After" not in refused.headers
    now[0] += 3
    assert raw.query(body).status_code == 200


def test_a_token_belongs_to_its_query(arm: StartArm) -> None:
    arm(world(subscription(*disks(30))), limits=Limits(graph_queries=100))
    client = graph_client()
    token = ask(client, IDS, top=10).skip_token
    with pytest.raises(HttpResponseError, match="InvalidSkipToken"):
        ask(client, ALL_DISKS, top=10, skip_token=token)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "resourcecontainers | project id",
        "resources | project id, colour",
        "resources | extend x = 1",
        "resources | where type has 'disks' | project id",
        "resources | project name | order by id asc",
        "resources | where type in~ () | project id",
        "resources | project id; drop",
        "resources | summarize count()",
        "resources | where type == 'a' or",
    ],
)
def test_a_query_outside_the_understood_part_is_invalid(arm: StartArm, query: str) -> None:
    arm(world(subscription(*disks(1))))
    answer = Raw().query({"subscriptions": [FIRST], "query": query})
    assert answer.status_code == 400
    assert answer.json()["error"]["details"][0]["code"] == "InvalidQuery"


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("type == 'microsoft.compute/disks'", 3),
        ("type == 'Microsoft.Compute/disks'", 0),
        ("type =~ 'Microsoft.Compute/disks'", 3),
        ("type != 'microsoft.compute/disks'", 1),
        ("type in ('Microsoft.Compute/disks')", 0),
        ("type in~ ('Microsoft.Compute/disks', \"x\")", 3),
        ("type !in~ ('Microsoft.Compute/disks')", 1),
        ("type in~ ('Microsoft.Compute/disks') and name == 'disk-0001'", 1),
        ("(name == 'disk-0000' or name == 'a') and location == 'francecentral'", 2),
    ],
)
def test_conditions_select_as_kusto_does(arm: StartArm, condition: str, count: int) -> None:
    arm(world(subscription(ACCOUNT, *disks(3))))
    assert ask(graph_client(), f"Resources | where {condition} | project id").total_records == count


def test_an_unknown_member_of_the_body_or_version_is_refused(arm: StartArm) -> None:
    arm(world(subscription(*disks(1))))
    raw = Raw()
    assert raw.query({"subscriptions": [FIRST], "query": IDS, "scope": "all"}).status_code == 400
    assert raw.query({"subscriptions": [FIRST], "query": IDS, "options": {"top": 5}}).status_code == 400
    assert raw.query({"subscriptions": [FIRST], "query": IDS}, "2017-01-01").status_code == 400

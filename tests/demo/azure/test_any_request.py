"""Whatever is asked, the answer is Azure's: never a crash, never an answer without a code."""

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.demo.azure.cloud import SimulatedCloud
from scanner.demo.azure.estate import Estate
from scanner.demo.azure.message import Request
from scanner.demo.azure.paging import PageSizes
from scanner.demo.azure.throttle import Limits
from scanner.demo.azure.tokens import Principal
from scanner.demo.azure.world import Child, Resource
from tests.fixtures.azure import FIRST, TENANT, disks, resource_id, subscription, world

WORDS = [
    "subscriptions",
    FIRST,
    "resourceGroups",
    "rg",
    "providers",
    "resources",
    "tenants",
    "locations",
    "keys",
    "",
    "Microsoft.Compute",
    "disks",
    "disk-0000",
    "Microsoft.Sql",
    "servers",
    "sql",
    "databases",
    "failoverGroups",
    "current",
    "encryptionProtector",
    "Microsoft.KeyVault",
    "vaults",
    "deletedVaults",
    "Microsoft.Insights",
    "diagnosticSettings",
    "Microsoft.Management",
    "managementGroups",
    "descendants",
    "Microsoft.Resources",
    "dataBoundaries",
    "default",
    "Microsoft.CustomerLockbox",
    "tenantOptedIn",
    TENANT,
    "Microsoft.ResourceGraph",
    "ekm",
    "versions",
    "é",
    "..",
]
STARTS = [
    "",
    f"/subscriptions/{FIRST}",
    f"/subscriptions/{FIRST}/providers",
    f"/subscriptions/{FIRST}/resourceGroups/rg/providers",
    resource_id("Microsoft.Sql/servers", "sql"),
    f"{resource_id('Microsoft.Sql/servers', 'sql')}/providers/Microsoft.Insights",
    f"/subscriptions/{FIRST}/providers/Microsoft.KeyVault",
    "/providers/Microsoft.Management/managementGroups",
    "/keys",
]
NAMES = ["api-version", "$top", "$filter", "$expand", "$skiptoken", "maxresults", "x"]
VALUES = ["2025-04-01", "2022-12-01", "2025-01-02", "2021-05-01-preview", "7.6", "-1", "²", "", "abc", "name eq 'x'"]
REFUSALS = {400, 401, 403, 404, 405, 409, 429}


@pytest.fixture(scope="module")
def cloud() -> SimulatedCloud:
    sql = Resource(
        type="Microsoft.Sql/servers",
        name="sql",
        location="francecentral",
        diagnostics=[Child(type="diagnosticSettings", name="current")],
    )
    vault = Resource(
        type="Microsoft.KeyVault/vaults",
        name="keys",
        location="francecentral",
        properties={"vaultUri": "https://keys.vault.azure.net/"},
        data_plane="full",
    )
    limits = Limits(reads_deep=10**6, graph_queries=10**6)
    found = SimulatedCloud(
        Estate(world(subscription(sql, vault, *disks(2)))),
        clock=lambda: 1_000_000.0,
        limits=limits,
        sizes=PageSizes(),
        token_lifetime=600,
        secret_header="x",
    )
    found.settle("https://127.0.0.1")
    return found


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "GET", "GET", "POST", "PUT"]),
    start=st.sampled_from(STARTS),
    rest=st.lists(st.sampled_from(WORDS), max_size=6).map(lambda parts: "".join(f"/{part}" for part in parts)),
    query=st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES)), max_size=3),
    host=st.sampled_from(["127.0.0.1", "keys.vault.azure.net"]),
    body=st.one_of(st.binary(max_size=40), st.text(max_size=40).map(lambda text: text.encode())),
)
def test_any_request_has_an_answer_and_a_refusal_has_a_code(
    cloud: SimulatedCloud, method: str, start: str, rest: str, query: list[tuple[str, str]], host: str, body: bytes
) -> None:
    audience = "https://vault.azure.net" if host.startswith("keys") else "https://management.azure.com"
    principal = Principal(tenant=TENANT, client="c", object_id="o")
    request = Request(
        method=method,
        host=host,
        path=f"{start}{rest}",
        raw_query="&".join(f"{name}={value}" for name, value in query),
        headers={"host": host, "authorization": f"Bearer {cloud.tokens.issue(principal, audience)[0]}"},
        body=body,
    )
    answer = cloud.answer(request)
    assert "x-ms-request-id" in answer.headers
    if answer.status != 200:
        assert answer.status in REFUSALS
        assert answer.body["error"]["code"] and answer.body["error"]["message"]
    else:
        assert isinstance(answer.body, dict)
    assert (method == "PUT") <= (answer.status == 405)


SIGNS = [
    "|",
    "where",
    "project",
    "id",
    "type",
    "in~",
    "(",
    ")",
    "'a'",
    ",",
    "and",
    "or",
    "==",
    "order",
    "by",
    "asc",
    "!",
]
TOKENS = st.lists(st.sampled_from([*SIGNS, "take", "3", '"', "é"]), max_size=6).map(" ".join)
STAGES = st.sampled_from(
    [
        "where type in~ ('Microsoft.Compute/disks')",
        "where properties == 'x'",
        "project id, type, subscriptionId",
        "project properties",
        "order by id asc",
        "order by count_",
        "order by sku desc, type",
        "summarize count() by type, subscriptionId",
        "summarize n = count() by properties",
        "take 1",
    ]
)


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.lists(STAGES | TOKENS, max_size=4).map(lambda stages: " | ".join(["resources", *stages])))
def test_any_query_has_rows_or_is_invalid(cloud: SimulatedCloud, query: str) -> None:
    principal = Principal(tenant=TENANT, client="c", object_id="o")
    token = cloud.tokens.issue(principal, "https://management.azure.com")[0]
    request = Request(
        method="POST",
        host="127.0.0.1",
        path="/providers/Microsoft.ResourceGraph/resources",
        raw_query="api-version=2022-10-01",
        headers={"authorization": f"Bearer {token}"},
        body=msgspec.json.encode({"subscriptions": [FIRST], "query": query}),
    )
    answer = cloud.answer(request)
    if answer.status == 200:
        assert answer.body["count"] == len(answer.body["data"])
    else:
        assert (answer.status, answer.body["error"]["details"][0]["code"]) == (400, "InvalidQuery")

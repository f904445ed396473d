"""Findings of services that look into data: read with the resources, attached to the one that they speak of."""

from typing import Any

import pytest

from scanner.demo.azure.faults import Fault
from scanner.demo.azure.world import Child, Resource
from scanner.model.records import Discovery
from scanner.providers.azure.declaration import catalog
from scanner.providers.azure.findings import lists
from tests.fixtures.azure import FIRST, StartArm, resource_id, subscription, world
from tests.providers.azure.scanning import Result, scanned

SQL = "Microsoft.Sql/servers"
LABELS = "Microsoft.Sql/servers/databases/currentSensitivityLabels"
ALERTS = "Microsoft.Security/alerts"


def label(column: str, **more: Any) -> dict[str, Any]:
    return {"schemaName": "dbo", "tableName": "t1", "columnName": column, **more}


def database(*children: Child, name: str = "server/db", **more: Any) -> Resource:
    properties = {"currentBackupStorageRedundancy": "Local", **more}
    return Resource(
        type=f"{SQL}/databases", name=name, location="francecentral", children=list(children), properties=properties
    )


def server() -> Resource:
    return Resource(type=SQL, name="server", location="francecentral")


def current(column: str, **more: Any) -> Child:
    return Child(type="currentSensitivityLabels", name=f"{column}-current", properties=label(column, **more))


def found(result: Result) -> list[Discovery]:
    return sorted(result.discoveries, key=lambda one: (one.source, one.finding))


def test_labels_of_columns_are_read_with_their_database(arm: StartArm) -> None:
    recommended = Child(
        type="recommendedSensitivityLabels",
        name="b",
        properties=label("b", informationType="Health", isDisabled=True),
    )
    arm(
        world(
            subscription(
                server(),
                database(current("a", informationType="Health", labelName="Confidential"), recommended),
            )
        )
    )
    result = scanned()
    about = resource_id(f"{SQL}/databases", "server/db").lower()
    assert found(result) == [
        Discovery(
            resource=about, source=LABELS, finding="dbo.t1.a", kinds=("Health",), words=("Confidential", "Health")
        ),
        Discovery(
            resource=about,
            source=LABELS.replace("current", "recommended"),
            finding="dbo.t1.b",
            aside=("Health",),
        ),
    ]
    assert result.green


def test_a_paused_database_is_not_woken_for_its_labels(arm: StartArm) -> None:
    simulation = arm(world(subscription(server(), database(current("a", informationType="Health"), status="Paused"))))
    result = scanned()
    assert found(result) == []
    assert simulation.log.matching("GET", "*ensitivityLabels*") == []
    gaps = {(gap.fact, gap.reason.value) for gap in result.named("db").gaps}
    assert ("health.signals", "not_scanned") in gaps
    assert {row.state.value for row in result.rows if row.type == LABELS} == {"skipped"}


def test_the_system_database_is_not_asked(arm: StartArm) -> None:
    simulation = arm(world(subscription(server(), database(name="server/master"))))
    scanned()
    assert simulation.log.matching("GET", "*ensitivityLabels*") == []


@pytest.mark.parametrize(
    ("status", "code", "reason"), [(403, "AuthorizationFailed", "denied"), (429, "x", "throttled")]
)
def test_labels_that_cannot_be_read_are_a_gap_on_the_database_and_a_row(
    arm: StartArm, status: int, code: str, reason: str
) -> None:
    simulation = arm(world(subscription(server(), database(current("a", informationType="Health")))))
    refusal = {"error": {"code": code, "message": "no"}}
    simulation.faults.add(
        Fault(do="answer", path="*/currentSensitivityLabels", status=status, body=refusal, times=None)
    )
    result = scanned()
    gap = next(gap for gap in result.named("db").gaps if gap.fact == "health.signals")
    permission = f"{LABELS}/read" if reason == "denied" else ""
    assert (gap.reason.value, gap.permission) == (reason, permission)
    assert [row.permission for row in result.rows if row.type == LABELS] == [permission]


def alert(name: str, about: str, status: str = "Active", **more: str) -> Child:
    properties = {
        "status": status,
        "extendedProperties": more,
        "resourceIdentifiers": [{"type": "AzureResource", "azureResourceId": about}, {"type": "AAD"}],
    }
    return Child(type=ALERTS, name=name, properties=properties)


def test_what_an_alert_of_defender_says_of_a_container_is_said_of_its_account(arm: StartArm) -> None:
    account = resource_id("Microsoft.Storage/storageAccounts", "archive")
    container = f"{account}/blobServices/default/containers/c"
    told = {"Sensitive information types": "France Health Insurance Number, Credit Card Number"}
    store = Resource(type="Microsoft.Storage/storageAccounts", name="archive", location="francecentral")
    arm(world(subscription(store, diagnostics=[alert("one", container, **told), alert("plain", container)])))
    result = scanned()
    assert found(result) == [
        Discovery(
            resource=account.lower(),
            source=ALERTS,
            finding="one",
            kinds=("Credit Card Number", "France Health Insurance Number"),
        )
    ]


def test_a_subscription_that_never_used_defender_is_a_fact_and_no_gap(arm: StartArm) -> None:
    arm(world(subscription(server(), unregistered=["Microsoft.Security"])))
    result = scanned()
    (row,) = [row for row in result.rows if row.type == ALERTS]
    assert (row.state.value, row.account, row.permission) == ("not_enabled", FIRST, "")
    whole = [row for row in result.rows if row.service == "Microsoft.Resources" and not row.type]
    assert [row.state.value for row in whole] == ["complete"]


def test_lists_hang_below_types_of_the_catalog_and_read() -> None:
    assert {one.below.lower() for one in lists()} - {"subscription"} <= set(catalog())
    assert all(one.permission.endswith("/read") for one in lists())


MAP = "Microsoft.Purview/datamap"


def purview(*assets: dict[str, Any], host: str = "carte.purview.azure.com", **more: Any) -> Resource:
    return Resource(
        type="Microsoft.Purview/accounts",
        name="carte",
        location="francecentral",
        properties={"endpoints": {"catalog": f"https://{host}/catalog"}},
        assets=list(assets),
        **{"data_plane": "full", **more},
    )


def asset(name: str, *kinds: str) -> dict[str, Any]:
    return {"id": name, "qualifiedName": name, "classification": list(kinds)}


def stores() -> tuple[Resource, ...]:
    account = Resource(type="Microsoft.Storage/storageAccounts", name="archive", location="francecentral")
    return account, server(), database()


def test_what_purview_has_classified_is_said_of_the_store_that_holds_it(arm: StartArm) -> None:
    nhs, insee = (
        "MICROSOFT.GOVERNMENT.UK.NATIONAL_HEALTH_SERVICE_NUMBER",
        "MICROSOFT.GOVERNMENT.FRANCE.SOCIAL_SECURITY_NUMBER",
    )
    assets = (
        asset("https://archive.blob.core.windows.net/c/a.csv", nhs, "MICROSOFT.PERSONAL.NAME"),
        asset("https://archive.blob.core.windows.net/c/b.csv", nhs, "MICROSOFT.PERSONAL.NAME"),
        asset("https://archive.dfs.core.windows.net/c/c.csv", "MICROSOFT.PERSONAL.NAME"),
        asset("mssql://server.database.windows.net/db/dbo/t#c", insee),
        asset("mssql://server.database.windows.net/db/dbo/u", "Patient data"),
        asset("https://stranger.blob.core.windows.net/c/d.csv", nhs),
        asset("hdfs://elsewhere/x", nhs),
    )
    simulation = arm(world(subscription(*stores(), purview(*assets))))
    result = scanned()
    account = resource_id("Microsoft.Storage/storageAccounts", "archive").lower()
    sql = resource_id(f"{SQL}/databases", "server/db").lower()
    assert [(one.resource, one.finding, one.kinds, one.words) for one in found(result)] == [
        (account, "https://archive.blob.core.windows.net/c/a.csv", (nhs, "MICROSOFT.PERSONAL.NAME"), ()),
        (sql, "mssql://server.database.windows.net/db/dbo/t#c", (insee,), ()),
        (sql, "mssql://server.database.windows.net/db/dbo/u", ("Patient data",), ("Patient data",)),
    ]
    assert result.green
    assert [row.count for row in result.rows if row.type == MAP] == [2]
    asked = simulation.log.matching("POST", "/datamap/api/search/query")
    assert {entry.host for entry in asked} == {"carte.purview.azure.com"}
    assert len(asked) == 1 + 3, "the facets, and three pages of two assets"


def test_a_map_without_signs_is_not_searched(arm: StartArm) -> None:
    simulation = arm(
        world(subscription(*stores(), purview(asset("https://archive.blob.core.windows.net/c", "MICROSOFT.X"))))
    )
    assert found(scanned()) == []
    assert len(simulation.log.matching("POST", "/datamap/api/search/query")) == 1


def test_a_map_that_may_not_be_read_is_a_row_with_the_role(arm: StartArm) -> None:
    arm(world(subscription(*stores(), purview(data_plane="denied"))))
    (row,) = [row for row in scanned().rows if row.type == MAP]
    assert (row.state.value, row.permission) == ("denied", "Data Reader (role in Purview, on the root collection)")


def test_a_map_that_is_throttled_is_asked_again_and_then_a_row(arm: StartArm) -> None:
    slow = Fault(do="answer", path="/datamap/*", status=429, body={"error": {"code": "TooManyRequests"}}, times=None)
    arm(world(subscription(*stores(), purview())), faults=[slow])
    (row,) = [row for row in scanned().rows if row.type == MAP]
    assert row.state.value == "failed" and row.reason.startswith("throttled")


def test_a_map_at_another_address_is_not_asked_and_gets_no_token(arm: StartArm) -> None:
    simulation = arm(world(subscription(*stores(), purview(host="carte.attacker.example"))))
    (row,) = [row for row in scanned().rows if row.type == MAP]
    assert row.state.value == "partial" and "carte.attacker.example" in row.reason
    assert simulation.log.matching("POST", "/datamap/*") == []


def test_a_map_is_left_alone_when_the_data_plane_is(arm: StartArm) -> None:
    simulation = arm(world(subscription(*stores(), purview())))
    (row,) = [row for row in scanned(data_plane=False).rows if row.type == MAP]
    assert row.state.value == "skipped"
    assert simulation.log.matching("POST", "/datamap/*") == []


FACETS = {"@search.count": 0, "value": []}
ASSET = {"qualifiedName": "https://archive.blob.core.windows.net/c"}


@pytest.mark.parametrize(
    "answers",
    [
        [FACETS],
        [{**FACETS, "@search.facets": {"classification": None}}],
        [{**FACETS, "@search.facets": {"classification": [{"count": 3}]}}],
        [{**FACETS, "@search.facets": {"classification": [{"count": 1, "value": "CARNET"}]}}, {"value": [ASSET]}],
    ],
)
def test_a_map_whose_answer_lacks_what_was_asked_for_is_a_row(arm: StartArm, answers: list[dict[str, Any]]) -> None:
    faults = [Fault(do="answer", path="/datamap/*", status=200, body=body) for body in answers]
    arm(world(subscription(*stores(), purview())), faults=faults)
    (row,) = [row for row in scanned().rows if row.type == MAP]
    assert (row.state.value, row.reason.partition(":")[0]) == ("failed", "malformed")


def test_a_map_with_more_classes_than_are_told_is_a_row(arm: StartArm) -> None:
    classes = [{"count": 1, "value": f"C{index}"} for index in range(1000)]
    told = Fault(
        do="answer", path="/datamap/*", status=200, body={**FACETS, "@search.facets": {"classification": classes}}
    )
    arm(world(subscription(*stores(), purview())), faults=[told])
    (row,) = [row for row in scanned().rows if row.type == MAP]
    assert (row.state.value, row.reason.partition(":")[0]) == ("partial", "truncated")

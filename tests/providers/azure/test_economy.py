"""How many requests a scan costs, counted by the server."""

import math
from collections import Counter

import pytest

from scanner.demo.azure.faults import Fault
from scanner.demo.azure.simulation import Simulation
from scanner.demo.azure.world import Resource
from scanner.model import ObservedKey
from scanner.providers.azure.declaration import catalog
from scanner.providers.azure.graph import KEPT, PAGE, Counts, plan
from scanner.providers.azure.purview import ACCOUNTS
from scanner.providers.contract import Reference
from tests.fixtures.azure import FIRST, SECOND, StartArm, disks, subscription, world
from tests.providers.azure.scanning import Hours, opened, scanned
from tests.providers.azure.test_keys import account, key, vault

SHALLOW = [
    type_.type
    for type_ in catalog().values()
    if type_.read == "graph"
    and type_.encryption.default == "platform"
    and not (type_.children or type_.diagnostics or type_.expand or type_.encryption.full_read)
    and type_.type.lower() != ACCOUNTS
]


def of_many_types(count: int) -> list[Resource]:
    """Resources that need no read of their own, spread over every such type."""
    return [
        Resource(
            type=SHALLOW[number % len(SHALLOW)],
            name="/".join([f"n{number}"] * SHALLOW[number % len(SHALLOW)].count("/")),
            location="francecentral",
        )
        for number in range(count)
    ]


def exporting(target: str) -> Resource:
    """A FHIR service that exports to a storage account, which it knows by name only."""
    properties = {"exportConfiguration": {"storageAccountName": target}}
    return Resource(
        type="Microsoft.HealthcareApis/workspaces/fhirservices",
        name="w/fhir",
        location="francecentral",
        properties=properties,
    )


def test_ten_thousand_resources_of_many_types_take_at_most_twelve_queries(arm: StartArm) -> None:
    hours = Hours()
    simulation = arm(world(subscription(*of_many_types(10_000))), clock=hours)
    result = scanned(hours=hours)
    assert len(result.stores) == 10_000
    assert result.problems() == []
    queries = len(simulation.log.matching("POST", "*/Microsoft.ResourceGraph/resources"))
    assert queries <= 12
    assert len(simulation.log.matching("GET", f"/subscriptions/{FIRST}/resources")) <= 12
    assert result.calls["Microsoft.ResourceGraph:POST resources"] == queries


def test_small_subscriptions_share_one_query(arm: StartArm) -> None:
    simulation = arm(world(subscription(*disks(20)), subscription(*disks(30), id_=SECOND)))
    result = scanned()
    assert len(result.stores) == 50
    assert len(simulation.log.matching("POST", "*/Microsoft.ResourceGraph/resources")) == 2


def test_every_request_is_counted_by_operation(arm: StartArm) -> None:
    simulation = arm(world(subscription(*disks(3))))
    result = scanned()
    asked = [
        entry
        for entry in simulation.log.entries
        if entry.path.startswith(("/subscriptions", "/providers", "/tenants")) and entry.method in ("GET", "POST")
    ]
    assert sum(result.calls.values()) == len(asked)


SUBSCRIPTION = "s"
DOCUMENTED = {
    "microsoft.storage/storageaccounts": 1500,
    "microsoft.sql/servers": 200,
    "microsoft.sql/servers/databases": 600,
    "microsoft.keyvault/vaults": 100,
    "microsoft.cognitiveservices/accounts": 40,
}


def documented() -> Counts:
    """Like the subscription of decision 10: 10,000 resources, most of them of types without children."""
    others = [one.lower() for one in SHALLOW if one.lower() not in DOCUMENTED]
    rest = 10_000 - sum(DOCUMENTED.values())
    even = {one: rest // len(others) + (number < rest % len(others)) for number, one in enumerate(others)}
    return {(SUBSCRIPTION, type_): size for type_, size in {**DOCUMENTED, **even}.items()}


def skewed() -> Counts:
    """10,000 resources of which the commonest type has a fifth, the next a tenth, and so on."""
    names = [one.type.lower() for one in catalog().values() if one.read == "graph"][:60]
    weights = [1 / (place + 1) for place in range(60)]
    return {(SUBSCRIPTION, one): int(10_000 * w / sum(weights)) for one, w in zip(names, weights, strict=True)}


def just_above_half_a_page() -> Counts:
    """The worst for pages of one namespace each: twenty namespaces that share no page."""
    namespaces = {one.namespace.lower(): one.type.lower() for one in catalog().values() if one.read == "graph"}
    return {(SUBSCRIPTION, type_): 501 for type_ in list(namespaces.values())[:20]}


@pytest.mark.parametrize("counts", [documented(), skewed(), just_above_half_a_page()])
def test_pages_are_filled_whatever_the_mix(counts: Counts) -> None:
    batches = set(plan(counts, catalog()).values())
    pages = sum(math.ceil(batch.size / PAGE) for batch in batches)
    assert sum(batch.size for batch in batches) == sum(counts.values()) > 9_900
    assert pages <= math.ceil(sum(counts.values()) / PAGE) + 1


def test_stores_and_accounts_that_were_read_are_not_asked_for_again(arm: StartArm) -> None:
    simulation = arm(world(subscription(vault(key()), account("https://v.vault.azure.net/keys/k"), exporting("acct"))))
    result = scanned()
    assert result.key("https://v.vault.azure.net/keys/k").name == "k"
    assert [(place.target, place.region) for place in result.places] == [("acct", "westeurope")]
    assert len(simulation.log.matching("POST", "*/Microsoft.ResourceGraph/resources")) == 2


def test_a_scan_that_did_not_read_the_stores_itself_asks_for_them(arm: StartArm) -> None:
    simulation = arm(world(subscription(vault(key()), account("https://v.vault.azure.net/keys/k"))))
    collector = opened()
    reference = Reference(kind="key", target="https://v.vault.azure.net/keys/k", account=FIRST, region="westeurope")
    (unit, references), *_ = collector.resolution_units([reference])
    found = list(collector.resolve(unit, references))
    collector.close()
    assert [one.region for one in found if isinstance(one, ObservedKey)] == ["westeurope"]
    assert len(simulation.log.matching("POST", "*/Microsoft.ResourceGraph/resources")) == 2


def test_a_parcel_that_is_too_large_to_keep_is_a_batch_of_its_own() -> None:
    counts = {("s", "microsoft.compute/disks"): KEPT + 1, ("s", "microsoft.batch/batchaccounts"): 3, ("t", "x/y"): 5}
    batches = plan(counts, catalog())
    assert set(batches) == {("s", "microsoft.compute"), ("s", "microsoft.batch")}
    assert batches[("s", "microsoft.compute")].parcels == {("s", "microsoft.compute")}
    assert Counter(len(batch.parcels) for batch in batches.values()) == {1: 2}


def counted(simulation: Simulation) -> int:
    """How many queries opening the scope took."""
    opened().close()
    return len(simulation.log.matching("POST", "*/Microsoft.ResourceGraph/resources"))


def test_a_count_that_is_cut_is_asked_again_for_fewer_subscriptions(arm: StartArm) -> None:
    """Its rows have no id, so that there is no next page: 200 subscriptions of six types are 1,200 rows."""
    many = [subscription(*of_many_types(6), id_=f"{number:08}-0000-4000-8000-000000000001") for number in range(200)]
    simulation = arm(world(*many))
    assert counted(simulation) == 1 + 2
    collector = opened()
    units = {(unit.account, unit.service) for unit in collector.units()}
    collector.close()
    assert {account for account, service in units if service != "Microsoft.Resources"} == {one.id for one in many}


def test_a_count_of_one_subscription_that_is_cut_is_a_row_and_its_resources_are_read_one_by_one(arm: StartArm) -> None:
    cut = {"totalRecords": 2000, "count": 0, "data": [], "facets": [], "resultTruncated": "true"}
    fault = Fault(do="answer", path="*/Microsoft.ResourceGraph/resources", contains="summarize", status=200, body=cut)
    arm(world(subscription(*disks(2))), faults=[fault])
    result = scanned()
    assert {one.name for one in result.stores} == {"disk-0000", "disk-0001"}
    assert any(row.reason.startswith("truncated:") and "was cut" in row.reason for row in result.rows)
    assert not result.green

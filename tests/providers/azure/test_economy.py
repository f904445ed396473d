"""How many requests a scan costs, counted by the server."""

from scanner.demo.azure.world import Resource
from scanner.providers.azure.declaration import catalog
from scanner.providers.azure.graph import PAGE, plan
from tests.fixtures.azure import FIRST, SECOND, StartArm, disks, subscription, world
from tests.providers.azure.scanning import Hours, scanned

SHALLOW = [
    type_.type
    for type_ in catalog().values()
    if type_.read == "graph"
    and type_.encryption.default == "platform"
    and not (type_.children or type_.diagnostics or type_.expand or type_.encryption.full_read)
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


def test_ten_thousand_resources_of_many_types_take_about_ten_queries(arm: StartArm) -> None:
    hours = Hours()
    simulation = arm(world(subscription(*of_many_types(10_000))), clock=hours)
    result = scanned(hours=hours)
    assert len(result.stores) == 10_000
    assert result.problems() == []
    queries = len(simulation.log.matching("POST", "*/Microsoft.ResourceGraph/resources"))
    assert queries <= 15
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
        if entry.path.startswith(("/subscriptions", "/providers")) and entry.method in ("GET", "POST")
    ]
    assert sum(result.calls.values()) == len(asked)


def test_a_parcel_above_a_page_is_a_batch_of_its_own() -> None:
    counts = {("s", "microsoft.compute/disks"): PAGE + 1, ("s", "microsoft.batch/batchaccounts"): 3, ("t", "x/y"): 5}
    batches = plan(counts, catalog())
    assert set(batches) == {("s", "microsoft.compute"), ("s", "microsoft.batch")}
    assert batches[("s", "microsoft.compute")].parcels == {("s", "microsoft.compute")}

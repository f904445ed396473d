import pytest
from azure.core.exceptions import HttpResponseError

from scanner.demo.azure.throttle import Limits
from scanner.demo.azure.world import Resource
from tests.demo.azure.clients import Raw, error_code, resources_client
from tests.fixtures.azure import FIRST, SECOND, StartArm, disks, resource_id, subscription, world

LIST = f"/subscriptions/{FIRST}/resources"
VERSION = "2025-04-01"


def test_a_bucket_empties_refills_with_time_and_is_one_for_each_subscription(arm: StartArm) -> None:
    now = [1_000_000.0]
    arm(
        world(subscription(), subscription(id_=SECOND)),
        clock=lambda: now[0],
        limits=Limits(reads_deep=3, reads_rate=0.5),
    )
    raw = Raw()
    left = [raw.get(LIST, VERSION).headers["x-ms-ratelimit-remaining-subscription-reads"] for _ in range(3)]
    assert left == ["2", "1", "0"]
    refused = raw.get(LIST, VERSION)
    assert (refused.status_code, error_code(refused)) == (429, "SubscriptionRequestsThrottled")
    assert refused.headers["Retry-After"] == "2"
    assert raw.get(LIST.replace(FIRST, SECOND), VERSION).status_code == 200
    now[0] += 2
    assert raw.get(LIST, VERSION).status_code == 200


def test_azures_own_figures_are_the_default(arm: StartArm) -> None:
    now = [1_000_000.0]
    arm(world(subscription()), clock=lambda: now[0])
    raw = Raw()
    statuses = [raw.get(LIST, VERSION).status_code for _ in range(251)]
    assert statuses == [200] * 250 + [429]
    now[0] += 1
    assert [raw.get(LIST, VERSION).status_code for _ in range(26)] == [200] * 25 + [429]


def test_principals_share_the_subscriptions_bucket(arm: StartArm) -> None:
    limits = Limits(reads_deep=2, reads_rate=0.001, all_principals=1)
    arm(world(subscription()), limits=limits, clock=lambda: 1_000_000.0)
    raw = Raw()
    assert [raw.get(LIST, VERSION).status_code for _ in range(3)] == [200, 200, 429]


def test_storage_has_a_limit_of_its_own_for_reads_and_for_lists(arm: StartArm) -> None:
    now = [1_000_000.0]
    account = Resource(type="Microsoft.Storage/storageAccounts", name="a", location="francecentral")
    limits = Limits(storage_reads=2, storage_lists=1)
    arm(world(subscription(account, *disks(1))), limits=limits, clock=lambda: now[0])
    raw, one = Raw(), resource_id("Microsoft.Storage/storageAccounts", "a")
    every = f"/subscriptions/{FIRST}/providers/Microsoft.Storage/storageAccounts"
    assert [raw.get(one, "2025-06-01").status_code for _ in range(3)] == [200, 200, 429]
    assert [raw.get(every, "2025-06-01").status_code for _ in range(2)] == [200, 429]
    now[0] += 100
    refused = raw.get(one, "2025-06-01")
    assert (error_code(refused), refused.headers["Retry-After"]) == ("TooManyRequests", "200")
    assert raw.get(resource_id("Microsoft.Compute/disks", "disk-0000"), "2025-01-02").status_code == 200
    now[0] += 200
    assert raw.get(one, "2025-06-01").status_code == 200


def test_the_sdk_meets_a_429_without_retry_after(arm: StartArm) -> None:
    limits = Limits(reads_deep=1, reads_rate=0.001, retry_after=False)
    simulation = arm(world(subscription()), limits=limits)
    client = resources_client(retry_total=0)
    assert list(client.resources.list()) == []
    with pytest.raises(HttpResponseError) as refused:
        list(client.resources.list())
    assert refused.value.status_code == 429
    assert refused.value.response is not None and "Retry-After" not in refused.value.response.headers
    assert [entry.status for entry in simulation.log.matching("GET", LIST)] == [200, 429]

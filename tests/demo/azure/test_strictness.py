"""Whatever Azure does not have is refused, in its own words; nothing can be changed."""

import pytest
import requests

from tests.demo.azure.clients import Raw, error_code
from tests.fixtures.azure import FIRST, StartArm, disks, resource_id, subscription, world

DISK = resource_id("Microsoft.Compute/disks", "disk-0000")


@pytest.mark.parametrize(
    ("path", "version", "status", "code"),
    [
        ("/", "2022-12-01", 404, "NotFound"),
        ("/resources", "2022-12-01", 404, "NotFound"),
        ("/subscriptions", None, 400, "MissingApiVersionParameter"),
        ("/subscriptions", "2030-01-01", 400, "InvalidApiVersionParameter"),
        (f"/subscriptions/{FIRST}/everything", "2022-12-01", 404, "NotFound"),
        (f"/subscriptions/{FIRST}/providers/Microsoft.Nothing/things", "2022-12-01", 404, "InvalidResourceNamespace"),
        (f"/subscriptions/{FIRST}/providers/Microsoft.Compute/disk", "2025-01-02", 404, "InvalidResourceType"),
        (f"/subscriptions/{FIRST}/providers/Microsoft.Sql/servers/databases", "2025-01-01", 404, "NotFound"),
        (f"/subscriptions/{FIRST}/resourceGroups/none", "2025-04-01", 404, "ResourceGroupNotFound"),
        (DISK, None, 400, "MissingApiVersionParameter"),
        (DISK, "2010-01-01", 400, "NoRegisteredProviderFound"),
        (f"{DISK}/snapshots", "2025-01-02", 404, "InvalidResourceType"),
        (f"{DISK}-9", "2025-01-02", 404, "ResourceNotFound"),
    ],
)
def test_an_unknown_path_or_version_has_azures_own_error(
    arm: StartArm, path: str, version: str | None, status: int, code: str
) -> None:
    arm(world(subscription(*disks(1))))
    answer = Raw().get(path, version)
    assert (answer.status_code, error_code(answer)) == (status, code)


def test_a_wrong_version_is_answered_with_those_that_exist(arm: StartArm) -> None:
    arm(world(subscription(*disks(1))))
    message = Raw().get(DISK, "2010-01-01").json()["error"]["message"]
    assert message.startswith(
        "No registered resource provider found for location 'France Central' and API version '2010-01-01'"
        " for type 'disks'."
    )
    assert "The supported api-versions are '2026-03-02, 2025-01-02'." in message
    assert "The supported locations are 'Australia Central, " in message


@pytest.mark.parametrize(
    ("path", "version"),
    [
        ("/subscriptions", "2022-12-01"),
        (f"/subscriptions/{FIRST}/resources", "2025-04-01"),
        (f"/subscriptions/{FIRST}/providers/Microsoft.Compute/disks", "2025-01-02"),
        (DISK, "2025-01-02"),
    ],
)
def test_an_unknown_parameter_is_refused(arm: StartArm, path: str, version: str) -> None:
    arm(world(subscription(*disks(1))))
    answer = Raw().get(path, version, **{"$fields": "all"})
    assert (answer.status_code, error_code(answer)) == (400, "InvalidQueryParameter")


def test_a_parameter_given_twice_is_refused(arm: StartArm) -> None:
    arm(world(subscription()))
    raw = Raw()
    url = f"{raw.base}/subscriptions?api-version=2022-12-01&api-version=2020-01-01"
    assert raw.session.get(url, timeout=10).status_code == 400


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST", "HEAD", "OPTIONS"])
def test_a_write_is_refused_and_remembered(arm: StartArm, method: str) -> None:
    simulation = arm(world(subscription(*disks(1))), violations=True)
    raw = Raw()
    answer = raw.session.request(method, f"{raw.base}{DISK}?api-version=2025-01-02", timeout=10)
    assert answer.status_code == 405
    assert simulation.log.violations == [f"{method} 127.0.0.1{DISK}"]
    assert raw.get(DISK, "2025-01-02").status_code == 200


def test_a_write_to_a_disabled_subscription_is_a_conflict_and_a_read_is_not(arm: StartArm) -> None:
    simulation = arm(world(subscription(*disks(1), state="Disabled")), violations=True)
    raw = Raw()
    refused = raw.session.put(f"{raw.base}{DISK}?api-version=2025-01-02", json={}, timeout=10)
    assert (refused.status_code, error_code(refused)) == (409, "ReadOnlyDisabledSubscription")
    assert raw.get(DISK, "2025-01-02").status_code == 200
    assert len(simulation.log.violations) == 1


def test_a_host_outside_the_simulated_cloud_is_out_of_reach_and_remembered(arm: StartArm) -> None:
    simulation = arm(world(subscription()), violations=True)
    with pytest.raises(requests.exceptions.ProxyError):
        requests.get("https://management.example/subscriptions", timeout=10)
    assert simulation.log.violations == ["CONNECT management.example:443"]


def test_resource_graph_is_not_read_by_get(arm: StartArm) -> None:
    arm(world(subscription()))
    assert Raw().get("/providers/Microsoft.ResourceGraph/resources", "2022-10-01").status_code == 404

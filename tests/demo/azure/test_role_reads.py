"""Role assignments and definitions as Microsoft.Authorization answers them."""

from typing import Any

import pytest

from scanner.demo.azure.world import Role, RoleAssignment
from tests.demo.azure.clients import Raw, error_code
from tests.fixtures.azure import FIRST, SECOND, TENANT, StartArm, disks, resource_id, subscription, world

DISK = resource_id("Microsoft.Compute/disks", "disk-0000")
VERSION = "2022-04-01"
ASSIGNMENTS = "providers/Microsoft.Authorization/roleAssignments"
OWN = Role(id="aaaaaaaa-0000-4000-8000-000000000001", name="ours", type="CustomRole", tenant=TENANT)
SCOPES = ["/", f"/subscriptions/{FIRST}", f"/subscriptions/{FIRST}/resourceGroups/rg", DISK, f"/subscriptions/{SECOND}"]


def start(arm: StartArm, **more: Any) -> Raw:
    found = [RoleAssignment(scope=scope, role="ours", principal=str(number)) for number, scope in enumerate(SCOPES)]
    arm(world(subscription(*disks(1), **more), subscription(id_=SECOND), roles=[OWN], role_assignments=found))
    return Raw()


@pytest.mark.parametrize(
    ("scope", "filtered", "expected"),
    [
        (DISK, "", "0123"),
        (DISK.upper().replace("/SUBSCRIPTIONS", "/subscriptions"), "", "0123"),
        (f"/subscriptions/{FIRST}", "", "0123"),
        (f"/subscriptions/{FIRST}", "atScope()", "01"),
        (f"/subscriptions/{FIRST}/resourceGroups/rg", "atScope()", "012"),
    ],
)
def test_a_list_holds_what_is_at_above_and_below_its_scope(
    arm: StartArm, scope: str, filtered: str, expected: str
) -> None:
    raw = start(arm)
    path = f"{scope}/{ASSIGNMENTS}" + (f"?$filter={filtered}" if filtered else "")
    url = f"{raw.base}{path}{'&' if filtered else '?'}api-version={VERSION}"
    answer = raw.session.get(url, timeout=10).json()
    assert "".join(one["properties"]["principalId"] for one in answer["value"]) == expected


def test_a_definition_is_read_by_its_id(arm: StartArm) -> None:
    raw = start(arm)
    path = f"/subscriptions/{FIRST}/providers/Microsoft.Authorization/roleDefinitions/{OWN.id}"
    assert raw.get(path, VERSION).json()["properties"]["roleName"] == "ours"
    assert error_code(raw.get(f"{path}2", VERSION)) == "RoleDefinitionDoesNotExist"


@pytest.mark.parametrize(
    ("path", "version", "status", "code"),
    [
        (f"{DISK}/{ASSIGNMENTS}", "2030-01-01", 400, "InvalidApiVersionParameter"),
        (f"{DISK}/{ASSIGNMENTS}?$filter=principalType", VERSION, 400, "UnsupportedQuery"),
        (f"{DISK}/{ASSIGNMENTS}?$top=1", VERSION, 400, "InvalidQueryParameter"),
        (f"{DISK}/providers/Microsoft.Authorization/locks", VERSION, 404, "NotFound"),
        (f"{DISK}/{ASSIGNMENTS}/one", VERSION, 404, "NotFound"),
    ],
)
def test_anything_else_is_refused(arm: StartArm, path: str, version: str, status: int, code: str) -> None:
    raw = start(arm)
    url = f"{raw.base}{path}{'&' if '?' in path else '?'}api-version={version}"
    answer = raw.session.get(url, timeout=10)
    assert (answer.status_code, error_code(answer)) == (status, code)


def test_without_the_right_there_is_no_list(arm: StartArm) -> None:
    raw = start(arm, roles="denied")
    answer = raw.get(f"{DISK}/{ASSIGNMENTS}", VERSION)
    assert (answer.status_code, error_code(answer)) == (403, "AuthorizationFailed")
    assert "Microsoft.Authorization/roleAssignments/read" in answer.json()["error"]["message"]

"""The generated role against the reads that really happen."""

from scanner.demo.azure.world import read_world
from scanner.providers.azure.permissions import actions, optional, reader
from tests.fixtures.azure import StartArm
from tests.providers.azure.scanning import scanned
from tests.providers.azure.test_demo import DEMO


def test_no_action_of_the_role_writes() -> None:
    assert actions()
    assert all(action.endswith("/read") and "*" not in action for action in actions())


def test_the_role_is_a_definition_that_the_cli_takes() -> None:
    role = reader().definition(("s",))
    assert role["IsCustom"] is True
    assert role["AssignableScopes"] == ["/subscriptions/s"]
    assert role["DataActions"] == [] and role["NotActions"] == []


def test_every_read_of_the_demo_is_in_the_role_or_optional(arm: StartArm) -> None:
    arm(read_world(DEMO))
    granted = {action.lower() for action in (*actions(), *optional()["tenant"])}
    unlisted = []
    for operation in scanned().calls:
        namespace, _, rest = operation.partition(":")
        method, _, path = rest.partition(" ")
        if namespace in ("KeyVault", "ManagedHSM"):
            continue
        if f"{namespace}/{path}/read".lower() not in granted:
            unlisted.append((method, f"{namespace}/{path}/read"))
    assert unlisted == []

"""Who may decrypt with the keys of a vault that uses Azure roles."""

from typing import Any

import pytest

from scanner.demo.azure.faults import Fault
from scanner.demo.azure.paging import PageSizes
from scanner.demo.azure.world import ManagementGroup, Role, RoleAssignment, Subscription
from scanner.model import CoverageState, GapReason
from scanner.providers.azure.roles import USES
from tests.fixtures.azure import FIRST, OTHER_TENANT, SECOND, TENANT, StartArm, subscription, tenant, world
from tests.providers.azure.scanning import scanned
from tests.providers.azure.test_keys import VAULT_KEY, account, facts, key, vault

VAULT = f"/subscriptions/{FIRST}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/v"
OFFICER = "Key Vault Crypto Officer"


def with_roles(**more: Any) -> Subscription:
    """A store with a key in a vault that asks Azure roles who may use it."""
    return subscription(account(VAULT_KEY), vault(key(), more={"enableRbacAuthorization": True}), **more)


def assigned(scope: str, role: str = OFFICER, principal: str = "p", **more: Any) -> RoleAssignment:
    return RoleAssignment(scope=scope, role=role, principal=principal, **more)


@pytest.mark.parametrize(
    "scope",
    [
        VAULT,
        VAULT.upper(),
        f"{VAULT}/keys/K",
        f"/subscriptions/{FIRST}/resourceGroups/RG",
        f"/subscriptions/{FIRST}",
        "/providers/Microsoft.Management/managementGroups/upper",
        "/",
    ],
)
def test_a_role_at_or_above_the_key_may_decrypt(arm: StartArm, scope: str) -> None:
    groups = [
        ManagementGroup(id="upper", display_name="U", tenant=TENANT),
        ManagementGroup(id="lower", display_name="L", tenant=TENANT, parent="upper", subscriptions=[FIRST]),
    ]
    arm(world(with_roles(), management_groups=groups, role_assignments=[assigned(scope)]))
    (found,) = scanned().key(VAULT_KEY).principals or ()
    assert (found.id, found.via, found.external, found.actions) == ("p", "role", False, USES)


@pytest.mark.parametrize(
    "scope",
    [
        f"{VAULT}/keys/another",
        f"{VAULT}/secrets/k",
        f"{VAULT}2",
        f"/subscriptions/{FIRST}/resourceGroups/r",
        f"/subscriptions/{SECOND}",
        "/providers/Microsoft.Management/managementGroups/other",
    ],
)
def test_a_role_beside_the_key_may_not(arm: StartArm, scope: str) -> None:
    groups = [ManagementGroup(id="other", display_name="O", tenant=TENANT)]
    arm(world(with_roles(), management_groups=groups, role_assignments=[assigned(scope)]))
    result = scanned()
    assert result.key(VAULT_KEY).principals == ()
    assert "principals" not in facts(result, VAULT_KEY)
    assert result.green


CUSTOM = "aaaaaaaa-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("data_actions", "denied", "uses"),
    [
        (["*"], [], USES),
        (["Microsoft.KeyVault/vaults/keys/*/action"], [], USES),
        (["microsoft.keyvault/VAULTS/keys/unwrap/action"], [], USES[1:]),
        (["Microsoft.KeyVault/vaults/*"], ["Microsoft.KeyVault/vaults/keys/*"], ()),
        (["Microsoft.KeyVault/vaults/keys/*"], ["*/decrypt/action"], USES[1:]),
        (["Microsoft.KeyVault/vaults/keys/read", "Microsoft.KeyVault/vaults/keys/wrap/action"], [], ()),
        (["Microsoft.KeyVault/vaults/keys/decrypt"], [], ()),
        ([], [], ()),
    ],
)
def test_a_custom_role_grants_what_its_data_actions_say(
    arm: StartArm, data_actions: list[str], denied: list[str], uses: tuple[str, ...]
) -> None:
    role = Role(
        id=CUSTOM, name="ours", type="CustomRole", tenant=TENANT, data_actions=data_actions, not_data_actions=denied
    )
    arm(world(with_roles(), roles=[role], role_assignments=[assigned(VAULT, "ours")]))
    assert [one.actions for one in scanned().key(VAULT_KEY).principals or ()] == ([uses] if uses else [])


@pytest.mark.parametrize("role", ["Owner", "Reader", "Key Vault Certificate User"])
def test_a_role_without_data_actions_on_keys_does_not_decrypt(arm: StartArm, role: str) -> None:
    arm(world(with_roles(), role_assignments=[assigned(f"/subscriptions/{FIRST}", role)]))
    assert scanned().key(VAULT_KEY).principals == ()


def test_a_group_of_another_tenant_is_external_and_the_rest_is_said_to_be_unknown(arm: StartArm) -> None:
    found = [
        assigned(VAULT, principal="partner", principal_type="ForeignGroup"),
        assigned(VAULT, principal="somebody", principal_type="User", condition="@Resource[x] StringEquals 'k'"),
    ]
    arm(world(with_roles(), role_assignments=found))
    result = scanned()
    principals = result.key(VAULT_KEY).principals or ()
    assert [(one.id, one.external) for one in principals] == [("partner", True), ("somebody", False)]
    assert [one.conditions for one in principals] == [(), ("@Resource[x] StringEquals 'k'",)]
    assert facts(result, VAULT_KEY)["principals"] is GapReason.INVISIBLE


def test_only_groups_of_other_tenants_leave_nothing_open(arm: StartArm) -> None:
    arm(world(with_roles(), role_assignments=[assigned(VAULT, principal_type="ForeignGroup")]))
    assert "principals" not in facts(scanned(), VAULT_KEY)


def test_a_delegated_subscription_says_that_its_managers_roles_are_in_no_list(arm: StartArm) -> None:
    arm(world(with_roles(managed_by=[OTHER_TENANT])))
    result = scanned()
    (gap,) = [gap for gap in result.key(VAULT_KEY).gaps if gap.fact == "principals"]
    assert (gap.reason, OTHER_TENANT in gap.detail) == (GapReason.INVISIBLE, True)


def test_refused_assignments_are_a_gap_with_the_permission_and_a_row(arm: StartArm) -> None:
    arm(world(with_roles(roles="denied"), role_assignments=[assigned(VAULT)]))
    result = scanned()
    found = result.key(VAULT_KEY)
    (gap,) = [gap for gap in found.gaps if gap.fact == "principals"]
    assert found.principals is None
    assert (gap.reason, gap.permission) == (GapReason.DENIED, "Microsoft.Authorization/roleAssignments/read")
    assert ("1", "Microsoft.Authorization/roleAssignments", "denied") in result.problems()


def test_a_role_that_nobody_can_read_leaves_its_holders_open(arm: StartArm) -> None:
    unreadable = assigned(VAULT, "bbbbbbbb-0000-4000-8000-000000000001", "somebody")
    arm(world(with_roles(), role_assignments=[unreadable, assigned(VAULT, principal="known")]))
    result = scanned()
    found = result.key(VAULT_KEY)
    assert [one.id for one in found.principals or ()] == ["known"]
    assert GapReason.GONE in {gap.reason for gap in found.gaps if gap.fact == "principals"}
    assert not result.green


def test_an_assignment_without_a_role_is_not_followed(arm: StartArm) -> None:
    body = {"value": [{"properties": {"scope": "/", "roleDefinitionId": "../../deletedVaults", "principalId": "p"}}]}
    simulation = arm(
        world(with_roles()), faults=[Fault(do="answer", path="*/roleAssignments", status=200, body=body, times=None)]
    )
    result = scanned()
    assert facts(result, VAULT_KEY)["principals"] is GapReason.MALFORMED
    assert simulation.log.matching("GET", "*/roleDefinitions/*") == []


def test_assignments_come_in_pages_and_each_role_is_read_once(arm: StartArm) -> None:
    many = [assigned(VAULT, principal=f"p{number}") for number in range(7)]
    other = vault(key(), name="w", more={"enableRbacAuthorization": True})
    stores = subscription(
        account(VAULT_KEY),
        account("https://w.vault.azure.net/keys/k", "second"),
        other,
        vault(key("k"), key("l"), more={"enableRbacAuthorization": True}),
        account("https://v.vault.azure.net/keys/l", "third"),
    )
    simulation = arm(
        world(stores, role_assignments=[*many, assigned(f"/subscriptions/{FIRST}", principal="all")]),
        sizes=PageSizes(by_type=2),
    )
    result = scanned()
    assert len(result.key(VAULT_KEY).principals or ()) == 8
    assert [one.id for one in result.key("https://w.vault.azure.net/keys/k").principals or ()] == ["all"]
    assert len(simulation.log.matching("GET", "*/roleDefinitions/*")) == 1
    assert len(simulation.log.matching("GET", "*/vaults/v/providers/*/roleAssignments")) == 5
    assert result.green


def test_the_roles_of_another_tenants_vault_are_not_asked_for(arm: StartArm) -> None:
    other = subscription(vault(key()), id_=SECOND, tenant_id=OTHER_TENANT)
    simulation = arm(world(subscription(account(VAULT_KEY)), other, tenants=(tenant(), tenant(OTHER_TENANT))))
    result = scanned()
    assert result.key(VAULT_KEY).principals is None
    assert simulation.log.matching("GET", "*/roleAssignments") == []
    assert CoverageState.DENIED not in {row.state for row in result.rows}

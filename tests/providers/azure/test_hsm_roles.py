"""Who may decrypt with the keys of a managed HSM: its local roles, read on its own host."""

import pytest

from scanner.demo.azure.faults import Fault
from scanner.demo.azure.world import LocalRole, World
from scanner.model import GapReason
from scanner.providers.azure.hsm_roles import USES
from tests.fixtures.azure import StartArm, subscription, world
from tests.providers.azure.scanning import scanned
from tests.providers.azure.test_keys import HSM_KEY, account, facts, hsm, key

USER, ENCRYPTION_USER = "Managed HSM Crypto User", "Managed HSM Crypto Service Encryption User"
OTHER_KEY = "https://h.managedhsm.azure.net/keys/other"


def estate(*roles: LocalRole, data_plane: str = "full") -> World:
    """A store with a key in a managed HSM whose local roles are these."""
    store = hsm(key(kty="RSA-HSM"), key("other", "RSA-HSM"), data_plane=data_plane, local_roles=list(roles))
    return world(subscription(account(HSM_KEY), account(OTHER_KEY, "second"), store))


@pytest.mark.parametrize("scope", ["/", "/keys", "/keys/k", "/keys/K"])
def test_a_local_role_at_or_above_the_key_may_decrypt(arm: StartArm, scope: str) -> None:
    arm(estate(LocalRole(role=USER, principal="p", scope=scope)))
    result = scanned()
    (found,) = result.key(HSM_KEY).principals or ()
    assert (found.id, found.via, found.external, found.actions) == ("p", "role", False, USES)
    # Who the principal is, and of which tenant, is in Entra ID.
    assert facts(result, HSM_KEY)["principals"] is GapReason.INVISIBLE
    assert result.green


def test_a_service_that_only_unwraps_is_listed_with_that(arm: StartArm) -> None:
    arm(estate(LocalRole(role=ENCRYPTION_USER, principal="storage")))
    assert [one.actions for one in scanned().key(HSM_KEY).principals or ()] == [USES[1:]]


@pytest.mark.parametrize(
    "role",
    [
        LocalRole(role=USER, principal="p", scope="/keys/other"),
        LocalRole(role="Managed HSM Administrator", principal="p"),
        LocalRole(role="Managed HSM Crypto Auditor", principal="p"),
    ],
)
def test_a_role_beside_the_key_or_without_its_use_may_not(arm: StartArm, role: LocalRole) -> None:
    arm(estate(role))
    result = scanned()
    assert result.key(HSM_KEY).principals == ()
    assert "principals" not in facts(result, HSM_KEY)


def test_refused_local_roles_are_a_gap_with_the_role_to_ask_for_and_the_key_is_read(arm: StartArm) -> None:
    arm(estate(LocalRole(role=USER, principal="p"), data_plane="keys"))
    result = scanned()
    found = result.key(HSM_KEY)
    (gap,) = [gap for gap in found.gaps if gap.fact == "principals"]
    assert (gap.reason, gap.operation) == (GapReason.DENIED, "ManagedHSM:GET roleDefinitions")
    assert gap.permission == "Managed HSM Crypto Auditor (local role inside the HSM)"
    assert (found.principals, found.state) == (None, "enabled")
    assert ("1", "Microsoft.KeyVault/managedHSMs", "denied") in result.problems()


def test_without_the_data_plane_the_gap_names_the_role_too(arm: StartArm) -> None:
    simulation = arm(estate(LocalRole(role=USER, principal="p")))
    (gap,) = [gap for gap in scanned(data_plane=False).key(HSM_KEY).gaps if gap.fact == "principals"]
    assert (gap.reason, "Crypto Auditor" in gap.permission) == (GapReason.NOT_SCANNED, True)
    assert [entry for entry in simulation.log.entries if "managedhsm" in entry.host] == []


def test_a_role_that_the_hsm_does_not_list_leaves_its_holder_open(arm: StartArm) -> None:
    arm(estate(LocalRole(role="no-such-role", principal="p")))
    result = scanned()
    assert result.key(HSM_KEY).principals == ()
    assert facts(result, HSM_KEY)["principals"] is GapReason.MALFORMED


def test_the_roles_of_the_whole_hsm_are_read_once_for_all_its_keys(arm: StartArm) -> None:
    simulation = arm(estate(LocalRole(role=USER, principal="p")))
    result = scanned()
    assert [one.id for one in result.key(OTHER_KEY).principals or ()] == ["p"]
    asked = sorted(entry.path for entry in simulation.log.matching("GET", "*/roleAssignments"))
    assert asked == [
        f"{scope}/providers/Microsoft.Authorization/roleAssignments"
        for scope in ("/keys/k", "/keys/other", "/keys", "")
    ]
    assert len(simulation.log.matching("GET", "*/roleDefinitions")) == 1


def test_assignments_without_an_id_are_each_read(arm: StartArm) -> None:
    """An id is nothing that the answer needs: two holders must not become one."""
    name = "21dbd100-6940-42c2-9190-5d6cb909625b"
    held = [
        {"properties": {"scope": "/", "principalId": who, "roleDefinitionId": f"Microsoft.KeyVault/x/{name}"}}
        for who in ("p", "q")
    ]
    told = Fault(do="answer", path="/providers/*/roleAssignments", status=200, body={"value": held})
    arm(estate(LocalRole(role=USER, principal="p")), faults=[told])
    assert {one.id for one in scanned().key(HSM_KEY).principals or ()} == {"p", "q"}

"""An answer that drips has an end, whatever it is an answer to."""

import time

import pytest

from scanner.demo.azure.faults import Fault
from scanner.errors import CannotRunError
from scanner.model import GapReason
from scanner.providers.azure import provider
from scanner.providers.contract import Limits
from tests.fixtures.azure import FIRST, StartArm, subscription, world
from tests.providers.azure.scanning import scanned
from tests.providers.azure.test_keys import VAULT_KEY, key, vault
from tests.providers.azure.test_scenarios import account

LIMITS = Limits(read_timeout=0.5)
GRAPH = "/providers/Microsoft.ResourceGraph/resources"
PLATFORM = "https://v.vault.azure.net/keys/k"


def dripping(path: str, **more: str) -> Fault:
    """A byte well within the limit for silence, of an answer that is far longer than the limit for the whole."""
    return Fault(do="drip", path=path, seconds=0.05, times=None, **more)


@pytest.mark.parametrize(
    "fault",
    [
        dripping(f"/subscriptions/{FIRST}/resources"),
        dripping("*/encryptionScopes"),
        dripping(GRAPH, contains="where type in~"),
    ],
)
def test_an_answer_that_drips_costs_the_limit_of_a_call_once_and_is_a_row(arm: StartArm, fault: Fault) -> None:
    simulation = arm(world(subscription(account())), faults=[fault])
    started = time.monotonic()
    result = scanned(limits=LIMITS)
    assert time.monotonic() - started < 3 * LIMITS.call_timeout
    assert simulation.faults.applied == 1
    assert any(row.reason.startswith("unreachable:") for row in result.rows)
    assert not result.green


def test_an_answer_of_a_vault_that_drips_through_a_proxy_is_a_gap(arm: StartArm) -> None:
    keyed = {"keySource": "Microsoft.Keyvault", "keyvaultproperties": {"currentVersionedKeyIdentifier": VAULT_KEY}}
    stores = subscription(account(properties={"encryption": keyed}), vault(key(kty="RSA-HSM"), data_plane="full"))
    simulation = arm(world(stores), faults=[dripping("/keys/k*")])
    (gap,) = [gap for gap in scanned(limits=LIMITS).key(VAULT_KEY).gaps if gap.fact == "native.hsm_platform"]
    assert (gap.reason, simulation.faults.applied) == (GapReason.UNREACHABLE, 1)


def test_a_sign_in_that_drips_ends(arm: StartArm) -> None:
    arm(world(subscription(account())), faults=[dripping("*/oauth2/v2.0/token")])
    started = time.monotonic()
    with pytest.raises(CannotRunError):
        provider.open({}, LIMITS)
    assert time.monotonic() - started < 4 * LIMITS.call_timeout


def test_a_connection_is_used_again_after_an_answer_and_keeps_its_own_limit(arm: StartArm) -> None:
    slow = Fault(do="slow", path="*/encryptionScopes", seconds=0.3, times=None)
    arm(world(subscription(account())), faults=[slow])
    assert scanned(limits=LIMITS).green

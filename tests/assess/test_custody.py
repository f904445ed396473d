import pytest
from msgspec.structs import replace

from scanner.assess.custody import CUSTOMER, custody_of_key, encryption_of
from scanner.model import (
    Custody,
    EncryptionState,
    GapReason,
    Holder,
    KeyManager,
    KeyOrigin,
    KeyOwner,
    ObservedEncryption,
)
from tests import samples

THALES = Holder(operator="thales-ciphertrust", country="FR", parent_country="FR", basis="declared")


@pytest.mark.parametrize(
    ("changes", "holder", "custody"),
    [
        ({"manager": KeyManager.PROVIDER}, None, Custody.PROVIDER_MANAGED),
        ({"manager": KeyManager.PROVIDER, "origin": None}, None, Custody.PROVIDER_MANAGED),
        ({}, None, Custody.CUSTOMER_MANAGED_IN_PROVIDER_KMS),
        ({"origin": KeyOrigin.IMPORTED}, None, Custody.CUSTOMER_IMPORTED),
        ({"origin": KeyOrigin.IMPORTED}, THALES, Custody.CUSTOMER_IMPORTED),
        ({"origin": KeyOrigin.PROVIDER_HSM}, None, Custody.PROVIDER_HSM),
        ({"origin": KeyOrigin.EXTERNAL_STORE}, None, Custody.EXTERNAL_HOLDER_NOT_ESTABLISHED),
        ({"origin": KeyOrigin.EXTERNAL_STORE}, THALES, Custody.EXTERNAL_THIRD_PARTY),
        ({"manager": None}, None, Custody.UNKNOWN),
        ({"origin": None}, None, Custody.UNKNOWN),
    ],
)
def test_rung_of_a_key(changes, holder, custody) -> None:
    assert custody_of_key(samples.key(**changes), holder) is custody


def test_a_holder_inferred_from_a_host_name_does_not_establish_custody() -> None:
    inferred = Holder(operator="ovhcloud", country="FR", parent_country="FR", basis="indicated")
    key = samples.key(origin=KeyOrigin.EXTERNAL_STORE)
    assert custody_of_key(key, inferred) is Custody.EXTERNAL_HOLDER_NOT_ESTABLISHED


def test_the_customers_own_key_manager_is_a_rung_of_its_own() -> None:
    own = Holder(operator=CUSTOMER, country="FR", parent_country=None, basis="declared")
    assert custody_of_key(samples.key(origin=KeyOrigin.EXTERNAL_STORE), own) is Custody.EXTERNAL_CUSTOMER


def encrypted(*keys: str, owner: KeyOwner = KeyOwner.REFERENCED) -> ObservedEncryption:
    return ObservedEncryption(state=EncryptionState.ENCRYPTED, owner=owner, keys=keys)


@pytest.mark.parametrize(
    ("state", "owner", "custody", "key"),
    [
        (EncryptionState.PLAIN, KeyOwner.NOBODY, Custody.NONE, ""),
        (EncryptionState.INHERITED, KeyOwner.NOBODY, Custody.INHERITED, ""),
        (EncryptionState.NOT_APPLICABLE, KeyOwner.NOBODY, Custody.NOT_APPLICABLE, ""),
        (EncryptionState.ENCRYPTED, KeyOwner.PROVIDER_SHARED, Custody.PROVIDER_SHARED, ""),
        (EncryptionState.ENCRYPTED, KeyOwner.PROVIDER_MANAGED, Custody.PROVIDER_MANAGED, ""),
        (EncryptionState.ENCRYPTED, KeyOwner.UNKNOWN, Custody.UNKNOWN, None),
        (EncryptionState.ENCRYPTED, KeyOwner.NOBODY, Custody.UNKNOWN, None),
        (EncryptionState.UNKNOWN, KeyOwner.UNKNOWN, Custody.UNKNOWN, None),
    ],
)
def test_custody_without_a_named_key(state, owner, custody, key) -> None:
    result, gaps = encryption_of(ObservedEncryption(state=state, owner=owner), {})
    assert (result.custody, result.rung, result.key) == (custody, custody.rung, key)
    assert gaps == ()


def test_the_weakest_of_several_keys_decides() -> None:
    known = {"a": ("A", Custody.EXTERNAL_THIRD_PARTY), "b": ("B", Custody.CUSTOMER_IMPORTED)}
    result, _ = encryption_of(encrypted("a", "b"), known)
    assert (result.custody, result.key) == (Custody.CUSTOMER_IMPORTED, "B")


def test_a_key_that_was_not_found_makes_custody_unknown_with_a_gap() -> None:
    result, gaps = encryption_of(encrypted("a"), {})
    assert (result.custody, result.key) == (Custody.UNKNOWN, "a")
    assert [(gap.fact, gap.reason) for gap in gaps] == [("encryption.key", GapReason.UNRESOLVED)]


def test_a_missing_key_beside_an_external_one_is_unknown() -> None:
    result, gaps = encryption_of(encrypted("a", "b"), {"a": ("A", Custody.EXTERNAL_THIRD_PARTY)})
    assert result.custody is Custody.UNKNOWN
    assert len(gaps) == 1


def test_a_missing_key_cannot_lift_one_that_the_provider_holds() -> None:
    result, _ = encryption_of(encrypted("a", "b"), {"a": ("A", Custody.PROVIDER_MANAGED)})
    assert result.custody is Custody.PROVIDER_MANAGED


def test_a_key_of_unknown_custody_beside_an_external_one_is_unknown() -> None:
    known = {"a": ("A", Custody.EXTERNAL_THIRD_PARTY), "b": ("B", Custody.UNKNOWN)}
    result, _ = encryption_of(encrypted("a", "b"), known)
    assert result.custody is Custody.UNKNOWN


def test_the_weakest_of_several_external_keys_decides() -> None:
    known = {"a": ("A", Custody.EXTERNAL_CUSTOMER), "b": ("B", Custody.EXTERNAL_HOLDER_NOT_ESTABLISHED)}
    result, _ = encryption_of(encrypted("a", "b"), known)
    assert (result.custody, result.key) == (Custody.EXTERNAL_HOLDER_NOT_ESTABLISHED, "B")


def test_one_key_that_the_provider_holds_decides_whatever_the_others_are() -> None:
    known = {"a": ("A", Custody.EXTERNAL_CUSTOMER), "b": ("B", Custody.PROVIDER_MANAGED)}
    result, gaps = encryption_of(encrypted("a", "b", "c"), known)
    assert (result.custody, result.key) == (Custody.PROVIDER_MANAGED, "B")
    assert len(gaps) == 1


@pytest.mark.parametrize("operator", ["acme", "zenith"])
def test_only_the_customer_itself_is_the_customer(operator: str) -> None:
    external = samples.key(origin=KeyOrigin.EXTERNAL_STORE)
    holder = replace(THALES, operator=operator)
    assert custody_of_key(external, holder) is Custody.EXTERNAL_THIRD_PARTY
    assert custody_of_key(external, replace(holder, operator=CUSTOMER)) is Custody.EXTERNAL_CUSTOMER


def test_a_key_of_unknown_custody_is_named_and_unknown() -> None:
    result, _ = encryption_of(encrypted("a"), {"a": ("A", Custody.UNKNOWN)})
    assert (result.custody, result.key) == (Custody.UNKNOWN, "A")


def test_every_custody_has_a_rung() -> None:
    assert all(custody.rung for custody in Custody)


@pytest.mark.parametrize("known", [{}, {"k1": ("id-1", Custody.UNKNOWN), "k2": ("id-2", Custody.UNKNOWN)}])
def test_of_several_keys_that_decide_nothing_the_first_is_named(known: dict[str, tuple[str, Custody]]) -> None:
    observed = ObservedEncryption(state=EncryptionState.ENCRYPTED, owner=KeyOwner.REFERENCED, keys=("k1", "k2"))
    found, _ = encryption_of(observed, known)
    assert (found.custody, found.key) == (Custody.UNKNOWN, known["k1"][0] if known else "k1")

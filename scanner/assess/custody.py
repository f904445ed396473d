"""Who can use a key: from what the key service says to a rung of the custody ladder.

The ladder is `docs/custody.md`. Two rules decide most cases. Material of which the provider keeps a usable copy
is in the provider's custody, whoever generated it (imported keys, dedicated HSMs on its premises). And an external key
manager is not a holder: until somebody says who runs it, its holder is not established.
"""

from collections.abc import Mapping, Sequence

from scanner.model import (
    Custody,
    Encryption,
    EncryptionState,
    Gap,
    GapReason,
    Holder,
    KeyManager,
    KeyOrigin,
    KeyOwner,
    ObservedEncryption,
    ObservedKey,
)

CUSTOMER = "customer"
"""Operator id that stands for the account's own organisation."""

PROVIDER_HELD = frozenset(
    {
        Custody.NONE,
        Custody.PROVIDER_SHARED,
        Custody.PROVIDER_MANAGED,
        Custody.CUSTOMER_MANAGED_IN_PROVIDER_KMS,
        Custody.CUSTOMER_IMPORTED,
        Custody.PROVIDER_HSM,
    }
)
"""Custodies in which the provider holds data and usable key material (or needs no key)."""

EXTERNAL = frozenset({Custody.EXTERNAL_HOLDER_NOT_ESTABLISHED, Custody.EXTERNAL_THIRD_PARTY, Custody.EXTERNAL_CUSTOMER})
"""Custodies in which the root key stays outside the provider, but its service decrypts with it while it works."""

_LADDER = tuple(Custody)
"""Members stand in the order of the ladder; a data store is only as well kept as its weakest key."""

_BY_ORIGIN = {
    KeyOrigin.PROVIDER_KMS: Custody.CUSTOMER_MANAGED_IN_PROVIDER_KMS,
    KeyOrigin.IMPORTED: Custody.CUSTOMER_IMPORTED,
    KeyOrigin.PROVIDER_HSM: Custody.PROVIDER_HSM,
}

_WITHOUT_A_KEY = {
    EncryptionState.PLAIN: Custody.NONE,
    EncryptionState.INHERITED: Custody.INHERITED,
    EncryptionState.NOT_APPLICABLE: Custody.NOT_APPLICABLE,
}

_BY_OWNER = {
    KeyOwner.PROVIDER_SHARED: Custody.PROVIDER_SHARED,
    KeyOwner.PROVIDER_MANAGED: Custody.PROVIDER_MANAGED,
    KeyOwner.UNKNOWN: Custody.UNKNOWN,
    KeyOwner.NOBODY: Custody.UNKNOWN,
}


def custody_of_key(key: ObservedKey, holder: Holder | None) -> Custody:
    """Rung of one key. `holder` counts for external stores only, and only when it was declared."""
    if key.manager is KeyManager.PROVIDER:
        return Custody.PROVIDER_MANAGED
    if key.origin is KeyOrigin.EXTERNAL_STORE:
        if holder is None or holder.basis != "declared" or holder.operator is None:
            return Custody.EXTERNAL_HOLDER_NOT_ESTABLISHED
        return Custody.EXTERNAL_CUSTOMER if holder.operator == CUSTOMER else Custody.EXTERNAL_THIRD_PARTY
    if key.origin is None or key.manager is None:
        return Custody.UNKNOWN
    return _BY_ORIGIN[key.origin]


def encryption_of(
    observed: ObservedEncryption, known: Mapping[str, tuple[str, Custody]]
) -> tuple[Encryption, tuple[Gap, ...]]:
    """Custody of a resource's data, and the gaps that came up on the way.

    `known` maps each key reference of the resource that could be resolved to the key's id and rung. With several keys
    the weakest decides. A key that could not be resolved makes the result unknown, unless another one is already the
    provider's: whatever the missing key is, it cannot lift that.
    """
    if observed.state in _WITHOUT_A_KEY:
        return _encryption(observed.state, _WITHOUT_A_KEY[observed.state], ""), ()
    if observed.owner is not KeyOwner.REFERENCED:
        custody = _BY_OWNER[observed.owner]
        return _encryption(observed.state, custody, None if custody is Custody.UNKNOWN else ""), ()
    found = sorted((known[ref] for ref in observed.keys if ref in known), key=lambda item: _rank(item[1]))
    unresolved = [ref for ref in observed.keys if ref not in known]
    gaps = tuple(
        Gap(fact="encryption.key", reason=GapReason.UNRESOLVED, detail=f"the key {ref} was not found")
        for ref in unresolved
    )
    decided = [item for item in found if item[1] is not Custody.UNKNOWN]
    undecided = unresolved or len(decided) < len(found)
    if decided and (not undecided or decided[0][1] in PROVIDER_HELD):
        key, custody = decided[0]
        return _encryption(observed.state, custody, key), gaps
    named = found[0][0] if found else (observed.keys[0] if observed.keys else None)
    return _encryption(observed.state, Custody.UNKNOWN, named), gaps


def _encryption(state: EncryptionState, custody: Custody, key: str | None) -> Encryption:
    return Encryption(state=state, custody=custody, rung=custody.rung, key=key)


def _rank(custody: Custody) -> int:
    return _LADDER.index(custody)


def weakest(custodies: Sequence[Custody]) -> Custody:
    """The lowest rung of several."""
    return min(custodies, key=_rank)

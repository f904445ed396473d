"""The ladder of key custody as the page draws it, and which of its rungs the operator can open by itself."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from scanner.model import Custody


class Access(StrEnum):
    """Whether whoever runs a store can read it, in the words in which the headline tells what an order would yield."""

    CLEARTEXT = "cleartext"
    EXTERNAL_KEY = "external_key"
    CIPHERTEXT = "ciphertext"
    NOT_ESTABLISHED = "yield_not_established"


_ACCESS = {
    Custody.CLIENT_SIDE: Access.CIPHERTEXT,
    Custody.EXTERNAL_CUSTOMER: Access.EXTERNAL_KEY,
    Custody.EXTERNAL_THIRD_PARTY: Access.EXTERNAL_KEY,
    Custody.EXTERNAL_HOLDER_NOT_ESTABLISHED: Access.EXTERNAL_KEY,
    Custody.PROVIDER_HSM: Access.CLEARTEXT,
    Custody.CUSTOMER_IMPORTED: Access.CLEARTEXT,
    Custody.CUSTOMER_MANAGED_IN_PROVIDER_KMS: Access.CLEARTEXT,
    Custody.PROVIDER_MANAGED: Access.CLEARTEXT,
    Custody.PROVIDER_SHARED: Access.CLEARTEXT,
    Custody.NONE: Access.CLEARTEXT,
    Custody.UNKNOWN: Access.NOT_ESTABLISHED,
}
"""From the top of the ladder down. A test holds it to `scanner.assess.reach`, which the headline is reckoned with."""


def access(custody: Custody) -> Access:
    """What the operator of a store under this custody can do by itself; what decides nothing is not established."""
    return _ACCESS.get(custody, Access.NOT_ESTABLISHED)


class Rung(Struct):
    """Stores at one kind of custody."""

    custody: Custody
    stores: int = 0
    health: int = 0

    @property
    def name(self) -> str:
        return self.custody.rung if self.custody.rung != "-" else ""


def ladder() -> dict[Custody, Rung]:
    """Every kind of custody, the top rung first, without a store."""
    order = [*_ACCESS, *(custody for custody in Custody if custody not in _ACCESS)]
    return {custody: Rung(custody=custody) for custody in order}


def zones(rungs: Mapping[Custody, Rung]) -> dict[Access, tuple[Rung, ...]]:
    """The rungs by who can open them, from the top down. All rungs of the ladder are there, what has no rung only where
    a store is."""
    found: dict[Access, list[Rung]] = {}
    for custody, rung in rungs.items():
        if rung.name or rung.stores:
            found.setdefault(access(custody), []).append(rung)
    return {zone: tuple(members) for zone, members in found.items()}

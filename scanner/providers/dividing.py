"""A scope of many accounts, each of which costs something to enter: a part of the scan enters its own alone."""

from collections.abc import Collection, Sequence
from typing import Protocol, runtime_checkable

from scanner.providers.contract import Reference


@runtime_checkable
class Divisible(Protocol):
    """What a collector may answer beside `scanner.providers.contract.Collector`."""

    @property
    def divisible(self) -> Sequence[str]:
        """Accounts that can be entered, as far as is known; the same, and in one order, in every process."""

    def enter_only(self, accounts: Collection[str]) -> None:
        """From here on `units` gives those of these accounts."""

    def asked_of(self, reference: Reference) -> str:
        """The account that is asked what a reference means, which may be none of `divisible`."""

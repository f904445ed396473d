"""What of a scan is done in one part: some accounts in whole, or of few accounts some of the units."""

from typing import Protocol

from scanner.model import Unit
from scanner.providers.contract import Collector, Reference
from scanner.providers.dividing import Divisible
from scanner.store.shard import Shard

_EACH = 8
"""Accounts a part from which on they are dealt out whole; of fewer, one large account would be a part by itself."""


class Part(Protocol):
    """Each unit is in one part, and which it is does not depend on where the part runs."""

    def holds(self, unit: Unit, /) -> bool:
        """True when the unit is collected in this part."""

    def looks_up(self, reference: Reference, /) -> bool:
        """True when the reference is looked up in this part; what is not is left to the merge."""


class _Units:
    """Some of the units of every account."""

    def __init__(self, shard: Shard) -> None:
        self.holds = shard.holds

    def looks_up(self, _: Reference, /) -> bool:
        """False: what one key is asked for is known only with the units of the other parts."""
        return False


class _Accounts:
    """All units of some accounts. No other is entered, and what they are asked about themselves is asked here."""

    def __init__(self, shard: Shard, collector: Divisible) -> None:
        self._asked_of = collector.asked_of
        self._mine = frozenset(shard.share(collector.divisible))
        collector.enter_only(self._mine)

    def holds(self, unit: Unit, /) -> bool:
        return unit.account in self._mine

    def looks_up(self, reference: Reference, /) -> bool:
        return self._asked_of(reference) in self._mine


def part_of(collector: Collector, shard: Shard) -> Part:
    """The part of this scope that is `shard`."""
    if isinstance(collector, Divisible) and len(collector.divisible) >= _EACH * shard.of:
        return _Accounts(shard, collector)
    return _Units(shard)

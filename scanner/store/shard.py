"""One part of a scan that several processes share, each without knowing of the others."""

import hashlib
import re
from collections.abc import Sequence

from msgspec import Struct

from scanner.errors import UsageError
from scanner.model import Unit

_WORD = re.compile(r"([1-9]\d{0,4})/([1-9]\d{0,4})")


class Shard(Struct, frozen=True, order=True):
    """Part `index` of `of`, counted from 1."""

    index: int
    of: int

    def holds(self, unit: Unit) -> bool:
        """True when the unit belongs to this part. The same for every process, machine and Python."""
        digest = hashlib.sha256(unit.id.encode()).digest()
        return int.from_bytes(digest[:8], "big") % self.of == self.index - 1

    def share(self, accounts: Sequence[str]) -> Sequence[str]:
        """The accounts of this part, of those of all parts. Parts differ by one account at most."""
        return accounts[self.index - 1 :: self.of]

    def __str__(self) -> str:
        return f"{self.index}/{self.of}"


def parse(word: str) -> Shard:
    """A shard written `i/n`; UsageError otherwise."""
    found = _WORD.fullmatch(word)
    if found is None or int(found[1]) > int(found[2]):
        raise UsageError(f"--shard takes i/n with i from 1 to n, as 2/4, not '{word}'.")
    return Shard(int(found[1]), int(found[2]))

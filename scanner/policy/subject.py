"""What a control is evaluated on: facts bound to values, and for the others the reason why not."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from scanner.model import Gap
from scanner.policy.schema import Provenance


class Subject(Struct, frozen=True, kw_only=True):
    """A resource, or the scan as a whole, in terms of the fact schema.

    `values` binds facts of `schema.SCHEMA`. A list that is known only in part ends with an empty record, so that `all`
    cannot become true nor `exists` false over it.
    """

    kind: str
    """`resource` or `scan`."""
    id: str
    provider: str = ""
    partition: str = ""
    account: str = ""
    account_name: str = ""
    account_path: str = ""
    region: str = ""
    values: Mapping[str, Any]
    missing: Mapping[str, tuple[Gap, ...]] = {}
    """Gaps behind facts that are unbound, and behind lists that are known only in part."""
    unconfirmed: frozenset[str] = frozenset()
    """Facts from a table entry that is unconfirmed or older than 180 days: they may support a fail, never a pass.

    A list of records is read from the account while some of its fields are looked up; then `FACT.FIELD` stands here.
    `sets.NAME` is a set of countries.
    """
    provenance: Callable[[str], Provenance]

    def is_unconfirmed(self, fact: str) -> bool:
        """Whether a fact, or a field of its records, rests on such an entry."""
        return fact in self.unconfirmed or any(name.startswith(f"{fact}.") for name in self.unconfirmed)

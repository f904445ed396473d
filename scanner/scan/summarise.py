"""The figures of a scan, added up while it streams by. Pure arithmetic; memory grows with countries, not resources."""

from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct

from scanner.assess.reach import HEALTH_LEVELS, what_an_order_yields
from scanner.model import HealthLevel, Resource
from scanner.model.document import LawReach, Volume
from scanner.model.reach import Yield
from scanner.scan.volume import total, volume_of

NOT_ESTABLISHED = "not established"


class Law(Struct, frozen=True, kw_only=True):
    id: str
    country: str
    name: str
    status: str


class _Reach:
    """Stores under one law, by what an order would yield."""

    def __init__(self) -> None:
        self.stores = 0
        self.health: Counter[Yield] = Counter()


class Figures:
    """Adds resources up, one at a time, in any order."""

    def __init__(self) -> None:
        self.resources = 0
        self.stores = 0
        self.health_stores = 0
        self.unclassified_stores = 0
        self.health_volume = Volume()
        self.by_country: Counter[str] = Counter()
        self.by_custody: Counter[str] = Counter()
        self.by_parent_country: Counter[str] = Counter()
        self.own_facts: Counter[str] = Counter()
        """Resources by the entries of the user's fact file that decided something about them."""
        self._reach: dict[str, _Reach] = {}

    def add(self, resource: Resource, laws: Iterable[str]) -> None:
        """Count one resource; `laws` are the third-country laws established for its operator."""
        self.resources += 1
        if not resource.is_store:
            return
        self.stores += 1
        self.by_country[resource.country or NOT_ESTABLISHED] += 1
        self.by_custody[resource.encryption.custody.value] += 1
        self.by_parent_country[resource.parent_country or NOT_ESTABLISHED] += 1
        health = resource.health.level in HEALTH_LEVELS
        self.health_stores += health
        if health:
            self.health_volume = total((self.health_volume, volume_of((resource,))))
        self.unclassified_stores += resource.health.level not in HEALTH_LEVELS | {HealthLevel.NONE_DECLARED}
        for law in laws:
            reach = self._reach.setdefault(law, _Reach())
            reach.stores += 1
            if health:
                reach.health[what_an_order_yields(resource.encryption.custody)] += 1

    def reach(self, laws: Mapping[str, Law]) -> tuple[LawReach, ...]:
        """One row a law, the widest reach first."""
        rows = [
            LawReach(
                law=id_,
                country=laws[id_].country,
                name=laws[id_].name,
                status=laws[id_].status,
                stores=reach.stores,
                health_stores=reach.health.total(),
                cleartext=reach.health[Yield.CLEARTEXT],
                external_key=reach.health[Yield.EXTERNAL_KEY],
                ciphertext=reach.health[Yield.CIPHERTEXT],
                not_established=reach.health[Yield.NOT_ESTABLISHED],
            )
            for id_, reach in self._reach.items()
        ]
        return tuple(sorted(rows, key=lambda row: (-row.health_stores, -row.stores, row.law)))

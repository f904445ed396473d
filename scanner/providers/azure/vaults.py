"""Every key store this identity can see, found by address or by id; and the deleted ones that still hold keys."""

from collections.abc import Sequence
from threading import Lock

from msgspec import Struct

from scanner.providers.azure import armid, graph, keyref
from scanner.providers.azure.call import Json, Reader, Tally
from scanner.providers.azure.declaration import catalog
from scanner.providers.azure.members import text
from scanner.providers.azure.places import normalise
from scanner.providers.azure.refusal import RefusalError
from scanner.providers.azure.shown import Shown

VAULT = "microsoft.keyvault/vaults"
HSM = "microsoft.keyvault/managedhsms"
_DELETED = "Microsoft.KeyVault/deletedVaults"


class Store(Struct, frozen=True, kw_only=True):
    """A vault or a managed HSM."""

    id: str
    kind: str
    """`microsoft.keyvault/vaults` or `microsoft.keyvault/managedhsms`."""
    host: str
    region: str
    body: Json


class Deleted(Struct, frozen=True, kw_only=True):
    """A vault in its soft-delete period."""

    id: str
    region: str
    purge_at: str


class Directory:
    """Key stores of the scanned subscriptions, read once when first needed. Safe for several threads."""

    def __init__(self, reader: Reader, subscriptions: Sequence[str], vault_suffix: str, shown: Shown) -> None:
        self._reader = reader
        self._shown = shown
        self._subscriptions = tuple(subscriptions)
        self._vault_suffix = vault_suffix
        self._lock = Lock()
        self._stores: dict[str, Store] | None = None
        self._stores_refused: list[RefusalError] = []
        self._deleted_refused: list[tuple[str, RefusalError]] = []
        self._deleted: dict[str, Deleted] | None = None

    def by_host(self, host: str, tally: Tally) -> Store | None:
        return next((store for store in self._all(tally).values() if store.host == host), None)

    def by_id(self, store_id: str, tally: Tally) -> Store | None:
        return self._all(tally).get(armid.canonical(store_id))

    @property
    def refusals(self) -> tuple[RefusalError, ...]:
        """Failed reads of the list of stores: one may be missing here for that reason."""
        return tuple(self._stores_refused)

    def deleted(self, host: str, tally: Tally) -> tuple[Deleted | None, tuple[tuple[str, RefusalError], ...]]:
        """The soft-deleted vault that had this address; when there is none, the reads that could have shown it, each
        with the subscription that refused it."""
        with self._lock:
            if self._deleted is None:
                self._deleted = self._read_deleted(tally)
        found = self._deleted.get(host)
        return found, () if found is not None else tuple(self._deleted_refused)

    def _all(self, tally: Tally) -> dict[str, Store]:
        with self._lock:
            if self._stores is None:
                self._stores = {}
                try:
                    seen = self._shown.rows(VAULT, HSM)
                    for row in (
                        graph.rows(self._reader, self._subscriptions, (VAULT, HSM), tally) if seen is None else seen
                    ):
                        store = _store(row)
                        self._stores[store.id] = store
                except RefusalError as error:
                    self._stores_refused.append(error)
            return self._stores

    def _read_deleted(self, tally: Tally) -> dict[str, Deleted]:
        found: dict[str, Deleted] = {}
        version = catalog()[VAULT].api_version
        for subscription in self._subscriptions:
            path = f"/subscriptions/{subscription}/providers/{_DELETED}"
            try:
                for body in self._reader.items(path, tally, api_version=version, permission=f"{_DELETED}/read"):
                    host = f"{text(body, 'name').lower()}.{self._vault_suffix}"
                    found[host] = Deleted(
                        id=armid.canonical(text(body, "properties.vaultId")),
                        region=normalise(text(body, "properties.location")),
                        purge_at=text(body, "properties.scheduledPurgeDate"),
                    )
            except RefusalError as error:
                self._deleted_refused.append((subscription, error))
        return found


def _store(row: Json) -> Store:
    kind = text(row, "type").lower()
    address = text(row, "properties.hsmUri" if kind == HSM else "properties.vaultUri")
    return Store(
        id=armid.canonical(text(row, "id")),
        kind=kind,
        host=keyref.split(address).netloc.lower().removesuffix(":443"),
        region=normalise(text(row, "location")),
        body=row,
    )

"""Second pass: where the target of a copy is."""

from collections.abc import Sequence
from threading import Lock

from scanner.model import CoverageState, GapReason
from scanner.providers.azure import armid, graph, keyref, observe
from scanner.providers.azure.call import Reader, Tally
from scanner.providers.azure.declaration import ResourceType, catalog
from scanner.providers.azure.members import text
from scanner.providers.azure.places import normalise
from scanner.providers.azure.refusal import RefusalError
from scanner.providers.azure.shown import Shown
from scanner.providers.azure.sources import QUERY
from scanner.providers.azure.versions import read
from scanner.providers.azure.work import Work
from scanner.providers.contract import Place

_ACCOUNTS = "microsoft.storage/storageaccounts"


class Destinations:
    """Looks targets up: by id with one read, storage accounts by name among those that the first pass saw."""

    def __init__(self, reader: Reader, subscriptions: Sequence[str], shown: Shown) -> None:
        self._reader = reader
        self._shown = shown
        self._subscriptions = tuple(subscriptions)
        self._lock = Lock()
        self._accounts: dict[str, tuple[str, str]] | None = None
        self._refusal: RefusalError | None = None

    def resolve(self, target: str, work: Work) -> Place:
        """The target's place; without region, and with a coverage row, when it could not be established."""
        return self._by_id(target, work) if armid.looks_like_id(target) else self._by_name(target, work)

    def _by_id(self, target: str, work: Work) -> Place:
        account = armid.subscription_of(target) or None
        owner, type_ = _readable(target)
        if type_ is None:
            detail = "the catalog does not know where this type is"
            work.problem(armid.type_of(target), CoverageState.PARTIAL, GapReason.UNSUPPORTED, detail)
            return Place(target=target, region=None, account=account)
        try:
            body, _ = read(self._reader, type_, owner, work.tally)
        except RefusalError as error:
            work.refused(type_.type, error)
            return Place(target=target, region=None, account=account)
        return Place(target=target, region=observe.region(type_, body, "") or None, account=account)

    def _by_name(self, target: str, work: Work) -> Place:
        found = self._storage_accounts(work.tally).get(_account_name(target))
        if found is None:
            error = self._refusal or RefusalError(
                GapReason.UNRESOLVED,
                f"no storage account '{_account_name(target)}' in the scanned subscriptions; one that is named without"
                " its id may be another tenant's",
                operation=QUERY,
            )
            work.refused("Microsoft.Storage/storageAccounts", error)
            return Place(target=target, region=None, account=None)
        return Place(target=target, region=found[0] or None, account=found[1])

    def _storage_accounts(self, tally: Tally) -> dict[str, tuple[str, str]]:
        """Region and subscription of every storage account by name; names are unique in a cloud."""
        with self._lock:
            if self._accounts is None:
                self._accounts = {}
                try:
                    seen = self._shown.rows(_ACCOUNTS)
                    for row in (
                        graph.rows(self._reader, self._subscriptions, (_ACCOUNTS,), tally) if seen is None else seen
                    ):
                        place = (normalise(text(row, "location")), text(row, "subscriptionId").lower())
                        self._accounts[text(row, "name").lower()] = place
                except RefusalError as error:
                    self._refusal = error
            return self._accounts


def _readable(target: str) -> tuple[str, ResourceType | None]:
    """The nearest resource at or above `target` that the catalog can read by id and that has a location."""
    parts = armid.canonical(target).split("/")
    for end in range(len(parts), 0, -2):
        candidate = "/".join(parts[:end])
        type_ = catalog().get(armid.type_of(candidate))
        if type_ is not None and type_.location:
            return candidate, type_
    return target, None


def _account_name(target: str) -> str:
    """`NAME`, or the account in `https://NAME.blob…/…`."""
    host = keyref.split(target).netloc if "://" in target else target
    return host.partition(".")[0].lower()

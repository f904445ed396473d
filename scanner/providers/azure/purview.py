"""What Microsoft Purview's map says of the account's stores: its own host, its own token, one POST that is a search.

First the classifications that occur anywhere in the map, then the assets of those that are signs of health data. No
scan of Purview's is started, and no more than names and classifications is asked for.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from scanner.facts.health import table
from scanner.model import CoverageState, GapReason
from scanner.providers.azure import armid, graph, keyref
from scanner.providers.azure.call import Json, Reader, Tally
from scanner.providers.azure.members import text, values
from scanner.providers.azure.refusal import RefusalError
from scanner.providers.azure.work import Work
from scanner.providers.contract import Discovery

ACCOUNTS = "microsoft.purview/accounts"
SUFFIX = "purview.azure.com"
"""The only hosts that are asked. Tokens for Purview are sent nowhere else, whatever an account says of its address."""
SCOPE = "https://purview.azure.net/.default"
PATH = "/datamap/api/search/query"
SOURCE = "Microsoft.Purview/datamap"
OPERATION = "Purview:POST datamap/search"
ROLE = "Data Reader (role in Purview, on the root collection)"
_VERSION = "2023-09-01"
_PAGE = 1000
_STORAGE = re.compile(r"([a-z0-9]{3,24})\.(?:z\d+\.)?(?:blob|dfs|file|table|queue)\..+")
_SQL = re.compile(r"([a-z0-9-]+)\.database\..+")
_TYPES = ("Microsoft.Storage/storageAccounts", "Microsoft.Sql/servers/databases")


class Purview:
    """Reads maps. `reader` is None when the data plane is switched off; `arm` tells whose the named stores are."""

    def __init__(self, reader: Reader | None, arm: Reader, subscriptions: Sequence[str]) -> None:
        self._reader = reader
        self._arm = arm
        self._subscriptions = tuple(subscriptions)

    def discoveries(self, account: Json, work: Work) -> Iterator[Discovery]:
        """What the map of one Purview account says of stores in the scanned subscriptions."""
        host = keyref.split(text(account, "properties.endpoints.catalog")).netloc.lower()
        if self._reader is None:
            work.problem(SOURCE, CoverageState.SKIPPED, GapReason.NOT_SCANNED, "the data plane was not asked")
        elif not host.endswith(f".{SUFFIX}"):
            detail = f"the map is at {host or 'no address'}, which is not asked"
            work.problem(SOURCE, CoverageState.PARTIAL, GapReason.UNSUPPORTED, detail)
        else:
            try:
                yield from self._of_map(self._reader, f"https://{host}{PATH}", work)
            except RefusalError as error:
                work.refused(SOURCE, error)

    def _of_map(self, reader: Reader, url: str, work: Work) -> Iterator[Discovery]:
        wanted = [name for name in self._classifications(reader, url, work) if _is_a_sign(name)]
        if not wanted:
            return
        ids = self._ids(work.tally)
        strangers = 0
        told: set[tuple[str, tuple[str, ...]]] = set()
        for asset in self._assets(reader, url, wanted, work):
            resource = ids.get(_named(text(asset, "qualifiedName")))
            if resource is None:
                strangers += 1
                continue
            kinds = tuple(sorted({str(one) for one in values(asset, "classification[]")}))
            if not kinds:
                raise RefusalError(GapReason.MALFORMED, "a classified asset without a class", operation=OPERATION)
            if (resource, kinds) in told:
                # One file of many that say the same.
                continue
            told.add((resource, kinds))
            yield Discovery(
                resource=resource,
                source=SOURCE,
                finding=text(asset, "qualifiedName"),
                kinds=kinds,
                words=tuple(one for one in kinds if not one.startswith("MICROSOFT.")),
            )
        if strangers:
            work.note(SOURCE, "classified assets that are no storage account and no database of this scan", strangers)

    def _classifications(self, reader: Reader, url: str, work: Work) -> list[str]:
        body: Json = {"keywords": None, "limit": 1, "facets": [{"facet": "classification", "count": _PAGE}]}
        facets = self._ask(reader, url, body, work).get("@search.facets")
        found = facets.get("classification") if isinstance(facets, Mapping) else None
        if not isinstance(found, list) or not all(text(one, "value") for one in found):
            raise RefusalError(GapReason.MALFORMED, "the answer has no facets", operation=OPERATION)
        if len(found) >= _PAGE:
            raise RefusalError(GapReason.TRUNCATED, f"there are {_PAGE} classifications or more", operation=OPERATION)
        return sorted(text(one, "value") for one in found)

    def _assets(self, reader: Reader, url: str, wanted: list[str], work: Work) -> Iterator[Json]:
        body: Json = {
            "keywords": None,
            "limit": _PAGE,
            "filter": {"or": [{"classification": name} for name in wanted]},
        }
        seen: set[str] = set()
        while True:
            answer = self._ask(reader, url, body, work)
            assets = answer.get("value")
            if not isinstance(assets, list) or not all(isinstance(one, dict) for one in assets):
                raise RefusalError(GapReason.MALFORMED, "the answer has no array 'value'", operation=OPERATION)
            yield from assets
            token = text(answer, "continuationToken")
            if not token:
                return
            if token in seen:
                detail = "the answer points to a page it gave before"
                raise RefusalError(GapReason.TRUNCATED, detail, operation=OPERATION)
            seen.add(token)
            body = {**body, "continuationToken": token}

    def _ask(self, reader: Reader, url: str, body: Json, work: Work) -> Json:
        return reader.search(
            url,
            body,
            work.tally,
            api_version=_VERSION,
            operation=OPERATION,
            permission=ROLE,
            account=work.unit.account,
        )

    def _ids(self, tally: Tally) -> dict[str, str]:
        """Id of every storage account and database by the name that Purview has for it."""
        found = {}
        for row in graph.rows(self._arm, self._subscriptions, _TYPES, tally):
            id_ = armid.canonical(text(row, "id"))
            parts = id_.split("/")
            found[f"{parts[-3]}/{parts[-1]}" if parts[-2] == "databases" else parts[-1]] = id_
        return found


def _named(qualified: str) -> str:
    """`account`, or `server/database`, of an asset's name; empty for anything else."""
    parts = keyref.split(qualified.lower())
    if storage := _STORAGE.fullmatch(parts.netloc):
        return storage[1]
    if server := _SQL.fullmatch(parts.netloc):
        return f"{server[1]}/{parts.path.strip('/').partition('/')[0]}"
    return ""


def _is_a_sign(classification: str) -> bool:
    """Whether a classification may say something of health data; one of the customer's own is looked at by its name."""
    known = table().discovery
    return not classification.startswith("MICROSOFT.") or bool(
        known.vocabularies[known.sources[SOURCE].vocabulary].strength(classification)
    )

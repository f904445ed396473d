"""The map of a Purview account, on its own host: a search by classification, page by page, and the facets of all."""

from collections import Counter

import msgspec

from scanner.demo.azure.arm_error import ArmError, no_such_path
from scanner.demo.azure.estate import Estate, Record
from scanner.demo.azure.message import Answer, Request, one_of, only
from scanner.demo.azure.tokens import Tokens
from scanner.demo.azure.world import Json

AUDIENCE = "https://purview.azure.net"
PATH = "/datamap/api/search/query"
_TYPE = "microsoft.purview/accounts"
_MOST = 2
"""Assets of a page, however many are asked for: the second page is then met soon."""
_MEMBERS = frozenset({"keywords", "limit", "filter", "facets", "continuationToken"})


class PurviewMap:
    def __init__(self, estate: Estate, tokens: Tokens) -> None:
        records = (one for id_ in estate.subscriptions for one in estate.tracked(id_) if one.type.lower() == _TYPE)
        self._accounts = {f"{record.name.lower()}.purview.azure.com": record for record in records}
        self._tokens = tokens

    @property
    def hosts(self) -> set[str]:
        return set(self._accounts)

    def serves(self, host: str) -> bool:
        return host in self._accounts

    def answer(self, request: Request, base: str) -> Answer:
        """`base`: where sign-in is."""
        record = self._accounts[request.host]
        if request.path != PATH or request.method != "POST":
            raise no_such_path()
        one_of(request, "2023-09-01")
        only(request)
        self._admit(request, record, f"{base}/{record.subscription.tenant}")
        asked = msgspec.json.decode(request.body, type=Json)
        if unknown := sorted(asked.keys() - _MEMBERS):
            raise ArmError(400, "InvalidRequest", f"Unknown member {unknown[0]}.")
        assets = record.resource.assets if record.resource is not None else []
        found = [one for one in assets if _fits(one, asked.get("filter"))]
        start, limit = int(asked.get("continuationToken") or 0), min(int(asked.get("limit", 50)), _MOST)
        body: Json = {"@search.count": len(found), "value": found[start : start + limit]}
        if start + limit < len(found):
            body["continuationToken"] = str(start + limit)
        if asked.get("facets"):
            counts = Counter(name for one in found for name in one.get("classification", ()))
            body["@search.facets"] = {
                "classification": [{"count": count, "value": name} for name, count in sorted(counts.items())]
            }
        return Answer(body=body)

    def _admit(self, request: Request, record: Record, authority: str) -> None:
        principal = self._tokens.authenticate(request.headers.get("authorization"), [AUDIENCE], authority)
        if record.resource is not None and record.resource.data_plane == "denied":
            raise ArmError(403, "Unauthorized", f"Not authorized to access account: {principal.client}")


def _fits(asset: Json, wanted: Json | None) -> bool:
    if not wanted:
        return True
    if set(wanted) != {"or"} or not all(set(one) == {"classification"} for one in wanted["or"]):
        raise ArmError(400, "InvalidFilter", "The filter is not one that this server knows.")
    return any(one["classification"] in asset.get("classification", ()) for one in wanted["or"])

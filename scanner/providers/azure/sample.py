"""The beginnings of a few blobs of a storage account: for a scan that was asked for it, and only as much as its share.

A blob of another tier than the hot one is left alone: reading it costs a fee for retrieval, may move it to another
tier, or needs a restoration. What the service says about a blob is not repeated: it may quote the blob's name.
"""

import re
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote, urlencode
from xml.etree import ElementTree

from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.core.rest import HttpResponse

from scanner.model import GapReason, Unit
from scanner.model.records import Record
from scanner.model.sample import Share
from scanner.providers.azure import armid, pace
from scanner.providers.azure.blob_hosts import BlobHost, BlobHosts
from scanner.providers.azure.call import Reader
from scanner.providers.azure.declaration import catalog
from scanner.providers.azure.guard import RefusedError
from scanner.providers.azure.keyref import split
from scanner.providers.azure.members import text
from scanner.providers.azure.refusal import RefusalError
from scanner.providers.azure.work import Work
from scanner.providers.sampling import BEYOND, Excerpt, NotReadError, Trouble, outcome, spread, word_of

TYPES = frozenset({"Microsoft.Storage/storageAccounts"})
CONTAINERS, BLOBS, BLOB = "BlobStorage:GET containers", "BlobStorage:GET blobs", "BlobStorage:GET blob"
ACTION = "Microsoft.Storage/storageAccounts/blobServices/containers/read"
DATA_ACTION = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"

_TYPE = "microsoft.storage/storageaccounts"
_VERSION = "2023-11-03"
_PAGE = 1000
"""Containers, and blobs of each, of the one page that is listed."""
_LIST = 16 * 1024 * 1024
"""Longest list that is read, in bytes."""
_SECONDS = 60.0
"""Longest time for the bytes of one answer, however slowly they come."""
_READABLE = re.compile(r"(Hot|P\d{1,2})?")
"""Access tiers that are read; accounts without tiers have none, premium page blobs have P4 to P80."""
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
_RETRIED = frozenset({429, 500, 502, 503, 504})
_REASONS = {
    "AuthorizationPermissionMismatch": GapReason.DENIED,
    "AuthorizationFailure": GapReason.DENIED,
    "BlobArchived": GapReason.NOT_SCANNED,
    "BlobUsesCustomerSpecifiedEncryption": GapReason.UNSUPPORTED,
}
_STATUSES = {401: GapReason.EXPIRED, 403: GapReason.DENIED, 404: GapReason.GONE, 429: GapReason.THROTTLED}


class Sampling:
    """The sampling of one account. `host` is opened once Resource Manager has named it."""

    def __init__(self, arm: Reader, hosts: BlobHosts, share: Share, unit: Unit) -> None:
        self._arm = arm
        self._hosts = hosts
        self._share = share
        self._work = Work(unit)
        self._troubles: Counter[Trouble] = Counter()

    def run(self) -> Iterator[Excerpt | Record]:
        """See `scanner.providers.sampling.Sampler.sample`."""
        objects = size = 0
        host: BlobHost | None = None
        try:
            host = self._open()
            for path in self._paths(host) if host is not None else ():
                assert host is not None
                try:
                    data = self._beginning(host, path)
                except NotReadError as error:
                    self._troubles[error.trouble] += 1
                    continue
                objects, size = objects + 1, size + len(data)
                yield Excerpt(data)
        except NotReadError as error:
            self._troubles[error.trouble] += 1
        finally:
            if host is not None:
                host.close()
        yield from outcome(self._work.unit, self._share, objects, size, self._troubles, self._work.tally.calls())

    def _open(self) -> BlobHost | None:
        """The account's host as Resource Manager names it now; None for an account without blobs."""
        try:
            body = self._arm.get(
                self._share.resource,
                self._work.tally,
                api_version=catalog()[_TYPE].api_version,
                permission="Microsoft.Storage/storageAccounts/read",
            )
        except RefusalError as error:
            told = word_of(error.code) or "no usable answer"
            raise NotReadError(error.reason, told, error.operation, error.permission) from None
        endpoints = (
            body.get("properties", {}).get("primaryEndpoints") if isinstance(body.get("properties"), dict) else None
        )
        if not isinstance(endpoints, dict):
            raise NotReadError(GapReason.MALFORMED, "the account names no endpoints")
        address = text(endpoints, "blob")
        if not address:
            return None
        host = split(address).netloc.lower().removesuffix(":443")
        if not self._hosts.known:
            raise NotReadError(GapReason.UNSUPPORTED, "the hosts of storage accounts of this cloud are not known")
        if not self._hosts.belongs(host, armid.name_of(self._share.resource)):
            raise NotReadError(GapReason.UNSUPPORTED, "the account's endpoint is none of this cloud")
        return self._hosts.open(host, self._share.account)

    def _paths(self, host: BlobHost) -> list[str]:
        """Paths of the blobs to read, at equal distances on the first page of containers at equal distances."""
        containers, more = self._listed(host, "/", {"comp": "list"}, "Container", CONTAINERS, ACTION)
        chosen = spread([name for name, _ in containers], self._share.objects)
        beyond = more or len(chosen) < len(containers)
        each = -(-self._share.objects // len(chosen)) if chosen else 0
        found: list[str] = []
        for container in chosen:
            path, query = f"/{quote(container)}", {"restype": "container", "comp": "list"}
            try:
                blobs, more = self._listed(host, path, query, "Blob", BLOBS, DATA_ACTION)
            except NotReadError as error:
                self._troubles[error.trouble] += 1
                continue
            beyond = beyond or more
            found += [f"{path}/{quote(name, safe='/')}" for name in spread(self._readable(blobs), each)]
        if beyond and not found:
            self._troubles[BEYOND] += 1
        return found[: self._share.objects]

    def _readable(self, blobs: list[tuple[str, ElementTree.Element]]) -> list[str]:
        names = []
        for name, entry in blobs:
            tier = entry.findtext("Properties/AccessTier") or ""
            length = _number(entry.findtext("Properties/Content-Length") or "")
            if length is None:
                self._troubles[Trouble(GapReason.MALFORMED, "a blob in the list has no length", BLOBS)] += 1
            elif not length:
                continue
            elif _READABLE.fullmatch(tier):
                names.append(name)
            else:
                told = f"blobs of the tier {word_of(tier)} are not read"
                self._troubles[Trouble(GapReason.NOT_SCANNED, told)] += 1
        return names

    def _listed(
        self, host: BlobHost, path: str, query: dict[str, str], kind: str, operation: str, permission: str
    ) -> tuple[list[tuple[str, ElementTree.Element]], bool]:
        """Names on the first page of a list, with the whole entry of each; and whether there are more pages."""
        path = f"{path}?{urlencode({**query, 'maxresults': str(_PAGE)})}"
        response = self._asked(host, path, operation, permission, {})
        try:
            body = self._read(response, _LIST, operation)
        finally:
            response.close()
        if b"<!" in body:  # no list has a document type or an entity, and no other document is read
            raise NotReadError(GapReason.MALFORMED, "the list is not a list", operation)
        try:
            root = ElementTree.fromstring(body.decode("utf-8-sig"))  # noqa: S314 - no entity can be in it
        except (ElementTree.ParseError, UnicodeDecodeError):
            root = None
        if root is None or root.tag != "EnumerationResults" or root.find(f"{kind}s") is None:
            raise NotReadError(GapReason.MALFORMED, "the list is not a list", operation)
        entries = [(_name(entry), entry) for entry in root.iterfind(f"{kind}s/{kind}") if _name(entry)]
        return entries, bool(root.findtext("NextMarker"))

    def _beginning(self, host: BlobHost, path: str) -> bytes:
        """The first bytes of a blob. An answer that is not the range that was asked for is not read at all."""
        most = self._share.bytes
        response = self._asked(host, path, BLOB, DATA_ACTION, {"x-ms-range": f"bytes=0-{most - 1}"})
        try:
            if response.status_code != 206 or not response.headers.get("Content-Range", "").startswith("bytes 0-"):
                raise NotReadError(GapReason.MALFORMED, "the answer is not the range that was asked for", BLOB)
            data = self._read(response, most, BLOB)
            if len(data) < min(_number(response.headers.get("Content-Length", "")) or 0, most):
                raise NotReadError(GapReason.MALFORMED, "the content ended early", BLOB)
            return data
        finally:
            response.close()

    def _asked(
        self, host: BlobHost, path: str, operation: str, permission: str, headers: dict[str, str]
    ) -> HttpResponse:
        """A good answer, its body not yet read; tried again where the service is busy."""
        for attempt in range(1, self._hosts.attempts + 1):
            try:
                sent: dict[str, Any] = {"headers": {"x-ms-version": _VERSION, **headers}}
                response = host.send(path, self._work.tally, operation, **sent)
            except RefusedError:
                raise NotReadError(GapReason.UNSUPPORTED, "the request was not sent", operation) from None
            except ClientAuthenticationError:
                raise NotReadError(GapReason.EXPIRED, "no token for the storage service", operation) from None
            except AzureError as error:
                raise NotReadError(GapReason.UNREACHABLE, type(error).__name__, operation) from None
            if response.status_code < 300:
                return response
            refused = _refusal(response, operation, permission)
            asked = pace.retry_after(response.headers)
            response.close()
            wait = min(self._hosts.retry_after_cap, asked if asked is not None else 0.5 * 2.0 ** (attempt - 1))
            if response.status_code not in _RETRIED or attempt == self._hosts.attempts:
                raise refused
            self._hosts.pause(wait)
        raise AssertionError("attempts is at least 1")

    def _read(self, response: HttpResponse, most: int, operation: str) -> bytes:
        data = bytearray()
        deadline = time.monotonic() + _SECONDS
        try:
            for chunk in response.iter_raw():
                data += chunk[: most - len(data)]
                if time.monotonic() > deadline:
                    raise NotReadError(GapReason.UNREACHABLE, "the content came too slowly", operation)
                if len(data) >= most:
                    break
        except AzureError as error:
            told = f"the content broke off ({type(error).__name__})"
            raise NotReadError(GapReason.UNREACHABLE, told, operation) from None
        return bytes(data)


def _refusal(response: HttpResponse, operation: str, permission: str) -> NotReadError:
    """What a refusal means, by its status and the code in its header; its words are not looked at."""
    code = word_of(response.headers.get("x-ms-error-code", ""))
    reason = _REASONS.get(code) or _STATUSES.get(response.status_code, GapReason.PROVIDER_ERROR)
    told = {
        "BlobArchived": "the blob is in an archive",
        "BlobUsesCustomerSpecifiedEncryption": "the blob is under a key that only its writer has",
        "AuthorizationFailure": "AuthorizationFailure: a permission, or the account's network rules",
    }.get(code, code or f"status {response.status_code} without an error code")
    return NotReadError(reason, told, operation, permission if reason is GapReason.DENIED else "")


def _number(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) else None


def _name(entry: ElementTree.Element) -> str:
    """The name of a container or a blob; percent-encoded where XML has no letters for it."""
    element = entry.find("Name")
    if element is None or not element.text:
        return ""
    return unquote(element.text) if element.get("Encoded") == "true" else element.text

"""The data plane of storage accounts: containers and blobs on the account's own host, for tokens of that service.

It answers lists in XML and content in ranges, and knows three requests; refusals have the code in a header and XML, as
Azure's. A blob that is not read in a range is a violation: nobody here has a reason to take it whole.
"""

from collections.abc import Callable
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from scanner.demo.azure.arm_error import ArmError
from scanner.demo.azure.estate import Estate, Record
from scanner.demo.azure.message import Answer, Request
from scanner.demo.azure.tokens import Tokens
from scanner.demo.azure.world import Blob, Container

AUDIENCE = "https://storage.azure.com"
_VERSION = "2023-11-03"
_ACCOUNTS = "microsoft.storage/storageaccounts"


class BlobStorage:
    """`violate` is told of a blob that is asked for whole."""

    def __init__(self, estate: Estate, tokens: Tokens, violate: Callable[[str], None]) -> None:
        self._accounts = {
            host: record
            for subscription in estate.subscriptions
            for record in estate.tracked(subscription)
            if record.type.lower() == _ACCOUNTS and (host := _host(record))
        }
        self._tokens = tokens
        self._violate = violate

    @property
    def hosts(self) -> set[str]:
        return set(self._accounts)

    def serves(self, host: str) -> bool:
        return host in self._accounts

    def answer(self, request: Request, login: str) -> Answer:
        """GET on an account's host."""
        try:
            return self._answer(request, self._accounts[request.host], login)
        except ArmError as error:
            return _refused(error)

    def _answer(self, request: Request, record: Record, login: str) -> Answer:
        resource = record.resource
        assert resource is not None, "an account is a tracked resource"
        if request.headers.get("x-ms-version") != _VERSION:
            raise ArmError(
                400, "InvalidHeaderValue", "The value for one of the HTTP headers is not in the right format."
            )
        challenge = f"{login}/{record.subscription.tenant}"
        principal = self._tokens.authenticate(request.headers.get("authorization"), [AUDIENCE], challenge)
        if principal.tenant != record.subscription.tenant:
            raise ArmError(401, "InvalidAuthenticationInfo", "Issuer validation failed.")
        if resource.data_plane == "denied":
            message = "This request is not authorized to perform this operation using this permission."
            raise ArmError(403, "AuthorizationPermissionMismatch", message)
        query = request.query
        parts = [part for part in request.path.split("/") if part]
        if not parts and query.get("comp") == "list":
            return _listed(
                query, "Containers", [f"<Container><Name>{c.name}</Name></Container>" for c in resource.containers]
            )
        container = next((one for one in resource.containers if parts and one.name == parts[0]), None)
        if container is None:
            raise ArmError(404, "ContainerNotFound", "The specified container does not exist.")
        if len(parts) == 1 and query.get("restype") == "container" and query.get("comp") == "list":
            return _listed(query, "Blobs", [_entry(blob) for blob in container.blobs])
        return self._content(request, container)

    def _content(self, request: Request, container: Container) -> Answer:
        name = request.path.lstrip("/").partition("/")[2]
        blob = next((one for one in container.blobs if one.name == name), None)
        if blob is None:
            raise ArmError(404, "BlobNotFound", "The specified blob does not exist.")
        if blob.tier == "Archive":
            raise ArmError(409, "BlobArchived", "This operation is not permitted on an archived blob.")
        if blob.customer_key:
            message = "The blob is encrypted with customer specified encryption key, but it was not provided."
            raise ArmError(409, "BlobUsesCustomerSpecifiedEncryption", message)
        asked = request.headers.get("x-ms-range", "")
        if not asked.startswith("bytes=0-"):
            self._violate(f"a blob was asked for whole: {request.host}")
            return Answer(body=blob.content, headers={"Content-Type": "application/octet-stream"})
        data = blob.content[: int(asked.removeprefix("bytes=0-")) + 1]
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Range": f"bytes 0-{len(data) - 1}/{len(blob.content)}",
        }
        return Answer(status=206, body=data, headers=headers)


def whole(blob_answer: Answer) -> Answer:
    """The answer of a server, or of something before it, that ignores ranges."""
    headers = {name: value for name, value in blob_answer.headers.items() if name != "Content-Range"}
    return Answer(status=200, body=bytes(blob_answer.body or b"") * 50, headers=headers)


def _host(record: Record) -> str:
    endpoints = record.properties.get("primaryEndpoints") or {}
    return (urlsplit(str(endpoints.get("blob") or "")).hostname or "").lower()


def _entry(blob: Blob) -> str:
    tier = f"<AccessTier>{blob.tier}</AccessTier>" if blob.tier else ""
    properties = f"<Content-Length>{len(blob.content)}</Content-Length><BlobType>BlockBlob</BlobType>{tier}"
    return f"<Blob><Name>{escape(blob.name)}</Name><Properties>{properties}</Properties></Blob>"


def _listed(query: dict[str, str], kind: str, entries: list[str]) -> Answer:
    """One page; a marker for the next when there is more."""
    most = int(query.get("maxresults", "5000"))
    if not 1 <= most <= 5000:
        raise ArmError(400, "OutOfRangeQueryParameterValue", "A query parameter specified is out of range.")
    marker = "<NextMarker>2!96</NextMarker>" if len(entries) > most else "<NextMarker />"
    text = f"<EnumerationResults><{kind}>{''.join(entries[:most])}</{kind}>{marker}</EnumerationResults>"
    body = b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>' + text.encode()
    return Answer(body=body, headers={"Content-Type": "application/xml"})


def _refused(error: ArmError) -> Answer:
    text = f"<Error><Code>{error.code}</Code><Message>{escape(error.message)}</Message></Error>"
    body = b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>' + text.encode()
    headers = {**error.headers, "Content-Type": "application/xml", "x-ms-error-code": error.code}
    return Answer(status=error.status, body=body, headers=headers)

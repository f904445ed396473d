"""The beginnings of a few objects of a bucket: for a scan that was asked for it, and only as much as its share says.

A bucket whose reader pays is left alone, and so is an object whose reading costs a fee for retrieval, moves it to
another class or has to be restored first. What S3 says about an object is not repeated: it may quote the object's name.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from scanner.model import Gap, GapReason, Unit
from scanner.model.records import Calls, Record
from scanner.model.sample import Sampled, Share
from scanner.providers.aws.call import Answer, Client
from scanner.providers.aws.faults import Refused
from scanner.providers.sampling import BEYOND, Excerpt, NotReadError, Trouble, outcome, row, spread, word_of

TYPES = frozenset({"s3.bucket"})
PAYER, LIST, READ = "get_bucket_request_payment", "list_objects_v2", "get_object"
PERMISSIONS = {PAYER: "s3:GetBucketRequestPayment", LIST: "s3:ListBucket", READ: "s3:GetObject"}
DECRYPT = "kms:Decrypt"
_CONTENT = "s3:GetObject"
"""The operation whose answer is content."""

_PAGE = 1000
"""Objects of the one page that is listed."""
_READABLE = frozenset({"STANDARD", "REDUCED_REDUNDANCY"})
"""Storage classes whose reading costs no fee for retrieval and changes nothing. A read moves an object of
INTELLIGENT_TIERING to another tier; the classes for rare access ask a fee, and archives a restoration."""
_SECONDS = 60.0
"""Longest time for the bytes of one object, however slowly they come."""
_CHUNK = 16 * 1024


def sample(unit: Unit, client: Client, share: Share) -> Iterator[Excerpt | Record]:
    """See `scanner.providers.sampling.Sampler.sample`."""
    troubles: Counter[Trouble] = Counter()
    objects = size = 0
    for key in _keys(client, share, troubles):
        try:
            data = _beginning(client, share, key)
        except NotReadError as error:
            troubles[error.trouble] += 1
            continue
        objects, size = objects + 1, size + len(data)
        yield Excerpt(data)
    yield from outcome(unit, share, objects, size, troubles, Calls(by_operation=dict(client.calls)))


def not_entered(unit: Unit, share: Share, reason: GapReason) -> Iterator[Record]:
    """The records of a bucket for which there is no client."""
    gaps = (Gap(fact="sample", reason=reason, detail="S3 could not be asked"),)
    yield Sampled(resource=share.resource, sample=None, gaps=gaps)
    yield Calls(by_operation={})
    yield row(unit, gaps, 0)


def _keys(client: Client, share: Share, troubles: Counter[Trouble]) -> list[str]:
    """Names of the objects to read: at equal distances on the first page of the list, of those that may be read."""
    try:
        payer = _asked(client, PAYER, _of(share)).get("Payer")
        if payer == "Requester":
            raise NotReadError(GapReason.NOT_SCANNED, "who reads this bucket pays for it, so it was left alone")
        if payer != "BucketOwner":
            raise NotReadError(GapReason.MALFORMED, "the answer does not say who pays", client.operation(PAYER))
        page = _asked(client, LIST, {**_of(share), "MaxKeys": _PAGE})
    except NotReadError as error:
        troubles[error.trouble] += 1
        return []
    filled = [entry for entry in page.get("Contents") or () if entry.get("Key") and entry.get("Size")]
    for entry in filled:
        class_ = str(entry.get("StorageClass") or "STANDARD")
        if class_ not in _READABLE:
            told = f"objects of the class {word_of(class_)} are not read"
            troubles[Trouble(GapReason.NOT_SCANNED, told)] += 1
    readable = [str(entry["Key"]) for entry in filled if (entry.get("StorageClass") or "STANDARD") in _READABLE]
    if page.get("IsTruncated") and not readable:
        troubles[BEYOND] += 1
    return spread(readable, share.objects)


def _beginning(client: Client, share: Share, key: str) -> bytes:
    """The first bytes of an object. An answer that is not the range that was asked for is not read at all."""
    answer = _asked(client, READ, {**_of(share), "Key": key, "Range": f"bytes=0-{share.bytes - 1}"})
    body = answer["Body"]
    try:
        status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if status != 206 or not str(answer.get("ContentRange", "")).startswith("bytes 0-"):
            raise NotReadError(GapReason.MALFORMED, "the answer is not the range that was asked for", _CONTENT)
        data = _read(body, share.bytes)
        if len(data) < min(int(answer.get("ContentLength") or 0), share.bytes):
            raise NotReadError(GapReason.MALFORMED, "the content ended early", _CONTENT)
        return data
    finally:
        body.close()


def _read(body: Any, most: int) -> bytes:
    data = bytearray()
    deadline = time.monotonic() + _SECONDS
    while len(data) < most:
        try:
            chunk = body.read(min(_CHUNK, most - len(data)))
        except Exception as error:  # noqa: BLE001 - a broken stream; its words may hold content, so only its kind is told
            told = f"the content broke off ({type(error).__name__})"
            raise NotReadError(GapReason.UNREACHABLE, told, _CONTENT) from None
        if not chunk:
            break
        data += chunk
        if time.monotonic() > deadline:
            raise NotReadError(GapReason.UNREACHABLE, "the content came too slowly", _CONTENT)
    return bytes(data)


def _asked(client: Client, op: str, params: Mapping[str, Any]) -> Answer:
    try:
        return client.call(op, params)
    except Refused as refused:
        raise _refusal(refused, op, client.operation(op)) from None


def _refusal(refused: Refused, op: str, operation: str) -> NotReadError:
    """What a refusal means. Its own words are looked at and left out."""
    if refused.is_denial and DECRYPT in refused.detail:
        return NotReadError(refused.reason, "the key of the object may not be used", operation, DECRYPT)
    if op == READ and "Server Side Encryption" in refused.detail:
        told = "the object is under a key that only its writer has (SSE-C)"
        return NotReadError(GapReason.UNSUPPORTED, told, operation)
    if refused.code == "InvalidObjectState":
        return NotReadError(GapReason.NOT_SCANNED, "the object is in an archive", operation)
    told = word_of(refused.code) or "no usable answer"
    return NotReadError(refused.reason, told, operation, refused.missing(PERMISSIONS[op]))


def _of(share: Share) -> dict[str, Any]:
    """The bucket, and whose it must be: a name that was given up may belong to somebody else by now."""
    return {"Bucket": share.name, "ExpectedBucketOwner": share.account}

"""Amazon resource names and the other ways AWS writes a reference, taken apart without asking anybody."""

import re

from msgspec import Struct


class Arn(Struct, frozen=True, kw_only=True, gc=False):
    """`arn:partition:service:region:account:resource`; region and account are empty where the service has none."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


def parse(text: str) -> Arn | None:
    """The parts of an ARN, or None when `text` is not one."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[1] or not parts[2]:
        return None
    return Arn(partition=parts[1], service=parts[2], region=parts[3], account=parts[4], resource=parts[5])


def bucket_arn(partition: str, name: str) -> str:
    return f"arn:{partition}:s3:::{name}"


_SCHEME = re.compile(r"^(?:s3[an]?|https?)://")
_S3_HOST = re.compile(r"^(?:(?P<bucket>[^/]+)\.)?s3[.-](?:[a-z0-9-]+\.)*amazonaws\.(?:com(?:\.cn)?|eu)$")
"""A host of S3, with a bucket in front of it or not; see "Methods for accessing a bucket" in the S3 user guide."""


def bucket_of(text: str) -> str:
    """Bucket name in `s3://bucket/key`, an address of S3's, `bucket/key`, an ARN of S3's, or a bare name."""
    found = parse(text)
    host, _, path = (found.resource if found is not None else _SCHEME.sub("", text)).partition("/")
    hosted = _S3_HOST.match(host)
    if hosted is None:
        return host
    return hosted["bucket"] or path.partition("/")[0]


_KEY_ID = re.compile(r"^(mrk-[0-9a-f-]{32,36}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$")


def key_reference(text: str, *, partition: str, region: str, account: str) -> str | None:
    """A key as an ARN, whether `text` is an ARN, a key id or an alias name; None when it is none of them.

    A bare id or alias means a key of the same account and region as the resource that names it.
    """
    home = f"arn:{partition}:kms:{region}:{account}:"
    found = parse(text)
    if found is not None:
        is_key = found.service == "kms" and found.resource.startswith(("key/", "alias/"))
        return text if is_key else None
    if text.startswith("alias/"):
        return home + text
    bare = text.removeprefix("key/")
    return f"{home}key/{bare}" if _KEY_ID.match(bare) else None


def is_aws_managed_alias(reference: str) -> bool:
    """True for `alias/aws/…`, by name or ARN. Such an alias must never be described: asking can create its key."""
    return "alias/aws/" in reference


_ACCOUNT = re.compile(r"^\d{12}$")


def is_account(text: str) -> bool:
    return bool(_ACCOUNT.match(text))

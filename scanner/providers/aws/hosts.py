"""Where a client may send what it signs: its own endpoint, and other hosts of the same cloud.

An answer can name another host: S3 says in which region a bucket is, Timestream which cell to ask, and the SDK goes
there. A signed request carries the session token, so what an answer names is held to the cloud it came from.
"""

from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from botocore.loaders import create_loader

from scanner.model import GapReason
from scanner.providers.aws.faults import Refused


def stay(endpoint: str, partition: str) -> Callable[..., None]:
    """A handler of `before-send` that refuses a request to a host outside; it is then not sent.

    `endpoint` is the client's own. Beside it and what stands below it, hosts of the `partition` are inside, unless the
    endpoint is one of the user's own.
    """
    own = urlsplit(endpoint)
    host = own.hostname or ""
    suffixes = _suffixes(partition)
    inside = (f".{host}", *(suffixes if host.endswith(suffixes) else ()))

    def check(request: Any, **_: object) -> None:
        asked = urlsplit(request.url)
        name = asked.hostname or ""
        same_place = asked.netloc == own.netloc or name.endswith(inside)
        if asked.scheme != own.scheme or not same_place:
            raise Refused(GapReason.PROVIDER_ERROR, f"an answer points to {asked.scheme}://{name}, which is not asked")

    return check


@cache
def _suffixes(partition: str) -> tuple[str, ...]:
    """Domains of a partition, each beginning with a dot, from the SDK's own data."""
    found = next(one for one in create_loader().load_data("partitions")["partitions"] if one["id"] == partition)
    return tuple(f".{found['outputs'][name]}" for name in ("dnsSuffix", "dualStackDnsSuffix"))

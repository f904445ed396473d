"""Which services sign their requests with which name, from botocore's models.

Most services sign with their own name; some forty share one. The names stand in the `metadata` of each model, which
nearly always comes first in the file, so the index is built from the first kilobytes of each.
"""

import functools
import gzip
import json
from collections import defaultdict
from pathlib import Path

from botocore.loaders import Loader

_HEAD = 6000


_S3_CONTROL = "/v20180820/"
"""Every path of S3 Control begins so; to S3 itself it would be an object in a bucket of that name."""


def services_of(signing_name: str, path: str = "/") -> tuple[str, ...]:
    """boto3 client names that sign as `signing_name`; the one of that very name first, then by alphabet."""
    if signing_name == "s3" and path.startswith(_S3_CONTROL):
        return ("s3control",)
    found = _index().get(signing_name, ())
    return tuple(sorted(found, key=lambda service: (service != signing_name, service)))


@functools.cache
def _index() -> dict[str, list[str]]:
    loader = Loader()
    index: dict[str, list[str]] = defaultdict(list)
    for service in loader.list_available_services("service-2"):
        metadata = _metadata(loader, service)
        index[metadata.get("signingName", metadata["endpointPrefix"])].append(service)
    # Endpoint rule sets override the signing name of a few operations.
    index["s3express"].append("s3")
    index["s3-outposts"].append("s3control")
    return index


def _metadata(loader: Loader, service: str) -> dict[str, str]:
    version = loader.determine_latest_version(service, "service-2")
    path = Path(loader.BUILTIN_DATA_PATH) / service / version / "service-2.json.gz"
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        head = stream.read(_HEAD)
        start = head.find('"metadata":')
        if start >= 0:
            try:
                return dict(json.JSONDecoder().raw_decode(head, start + len('"metadata":'))[0])
            except json.JSONDecodeError:
                pass  # longer than the head: read it all
        return dict(json.loads(head + stream.read())["metadata"])

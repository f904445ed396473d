"""The second pass over buckets that a copy goes to and that no list of ours shows: in which region is it?"""

from collections.abc import Iterator, Sequence

from botocore.exceptions import ClientError

from scanner.model import GapReason
from scanner.providers.aws.arn import bucket_of
from scanner.providers.aws.call import Client
from scanner.providers.aws.faults import Refused
from scanner.providers.contract import Place

HEAD = "head_bucket"
PERMISSION = "s3:ListBucket"


def places(client: Client, targets: Sequence[str]) -> Iterator[tuple[Place, Refused | None]]:
    """Region of each bucket, with the refusal when there is none. Whose bucket it is, no call shows.

    S3 names the region in a header of every answer, the refusals included, so that a foreign bucket can be placed
    without any permission on it.
    """
    for target in targets:
        try:
            region = str(client.call(HEAD, {"Bucket": bucket_of(target)}).get("BucketRegion") or "") or None
            refused = None if region else Refused(GapReason.MALFORMED, "the answer names no region")
        except Refused as error:
            region, refused = _region_in(error.__cause__), error
        yield Place(target=target, region=region, account=None), None if region else refused


def _region_in(error: BaseException | None) -> str | None:
    if not isinstance(error, ClientError):
        return None
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return str(headers["x-amz-bucket-region"]) if "x-amz-bucket-region" in headers else None

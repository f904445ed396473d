"""S3 as it has been since January 2023: every bucket encrypts by default; lists say where each bucket is.

moto follows the older behaviour. Sources: S3 user guide, "Setting default server-side encryption behavior"; S3 API
reference, ListBuckets (`BucketRegion` is returned only when the request has at least one parameter) and
GetBucketRequestPayment.
"""

from typing import Any

from moto.utilities.utils import get_partition

from scanner.demo.aws.handlers.registry import Handler, Moto, State
from scanner.demo.aws.wire import AwsError, Call

SERVICE = "s3"
_SSE_S3 = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}


def list_buckets(call: Call, _state: State, moto: Moto) -> dict[str, Any]:
    answer = moto.ask()
    if not call.params:
        return answer
    buckets = moto.backend("s3", call.account, get_partition(call.region)).buckets
    for bucket in answer.get("Buckets", []):
        bucket["BucketRegion"] = buckets[bucket["Name"]].region_name
    wanted = call.params.get("BucketRegion")
    if wanted:
        answer["Buckets"] = [bucket for bucket in answer["Buckets"] if bucket["BucketRegion"] == wanted]
    return answer


def get_bucket_encryption(_call: Call, _state: State, moto: Moto) -> dict[str, Any]:
    try:
        return moto.ask()
    except AwsError as error:
        if error.code != "ServerSideEncryptionConfigurationNotFoundError":
            raise
        return {"ServerSideEncryptionConfiguration": {"Rules": [_SSE_S3]}}


def list_directory_buckets(_call: Call, _state: State, _moto: Moto) -> dict[str, Any]:
    """moto answers with the ordinary buckets; an account has no directory buckets until it makes one."""
    return {"Buckets": []}


def put_bucket_request_payment(call: Call, state: State, _moto: Moto) -> dict[str, Any]:
    state.table(call, "s3.payer", "aws")[call.params["Bucket"]] = dict(call.params["RequestPaymentConfiguration"])
    return {}


def get_bucket_request_payment(call: Call, state: State, _moto: Moto) -> dict[str, Any]:
    """moto answers without a payer."""
    return dict(state.table(call, "s3.payer", "aws").get(call.params["Bucket"], {"Payer": "BucketOwner"}))


OPERATIONS: dict[str, Handler] = {
    "ListBuckets": list_buckets,
    "GetBucketEncryption": get_bucket_encryption,
    "ListDirectoryBuckets": list_directory_buckets,
    "PutBucketRequestPayment": put_bucket_request_payment,
    "GetBucketRequestPayment": get_bucket_request_payment,
}

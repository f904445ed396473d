"""Reads of content over HTTP: no more than the share, only what may be touched, and a gap for everything that fails."""

from collections.abc import Iterator
from typing import Any

import pytest

from scanner.model import Coverage, CoverageState, GapReason, Unit
from scanner.model.records import Calls, Record
from scanner.model.sample import Sampled, Share
from scanner.providers.aws import provider
from scanner.providers.contract import Limits
from scanner.providers.sampling import Excerpt
from tests.fixtures.aws import ACCOUNT, REGION, Aws

BUCKET = "echantillon"
DICOM = b"\0" * 128 + b"DICM" + b"x" * 200_000
NAME = "CANARY/Erika Muster.dcm"


class Read:
    """What came of one bucket."""

    def __init__(self, records: Iterator[Excerpt | Record]) -> None:
        self.excerpts: list[bytes] = []
        self.calls: set[str] = set()
        for record in records:
            match record:
                case Excerpt():
                    self.excerpts.append(record.data)
                case Sampled():
                    self.sampled = record
                case Coverage():
                    self.row = record
                case Calls():
                    # As they leave: the server's log may still get a request of an earlier test that hung.
                    self.calls |= set(record.by_operation)

    @property
    def gaps(self) -> list[tuple[GapReason, str]]:
        return [(gap.reason, gap.permission) for gap in self.sampled.gaps]


@pytest.fixture
def s3(aws: Aws) -> Any:
    aws.may_sample()
    client = aws.client("s3")
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return client


def read(objects: int = 4, size: int = 8192, timeout: float = 30.0) -> Read:
    limits = Limits(connect_timeout=5.0, read_timeout=timeout, attempts=1)
    collector = provider.open({"regions": (REGION,), "services": ("s3",), "sample": 10**6}, limits)
    share = Share(
        resource=f"arn:aws:s3:::{BUCKET}",
        type="s3.bucket",
        account=ACCOUNT,
        region=REGION,
        name=BUCKET,
        objects=objects,
        bytes=size,
    )
    unit = Unit(provider="aws", partition="aws", account=ACCOUNT, region=REGION, service=f"sample:{BUCKET}")
    try:
        return Read(collector.sample(unit, share))  # type: ignore[attr-defined]
    finally:
        collector.close()


def test_the_beginnings_of_a_few_objects_are_read_and_no_more(aws: Aws, s3: Any) -> None:
    for index in range(9):
        s3.put_object(Bucket=BUCKET, Key=f"{index}", Body=bytes([index]) * 20_000)
    found = read(objects=3, size=5000)
    assert [(data[0], len(data)) for data in found.excerpts] == [(0, 5000), (3, 5000), (6, 5000)]
    assert (found.sampled.sample.objects, found.sampled.sample.bytes) == (3, 15_000)  # type: ignore[union-attr]
    assert (found.gaps, found.row.state, found.row.count) == ([], CoverageState.COMPLETE, 3)


def test_a_small_object_is_read_whole_and_an_empty_one_not_at_all(aws: Aws, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="empty", Body=b"")
    s3.put_object(Bucket=BUCKET, Key="small", Body=b"abc")
    found = read()
    assert (found.excerpts, found.gaps, found.row.state) == ([b"abc"], [], CoverageState.COMPLETE)


def test_an_empty_bucket_is_complete_and_shows_nothing(aws: Aws, s3: Any) -> None:
    found = read()
    assert (found.excerpts, found.gaps, found.row.state) == ([], [], CoverageState.COMPLETE)


@pytest.mark.parametrize("more", [True, False])
def test_a_first_page_with_nothing_to_read_is_no_empty_bucket(aws: Aws, s3: Any, more: bool) -> None:
    page = {"Name": BUCKET, "KeyCount": 1, "MaxKeys": 1000, "Contents": [{"Key": "folder/", "Size": 0}]}
    aws.given("s3", "ListObjectsV2", {**page, "IsTruncated": more, **({"NextContinuationToken": "m"} if more else {})})
    found = read()
    assert (found.excerpts, found.gaps) == ([], [(GapReason.NOT_SCANNED, "")] if more else [])
    assert found.row.state is (CoverageState.SKIPPED if more else CoverageState.COMPLETE)


@pytest.mark.parametrize("class_", ["GLACIER", "DEEP_ARCHIVE", "GLACIER_IR", "STANDARD_IA", "INTELLIGENT_TIERING"])
def test_classes_that_cost_or_change_are_not_touched(aws: Aws, s3: Any, class_: str) -> None:
    s3.put_object(Bucket=BUCKET, Key="old", Body=DICOM, StorageClass=class_)
    found = read()
    assert (found.excerpts, found.gaps) == ([], [(GapReason.NOT_SCANNED, "")])
    assert found.row.state is CoverageState.SKIPPED
    assert class_ in found.sampled.gaps[0].detail
    assert found.calls and "s3:GetObject" not in found.calls
    s3.put_object(Bucket=BUCKET, Key="new", Body=b"abc")
    found = read()
    assert (found.excerpts, found.gaps) == ([b"abc"], [(GapReason.NOT_SCANNED, "")])
    assert found.row.state is CoverageState.COMPLETE


def test_a_bucket_whose_reader_pays_is_left_alone(aws: Aws, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="a", Body=DICOM)
    s3.put_bucket_request_payment(Bucket=BUCKET, RequestPaymentConfiguration={"Payer": "Requester"})
    found = read()
    assert (found.excerpts, found.gaps) == ([], [(GapReason.NOT_SCANNED, "")])
    assert found.row.state is CoverageState.SKIPPED
    assert found.calls and not {"s3:GetObject", "s3:ListObjectsV2"} & found.calls


FAULTS: dict[str, GapReason] = {
    "denied": GapReason.DENIED,
    "denied_by_scp": GapReason.DENIED_BY_ORGANIZATION,
    "throttled": GapReason.THROTTLED,
    "server_error": GapReason.PROVIDER_ERROR,
    "expired": GapReason.EXPIRED,
    "reset": GapReason.UNREACHABLE,
    "hang": GapReason.UNREACHABLE,
    "html": GapReason.PROVIDER_ERROR,
    "gone": GapReason.GONE,
}
IN_CONTENT = {"truncated": GapReason.UNREACHABLE, "malformed": GapReason.MALFORMED, "whole": GapReason.MALFORMED}


@pytest.mark.parametrize("fault", [*FAULTS, *IN_CONTENT])
def test_an_object_that_cannot_be_read_is_a_gap_and_no_sample(aws: Aws, s3: Any, fault: str) -> None:
    s3.put_object(Bucket=BUCKET, Key=NAME, Body=DICOM)
    assert len(read().excerpts) == 1
    aws.faults({"fault": fault, "operation": "GetObject", "seconds": 2.0})
    found = read(timeout=0.5 if fault == "hang" else 30.0)
    permission = "s3:GetObject" if fault.startswith("denied") else ""
    assert (found.excerpts, found.gaps) == ([], [({**FAULTS, **IN_CONTENT}[fault], permission)])
    assert found.row.state is not CoverageState.COMPLETE
    assert found.row.permission == permission
    assert found.sampled.gaps[0].operation == "s3:GetObject"
    assert "Erika" not in str((found.sampled, found.row))


@pytest.mark.parametrize("fault", [*FAULTS, "malformed", "truncated"])
@pytest.mark.parametrize("operation", ["GetBucketRequestPayment", "ListObjectsV2"])
def test_a_bucket_that_cannot_be_listed_is_a_gap_and_not_an_empty_one(
    aws: Aws, s3: Any, operation: str, fault: str
) -> None:
    s3.put_object(Bucket=BUCKET, Key=NAME, Body=DICOM)
    assert len(read().excerpts) == 1
    aws.faults({"fault": fault, "operation": operation, "seconds": 2.0})
    found = read(timeout=0.5 if fault == "hang" else 30.0)
    assert found.excerpts == []
    assert len(found.gaps) == 1
    assert found.row.state not in (CoverageState.COMPLETE, CoverageState.PARTIAL)


def test_one_object_of_several_that_fails_makes_the_sample_partial(aws: Aws, s3: Any) -> None:
    for index in range(3):
        s3.put_object(Bucket=BUCKET, Key=f"{index}", Body=b"abc")
    aws.faults({"fault": "denied", "operation": "GetObject", "times": 1})
    found = read()
    assert (len(found.excerpts), found.row.state) == (2, CoverageState.PARTIAL)
    assert found.gaps == [(GapReason.DENIED, "s3:GetObject")]


def test_an_answer_that_is_not_the_range_is_not_read(aws: Aws, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="a", Body=DICOM)
    aws.faults({"fault": "whole", "operation": "GetObject"})
    found = read()
    assert found.sampled.sample is not None
    assert found.sampled.sample.bytes == 0
    assert "not the range" in found.sampled.gaps[0].detail


@pytest.mark.parametrize(
    ("fault", "reason", "permission", "told"),
    [
        ("key_denied", GapReason.DENIED, "kms:Decrypt", "the key of the object may not be used"),
        ("sse_c", GapReason.UNSUPPORTED, "", "SSE-C"),
        ("archived", GapReason.NOT_SCANNED, "", "in an archive"),
    ],
)
def test_what_s3_refuses_about_one_object_is_told_as_what_it_is(
    aws: Aws, s3: Any, fault: str, reason: GapReason, permission: str, told: str
) -> None:
    s3.put_object(Bucket=BUCKET, Key="a", Body=DICOM)
    aws.faults({"fault": fault, "operation": "GetObject"})
    found = read()
    assert (found.excerpts, found.gaps) == ([], [(reason, permission)])
    assert told in found.sampled.gaps[0].detail
    assert found.row.state is not CoverageState.COMPLETE


def test_without_the_option_the_guard_lets_no_read_of_content_out(aws: Aws, s3: Any) -> None:
    collector: Any = provider.open({"regions": (REGION,), "services": ("s3",)}, Limits(attempts=1))
    assert collector.sampled_types == frozenset()
    client = collector._clients.open("s3", REGION)
    for op, params in {"get_object": {"Key": "a", "Range": "bytes=0-1"}, "list_objects_v2": {}}.items():
        with pytest.raises(Exception, match="not among the declared read calls"):
            client.call(op, {"Bucket": BUCKET, **params})
    # Counted where requests leave: the simulation may still be noting one that an earlier test let hang.
    assert not client.calls


def test_with_the_option_an_object_is_still_never_read_whole(aws: Aws, s3: Any) -> None:
    collector: Any = provider.open({"regions": (REGION,), "services": ("s3",), "sample": 10**6}, Limits(attempts=1))
    client = collector._clients.open("s3", REGION)
    with pytest.raises(Exception, match="never read whole"):
        client.call("get_object", {"Bucket": BUCKET, "Key": "a"})
    assert not client.calls

"""Every fault, in every protocol, as a real client sees it."""

from typing import Any

import botocore.exceptions as sdk
import pytest
from botocore.parsers import ResponseParserError

from tests.fixtures.aws import Aws

LISTS = {
    "json": ("kms", "list_keys", {}),
    "query": ("sns", "list_topics", {}),
    "ec2": ("ec2", "describe_volumes", {}),
    "rest-json": ("lambda", "list_functions", {}),
    "rest-xml": ("s3", "list_buckets", {}),
    "cbor": ("eventbridgev2", "list_event_buses", {}),
}


def ask(aws: Aws, protocol: str, **config: Any) -> Any:
    service, operation, params = LISTS[protocol]
    return getattr(aws.client(service, **config), operation)(**params)


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [
        ("json", "AccessDeniedException"),
        ("query", "AccessDenied"),
        ("ec2", "UnauthorizedOperation"),
        ("rest-json", "AccessDeniedException"),
        ("rest-xml", "AccessDenied"),
        ("cbor", "AccessDeniedException"),
    ],
)
@pytest.mark.parametrize(
    ("fault", "words"), [("denied", "not authorized"), ("denied_by_scp", "explicit deny in a service control policy")]
)
def test_denied(aws: Aws, protocol: str, expected: str, fault: str, words: str) -> None:
    aws.faults({"fault": fault})
    with pytest.raises(sdk.ClientError, match=words) as error:
        ask(aws, protocol)
    assert error.value.response["Error"]["Code"] == expected


@pytest.mark.parametrize("protocol", LISTS)
@pytest.mark.parametrize(
    ("fault", "codes"),
    [
        ("opt_in_required", {"OptInRequired"}),
        (
            "region_disabled",
            {"AuthFailure", "InvalidClientTokenId", "InvalidAccessKeyId", "UnrecognizedClientException"},
        ),
        ("throttled", {"ThrottlingException", "Throttling", "RequestLimitExceeded", "SlowDown"}),
        ("server_error", {"InternalFailure"}),
        ("expired", {"ExpiredTokenException", "ExpiredToken", "RequestExpired"}),
    ],
)
def test_errors_that_aws_states(aws: Aws, protocol: str, fault: str, codes: set[str]) -> None:
    aws.faults({"fault": fault})
    with pytest.raises(sdk.ClientError) as error:
        ask(aws, protocol)
    assert error.value.response["Error"]["Code"] in codes


@pytest.mark.parametrize("protocol", LISTS)
def test_a_reset_connection(aws: Aws, protocol: str) -> None:
    aws.faults({"fault": "reset"})
    with pytest.raises(sdk.ConnectionClosedError):
        ask(aws, protocol)


@pytest.mark.parametrize("protocol", LISTS)
def test_a_hanging_connection(aws: Aws, protocol: str) -> None:
    aws.faults({"fault": "hang", "seconds": 0.3})
    with pytest.raises(sdk.ReadTimeoutError):
        ask(aws, protocol, read_timeout=0.1)


@pytest.mark.parametrize("protocol", ["query", "ec2", "rest-xml", "cbor"])
@pytest.mark.parametrize("fault", ["truncated", "malformed"])
def test_an_answer_that_cannot_be_read(aws: Aws, protocol: str, fault: str) -> None:
    aws.faults({"fault": fault})
    # The S3 client turns such an answer into a 500 of its own; the CBOR parser asks for memory it misread the size of.
    with pytest.raises((ResponseParserError, sdk.ClientError, MemoryError)):
        ask(aws, protocol)


@pytest.mark.parametrize("protocol", ["json", "rest-json"])
@pytest.mark.parametrize("fault", ["truncated", "malformed"])
def test_an_answer_that_is_not_json_is_empty_to_the_sdk(aws: Aws, protocol: str, fault: str) -> None:
    """The trap that a scanner has to know: no exception, status 200, and no list."""
    aws.faults({"fault": fault})
    answer = ask(aws, protocol)
    assert set(answer) == {"ResponseMetadata"}
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize("protocol", LISTS)
def test_a_slow_answer_is_the_ordinary_one(aws: Aws, protocol: str) -> None:
    aws.faults({"fault": "slow", "seconds": 0.01})
    assert ask(aws, protocol)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_proxys_web_page(aws: Aws) -> None:
    aws.faults({"fault": "html"})
    with pytest.raises(sdk.ClientError) as error:
        ask(aws, "json")
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503


def test_a_repeated_page_token_is_noticed_by_the_sdks_paginator(aws: Aws) -> None:
    aws.client("logs").create_log_group(logGroupName="/app")
    aws.faults({"fault": "repeated_token"})
    with pytest.raises(sdk.PaginationError):
        list(aws.client("logs").get_paginator("describe_log_groups").paginate())


@pytest.mark.parametrize(
    ("service", "operation"), [("kms", "list_keys"), ("s3", "list_buckets"), ("rds", "describe_db_instances")]
)
def test_a_repeated_page_token_repeats_in_other_protocols(aws: Aws, service: str, operation: str) -> None:
    aws.faults({"fault": "repeated_token"})
    with pytest.raises(sdk.PaginationError):
        list(aws.client(service).get_paginator(operation).paginate())


def test_a_rule_lets_some_requests_through_and_then_meets_so_many(aws: Aws) -> None:
    aws.faults({"fault": "throttled", "service": "kms", "after": 1, "times": 2})
    statuses = []
    for _ in range(5):
        try:
            statuses.append(ask(aws, "json")["ResponseMetadata"]["HTTPStatusCode"])
        except sdk.ClientError as error:
            statuses.append(error.response["ResponseMetadata"]["HTTPStatusCode"])
    assert statuses == [200, 400, 400, 200, 200]


def test_throttling_that_ends_is_survived_by_the_sdks_retries(aws: Aws) -> None:
    aws.faults({"fault": "throttled", "times": 1})
    answer = ask(aws, "ec2", retries={"total_max_attempts": 3, "mode": "standard"})
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1


def test_a_rule_meets_only_what_it_names(aws: Aws) -> None:
    aws.faults({"fault": "denied", "service": "kms", "operation": "List*", "region": "us-*"})
    assert aws.client("kms", "eu-west-3").list_keys()["Keys"] == []
    with pytest.raises(sdk.ClientError):
        aws.client("kms", "us-east-1").list_keys()
    assert aws.client("sqs", "us-east-1").list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_the_log_names_the_fault_that_answered(aws: Aws) -> None:
    aws.faults({"fault": "denied", "service": "kms"}, {"fault": "reset", "service": "sns"})
    with pytest.raises(sdk.ClientError):
        ask(aws, "json")
    with pytest.raises(sdk.ConnectionClosedError):
        ask(aws, "query")
    # A connection that an earlier test cut may be logged late.
    asked = [line for line in aws.log() if line["service"] in ("kms", "sns")]
    assert [(line["service"], line["status"], line["by"]) for line in asked] == [
        ("kms", 400, "fault:denied"),
        ("sns", 0, "fault:reset"),
    ]

"""A client that is killed in the middle of a request has asked for nothing."""

import socket
import time
from urllib.parse import urlsplit

from tests.fixtures.aws import Aws


def test_a_request_that_breaks_off_is_no_call(aws: Aws) -> None:
    address = urlsplit(aws.process.endpoint)
    with socket.create_connection((address.hostname, address.port or 80)) as connection:
        connection.sendall(
            b"POST / HTTP/1.1\r\nHost: dynamodb.eu-west-3.amazonaws.com\r\nContent-Length: 25\r\n"
            b"Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: DynamoDB_20120810.DescribeTable\r\n"
            b"Authorization: AWS4-HMAC-SHA256 Credential=111122223333/20261124/eu-west-3/dynamodb/aws4_request\r\n\r\n"
            b'{"Table'
        )
    time.sleep(0.1)
    assert aws.log() == []
    assert aws.violations() == []

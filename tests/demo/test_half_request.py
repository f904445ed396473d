"""A client that is killed in the middle of a request has asked for nothing."""

import socket
from urllib.parse import urlsplit

from tests.fixtures.aws import Aws


def test_a_request_that_breaks_off_is_no_call(aws: Aws) -> None:
    address = urlsplit(aws.process.endpoint)
    with socket.create_connection((address.hostname, address.port or 80)) as connection:
        connection.sendall(
            b"POST / HTTP/1.1\r\nHost: dynamodb.eu-west-3.amazonaws.com\r\nContent-Length: 25\r\n"
            b"Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: DynamoDB_20120810.DescribeTable\r\n"
            b"Authorization: AWS4-HMAC-SHA256 Credential=111122223333/20261124/eu-west-3/dynamodb/aws4_request\r\n\r\n"
        )
    for _ in range(3):  # by then the broken one has been answered, if it was taken for a call
        aws.client("dynamodb").list_tables()
    assert aws.asked() == {"dynamodb:ListTables"}
    assert aws.violations() == []

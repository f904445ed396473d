"""An AWS of any number of accounts that are nowhere kept: every answer is computed from its account and page.

    python -m benchmarks.fleet_server ACCOUNTS RESOURCES [THROTTLED]

RESOURCES is the number in each account, all in eu-west-3: volumes and snapshots (EC2's XML), functions (REST and JSON),
parameters and queues (JSON, the queues with a call for each), under two keys of the account. One request of every
THROTTLED is refused for its rate. Prints its port and ends with its standard input; `GET /_asked` gives requests by
operation and the server's own CPU seconds.
"""

import asyncio
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

REGION = "eu-west-3"
MANAGEMENT = "100000000000"
SHARES = {"volume": 30, "snapshot": 30, "function": 25, "parameter": 10, "queue": 5}
"""Of an account's resources, in per cent."""
PAGE = {"volume": 500, "snapshot": 500, "function": 50, "parameter": 50, "queue": 1000}
_MEMBERS = 20
"""Accounts a page, as Organizations gives them."""

_SIGNED = re.compile(rb"Credential=(?:ASIA)?(\d{12})")
_EC2 = "http://ec2.amazonaws.com/doc/2016-11-15/"
_STS = "https://sts.amazonaws.com/doc/2011-06-15/"
_JSON = "application/x-amz-json-1.1"

Reply = tuple[int, str, bytes]
"""Status, content type, body."""


def key_of(account: str, index: int) -> str:
    """ARN of the key that a resource has by its number."""
    return f"arn:aws:kms:{REGION}:{account}:key/{account}-{index % 2}"


def _unique(account: str, index: int) -> str:
    """Seventeen digits that no other account has: the ARN of a snapshot names no account."""
    return f"{int(account) - int(MANAGEMENT):07x}{index:010x}"


class Fleet:
    """The arithmetic of it."""

    def __init__(self, accounts: int, resources: int, throttled: int) -> None:
        self.accounts = accounts
        self.counts = {kind: resources * share // 100 for kind, share in SHARES.items()}
        self.counts["volume"] += resources - sum(self.counts.values())
        self.throttled = throttled
        self.asked: Counter[str] = Counter()
        self._seen = 0

    def answer(self, method: str, path: str, headers: dict[str, bytes], body: bytes) -> Reply:
        """One request; 404 for what this AWS does not know."""
        if path == "/_asked":
            return 200, _JSON, json.dumps({"asked": self.asked, "cpu": time.process_time()}).encode()
        signed = _SIGNED.search(headers.get("authorization", b""))
        account = signed[1].decode() if signed else MANAGEMENT
        parts = urlsplit(path)
        if target := headers.get("x-amz-target"):
            operation, asked = target.decode().rpartition(".")[2], json.loads(body or b"{}")
            made = self._json.get(operation)
        elif method == "GET" and parts.path.rstrip("/") == "/2015-03-31/functions":
            operation, asked = "ListFunctions", {name: found[0] for name, found in parse_qs(parts.query).items()}
            made = Fleet._functions
        else:
            asked = {name: found[0] for name, found in parse_qs(body.decode()).items()}
            operation = asked.get("Action", f"{method} {parts.path}")
            made = self._query.get(operation)
        self.asked[operation] += 1
        if made is None:
            return 404, _JSON, json.dumps({"__type": "UnknownOperationException", "message": operation}).encode()
        self._seen += 1
        if self.throttled and self._seen % self.throttled == 0:
            return _slower(operation in self._query)
        found = made(self, account, asked)
        if isinstance(found, str):
            return 200, "text/xml", found.encode()
        return 200, _JSON, json.dumps(found).encode()

    def _window(self, kind: str, token: Any) -> tuple[range, str]:
        """Numbers of the resources of a page, and the token of the next."""
        start = int(token or 0)
        end = min(start + PAGE[kind], self.counts[kind])
        return range(start, end), str(end) if end < self.counts[kind] else ""

    def _functions(self, account: str, asked: dict[str, Any]) -> dict[str, Any]:
        numbers, following = self._window("function", asked.get("Marker"))
        functions = [
            {
                "FunctionName": f"f{i}",
                "FunctionArn": f"arn:aws:lambda:{REGION}:{account}:function:f{i}",
                "KMSKeyArn": key_of(account, i),
            }
            for i in numbers
        ]
        return {"Functions": functions, **({"NextMarker": following} if following else {})}

    def _parameters(self, account: str, asked: dict[str, Any]) -> dict[str, Any]:
        numbers, following = self._window("parameter", asked.get("NextToken"))
        parameters = [{"Name": f"/p/{i}", "Type": "SecureString", "KeyId": key_of(account, i)} for i in numbers]
        return {"Parameters": parameters, **({"NextToken": following} if following else {})}

    def _queues(self, account: str, asked: dict[str, Any]) -> dict[str, Any]:
        numbers, following = self._window("queue", asked.get("NextToken"))
        urls = [f"https://sqs.{REGION}.amazonaws.com/{account}/q{i}" for i in numbers]
        return {"QueueUrls": urls, **({"NextToken": following} if following else {})}

    def _queue(self, account: str, asked: dict[str, Any]) -> dict[str, Any]:
        name = asked["QueueUrl"].rpartition("/")[2]
        arn = f"arn:aws:sqs:{REGION}:{account}:{name}"
        key = key_of(account, int(name[1:]))
        return {"Attributes": {"QueueArn": arn, "KmsMasterKeyId": key, "MessageRetentionPeriod": "345600"}}

    def _volumes(self, account: str, asked: dict[str, Any]) -> str:
        numbers, following = self._window("volume", asked.get("NextToken"))
        items = "".join(
            f"<item><volumeId>vol-{_unique(account, i)}</volumeId><encrypted>true</encrypted>"
            f"<kmsKeyId>{key_of(account, i)}</kmsKeyId><availabilityZone>{REGION}a</availabilityZone></item>"
            for i in numbers
        )
        return _listed("DescribeVolumes", "volumeSet", items, following)

    def _snapshots(self, account: str, asked: dict[str, Any]) -> str:
        numbers, following = self._window("snapshot", asked.get("NextToken"))
        items = "".join(
            f"<item><snapshotId>snap-{_unique(account, i)}</snapshotId><encrypted>true</encrypted>"
            f"<kmsKeyId>{key_of(account, i)}</kmsKeyId><ownerId>{account}</ownerId></item>"
            for i in numbers
        )
        return _listed("DescribeSnapshots", "snapshotSet", items, following)

    def _regions(self, _account: str, _asked: dict[str, Any]) -> str:
        item = f"<item><regionName>{REGION}</regionName><optInStatus>opt-in-not-required</optInStatus></item>"
        return _listed("DescribeRegions", "regionInfo", item, "")

    def _caller(self, account: str, _asked: dict[str, Any]) -> str:
        return (
            f'<GetCallerIdentityResponse xmlns="{_STS}"><GetCallerIdentityResult><Arn>arn:aws:iam::{account}:user/scan'
            f"</Arn><UserId>AIDA</UserId><Account>{account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
        )

    def _role(self, _account: str, asked: dict[str, Any]) -> str:
        account = asked["RoleArn"].split(":")[4]
        return (
            f'<AssumeRoleResponse xmlns="{_STS}"><AssumeRoleResult><Credentials>'
            f"<AccessKeyId>ASIA{account}</AccessKeyId><SecretAccessKey>simulated</SecretAccessKey><SessionToken>simulated</SessionToken>"
            "<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
        )

    def _tags(self, _account: str, _asked: dict[str, Any]) -> dict[str, Any]:
        return {"ResourceTagMappingList": []}

    def _roots(self, _account: str, _asked: dict[str, Any]) -> dict[str, Any]:
        return {"Roots": [{"Id": "r-root", "Name": "Root"}]}

    def _members(self, _account: str, asked: dict[str, Any]) -> dict[str, Any]:
        start = int(asked.get("NextToken") or 0)
        end = min(start + _MEMBERS, self.accounts)
        found = [
            {"Id": str(int(MANAGEMENT) + i), "Name": f"account {i}", "Status": "ACTIVE"} for i in range(start, end)
        ]
        return {"Accounts": found, **({"NextToken": str(end)} if end < self.accounts else {})}

    def _units(self, _account: str, _asked: dict[str, Any]) -> dict[str, Any]:
        return {"OrganizationalUnits": []}

    def _key(self, account: str, asked: dict[str, Any]) -> dict[str, Any]:
        id_ = asked["KeyId"].rpartition("/")[2]
        metadata = {"KeyId": id_, "Arn": asked["KeyId"], "AWSAccountId": account, "KeyManager": "CUSTOMER"}
        return {"KeyMetadata": {**metadata, "Origin": "AWS_KMS", "KeyState": "Enabled", "MultiRegion": False}}

    def _policy(self, account: str, _asked: dict[str, Any]) -> dict[str, Any]:
        root = {"AWS": f"arn:aws:iam::{account}:root"}
        statement = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
        return {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}

    def _grants(self, _account: str, _asked: dict[str, Any]) -> dict[str, Any]:
        return {"Grants": [], "Truncated": False}

    def _aliases(self, _account: str, _asked: dict[str, Any]) -> dict[str, Any]:
        return {"Aliases": [], "Truncated": False}

    _json: ClassVar[dict[str, Callable[..., Any]]] = {
        "GetResources": _tags,
        "DescribeParameters": _parameters,
        "ListQueues": _queues,
        "GetQueueAttributes": _queue,
        "ListRoots": _roots,
        "ListAccountsForParent": _members,
        "ListOrganizationalUnitsForParent": _units,
        "DescribeKey": _key,
        "GetKeyPolicy": _policy,
        "ListGrants": _grants,
        "ListAliases": _aliases,
    }
    _query: ClassVar[dict[str, Callable[..., Any]]] = {
        "DescribeVolumes": _volumes,
        "DescribeSnapshots": _snapshots,
        "DescribeRegions": _regions,
        "GetCallerIdentity": _caller,
        "AssumeRole": _role,
    }


def _listed(operation: str, member: str, items: str, following: str) -> str:
    token = f"<nextToken>{following}</nextToken>" if following else ""
    return f'<{operation}Response xmlns="{_EC2}"><{member}>{items}</{member}>{token}</{operation}Response>'


def _slower(in_xml: bool) -> Reply:
    if in_xml:
        error = "<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>Slower</Message></Error></Errors>"
        return 503, "text/xml", f"{error}<RequestID>0</RequestID></Response>".encode()
    return 400, _JSON, json.dumps({"__type": "ThrottlingException", "message": "Rate exceeded"}).encode()


class _Connection(asyncio.Protocol):
    """HTTP/1.1 that stays open; as much of it as botocore speaks."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        while (end := self._held.find(b"\r\n\r\n")) >= 0:
            first, *lines = self._held[:end].split(b"\r\n")
            pairs = (line.partition(b":") for line in lines)
            headers = {name.decode().lower(): value.strip() for name, _, value in pairs}
            whole = end + 4 + int(headers.get("content-length", 0))
            if len(self._held) < whole:
                return
            body, self._held = self._held[end + 4 : whole], self._held[whole:]
            method, path, _ = first.decode().split(" ")
            status, kind, answer = self._fleet.answer(method, path, headers, body)
            head = f"HTTP/1.1 {status} .\r\nContent-Type: {kind}\r\nContent-Length: {len(answer)}\r\n"
            self._transport.write(f"{head}\r\n".encode() + answer)


async def _serve(fleet: Fleet) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(fleet), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    asyncio.run(_serve(Fleet(numbers[0], numbers[1], numbers[2] if len(numbers) > 2 else 0)))

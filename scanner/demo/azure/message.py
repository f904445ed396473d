"""A request as it arrived and an answer as it leaves, before and after HTTP."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct, field

from scanner.demo.azure.arm_error import ArmError

Clock = Callable[[], float]
"""Seconds since 1970; a test's clock may stand still or run fast."""


class Request(Struct, frozen=True, kw_only=True):
    method: str
    host: str
    """Host header without port, lower case."""
    path: str
    """Percent-decoded, without query."""
    raw_query: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes = b""

    @property
    def query(self) -> dict[str, str]:
        """Parameters by name as written; one that is given twice is an ArmError."""
        pairs = parse_qsl(self.raw_query, keep_blank_values=True)
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ArmError(400, "InvalidQueryParameter", "A query parameter is specified more than once.")
        return found


class Answer(Struct, kw_only=True):
    status: int = 200
    body: Any = None
    """Encoded as JSON; bytes go out as they are."""
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else msgspec.json.encode(self.body)


def refusal(error: ArmError) -> Answer:
    return Answer(status=error.status, body=error.body(), headers=error.headers)


def only(request: Request, *allowed: str) -> dict[str, str]:
    """The query's parameters by lower-case name, when each is `api-version` or one of `allowed`; ArmError otherwise."""
    query = {name.lower(): value for name, value in request.query.items()}
    unknown = sorted(query.keys() - {"api-version", *allowed})
    if unknown:
        raise ArmError(400, "InvalidQueryParameter", f"The query parameter '{unknown[0]}' is not supported here.")
    return query


def version_of(request: Request) -> str:
    """The request's api-version; ArmError when it has none."""
    for name, value in request.query.items():
        if name.lower() == "api-version" and value:
            return value
    raise ArmError(
        400,
        "MissingApiVersionParameter",
        "The api-version query parameter (?api-version=) is required for all requests.",
    )


def one_of(request: Request, *versions: str) -> str:
    """The request's api-version when it is one of `versions`; ArmError otherwise."""
    version = version_of(request)
    if version not in versions:
        raise ArmError(
            400,
            "InvalidApiVersionParameter",
            f"The api-version '{version}' is invalid. The supported versions are '{','.join(versions)}'.",
        )
    return version

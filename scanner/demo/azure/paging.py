"""Lists in pages: an opaque token that belongs to one list, a nextLink, and now and then a page with nothing on it."""

import base64
import hashlib
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode

from msgspec import Struct

from scanner.demo.azure.arm_error import ArmError
from scanner.demo.azure.message import Request
from scanner.demo.azure.world import Json

T = TypeVar("T")


class PageSizes(Struct, frozen=True, kw_only=True):
    generic: int = 1000
    by_type: int = 100
    blank_after: int = 3
    """A list longer than this many pages has an empty page with a nextLink after them."""


def page(items: list[T], show: Callable[[T], Json], request: Request, url: str, size: int, blank_after: int) -> Json:
    """The page that the request's `$skiptoken` names. `url`: scheme, host and path for the nextLink."""
    query = [(name, value) for name, value in parse_qsl(request.raw_query) if name.lower() != "$skiptoken"]
    sent = next((value for name, value in parse_qsl(request.raw_query) if name.lower() == "$skiptoken"), None)
    identity = f"{request.path.lower()}?{sorted(query)}"
    number = 0 if sent is None else page_number(sent, identity)
    pages = [items[start : start + size] for start in range(0, len(items), size)] or [[]]
    if len(pages) > blank_after:
        pages.insert(blank_after, [])
    if number >= len(pages):
        raise _bad_token()
    body: Json = {"value": [show(item) for item in pages[number]]}
    if number + 1 < len(pages):
        body["nextLink"] = f"{url}?{urlencode([*query, ('$skiptoken', token(number + 1, identity))])}"
    return body


def token(number: int, identity: str) -> str:
    """A token for page `number` of the list `identity`."""
    return base64.urlsafe_b64encode(f"{number}:{_mark(identity)}".encode()).decode().rstrip("=")


def page_number(sent: str, identity: str) -> int:
    """The number in a token that was made for this list; ArmError for any other token."""
    try:
        number, _, mark = base64.urlsafe_b64decode(sent + "=" * (-len(sent) % 4)).decode().partition(":")
        if mark == _mark(identity):
            return int(number)
    except ValueError:
        pass
    raise _bad_token()


def _mark(identity: str) -> str:
    return hashlib.sha256(identity.encode()).hexdigest()[:16]


def _bad_token() -> ArmError:
    return ArmError(400, "InvalidSkipToken", "The provided skip token is not valid for this request.")

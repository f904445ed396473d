"""Asking a source of the first look: a refusal knows of which call, so that a row can name the permission."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from scanner.providers.aws.call import Client, Open
from scanner.providers.aws.catalog import ListCall
from scanner.providers.aws.faults import Refused
from scanner.providers.aws.look.inventory import Unseen

T = TypeVar("T")


class RefusedCall(Refused):
    """A refusal that knows the permission of its call."""

    def __init__(self, permission: str, refused: Refused) -> None:
        super().__init__(refused.reason, refused.detail, refused.code)
        self.permission = permission


def answer(client: Client, op: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """One answer."""
    try:
        return client.call(op, params)
    except Refused as refused:
        raise RefusedCall(_permission(client, op), refused) from refused


def rows(
    client: Client, op: str, member: str, params: Mapping[str, Any], token: tuple[str, str] | None = None
) -> list[dict[str, Any]]:
    """What all pages hold in `member`; refused when one of them is. `token` for a list that the SDK does not page."""
    call = ListCall(op=op, permission="", items=f"{member}[]", paginator=token is None, token=token)
    try:
        return [row for page in client.pages(call, params) for row in page.get(member) or ()]
    except Refused as refused:
        raise RefusedCall(_permission(client, op), refused) from refused


def asked(open_: Open, service: str, region: str, ask: Callable[[Client], T]) -> T | Unseen:
    """What `ask` makes of a client of `service` in `region`, or why there is nothing."""
    try:
        client = open_(service, region)
        try:
            return ask(client)
        finally:
            client.close()
    except RefusedCall as refused:
        return Unseen(service=service, region=region, refused=refused, permission=refused.permission)
    except Refused as refused:
        return Unseen(service=service, region=region, refused=refused)


def _permission(client: Client, op: str) -> str:
    return f"{client.service}:{client.operation(op).partition(':')[2]}"

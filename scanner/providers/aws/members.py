"""Which accounts a scan of several is about: those of an organisation, of some of its units, or of a list."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from scanner.endless import WHY, is_endless
from scanner.errors import CannotRunError, UsageError
from scanner.providers.aws.call import Client
from scanner.providers.aws.catalog import ListCall
from scanner.providers.aws.faults import Refused

ACTIVE = "ACTIVE"
PERMISSIONS = (
    "organizations:DescribeOrganizationalUnit",
    "organizations:ListAccountsForParent",
    "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListParents",
    "organizations:ListRoots",
)
"""What reading the tree of an organisation needs."""

OPERATIONS = (
    "describe_organizational_unit",
    "list_accounts_for_parent",
    "list_organizational_units_for_parent",
    "list_parents",
    "list_roots",
)

_ACCOUNT = re.compile(r"\d{12}")


class Member(Struct, frozen=True, kw_only=True, order=True):
    """One account in scope."""

    account: str
    name: str = ""
    """Empty where only a list of numbers was given."""
    path: str = ""
    """Names from the root to the organisational unit, as `Root/Health/Production`."""
    state: str = ACTIVE
    """As Organizations says: ACTIVE, SUSPENDED, PENDING_CLOSURE, …"""


def listed(words: Sequence[str]) -> tuple[str, ...]:
    """Account numbers from the command line: each word is one, or names a file with one a line.

    What stands behind `#` in a file is a remark. UsageError for a word that is neither.
    """
    found: dict[str, None] = {}
    for word in words:
        if _ACCOUNT.fullmatch(word):
            found[word] = None
            continue
        try:
            if is_endless(Path(word)):
                raise UsageError(f"{word} cannot be read: {WHY}.")
            text = Path(word).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise UsageError(f"'{word}' is no account number of twelve digits and no readable file of them.") from None
        for position, line in enumerate(text.splitlines(), 1):
            number = line.partition("#")[0].strip()
            if number and not _ACCOUNT.fullmatch(number):
                raise UsageError(f"{word}:{position}: '{number}' is no account number of twelve digits.")
            if number:
                found[number] = None
    if not found:
        raise UsageError("--accounts names no account.")
    return tuple(found)


def members(client: Client, units: Sequence[str]) -> tuple[Member, ...]:
    """Accounts of the organisation, or of these organisational units and those below them, by number.

    `client` is one of Organizations. CannotRunError when the tree cannot be read: a part of an organisation that
    passes for the whole would be worse than none.
    """
    try:
        tops = [(unit, _path(client, unit)) for unit in units] or [
            (str(root["Id"]), str(root["Name"])) for root in _all(client, "list_roots", "Roots", {})
        ]
        found = {member.account: member for top, path in tops for member in _below(client, top, path)}
    except Refused as refused:
        raise CannotRunError(
            f"The organisation cannot be read: {refused.detail}. The management account or a delegated administrator "
            f"can; the permissions are {', '.join(PERMISSIONS)}."
        ) from None
    except KeyError as error:
        raise CannotRunError(f"The organisation cannot be read: an answer lacks {error}.") from None
    if not found:
        raise UsageError("There is no account in that part of the organisation.")
    return tuple(sorted(found.values()))


def _below(client: Client, parent: str, path: str) -> Iterator[Member]:
    for account in _all(client, "list_accounts_for_parent", "Accounts", {"ParentId": parent}):
        # `Status` gives way to the finer `State`.
        state = str(account.get("State") or account.get("Status") or "")
        yield Member(account=str(account["Id"]), name=str(account.get("Name") or ""), path=path, state=state)
    for unit in _all(client, "list_organizational_units_for_parent", "OrganizationalUnits", {"ParentId": parent}):
        yield from _below(client, str(unit["Id"]), f"{path}/{unit['Name']}")


def _path(client: Client, unit: str) -> str:
    """Names from the root down to an organisational unit."""
    if unit.startswith("r-"):
        return next((str(root["Name"]) for root in _all(client, "list_roots", "Roots", {}) if root["Id"] == unit), unit)
    described = client.call("describe_organizational_unit", {"OrganizationalUnitId": unit})
    name = str(described["OrganizationalUnit"]["Name"])
    parent = next(_all(client, "list_parents", "Parents", {"ChildId": unit}), None)
    return f"{_path(client, str(parent['Id']))}/{name}" if parent else name


def _all(client: Client, op: str, member: str, params: dict[str, Any]) -> Iterator[dict[str, Any]]:
    call = ListCall(op=op, permission="", items=f"{member}[]", paginator=True)
    for page in client.pages(call, params):
        yield from page.get(member) or ()

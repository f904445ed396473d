"""Who may decrypt with a key: its policy and its grants, read as AWS evaluates them.

Only what widens access beyond the account is of interest; but a statement that cannot be decided from the text alone
(`NotPrincipal`, `NotAction`) is reported as if it did, with its form as a condition, rather than passed over.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from scanner.model import Principal
from scanner.providers.aws.arn import is_account, parse

DECRYPTING = (
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyPair",
    "kms:CreateGrant",
    "kms:PutKeyPolicy",
)
"""Actions that yield cleartext, or the power to obtain it. A new data key opens only what is written with it later,
and is listed because a vendor with it writes what it can read."""

_GRANT_OPERATIONS = frozenset({"Decrypt", "GenerateDataKey", "GenerateDataKeyPair", "ReEncryptFrom", "CreateGrant"})


class UnreadablePolicyError(ValueError):
    """The policy text is not a policy document."""


def from_policy(text: str, account: str) -> tuple[Principal, ...]:
    """Principals that the key policy lets decrypt, the key's own `account` marked as not external.

    Statements are read one by one; a Deny narrows them in ways that need the request to be known, so a policy with one
    is reported with the condition `Deny`.
    """
    try:
        document = json.loads(text)
        statements = document["Statement"]
        if isinstance(statements, dict):
            statements = [statements]
        if not isinstance(statements, list) or not all(isinstance(item, dict) for item in statements):
            raise TypeError("Statement is not a list of objects")
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise UnreadablePolicyError(f"{type(error).__name__}: {error}") from error
    denies = any(item.get("Effect") == "Deny" for item in statements)
    found = [
        principal
        for item in statements
        if item.get("Effect") == "Allow"
        for principal in _of_statement(item, account, denies=denies)
    ]
    return tuple(dict.fromkeys(found))


def from_grants(grants: Iterable[Mapping[str, Any]], account: str) -> tuple[Principal, ...]:
    """Principals to whom a grant gives a decrypting operation."""
    found = []
    for grant in grants:
        operations = sorted(_GRANT_OPERATIONS & set(map(str, grant.get("Operations") or ())))
        grantee = str(grant.get("GranteePrincipal") or "")
        if operations and grantee:
            conditions = tuple(sorted(map(str, grant.get("Constraints") or {})))
            actions = tuple(f"kms:{operation}" for operation in operations)
            found.append(_principal(grantee, _kind(grantee), account, "grant", actions, conditions))
    return tuple(dict.fromkeys(found))


def _of_statement(item: Mapping[str, Any], account: str, *, denies: bool) -> Iterator[Principal]:
    actions = _actions(item)
    if not actions:
        return
    conditions = [
        str(key)
        for operator in _mappings(item.get("Condition"))
        for tests in operator.values()
        if isinstance(tests, dict)
        for key in tests
    ]
    if denies:
        conditions.append("Deny")
    if "NotPrincipal" in item:
        yield _principal("*", "public", account, "policy", actions, (*sorted(conditions), "NotPrincipal"))
        return
    for id_, kind in _named(item.get("Principal")):
        yield _principal(id_, kind, account, "policy", actions, tuple(sorted(conditions)))


def _actions(item: Mapping[str, Any]) -> tuple[str, ...]:
    if "NotAction" in item:
        excluded = _strings(item["NotAction"])
        return tuple(action for action in DECRYPTING if not _matches(action, excluded))
    return tuple(action for action in DECRYPTING if _matches(action, _strings(item.get("Action"))))


def _matches(action: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


def _named(principal: Any) -> Iterator[tuple[str, str]]:
    if isinstance(principal, str):
        yield principal, _kind(principal)
    for mapping in _mappings(principal):
        for word, value in mapping.items():
            for id_ in _strings(value):
                yield id_, {"Service": "service", "Federated": "federated"}.get(word) or _kind(id_)


def _kind(id_: str) -> str:
    if id_ == "*":
        return "public"
    if is_account(id_):
        return "account"
    found = parse(id_)
    if found is None:
        return "service" if id_.endswith((".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu")) else "identity"
    return "account" if found.resource == "root" else "identity"


def _principal(
    id_: str, kind: str, account: str, via: str, actions: tuple[str, ...], conditions: tuple[str, ...]
) -> Principal:
    found = parse(id_)
    owner = id_ if is_account(id_) else (found.account if found else "")
    return Principal(
        id=id_,
        kind=kind,
        account=owner,
        external=kind in ("public", "federated") or bool(owner and owner != account),
        via=via,
        actions=actions,
        conditions=conditions,
    )


def _strings(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(str(element) for element in value) if isinstance(value, list) else ()


def _mappings(value: Any) -> tuple[Mapping[str, Any], ...]:
    return (value,) if isinstance(value, dict) else ()

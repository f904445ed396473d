"""Who may decrypt with a key: its policy and its grants, read as AWS evaluates them.

Only what widens access beyond the account is of interest; but a statement that cannot be decided from the text alone
(`NotPrincipal`, `NotAction`) is reported as if it did, with its form as a condition, rather than passed over. Of
conditions only one is decided, that the caller is of the key's own account. Whoever cannot be seen to belong to that
counts as outside, and a text that is no policy is refused as a whole.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from scanner.model import Principal
from scanner.providers.aws.arn import Arn, is_account, parse

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


_CALLERS_ACCOUNT = frozenset({"kms:calleraccount", "aws:principalaccount"})
"""Condition keys, whose names AWS compares without regard to case, that hold the account of whoever calls. Such
statements are in the policies that the console writes for RDS, Lambda or EBS; see "kms:CallerAccount" in the AWS KMS
developer guide."""

_DELETED = re.compile(r"^(AIDA|AROA)[A-Z0-9]{12,}$")
"""What a policy shows of a user or role that was deleted. It lets in nobody, not even one of the same name later; see
"AWS JSON policy elements: Principal" in the IAM user guide."""


class UnreadablePolicyError(ValueError):
    """The policy is not a policy document, or a grant does not say who may do what."""


def from_policy(text: str, key: Arn) -> tuple[Principal, ...]:
    """Principals that the policy of `key` lets decrypt, those of its own account marked as not external.

    Statements are read one by one; a Deny narrows them in ways that need the request to be known, so a policy with one
    is reported with the condition `Deny`.
    """
    try:
        document = json.loads(text, object_pairs_hook=_once)
        statements = document["Statement"]
        if isinstance(statements, dict):
            statements = [statements]
        if not isinstance(statements, list) or not all(isinstance(item, dict) for item in statements):
            raise TypeError("Statement is not a list of objects")
        for item in statements:
            _check(item)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise UnreadablePolicyError(f"{type(error).__name__}: {error}") from error
    denies = any(item.get("Effect") == "Deny" for item in statements)
    found = [
        principal
        for item in statements
        if item.get("Effect") == "Allow"
        for principal in _of_statement(item, key, denies=denies)
    ]
    return tuple(dict.fromkeys(found))


def from_grants(grants: Iterable[Mapping[str, Any]], key: Arn) -> tuple[Principal, ...]:
    """Principals to whom a grant gives a decrypting operation; UnreadablePolicyError when one says not who or what."""
    found = []
    for grant in grants:
        if not grant.get("Operations") or not grant.get("GranteePrincipal"):
            raise UnreadablePolicyError(f"the grant {grant.get('GrantId') or ''} does not say who may do what")
        operations = sorted(_GRANT_OPERATIONS & set(map(str, grant["Operations"])))
        grantee = str(grant["GranteePrincipal"])
        if operations:
            conditions = tuple(sorted(map(str, grant.get("Constraints") or {})))
            actions = tuple(f"kms:{operation}" for operation in operations)
            found.append(_principal(grantee, _kind(grantee), key, "grant", actions, conditions))
    return tuple(dict.fromkeys(found))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of which no member comes twice: which of them counts, the reader of the text would decide."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a member comes twice")
    return found


def _check(item: Mapping[str, Any]) -> None:
    """TypeError for a statement that AWS's grammar of policies does not know."""
    if item.get("Effect") not in ("Allow", "Deny"):
        raise TypeError("a statement neither allows nor denies")
    named = [item[member] for member in ("Principal", "NotPrincipal") if member in item]
    if len(named) != 1 or not (named[0] == "*" or _are_texts(named[0].values() if isinstance(named[0], dict) else [0])):
        raise TypeError("a statement does not say for whom it is")
    acts = [item[member] for member in ("Action", "NotAction") if member in item]
    if len(acts) != 1 or not _are_texts(acts):
        raise TypeError("a statement does not say for what it is")


def _are_texts(values: Iterable[Any]) -> bool:
    """Whether each value is a text, or a list of texts."""
    return all(
        isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))
        for value in values
    )


def _of_statement(item: Mapping[str, Any], key: Arn, *, denies: bool) -> Iterator[Principal]:
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
    if _within(item.get("Condition"), key):
        yield Principal(id="*", kind="account", account=key.account, via="policy", actions=actions)
        return
    if denies:
        conditions.append("Deny")
    if "NotPrincipal" in item:
        yield _principal("*", "public", key, "policy", actions, (*sorted(conditions), "NotPrincipal"))
        return
    for id_, kind in _named(item.get("Principal")):
        if id_ == "*" and kind == "service":
            # On whose behalf a service asks is not said, and which service is not either.
            yield _principal("*", "public", key, "policy", actions, (*sorted(conditions), "Service"))
        else:
            yield _principal(id_, kind, key, "policy", actions, tuple(sorted(conditions)))


def _within(condition: Any, key: Arn) -> bool:
    """Whether a condition lets in callers of the key's own account only; any further condition narrows that."""
    return any(
        operator == "StringEquals" and name.lower() in _CALLERS_ACCOUNT and set(_strings(value)) == {key.account}
        for tests in _mappings(condition)
        for operator, pairs in tests.items()
        for test in _mappings(pairs)
        for name, value in test.items()
    )


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
    id_: str, kind: str, key: Arn, via: str, actions: tuple[str, ...], conditions: tuple[str, ...]
) -> Principal:
    found = parse(id_)
    # The same number is another account in another partition.
    named = found.account if found is not None and found.partition == key.partition else ""
    owner = id_ if is_account(id_) else named
    return Principal(
        id=id_,
        kind=kind,
        account=owner,
        external=kind in ("public", "federated")
        or not (owner == key.account or kind == "service" or _DELETED.match(id_)),
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

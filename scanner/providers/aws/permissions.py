"""The IAM policy a scan needs, made from the declarations next to the calls and from nothing else."""

import json
from collections.abc import Iterable
from typing import Any

from scanner.providers.aws import keys, members, places
from scanner.providers.aws.catalog import Type
from scanner.providers.aws.look.allowed import BY_SOURCE
from scanner.providers.aws.look.allowed import OPERATIONS as LOOKING
from scanner.providers.aws.tagging import CALL as TAGGING

MANAGED_POLICY_LIMIT = 6144
"""Characters of a managed policy that IAM accepts, white space not counted (IAM quotas)."""

_ENTER = "sts:AssumeRole"
_SCOPE = ("sts:GetCallerIdentity", "ec2:DescribeRegions")


def actions(types: Iterable[Type]) -> list[str]:
    """Every IAM action that scanning `types` needs, in alphabetical order."""
    needed = {permission for type_ in types for permission in type_.permissions}
    needed |= {call.permission for call in keys.CALLS}
    needed |= {places.PERMISSION, TAGGING.permission, *LOOKING.values(), *_SCOPE}
    return sorted(needed)


def iam_policies(types: Iterable[Type]) -> list[dict[str, Any]]:
    """Managed-policy documents, each within the limit, that together allow exactly those actions and nothing else.

    Resource is `*`: the calls list what exists, and most of them take no narrower one.
    """
    policies: list[dict[str, Any]] = []
    chunk: list[str] = []
    for action in actions(types):
        if _length([*chunk, action], len(policies)) > MANAGED_POLICY_LIMIT:
            policies.append(_policy(chunk, len(policies)))
            chunk = []
        chunk.append(action)
    policies.append(_policy(chunk, len(policies)))
    return policies


def organization_actions() -> list[str]:
    """Every IAM action that the identity that starts a scan of an organisation needs beside, in alphabetical order."""
    return sorted({*members.PERMISSIONS, _ENTER})


def organization_policy(partition: str, role_name: str) -> dict[str, Any]:
    """What the identity that starts a scan of an organisation needs beside: its tree, and the role in each account."""
    enter = {
        "Sid": "LexlociEnter",
        "Effect": "Allow",
        "Action": _ENTER,
        "Resource": f"arn:{partition}:iam::*:role/{role_name}",
    }
    read = {"Sid": "LexlociOrganization", "Effect": "Allow", "Action": list(members.PERMISSIONS), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [read, enter]}


def look_actions() -> list[str]:
    """Every IAM action that a first look needs, in alphabetical order."""
    return sorted({action for each in BY_SOURCE.values() for action in each})


def look_policy() -> dict[str, Any]:
    """What a first look needs: a statement for each of its sources."""
    statements = [
        {
            "Sid": f"LexlociLook{source.title().replace('-', '')}",
            "Effect": "Allow",
            "Action": list(each),
            "Resource": "*",
        }
        for source, each in BY_SOURCE.items()
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _policy(chunk: list[str], index: int) -> dict[str, Any]:
    statement = {"Sid": f"LexlociRead{index + 1}", "Effect": "Allow", "Action": chunk, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _length(chunk: list[str], index: int) -> int:
    return len(json.dumps(_policy(chunk, index), separators=(",", ":")))

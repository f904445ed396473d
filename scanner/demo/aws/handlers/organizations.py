"""The AI services opt-out policy in force, which moto does not compute.

A policy attached to the organisation's root is in force for all members. Source: AWS Organizations API reference,
DescribeEffectivePolicy.
"""

import datetime
from typing import Any

from scanner.demo.aws.handlers.registry import Handler, Moto, State
from scanner.demo.aws.wire import AwsError, Call

SERVICE = "organizations"


def describe_effective_policy(call: Call, _state: State, moto: Moto) -> dict[str, Any]:
    backend = moto.backend("organizations", call.account, "aws")
    kind = call.params["PolicyType"]
    for policy in getattr(backend, "policies", []):
        if policy.type == kind and any(target.type == "ROOT" for target in policy.attachments):
            return {
                "EffectivePolicy": {
                    "PolicyContent": policy.content,
                    "LastUpdatedTimestamp": datetime.datetime.now(datetime.UTC),
                    "TargetId": call.params.get("TargetId", call.account),
                    "PolicyType": kind,
                }
            }
    raise AwsError("EffectivePolicyNotFoundException", f"No {kind} is in force for {call.account}")


OPERATIONS: dict[str, Handler] = {"DescribeEffectivePolicy": describe_effective_policy}

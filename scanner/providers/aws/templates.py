"""The role a scan is given in each account, as CloudFormation or Terraform, from the same actions as the IAM policy.

Both are JSON: CloudFormation takes it as it is, for a stack or a StackSet, and Terraform reads it from a file that ends
in `.tf.json`.
"""

from collections.abc import Iterable
from typing import Any

from scanner.providers.aws.catalog import Type
from scanner.providers.aws.permissions import iam_policies

_DESCRIPTION = "Read-only role for lexloci, generated from its catalog. None of the actions writes."
_TRUST = "ARN of the role or account that scans. It assumes this role and nobody else can."


def cloudformation(types: Iterable[Type], role_name: str) -> dict[str, Any]:
    """A template with the role and its managed policies. Deploy it as a StackSet to reach every account."""
    policies = {
        f"Read{index}": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"Description": _DESCRIPTION, "PolicyDocument": policy},
        }
        for index, policy in enumerate(iam_policies(types), 1)
    }
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": {"Ref": "TrustedArn"}},
        "Action": "sts:AssumeRole",
        "Condition": {
            "Fn::If": [
                "HasExternalId",
                {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}},
                {"Ref": "AWS::NoValue"},
            ]
        },
    }
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": {"Ref": "RoleName"},
            "Description": _DESCRIPTION,
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
            "ManagedPolicyArns": [{"Ref": name} for name in policies],
        },
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": _DESCRIPTION,
        "Parameters": {
            "TrustedArn": {"Type": "String", "Description": _TRUST, "AllowedPattern": "^arn:.+$"},
            "RoleName": {"Type": "String", "Default": role_name},
            "ExternalId": {"Type": "String", "Default": "", "Description": "External id; empty for none."},
        },
        "Conditions": {"HasExternalId": {"Fn::Not": [{"Fn::Equals": [{"Ref": "ExternalId"}, ""]}]}},
        "Resources": {**policies, "Role": role},
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}},
    }


def terraform(types: Iterable[Type], role_name: str) -> dict[str, Any]:
    """The same role in Terraform's JSON syntax."""
    documents = iam_policies(types)
    policies = {
        f"read{index}": {
            "name": f"{role_name}-{index}",
            "description": _DESCRIPTION,
            "policy": f"${{jsonencode(local.lexloci_read{index})}}",
        }
        for index in range(1, len(documents) + 1)
    }
    condition = '${var.lexloci_external_id == "" ? [] : [var.lexloci_external_id]}'
    external = {
        "for_each": condition,
        "content": {"test": "StringEquals", "variable": "sts:ExternalId", "values": ["${condition.value}"]},
    }
    trust = {
        "actions": ["sts:AssumeRole"],
        "principals": [{"type": "AWS", "identifiers": ["${var.lexloci_trusted_arn}"]}],
        "dynamic": {"condition": external},
    }
    return {
        "variable": {
            "lexloci_trusted_arn": {"type": "string", "description": _TRUST},
            "lexloci_external_id": {"type": "string", "default": "", "description": "External id; empty for none."},
        },
        "locals": {f"lexloci_read{index}": document for index, document in enumerate(documents, 1)},
        "data": {"aws_iam_policy_document": {"lexloci_trust": {"statement": [trust]}}},
        "resource": {
            "aws_iam_policy": {f"lexloci_{name}": policy for name, policy in policies.items()},
            "aws_iam_role": {
                "lexloci": {
                    "name": role_name,
                    "description": _DESCRIPTION,
                    "assume_role_policy": "${data.aws_iam_policy_document.lexloci_trust.json}",
                }
            },
            "aws_iam_role_policy_attachment": {
                f"lexloci_{name}": {
                    "role": "${aws_iam_role.lexloci.name}",
                    "policy_arn": f"${{aws_iam_policy.lexloci_{name}.arn}}",
                }
                for name in policies
            },
        },
        "output": {"lexloci_role_arn": {"value": "${aws_iam_role.lexloci.arn}"}},
    }

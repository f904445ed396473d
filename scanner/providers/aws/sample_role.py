"""What `--sample` needs beside the ordinary role, and apart from it: one policy that may read objects.

It is a policy of its own so that somebody else can decide on it, narrow it to buckets, and take it away again.
"""

from typing import Any

from scanner.providers.aws.sample import DECRYPT, PERMISSIONS

_DESCRIPTION = (
    "Lets lexloci --sample read the beginnings of objects. Separate from the role's other policies on purpose."
)
_VIA = ["s3.*.amazonaws.com", "s3.*.amazonaws.com.cn", "s3.*.amazonaws.eu"]


def sample_actions() -> list[str]:
    """Every IAM action that reading samples needs, in alphabetical order."""
    return sorted({*PERMISSIONS.values(), DECRYPT})


def sample_policy() -> dict[str, Any]:
    """The policy. Keys may be used through S3 only; narrow `Resource` to the buckets that may be sampled."""
    read = {
        "Sid": "LexlociSample",
        "Effect": "Allow",
        "Action": sorted(PERMISSIONS.values()),
        "Resource": "*",
    }
    decrypt = {
        "Sid": "LexlociSampleDecrypt",
        "Effect": "Allow",
        "Action": [DECRYPT],
        "Resource": "*",
        "Condition": {"StringLike": {"kms:ViaService": _VIA}},
    }
    return {"Version": "2012-10-17", "Statement": [read, decrypt]}


def sample_cloudformation(role_name: str) -> dict[str, Any]:
    """A stack that adds the policy to the role, and takes it away when it is deleted."""
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": _DESCRIPTION,
        "Parameters": {"RoleName": {"Type": "String", "Default": role_name}},
        "Resources": {
            "Sample": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {
                    "Description": _DESCRIPTION,
                    "PolicyDocument": sample_policy(),
                    "Roles": [{"Ref": "RoleName"}],
                },
            }
        },
    }


def sample_terraform(role_name: str) -> dict[str, Any]:
    """The same in Terraform's JSON syntax."""
    return {
        "variable": {
            "lexloci_sample_role": {"type": "string", "default": role_name, "description": "The role's name."}
        },
        "locals": {"lexloci_sample": sample_policy()},
        "resource": {
            "aws_iam_policy": {
                "lexloci_sample": {
                    "name": f"{role_name}-sample",
                    "description": _DESCRIPTION,
                    "policy": "${jsonencode(local.lexloci_sample)}",
                }
            },
            "aws_iam_role_policy_attachment": {
                "lexloci_sample": {
                    "role": "${var.lexloci_sample_role}",
                    "policy_arn": "${aws_iam_policy.lexloci_sample.arn}",
                }
            },
        },
    }

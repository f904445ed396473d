"""The templates give exactly what the catalog needs, and nothing that writes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint_all

from scanner.providers.aws.permissions import MANAGED_POLICY_LIMIT
from tests.cli.command import lexloci


def printed(*arguments: str) -> str:
    done = lexloci("permissions", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def actions(*policies: dict[str, Any]) -> set[str]:
    return {action for policy in policies for statement in policy["Statement"] for action in statement["Action"]}


@pytest.fixture(scope="module")
def needed() -> set[str]:
    return set(printed("aws", "--actions").split())


def test_the_cloudformation_role_has_the_catalogs_actions_and_cfn_lint_finds_no_error(needed: set[str]) -> None:
    text = printed("aws", "--format", "cloudformation")
    assert [str(match) for match in lint_all(text) if match.rule.severity == "error"] == []
    resources = json.loads(text)["Resources"]
    policies = {name: body["Properties"]["PolicyDocument"] for name, body in resources.items() if name != "Role"}
    assert actions(*policies.values()) == needed
    assert {reference["Ref"] for reference in resources["Role"]["Properties"]["ManagedPolicyArns"]} == set(policies)
    assert len(policies) <= 10, "IAM attaches ten managed policies to a role"
    assert all(len(json.dumps(p, separators=(",", ":"))) <= MANAGED_POLICY_LIMIT for p in policies.values())


def test_the_terraform_role_has_the_same(needed: set[str]) -> None:
    document = json.loads(printed("aws", "--format", "terraform", "--role-name", "audit"))
    policies = document["locals"]
    assert actions(*policies.values()) == needed
    resources = document["resource"]
    assert resources["aws_iam_role"]["lexloci"]["name"] == "audit"
    attached = {one["policy_arn"] for one in resources["aws_iam_role_policy_attachment"].values()}
    assert attached == {f"${{aws_iam_policy.{name}.arn}}" for name in resources["aws_iam_policy"]}


def test_who_starts_a_scan_of_an_organisation_reads_its_tree_and_enters_one_role() -> None:
    read, enter = json.loads(printed("aws", "--organization", "--role-name", "audit"))["Statement"]
    assert all(re.fullmatch(r"organizations:(List|Describe)\w+", action) for action in read["Action"])
    assert (enter["Action"], enter["Resource"]) == ("sts:AssumeRole", "arn:aws:iam::*:role/audit")


def test_a_first_look_is_told_source_by_source_and_is_in_the_role(needed: set[str]) -> None:
    statements = {each["Sid"]: each["Action"] for each in json.loads(printed("aws", "--first-look"))["Statement"]}
    assert set(statements) == {"LexlociLookResourceExplorer", "LexlociLookConfig", "LexlociLookTags"}
    assert statements["LexlociLookConfig"] == [
        "config:DescribeConfigurationRecorderStatus",
        "config:DescribeConfigurationRecorders",
        "config:GetDiscoveredResourceCounts",
    ]
    names = printed("aws", "--first-look", "--actions").split()
    assert sorted(names) == sorted(action for each in statements.values() for action in each)
    assert set(names) <= needed


def test_the_azure_templates_hold_the_role_and_only_reads() -> None:
    role = json.loads(printed("azure"))["role"]["Actions"]
    terraform = json.loads(printed("azure", "--format", "terraform"))["resource"]["azurerm_role_definition"]
    assert terraform["lexloci"]["permissions"] == [{"actions": role, "not_actions": []}]
    assert all(action.endswith("/read") for action in role)


@pytest.mark.parametrize(
    ("arguments", "word", "function", "id_"),
    [
        ((), "managementGroup", "managementGroup().id", "[extensionResourceId(managementGroup().id, 'Microsoft."),
        (("--scope", "subscription"), "subscription", "subscription().id", "[subscriptionResourceId('Microsoft."),
    ],
)
def test_the_azure_templates_for_a_group_and_for_one_subscription(arguments, word, function, id_) -> None:
    role = json.loads(printed("azure"))["role"]["Actions"]
    bicep = printed("azure", "--format", "bicep", *arguments)
    assert re.findall(r"^ {10}'(.+)'$", bicep, re.MULTILINE) == role
    assert bicep.startswith(f"targetScope = '{word}'\n") and f"array = [\n  {function}\n]" in bicep
    assert all(bicep.count(opens) == bicep.count(closes) for opens, closes in ("{}", "[]", "()"))
    arm = json.loads(printed("azure", "--format", "arm", *arguments))
    assert arm["$schema"].endswith(f"/{word}DeploymentTemplate.json#")
    defined, assigned = arm["resources"]
    assert defined["properties"]["permissions"] == [{"actions": role, "notActions": []}]
    assert (
        assigned["dependsOn"]
        == [assigned["properties"]["roleDefinitionId"]]
        == [arm["outputs"]["roleDefinitionId"]["value"]]
    )
    assert assigned["dependsOn"][0].startswith(id_)
    assert set(re.findall(r"(managementGroup|subscription)\(\)", json.dumps(arm) + bicep)) == {word}
    assert set(re.findall(r"parameters\('(\w+)'\)", json.dumps(arm))) == set(arm["parameters"])
    assert json.dumps(arm).count("(") == json.dumps(arm).count(")")


@pytest.mark.parametrize("sample", [(), ("--sample",)])
def test_the_subscriptions_where_the_role_may_be_assigned_are_in_every_template(sample: tuple[str, ...]) -> None:
    named = ("azure", "--subscription", "s-1,s-2", *sample, "--format")
    ids = ["/subscriptions/s-1", "/subscriptions/s-2"]
    assert json.loads(printed(*named, "json"))["role"]["AssignableScopes"] == ids
    assert json.loads(printed(*named, "arm"))["parameters"]["assignableScopes"]["defaultValue"] == ids
    bicep = printed(*named, "bicep")
    assert "array = [\n  '/subscriptions/s-1'\n  '/subscriptions/s-2'\n]" in bicep
    assert bicep.startswith("targetScope = 'subscription'\n"), "a role of subscriptions is not assigned to a group"
    (terraform,) = json.loads(printed(*named, "terraform"))["resource"]["azurerm_role_definition"].values()
    assert terraform["assignable_scopes"] == ids


def test_an_unknown_scope_is_an_error() -> None:
    done = lexloci("permissions", "azure", "--format", "arm", "--scope", "tenant")
    assert done.returncode == 2 and "management-group or subscription" in done.stderr


def test_what_samples_need_is_a_policy_of_its_own_and_in_no_other(needed: set[str]) -> None:
    sample = set(printed("aws", "--sample", "--actions").split())
    assert sample == {"kms:Decrypt", "s3:GetBucketRequestPayment", "s3:GetObject", "s3:ListBucket"}
    assert not needed & (sample - {"s3:ListBucket"})
    policy = json.loads(printed("aws", "--sample"))
    assert actions(policy) == sample
    (decrypt,) = [statement for statement in policy["Statement"] if "kms:Decrypt" in statement["Action"]]
    assert all(via.startswith("s3.") for via in decrypt["Condition"]["StringLike"]["kms:ViaService"])
    text = printed("aws", "--sample", "--format", "cloudformation", "--role-name", "audit")
    assert [str(match) for match in lint_all(text) if match.rule.severity == "error"] == []
    stack = json.loads(text)
    assert stack["Resources"]["Sample"]["Properties"]["PolicyDocument"] == policy
    assert stack["Parameters"]["RoleName"]["Default"] == "audit"
    terraform = json.loads(printed("aws", "--sample", "--format", "terraform"))
    assert terraform["locals"] == {"lexloci_sample": policy}
    assert set(terraform["resource"]) == {"aws_iam_policy", "aws_iam_role_policy_attachment"}


def test_what_samples_need_of_azure_is_a_role_of_its_own_and_in_no_other() -> None:
    role = json.loads(printed("azure", "--sample", "--subscription", "s"))["role"]
    blobs = "Microsoft.Storage/storageAccounts/blobServices/containers"
    assert (role["Actions"], role["DataActions"]) == ([f"{blobs}/read"], [f"{blobs}/blobs/read"])
    assert role["AssignableScopes"] == ["/subscriptions/s"]
    ordinary = json.loads(printed("azure"))["role"]
    assert role["Name"] != ordinary["Name"]
    assert ordinary["DataActions"] == []
    assert f"{blobs}/read" not in ordinary["Actions"]
    permissions = {"actions": role["Actions"], "notActions": [], "dataActions": role["DataActions"]}
    defined, assigned = json.loads(printed("azure", "--sample", "--format", "arm"))["resources"]
    assert defined["properties"]["permissions"] == [permissions]
    assert assigned["dependsOn"] == [assigned["properties"]["roleDefinitionId"]]
    terraform = json.loads(printed("azure", "--sample", "--format", "terraform"))["resource"]
    (held,) = terraform["azurerm_role_definition"]["lexloci_sample"]["permissions"]
    assert (held["actions"], held["data_actions"]) == (role["Actions"], role["DataActions"])
    bicep = printed("azure", "--sample", "--format", "bicep")
    assert re.findall(r"^ {10}'(.+)'$", bicep, re.MULTILINE) == [*role["Actions"], *role["DataActions"]]
    assert bicep.count("{") == bicep.count("}")
    both = [json.loads(printed("azure", *more, "--format", "terraform"))["variable"] for more in ((), ("--sample",))]
    assert not set(both[0]) & set(both[1]), "one folder takes both"


def test_the_actions_of_an_organisation_are_those_of_its_policy() -> None:
    named = printed("aws", "--organization", "--actions").split()
    policy = json.loads(printed("aws", "--organization"))
    read, enter = policy["Statement"]
    assert named == sorted([*read["Action"], enter["Action"]])


@pytest.mark.parametrize(
    ("cloud", "arguments"),
    [
        ("aws", "--from scan.json --sample"),
        ("aws", "--from scan.json --services s3"),
        ("aws", "--from scan.json --actions"),
        ("aws", "--from scan.json --format terraform"),
        ("aws", "--from scan.json --organization"),
        ("aws", "--from scan.json --role-name audit"),
        ("aws", "--actions --format terraform"),
        ("aws", "--actions --role-name audit"),
        ("aws", "--role-name audit"),
        ("aws", "--sample --role-name audit"),
        ("aws", "--sample --organization"),
        ("aws", "--sample --types s3.bucket"),
        ("aws", "--organization --services s3"),
        ("aws", "--organization --format terraform"),
        ("azure", "--scope subscription"),
        ("azure", "--format terraform --scope subscription"),
        ("azure", "--sample --format bicep --scope management-group"),
        ("azure", "--subscription s --format arm --scope management-group"),
    ],
)
def test_an_option_that_would_change_nothing_is_refused(cloud: str, arguments: str) -> None:
    done = lexloci("permissions", cloud, *arguments.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert any(word in done.stderr for word in arguments.split() if word.startswith("--")), done.stderr


def test_what_a_file_gives_applies_where_it_means_something(tmp_path: Path) -> None:
    (tmp_path / "lexloci.yaml").write_text("commands:\n  permissions azure: {scope: subscription}\n")
    plain, bicep = (lexloci("permissions", "azure", *more, folder=tmp_path) for more in ((), ("--format", "bicep")))
    assert (plain.returncode, bicep.returncode) == (0, 0), plain.stderr + bicep.stderr
    assert bicep.stdout.startswith("targetScope = 'subscription'")


def test_an_unknown_format_is_an_error(tmp_path: Path) -> None:
    for cloud in ("aws", "azure"):
        done = lexloci("permissions", cloud, "--format", "pulumi")
        assert done.returncode == 2
        assert "there are json" in done.stderr

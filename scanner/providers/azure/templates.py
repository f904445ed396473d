"""A custom role as Bicep, ARM JSON or Terraform, for a subscription or a management group.

Each defines the role and assigns it to one principal.
"""

from typing import Any, NamedTuple

from scanner.providers.azure.permissions import Role, scopes

_PRINCIPAL = "Object id of the service principal or managed identity that scans."


class _Scope(NamedTuple):
    word: str
    """Of Bicep's `targetScope`."""
    here: str
    """The function that gives the id of what is deployed to."""
    schema: str
    id: str
    """The function that gives the id of a resource there, with its first arguments."""


_GROUP = _Scope(
    "managementGroup",
    "managementGroup().id",
    "2019-08-01/managementGroupDeploymentTemplate",
    "extensionResourceId(managementGroup().id, ",
)
_SUBSCRIPTION = _Scope(
    "subscription", "subscription().id", "2018-05-01/subscriptionDeploymentTemplate", "subscriptionResourceId("
)

SCOPES = {"management-group": _GROUP, "subscription": _SUBSCRIPTION}
"""What a template can be deployed to: `az deployment mg create` and `az deployment sub create`."""


def bicep(role: Role, scope: str, subscriptions: tuple[str, ...] = ()) -> str:
    """A Bicep file to deploy to a `scope` of `SCOPES`; the role can be assigned there, or in these subscriptions."""
    target = SCOPES[scope]
    assignable = "\n".join(f"  '{one}'" for one in scopes(subscriptions)) or f"  {target.here}"
    permissions = "\n".join(_bicep_list(kind, names) for kind, names in _permissions(role).items())
    return f"""targetScope = '{target.word}'

@description('{_PRINCIPAL}')
param principalId string

@description('Where the role can be assigned.')
param assignableScopes array = [
{assignable}
]

resource lexlociRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {{
  name: guid({target.here}, '{role.slug}')
  properties: {{
    roleName: '{role.name}'
    description: '{role.description}'
    type: 'CustomRole'
    permissions: [
      {{
{permissions}
      }}
    ]
    assignableScopes: assignableScopes
  }}
}}

resource lexlociAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {{
  name: guid({target.here}, principalId, lexlociRole.id)
  properties: {{
    roleDefinitionId: lexlociRole.id
    principalId: principalId
    principalType: 'ServicePrincipal'
  }}
}}

output roleDefinitionId string = lexlociRole.id
"""


def arm(role: Role, scope: str, subscriptions: tuple[str, ...] = ()) -> dict[str, Any]:
    """An ARM template of the same, for the same scopes."""
    target = SCOPES[scope]
    here = target.here
    id_ = f"{target.id}'Microsoft.Authorization/roleDefinitions', guid({here}, '{role.slug}'))"
    return {
        "$schema": f"https://schema.management.azure.com/schemas/{target.schema}.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {
            "principalId": {"type": "string", "metadata": {"description": _PRINCIPAL}},
            "assignableScopes": {
                "type": "array",
                "defaultValue": list(scopes(subscriptions)) or [f"[{here}]"],
                "metadata": {"description": "Where the role can be assigned."},
            },
        },
        "resources": [
            {
                "type": "Microsoft.Authorization/roleDefinitions",
                "apiVersion": "2022-04-01",
                "name": f"[guid({here}, '{role.slug}')]",
                "properties": {
                    "roleName": role.name,
                    "description": role.description,
                    "type": "CustomRole",
                    "permissions": [_permissions(role)],
                    "assignableScopes": "[parameters('assignableScopes')]",
                },
            },
            {
                "type": "Microsoft.Authorization/roleAssignments",
                "apiVersion": "2022-04-01",
                "name": f"[guid({here}, parameters('principalId'), {id_})]",
                "dependsOn": [f"[{id_}]"],
                "properties": {
                    "roleDefinitionId": f"[{id_}]",
                    "principalId": "[parameters('principalId')]",
                    "principalType": "ServicePrincipal",
                },
            },
        ],
        "outputs": {"roleDefinitionId": {"type": "string", "value": f"[{id_}]"}},
    }


def terraform(role: Role, subscriptions: tuple[str, ...] = ()) -> dict[str, Any]:
    """The same in Terraform's JSON syntax, with the scope of the assignment as a variable.

    Roles that read data are defined in a subscription and can be assigned to less: an account, a container.
    """
    name = role.resource
    scope = f"${{var.{name}_scope}}"
    variables = {"scope": "Id of the management group or subscription.", "principal_id": _PRINCIPAL}
    permissions: dict[str, Any] = {"actions": list(role.actions), "not_actions": []}
    defined = scope
    if role.data_actions:
        defined = f"${{var.{name}_definition_scope}}"
        permissions["data_actions"] = list(role.data_actions)
        variables["scope"] = "Id of the subscription, resource group, account or container that is assigned."
        variables["definition_scope"] = "Id of the subscription that keeps the role."
    return {
        "variable": {f"{name}_{one}": {"type": "string", "description": text} for one, text in variables.items()},
        "resource": {
            "azurerm_role_definition": {
                name: {
                    "name": role.name,
                    "scope": defined,
                    "description": role.description,
                    "permissions": [permissions],
                    "assignable_scopes": list(scopes(subscriptions)) or [defined],
                }
            },
            "azurerm_role_assignment": {
                name: {
                    "scope": scope,
                    "role_definition_id": f"${{azurerm_role_definition.{name}.role_definition_resource_id}}",
                    "principal_id": f"${{var.{name}_principal_id}}",
                }
            },
        },
    }


def _permissions(role: Role) -> dict[str, list[str]]:
    """As a role definition has them in Resource Manager."""
    data = {"dataActions": list(role.data_actions)} if role.data_actions else {}
    return {"actions": list(role.actions), "notActions": [], **data}


def _bicep_list(kind: str, names: list[str]) -> str:
    lines = "".join(f"          '{name}'\n" for name in names)
    return f"        {kind}: [\n{lines}        ]" if names else f"        {kind}: []"

"""The custom role of `permissions` as Bicep, ARM JSON or Terraform, for a subscription or a management group.

Each defines the role and assigns it to one principal. None of its actions writes.
"""

from typing import Any, NamedTuple

from scanner.providers.azure.permissions import role


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
    "extensionResourceId(managementGroup().id,",
)
_SUBSCRIPTION = _Scope(
    "subscription", "subscription().id", "2018-05-01/subscriptionDeploymentTemplate", "subscriptionResourceId("
)

SCOPES = {"management-group": _GROUP, "subscription": _SUBSCRIPTION}
"""What a template can be deployed to: `az deployment mg create` and `az deployment sub create`."""


def bicep(scope: str = "management-group", subscriptions: tuple[str, ...] = ()) -> str:
    """A Bicep file to deploy to a `scope` of `SCOPES`; the role can be assigned there, or in these subscriptions."""
    target = SCOPES[scope]
    definition = role(subscriptions)
    scopes = "\n".join(f"  '{one}'" for one in definition["AssignableScopes"]) if subscriptions else f"  {target.here}"
    actions = "\n".join(f"          '{action}'" for action in definition["Actions"])
    return f"""targetScope = '{target.word}'

@description('Object id of the service principal or managed identity that scans.')
param principalId string

@description('Where the role can be assigned.')
param assignableScopes array = [
{scopes}
]

resource lexlociRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {{
  name: guid({target.here}, 'lexloci-reader')
  properties: {{
    roleName: '{definition["Name"]}'
    description: '{definition["Description"]}'
    type: 'CustomRole'
    permissions: [
      {{
        actions: [
{actions}
        ]
        notActions: []
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


def arm(scope: str = "management-group", subscriptions: tuple[str, ...] = ()) -> dict[str, Any]:
    """An ARM template of the same, for the same scopes."""
    target = SCOPES[scope]
    definition = role(subscriptions)
    here = target.here
    kind = "'Microsoft.Authorization/roleDefinitions'"
    id_ = f"{target.id} {kind}, guid({here}, 'lexloci-reader'))".replace("( ", "(")
    return {
        "$schema": f"https://schema.management.azure.com/schemas/{target.schema}.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {
            "principalId": {
                "type": "string",
                "metadata": {"description": "Object id of the service principal or managed identity that scans."},
            },
            "assignableScopes": {
                "type": "array",
                "defaultValue": definition["AssignableScopes"] if subscriptions else [f"[{here}]"],
                "metadata": {"description": "Where the role can be assigned."},
            },
        },
        "resources": [
            {
                "type": "Microsoft.Authorization/roleDefinitions",
                "apiVersion": "2022-04-01",
                "name": f"[guid({here}, 'lexloci-reader')]",
                "properties": {
                    "roleName": definition["Name"],
                    "description": definition["Description"],
                    "type": "CustomRole",
                    "permissions": [{"actions": definition["Actions"], "notActions": []}],
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


def terraform(subscriptions: tuple[str, ...] = ()) -> dict[str, Any]:
    """The same in Terraform's JSON syntax; `lexloci_scope` is the id of a subscription or of a management group."""
    definition = role(subscriptions)
    return {
        "variable": {
            "lexloci_scope": {"type": "string", "description": "Id of the management group or subscription."},
            "lexloci_principal_id": {"type": "string", "description": "Object id of the identity that scans."},
        },
        "resource": {
            "azurerm_role_definition": {
                "lexloci": {
                    "name": definition["Name"],
                    "scope": "${var.lexloci_scope}",
                    "description": definition["Description"],
                    "permissions": [{"actions": definition["Actions"], "not_actions": []}],
                    "assignable_scopes": definition["AssignableScopes"] if subscriptions else ["${var.lexloci_scope}"],
                }
            },
            "azurerm_role_assignment": {
                "lexloci": {
                    "scope": "${var.lexloci_scope}",
                    "role_definition_id": "${azurerm_role_definition.lexloci.role_definition_resource_id}",
                    "principal_id": "${var.lexloci_principal_id}",
                }
            },
        },
    }

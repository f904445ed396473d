"""The custom role of `permissions` as Bicep, ARM JSON or Terraform, for one subscription or a management group.

Both define the role and assign it to one principal. None of its actions writes.
"""

from typing import Any

from scanner.providers.azure.permissions import role


def bicep() -> str:
    """A Bicep file at the scope of a management group, which is where a role for many subscriptions belongs."""
    definition = role(())
    actions = "\n".join(f"          '{action}'" for action in definition["Actions"])
    return f"""targetScope = 'managementGroup'

@description('Object id of the service principal or managed identity that scans.')
param principalId string

@description('Where the role can be assigned.')
param assignableScopes array = [
  managementGroup().id
]

resource lexlociRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {{
  name: guid(managementGroup().id, 'lexloci-reader')
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
  name: guid(managementGroup().id, principalId, lexlociRole.id)
  properties: {{
    roleDefinitionId: lexlociRole.id
    principalId: principalId
    principalType: 'ServicePrincipal'
  }}
}}

output roleDefinitionId string = lexlociRole.id
"""


def arm() -> dict[str, Any]:
    """An ARM template for a deployment to a management group, as `bicep` is one."""
    definition = role(())
    scope = "managementGroup().id"
    id_ = f"extensionResourceId({scope}, 'Microsoft.Authorization/roleDefinitions', guid({scope}, 'lexloci-reader'))"
    return {
        "$schema": "https://schema.management.azure.com/schemas/2019-08-01/managementGroupDeploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {
            "principalId": {
                "type": "string",
                "metadata": {"description": "Object id of the service principal or managed identity that scans."},
            },
            "assignableScopes": {
                "type": "array",
                "defaultValue": [f"[{scope}]"],
                "metadata": {"description": "Where the role can be assigned."},
            },
        },
        "resources": [
            {
                "type": "Microsoft.Authorization/roleDefinitions",
                "apiVersion": "2022-04-01",
                "name": f"[guid({scope}, 'lexloci-reader')]",
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
                "name": f"[guid({scope}, parameters('principalId'), {id_})]",
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


def terraform() -> dict[str, Any]:
    """The same in Terraform's JSON syntax; `lexloci_scope` is the id of a subscription or of a management group."""
    definition = role(())
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
                    "assignable_scopes": ["${var.lexloci_scope}"],
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

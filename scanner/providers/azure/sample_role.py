"""What `--sample` needs beside the ordinary role, and apart from it: one role that may read blobs.

It is a role of its own so that somebody else can decide on it, assign it to single accounts or containers, and take it
away again. Azure's own Storage Blob Data Reader contains it.
"""

from typing import Any

from scanner.providers.azure.sample import ACTION, DATA_ACTION

NAME = "lexloci sampler"
_DESCRIPTION = "Lets lexloci --sample read the beginnings of blobs. Separate from the role lexloci reader on purpose."
_SCOPE = "Scope of the assignment: a subscription, a resource group, an account or a container."


def sample_role(subscriptions: tuple[str, ...]) -> dict[str, Any]:
    """A custom role definition as `az role definition create` takes it. None of its actions writes."""
    return {
        "Name": NAME,
        "IsCustom": True,
        "Description": _DESCRIPTION,
        "Actions": [ACTION],
        "NotActions": [],
        "DataActions": [DATA_ACTION],
        "NotDataActions": [],
        "AssignableScopes": [f"/subscriptions/{one}" for one in subscriptions or ("SUBSCRIPTION_ID",)],
    }


def sample_bicep() -> str:
    """A Bicep file for a subscription, with the role and its assignment to one principal."""
    return f"""targetScope = 'subscription'

@description('Object id of the service principal or managed identity that scans.')
param principalId string

resource lexlociSampleRole 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {{
  name: guid(subscription().id, 'lexloci-sampler')
  properties: {{
    roleName: '{NAME}'
    description: '{_DESCRIPTION}'
    type: 'CustomRole'
    permissions: [
      {{
        actions: [
          '{ACTION}'
        ]
        dataActions: [
          '{DATA_ACTION}'
        ]
      }}
    ]
    assignableScopes: [
      subscription().id
    ]
  }}
}}

resource lexlociSampleAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {{
  name: guid(subscription().id, principalId, lexlociSampleRole.id)
  properties: {{
    roleDefinitionId: lexlociSampleRole.id
    principalId: principalId
    principalType: 'ServicePrincipal'
  }}
}}
"""


def sample_arm() -> dict[str, Any]:
    """The same as an ARM template for a deployment to a subscription."""
    scope = "subscription().id"
    id_ = f"subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guid({scope}, 'lexloci-sampler'))"
    role = {
        "type": "Microsoft.Authorization/roleDefinitions",
        "apiVersion": "2022-04-01",
        "name": f"[guid({scope}, 'lexloci-sampler')]",
        "properties": {
            "roleName": NAME,
            "description": _DESCRIPTION,
            "type": "CustomRole",
            "permissions": [{"actions": [ACTION], "dataActions": [DATA_ACTION]}],
            "assignableScopes": [f"[{scope}]"],
        },
    }
    assignment = {
        "type": "Microsoft.Authorization/roleAssignments",
        "apiVersion": "2022-04-01",
        "name": f"[guid({scope}, parameters('principalId'), {id_})]",
        "dependsOn": [f"[{id_}]"],
        "properties": {
            "roleDefinitionId": f"[{id_}]",
            "principalId": "[parameters('principalId')]",
            "principalType": "ServicePrincipal",
        },
    }
    return {
        "$schema": "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {"principalId": {"type": "string"}},
        "resources": [role, assignment],
    }


def sample_terraform() -> dict[str, Any]:
    """The same in Terraform's JSON syntax; the scope can be narrower than a subscription."""
    return {
        "variable": {
            "lexloci_sample_scope": {"type": "string", "description": _SCOPE},
            "lexloci_sample_definition_scope": {"type": "string", "description": "Id of the subscription."},
            "lexloci_principal_id": {"type": "string", "description": "Object id of the identity that scans."},
        },
        "resource": {
            "azurerm_role_definition": {
                "lexloci_sample": {
                    "name": NAME,
                    "scope": "${var.lexloci_sample_definition_scope}",
                    "description": _DESCRIPTION,
                    "permissions": [{"actions": [ACTION], "data_actions": [DATA_ACTION]}],
                    "assignable_scopes": ["${var.lexloci_sample_definition_scope}"],
                }
            },
            "azurerm_role_assignment": {
                "lexloci_sample": {
                    "scope": "${var.lexloci_sample_scope}",
                    "role_definition_id": "${azurerm_role_definition.lexloci_sample.role_definition_resource_id}",
                    "principal_id": "${var.lexloci_principal_id}",
                }
            },
        },
    }

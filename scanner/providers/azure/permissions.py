"""The least a scan needs: a custom role generated from the catalog, and the data-plane roles that are optional."""

import json
from typing import Any

from scanner.providers.azure import findings, purview
from scanner.providers.azure.declaration import catalog
from scanner.providers.azure.hsm_roles import HSM_ROLE
from scanner.providers.azure.keys import VAULT_ROLE
from scanner.providers.azure.resources import DIAGNOSTICS
from scanner.providers.azure.roles import ASSIGNMENTS, DEFINITIONS

_AROUND = (
    "Microsoft.Resources/subscriptions/read",
    "Microsoft.Resources/subscriptions/locations/read",
    "Microsoft.Resources/subscriptions/resources/read",
    "Microsoft.Resources/subscriptions/resourceGroups/read",
    "Microsoft.ResourceGraph/resources/read",
    "Microsoft.KeyVault/deletedVaults/read",
    f"{DIAGNOSTICS}/read",
    f"{ASSIGNMENTS}/read",
    f"{DEFINITIONS}/read",
)
_TENANT = (
    "Microsoft.Management/managementGroups/descendants/read",
    "Microsoft.Resources/dataBoundaries/read",
    "Microsoft.Resources/tenants/read",
    "Microsoft.CustomerLockbox/tenantOptedIn/read",
)


def actions() -> tuple[str, ...]:
    """Every action at the scope of a subscription, sorted; all of them end in `/read`."""
    of_types = {f"{type_.type}/read" for type_ in catalog().values() if type_.read != "tenant"}
    return tuple(sorted({*of_types, *(one.permission for one in findings.lists()), *_AROUND}, key=str.lower))


def role(subscriptions: tuple[str, ...]) -> dict[str, Any]:
    """A custom role definition as `az role definition create` takes it. None of its actions writes."""
    return {
        "Name": "lexloci reader",
        "IsCustom": True,
        "Description": "Read-only: what lexloci asks of Azure Resource Manager and Resource Graph.",
        "Actions": list(actions()),
        "NotActions": [],
        "DataActions": [],
        "NotDataActions": [],
        "AssignableScopes": [f"/subscriptions/{one}" for one in subscriptions or ("SUBSCRIPTION_ID",)],
    }


def optional() -> dict[str, tuple[str, ...]]:
    """What is asked for besides; refused, each is a gap of its own."""
    return {"tenant": _TENANT, "data_plane": (VAULT_ROLE, HSM_ROLE, purview.ROLE)}


def render(subscriptions: tuple[str, ...] = ()) -> str:
    """The custom role as JSON text."""
    return json.dumps(role(subscriptions), indent=2)

"""The least a scan needs: a custom role generated from the catalog, and the data-plane roles that are optional.

What `--sample` needs is a role of its own, so that somebody else can decide on it, assign it to single accounts or
containers, and take it away again. Azure's own Storage Blob Data Reader contains it.
"""

from typing import Any, NamedTuple

from scanner.providers.azure import findings, purview, sample
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


class Role(NamedTuple):
    """A custom role. None of its actions writes."""

    name: str
    slug: str
    """The id of the definition is made of it: another slug is another role."""
    resource: str
    """Its name within a Terraform module, and the beginning of its variables there."""
    description: str
    actions: tuple[str, ...]
    data_actions: tuple[str, ...] = ()

    def definition(self, subscriptions: tuple[str, ...]) -> dict[str, Any]:
        """As `az role definition create` takes it, to be assigned in `subscriptions`."""
        return {
            "Name": self.name,
            "IsCustom": True,
            "Description": self.description,
            "Actions": list(self.actions),
            "NotActions": [],
            "DataActions": list(self.data_actions),
            "NotDataActions": [],
            "AssignableScopes": list(scopes(subscriptions or ("SUBSCRIPTION_ID",))),
        }


def reader() -> Role:
    """What a scan needs."""
    return Role(
        name="lexloci reader",
        slug="lexloci-reader",
        resource="lexloci",
        description="Read-only: what lexloci asks of Azure Resource Manager and Resource Graph.",
        actions=actions(),
    )


def sampler() -> Role:
    """What `--sample` needs beside."""
    return Role(
        name="lexloci sampler",
        slug="lexloci-sampler",
        resource="lexloci_sample",
        description="Lets lexloci --sample read the beginnings of blobs. Apart from lexloci reader on purpose.",
        actions=(sample.ACTION,),
        data_actions=(sample.DATA_ACTION,),
    )


def scopes(subscriptions: tuple[str, ...]) -> tuple[str, ...]:
    """The ids of subscriptions as Azure Resource Manager writes them."""
    return tuple(f"/subscriptions/{one}" for one in subscriptions)


def optional() -> dict[str, tuple[str, ...]]:
    """What is asked for besides; refused, each is a gap of its own."""
    return {"tenant": _TENANT, "data_plane": (VAULT_ROLE, HSM_ROLE, purview.ROLE)}

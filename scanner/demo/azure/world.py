"""The world a simulation serves: tenants, subscriptions, resources and keys, read from YAML.

Names of members follow Azure's JSON where the server passes them on (`properties`, `sku`, `kind`, `tags`), and plain
words where they steer the server (`access`, `graph`, `origin`).
"""

from pathlib import Path
from typing import Any, Literal

from msgspec import Struct, field

from scanner.strictyaml import load_file

Json = dict[str, Any]
"""A JSON object whose shape the resource type decides."""


class _Entry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Statement(_Entry, frozen=True, kw_only=True):
    """Something the world takes from a published source."""

    says: str
    source: str
    confirmed: bool


class About(_Entry, frozen=True, kw_only=True):
    """What the reader must know before taking the world for the place it resembles."""

    title: str
    banner: str
    """Shown by whoever starts the simulation."""
    published: list[Statement] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    """Everything that no published source says."""


class Cloud(_Entry, frozen=True, kw_only=True):
    """Names that differ from one Azure cloud to another."""

    name: str = "AzureCloud"
    audiences: list[str] = field(
        default_factory=lambda: ["https://management.azure.com/", "https://management.core.windows.net/"]
    )
    """Beside the address of its own Resource Manager."""
    vault_suffix: str = "vault.azure.net"
    managed_hsm_suffix: str = "managedhsm.azure.net"
    arm: str = ""
    """Host name of Resource Manager, which is then reached through the proxy as in the real cloud; empty: it is at
    127.0.0.1, together with sign-in."""
    login: str = ""
    """Host name of sign-in, when `arm` has one."""


class Client(_Entry, frozen=True, kw_only=True):
    """A service principal, or a user. `assertion`: the federated token it may show instead of its secret.

    A client of the same id in several tenants is one application, or one user who is a guest.
    """

    id: str
    object_id: str
    secret: str
    assertion: str | None = None
    kind: Literal["application", "user"] = "application"
    """A user is told every tenant that he may enter, an application its own."""


class Tenant(_Entry, frozen=True, kw_only=True):
    id: str
    display_name: str
    domain: str
    clients: list[Client] = field(default_factory=list)
    managed_identity: Client | None = None
    data_boundary: Literal["EU", "Global", "NotDefined"] = "NotDefined"
    customer_lockbox: bool = False


class Key(_Entry, frozen=True, kw_only=True):
    """A key of a vault or a managed HSM."""

    name: str
    kty: Literal["RSA", "EC", "RSA-HSM", "EC-HSM", "oct-HSM"]
    versions: list[str]
    """Oldest first; the last one is current."""
    size: int | None = None
    platform: Literal["0", "1", "2"] = "0"
    """`hsmPlatform` of the data plane: 0 software, 1 FIPS 140-2 level 2, 2 FIPS 140-3 level 3."""
    exportable: bool = False
    release_policy: Json | None = None
    external_key: str | None = None
    """Managed HSM only: the name the key has in the customer's own HSM, outside Azure."""
    origin: Literal["generated", "imported"] = "generated"
    """Known to the world's author alone: Azure has no property that tells an imported key from a generated one."""
    enabled: bool = True


class Child(_Entry, frozen=True, kw_only=True):
    """A resource read through its parent; `type` and `name` are the last segments."""

    type: str
    name: str
    location: str | None = None
    sku: Json | None = None
    kind: str | None = None
    properties: Json = field(default_factory=dict)
    children: list["Child"] = field(default_factory=list)


class Blob(_Entry, frozen=True, kw_only=True):
    """An object of a storage account. In YAML its content is in base64."""

    name: str
    content: bytes
    tier: str = "Hot"
    """`AccessTier`; empty where the account has none."""
    customer_key: bool = False
    """Written with a key that the writer sent along."""


class Container(_Entry, frozen=True, kw_only=True):
    name: str
    blobs: list[Blob] = field(default_factory=list)


class Resource(_Entry, frozen=True, kw_only=True):
    type: str
    name: str
    """`parent/child` for a nested type."""
    location: str
    sku: Json | None = None
    kind: str | None = None
    tags: dict[str, str] | None = None
    identity: Json | None = None
    zones: list[str] | None = None
    extended_location: Json | None = None
    managed_by: str | None = None
    properties: Json = field(default_factory=dict)
    graph: Json | None = None
    """What Resource Graph still holds, where that differs from `properties`."""
    access: Literal["full", "denied", "gone"] = "full"
    """`denied` and `gone` resources are listed; reading one is 403 or 404."""
    children: list[Child] = field(default_factory=list)
    diagnostics: list[Child] = field(default_factory=list)
    """Diagnostic settings, an extension resource; `type` is not used by Azure and must be `diagnosticSettings`."""
    keys: list[Key] = field(default_factory=list)
    data_plane: Literal["full", "keys", "denied"] = "denied"
    """What the caller may read on the store's own host: `full` is keys, and a managed HSM's local roles; or blobs, on a
    storage account's."""
    local_roles: list["LocalRole"] = field(default_factory=list)
    """Managed HSM only: who holds which role inside it."""
    containers: list[Container] = field(default_factory=list)
    """Storage accounts only."""
    assets: list[Json] = field(default_factory=list)
    """Purview account only: what a search of its map finds."""
    external_key_manager: Json | None = None
    """Managed HSM only: the connection to the customer's own HSM, as `GET {hsmUri}/ekm` answers it."""


class Group(_Entry, frozen=True, kw_only=True):
    name: str
    location: str
    resources: list[Resource] = field(default_factory=list)
    spelling: Literal["resourceGroups", "resourcegroups"] = "resourceGroups"
    """How the ids of this group's resources are answered; some providers use the second."""


class LocalRole(_Entry, frozen=True, kw_only=True):
    """An assignment inside a managed HSM."""

    role: str
    """Name of a role of the HSM's."""
    principal: str
    scope: str = "/"
    """`/`, `/keys` or `/keys/NAME`."""


class DeletedVault(_Entry, frozen=True, kw_only=True):
    """A vault in its soft-delete period: in no list of resources, its keys still there."""

    name: str
    group: str
    location: str
    deletion_date: str
    purge_date: str


class Subscription(_Entry, frozen=True, kw_only=True):
    id: str
    name: str
    tenant: str
    state: Literal["Enabled", "Warned", "PastDue", "Disabled", "Deleted"] = "Enabled"
    access: Literal["reader", "listed", "none"] = "reader"
    """`listed`: the caller sees the subscription and may read nothing in it. `none`: not even listed."""
    unregistered: list[str] = field(default_factory=list)
    """Namespaces of resource providers that were never registered here."""
    groups: list[Group] = field(default_factory=list)
    deleted_vaults: list[DeletedVault] = field(default_factory=list)
    diagnostics: list[Child] = field(default_factory=list)
    roles: Literal["full", "denied"] = "full"
    """Whether the caller may read role assignments and definitions."""
    managed_by: list[str] = field(default_factory=list)
    """Tenants that manage the subscription by delegation (Azure Lighthouse)."""


class ManagementGroup(_Entry, frozen=True, kw_only=True):
    id: str
    display_name: str
    tenant: str
    parent: str | None = None
    subscriptions: list[str] = field(default_factory=list)


class Role(_Entry, frozen=True, kw_only=True):
    """What a role allows. `tenant`: whose it is, for a role that is not built in."""

    id: str
    name: str
    type: Literal["BuiltInRole", "CustomRole"] = "BuiltInRole"
    tenant: str = ""
    actions: list[str] = field(default_factory=list)
    data_actions: list[str] = field(default_factory=list)
    not_data_actions: list[str] = field(default_factory=list)


class RoleAssignment(_Entry, frozen=True, kw_only=True):
    scope: str
    """Id of a resource, a part of it, a resource group, a subscription or a management group; `/` for the root."""
    role: str
    """Name of a role, or the id of one that nobody can read."""
    principal: str
    principal_type: Literal["User", "Group", "ServicePrincipal", "ForeignGroup", "Device"] = "User"
    condition: str | None = None


class World(_Entry, frozen=True, kw_only=True):
    about: About
    tenants: list[Tenant]
    subscriptions: list[Subscription]
    cloud: Cloud = field(default_factory=Cloud)
    management_groups: list[ManagementGroup] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    """Roles that are not built in."""
    role_assignments: list[RoleAssignment] = field(default_factory=list)


def read_world(path: Path) -> World:
    """The world in a YAML file; raise SourceError with file, line and column when it is not one."""
    return load_file(path, World, path.name).value

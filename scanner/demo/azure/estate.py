"""A world made ready for look-ups: every resource under its id, whatever the letter case, and under its parent."""

from collections.abc import Iterator

from msgspec import Struct

from scanner.demo.azure.key_shapes import in_resource_manager
from scanner.demo.azure.resource_types import singletons, table
from scanner.demo.azure.world import Child, Group, Json, Resource, Subscription, World
from scanner.errors import UsageError


class Record(Struct, frozen=True, kw_only=True):
    """One resource with its place in the world."""

    id: str
    """As the service answers it."""
    type: str
    name: str
    """All segments, joined by `/`."""
    subscription: Subscription
    group: str
    """Empty for what belongs to the subscription itself."""
    location: str | None
    sku: Json | None = None
    kind: str | None = None
    properties: Json
    resource: Resource | None = None
    """The world's entry, for a tracked resource."""


class Estate:
    """`world` with its indexes; UsageError when two entries contradict each other or a type is unknown."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.subscriptions = {one.id.lower(): one for one in world.subscriptions}
        self._records: dict[str, Record] = {}
        self._members: dict[tuple[str, str], list[Record]] = {}
        self._tracked: dict[str, list[Record]] = {one: [] for one in self.subscriptions}
        tenants = {tenant.id for tenant in world.tenants}
        for subscription in world.subscriptions:
            if subscription.tenant not in tenants:
                raise UsageError(f"Subscription {subscription.id} belongs to no tenant of the world.")
            for group in subscription.groups:
                for resource in group.resources:
                    self._add(subscription, group, resource)
            self._add_extensions(f"/subscriptions/{subscription.id}", subscription, "", subscription.diagnostics)

    def record(self, id_: str) -> Record | None:
        return self._records.get(id_.lower().rstrip("/"))

    def tracked(self, subscription: str) -> list[Record]:
        """Resources of the generic list, in the order of the world."""
        return self._tracked[subscription.lower()]

    def members(self, parent: str, type_: str) -> list[Record]:
        """Children or extensions of `type_` under the resource or subscription `parent`."""
        return self._members.get((parent.lower(), type_.lower()), [])

    def group(self, subscription: str, name: str) -> Group | None:
        groups = self.subscriptions[subscription.lower()].groups
        return next((group for group in groups if group.name.lower() == name.lower()), None)

    def vaults(self) -> Iterator[tuple[str, Record]]:
        """Every vault and managed HSM with the host name of its own address."""
        for records in self._tracked.values():
            for record in records:
                uri = record.properties.get("vaultUri") or record.properties.get("hsmUri")
                if isinstance(uri, str) and record.type.lower() in _KEY_STORES:
                    yield uri.removeprefix("https://").rstrip("/").partition(":")[0].lower(), record

    def _add(self, subscription: Subscription, group: Group, resource: Resource) -> None:
        entry = table().get(resource.type.lower())
        types, names = resource.type.split("/")[1:], resource.name.split("/")
        if entry is None or len(types) != len(names):
            raise UsageError(f"{resource.type} {resource.name}: the type is unknown or its name has too few parts.")
        namespace = resource.type.split("/")[0]
        path = "/".join(f"{type_}/{name}" for type_, name in zip(types, names, strict=True))
        id_ = f"/subscriptions/{subscription.id}/{group.spelling}/{group.name}/providers/{namespace}/{path}"
        record = Record(
            id=id_,
            type=resource.type,
            name=resource.name,
            subscription=subscription,
            group=group.name,
            location=resource.location,
            sku=resource.sku,
            kind=resource.kind,
            properties=resource.properties,
            resource=resource,
        )
        self._keep(record, parent=id_.rsplit("/", 2)[0])
        if entry.held == "tracked":
            self._tracked[subscription.id.lower()].append(record)
        keys = [
            Child(type="keys", name=key.name, location=resource.location, properties=in_resource_manager(key, resource))
            for key in resource.keys
            if resource.type.lower() == "microsoft.keyvault/vaults"
        ]
        self._add_children(record, [*resource.children, *keys])
        self._add_extensions(id_, subscription, group.name, resource.diagnostics)

    def _add_children(self, parent: Record, children: list[Child]) -> None:
        for child in children:
            type_ = f"{parent.type}/{child.type}"
            if type_.lower() not in table():
                raise UsageError(f"{parent.id}: {type_} is not a type that this server knows.")
            record = Record(
                id=f"{parent.id}/{child.type}/{child.name}",
                type=type_,
                name=f"{parent.name}/{child.name}",
                subscription=parent.subscription,
                group=parent.group,
                location=child.location,
                sku=child.sku,
                kind=child.kind,
                properties=child.properties,
            )
            self._keep(record, parent=parent.id)
            self._add_children(record, child.children)
        for single in singletons().values():
            parent_type, _, segment = single.type.rpartition("/")
            id_ = f"{parent.id}/{segment}/{single.name}"
            if parent_type.lower() == parent.type.lower() and self.record(id_) is None:
                record = Record(
                    id=id_,
                    type=single.type,
                    name=f"{parent.name}/{single.name}",
                    subscription=parent.subscription,
                    group=parent.group,
                    location=None,
                    properties=single.properties,
                )
                self._keep(record, parent=parent.id)

    def _add_extensions(self, parent: str, subscription: Subscription, group: str, extensions: list[Child]) -> None:
        for extension in extensions:
            type_ = extension.type if "/" in extension.type else f"Microsoft.Insights/{extension.type}"
            if type_.lower() not in table():
                raise UsageError(f"{parent}: {type_} is not an extension that this server knows.")
            record = Record(
                id=f"{parent}/providers/{type_}/{extension.name}",
                type=type_,
                name=extension.name,
                subscription=subscription,
                group=group,
                location=extension.location,
                properties=extension.properties,
            )
            self._keep(record, parent=parent)

    def _keep(self, record: Record, *, parent: str) -> None:
        if record.id.lower() in self._records:
            raise UsageError(f"{record.id} is in the world twice.")
        self._records[record.id.lower()] = record
        self._members.setdefault((parent.lower(), record.type.lower()), []).append(record)


_KEY_STORES = ("microsoft.keyvault/vaults", "microsoft.keyvault/managedhsms")

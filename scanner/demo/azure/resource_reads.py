"""What resource providers answer: one resource, its children and extensions, all resources of a type."""

from scanner.demo.azure.arm_error import ArmError, no_such_path, not_authorized, not_found
from scanner.demo.azure.bodies import in_full
from scanner.demo.azure.estate import Estate, Record
from scanner.demo.azure.message import Answer, Request, only, version_of
from scanner.demo.azure.paging import PageSizes, page
from scanner.demo.azure.resource_types import ResourceType, accept, known
from scanner.demo.azure.subscription_reads import find_group
from scanner.demo.azure.tenant_reads import find_subscription
from scanner.demo.azure.throttle import Throttle
from scanner.demo.azure.tokens import Principal
from scanner.demo.azure.world import DeletedVault, Json, Subscription


class ResourceReads:
    def __init__(self, estate: Estate, throttle: Throttle, sizes: PageSizes) -> None:
        self._estate = estate
        self._throttle = throttle
        self._sizes = sizes

    def answer(self, request: Request, base: str, principal: Principal, id_: str, rest: list[str]) -> Answer:
        """`rest`: the path after the subscription's id, with a `providers` segment in it."""
        at = len(rest) - 1 - [part.lower() for part in reversed(rest)].index("providers")
        scope, namespace, path = rest[:at], rest[at + 1 : at + 2], rest[at + 2 :]
        if not namespace or not path:
            raise no_such_path()
        version = version_of(request)
        type_ = "/".join([namespace[0], *path[::2]])
        known(type_, version)
        subscription = find_subscription(self._estate, id_, principal, f"{type_}/read")
        self._registered(subscription, namespace[0])
        match [part.lower() for part in scope]:
            case []:
                if namespace[0].lower() == "microsoft.keyvault" and "deletedvaults" in (
                    path[0].lower(),
                    path[-1].lower(),
                ):
                    return self._deleted_vaults(request, base, subscription, path, version)
                if accept(type_, version).held == "extension":
                    return self._extensions(request, f"/subscriptions/{subscription.id}", type_, path)
                if len(path) != 1:
                    raise no_such_path()
                found = [one for one in self._estate.tracked(subscription.id) if one.type.lower() == type_.lower()]
                return self._collection(request, base, subscription, principal, type_, found)
            case ["resourcegroups", group]:
                find_group(self._estate, subscription, group)
                entry = accept(type_, version, self._location(request.path))
                parent = request.path.rstrip("/").rpartition("/")[0]
                if entry.held == "extension":
                    raise no_such_path()
                if len(path) % 2:
                    if len(path) > 1 and path[-3].lower() != "locations":
                        self._readable(principal, parent, type_.rpartition("/")[0])
                    found = self._estate.members(parent, type_)
                    return self._collection(request, base, subscription, principal, type_, found)
                return self._one(request, subscription, principal, entry)
            case ["resourcegroups", group, "providers", parent_namespace, *parent_path] if parent_path:
                find_group(self._estate, subscription, group)
                if accept(type_, version).held != "extension":
                    raise no_such_path()
                parent_type = "/".join([parent_namespace, *parent_path[::2]])
                parent = request.path[: request.path.lower().rindex("/providers/")]
                self._readable(principal, parent, parent_type)
                return self._extensions(request, parent, type_, path)
        raise no_such_path()

    def _one(self, request: Request, subscription: Subscription, principal: Principal, entry: ResourceType) -> Answer:
        query = only(request, *(["$expand"] if entry.expand else []))
        expand = query.get("$expand", "")
        if expand and expand.lower() not in [name.lower() for name in entry.expand]:
            raise ArmError(400, "InvalidExpandInQueryString", f"The expand clause '{expand}' is not valid.")
        if entry.type.lower() == "microsoft.storage/storageaccounts":
            self._throttle.storage(subscription.id, principal.object_id, listing=False)
        return Answer(body=in_full(self._readable(principal, request.path, entry.type), expand))

    def _readable(self, principal: Principal, id_: str, type_: str) -> Record:
        """The record under `id_`, its parents included; ArmError when one of them is gone or denied."""
        record = self._estate.record(id_)
        owner: Record | None = record
        while owner is not None and owner.resource is None:
            owner = self._estate.record(owner.id.rsplit("/", 2)[0])
        access = owner.resource.access if owner is not None and owner.resource is not None else "full"
        if access == "denied":
            raise not_authorized(principal.client, principal.object_id, f"{type_}/read", id_)
        if record is None or access == "gone":
            namespace_and_path = id_[id_.lower().rindex("/providers/") + len("/providers/") :].split("/")
            segments = [namespace_and_path[0], *namespace_and_path[1:]]
            group = id_.split("/")[4]
            raise not_found("/".join(segments), group)
        return record

    def _collection(
        self,
        request: Request,
        base: str,
        subscription: Subscription,
        principal: Principal,
        type_: str,
        found: list[Record],
    ) -> Answer:
        only(request, "$skiptoken")
        if type_.lower() == "microsoft.storage/storageaccounts":
            self._throttle.storage(subscription.id, principal.object_id, listing=True)
        shown = [one for one in found if one.resource is None or one.resource.access != "denied"]
        size, blank_after = self._sizes.by_type, self._sizes.blank_after
        return Answer(body=page(shown, in_full, request, f"{base}{request.path}", size, blank_after))

    def _extensions(self, request: Request, parent: str, type_: str, path: list[str]) -> Answer:
        only(request)
        found = self._estate.members(parent, type_)
        if len(path) == 1:
            return Answer(body={"value": [in_full(one) for one in found]})
        named = next((one for one in found if one.name.lower() == path[1].lower()), None)
        if named is None or len(path) > 2:
            raise not_found(f"{type_}/{path[1]}", parent.split("/")[4] if "/resource" in parent.lower() else "")
        return Answer(body=in_full(named))

    def _deleted_vaults(
        self, request: Request, base: str, subscription: Subscription, path: list[str], version: str
    ) -> Answer:
        """`deletedVaults` and `locations/{location}/deletedVaults/{name}` of a subscription."""
        type_ = "Microsoft.KeyVault/deletedVaults"
        accept(type_, version)
        if len(path) == 1:
            only(request, "$top", "$skiptoken")
            size, blank_after = self._sizes.by_type, self._sizes.blank_after
            found = [_deleted_vault(subscription, vault) for vault in subscription.deleted_vaults]
            return Answer(body=page(found, lambda one: one, request, f"{base}{request.path}", size, blank_after))
        raise no_such_path()

    def _location(self, id_: str) -> str:
        record = self._estate.record(id_)
        return (record.location if record is not None else None) or ""

    def _registered(self, subscription: Subscription, namespace: str) -> None:
        if namespace.lower() in {one.lower() for one in subscription.unregistered}:
            raise ArmError(
                409,
                "MissingSubscriptionRegistration",
                f"The subscription is not registered to use namespace '{namespace}'."
                " See https://aka.ms/rps-not-found for how to register subscriptions.",
                details=[
                    {
                        "code": "MissingSubscriptionRegistration",
                        "target": namespace,
                        "message": f"The subscription is not registered to use namespace '{namespace}'."
                        " See https://aka.ms/rps-not-found for how to register subscriptions.",
                    }
                ],
            )


def _deleted_vault(subscription: Subscription, vault: DeletedVault) -> Json:
    location = vault.location
    return {
        "id": f"/subscriptions/{subscription.id}/providers/Microsoft.KeyVault/locations/{location}"
        f"/deletedVaults/{vault.name}",
        "name": vault.name,
        "type": "Microsoft.KeyVault/deletedVaults",
        "properties": {
            "vaultId": f"/subscriptions/{subscription.id}/resourceGroups/{vault.group}/providers/Microsoft.KeyVault"
            f"/vaults/{vault.name}",
            "location": location,
            "deletionDate": vault.deletion_date,
            "scheduledPurgeDate": vault.purge_date,
        },
    }

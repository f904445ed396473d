"""Microsoft.Authorization: who has which role at, above or below a scope, and what a role allows.

What a service provider holds by delegation (Azure Lighthouse) is in no such list, as the documentation says.
"""

import uuid
from functools import cache
from pathlib import Path

from msgspec import Struct

from scanner.demo.azure.arm_error import ArmError, no_such_path, not_authorized
from scanner.demo.azure.estate import Estate
from scanner.demo.azure.message import Answer, Request, one_of, only
from scanner.demo.azure.paging import PageSizes, page
from scanner.demo.azure.tenant_reads import find_subscription
from scanner.demo.azure.tokens import Principal
from scanner.demo.azure.world import Json, Role, RoleAssignment
from scanner.strictyaml import load_file

_VERSIONS = ("2022-04-01", "2020-04-01-preview", "2015-07-01")
NAMESPACE = "microsoft.authorization"


class _File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    source: str
    as_of: str
    roles: list[Role]
    local: list[Role]


@cache
def _file() -> _File:
    return load_file(Path(__file__).with_name("roles.yaml"), _File).value


def local_roles() -> tuple[Role, ...]:
    """The roles that every managed HSM has inside."""
    return tuple(_file().local)


class RoleReads:
    def __init__(self, estate: Estate, sizes: PageSizes) -> None:
        self._estate = estate
        self._sizes = sizes
        self._roles = {role.id.lower(): role for role in (*_file().roles, *estate.world.roles)}
        self._ids = {role.name: role.id for role in self._roles.values()}

    def answer(self, request: Request, base: str, principal: Principal, id_: str) -> Answer:
        """`{scope}/providers/Microsoft.Authorization/…` inside the subscription `id_`."""
        scope, _, rest = request.path.lower().rpartition(f"/providers/{NAMESPACE}/")
        kind, _, name = rest.partition("/")
        if kind not in ("roleassignments", "roledefinitions"):
            raise no_such_path()
        version = one_of(request, *_VERSIONS)
        action = f"Microsoft.Authorization/{'roleAssignments' if kind == 'roleassignments' else 'roleDefinitions'}/read"
        subscription = find_subscription(self._estate, id_, principal, action)
        if subscription.roles == "denied":
            raise not_authorized(principal.client, principal.object_id, action, scope)
        if kind == "roledefinitions":
            only(request)
            role = self._roles.get(name)
            if role is None or (role.type == "CustomRole" and role.tenant != principal.tenant):
                message = f"The specified role definition with ID '{name}' does not exist."
                raise ArmError(404, "RoleDefinitionDoesNotExist", message)
            return Answer(body=_definition(role, subscription.id))
        if name:
            raise no_such_path()
        query = only(request, "$filter", "$skiptoken")
        asked = query.get("$filter", "").replace(" ", "").lower()
        if asked not in ("", "atscope()"):
            raise ArmError(400, "UnsupportedQuery", f"The filter '{query['$filter']}' is not supported.")
        above = {"", *self._groups_above(subscription.id.lower())}
        found = [
            one
            for one in self._estate.world.role_assignments
            if _at_or_above(one.scope, scope, above) or (not asked and one.scope.lower().startswith(f"{scope}/"))
        ]
        size, blank_after = self._sizes.by_type, self._sizes.blank_after
        url = f"{base}{request.path}"
        return Answer(body=page(found, lambda one: self._assignment(one, version), request, url, size, blank_after))

    def _groups_above(self, subscription: str) -> set[str]:
        groups = self._estate.world.management_groups
        above = {one.id for one in groups if subscription in {member.lower() for member in one.subscriptions}}
        while more := {one.parent for one in groups if one.id in above and one.parent} - above:
            above |= {parent for parent in more if parent}
        return {f"/providers/microsoft.management/managementgroups/{one.lower()}" for one in above}

    def _assignment(self, one: RoleAssignment, version: str) -> Json:
        scope = one.scope.rstrip("/")
        name = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{one.scope}|{one.role}|{one.principal}"))
        where = scope if scope.lower().startswith("/subscriptions/") else ""
        properties: Json = {
            "roleDefinitionId": f"{'/'.join(where.split('/')[:3])}/providers/Microsoft.Authorization/roleDefinitions/"
            f"{self._ids.get(one.role, one.role)}",
            "principalId": one.principal,
            "principalType": one.principal_type,
            "scope": one.scope,
            "createdOn": "2024-01-01T00:00:00.0000000Z",
            "updatedOn": "2024-01-01T00:00:00.0000000Z",
            "createdBy": None,
            "updatedBy": None,
        }
        if version >= "2020-04-01-preview":
            properties |= {"condition": one.condition, "conditionVersion": "2.0" if one.condition else None}
        return {
            "properties": properties,
            "id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}",
            "type": "Microsoft.Authorization/roleAssignments",
            "name": name,
        }


def _at_or_above(assigned: str, scope: str, above: set[str]) -> bool:
    """`above`: the management groups over the scope's subscription, and the root as an empty text."""
    at = assigned.lower().rstrip("/")
    return at in above or scope == at or scope.startswith(f"{at}/subscriptions/" if not at else f"{at}/")


def _definition(role: Role, subscription: str) -> Json:
    return {
        "properties": {
            "roleName": role.name,
            "type": role.type,
            "description": "",
            "assignableScopes": ["/"],
            "permissions": [
                {
                    "actions": role.actions,
                    "notActions": [],
                    "dataActions": role.data_actions,
                    "notDataActions": role.not_data_actions,
                }
            ],
        },
        "id": f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role.id}",
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": role.id,
    }

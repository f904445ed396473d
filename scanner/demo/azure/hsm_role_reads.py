"""Local roles of a managed HSM, on its own host: `{scope}/providers/Microsoft.Authorization/…`.

Bodies follow recordings of the service. There the scope keeps a slash of its own (`///providers/…`), which Python's
HTTP libraries take out on both ends. A list has the assignments at and below its scope; that it leaves out inherited
ones is this server's reading.
"""

import re
import uuid

from scanner.demo.azure.arm_error import ArmError
from scanner.demo.azure.message import Answer, Request, only
from scanner.demo.azure.role_reads import local_roles
from scanner.demo.azure.world import Json, LocalRole, Resource

_PATH = re.compile(
    r"(?P<scope>(?:/.*)?)/providers/Microsoft\.Authorization/(?P<kind>roleAssignments|roleDefinitions)", re.IGNORECASE
)
_DEFINITIONS = "Microsoft.KeyVault/providers/Microsoft.Authorization/roleDefinitions"


def local_role_answer(request: Request, resource: Resource) -> Answer | None:
    """The list that `request` asks for; None when it is about something else. ArmError 403 when it may not be read."""
    match = _PATH.fullmatch(request.path)
    if match is None:
        return None
    only(request)
    scope = match["scope"].rstrip("/")
    if resource.data_plane != "full":
        raise ArmError(403, "Forbidden", "User is not authorized to perform this operation.")
    if match["kind"].lower() == "roledefinitions":
        return Answer(body={"value": [_definition(role.id, role.name, role.data_actions) for role in local_roles()]})
    at_or_below = [one for one in resource.local_roles if f"{one.scope.rstrip('/')}/".startswith(f"{scope}/")]
    return Answer(body={"value": [_assignment(one) for one in at_or_below]})


def _definition(id_: str, name: str, data_actions: list[str]) -> Json:
    permissions = [{"actions": [], "dataActions": data_actions, "notActions": [], "notDataActions": []}]
    return {
        "id": f"{_DEFINITIONS}/{id_}",
        "name": id_,
        "properties": {
            "assignableScopes": ["/"],
            "description": "",
            "permissions": permissions,
            "roleName": name,
            "type": "AKVBuiltInRole",
        },
        "type": "Microsoft.Authorization/roleDefinitions",
    }


def _assignment(one: LocalRole) -> Json:
    name = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{one.scope}|{one.role}|{one.principal}"))
    ids = {role.name: role.id for role in local_roles()}
    return {
        "id": f"{one.scope.rstrip('/')}/providers/Microsoft.Authorization/roleAssignments/{name}",
        "name": name,
        "properties": {
            "principalId": one.principal,
            "roleDefinitionId": f"{_DEFINITIONS}/{ids.get(one.role, one.role)}",
            "scope": one.scope,
        },
        "type": "Microsoft.Authorization/roleAssignments",
    }

"""Who may decrypt with a key by an Azure role: the assignments at, above and below the vault that holds it.

The roles are read and not known by name: a custom role grants what its data actions say. No list shows what a service
provider holds by delegation (Azure Lighthouse), who is in a group, or whether a user or an application comes from
another tenant: that is in Entra ID.
"""

import re
from collections.abc import Mapping, Sequence

from scanner.model import Gap, GapReason, Principal
from scanner.providers.azure import armid
from scanner.providers.azure.answers import Answers
from scanner.providers.azure.call import Json, Reader
from scanner.providers.azure.members import text, values
from scanner.providers.azure.work import Work

ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"
DEFINITIONS = "Microsoft.Authorization/roleDefinitions"
_VERSION = "2022-04-01"
USES = ("Microsoft.KeyVault/vaults/keys/decrypt/action", "Microsoft.KeyVault/vaults/keys/unwrap/action")
"""Data actions that give plain text or a data key back."""
_FOREIGN = "foreigngroup"
"""The one type of principal that says by itself that it belongs to another tenant."""
NOT_IN_AZURE = "who is in a group, and whether a user or an application is of another tenant, is in Entra ID"


class Roles:
    """Reads assignments once a vault and definitions once a role. Safe for several threads.

    `delegated`: by subscription, the tenants that manage it.
    """

    def __init__(self, reader: Reader, delegated: Mapping[str, Sequence[str]]) -> None:
        self._answers = Answers(reader, _VERSION)
        self._delegated = delegated

    def of_key(self, vault_id: str, key_name: str, work: Work) -> tuple[tuple[Principal, ...] | None, tuple[Gap, ...]]:
        """Principals that may decrypt with the key, None when that could not be read; and what is not known of them."""
        subscription = armid.subscription_of(vault_id)
        path = f"{vault_id}/providers/{ASSIGNMENTS}"
        assigned = self._answers.ask(path, ASSIGNMENTS, work, permission=f"{ASSIGNMENTS}/read", many=True)
        if assigned.refusal is not None:
            return None, (assigned.refusal.gap("principals"),)
        found: dict[tuple[str, tuple[str, ...], tuple[str, ...]], Principal] = {}
        gaps: list[Gap] = []
        for assignment in assigned.bodies:
            if not _reaches(text(assignment, "properties.scope"), f"{vault_id}/keys/{key_name}"):
                continue
            role = armid.name_of(text(assignment, "properties.roleDefinitionId"))
            # Whatever scope the assignment names its role under, the role can be read where it is in force.
            path = f"/subscriptions/{subscription}/providers/{DEFINITIONS}/{role.lower()}"
            if not re.fullmatch(r"[0-9A-Fa-f-]{36}", role):
                gaps.append(_gap(GapReason.MALFORMED, "a role assignment names no role"))
                continue
            definition = self._answers.ask(path, DEFINITIONS, work, permission=f"{DEFINITIONS}/read")
            if definition.refusal is not None:
                gaps.append(definition.refusal.gap("principals"))
                continue
            uses = tuple(use for use in USES if any(grants(body, use) for body in definition.bodies))
            if uses:
                one = principal_of(assignment, uses)
                found[(one.id, one.actions, one.conditions)] = one
        if any(not one.external for one in found.values()):
            gaps.append(_gap(GapReason.INVISIBLE, NOT_IN_AZURE))
        for tenant in self._delegated.get(subscription, ()):
            detail = f"the subscription is managed by tenant {tenant}; roles held by delegation are in no list"
            gaps.append(_gap(GapReason.INVISIBLE, detail))
        return tuple(found[one] for one in sorted(found)), tuple(dict.fromkeys(gaps))


def principal_of(assignment: Json, uses: tuple[str, ...]) -> Principal:
    """Who holds an assignment that allows `uses`."""
    condition = text(assignment, "properties.condition")
    return Principal(
        id=text(assignment, "properties.principalId"),
        kind="identity",
        external=text(assignment, "properties.principalType").lower() == _FOREIGN,
        via="role",
        actions=uses,
        conditions=(condition,) if condition else (),
    )


def _reaches(scope: str, key_id: str) -> bool:
    """Whether an assignment at `scope` holds for the key. What is above subscriptions is only listed when it does."""
    at = armid.canonical(scope)
    return not at.startswith("/subscriptions/") or key_id.lower() == at or key_id.lower().startswith(f"{at}/")


def grants(definition: Json, action: str) -> bool:
    """Whether a role allows a data action."""
    return any(
        _named(block, "dataActions", action) and not _named(block, "notDataActions", action)
        for block in values(definition, "properties.permissions[]")
    )


def _named(block: Json, member: str, action: str) -> bool:
    """Whether one of the patterns at `member` covers `action`; `*` stands for anything, slashes included."""
    patterns = (re.escape(str(one)).replace(r"\*", ".*") for one in values(block, f"{member}[]"))
    return any(re.fullmatch(pattern, action, re.IGNORECASE) for pattern in patterns)


def _gap(reason: GapReason, detail: str) -> Gap:
    return Gap(fact="principals", reason=reason, detail=detail, operation=f"{ASSIGNMENTS}/read")

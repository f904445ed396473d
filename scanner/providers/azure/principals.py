"""Who may decrypt with a vault's keys, as far as the vault itself says."""

from scanner.model import Gap, GapReason, Principal
from scanner.providers.azure.hsm_roles import HsmRoles
from scanner.providers.azure.members import text, values
from scanner.providers.azure.roles import NOT_IN_AZURE, Roles
from scanner.providers.azure.vaults import HSM, Store
from scanner.providers.azure.work import Work

_USES = frozenset({"decrypt", "unwrapkey", "all"})


def principals(
    store: Store, key_name: str, roles: Roles, local: HsmRoles, work: Work
) -> tuple[tuple[Principal, ...] | None, tuple[Gap, ...]]:
    """Who may decrypt with a key, by the vault's access policies or by Azure roles, whichever the vault uses; by local
    roles for a managed HSM."""
    if store.kind == HSM:
        return local.of_key(store, key_name, work)
    if text(store.body, "properties.enableRbacAuthorization") == "true":
        return roles.of_key(store.id, key_name, work)
    found = _by_policies(store)
    if all(one.external for one in found):
        return found, ()
    return found, (Gap(fact="principals", reason=GapReason.INVISIBLE, detail=NOT_IN_AZURE),)


def _by_policies(store: Store) -> tuple[Principal, ...]:
    home = text(store.body, "properties.tenantId").lower()
    found = []
    for policy in values(store.body, "properties.accessPolicies[]"):
        actions = sorted({str(one) for one in values(policy, "permissions.keys[]") if str(one).lower() in _USES})
        if actions:
            tenant = text(policy, "tenantId").lower()
            found.append(
                Principal(
                    id=text(policy, "objectId"),
                    kind="identity",
                    account=tenant,
                    external=tenant != home,
                    via="policy",
                    actions=tuple(actions),
                )
            )
    return tuple(found)

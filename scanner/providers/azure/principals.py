"""Who may decrypt with a vault's keys, as far as the vault itself says."""

from scanner.model import Gap, GapReason, Principal
from scanner.providers.azure.members import text, values
from scanner.providers.azure.vaults import HSM, Store

_USES = frozenset({"decrypt", "unwrapkey", "all"})


def principals(store: Store) -> tuple[tuple[Principal, ...] | None, tuple[Gap, ...]]:
    """Who may decrypt by the vault's own access policies. Roles are elsewhere and are not read."""
    if store.kind == HSM:
        detail = "local roles of the managed HSM are not read"
        return None, (Gap(fact="principals", reason=GapReason.NOT_SCANNED, detail=detail),)
    if text(store.body, "properties.enableRbacAuthorization") == "true":
        detail = "the vault uses Azure roles; role assignments are not read"
        return None, (Gap(fact="principals", reason=GapReason.NOT_SCANNED, detail=detail),)
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
    return tuple(found), ()

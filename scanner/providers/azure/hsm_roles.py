"""Who may decrypt with a key of a managed HSM: its local roles, which only the HSM's own host knows.

Azure's own roles say nothing about them, not even an owner's. Assignments are at `/`, `/keys` or one key; each of the
three is asked, as no document says whether a list contains what is inherited.
"""

from scanner.model import Gap, GapReason, Principal
from scanner.providers.azure import armid
from scanner.providers.azure.answers import Answer, Answers
from scanner.providers.azure.call import Reader
from scanner.providers.azure.members import text
from scanner.providers.azure.refusal import RefusalError
from scanner.providers.azure.roles import ASSIGNMENTS, DEFINITIONS, NOT_IN_AZURE, grants, principal_of
from scanner.providers.azure.vaults import Store
from scanner.providers.azure.work import Work

HSM_ROLE = "Managed HSM Crypto Auditor (local role inside the HSM)"
VERSION = "7.6"
USES = ("Microsoft.KeyVault/managedHsm/keys/decrypt/action", "Microsoft.KeyVault/managedHsm/keys/unwrap/action")
"""Data actions that give plain text or a data key back."""
_TYPE = "Microsoft.KeyVault/managedHSMs"


class HsmRoles:
    """Reads the roles of each HSM once. `reader`: of the HSMs' own hosts, None when they are not asked."""

    def __init__(self, reader: Reader | None) -> None:
        self._answers = Answers(reader, VERSION) if reader is not None else None

    def of_key(self, store: Store, key_name: str, work: Work) -> tuple[tuple[Principal, ...] | None, tuple[Gap, ...]]:
        """Principals that may decrypt with the key, None when that could not be read; and what is not known of them."""
        if self._answers is None:
            unasked = RefusalError(
                GapReason.NOT_SCANNED,
                "local roles of the managed HSM: the data plane was not asked",
                operation="ManagedHSM:GET roleAssignments",
                permission=HSM_ROLE,
            )
            return None, (unasked.gap("principals"),)
        definitions = self._ask(self._answers, store, "", DEFINITIONS, work)
        assigned = [
            self._ask(self._answers, store, scope, ASSIGNMENTS, work) for scope in ("", "/keys", f"/keys/{key_name}")
        ]
        refused = next((one.refusal for one in (definitions, *assigned) if one.refusal is not None), None)
        if refused is not None:
            return None, (refused.gap("principals"),)
        roles = {text(body, "name").lower(): body for body in definitions.bodies}
        found: dict[str, Principal] = {}
        gaps: list[Gap] = []
        for assignment in (one for answer in assigned for one in answer.bodies):
            if not _reaches(text(assignment, "properties.scope"), key_name):
                continue
            role = roles.get(armid.name_of(text(assignment, "properties.roleDefinitionId")).lower())
            if role is None:
                gaps.append(_gap(GapReason.MALFORMED, "a local assignment names a role that the HSM does not list"))
                continue
            uses = tuple(use for use in USES if grants(role, use))
            if uses:
                one = principal_of(assignment, uses)
                found[f"{one.id} {one.actions}"] = one
        if found:
            gaps.append(_gap(GapReason.INVISIBLE, NOT_IN_AZURE))
        return tuple(found[name] for name in sorted(found)), tuple(dict.fromkeys(gaps))

    @staticmethod
    def _ask(answers: Answers, store: Store, scope: str, what: str, work: Work) -> Answer:
        return answers.ask(
            f"https://{store.host}{scope}/providers/{what}",
            _TYPE,
            work,
            permission=HSM_ROLE,
            many=True,
            operation=f"ManagedHSM:GET {what.rpartition('/')[2]}",
            account=armid.subscription_of(store.id),
        )


def _reaches(scope: str, key_name: str) -> bool:
    return scope.strip("/").lower() in ("", "keys", f"keys/{key_name.lower()}")


def _gap(reason: GapReason, detail: str) -> Gap:
    return Gap(fact="principals", reason=reason, detail=detail, operation="ManagedHSM:GET roleAssignments")

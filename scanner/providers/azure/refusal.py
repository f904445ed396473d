"""Why a read failed, in words that become a gap or a coverage row."""

import json
import re
from typing import Any

from scanner.model import CoverageState, Gap, GapReason
from scanner.providers.secrets import without_secrets

_ACTION = re.compile(r"perform action '([^']+)'")
_OTHER_ISSUER = "invalid issuer"
"""A vault's words for a token of another tenant than its own."""
_LENGTH = 400
"""Characters of what Azure or the SDK says that are kept."""

_BY_CODE = {
    "expiredauthenticationtoken": GapReason.EXPIRED,
    "invalidauthenticationtokentenant": GapReason.DENIED,
    "authorizationfailed": GapReason.DENIED,
    "linkedauthorizationfailed": GapReason.DENIED,
    "denyassignmentauthorizationfailed": GapReason.DENIED_BY_ORGANIZATION,
    "requestdisallowedbypolicy": GapReason.DENIED_BY_ORGANIZATION,
    "missingsubscriptionregistration": GapReason.NOT_ENABLED,
    "locationnotavailableforresourcetype": GapReason.NOT_ENABLED,
    "locationnotavailable": GapReason.NOT_ENABLED,
    "subscriptionnotfound": GapReason.GONE,
    "resourcenotfound": GapReason.GONE,
    "resourcegroupnotfound": GapReason.GONE,
    "parentresourcenotfound": GapReason.GONE,
    "invalidresourcetype": GapReason.UNSUPPORTED,
    "invalidresourcenamespace": GapReason.UNSUPPORTED,
    "noregisteredproviderfound": GapReason.UNSUPPORTED,
    "unsupportedapiversion": GapReason.UNSUPPORTED,
}
_BY_STATUS = {
    401: GapReason.EXPIRED,
    403: GapReason.DENIED,
    404: GapReason.GONE,
    408: GapReason.UNREACHABLE,
    429: GapReason.THROTTLED,
}


class RefusalError(Exception):
    """A read that gave nothing. Never leaves the provider: it becomes a gap or a coverage row."""

    def __init__(
        self,
        reason: GapReason,
        detail: str,
        *,
        operation: str,
        permission: str = "",
        code: str = "",
        message: str = "",
    ) -> None:
        detail = without_secrets(detail)[:_LENGTH]
        self.reason = reason
        self.detail = detail
        self.operation = operation
        self.permission = permission
        self.code = code
        self.message = message
        """The provider's own, whole."""
        super().__init__(detail)

    def gap(self, fact: str) -> Gap:
        return Gap(
            fact=fact, reason=self.reason, detail=self.detail, operation=self.operation, permission=self.permission
        )

    @property
    def state(self) -> CoverageState:
        return CoverageState.refused(self.reason)

    @property
    def sentence(self) -> str:
        return f"{self.operation}: {self.detail}"


def from_answer(status: int, body: str, *, operation: str, permission: str) -> RefusalError:
    """The refusal in an error answer of Resource Manager or of a vault.

    `permission`: what the call needs. The action that Resource Manager names in its message wins.
    """
    code, message = _error_of(body)
    reason = _BY_CODE.get(code.lower()) or _BY_STATUS.get(status, GapReason.PROVIDER_ERROR)
    if "denied because of the deny assignment" in message.lower():
        reason = GapReason.DENIED_BY_ORGANIZATION
    if status == 401 and _OTHER_ISSUER in message.lower():
        reason = GapReason.DENIED
    named = _ACTION.search(message)
    denied = reason in (GapReason.DENIED, GapReason.DENIED_BY_ORGANIZATION)
    return RefusalError(
        reason,
        f"{status} {code}: {message}" if code else f"{status} without an error code",
        operation=operation,
        permission=(named[1] if named else permission) if denied else "",
        code=code,
        message=message,
    )


def _error_of(body: str) -> tuple[str, str]:
    """Code and message of an error body; empty when it is not one."""
    try:
        parsed: Any = json.loads(body)
    except ValueError:
        return "", ""
    error = parsed.get("error") if isinstance(parsed, dict) else None
    if not isinstance(error, dict):
        return "", ""
    inner = error.get("innererror")
    detail = f" ({inner['code']})" if isinstance(inner, dict) and isinstance(inner.get("code"), str) else ""
    return str(error.get("code") or ""), str(error.get("message") or "") + detail
